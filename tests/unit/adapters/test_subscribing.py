"""Subscriptions, dates and the audit as rows: changed by who has seen them as they are, and written down in one go."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot.adapters.store.accepting import AcceptanceRows
from bot.adapters.store.auditing import AUDIT_KEPT, changes
from bot.adapters.store.changing import Changes
from bot.adapters.store.dating import DateRows
from bot.adapters.store.engine import Database
from bot.adapters.store.keeping import Store
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.rows import Rows
from bot.adapters.store.schema import migrate
from bot.adapters.store.subscribing import SubscriptionRows
from bot.core.kept import Actor, Change, DateSet, Snooze, Subscribed, Taker
from bot.core.own_dates import OwnDate
from bot.core.schedule import renewed
from bot.core.subscriptions import Quiet, Scope, ScopeKind, Subscription, to_data
from bot.errors import StoreError
from bot.reminders.ports import Outcome, Part, Slot, State
from tests.unit.adapters.test_store import Clock

ALICE, BOB = Actor("U0ALICE", "C1"), Actor("U0BOB", "C1")
SINCE = datetime(2026, 11, 20, tzinfo=UTC)
FOUND = Subscription(
    channel="C1",
    since=SINCE,
    days=(0, 3),
    at=time(7, 30),
    zone="Asia/Seoul",
    language="ko",
    scope=Scope(ScopeKind.OWNER, ("팀 a", "b")),
    leads=(30, 0),
    quiet=Quiet(time(22), time(6)),
    is_weekdays_only=True,
    paused_until=date(2026, 12, 24),
    by="U0ALICE",
)


class SubscriptionsBehaviour:
    """What every database must do; a subclass brings the fixture `url` of an empty one."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        database = Database(url)
        migrate(database)
        yield database
        database.close()

    @pytest.fixture
    def rows(self, database: Database, clock: Clock) -> SubscriptionRows:
        return SubscriptionRows(database, clock)

    @pytest.fixture
    def dates(self, database: Database, clock: Clock) -> DateRows:
        return DateRows(database, clock)

    def test_it_is_kept_whole(self, rows: SubscriptionRows) -> None:
        assert rows.get("C1") is None
        assert rows.put(FOUND, None, ALICE, "digest on")
        assert rows.get("C1") == Subscribed("C1", FOUND, 1)
        assert rows.active() == [FOUND]

    def test_the_second_of_two_who_change_at_once_changes_nothing(
        self, rows: SubscriptionRows, database: Database
    ) -> None:
        assert rows.put(FOUND, None, ALICE, "digest on")
        assert not rows.put(replace(FOUND, days=()), None, BOB, "digest on")
        seen = rows.get("C1")
        assert seen is not None
        assert rows.put(replace(FOUND, days=(1,)), seen, ALICE, "digest changed")
        assert not rows.put(replace(FOUND, days=(2,)), seen, BOB, "digest changed")
        assert not rows.turn_off(seen, BOB)
        assert [found.days for found in rows.active()] == [(1,)]
        assert [change.who.user for change in changes(database)] == ["U0ALICE", "U0ALICE"]

    def test_of_many_at_once_one_is_kept(self, rows: SubscriptionRows, database: Database) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        seen, kept = rows.get("C1"), []
        start = threading.Barrier(6)

        def change(number: int) -> None:
            start.wait()
            kept.append(rows.put(replace(FOUND, days=(number,)), seen, ALICE, "digest changed"))

        threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(kept) == [False] * 5 + [True]
        assert len(changes(database)) == 2

    def test_one_that_was_turned_off_stays_as_a_sign_and_can_be_turned_on_again(self, rows: SubscriptionRows) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        seen = rows.get("C1")
        assert seen is not None
        assert rows.turn_off(seen, BOB)
        off = rows.get("C1")
        assert off == Subscribed("C1", replace(FOUND, by="U0BOB"), 2, is_on=False)
        assert rows.active() == []
        assert not rows.put(FOUND, None, Actor(), "digest default")
        assert rows.put(FOUND, off, ALICE, "digest on")
        assert rows.active() == [FOUND]

    def test_one_that_is_removed_can_be_made_anew(self, rows: SubscriptionRows, database: Database) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        assert rows.remove("C1", BOB)
        assert not rows.remove("C1", BOB)
        assert rows.get("C1") is None
        assert rows.put(FOUND, None, Actor(), "digest default")
        assert [change.action for change in changes(database)] == ["digest default", "digest removed", "digest on"]

    def test_one_that_slack_refuses_is_stopped_once(self, rows: SubscriptionRows, clock: Clock) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        assert rows.stop(FOUND, "is_archived", clock())
        assert not rows.stop(FOUND, "is_archived", clock())
        assert rows.active() == []
        found = rows.get("C1")
        assert found is not None
        assert found.subscription == renewed(FOUND, replace(FOUND, stopped="is_archived"), clock())

    def test_what_somebody_changed_meanwhile_is_not_stopped(self, rows: SubscriptionRows, clock: Clock) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        rows.put(replace(FOUND, days=()), rows.get("C1"), ALICE, "digest changed")
        assert not rows.stop(FOUND, "is_archived", clock())
        seen = rows.get("C1")
        assert seen is not None
        rows.turn_off(seen, ALICE)
        assert not rows.stop(replace(FOUND, days=()), "is_archived", clock())

    @pytest.mark.parametrize("settings", ["", "{", "[]", "null", "{}", '{"zone": "Mars/Olympus"}', '{"days": "x"}'])
    def test_a_damaged_row_stops_none_of_the_others(
        self, rows: SubscriptionRows, database: Database, settings: str
    ) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        rows.put(replace(FOUND, channel="C2"), None, ALICE, "digest on")
        with database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE subscriptions SET settings = '{settings}' WHERE channel = 'C1'")
        with capture_logs() as logs:
            assert [found.channel for found in rows.active()] == ["C2"]
            assert [found.channel for found in rows.active()] == ["C2"]
        assert [(line["log_level"], line["channel"]) for line in logs] == [("error", "C1")]  # once
        damaged = rows.get("C1")
        assert damaged == Subscribed("C1", None, 1)
        assert rows.put(FOUND, damaged, BOB, "digest on")
        assert [found.channel for found in rows.active()] == ["C1", "C2"]

    def test_every_change_is_written_down_with_what_was_before_and_after(
        self, rows: SubscriptionRows, database: Database, clock: Clock
    ) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        clock.wait(minutes=1)
        rows.put(replace(FOUND, days=()), rows.get("C1"), BOB, "digest changed")
        seen = rows.get("C1")
        assert seen is not None
        rows.turn_off(seen, ALICE)
        first, second, third = reversed(changes(database))
        before, after = (
            json.dumps(to_data(FOUND), sort_keys=True),
            json.dumps(to_data(replace(FOUND, days=())), sort_keys=True),
        )
        start = clock() - timedelta(minutes=1)
        assert first == Change(start, ALICE, "digest on", "C1", "null", before)
        assert second == Change(clock(), BOB, "digest changed", "C1", before, after)
        assert third == Change(clock(), ALICE, "digest off", "C1", after, "null")

    def test_a_change_that_nobody_waits_for_any_more_is_undone(
        self, rows: SubscriptionRows, dates: DateRows, database: Database
    ) -> None:
        def too_late() -> None:
            raise StoreError("store-failed", place="", reason="too late")

        for change in (
            lambda: rows.put(FOUND, None, ALICE, "digest on", too_late),
            lambda: dates.set_date("kubernetes-1.24", date(2027, 1, 1), "", ALICE, too_late),
        ):
            with pytest.raises(StoreError):
                change()
        assert (rows.get("C1"), dates.dates(), changes(database)) == (None, [], [])

    def test_the_audit_forgets_what_is_old(self, rows: SubscriptionRows, database: Database, clock: Clock) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        clock.now += AUDIT_KEPT
        rows.put(replace(FOUND, days=()), rows.get("C1"), ALICE, "digest changed")
        assert [change.action for change in changes(database)] == ["digest changed"]

    def test_the_last_post_is_the_last_that_was_sent(
        self, rows: SubscriptionRows, database: Database, clock: Clock
    ) -> None:
        ledger = PostLedger(database)
        assert rows.last_post("C1") is None
        for day, state in (("2026-11-23", State.SENT), ("2026-11-24", State.MISSED)):
            ledger.write(Slot("C1", f"digest:{day}", Part.MESSAGE), clock(), clock(), Outcome(state))
            clock.wait(hours=1)
        ledger.write(Slot("C1", "reminder:2026-11-25", Part.DETAILS), clock(), clock(), Outcome(State.SENT))
        assert rows.last_post("C1") == ("digest", clock() - timedelta(hours=2))

    def test_what_the_ledger_has_of_a_channel_is_known_whatever_came_of_it(
        self, rows: SubscriptionRows, database: Database, clock: Clock
    ) -> None:
        ledger, start = PostLedger(database), clock()
        for day, state in (("2026-11-23", State.SENT), ("2026-11-24", State.MISSED), ("2026-11-25", State.WAITING)):
            ledger.write(Slot("C1", f"digest:{day}", Part.MESSAGE), clock(), clock(), Outcome(state))
            clock.wait(hours=1)
        ledger.write(Slot("C1", "digest:2026-11-26", Part.DETAILS), clock(), clock(), Outcome(State.SENT))
        ledger.write(Slot("C2", "digest:2026-11-27", Part.MESSAGE), clock(), clock(), Outcome(State.SENT))
        assert rows.begun("C1", start + timedelta(hours=1)) == {"digest:2026-11-24", "digest:2026-11-25"}

    def test_a_date_takes_the_place_of_an_earlier_one(self, dates: DateRows, database: Database, clock: Clock) -> None:
        first = DateSet("kubernetes-1.24", date(2027, 1, 1), "we are slow", "U0ALICE", clock())
        assert dates.set_date(first.version, first.day, "we are slow", ALICE) is None
        clock.wait(hours=1)
        assert dates.set_date(first.version, date(2027, 2, 2), "password=hunter2", BOB) == first
        [second] = dates.dates()
        assert (second.day, second.by, "hunter2" in second.note) == (date(2027, 2, 2), "U0BOB", False)
        assert dates.unset_date(first.version, ALICE) == second
        assert dates.unset_date(first.version, ALICE) is None
        assert dates.dates() == []
        found = [(change.action, json.loads(change.before), json.loads(change.after)) for change in changes(database)]
        assert [action for action, _, _ in found] == ["date unset", "date set", "date set"]
        assert found[1][1] == {"day": "2027-01-01", "note": "we are slow"}

    def test_a_damaged_date_stops_none_of_the_others(self, dates: DateRows, database: Database) -> None:
        dates.set_date("a", date(2027, 1, 1), "", ALICE)
        dates.set_date("b", date(2027, 1, 1), "", ALICE)
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE own_dates SET day = 'soon' WHERE version = 'a'")
        with capture_logs() as logs:
            assert [found.version for found in dates.dates()] == ["b"]
        assert logs[0]["about"] == "a"
        assert dates.set_date("a", date(2027, 2, 2), "", ALICE) is None

    def test_reminders_are_put_off_and_taken(self, dates: DateRows, database: Database, clock: Clock) -> None:
        dates.snooze("C1", "m", date(2026, 12, 1), "holidays", ALICE)
        dates.snooze("C1", "m", date(2026, 12, 2), "longer holidays", BOB)
        assert dates.snoozes() == [Snooze("C1", "m", date(2026, 12, 2), "longer holidays", "U0BOB", clock())]
        assert dates.wake("C1", "m", ALICE)
        assert not dates.wake("C1", "m", ALICE)
        assert dates.take("C1", "m", ALICE)
        assert not dates.take("C1", "m", ALICE)
        assert dates.takers() == [Taker("C1", "m", "U0ALICE", clock())]
        assert dates.leave("C1", "m", ALICE)
        assert not dates.leave("C1", "m", ALICE)
        actions = [change.action for change in reversed(changes(database))]
        assert actions == ["snoozed", "snoozed", "snooze ended", "taken", "left"]

    def test_who_is_forgotten_leaves_no_name(
        self, rows: SubscriptionRows, dates: DateRows, database: Database, clock: Clock
    ) -> None:
        rows.put(FOUND, None, ALICE, "digest on")
        rows.put(replace(FOUND, channel="D0ALICE"), None, ALICE, "digest on")
        rows.put(replace(FOUND, channel="C2", by="U0BOB"), None, BOB, "digest on")
        dates.set_date("a", date(2027, 1, 1), "", ALICE)
        dates.snooze("C1", "m", date(2026, 12, 1), "", ALICE)
        dates.take("C1", "m", ALICE)
        dates.take("C1", "m", BOB)
        forgotten = Rows(database, 90, clock).forget("U0ALICE")
        # Own: the conversation's and the taken date. Without a name: the channel's, its date, its snooze, 5 entries.
        assert forgotten.settings == 10
        assert [found.channel for found in rows.all()] == ["C1", "C2"]
        assert [found.by for found in rows.active()] == ["", "U0BOB"]
        assert [found.by for found in dates.dates()] == [""]
        assert [found.user for found in dates.takers()] == ["U0BOB"]
        assert {change.who.user for change in changes(database)} == {"", "U0BOB"}
        with database.reading() as connection:
            for table in ("subscriptions", "own_dates", "snoozes", "takers", "audit"):
                found = connection.exec_driver_sql(f"SELECT * FROM {table} WHERE user_id = 'U0ALICE'").all()
                assert found == [], table
        assert Rows(database, 90, clock).forget("U0ALICE").settings == 0


class TestOnAFile(SubscriptionsBehaviour):
    """On SQLite."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/kept.db"


class TestForThoseWhoWait:
    """The face for handlers: a failure is told, nothing takes long, and nothing is changed after it was told."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "kept.db"

    @pytest.fixture
    def make(self, path: Path) -> Iterator[Callable[..., Changes]]:
        opened: list[Store] = []

        def make(**settings: float) -> Changes:
            database, clock = Database(f"sqlite:///{path}"), Clock()
            store = Store(Rows(database, 90, clock), **settings)
            store.open()
            opened.append(store)
            rows, dates = SubscriptionRows(database, clock), DateRows(database, clock)
            self.seconds = 0.0
            return Changes(store, rows, dates, AcceptanceRows(database, clock), lambda: self.seconds)

        yield make
        for store in opened:
            store.close()

    def test_what_works_works(self, make: Callable[..., Changes]) -> None:
        kept = make()
        assert kept.get("C1") is None
        assert kept.put(FOUND, None, ALICE, "digest on")
        assert kept.get("C1") == Subscribed("C1", FOUND, 1)
        assert kept.set_date("m", date(2027, 1, 1), "why", ALICE) is None
        assert [found.version for found in kept.dates()] == ["m"]
        assert kept.unset_date("m", ALICE) is not None

    def test_a_locked_file_is_told_in_time_and_nothing_is_changed_later(
        self, make: Callable[..., Changes], path: Path
    ) -> None:
        kept = make(deadline_seconds=0.2)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError) as told:
                kept.put(FOUND, None, ALICE, "digest on")
            assert told.value.key == "store-failed"
            other.execute("ROLLBACK")
        # The writer gets the lock now; whoever waited was told that nothing is changed.
        end = threading.Event()
        end.wait(1.0)
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM subscriptions").fetchall() == [(0,)]

    def test_after_a_failure_it_is_told_at_once(self, make: Callable[..., Changes], path: Path) -> None:
        kept = make(deadline_seconds=0.2)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(2):
                with pytest.raises(StoreError):
                    kept.put(FOUND, None, ALICE, "digest on")
            with pytest.raises(StoreError):
                kept.get("C1")

    def test_the_dates_of_the_team_are_as_of_a_moment_ago_and_outlive_a_failure(
        self, make: Callable[..., Changes], path: Path
    ) -> None:
        kept = make(deadline_seconds=0.2)
        assert kept.team_dates() == ()
        kept.set_date("m", date(2027, 1, 1), "why", ALICE)
        [found] = kept.team_dates()
        assert (found.target, found.day, found.source, found.note, found.by) == (
            "m",
            date(2027, 1, 1),
            "slack",
            "why",
            "U0ALICE",
        )
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("DELETE FROM own_dates")
            assert kept.team_dates() == (found,)
            self.seconds += 60
            other.execute("ALTER TABLE own_dates RENAME TO gone")
            assert kept.team_dates() == (found,)
        assert isinstance(found, OwnDate)
