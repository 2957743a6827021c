"""This cluster's own dates as rows, reminders that were put off, and who takes care of what."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.auditing import note
from bot.adapters.store.engine import Database
from bot.adapters.store.subscribing import Commit, always
from bot.adapters.store.tables import own_dates, snoozes, takers
from bot.core.kept import Actor, DateSet, Snooze, Taker
from bot.core.masking import clean, masked

_log = structlog.get_logger(__name__)


class DateRows:
    """Reads and writes dates, snoozes and takers; what people wrote is masked on its way in. Methods raise StoreError.

    Args:
        now: the time, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def dates(self) -> Sequence[DateSet]:
        """Return this cluster's own dates, by version."""
        with self._database.reading() as connection:
            rows = connection.execute(select(own_dates).order_by(own_dates.c.version)).all()
        return [found for row in rows if (found := _date_set(row)) is not None]

    def set_date(self, version: str, day: date, reason: str, who: Actor, commit: Commit = always) -> DateSet | None:
        """Keep a date in place of an earlier one, which is returned."""
        now, version = self._now(), clean(version)
        values = {"day": day.isoformat(), "note": masked(reason), "user_id": clean(who.user), "at": now}
        with self._database.writing() as connection:
            earlier = self._date(connection, version)
            statement = self._insert(own_dates).values(version=version, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["version"], set_=values))
            after = json.dumps({"day": values["day"], "note": values["note"]})
            note(connection, now, who, "date set", version, _data(earlier), after)
            commit()
        return earlier

    def unset_date(self, version: str, who: Actor, commit: Commit = always) -> DateSet | None:
        """Remove a date and return it; None when there was none."""
        now, version = self._now(), clean(version)
        with self._database.writing() as connection:
            earlier = self._date(connection, version)
            if earlier is not None:
                connection.execute(delete(own_dates).where(own_dates.c.version == version))
                note(connection, now, who, "date unset", version, _data(earlier), None)
                commit()
        return earlier

    def snoozes(self) -> Sequence[Snooze]:
        """Return what was put off, also until days that are over."""
        with self._database.reading() as connection:
            rows = connection.execute(select(snoozes).order_by(snoozes.c.channel, snoozes.c.milestone)).all()
        return [
            Snooze(row.channel, row.milestone, until, row.reason, row.user_id, row.at)
            for row in rows
            if (until := _day(row.milestone, row.until)) is not None
        ]

    def snooze(
        self, channel: str, milestone: str, until: date, reason: str, who: Actor, commit: Commit = always
    ) -> None:
        """Put reminders of a milestone off for a channel, in place of how long they were."""
        now, about = self._now(), {"channel": clean(channel), "milestone": clean(milestone)}
        values = {"until": until.isoformat(), "reason": masked(reason), "user_id": clean(who.user), "at": now}
        with self._database.writing() as connection:
            earlier = connection.execute(select(snoozes.c.until).filter_by(**about)).scalar()
            statement = self._insert(snoozes).values(**about, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["channel", "milestone"], set_=values))
            after = json.dumps({"until": values["until"], "reason": values["reason"]})
            note(connection, now, who, "snoozed", milestone, earlier and json.dumps({"until": earlier}), after)
            commit()

    def wake(self, channel: str, milestone: str, who: Actor, commit: Commit = always) -> bool:
        """Remind a channel of a milestone again; False when that was not put off."""
        about = {"channel": clean(channel), "milestone": clean(milestone)}
        with self._database.writing() as connection:
            earlier = connection.execute(select(snoozes.c.until).filter_by(**about)).scalar()
            if earlier is not None:
                connection.execute(delete(snoozes).filter_by(**about))
                note(connection, self._now(), who, "snooze ended", milestone, json.dumps({"until": earlier}), None)
                commit()
        return earlier is not None

    def takers(self) -> Sequence[Taker]:
        """Return who takes care of what, first come first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(takers).order_by(takers.c.at, takers.c.user_id)).all()
        return [Taker(row.channel, row.milestone, row.user_id, row.at) for row in rows]

    def take(self, channel: str, milestone: str, who: Actor, commit: Commit = always) -> bool:
        """Note that somebody takes care of a milestone; False when that was noted already."""
        now, about = self._now(), {"channel": clean(channel), "milestone": clean(milestone), "user_id": clean(who.user)}
        statement = self._insert(takers).values(**about, at=now).on_conflict_do_nothing()
        with self._database.writing() as connection:
            is_new = connection.execute(statement.returning(takers.c.user_id)).first() is not None
            if is_new:
                note(connection, now, who, "taken", milestone, None, "true")
                commit()
        return is_new

    def leave(self, channel: str, milestone: str, who: Actor, commit: Commit = always) -> bool:
        """Note that somebody does not take care of it any more; False when they did not."""
        about = {"channel": clean(channel), "milestone": clean(milestone), "user_id": clean(who.user)}
        with self._database.writing() as connection:
            is_gone = connection.execute(delete(takers).filter_by(**about)).rowcount == 1
            if is_gone:
                note(connection, self._now(), who, "left", milestone, "true", None)
                commit()
        return is_gone

    def _date(self, connection: Connection, version: str) -> DateSet | None:
        row = connection.execute(select(own_dates).where(own_dates.c.version == version)).first()
        return _date_set(row) if row is not None else None

    def _insert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _date_set(row: Row[Any]) -> DateSet | None:
    day = _day(row.version, row.day)
    return DateSet(row.version, day, row.note, row.user_id, row.at) if day is not None else None


def _day(about: str, text: str) -> date | None:
    """Return a day as it is kept; one that is damaged is logged, and stops none of the others."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        _log.error("date damaged, left out", about=about)
        return None


def _data(found: DateSet | None) -> str | None:
    return json.dumps({"day": found.day.isoformat(), "note": found.note}) if found is not None else None
