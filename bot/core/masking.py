"""What is taken out of a person's words before they are kept: secrets, addresses, mentions, what no database takes.

By shape alone, and rather too much than too little: what is kept serves to find questions without an answer.
"""

import re
import unicodedata
from itertools import pairwise

from bot.core.kept import QUESTION_CHARS

SECRET = "[secret]"
ADDRESS = "[address]"
PERSON = "[person]"

#: Of a longer text the rest is not read: three times what is kept.
READ_CHARS = 1500

#: What was taken out may leave something behind that has the look of a secret beside it.
PASSES = 3

#: What passwords are called, and what other secrets are; in a name a word may go on (`token_staging`).
_PASSWORD = (
    r"pass(?:word|wd|phrase|code)|(?<![a-z])pwd?(?![a-z])|(?<![a-z])pass(?=[\"'`]?\s{0,3}[:=])|"
    r"비밀\s?번호|비번|패스워드|암호"
)
_NAMED = (
    rf"{_PASSWORD}|(?!(?<=\[)secret\])secret(?:[-_ ](?:access[-_ ])?key)?|token|"
    r"(?:api|access|account|private|signing|encryption|client)[-_ ]?key|credentials?|(?<![a-z])creds(?![a-z])|"
    r"authorization|(?<![a-z])auth(?=[\"'`]?\s{0,3}[:=])|signature|(?<![a-z])sig(?==)|cookie|"
    r"토큰|시크릿|비밀\s?키|인증\s?키|액세스\s?키|자격\s?증명"
)

_IS = r"(?:=>|->|→|:=|[:=：]|%3D)"

#: Up to the next space, or to the closing quote and what a shell or JSON goes on with behind it. The second name in
#: "credentials: password abc" is not the secret yet.
_VALUE = (
    rf"(?:(?:[^\s\"'`\[\]]*(?:{_NAMED})[^\s\"'`\[\]]*|{_IS}|is|was)\s+){{0,4}}"
    r"(?:\"(?:[^\"\\]|\\.)*\"?\S*|'[^']*'?\S*|`[^`]*`?\S*|[“”][^“”]*[“”]?\S*|\S+)"
)

#: No ordinary word: letters and digits, or a sign that names of a cluster do not hold, among its first characters. Each
#: look ahead has an end: in a long text without a space it would be taken again from every place.
_ODD = r"(?!\[secret\])(?=\S{0,64}[a-z]\S{0,64}\d|\S{0,64}\d\S{0,64}[a-z]|\S{0,64}[!@#$%^&*+=~])[^\s가-힣]{5,}"

#: Each with what is left of a match: the group `kept` and SECRET in place of the rest.
_SECRETS: tuple[re.Pattern[str], ...] = (
    # A key block, cut off or whole, and where a keyboard made one long dash of two; the same as base64.
    re.compile(r"[-–—]{2,}BEGIN [A-Z0-9 ]+[-–—]{2,}.*?(?:[-–—]{2,}END [A-Z0-9 ]+[-–—]{2,}|\Z)"),
    re.compile(r"LS0tLS1[\w+/=]*"),
    # Slack, GitHub, GitLab, npm, Docker Hub, Hugging Face, Stripe, Google, SendGrid, Vault, PyPI, Grafana.
    re.compile(r"(?:xox[a-z]{1,2}[-.]|xapp-)[\w.%~+/=-]+", re.IGNORECASE),
    re.compile(
        r"(?<![A-Za-z0-9])(?:gh[a-z]_|github_pat_|gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas)-|npm_|hf_|"
        r"dckr_[a-z]+_|sk-|[rs]k_(?:live|test)_|whsec_|ya29\.|SG\.|AIza|hv[bsr]\.|pypi-|glsa_)[\w.-]{8,}"
    ),
    # AWS, kubeadm, JWT.
    re.compile(r"[A-Z0-9]{0,40}(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}"),
    re.compile(r"(?<![a-z0-9])(?<![a-z0-9]\.)[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9]|\.[a-z0-9])"),
    re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),
    re.compile(r"(?P<kept>hooks\.slack(?:-gov)?\.com/)[^\s<>|]+", re.IGNORECASE),
    # In a URL: user and password, with a password that holds a slash or an @ as well.
    re.compile(r"(?<=://)(?:[^\s/:@]*:[^\s]*|[^\s/@]+)(?=@)"),
    re.compile(rf"(?P<kept>(?<![a-z])bearer\s+(?:token\s+)?(?!token\b)){_VALUE}", re.IGNORECASE),
    # "basic" is a word of its own: what follows must look like base64.
    re.compile(r"(?P<kept>(?<![a-z])basic\s+)(?-i:(?=[a-z+/]*[A-Z0-9=]))[a-z0-9+/_-]{6,}=*", re.IGNORECASE),
    # Programs that take a password by a short option.
    re.compile(rf"(?P<kept>(?<!\S)(?:(?:-u|[-–—]{{1,2}}user)[ =]|-u(?=[^\s:]+:))){_VALUE}", re.IGNORECASE),
    re.compile(
        rf"(?P<kept>(?<![a-z])(?:sshpass|mysql\w*|mariadb\w*|login)\s(?:\S+\s){{0,8}}?-p[ =]?)(?!\s){_VALUE}",
        re.IGNORECASE,
    ),
    # After its name: password=…, "token": "…", --api-key …, the password is …, 비밀번호는 …, password for staging: ….
    re.compile(
        rf"(?P<kept>(?:{_NAMED})[\w.-]{{0,40}}[\"'`*\])]{{0,3}}\s{{0,3}}{_IS}\s{{0,3}}"
        rf"(?:(?:bearer|basic|token|digest)\s+)?){_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<kept>(?<!\S)[\"'`(]?[-–—]{{1,2}}[\w-]{{0,30}}(?:{_NAMED})[\w-]{{0,20}}\s+)(?![-–—]){_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<kept>(?:{_NAMED})(?:(?:\s+(?:is|was)|[은는이가])\s*{_IS}?\s+|[은는이가](?=[^\s가-힣]))){_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<kept>(?:{_PASSWORD})(?:\s+[^\s:=]+){{1,4}}?(?:\s+(?:is|was)\s+|\s{{0,3}}{_IS}\s{{0,3}})){_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<kept>(?:{_PASSWORD}|api[-_ ]key|(?<![a-z])token|토큰)(?:[을를로]|\s+to)?\s{{0,3}})(?<=[\s가-힣]){_ODD}",
        re.IGNORECASE,
    ),
    # By nothing but their look.
    re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE),
    re.compile(r"(?<![0-9a-f])[0-9a-f]{24,}(?![0-9a-f])", re.IGNORECASE),
    re.compile(r"(?<![a-zA-Z0-9])(?:[a-z0-9]{32,}|[A-Z0-9]{24,})(?![a-zA-Z0-9])"),
)

_LONG = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")

_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_MENTION = re.compile(r"<[@#!][^>]*>|(?<![\w@\]])@[\w.@-]+")
_PERSON = re.compile(r"(?<![A-Za-z0-9])[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{7,}(?![A-Za-z0-9])")


def masked(text: str, most: int = QUESTION_CHARS) -> str:
    """Return a question as it may be kept: on one line, at most so many characters, maybe empty."""
    text = without_secrets(text)
    text = _ADDRESS.sub(ADDRESS, text)
    text = _PERSON.sub(PERSON, _MENTION.sub(" ", text))
    return " ".join(text.split())[:most].rstrip()


def without_secrets(text: str) -> str:
    """Return the text on one line with whatever looks like a secret replaced; what people call things mostly stays."""
    text = clean(text)
    if len(text) > READ_CHARS:  # half a secret has not the look of one
        text = text[:READ_CHARS].rpartition(" ")[0]
    for _ in range(PASSES):
        before = text
        for pattern in _SECRETS:
            text = pattern.sub(_replaced, text)
        text = _LONG.sub(lambda match: SECRET if _is_random(match[0]) else match[0], text)
        if text == before:
            break
    return text


def clean(text: str) -> str:
    """Return the text without what a database refuses or a terminal obeys: NUL, control and format characters."""
    kept = (char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return " ".join("".join(kept).split())


def _replaced(match: re.Match[str]) -> str:
    return (match.groupdict().get("kept") or "") + SECRET


def _is_random(run: str) -> bool:
    """Whether a run of letters and digits changes its kind as often as chance does.

    Names of a cluster hold no capitals, and names of programs change seldom.
    """
    kinds = ["U" if char.isupper() else "l" if char.islower() else "d" for char in run if char.isalnum()]
    changes = sum(one != other for one, other in pairwise(kinds))
    return min(kinds.count("U"), kinds.count("l")) >= 3 and changes >= len(kinds) / 4
