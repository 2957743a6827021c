"""Subscriptions, the post ledger, history, dates of this cluster, and who changed what."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


def _time(name: str, *, is_optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=is_optional)


def upgrade() -> None:
    """Make what digests and reminders need."""
    op.create_table(
        "subscriptions",
        *_keys("channel"),
        _time("since"),
        *_texts("user_id", "settings"),
        _time("changed_at"),
        sa.Column("is_stopped", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_off", sa.Boolean, nullable=False),
    )
    op.create_table(
        "posts",
        *_keys("channel", "occurrence", "part"),
        _time("at"),
        *_texts("state", "post_id", "holder"),
        _time("claimed_at"),
        _time("lease_until"),
        *(_time(name, is_optional=True) for name in ("not_before", "settled_at", "told_at")),
        sa.Column("ts", sa.Text),
        *_texts("code", "parts"),
    )
    op.create_index("posts_at", "posts", ["at"])
    op.create_index("posts_state", "posts", ["state"])
    op.create_table(
        "history",
        sa.Column("at", _TIME, primary_key=True),
        sa.Column("is_whole", sa.Boolean, nullable=False),
        *_texts("by_runtime"),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("exposed", "at_risk", "to_check")),
        sa.Column("detail", sa.Text),
    )
    op.create_table("told", *_keys("channel"), _time("at"), *_texts("detail"))
    op.create_table("own_dates", *_keys("version"), *_texts("day", "note", "user_id"), _time("at"))
    op.create_table(
        "seen_dates",
        *_keys("milestone"),
        *_texts("day"),
        sa.Column("before", sa.Text),
        _time("moved_at", is_optional=True),
    )
    op.create_table("snoozes", *_keys("channel", "milestone"), *_texts("until", "reason", "user_id"), _time("at"))
    op.create_table("takers", *_keys("channel", "milestone", "user_id"), _time("at"))
    op.create_table(
        "audit",
        sa.Column("id", _ID, primary_key=True),
        _time("at"),
        *_texts("user_id", "channel", "action", "subject", "before", "after"),
    )
    op.create_index("audit_at", "audit", ["at"])
