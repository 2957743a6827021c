"""The store on a real PostgreSQL server: all that it does on a file, and what only a server can do to it."""

import gc
import threading
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count

import psycopg
import pytest
from msgspec.structs import replace

from bot.adapters.store.engine import Database
from bot.adapters.store.inspect import inspect
from bot.adapters.store.keeping import Store
from bot.adapters.store.rows import Rows
from bot.adapters.store.seen_dates import Moved, SeenDates
from bot.errors import StoreError
from tests.integration.postgres import PostgresServer
from tests.unit.adapters.test_accepting import AcceptancesBehaviour
from tests.unit.adapters.test_node_rows import NodeRowsBehaviour
from tests.unit.adapters.test_seen_dates import NOW, OLD, PLANNED, POSTPONED, SeenDatesBehaviour
from tests.unit.adapters.test_store import BAD, OPEN, SAID, Behaviour, wait_for
from tests.unit.adapters.test_subscribing import SubscriptionsBehaviour

_numbers = count()


@pytest.fixture
def name(server: PostgresServer) -> str:
    """Return the name of an empty database."""
    name = f"unshim_{next(_numbers)}"
    run(server, f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def url(server: PostgresServer, name: str) -> str:
    return server.url(name)


def run(server: PostgresServer, statement: str, database: str = "postgres") -> None:
    """Run one statement as the administrator."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute(statement.encode())


class TestSubscriptionsOnAServer(SubscriptionsBehaviour):
    """Subscriptions, dates and the audit on PostgreSQL."""


class TestExceptionsOnAServer(AcceptancesBehaviour):
    """Exceptions on PostgreSQL."""


class TestNodesOnAServer(NodeRowsBehaviour):
    """What changed of nodes on PostgreSQL, where replicas write at once."""


class TestSeenDatesOnAServer(SeenDatesBehaviour):
    """Dates of the calendar on PostgreSQL, where two write at once."""

    def test_a_calendar_that_waits_for_a_newer_one_finds_that_it_is_older(
        self, server: PostgresServer, name: str, dates: SeenDates
    ) -> None:
        """It has read the dates of before, and writes once the newer one is through, which takes them by their ids."""
        first, second = PLANNED.id, "kubernetes-1.39"
        dates.notice([PLANNED, replace(PLANNED, id=second)], NOW)
        told: list[tuple[Moved, ...]] = []
        older = [replace(POSTPONED, id=second), POSTPONED]
        waiting = threading.Thread(target=lambda: told.append(dates.notice(older, NOW + timedelta(hours=1))))
        locks = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        move = "UPDATE seen_dates SET day = '2027-08-04', before = day, moved_at = %s, checked = '2026-11-29'"
        with psycopg.connect(server.url(name)) as newer, psycopg.connect(server.url(name), autocommit=True) as watch:
            newer.execute(f"{move} WHERE milestone = %s".encode(), (NOW, first))
            waiting.start()
            assert wait_for(lambda: watch.execute(locks).fetchone() == (1,), seconds=4)
            newer.execute(f"{move} WHERE milestone = %s".encode(), (NOW, second))
            newer.commit()
            waiting.join()
            kept = watch.execute("SELECT DISTINCT day, checked FROM seen_dates").fetchall()
        assert kept == [("2027-08-04", "2026-11-29")]
        assert told == [()], "for the release that knows the date they went to"
        newest = [replace(PLANNED, id=id_, day=date(2027, 8, 4)) for id_ in (first, second)]
        moved = dates.notice(newest, NOW + timedelta(hours=2))
        assert set(moved) == {Moved(first, OLD, NOW), Moved(second, OLD, NOW)}


class TestPostgres(Behaviour):
    """A server."""

    def test_a_role_that_may_not_make_tables_is_found_by_check_and_told(
        self, server: PostgresServer, name: str
    ) -> None:
        run(server, f"CREATE ROLE reader_{name} LOGIN")
        database = Database(server.url(name, user=f"reader_{name}"))
        report = inspect(database, 90)
        assert (report.problem, "permission denied" in report.reason) == ("failed", True)
        with pytest.raises(StoreError) as caught:
            Rows(database, 90, lambda: datetime.now(UTC)).prepare()
        assert caught.value.key == "store-failed"
        assert "permission denied" in str(caught.value.values["reason"])
        database.close()

    def test_a_role_that_may_not_write_is_found_by_check(self, server: PostgresServer, name: str, rows: Rows) -> None:
        run(server, f"CREATE ROLE reader_{name} LOGIN")
        run(server, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}", database=name)
        database = Database(server.url(name, user=f"reader_{name}"))
        assert inspect(database, 90).problem == "failed"
        database.close()

    def test_a_server_that_only_reads_takes_the_store_down_until_it_writes_again(
        self, server: PostgresServer, name: str, rows: Rows
    ) -> None:
        """As one that became a standby."""
        time = [0.0]
        store = Store(rows, clock=lambda: time[0], retry_seconds=15.0)
        store.open()
        assert store.rate(BAD)
        run(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        store.open()
        assert (store.is_up, store.rate(BAD), store.recall("C1", "1.1")) == (False, False, None)
        run(server, f"ALTER DATABASE {name} RESET default_transaction_read_only")
        time[0] += 15.0
        assert wait_for(lambda: store.rate(BAD))
        store.close()

    def test_a_server_that_went_away_costs_no_answer_and_is_used_again(
        self, server: PostgresServer, another: Callable[..., Rows]
    ) -> None:
        time = [0.0]
        store = Store(another(), clock=lambda: time[0], retry_seconds=15.0)
        store.open()
        assert store.rate(BAD)
        store.remember("C1", "1.1", SAID)
        server.stop()
        try:
            assert store.is_new(["Ev1"])
            assert (store.is_up, store.is_on, store.rate(BAD), store.recall("C1", "1.1")) == (False, False, False, None)
        finally:
            server.start()
        assert not store.is_on  # not before the pause is over
        time[0] += 15.0
        assert wait_for(lambda: store.is_on)
        assert store.recall("C1", "1.1") == SAID
        assert store.is_new(["Ev1"])
        store.close()

    def test_a_server_restarted_between_two_questions_is_not_noticed(
        self, server: PostgresServer, another: Callable[..., Rows]
    ) -> None:
        rows = another()
        rows.note_unanswered(OPEN)
        server.stop()
        server.start()
        rows.note_unanswered(replace(OPEN, question="another"))
        assert len(rows.open_questions("newest", 10)) == 2

    def test_a_lock_somebody_holds_is_waited_for_only_so_long(
        self,
        server: PostgresServer,
        name: str,
        rows: Rows,
        another: Callable[..., Rows],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("bot.adapters.store.engine.BUSY_SECONDS", 1)
        rows = another()
        with psycopg.connect(server.url(name)) as connection:
            connection.execute("LOCK TABLE unanswered")
            with pytest.raises(StoreError) as caught:
                rows.note_unanswered(OPEN)
        assert "timeout" in str(caught.value.values["reason"])
        rows.note_unanswered(OPEN)

    def test_a_password_is_in_no_message(self, server: PostgresServer, name: str) -> None:
        database = Database(server.url(name).replace("unshim@", "hunter22:hunter22@"))
        with pytest.raises(StoreError) as caught:
            Rows(database, 90, lambda: datetime.now(UTC)).prepare()
        assert "hunter22" not in str(caught.value) + database.place
        assert 'role "…" does not exist' in str(caught.value.values["reason"])
        database.close()

    def test_a_server_that_froze_costs_an_answer_the_deadline_and_is_used_again(
        self, server: PostgresServer, another: Callable[..., Rows]
    ) -> None:
        """Its own limits freeze with it, and the kernel goes on acknowledging what is sent."""
        time = [0.0]
        store = Store(another(), clock=lambda: time[0], retry_seconds=15.0, deadline_seconds=0.3)
        store.open()
        assert store.rate(BAD)
        with server.frozen():
            assert store.is_new(["Ev9"])
            assert (store.is_up, store.is_on, store.recall("C1", "1.1")) == (False, False, None)
        time[0] += 15.0
        assert wait_for(lambda: store.is_on)
        store.close()
        with warnings.catch_warnings():  # the connection that froze went back to a pool that was given up
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
