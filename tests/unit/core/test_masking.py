"""No secret, address or person of a question is kept; an ordinary question is kept as it was asked."""

import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.kept import QUESTION_CHARS
from bot.core.masking import READ_CHARS, clean, masked, without_secrets

QUESTIONS = sorted((Path(__file__).parents[2] / "answers").glob("[ek][no]_*.toml"))

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
BASE64 = string.ascii_letters + DIGITS + "+/"
WORD = string.ascii_letters + DIGITS + "_-"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("xoxb-12-34-abcDEF works?", "[secret] works?", id="slack-bot-token"),
        pytest.param("xoxe.xoxp-1-Mi0yLTk4 x", "[secret] x", id="slack-rotated-token"),
        pytest.param("xapp-1-A012-34-abcdef x", "[secret] x", id="slack-app-token"),
        pytest.param(
            "토큰은ghp_0123456789abcdefABCDEF0123456789abcd예요", "토큰은[secret]", id="github-glued-to-korean"
        ),
        pytest.param("github_pat_11ABCDE_abcdef0123 x", "[secret] x", id="github-fine-grained"),
        pytest.param("(glpat-aaaabbbbcccc_ddddEE)", "([secret])", id="gitlab"),
        pytest.param("AKIAIOSFODNN7EXAMPLE x", "[secret] x", id="aws-access-key-id"),
        pytest.param("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY x", "[secret] x", id="aws-secret-by-its-look"),
        pytest.param("join abcdef.0123456789abcdef.", "join [secret].", id="kubeadm-token-at-the-end-of-a-sentence"),
        pytest.param("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl x", "[secret] x", id="jwt"),
        pytest.param("eyJhbGciOiJIUzI1NiJ9.eyJzdWI x", "[secret] x", id="jwt-cut-off"),
        pytest.param("https://me:pa@ss/w@reg.io/x", "https://[secret]@reg.io/x", id="url-password-with-signs"),
        pytest.param("https://ghtoken@reg.io/x", "https://[secret]@reg.io/x", id="url-user-alone"),
        pytest.param(
            "https://hooks.slack.com/services/T0/B0/XyZ", "https://hooks.slack.com/[secret]", id="slack-webhook"
        ),
        pytest.param("password=a,b&c;d x", "password=[secret] x", id="up-to-the-space"),
        pytest.param('{"password": "a\\"b c", "user": 1}', '{"password": [secret] "user": 1}', id="json"),
        pytest.param("DB_PASS: hunter2", "DB_PASS: [secret]", id="pass"),
        pytest.param("token_staging = abc x", "token_staging = [secret] x", id="name-that-goes-on"),
        pytest.param("[secret=abc x]", "[secret=[secret] x]", id="name-in-brackets"),
        pytest.param("kubectl --token abc get no", "kubectl --token [secret] get no", id="flag"),
        pytest.param("—password abc get", "—password [secret] get", id="flag-after-a-phone-made-one-dash-of-two"),
        pytest.param('--password "a b" get', "--password [secret] get", id="flag-with-quotes"),
        pytest.param("curl -uadmin:hunter2 h", "curl -u[secret] h", id="curl"),
        pytest.param("docker login -u a -p abc r.io", "docker login -u [secret] -p [secret] r.io", id="docker-login"),
        pytest.param("the password is abc ok?", "the password is [secret] ok?", id="the-password-is"),
        pytest.param("credentials: password abc x", "credentials: [secret] x", id="a-name-after-a-name"),
        pytest.param("password for prod: abc", "password for prod: [secret]", id="words-between"),
        pytest.param("set the password to abc12 now", "set the password to [secret] now", id="the-password-to"),
        pytest.param("password: “a b” x", "password: [secret] x", id="curly-quotes"),
        pytest.param("비밀번호는 abc 입니다", "비밀번호는 [secret] 입니다", id="korean"),
        pytest.param("비밀번호는abc 입니다", "비밀번호는[secret] 입니다", id="korean-without-a-space"),
        pytest.param("비번: abc", "비번: [secret]", id="korean-short"),
        pytest.param("암호를 abc12로 바꿨어요", "암호를 [secret]로 바꿨어요", id="korean-object"),
        pytest.param("Authorization: Bearer abc x", "Authorization: Bearer [secret] x", id="header"),
        pytest.param("bearer token abc x", "bearer token [secret] x", id="bearer-token"),
        pytest.param("Basic dXNlcjpw x", "Basic [secret] x", id="basic"),
        pytest.param("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc", "[secret]", id="key-block-cut-off"),
        pytest.param("a -----BEGIN KEY-----\nMIIE\n-----END KEY----- b", "a [secret] b", id="key-block"),
        pytest.param("decode LS0tLS1CRUdJTiBS x", "decode [secret] x", id="key-as-base64"),
        pytest.param("123e4567-e89b-12d3-a456-426614174000", "[secret]", id="uuid"),
        pytest.param("0123456789abcdef01234567", "[secret]", id="hexadecimal"),
        pytest.param("key of a vendor: k3y0ghijklmnopqrstuvwxyz01234567", "key of a vendor: [secret]", id="long-run"),
        pytest.param("ask kim.lee+x@corp.example.com please", "ask [address] please", id="e-mail"),
        pytest.param("<mailto:a@b.co|a@b.co>", "<mailto:[address]|[address]>", id="e-mail-as-slack-writes-it"),
        pytest.param("<@U02ABCDEF> is it safe? <@W1|kim>", "is it safe?", id="mentions"),
        pytest.param("<!channel> <!subteam^S1|@team> hi @kim", "hi", id="groups"),
        pytest.param("in <#C012AB3CD|general> ok", "in ok", id="channel"),
        pytest.param("U02ABCDEF asked", "[person] asked", id="bare-user-id"),
        pytest.param(
            "a\x00b\u200bc\u202ed\ud800e\x1b[0m", "abcde[0m", id="what-a-database-refuses-or-a-terminal-obeys"
        ),
        pytest.param("a\n\tb\u2028c\x85 d", "a b c d", id="one-line"),
        pytest.param("gh\u200bp_0123456789abcdefABCD", "[secret]", id="hidden-inside-a-secret"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_is_left(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "basic question: is payments on docker?",
        "which secret does payments/web mount?",
        "what does basic auth do on containerd",
        "weight_balanced_pool and disk-pressure-node-1",
        "docker run -p 8080:80 nginx",
        "registry.k8s.io/kube-apiserver:v1.24.0",
        "ip-10-0-12-34.eu-central-1.compute.internal",
        "payments-worker-7d9f8b6c5d-x2x9z is pending",
        "gke-prod-default-pool-1a2b3c4d-wxyz",
        "/var/run/docker.sock, /etc/docker/daemon.json",
        "containerd://1.7.2 and docker://20.10.21",
        "UNSHIM and WORKLOADS and UPGRADES",
    ],
)
def test_names_of_a_cluster_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_ordinary_questions_are_kept_as_they_were_asked(path: Path) -> None:
    """Every labelled question, without exception."""
    asked = [entry["q"] for entry in tomllib.loads(path.read_text(encoding="utf-8"))["question"]]
    assert asked
    assert [masked(text) for text in asked] == [" ".join(text.split()) for text in asked]


def _run(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


def _after(beginning: str, alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return _run(alphabet, least, most).map(lambda rest: beginning + rest)


#: Known by their own look.
SHAPES = {
    "slack-bot": _after("xoxb-", WORD, 10, 60),
    "slack-app": _after("xapp-1-", WORD, 10, 60),
    "github": st.sampled_from(["ghp_", "gho_", "ghs_", "ghu_", "github_pat_"]).flatmap(
        lambda beginning: _after(beginning, string.ascii_letters + DIGITS, 36, 36)
    ),
    "gitlab": st.sampled_from(["glpat-", "glrt-", "gldt-"]).flatmap(lambda beginning: _after(beginning, WORD, 20, 20)),
    "aws-id": st.sampled_from(["AKIA", "ASIA"]).flatmap(lambda beginning: _after(beginning, UPPER + DIGITS, 16, 16)),
    "jwt": st.lists(_run(WORD, 12, 60), min_size=3, max_size=3).map(lambda parts: "eyJ" + ".".join(parts)),
    "kubeadm": st.tuples(_run(LOWER + DIGITS, 6, 6), _run(LOWER + DIGITS, 16, 16)).map(".".join),
    "hexadecimal": _run("0123456789abcdef", 32, 64),
    "key": _run(BASE64, 20, 60).map(lambda body: f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"),
    "e-mail": st.tuples(_run(LOWER + DIGITS + "._+", 8, 20), _run(LOWER, 8, 12)).map(
        lambda two: f"{two[0]}@{two[1]}.io"
    ),
}

#: Known by what stands before them: any characters at all, but for those that end them.
NAMES = (
    "password=",
    "PASSWORD: ",
    "DB_PASS=",
    "token = ",
    "api_key: ",
    "client-secret=",
    "AWS_SECRET_ACCESS_KEY=",
    "--password ",
    "--api-token ",
    "the password is ",
    "비밀번호는 ",
    "비밀번호: ",
    "토큰은 ",
    "Authorization: Bearer ",
    "bearer ",
)

VALUES = _run("".join(sorted(set(string.printable) - set(string.whitespace) - set("\"'`<>@-["))), 8, 40)

#: A secret stands alone, in brackets or quotes, after a sign or a Korean particle: not inside a longer run of letters.
BEFORE = st.sampled_from(["", " ", "\n", "(", "[", '"', "'", "`", "<", ",", ": ", "은 ", "값은"])
AFTER = st.sampled_from(["", " ", "\n", ")", "]", '"', "'", "`", ">", ", ", ". ", "? ", "입니다"])

#: Other words of the same question; signs and other scripts, since no eight letters of a secret may turn up by chance.
SIGNS = st.text(st.characters(exclude_characters=string.ascii_letters + DIGITS), max_size=40)
WORDS = st.sampled_from(
    ["is", "the password", "login", "-u", "token:", "<@U0AB1CD2E>", "'why", '"', "a@b.io", "비번은"]
)
ELSE = st.lists(st.one_of(SIGNS, WORDS), max_size=5).map(" ".join)


def _pieces(secret: str) -> set[str]:
    """Return whatever of a secret must not be left: any eight of its characters in a row."""
    flat = " ".join(secret.split())
    return {flat[start : start + 8] for start in range(max(1, len(flat) - 7))}


@pytest.mark.parametrize("family", SHAPES)
@settings(max_examples=50)
@given(data=st.data(), before=ELSE, left=BEFORE, right=AFTER, after=ELSE)
def test_a_secret_is_known_by_its_look_wherever_it_stands(
    family: str, data: st.DataObject, before: str, left: str, right: str, after: str
) -> None:
    secret = data.draw(SHAPES[family])
    body = secret.replace("-----BEGIN PRIVATE KEY-----", "").replace("-----END PRIVATE KEY-----", "")
    for text in (left + secret + right, f"{before} {left}{secret}{right} {after}"):
        assert not {piece for piece in _pieces(body.strip()) if piece in masked(text)}, masked(text)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50)
@given(secret=VALUES, before=ELSE, after=ELSE)
def test_a_secret_is_known_by_its_name_wherever_it_stands(name: str, secret: str, before: str, after: str) -> None:
    for text in (name + secret, f"{before} {name}{secret} {after}"):
        assert not {piece for piece in _pieces(secret) if piece in masked(text)}, masked(text)


@given(user=_run(WORD, 1, 12), secret=_run(WORD + "!$%^&*()+=~/:@.", 8, 30), before=ELSE, after=ELSE)
def test_the_password_of_a_url_never_stays(user: str, secret: str, before: str, after: str) -> None:
    kept = masked(f"{before} postgresql://{user}:{secret}@db.example.com/x {after}")
    assert not {piece for piece in _pieces(secret) if piece in kept}, kept


def test_a_secret_at_the_end_of_what_is_read_does_not_stay_by_halves() -> None:
    secret = "ghp_0123456789abcdefABCDEF0123456789abcd"
    for start in range(READ_CHARS - len(secret) - 2, READ_CHARS + 2):
        for end in (" ", ""):
            assert "ghp_" not in without_secrets(f"{'가나 ' * READ_CHARS}"[: start - 1] + f" {secret}{end}" + "다" * 99)


SHREDS = st.one_of(
    st.sampled_from(
        ["password", "token ", "비밀번호", "는", "bearer ", "basic ", "is ", "--", "-u ", "-----BEGIN A-----"]
    ),
    st.sampled_from(["[secret]", "[address]", "U0AB1CD2E", "a1b2c3d4", "eyJ", "x" * 200, "가나"]),
    st.sampled_from(["=", ":", " ", "\n", "@", "<@", ">", '"', "://", ".io"]),
)


@given(text=st.one_of(st.text(max_size=1000), st.lists(SHREDS, max_size=40).map("".join)))
@example("password=" + "x" * 480 + " token=" + "y" * 100)
@example("x" * 495 + " password=hunter2")
def test_what_is_kept_is_one_short_line_and_stays_the_same(text: str) -> None:
    kept = masked(text)
    assert len(kept) <= QUESTION_CHARS
    assert kept == clean(kept) == kept.strip()
    assert len(kept.splitlines()) <= 1
    assert masked(kept) == kept
