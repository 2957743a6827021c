"""What is kept, for how long, and what is counted: on a real SQLite file here, on PostgreSQL in tests/integration."""

import stat
import string
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from msgspec.structs import replace
from sqlalchemy import Table, func, select

from bot.adapters.store import rows as rows_module
from bot.adapters.store.engine import Database
from bot.adapters.store.inspect import inspect
from bot.adapters.store.rows import Rows
from bot.adapters.store.schema import state
from bot.adapters.store.tables import deliveries, feedback, metadata, threads, unanswered
from bot.core.kept import Feedback, Forgotten, Remembered, Unanswered, Why
from bot.errors import SettingsError, StoreError

GOOD = Feedback("U0AB1CD2E", "U0AB1CD2E", "C1:1.1", "en", "is payments safe?", "safe", "safe payments", True)
BAD = replace(GOOD, is_good=False)
OPEN = Unanswered("U0AB1CD2E", "en", "who let the dogs out", Why.NOT_UNDERSTOOD)
SAID = Remembered(user="U0AB1CD2E", kind="pods", words="pods payments", language="ko")

#: Everything the store must hold whole, and more of it than an index entry of PostgreSQL takes by itself.
LONG = "가😀" * 250


class Clock:
    """The time, as a test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **units: float) -> None:
        self.now += timedelta(**units)


def wait_for(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Return whether it became so; for what another thread does."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Behaviour:
    """What every database must do; a subclass brings the fixture `url` of an empty one."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def another(self, url: str, clock: Clock) -> Iterator[Callable[..., Rows]]:
        """Return what opens the database once more, as another process does."""
        opened: list[Rows] = []

        def open_one(days: int = 90) -> Rows:
            opened.append(Rows(Database(url), days, clock))
            opened[-1].prepare()
            return opened[-1]

        yield open_one
        for rows in opened:
            rows.close()

    @pytest.fixture
    def rows(self, another: Callable[..., Rows]) -> Rows:
        return another()

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        """Yield a way past the rows."""
        database = Database(url)
        yield database
        database.close()

    @staticmethod
    def count(database: Database, table: Table) -> int:
        with database.reading() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def test_an_empty_database_gets_the_tables_and_a_full_one_keeps_its_rows(
        self, database: Database, another: Callable[..., Rows]
    ) -> None:
        database.make_file()
        assert state(database) == "empty"
        another().rate(BAD)
        assert state(database) == "current"
        assert len(another().open_questions("newest", 10)) == 1

    def test_the_migrations_make_the_tables_that_the_code_uses(self, rows: Rows, database: Database) -> None:
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_the_database_of_a_newer_release_is_left_alone(
        self, rows: Rows, database: Database, another: Callable[..., Rows]
    ) -> None:
        rows.rate(BAD)
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StoreError) as caught:
            another()
        assert caught.value.key == "store-newer"
        assert state(database) == inspect(database, 90).problem == "newer"
        assert self.count(database, feedback) == 1

    def test_a_migration_that_fails_leaves_nothing(self, database: Database, another: Callable[..., Rows]) -> None:
        database.make_file()
        with database.writing() as connection:
            deliveries.create(connection)
        with pytest.raises(StoreError) as caught:
            another()
        assert caught.value.key == "store-failed"
        with database.writing() as connection:  # neither the tables before it nor their indexes are there
            assert state(database) == "empty"
            deliveries.drop(connection)
            metadata.create_all(connection, checkfirst=False)

    def test_processes_may_migrate_at_the_same_moment(self, url: str) -> None:
        """Four wait for the word, and none of them fails; all use the same tables."""
        code = (
            "import sys; from datetime import UTC, datetime; from bot.adapters.store.engine import Database; "
            "from bot.adapters.store.rows import Rows; now = lambda: datetime.now(UTC); "
            "rows = Rows(Database(sys.argv[1]), 90, now); print('ready', flush=True); input(); "
            "rows.prepare(); print(rows.claim(['Ev1']))"
        )
        started = [
            subprocess.Popen(
                [sys.executable, "-c", code, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate(timeout=60)[0] for process in started]
        assert [process.returncode for process in started] == [0] * 4
        assert sorted(said) == ["False\n", "False\n", "False\n", "True\n"]

    def test_check_leaves_nothing_behind(self, database: Database, another: Callable[..., Rows]) -> None:
        database.make_file()
        report = inspect(database, 90)
        assert (report.problem, report.is_new, state(database)) == ("", True, "empty")
        another()
        report = inspect(database, 90)
        assert (report.problem, report.is_new, self.count(database, deliveries)) == ("", False, 0)

    def test_the_last_verdict_of_a_user_on_a_message_counts(self, rows: Rows, database: Database) -> None:
        for given in (BAD, GOOD, BAD):
            rows.rate(given)
        rows.rate(replace(BAD, user="U0XY9ZW8V"))
        rows.rate(replace(BAD, key="C1:2.2"))
        rows.rate(replace(BAD, key="C1:3.3"))
        rows.rate(replace(GOOD, key="C1:3.3"))
        (found,) = rows.open_questions("newest", 10)
        assert (found.why, found.question, found.words) == ("down-voted", "is payments safe?", "safe payments")
        assert (found.times, found.users) == (3, 2)
        assert self.count(database, feedback) == 4

    def test_a_question_asked_again_is_counted(self, rows: Rows, clock: Clock, database: Database) -> None:
        for user in ("U0AB1CD2E", "U0AB1CD2E", "U0XY9ZW8V"):
            clock.wait(minutes=2)
            rows.note_unanswered(replace(OPEN, user=user))
        rows.note_unanswered(replace(OPEN, why=Why.NOT_FOUND))
        found = {question.why: question for question in rows.open_questions("newest", 10)}
        assert (found["not-understood"].times, found["not-understood"].users) == (3, 2)
        assert found["not-understood"].last_at == clock.now
        assert found["not-found"].times == 1
        assert self.count(database, unanswered) == 3

    def test_a_time_is_the_same_moment_in_whichever_zone_it_was_noted(self, rows: Rows, clock: Clock) -> None:
        clock.now = clock.now.astimezone(timezone(timedelta(hours=9)))
        rows.note_unanswered(OPEN)
        (found,) = rows.open_questions("newest", 10)
        assert (found.last_at, found.last_at.utcoffset()) == (clock.now, timedelta(0))

    def test_words_are_masked_on_their_way_in(self, rows: Rows, database: Database) -> None:
        asked = "<@U0XY9ZW8V> is token=hunter22 of kim@example.com safe?"
        rows.rate(replace(BAD, question=asked, words=asked))
        rows.note_unanswered(replace(OPEN, question=asked))
        rows.note_unanswered(replace(OPEN, question=" <@U0XY9ZW8V> <!channel>"))  # nothing is left of it
        rows.remember("C1", "1.1", replace(SAID, words=asked))
        assert {q.question for q in rows.open_questions("newest", 10)} == {"is token=[secret] of [address] safe?"}
        assert self.count(database, unanswered) == 1
        with database.reading() as connection:
            kept = [connection.execute(select(table)).all() for table in (feedback, unanswered, threads)]
        assert "hunter22" not in repr(kept)

    def test_a_text_no_database_takes_is_kept_without_what_it_minds(self, rows: Rows) -> None:
        odd = "a\x00b\ud800c"
        rows.rate(Feedback(odd, odd, odd, "en", odd, odd, odd, False))
        rows.note_unanswered(Unanswered(odd, "en", LONG, Why.NOT_FOUND))
        rows.remember(odd, odd, replace(SAID, user=odd, words=LONG))
        assert rows.claim([odd])
        assert not rows.claim([odd])
        assert {question.question for question in rows.open_questions("newest", 10)} == {"abc", LONG}
        assert rows.recall(odd, odd) == replace(SAID, user="abc", words=LONG)
        assert rows.forget(odd).feedback == 1

    def test_a_thread_is_remembered_for_a_day(self, rows: Rows, clock: Clock, database: Database) -> None:
        rows.remember("C1", "1.1", replace(SAID, words="nodes"))
        rows.remember("C1", "1.1", SAID)
        rows.remember("D1", "", replace(SAID, words="status"))
        assert rows.recall("C1", "2.2") is None
        clock.wait(hours=23, minutes=59)
        assert rows.recall("C1", "1.1") == SAID
        assert rows.recall("D1", "") == replace(SAID, words="status")
        clock.wait(minutes=1)
        assert rows.recall("C1", "1.1") is None
        rows.claim(["anything that writes"])
        assert self.count(database, threads) == 0

    def test_a_delivery_is_claimed_once_an_hour(
        self, rows: Rows, clock: Clock, another: Callable[..., Rows], database: Database
    ) -> None:
        other = another()
        assert rows.claim(["Ev1", "C1:1.1"])
        assert not other.claim(["Ev2", "C1:1.1"])  # the same message as another event
        assert not rows.claim(["Ev1"])
        assert other.claim(["Ev3"])
        assert rows.claim([])
        clock.wait(minutes=59)
        assert not other.claim(["Ev1"])
        clock.wait(minutes=1)
        assert other.claim(["Ev1"])
        assert not rows.claim(["Ev1"])
        assert self.count(database, deliveries) == 1

    def test_old_rows_go_at_most_once_a_minute(self, rows: Rows, clock: Clock, database: Database) -> None:
        rows.rate(BAD)
        rows.note_unanswered(OPEN)
        clock.wait(days=89, hours=23, minutes=59, seconds=30)
        rows.claim(["Ev1"])
        assert len(rows.open_questions("newest", 10)) == 2
        clock.wait(seconds=30)
        rows.claim(["Ev2"])
        assert rows.open_questions("newest", 10) == []  # none is shown, though they are still there
        assert self.count(database, feedback) == 1
        clock.wait(seconds=30)
        rows.claim(["Ev3"])
        assert self.count(database, feedback) == self.count(database, unanswered) == 0

    def test_too_many_rows_go_too_those_not_asked_for_longest_first(
        self, rows: Rows, clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rows_module, "MOST_ROWS", 3)
        for n in [0, 1, 2, 0, 3]:
            clock.wait(minutes=2)
            rows.note_unanswered(replace(OPEN, question=f"question {string.ascii_letters[n]}"))
            rows.rate(replace(BAD, key=str(n), question=f"question {string.ascii_letters[n]}"))
        clock.wait(minutes=2)
        rows.claim(["Ev1"])
        left = Counter((q.why, q.question[-1]) for q in rows.open_questions("newest", 10))
        assert left == Counter((why, letter) for why in ("down-voted", "not-understood") for letter in "acd")

    def test_nothing_is_kept_for_0_days_and_what_was_goes(
        self, rows: Rows, database: Database, another: Callable[..., Rows]
    ) -> None:
        rows.rate(BAD)
        rows.note_unanswered(OPEN)
        rows.remember("C1", "1.1", SAID)
        none = another(days=0)
        assert (none.keeps_feedback, rows.keeps_feedback) == (False, True)
        assert self.count(database, feedback) == self.count(database, unanswered) == 1  # opening removes nothing
        none.purge()
        assert self.count(database, feedback) == self.count(database, unanswered) == 0
        assert none.recall("C1", "1.1") == SAID
        assert none.open_questions("newest", 10) == []

    def test_a_person_is_forgotten_and_nobody_else(self, rows: Rows) -> None:
        for user in (SAID.user, "U0XY9ZW8V"):
            rows.rate(replace(BAD, user=user, asker=user))
            rows.note_unanswered(replace(OPEN, user=user))
            rows.remember("C1", user, replace(SAID, user=user))
            rows.choose(user, ["payments"], "1")
        assert rows.forget(SAID.user) == Forgotten(feedback=1, unanswered=1, threads=1, choices=1)
        assert rows.forget(SAID.user) == Forgotten(feedback=0, unanswered=0, threads=0, choices=0)
        assert (rows.chosen(SAID.user), rows.chosen("U0XY9ZW8V")) == ((), ("payments",))
        assert rows.recall("C1", SAID.user) is None
        assert rows.recall("C1", "U0XY9ZW8V") is not None
        assert [question.users for question in rows.open_questions("newest", 10)] == [1, 1]

    def test_what_others_thought_of_the_answers_to_a_person_goes_with_them(self, rows: Rows) -> None:
        rows.rate(replace(BAD, user="U0XY9ZW8V", asker=SAID.user))
        assert rows.forget(SAID.user).feedback == 1
        assert rows.open_questions("newest", 10) == []

    def test_an_older_choice_does_not_take_the_place_of_a_newer_one(self, rows: Rows) -> None:
        rows.choose(SAID.user, ["ci", "web"], "1700000002.000000")
        rows.choose(SAID.user, ["ci"], "1700000001.000000")
        assert rows.chosen(SAID.user) == ("ci", "web")
        rows.choose(SAID.user, [], "1700000001.000000")
        assert rows.chosen(SAID.user) == ("ci", "web")

    def test_the_last_choice_of_namespaces_counts_for_as_long_as_there_is_no_other(
        self, rows: Rows, clock: Clock
    ) -> None:
        assert rows.chosen(SAID.user) == ()
        rows.choose(SAID.user, ["web"], "1")
        rows.choose(SAID.user, ["payments", "결제\x00"], "2")
        clock.wait(days=1000)
        rows.purge()
        assert rows.chosen(SAID.user) == ("payments", "결제")
        rows.choose(SAID.user, [], "3")
        assert rows.chosen(SAID.user) == ()

    def test_open_questions_come_newest_or_most_frequent_first(self, rows: Rows, clock: Clock) -> None:
        for question in ("often", "often", "often", "twice", "twice", "new"):
            clock.wait(minutes=1)
            rows.note_unanswered(replace(OPEN, question=question))
        rows.rate(replace(BAD, key="C1:2.2", question="worst"))
        rows.rate(GOOD)
        assert [q.question for q in rows.open_questions("newest", 10)] == ["new", "worst", "twice", "often"]
        assert [q.question for q in rows.open_questions("frequent", 3)] == ["often", "twice", "new"]

    def test_a_row_that_is_refused_says_so_without_its_words(self, rows: Rows) -> None:
        with pytest.raises(StoreError) as caught:
            rows.rate(replace(BAD, language=None))
        assert caught.value.key == "store-refused"
        assert "payments" not in "".join(traceback.format_exception(caught.value))

    def test_many_threads_at_once_lose_nothing(self, rows: Rows, another: Callable[..., Rows]) -> None:
        """16 threads of two processes' stores; each delivery is claimed by one of them."""
        stores, start = (rows, another()), threading.Barrier(16)
        claimed: list[bool] = []
        failed: list[Exception] = []

        def run(n: int) -> None:
            store = stores[n % 2]
            start.wait()
            try:
                for turn in range(5):
                    store.note_unanswered(replace(OPEN, user=f"U0AB{n}CD2E"))
                    store.remember("C1", str(n), replace(SAID, words=f"pods {turn}"))
                    claimed.append(store.claim([f"Ev{turn}", f"C1:{turn}"]))
                    assert store.recall("C1", str(n)) == replace(SAID, words=f"pods {turn}")
            except Exception as error:  # noqa: BLE001  a thread's error would be lost; it fails the test below
                failed.append(error)

        running = [threading.Thread(target=run, args=(n,)) for n in range(16)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        assert failed == []
        assert Counter(claimed) == {True: 5, False: 75}
        (found,) = rows.open_questions("newest", 10)
        assert (found.times, found.users) == (80, 16)


class TestSqlite(Behaviour):
    """A file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/unshim.db"

    def test_the_file_is_for_its_owner_alone(self, rows: Rows, tmp_path: Path) -> None:
        rows.rate(GOOD)
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert found == dict.fromkeys(("unshim.db", "unshim.db-wal", "unshim.db-shm"), 0o600)

    def test_what_was_removed_is_not_left_in_the_file(self, rows: Rows, tmp_path: Path) -> None:
        rows.note_unanswered(replace(OPEN, question="unmistakable"))
        rows.remember("C1", "1.1", replace(SAID, words="unmistakable"))
        assert b"unmistakable" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        rows.forget(OPEN.user)
        assert b"unmistakable" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://u:hunter2@h:p:ort/x", "hunter2"])
    def test_a_url_that_cannot_work_is_a_wrong_setting(self, url: str) -> None:
        with pytest.raises(SettingsError) as caught:
            Database(url)
        assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"


def test_a_command_that_keeps_nothing_loads_no_database_library() -> None:
    """The start of the program is measured; SQLAlchemy and alembic cost most of half a second."""
    code = "import sys; from bot.__main__ import main; main(['ask', 'status', '--demo']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "alembic", "psycopg"} & set(done.stdout.split())
    assert "bot.service" in done.stdout.split()
