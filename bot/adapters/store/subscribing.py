"""Subscriptions as rows: each changed only by who has seen it as it is, and written into the audit in the same go."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.auditing import note
from bot.adapters.store.engine import Database
from bot.adapters.store.tables import posts, subscriptions
from bot.core.kept import Actor, Subscribed
from bot.core.masking import clean
from bot.core.schedule import renewed
from bot.core.subscriptions import Subscription, from_data, to_data
from bot.reminders.ports import Part, State

#: Called as the last thing of a transaction: raises StoreError when nobody waits for the change any more.
Commit = Callable[[], None]

_log = structlog.get_logger(__name__)


def always() -> None:
    """Let a change become lasting, whoever waits for it."""


class SubscriptionRows:
    """Reads and writes subscriptions; `bot.reminders.ports.Subscriptions` among others. Methods raise StoreError.

    Args:
        now: the time, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._told: set[tuple[str, int]] = set()

    def active(self) -> Sequence[Subscription]:
        """Return all that can be posted to; a damaged row is logged and left out."""
        found = (self._subscribed(row) for row in self._rows(~subscriptions.c.is_off, ~subscriptions.c.is_stopped))
        return [row.subscription for row in found if row.subscription is not None]

    def all(self) -> Sequence[Subscribed]:
        """Return every row, also of those that were turned off, stopped or damaged."""
        return [self._subscribed(row) for row in self._rows()]

    def get(self, channel: str) -> Subscribed | None:
        """Return the row of a channel, None when there never was one."""
        rows = self._rows(subscriptions.c.channel == clean(channel))
        return self._subscribed(rows[0]) if rows else None

    def put(
        self,
        subscription: Subscription,
        before: Subscribed | None,
        who: Actor,
        action: str,
        commit: Commit = always,
    ) -> bool:
        """Keep a subscription, and turn it on; False when the row is not any more what it was ``before``."""
        now = self._now()
        values = {**_values(subscription), "changed_at": now, "is_off": False}
        with self._database.writing() as connection:
            earlier = self._settings(connection, subscription.channel)
            if before is None:
                is_kept = self._insert(connection, subscription.channel, values)
            else:
                is_kept = self._update(connection, before, values)
            if is_kept:
                note(connection, now, who, action, subscription.channel, earlier, _audited(values["settings"]))
                commit()
        return is_kept

    def turn_off(self, before: Subscribed, who: Actor, commit: Commit = always) -> bool:
        """Turn one off, damaged or not; False when it is not any more what it was ``before``. Its settings stay."""
        now = self._now()
        with self._database.writing() as connection:
            earlier = self._settings(connection, before.channel)
            is_kept = self._update(connection, before, {"is_off": True, "changed_at": now, "user_id": clean(who.user)})
            if is_kept:
                note(connection, now, who, "digest off", before.channel, earlier, None)
                commit()
        return is_kept

    def remove(self, channel: str, who: Actor) -> bool:
        """Remove the row of a channel, so that the bot's settings may make it anew; False when there is none."""
        now = self._now()
        with self._database.writing() as connection:
            earlier = self._settings(connection, channel)
            is_kept = self._did(connection, subscriptions.delete().where(subscriptions.c.channel == clean(channel)))
            if is_kept:
                note(connection, now, who, "digest removed", channel, earlier, None)
        return is_kept

    def stop(self, subscription: Subscription, code: str, now: datetime) -> bool:
        """Stop one that Slack refuses; False when another replica did, or somebody turned it off."""
        stopped = renewed(subscription, replace(subscription, stopped=clean(code)), now)
        values = {**_values(stopped), "changed_at": now}
        before = self.get(subscription.channel)
        # What somebody has changed since it was read is judged anew, by what is posted next.
        if before is None or not before.is_on or before.subscription != subscription:
            return False
        with self._database.writing() as connection:
            earlier = self._settings(connection, subscription.channel)
            is_kept = self._update(connection, before, values)
            if is_kept:
                note(
                    connection,
                    now,
                    Actor(),
                    "digest stopped",
                    subscription.channel,
                    earlier,
                    _audited(values["settings"]),
                )
        return is_kept

    def last_post(self, channel: str) -> tuple[str, datetime] | None:
        """Return the kind of what was posted to a channel last, and when; None when nothing was."""
        columns = posts.c
        sent = (columns.channel == clean(channel), columns.part == str(Part.MESSAGE), columns.state == str(State.SENT))
        at = func.coalesce(columns.settled_at, columns.at)
        wanted = select(columns.occurrence, columns.settled_at, columns.at).where(*sent).order_by(at.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return (row.occurrence.partition(":")[0], row.settled_at or row.at) if row is not None else None

    def begun(self, channel: str, since: datetime) -> frozenset[str]:
        """Return the keys of the occurrences, due since then, that the ledger has, whatever came of them."""
        columns = posts.c
        is_wanted = (columns.channel == clean(channel), columns.part == str(Part.MESSAGE), columns.at >= since)
        with self._database.reading() as connection:
            return frozenset(connection.execute(select(columns.occurrence).where(*is_wanted)).scalars())

    def _rows(self, *conditions: Any) -> Sequence[Row[Any]]:
        wanted = select(subscriptions).where(*conditions).order_by(subscriptions.c.channel)
        with self._database.reading() as connection:
            return connection.execute(wanted).all()

    def _subscribed(self, row: Row[Any]) -> Subscribed:
        try:
            found = from_data(row.channel, row.since, row.user_id, json.loads(row.settings))
        except Exception as error:  # noqa: BLE001  whatever is in there, it must not stop all the others
            if (row.channel, row.version) not in self._told:
                self._told.add((row.channel, row.version))
                _log.error("subscription damaged, left out", channel=row.channel, error=type(error).__name__)
            found = None
        return Subscribed(row.channel, found, row.version, not row.is_off)

    def _insert(self, connection: Connection, channel: str, values: dict[str, Any]) -> bool:
        insert: Any = sqlite.insert if self._database.is_sqlite else postgresql.insert
        statement = insert(subscriptions).values(channel=clean(channel), version=1, **values).on_conflict_do_nothing()
        return connection.execute(statement.returning(subscriptions.c.channel)).first() is not None

    def _update(self, connection: Connection, before: Subscribed, values: dict[str, Any]) -> bool:
        is_it = (subscriptions.c.channel == before.channel, subscriptions.c.version == before.version)
        return self._did(connection, update(subscriptions).where(*is_it).values(version=before.version + 1, **values))

    def _settings(self, connection: Connection, channel: str) -> str | None:
        """Return the settings of one that is on, for the audit."""
        columns = subscriptions.c
        wanted = select(columns.settings).where(columns.channel == clean(channel), ~columns.is_off)
        settings = connection.execute(wanted).scalar()
        return _audited(settings) if settings is not None else None

    def _did(self, connection: Connection, statement: Any) -> bool:
        return bool(connection.execute(statement).rowcount == 1)


def _values(subscription: Subscription) -> dict[str, Any]:
    return {
        "since": subscription.since,
        "user_id": clean(subscription.by),
        "settings": json.dumps(to_data(subscription), sort_keys=True),
        "is_stopped": subscription.stopped is not None,
    }


def _audited(settings: str) -> str:
    """Return settings without those before them, of which the audit has its own row; damaged ones as they are."""
    try:
        data = json.loads(settings)
        return json.dumps({name: value for name, value in data.items() if name != "before"}, sort_keys=True)
    except (ValueError, AttributeError):
        return settings
