"""What ``unshim check`` says of the database, on real files; nothing of Slack is reached, its token being none."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.kept import ALICE, CAKE, HOSTILE, rows, unanswered
from tests.unit.cli.program import Result, run

FINE = {
    "en": "Database: feedback and conversations can be kept.",
    "ko": "데이터베이스: 피드백과 대화를 저장할 수 있습니다.",
}
WRONG = {
    "en": "Database: nothing can be kept. Questions are answered all the same",
    "ko": "아무것도 저장할 수 없습니다.",
}
NO_TOKEN = "xoxp-planted"


@pytest.fixture(autouse=True)
def _slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a token of the wrong kind, which is looked at and sent nowhere."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", NO_TOKEN)


def check(language: str = "en") -> Result:
    result = run("check", "--demo", "--lang", language)
    assert NO_TOKEN not in result.out + result.err
    return result


def database(result: Result) -> list[str]:
    """Return the verdict on the database and the lines of its table, headers first."""
    *_, verdict, table = result.out.rstrip("\n").split("\n\n")
    return [verdict, *(" ".join(line.split()) for line in table.splitlines())]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_file_that_is_not_there_will_be_made_and_is_not_made_now(language: str, tmp_path: Path) -> None:
    verdict, _, place, kept = database(check(language))
    assert verdict == FINE[language]
    assert "unshim.db" in place
    assert {"en": "the bot will make it", "ko": "봇이 만듭니다"}[language] in place
    assert {"en": "kept for 90 days", "ko": "90일"}[language] in kept
    assert "UNSHIM_FEEDBACK_DAYS" in kept
    assert list(tmp_path.glob("unshim.db*")) == []


def test_a_file_that_a_bot_left_is_fine_and_stays_as_it_is(tmp_path: Path) -> None:
    unanswered(CAKE, ALICE)
    before = (tmp_path / "unshim.db").read_bytes()
    assert database(check())[:3] == [FINE["en"], "RESULT DATABASE", "ok unshim.db can be read and written"]
    assert (tmp_path / "unshim.db").read_bytes() == before


def test_that_feedback_is_not_kept_is_said_and_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_FEEDBACK_DAYS", "0")
    for language, said in (
        ("en", "are not kept (UNSHIM_FEEDBACK_DAYS is 0)"),
        ("ko", "보관하지 않으며(UNSHIM_FEEDBACK_DAYS가 0)"),
    ):
        verdict, _, _, kept = database(check(language))
        assert verdict == FINE[language]
        assert said in kept


def newer(folder: Path) -> str:
    unanswered(CAKE, ALICE)
    rows(folder / "unshim.db", "UPDATE alembic_version SET version_num = 'v9999'")
    return "sqlite:///unshim.db"


def text(folder: Path) -> str:
    (folder / "text.db").write_bytes(b"not a database " * 99)
    return "sqlite:///text.db"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (lambda _: "sqlite:///no/such/new.db", "folder no/such does not exist, so no/such/new.db cannot be made"),
        (newer, "unshim.db was made by a newer version of Unshim: run that version"),
        (text, "text.db could not be used"),
        (lambda _: "postgresql://unshim:planted@127.0.0.1:1/unshim", "127.0.0.1/unshim could not be used"),
    ],
    ids=["folder", "newer", "failed-file", "failed-server"],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_wrong_says_what_it_costs_and_what_to_do(
    url: Callable[[Path], str], said: str, language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNSHIM_DATABASE_URL", url(tmp_path))
    result = check(language)
    verdict, _, line = database(result)
    assert WRONG[language] in verdict
    assert {"en": "follow-ups in threads", "ko": "스레드"}[language] in verdict
    assert line.startswith({"en": "WRONG", "ko": "문제"}[language])
    assert "UNSHIM_DATABASE_URL" in line
    assert language != "en" or said in line
    assert "planted" not in result.out
    assert result.code in (2, 3)  # the token is refused, too


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o500)
    monkeypatch.setenv("UNSHIM_DATABASE_URL", "sqlite:///kept/unshim.db")
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != Path("kept"))  # root may write anywhere
    for language in ("en", "ko"):
        verdict, _, line = database(check(language))
        assert WRONG[language] in verdict
        assert "kept/unshim.db" in line


def test_a_url_nobody_can_read_is_wrong_settings_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_DATABASE_URL", "postgresql://unshim:planted@db:port/unshim")
    result = check()
    assert result.code == 2
    assert "UNSHIM_DATABASE_URL" in result.err
    assert "planted" not in result.out + result.err


def test_a_path_cannot_write_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    harmful = HOSTILE.replace("\x00", "").replace("\n", "")
    monkeypatch.setenv("UNSHIM_DATABASE_URL", f"sqlite:///{harmful}.db")
    out = check().out
    assert "\x1b" not in out
    assert "\\x1b[2J" in out


def test_without_slack_there_is_no_bot_and_no_word_of_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    for language in ("en", "ko"):
        assert "데이터베이스" not in check(language).out
        assert "Database" not in check(language).out


def posts_left(folder: Path, *left: tuple[str, str, str, int], part: str = "message") -> None:
    """Leave posts behind: (channel, occurrence, state, days ago)."""
    unanswered(CAKE, ALICE)
    now = datetime.now(UTC)
    for channel, occurrence, state, days in left:
        at = (now - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.000000")
        statement = (
            "INSERT INTO posts (channel, occurrence, part, at, state, post_id, holder, claimed_at, lease_until, code, "
            "parts) VALUES (?, ?, ?, ?, ?, 'p', '', ?, ?, '', '')"
        )
        rows(folder / "unshim.db", statement, (channel, occurrence, part, at, state, at, at))


def test_posts_that_did_not_come_are_counted_and_named(tmp_path: Path) -> None:
    posts_left(
        tmp_path,
        ("C1", "digest:2026-11-16", "missed", 1),
        ("C2", "reminder:2026-11-15", "missed", 2),
        ("C1", "reminder:2026-11-14", "unconfirmed", 3),
        ("C1", "digest:2026-11-13", "sent", 4),
        ("C1", "now:2026-11-12T09:00:00+00:00", "unconfirmed", 5),
        ("C1", "digest:2026-10-01", "missed", 15),
    )
    before = (tmp_path / "unshim.db").read_bytes()
    text = " ".join(database(check()))
    assert "2 posts of the last 14 days were not posted" in text
    assert "digest of 2026-11-16 in C1, reminder of 2026-11-15 in C2" in text
    assert "2 posts of the last 14 days of which nobody knows whether they arrived" in text
    assert "reminder of 2026-11-14 in C1, digest of 2026-11-12 in C1" in text
    assert "2026-10-01" not in text
    korean = " ".join(database(check("ko")))
    assert "올리지 못한 글 2건: C1의 2026-11-16 다이제스트" in korean
    assert (tmp_path / "unshim.db").read_bytes() == before


def test_threads_that_may_lack_a_part_are_named_with_it(tmp_path: Path) -> None:
    both, chart, lost = "digest:2026-11-16", "digest:2026-11-15", "digest:2026-11-14"
    posts_left(tmp_path, ("C1", both, "sent", 1), ("C1", chart, "sent", 2), ("C1", lost, "unconfirmed", 3))
    posts_left(tmp_path, ("C1", both, "unconfirmed", 1), ("C1", lost, "unconfirmed", 3), part="chart")
    posts_left(tmp_path, ("C1", both, "unconfirmed", 1), ("C1", chart, "missed", 2), part="details")
    posts_left(tmp_path, ("C1", chart, "unconfirmed", 2), part="chart")
    posts_left(tmp_path, ("C2", "reminder:2026-11-16", "unconfirmed", 1), part="fixed")
    text = " ".join(database(check()))
    assert "2 posts of the last 14 days whose threads may lack a part, since Slack did not answer: " in text
    assert "digest of 2026-11-16 in C1 (details and chart), digest of 2026-11-15 in C1 (chart)" in text
    assert "1 post of the last 14 days of which nobody knows whether it arrived: digest of 2026-11-14 in C1" in text
    assert "C2" not in text
    assert "C1의 2026-11-16 다이제스트(상세 내용, 차트), C1의 2026-11-15 다이제스트(차트)" in " ".join(
        database(check("ko"))
    )


def test_of_many_posts_ten_are_named(tmp_path: Path) -> None:
    posts_left(tmp_path, *((f"C{n:02}", "digest:2026-11-16", "missed", 1) for n in range(12)))
    text = " ".join(database(check()))
    assert "12 posts" in text
    assert "in C09, +2 more" in text
    assert "C10" not in text


def test_a_channel_that_is_stopped_is_named_with_why_and_what_to_do(tmp_path: Path) -> None:
    unanswered(CAKE, ALICE)
    at = "2026-11-20 09:00:00.000000"
    for channel, settings, is_off in (
        ("C1", '{"stopped": "is_archived"}', 0),
        ("C2", '{"stopped": "odd\x1b[2J"}', 0),
        ("C3", '{"stopped": "is_archived"}', 1),
        ("C4", "damaged", 0),
    ):
        statement = "INSERT INTO subscriptions VALUES (?, ?, 'U1', ?, ?, 1, 1, ?)"
        rows(tmp_path / "unshim.db", statement, (channel, at, settings, at, str(is_off)))
    result = check()
    text = " ".join(database(result))
    assert "WRONG nothing is posted to C1 any more since 2026-11-20: the channel is archived." in text
    assert "say there: digest resume" in text
    assert "to C2 any more" in text
    assert "\x1b" not in result.out
    assert "C3" not in text
    assert "to C4 any more" in text
    assert "2026-11-20부터 C1에 게시하지 않습니다" in " ".join(database(check("ko")))


@pytest.mark.parametrize("words", [["check", "--demo"], ["ask", "status", "--demo"], ["questions", "--help"]])
def test_who_needs_no_database_does_not_wait_for_its_library(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from bot.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": ""}
    argv = [sys.executable, "-c", code, *words]
    called = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, check=False)
    assert called.returncode == 0, called.stderr.decode()
