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

#: Of a longer text the rest is not read.
READ_CHARS = 4000

_NAMED = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|account[-_ ]?key|private[-_ ]?key|"
    r"signing[-_ ]?key|encryption[-_ ]?key|credentials?|authorization|signature|비밀번호|비번|암호|토큰|시크릿"
)

#: Each with what is left of a match: the groups named here and SECRET in place of the rest.
_SECRETS: tuple[re.Pattern[str], ...] = (
    # A key block, cut off or whole.
    re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL),
    # Slack, GitHub, GitLab, AWS, Google, npm, Docker Hub, Hugging Face, SendGrid, kubeadm, JWT.
    re.compile(r"(?:xox[a-z]{1,2}[-.]|xapp-)[\w.%~+/=-]+", re.IGNORECASE),
    re.compile(r"\b(?:gh[a-z]_|github_pat_|glpat-|glrt-|npm_|hf_|dckr_[a-z]+_|sk-|ya29\.|SG\.|AIza)[\w.-]{8,}"),
    re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}"),
    re.compile(r"(?<![a-z0-9.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9.-])"),
    re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),
    re.compile(r"(?P<kept>hooks\.slack(?:-gov)?\.com/)[^\s<>|]+", re.IGNORECASE),
    # In a URL: user and password, with a password that holds a slash or an @ as well.
    re.compile(r"(?<=://)(?:[^\s/:@]*:[^\s]*|[^\s/@]+)(?=@)"),
    re.compile(r"(?P<kept>\b(?:bearer|basic)[ \t]+)[^\s,;\"'<>]+", re.IGNORECASE),
    re.compile(r"(?P<kept>(?:\s|^)(?:-u|--user)[ =])\S+", re.IGNORECASE),
    # After its name: password=…, "token": "…", --api-key …, the password is …, 비밀번호는 ….
    re.compile(
        rf"(?P<kept>(?:{_NAMED})[\w.-]{{0,40}}[\"'`]?\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}}(?:bearer\s|basic\s)?)"
        r"(?:\"[^\"]*\"?|'[^']*'?|`[^`]*`?|[^\s,;&]+)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?P<kept>(?:^|\s)--?[\w-]{{0,30}}(?:{_NAMED})[\w-]{{0,20}}\s+)[^\s-]\S*", re.IGNORECASE),
    re.compile(rf"(?P<kept>(?:{_NAMED})(?:\s+(?:is|was)|[은는이가])\s+)\S+", re.IGNORECASE),
    # By nothing but their look.
    re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE),
    re.compile(r"(?<![0-9a-f])[0-9a-f]{24,}(?![0-9a-f])", re.IGNORECASE),
    re.compile(r"(?<![a-zA-Z0-9])(?:[a-z0-9]{32,}|[A-Z0-9]{24,})(?![a-zA-Z0-9])"),
)

_LONG = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")

_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_MENTION = re.compile(r"<[@#!][^>]*>|(?<![\w@\]])@[\w.-]+")
_PERSON = re.compile(r"(?<![A-Za-z0-9])[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{7,}(?![A-Za-z0-9])")


def masked(text: str) -> str:
    """Return a question as it may be kept: on one line, at most QUESTION_CHARS characters, maybe empty."""
    text = without_secrets(text)
    text = _ADDRESS.sub(ADDRESS, text)
    text = _PERSON.sub(PERSON, _MENTION.sub(" ", text))
    return " ".join(text.split())[:QUESTION_CHARS].rstrip()


def without_secrets(text: str) -> str:
    """Return the text on one line with whatever looks like a secret replaced; names of a cluster stay."""
    text = clean(text)
    if len(text) > READ_CHARS:  # half a secret has not the look of one
        text = text[:READ_CHARS].rpartition(" ")[0]
    for pattern in _SECRETS:
        text = pattern.sub(_replaced, text)
    return _LONG.sub(lambda match: SECRET if _is_random(match[0]) else match[0], text)


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
