"""A date that moved is noticed once, by whichever process reads the calendar first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.adapters.store.seen_dates import Moved, SeenDates
from bot.core.milestones import Origin
from tests.unit.reminders.world import database, milestone

NOW = datetime(2026, 11, 28, tzinfo=UTC)
OLD, NEW = date(2026, 12, 16), date(2027, 4, 14)
PLANNED = milestone("kubernetes-1.38", OLD)


def test_a_moved_date_is_noticed_and_stays_known(tmp_path: Path) -> None:
    with database(tmp_path) as opened:
        dates = SeenDates(opened)
        assert dates.notice([PLANNED], NOW) == ()
        assert dates.notice([PLANNED], NOW + timedelta(hours=1)) == ()
        moved = replace(PLANNED, day=NEW)
        noticed = NOW + timedelta(hours=2)
        assert dates.notice([moved], noticed) == (Moved("kubernetes-1.38", OLD, noticed),)
        later = SeenDates(opened).notice([moved, milestone("kubernetes-1.39", NEW)], NOW + timedelta(days=3))
        assert later == (Moved("kubernetes-1.38", OLD, noticed),)


def test_a_date_of_the_teams_own_moves_nothing(tmp_path: Path) -> None:
    with database(tmp_path) as opened:
        dates = SeenDates(opened)
        dates.notice([PLANNED], NOW)
        own = replace(PLANNED, day=NEW, own=Origin("file", upstream=OLD))
        assert dates.notice([own], NOW + timedelta(hours=1)) == ()
        added = replace(milestone("gke", OLD), own=Origin("file"))
        assert dates.notice([PLANNED, added], NOW) == ()
        assert dates.notice([PLANNED, replace(added, day=NEW)], NOW) == ()
