"""The dates of the calendar as they were seen last: one that is another now has moved, and that is told once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import seen_dates
from bot.core.milestones import Milestone, moves


@dataclass(frozen=True, slots=True)
class Moved:
    """A date that moved: what it was before, and when that was noticed."""

    id: str
    before: date
    noticed_at: datetime


class SeenDates:
    """Reads and writes the dates seen last. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def notice(self, calendar: Iterable[Milestone], now: datetime) -> tuple[Moved, ...]:
        """Keep the calendar's dates, and return those that moved, now or before; new ones have not moved."""
        calendar = tuple(calendar)
        with self._database.writing() as connection:
            known = {row.milestone: date.fromisoformat(row.day) for row in connection.execute(select(seen_dates))}
            insert = sqlite.insert(seen_dates) if self._database.is_sqlite else postgresql.insert(seen_dates)
            new = [
                {"milestone": milestone.id, "day": milestone.upstream.isoformat()}
                for milestone in calendar
                if milestone.id not in known and not milestone.is_own
            ]
            if new:
                connection.execute(insert.on_conflict_do_nothing(), new)
            for move in moves(known, calendar):
                values = {"day": move.new.isoformat(), "before": move.old.isoformat(), "moved_at": now}
                connection.execute(update(seen_dates).where(seen_dates.c.milestone == move.id).values(values))
            moved = select(seen_dates).where(seen_dates.c.moved_at.is_not(None)).order_by(seen_dates.c.moved_at)
            return tuple(
                Moved(row.milestone, date.fromisoformat(row.before), row.moved_at) for row in connection.execute(moved)
            )
