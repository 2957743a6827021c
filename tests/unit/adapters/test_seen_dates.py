"""A date that moved is noticed once, by whichever process reads the calendar first; an older calendar moves nothing."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import migrate
from bot.adapters.store.seen_dates import Moved, SeenDates
from bot.adapters.store.tables import seen_dates
from bot.core.milestones import Milestone, Origin
from tests.unit.reminders.world import milestone

NOW = datetime(2026, 11, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW = date(2026, 12, 16), date(2027, 4, 14)
CHECKED = date(2026, 11, 22)
PLANNED = replace(milestone("kubernetes-1.38", OLD), checked=CHECKED)
POSTPONED = replace(PLANNED, day=NEW, checked=CHECKED + timedelta(days=5))


class SeenDatesBehaviour:
    """What every database must do; a subclass brings the fixture `url` of an empty one."""

    @pytest.fixture
    def another(self, url: str) -> Iterator[Callable[[], Database]]:
        """Return what opens the database once more, as another replica does."""
        opened: list[Database] = []

        def open_one() -> Database:
            opened.append(Database(url))
            return opened[-1]

        yield open_one
        for database in opened:
            database.close()

    @pytest.fixture
    def database(self, another: Callable[[], Database]) -> Database:
        database = another()
        migrate(database)
        return database

    @pytest.fixture
    def dates(self, database: Database) -> SeenDates:
        return SeenDates(database)

    @staticmethod
    def kept(database: Database) -> dict[str, tuple[str, str | None]]:
        """Return day and checked day of every milestone."""
        with database.reading() as connection:
            return {row.milestone: (row.day, row.checked) for row in connection.execute(select(seen_dates))}

    def test_a_moved_date_is_noticed_and_stays_known(self, dates: SeenDates, another: Callable[[], Database]) -> None:
        assert dates.notice([PLANNED], NOW) == ()
        assert dates.notice([PLANNED], NOW + HOUR) == ()
        noticed = NOW + 2 * HOUR
        assert dates.notice([POSTPONED], noticed) == (Moved("kubernetes-1.38", OLD, noticed),)
        later = SeenDates(another()).notice([POSTPONED, milestone("kubernetes-1.39", NEW)], NOW + timedelta(days=3))
        assert later == (Moved("kubernetes-1.38", OLD, noticed),)

    def test_a_date_checked_on_the_same_day_moves_as_one_checked_later(self, dates: SeenDates) -> None:
        dates.notice([PLANNED], NOW)
        assert dates.notice([replace(PLANNED, day=NEW)], NOW + HOUR) == (Moved("kubernetes-1.38", OLD, NOW + HOUR),)

    def test_a_date_that_moves_again_is_told_by_the_date_it_had_in_between(self, dates: SeenDates) -> None:
        again = replace(POSTPONED, day=OLD, checked=CHECKED + timedelta(days=9))
        for n, entry in enumerate([PLANNED, POSTPONED, again]):
            moved = dates.notice([entry], NOW + n * HOUR)
        assert moved == (Moved("kubernetes-1.38", NEW, NOW + 2 * HOUR),)

    def test_a_date_of_the_teams_own_moves_nothing(self, dates: SeenDates, database: Database) -> None:
        dates.notice([PLANNED], NOW)
        own = replace(PLANNED, day=NEW, own=Origin("file", upstream=OLD))
        assert dates.notice([own], NOW + HOUR) == ()
        added = replace(milestone("gke", OLD), own=Origin("file"))
        assert dates.notice([PLANNED, added], NOW) == ()
        assert dates.notice([PLANNED, replace(added, day=NEW)], NOW) == ()
        assert set(self.kept(database)) == {"kubernetes-1.38"}

    @pytest.mark.parametrize("first", [PLANNED, POSTPONED])
    def test_two_calendars_that_alternate_note_one_move_at_most(
        self, first: Milestone, dates: SeenDates, another: Callable[[], Database]
    ) -> None:
        """None where the later one was there first: then the older one only comes too late."""
        second = POSTPONED if first is PLANNED else PLANNED
        replicas = ((dates, first), (SeenDates(another()), second))
        moved = set()
        for n in range(50):
            replica, entry = replicas[n % 2]
            moved.update(replica.notice([entry], NOW + n * HOUR))
        assert moved == ({Moved("kubernetes-1.38", OLD, NOW + HOUR)} if first is PLANNED else set())

    def test_a_move_is_told_by_who_knows_the_date_it_went_to(self, dates: SeenDates) -> None:
        dates.notice([PLANNED], NOW)
        moved = dates.notice([POSTPONED], NOW + HOUR)
        assert [found.id for found in moved] == ["kubernetes-1.38"]
        assert dates.notice([PLANNED], NOW + HOUR) == ()
        assert dates.notice([POSTPONED], NOW + HOUR) == moved

    def test_two_calendars_read_at_the_same_time_note_one_move(
        self, database: Database, another: Callable[[], Database]
    ) -> None:
        """Each names its dates in an order of its own, which must not make them wait for each other either."""
        names = [f"kubernetes-1.{n}" for n in range(38, 44)]
        old = [replace(PLANNED, id=name) for name in names]
        new = [replace(POSTPONED, id=name) for name in reversed(names)]
        SeenDates(database).notice(old, NOW)
        told: list[tuple[Moved, ...]] = []
        begin = threading.Barrier(4)

        def look(calendar: list[Milestone]) -> None:
            replica = SeenDates(another())
            begin.wait()
            told.extend(replica.notice(calendar, NOW + n * HOUR) for n in range(1, 13))

        threads = [threading.Thread(target=look, args=(calendar,)) for calendar in (old, new, old, new)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 48
        assert {(each.id, each.before, each.noticed_at) for moved in told for each in moved} == {
            (name, OLD, NOW + HOUR) for name in names
        }
        assert self.kept(database) == dict.fromkeys(names, ("2027-04-14", "2026-11-27"))

    def test_a_date_that_was_checked_again_and_stayed_is_not_moved_by_what_was_checked_before(
        self, dates: SeenDates, database: Database
    ) -> None:
        dates.notice([PLANNED], NOW)
        again = replace(PLANNED, checked=CHECKED + timedelta(days=9))
        assert dates.notice([again], NOW + HOUR) == ()
        assert self.kept(database) == {"kubernetes-1.38": ("2026-12-16", "2026-12-01")}
        assert dates.notice([POSTPONED], NOW + 2 * HOUR) == ()
        assert dates.notice([PLANNED], NOW + 3 * HOUR) == ()
        assert self.kept(database) == {"kubernetes-1.38": ("2026-12-16", "2026-12-01")}

    @pytest.mark.parametrize("entry", [PLANNED, POSTPONED])
    def test_a_date_of_which_nobody_knows_when_it_was_checked_is_older_than_any(
        self, entry: Milestone, dates: SeenDates, database: Database
    ) -> None:
        dates.notice([PLANNED], NOW)
        with database.writing() as connection:
            connection.execute(seen_dates.update().values(checked=None))
        moved = dates.notice([entry], NOW + HOUR)
        assert moved == (() if entry is PLANNED else (Moved("kubernetes-1.38", OLD, NOW + HOUR),))
        assert self.kept(database) == {"kubernetes-1.38": (str(entry.day), str(entry.checked))}
        assert dates.notice([replace(PLANNED, day=NEW, checked=None)], NOW + 2 * HOUR) == moved

    def test_rows_of_an_earlier_release_stay_and_have_no_such_day(self, database: Database) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE seen_dates DROP COLUMN checked")
            connection.exec_driver_sql("ALTER TABLE history DROP COLUMN excepted")
            for table in ("exceptions", "nodes_read", "node_records", "node_changes"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
            connection.exec_driver_sql(
                "INSERT INTO seen_dates (milestone, day) VALUES ('kubernetes-1.38', '2026-12-16')"
            )
        migrate(database)
        assert self.kept(database) == {"kubernetes-1.38": ("2026-12-16", None)}
        moved = SeenDates(database).notice([POSTPONED], NOW)
        assert moved == (Moved("kubernetes-1.38", OLD, NOW),)


class TestOnAFile(SeenDatesBehaviour):
    """SQLite."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'unshim.db'}"
