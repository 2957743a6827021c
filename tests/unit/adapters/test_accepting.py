"""Exceptions as rows: kept whole, replaced, ended, void once and for all, and each change in the audit."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update
from structlog.testing import capture_logs

from bot.adapters.store.accepting import AcceptanceRows
from bot.adapters.store.auditing import changes
from bot.adapters.store.engine import Database
from bot.adapters.store.rows import Rows
from bot.adapters.store.schema import migrate
from bot.adapters.store.tables import exceptions
from bot.core.exceptions import Acceptance
from bot.core.kept import Actor
from bot.core.workloads import WorkloadKey
from bot.errors import StoreError
from tests.unit.adapters.test_store import Clock

ALICE, BOB = Actor("U0ALICE", "C1"), Actor("U0BOB", "C2")
WEB = Acceptance(
    WorkloadKey("web", "Deployment", "legacy", "apps"),
    "docker-socket",
    "1월 패치 대기",
    "U0ALICE",
    date(2027, 1, 31),
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    "v1:" + "0" * 32,
)
CI = replace(WEB, key=WorkloadKey("ci", "Job", "build", "batch.volcano.sh"), code="docker-data")


class AcceptancesBehaviour:
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
    def rows(self, database: Database, clock: Clock) -> AcceptanceRows:
        return AcceptanceRows(database, clock)

    def test_it_is_kept_whole(self, rows: AcceptanceRows) -> None:
        void = replace(CI, voided_at=datetime(2026, 11, 24, tzinfo=UTC))
        assert list(rows.accept((WEB, void), ALICE)) == []
        assert rows.accepted() == [void, WEB]

    def test_one_of_the_same_findings_is_replaced_and_returned(self, rows: AcceptanceRows) -> None:
        later = replace(WEB, until=date(2027, 3, 1), by="U0BOB")
        rows.accept((WEB, CI), ALICE)
        assert list(rows.accept((later,), BOB)) == [WEB]
        assert rows.accepted() == [CI, later]

    def test_it_is_ended_once(self, rows: AcceptanceRows) -> None:
        rows.accept((WEB, CI), ALICE)
        assert rows.end(WEB.key, WEB.code, BOB) == WEB
        assert rows.end(WEB.key, WEB.code, BOB) is None
        assert rows.end(CI.key, WEB.code, BOB) is None
        assert rows.accepted() == [CI]

    def test_it_is_void_from_when_that_was_seen_first(self, rows: AcceptanceRows, clock: Clock) -> None:
        rows.accept((WEB, CI), ALICE)
        first = clock()
        assert rows.void((WEB,)) == 1
        clock.now += timedelta(days=1)
        assert rows.void((WEB,)) == 0
        assert rows.accepted() == [CI, replace(WEB, voided_at=first)]

    def test_one_that_was_accepted_anew_meanwhile_is_not_void(self, rows: AcceptanceRows) -> None:
        anew = replace(WEB, made_at=WEB.made_at + timedelta(minutes=1))
        rows.accept((WEB,), ALICE)
        rows.accept((anew,), BOB)
        assert rows.void((WEB,)) == 0
        assert rows.accepted() == [anew]

    def test_every_change_is_in_the_audit_with_who_made_it(self, rows: AcceptanceRows, database: Database) -> None:
        rows.accept((WEB,), ALICE)
        rows.void((WEB,))
        rows.end(WEB.key, WEB.code, BOB)
        told = [(change.who, change.action, change.subject) for change in changes(database)]
        subject = "web/Deployment/legacy docker-socket"
        assert told == [
            (BOB, "exception ended", subject),
            (Actor(), "exception void", subject),
            (ALICE, "excepted", subject),
        ]
        first = changes(database)[-1]
        assert (first.before, json.loads(first.after)) == ("null", {"until": "2027-01-31", "reason": "1월 패치 대기"})

    def test_nothing_of_many_is_kept_when_nobody_waits_any_more(self, rows: AcceptanceRows, database: Database) -> None:
        def give_up() -> None:
            raise StoreError("store-failed", place="", reason="late")

        rows.accept((WEB,), ALICE)
        calls: list[Callable[[], object]] = [
            lambda: rows.accept((CI, replace(WEB, reason="other")), BOB, give_up),
            lambda: rows.end(WEB.key, WEB.code, BOB, give_up),
            lambda: rows.void((WEB,), give_up),
        ]
        for call in calls:
            with pytest.raises(StoreError):
                call()
        assert rows.accepted() == [WEB]
        assert len(changes(database)) == 1

    def test_secrets_are_masked_on_their_way_in(self, rows: AcceptanceRows, database: Database) -> None:
        rows.accept((replace(WEB, reason="password hunter2hunter2 of the vendor"),), ALICE)
        kept = rows.accepted()[0].reason + changes(database)[0].after
        assert "hunter2" not in kept

    def test_a_damaged_row_stops_none_of_the_others(self, rows: AcceptanceRows, database: Database) -> None:
        rows.accept((WEB, CI), ALICE)
        with database.writing() as connection:
            connection.execute(update(exceptions).where(exceptions.c.name == "build").values(until="soon"))
        with capture_logs() as logs:
            assert rows.accepted() == [WEB]
        assert "damaged" in logs[0]["event"]

    def test_somebody_forgotten_leaves_the_exception_without_a_name(
        self, rows: AcceptanceRows, database: Database, clock: Clock
    ) -> None:
        rows.accept((WEB, replace(CI, by="U0BOB")), ALICE)
        assert Rows(database, 90, clock).forget("U0ALICE").settings >= 1
        assert [each.by for each in rows.accepted()] == ["U0BOB", ""]

    def test_two_who_accept_at_once_leave_one(self, rows: AcceptanceRows) -> None:
        start = threading.Barrier(4)

        def accept(number: int) -> None:
            start.wait()
            rows.accept((replace(WEB, reason=f"reason {number}"),), ALICE)

        threads = [threading.Thread(target=accept, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rows.accepted()) == 1


class TestOnAFile(AcceptancesBehaviour):
    """On SQLite."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/kept.db"
