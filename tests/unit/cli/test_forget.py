"""``unshim forget`` on a real file: everything of one person, nothing of another."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.adapters.store import engine
from bot.adapters.store.keeping import Store
from bot.app import load_settings
from bot.app.store import open_kept, open_store
from bot.core.kept import Actor, Unanswered, Why
from bot.core.schedule import renewed
from bot.core.subscriptions import Subscription
from tests.unit.cli.kept import ALICE, BOB, CAKE, EVE, HOSTILE, MOVED, rated, rows, talked, unanswered
from tests.unit.cli.program import Result, run

TABLES = ("feedback", "unanswered", "threads", "choices")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database that knows two people: the default one, in the current folder."""
    unanswered(CAKE, ALICE, BOB)
    unanswered(MOVED, ALICE)
    rated("which nodes", ALICE, BOB, ALICE, ALICE)
    talked(ALICE, BOB)
    return tmp_path / "unshim.db"


@pytest.fixture
def bot(path: Path) -> Iterator[Store]:
    """Yield the store of a bot that runs."""
    store = open_store(load_settings())
    yield store
    store.close()


def people(path: Path) -> dict[str, list[str]]:
    return {
        table: [str(user) for (user,) in rows(path, f"SELECT user_id FROM {table} ORDER BY user_id")]
        for table in TABLES
    }


def is_error(result: Result, code: int) -> bool:
    shown = result.err
    return result.code == code and result.out == "" and shown.startswith("unshim: ") and shown.count("\n") == 1


def test_everything_of_a_person_is_removed_and_counted(path: Path) -> None:
    result = run("forget", ALICE)
    assert (result.code, result.err) == (0, "")
    counts = "3 verdicts on answers, 2 questions, 1 thread, 1 choice of namespaces, 0 entries of digests and dates"
    assert f"Removed what was kept of U0ALICE in unshim.db: {counts}." in result.out
    assert people(path) == {table: [BOB] for table in TABLES}


def test_no_byte_of_what_they_asked_is_left_in_the_file(path: Path) -> None:
    assert MOVED.encode() in path.read_bytes()
    run("forget", ALICE)
    data = path.read_bytes()
    assert MOVED.encode() not in data
    assert ALICE.encode() not in data


def test_who_made_settings_that_somebody_else_changed_since_is_in_no_byte_of_the_file(path: Path) -> None:
    kept, now = open_kept(load_settings()), datetime.now(UTC)
    made = Subscription("C0GENERAL", now - timedelta(days=1), by=ALICE)
    kept.subscriptions.put(made, None, Actor(ALICE, "C0GENERAL"), "digest on")
    changed = renewed(made, replace(made, days=(3,), by=BOB), now)
    assert kept.subscriptions.put(changed, kept.subscriptions.get("C0GENERAL"), Actor(BOB, "C0GENERAL"), "digest on")
    kept.store.close()
    assert ALICE.encode() in path.read_bytes()
    run("forget", ALICE)
    assert ALICE.encode() not in path.read_bytes()


def test_a_second_time_nothing_is_left(path: Path) -> None:
    run("forget", ALICE)
    result = run("forget", ALICE)
    assert (result.code, result.out, result.err) == (0, "Nothing was kept of U0ALICE in unshim.db.\n", "")


def test_of_somebody_unknown_nothing_was_kept(path: Path) -> None:
    before = people(path)
    result = run("forget", EVE)
    assert (result.code, result.out) == (0, "Nothing was kept of U0EVE in unshim.db.\n")
    assert people(path) == before


@pytest.mark.parametrize("written", ["<@U0ALICE>", "<@U0ALICE|alice>", "<@U0ALICE|앨리스 김>", " U0ALICE "])
def test_a_person_may_be_written_as_slack_writes_a_mention(written: str, path: Path) -> None:
    assert "3 verdicts on answers" in run("forget", written).out
    assert people(path)["feedback"] == [BOB]


@pytest.mark.parametrize(
    "written",
    [
        *("", "alice", "@alice", "u0alice", "U0", "C0GENERAL", "S0OPS", "U0ALICE,U0BOB", "U0ALICE%", "U0'--"),
        *("<@U0ALICE", "U0ALICE>", "<@U0ALICE|", "<#C0GENERAL>", "<!subteam^S0OPS>", "<@U0ALICE> <@U0BOB>", HOSTILE),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_no_user_id_is_wrong_usage_and_removes_nothing(written: str, language: str, path: Path) -> None:
    before = people(path)
    result = run("forget", written, "--lang", language)
    assert is_error(result, 2)
    assert "U0123456789" in result.err
    assert result.err.strip().isprintable()
    assert people(path) == before


@pytest.mark.parametrize("words", [[], [ALICE, BOB], [ALICE, "--demo"]])
def test_it_takes_one_person_and_no_cluster(words: list[str], path: Path) -> None:
    before = people(path)
    result = run("forget", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: unshim")
    assert people(path) == before


def test_it_is_korean_when_asked_for(path: Path) -> None:
    out = run("forget", ALICE, "--lang", "ko").out
    counts = "피드백 3건, 질문 2건, 스레드 1개, 네임스페이스 선택 1건, 다이제스트와 일정 항목 0건"
    assert out.startswith(f"unshim.db: U0ALICE에 대해 저장된 것을 지웠습니다. {counts}.\n")
    assert run("forget", ALICE, "--lang", "ko").out == "unshim.db: U0ALICE에 대해 저장된 것이 없습니다.\n"


def test_a_bot_that_runs_meanwhile_goes_on_keeping(bot: Store, path: Path) -> None:
    assert "2 questions" in run("forget", ALICE).out
    assert bot.recall("C0GENERAL", "0") is None
    bot.note_unanswered(Unanswered(EVE, "en", CAKE, Why.OUT_OF_SCOPE))
    assert bot.is_up
    assert people(path)["unanswered"] == [BOB, EVE]


def test_a_missing_file_is_wrong_settings_and_is_not_made(tmp_path: Path) -> None:
    result = run("forget", ALICE)
    assert is_error(result, 2)
    assert "unshim.db" in result.err
    assert "UNSHIM_DATABASE_URL" in result.err
    assert list(tmp_path.glob("unshim.db*")) == []


def test_a_database_that_somebody_keeps_locked_is_3(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    try:
        result = run("forget", ALICE)
    finally:
        locker.close()
    assert is_error(result, 3)
    assert "unshim.db" in result.err
    assert people(path)["unanswered"] == [ALICE, ALICE, BOB]


def test_a_file_that_is_no_database_is_3(tmp_path: Path) -> None:
    (tmp_path / "unshim.db").write_bytes(b"not a database " * 99)
    result = run("forget", ALICE)
    assert is_error(result, 3)
    assert "unshim.db" in result.err


def test_a_server_that_is_not_there_is_3_and_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_DATABASE_URL", "postgresql://unshim:planted@127.0.0.1:1/unshim")
    result = run("forget", ALICE)
    assert is_error(result, 3)
    assert "127.0.0.1/unshim" in result.err
    assert "planted" not in result.err
