"""What ``check`` asks of the database: whether the bot could keep things there, and which posts did not come.

Leaves nothing behind.
"""

import json
import os
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import and_, or_, select

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import rehearse, state
from bot.adapters.store.tables import posts, subscriptions
from bot.core.kept import UNPOSTED_DAYS, StoppedPosts, StoreReport, Unposted
from bot.errors import StoreError
from bot.reminders.ports import Part, State

#: What a digest is called in the ledger that somebody asked for at once, and what it is.
_KINDS = {"now": "digest"}


def inspect(database: Database, days: int, now: datetime | None = None) -> StoreReport:
    """Return what was found.

    Args:
        days: how long feedback is to be kept.
        now: the time, aware; None: posts are not looked at.
    """
    path, place = database.path, database.place
    if path is not None:
        # Of os.path, since these methods of Path raise below a folder that may not be entered.
        exists = os.path.exists(path)
        if not os.path.isdir(path.parent):
            return StoreReport(place, "folder", "", is_new=True, days=days)
        # The file alone is not enough: its log is made beside it.
        if not os.access(path.parent, os.W_OK | os.X_OK) or (exists and not os.access(path, os.R_OK | os.W_OK)):
            return StoreReport(place, "read-only", "", is_new=not exists, days=days)
        if not exists:
            return StoreReport(place, "", "", is_new=True, days=days)
    try:
        found = state(database)
        if found != "newer":
            rehearse(database)
        is_known = now is not None and found == "current"  # else the tables may not be there yet
        stopped = _stopped(database) if is_known else ()
        unposted = _unposted(database, now) if now is not None and is_known else ()
    except StoreError as error:
        return StoreReport(place, "failed", str(error.values.get("reason", "")), is_new=False, days=days)
    problem = "newer" if found == "newer" else ""
    return StoreReport(place, problem, "", is_new=found == "empty", days=days, stopped=stopped, unposted=unposted)


def _stopped(database: Database) -> tuple[StoppedPosts, ...]:
    columns = subscriptions.c
    wanted = select(subscriptions).where(columns.is_stopped, ~columns.is_off).order_by(columns.channel)
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return tuple(StoppedPosts(row.channel, _code(row.settings), row.changed_at) for row in rows)


def _code(settings: str) -> str:
    try:
        return str(json.loads(settings)["stopped"])
    except (ValueError, KeyError, TypeError):
        return "?"  # a damaged row; why it was stopped is not known any more


def _unposted(database: Database, now: datetime) -> tuple[Unposted, ...]:
    """Return each post once: the post itself where it did not come, else what its thread may lack."""
    columns = posts.c
    message, unconfirmed = str(Part.MESSAGE), str(State.UNCONFIRMED)
    lost = and_(columns.part == message, columns.state.in_([str(State.MISSED), unconfirmed]))
    lacks = and_(columns.part.in_([str(Part.DETAILS), str(Part.CHART)]), columns.state == unconfirmed)
    wanted = (
        select(posts)
        .where(columns.at >= now - timedelta(days=UNPOSTED_DAYS), or_(lost, lacks))
        # Those of a post together, the details before the chart.
        .order_by(columns.at.desc(), columns.channel, columns.occurrence, columns.part.desc())
    )
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    found = []
    for (channel, occurrence), group in groupby(rows, lambda row: (row.channel, row.occurrence)):
        states = {row.part: row.state for row in group}
        parts = () if message in states else tuple(states)
        kind, _, day = occurrence.partition(":")
        when = date.fromisoformat(day[: len("2026-12-24")])  # what was asked for at once is called by its moment
        is_unconfirmed = states.get(message, unconfirmed) == unconfirmed
        found.append(Unposted(channel, _KINDS.get(kind, kind), when, is_unconfirmed, parts))
    return tuple(found)
