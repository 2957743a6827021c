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
