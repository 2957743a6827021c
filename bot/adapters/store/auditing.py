"""The audit: who changed what from Slack, written in the transaction of the change itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import audit
from bot.core.kept import Actor, Change
from bot.core.masking import clean

#: How long entries are kept, and how many at most.
AUDIT_KEPT, MOST_ENTRIES = timedelta(days=400), 10_000


def note(
    connection: Connection, now: datetime, who: Actor, action: str, subject: str, before: str | None, after: str | None
) -> None:
    """Write an entry, and remove those that are too old or too many."""
    values = {
        "at": now,
        "user_id": clean(who.user),
        "channel": clean(who.channel),
        "action": action,
        "subject": clean(subject),
        "before": before or "null",
        "after": after or "null",
    }
    connection.execute(insert(audit).values(values))
    too_many = select(audit.c.id).order_by(audit.c.id.desc()).offset(MOST_ENTRIES).limit(MOST_ENTRIES)
    connection.execute(delete(audit).where(audit.c.at <= now - AUDIT_KEPT))
    connection.execute(delete(audit).where(audit.c.id.in_(too_many)))


def changes(database: Database, limit: int = 100) -> Sequence[Change]:
    """Return the newest entries, newest first. Raises: StoreError."""
    with database.reading() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)).all()
    return [
        Change(row.at, Actor(row.user_id, row.channel), row.action, row.subject, row.before, row.after) for row in rows
    ]
