"""The dates of the calendar as they were seen last: one that is another now has moved, and that is told once.

While a new release takes the place of an old one, replicas look with two calendars. The entry that was checked later
counts, whichever of them looks last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Text, Update, and_, bindparam, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import seen_dates
from bot.core.milestones import Milestone


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
        """Keep the calendar's dates, and return those that moved, now or before; new ones have not moved.

        An entry that was checked earlier than the one that is kept changes nothing, and its date, which is not the one
        it moved to, is left to the release that knows the new one. The team's own dates move nothing.
        """
        # By id: replicas that lock rows in orders of their own could wait for each other for ever.
        upstream = sorted((item for item in calendar if not item.is_own), key=lambda item: item.id)
        found = [_row(milestone) for milestone in upstream]
        with self._database.writing() as connection:
            known = {row.milestone: (row.day, row.checked) for row in connection.execute(select(seen_dates))}
            insert = sqlite.insert(seen_dates) if self._database.is_sqlite else postgresql.insert(seen_dates)
            if new := [row for row in found if row["milestone"] not in known]:
                connection.execute(insert.on_conflict_do_nothing(), new)
            # What was read above only saves statements: another replica may write meanwhile, so the statement decides.
            others = [row for row in found if known.get(row["milestone"], ()) != (row["day"], row["checked"])]
            if others:
                values = [{f"new_{name}": value for name, value in row.items()} | {"now": now} for row in others]
                connection.execute(_KEEP, values)
            moved = select(seen_dates).where(seen_dates.c.moved_at.is_not(None)).order_by(seen_dates.c.moved_at)
            rows = connection.execute(moved).all()
        known_here = {row["milestone"]: row["day"] for row in found}
        return tuple(
            Moved(row.milestone, date.fromisoformat(row.before), row.moved_at)
            for row in rows
            if known_here.get(row.milestone, row.day) == row.day
        )


def _row(milestone: Milestone) -> dict[str, str | None]:
    checked = milestone.checked.isoformat() if milestone.checked else None
    return {"milestone": milestone.id, "day": milestone.upstream.isoformat(), "checked": checked}


def _keep() -> Update:
    """Return the statement that keeps an entry unless a later one is kept, and notes a move where its date is another.

    Days are text in ISO form, whose order is that of the days.
    """
    kept = seen_dates.c
    day, checked = bindparam("new_day", type_=Text), bindparam("new_checked", type_=Text)
    is_other = kept.day != day
    is_later = or_(kept.checked.is_(None), kept.checked < checked)
    return (
        update(seen_dates)
        .where(kept.milestone == bindparam("new_milestone"))
        .where(or_(is_later, and_(kept.checked == checked, is_other)))
        .values(
            day=day,
            checked=checked,
            before=case((is_other, kept.day), else_=kept.before),
            moved_at=case((is_other, bindparam("now", type_=kept.moved_at.type)), else_=kept.moved_at),
        )
    )


_KEEP = _keep()
