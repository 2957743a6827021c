"""The tables as they are after the last migration; a test compares them with what the migrations make.

Times are stored in UTC: PostgreSQL keeps the zone, SQLite does not.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Dialect, Index, Integer, MetaData, Table, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, in and out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: SQLite counts only an INTEGER up by itself.
_Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

feedback = Table(
    "feedback",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("asker_id", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("is_good", Boolean, nullable=False),
    Unique("user_id", "message_key", name="feedback_user_message"),
    Index("feedback_at", "at"),
)

#: A row per asker, so that one person can be forgotten.
unanswered = Table(
    "unanswered",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Unique("user_id", "question", "why", name="unanswered_user_question_why"),
    Index("unanswered_at", "at"),
)

#: ``thread`` is empty for a whole direct conversation.
threads = Table(
    "threads",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("thread", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False),
    Index("threads_at", "at"),
    Index("threads_user", "user_id"),
)

#: What people chose for their Home, for as long as they do not choose otherwise; ``namespaces`` is a JSON list,
#: ``chosen_at`` Slack's time stamp of the choice, as text.
choices = Table(
    "choices",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("chosen_at", Text, nullable=False),
    Column("namespaces", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Index("deliveries_at", "at"),
)

#: Of a channel one; ``settings`` is JSON. ``version`` counts changes, so that two people do not undo each other's. One
#: that was turned off stays, so that the bot's settings do not make it anew.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("is_stopped", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_off", Boolean, nullable=False),
)

#: The post ledger. ``at`` is when it was due, ``about`` a JSON list; the other columns are those of
#: `bot.reminders.ports.Entry`.
posts = Table(
    "posts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("occurrence", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("post_id", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    Column("not_before", UtcTime),
    Column("settled_at", UtcTime),
    Column("told_at", UtcTime),
    Column("ts", Text),
    Column("code", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("about", Text, nullable=False, server_default="[]"),
    Index("posts_at", "at"),
    Index("posts_state", "state"),
)

#: What the cluster was like at a read; ``by_runtime`` and ``detail`` are JSON, the detail only where it may be needed.
history = Table(
    "history",
    metadata,
    Column("at", UtcTime, primary_key=True),
    Column("is_whole", Boolean, nullable=False),
    Column("by_runtime", Text, nullable=False),
    Column("exposed", Integer, nullable=False),
    Column("at_risk", Integer, nullable=False),
    Column("to_check", Integer, nullable=False),
    Column("detail", Text),
    Column("excepted", Integer, nullable=False, server_default="0"),
)

#: What a channel was told last: the read its digest was made from (JSON), to tell the next one's changes by.
told = Table(
    "told",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("detail", Text, nullable=False),
)

#: This cluster's own dates, set in Slack.
own_dates = Table(
    "own_dates",
    metadata,
    Column("version", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

#: The dates of the calendar as they were seen last, the day each was checked (None: before that was kept), and the
#: moves that were noticed.
seen_dates = Table(
    "seen_dates",
    metadata,
    Column("milestone", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("before", Text),
    Column("moved_at", UtcTime),
    Column("checked", Text),
)

#: Reminders put off, and dates that somebody takes care of.
snoozes = Table(
    "snoozes",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("until", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

takers = Table(
    "takers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

#: Accepted findings; ``until`` is a day, ``at`` when somebody accepted them.
exceptions = Table(
    "exceptions",
    metadata,
    Column("namespace", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("api_group", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("voided_at", UtcTime),
)

#: Every change made from Slack; ``before`` and ``after`` are JSON.
audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index("audit_at", "at"),
)

#: The last view whose nodes were recorded, by any of the bot's processes: a single row, of id 1. ``version`` counts
#: them, ``at`` is when that was, and ``as_of`` the view's own time, than which its nodes are never older.
nodes_read = Table(
    "nodes_read",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("as_of", UtcTime, nullable=False),
)

#: Each node as it was seen last, also those that left; the columns are those of `bot.core.node_history.NodeRecord`, and
#: ``at`` is when the row became so.
node_records = Table(
    "node_records",
    metadata,
    Column("name", Text, primary_key=True),
    Column("runtime", Text, nullable=False),
    Column("kubelet", Text, nullable=False),
    Column("ready", Text, nullable=False),
    Column("cordon", Text, nullable=False),
    Column("is_there", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)

#: What changed of each node; the columns are those of `bot.core.node_history.NodeChange`.
node_changes = Table(
    "node_changes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("node", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Unique("node", "what", "at", name="node_changes_node_what_at"),
    Index("node_changes_at", "at"),
)
