"""Whatever becomes of the file, no listener gets an exception, and the store comes back."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot.adapters.store.engine import Database
from bot.adapters.store.inspect import inspect
from bot.adapters.store.keeping import Store
from bot.adapters.store.rows import Rows
from bot.app import load_settings
from bot.app.store import check_store, open_rows
from bot.core.kept import StoreReport
from bot.errors import SettingsError, StoreError
from tests.unit.adapters.test_store import BAD, OPEN, SAID, Clock, wait_for

PAUSE_SECONDS = 15.0


class Monotonic:
    """Seconds, as a test sets them."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


Opened = Callable[[Path], Store]


@pytest.fixture
def clock() -> Monotonic:
    return Monotonic()


@pytest.fixture
def opened(clock: Monotonic) -> Iterator[Opened]:
    """Return what opens the store in a file."""
    stores: list[Store] = []

    def open_one(path: Path) -> Store:
        stores.append(Store(Rows(Database(f"sqlite:///{path}"), 90, Clock()), clock, PAUSE_SECONDS))
        stores[-1].open()
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def use(store: Store) -> list[object]:
    """Call everything once and return what it said: all that a listener may call."""
    return [
        store.rate(BAD),
        store.note_unanswered(OPEN),
        store.remember("C1", "1.1", SAID),
        store.recall("C1", "1.1"),
        store.choose(SAID.user, ["payments"], "1"),
        store.chosen(SAID.user),
        store.is_new(["Ev1"]),
        store.is_new(["Ev1"]),
        store.is_on,
        store.is_up,
    ]


#: What `use` says of a store that works, and of one that does not: nothing is known, and each delivery is answered.
KEPT = [True, None, None, SAID, None, ("payments",), True, False, True, True]
LOST = [False, None, None, None, None, None, True, True, False, False]


def no_folder(tmp_path: Path) -> Path:
    return tmp_path / "none" / "unshim.db"


def below_a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").touch()
    return tmp_path / "file" / "unshim.db"


def a_folder(tmp_path: Path) -> Path:
    return tmp_path


def not_a_database(tmp_path: Path) -> Path:
    (tmp_path / "unshim.db").write_text("the notes of somebody else\n" * 100, encoding="utf-8")
    return tmp_path / "unshim.db"


def too_long(tmp_path: Path) -> Path:
    return tmp_path / ("x" * 300)


@pytest.mark.parametrize("place", [no_folder, below_a_file, a_folder, not_a_database, too_long])
def test_a_place_that_cannot_hold_it_costs_no_answer(
    place: Callable[[Path], Path], tmp_path: Path, opened: Opened
) -> None:
    path = place(tmp_path)
    before = path.read_bytes() if os.path.isfile(path) else None
    with capture_logs() as logs:
        store = opened(path)
    (line,) = logs
    assert (line["event"], line["error"], line["place"]) == ("store failed", "store-failed", str(path))
    assert line["reason"]
    assert use(store) == LOST
    assert (path.read_bytes() if os.path.isfile(path) else None) == before


def test_a_folder_that_may_not_be_written_costs_no_answer(tmp_path: Path, opened: Opened) -> None:
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("root writes everywhere")
        assert use(opened(tmp_path / "unshim.db")) == LOST
        assert inspect(Database(f"sqlite:///{tmp_path}/unshim.db"), 90).problem == "read-only"
    finally:
        tmp_path.chmod(0o700)


def test_it_comes_back_when_the_pause_is_over_and_not_before(tmp_path: Path, opened: Opened, clock: Monotonic) -> None:
    store = opened(tmp_path / "none" / "unshim.db")
    (tmp_path / "none").mkdir()
    clock.seconds += PAUSE_SECONDS - 0.1
    assert use(store) == LOST
    assert not (tmp_path / "none" / "unshim.db").exists()
    clock.seconds += 0.1
    with capture_logs() as logs:
        assert wait_for(lambda: store.is_on)
    assert [line["event"] for line in logs] == ["store opened"]
    assert use(store) == KEPT


def test_it_pauses_again_after_each_failure(tmp_path: Path, opened: Opened, clock: Monotonic) -> None:
    store = opened(tmp_path / "none" / "unshim.db")
    clock.seconds += PAUSE_SECONDS
    with capture_logs() as logs:
        assert not store.is_on
        assert wait_for(lambda: len(logs) == 1)
        assert wait_for(lambda: not any(thread.name == "store" for thread in threading.enumerate()))
        for _ in range(3):
            assert not store.is_on
    assert [line["event"] for line in logs] == ["store failed"]


def test_a_store_that_works_says_so(tmp_path: Path, opened: Opened) -> None:
    assert use(opened(tmp_path / "unshim.db")) == KEPT


def test_a_closed_store_stays_closed(tmp_path: Path, opened: Opened, clock: Monotonic) -> None:
    store = opened(tmp_path / "unshim.db")
    store.close()
    clock.seconds += 10 * PAUSE_SECONDS
    assert use(store) == LOST
    store.open()  # as one that was under way
    assert use(store) == LOST


def test_a_row_that_is_refused_costs_that_row_alone(tmp_path: Path, opened: Opened) -> None:
    store = opened(tmp_path / "unshim.db")
    with capture_logs() as logs:
        assert not store.rate(replace(BAD, language=None))  # type: ignore[arg-type]
    assert [(line["event"], line["reason"]) for line in logs] == [("not kept", "IntegrityError")]
    assert "payments" not in repr(logs)
    assert use(store) == KEPT


@pytest.mark.parametrize("is_there", [False, True], ids=["removed", "replaced"])
def test_a_file_taken_away_is_made_anew(is_there: bool, tmp_path: Path, opened: Opened, clock: Monotonic) -> None:
    """Connections that are open still lead to the file that is gone."""
    path = tmp_path / "unshim.db"
    other = opened(tmp_path / "other.db")
    other.remember("C1", "1.1", SAID)
    other.close()  # a file alone is whole only once nobody has it open
    store = opened(path)
    path.unlink()
    if is_there:
        shutil.copy(tmp_path / "other.db", path)
    assert not store.rate(BAD)
    clock.seconds += PAUSE_SECONDS
    assert wait_for(lambda: store.is_on)
    assert store.recall("C1", "1.1") == (SAID if is_there else None)
    assert use(store) == KEPT


def test_a_file_damaged_while_it_is_used_takes_the_store_down(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "unshim.db"
    store = opened(path)
    with closing(sqlite3.connect(path)) as file_:
        file_.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:  # the pages of the tables, and the count of changes, since SQLite keeps pages
        file.seek(24)
        file.write(b"\x7f\xff\xff\xff")
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with capture_logs() as logs:
        assert not store.rate(BAD)
    assert [(line["event"], line["error"]) for line in logs] == [("store failed", "store-failed")]
    assert use(store) == LOST


def test_a_file_somebody_else_has_locked_is_waited_for_and_used_again(
    tmp_path: Path, opened: Opened, clock: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.store.engine.BUSY_SECONDS", 0.2)
    path = tmp_path / "unshim.db"
    store = opened(path)
    code = (
        "import sqlite3, sys; lock = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "lock.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with capture_logs() as logs:
            assert store.is_new(["Ev1"])
        assert "locked" in logs[0]["reason"]
        assert use(store) == LOST
        assert inspect(Database(f"sqlite:///{path}"), 90).problem == "failed"
        other.communicate("\n")
    clock.seconds += PAUSE_SECONDS
    assert wait_for(lambda: store.is_on)
    assert use(store) == KEPT


def test_a_full_disk_costs_what_cannot_be_written_and_nothing_more(tmp_path: Path) -> None:
    """In a process that may not write files of more than 1,000,000 bytes."""
    code = (
        "import resource, signal, sys; from tests.unit.adapters.test_store_failures import fill; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)); fill(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "unshim.db"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.split("\n")[-2] == "kept, then lost"
    with closing(sqlite3.connect(tmp_path / "unshim.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((kept,),) = file.execute("SELECT count(*) FROM unanswered").fetchall()
    assert 50 < kept < 1000


def fill(path: str) -> None:
    """Keep questions until there is no room, and say how that went. In a process of its own."""
    store = Store(Rows(Database(f"sqlite:///{path}"), 90, Clock()))
    store.open()
    said = [store.is_up]
    for number in range(1000):
        store.note_unanswered(replace(OPEN, question=f"{number} " + "why " * 100))
        said.append(store.is_up)
    store.close()
    print("kept, then lost" if said == sorted(said, reverse=True) and not said[-1] else said)  # noqa: T201


@pytest.mark.parametrize("is_there", [False, True], ids=["while-the-tables-are-made", "while-rows-are-written"])
def test_a_process_killed_half_way_leaves_a_database_that_can_be_read(
    is_there: bool, tmp_path: Path, opened: Opened
) -> None:
    path = tmp_path / "unshim.db"
    if is_there:
        opened(path).note_unanswered(OPEN)
    code = (
        "import os, signal, sys; from bot.adapters.store.engine import Database; "
        "from bot.adapters.store.tables import metadata; database = Database('sqlite:///' + sys.argv[1])\n"
        "with database.writing() as connection:\n"
        "    connection.exec_driver_sql('PRAGMA cache_size = 1')\n"
        "    metadata.create_all(connection)\n"
        "    for n in range(2000):\n"
        "        connection.exec_driver_sql(\"INSERT INTO deliveries VALUES (?, '2026-11-25')\", (str(n) * 99,))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert done.returncode == -signal.SIGKILL
    # Half of it is in the log beside the file already, which nobody reads to its end.
    assert (tmp_path / "unshim.db-wal").stat().st_size > 100_000
    assert use(opened(path)) == KEPT
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("SELECT count(*) FROM deliveries").fetchall() == [(1,)]
        assert file.execute("SELECT sum(times) FROM unanswered").fetchall() == [(2 if is_there else 1,)]


@pytest.mark.usefixtures("no_settings")
def test_a_command_on_what_is_kept_says_what_it_cannot_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "none.db", no_folder(tmp_path), below_a_file(tmp_path), too_long(tmp_path)):
        monkeypatch.setenv("UNSHIM_DATABASE_URL", f"sqlite:///{path}")
        with pytest.raises(SettingsError) as missing:
            open_rows(load_settings())
        assert (missing.value.key, missing.value.values["path"]) == ("store-missing", str(path))
    monkeypatch.setenv("UNSHIM_DATABASE_URL", f"sqlite:///{not_a_database(tmp_path)}")
    with pytest.raises(StoreError) as failed:
        open_rows(load_settings())
    assert (failed.value.key, failed.value.values["reason"]) == ("store-failed", "file is not a database")


@pytest.mark.usefixtures("no_settings")
def test_check_finds_what_is_wrong_and_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(path: Path) -> tuple[str, str, bool]:
        monkeypatch.setenv("UNSHIM_DATABASE_URL", f"sqlite:///{path}")
        report = check_store(load_settings())
        assert report is not None
        assert (report.place, report.days) == (str(path), 90)
        return report.problem, report.reason, report.is_new

    assert check_store(load_settings()) is None
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert found(no_folder(tmp_path)) == ("folder", "", True)
    assert found(below_a_file(tmp_path)) == ("folder", "", True)
    assert found(too_long(tmp_path) / "unshim.db") == ("folder", "", True)
    assert found(tmp_path / "unshim.db") == ("", "", True)
    assert not (tmp_path / "unshim.db").exists()
    assert found(not_a_database(tmp_path)) == ("failed", "file is not a database", False)


def test_a_report_of_a_database_that_works(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "unshim.db"
    opened(path)
    before = path.read_bytes()
    assert inspect(Database(f"sqlite:///{path}"), 0) == StoreReport(str(path), "", "", is_new=False, days=0)
    assert path.read_bytes() == before


def test_a_database_that_takes_its_time_costs_an_answer_no_more_than_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Monotonic
) -> None:
    rows = Rows(Database(f"sqlite:///{tmp_path / 'slow.db'}"), 90, Clock())
    store = Store(rows, clock, PAUSE_SECONDS, deadline_seconds=0.05)
    store.open()
    goes_on = threading.Event()
    monkeypatch.setattr(rows, "recall", lambda *_: goes_on.wait(5))
    assert store.recall("C1", "1.1") is None
    assert not store.is_up
    goes_on.set()
    store.close()


def test_what_nobody_expected_costs_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Monotonic
) -> None:
    rows = Rows(Database(f"sqlite:///{tmp_path / 'odd.db'}"), 90, Clock())
    store = Store(rows, clock, PAUSE_SECONDS)
    store.open()
    monkeypatch.setattr(rows, "chosen", lambda *_: json.loads("{"))
    assert store.chosen(SAID.user) is None
    assert store.is_up
    store.close()


def test_whoever_looks_whether_it_is_up_has_it_tried_again(opened: Opened, tmp_path: Path, clock: Monotonic) -> None:
    store = opened(tmp_path / "later" / "unshim.db")
    assert not store.is_up
    (tmp_path / "later").mkdir()
    clock.seconds += PAUSE_SECONDS
    assert wait_for(lambda: store.is_up)
