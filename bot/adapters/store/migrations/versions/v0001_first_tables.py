"""Feedback, unanswered questions, what threads are about, what people chose, deliveries answered."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Make the first five tables."""
    op.create_table(
        "feedback",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        *_texts("user_id", "asker_id", "message_key", "language", "question", "kind", "words"),
        sa.Column("is_good", sa.Boolean, nullable=False),
        sa.UniqueConstraint("user_id", "message_key", name="feedback_user_message"),
    )
    op.create_table(
        "unanswered",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        *_texts("user_id", "language", "question", "why"),
        sa.Column("times", sa.Integer, nullable=False),
        sa.UniqueConstraint("user_id", "question", "why", name="unanswered_user_question_why"),
    )
    op.create_table(
        "threads",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("thread", sa.Text, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        *_texts("user_id", "language", "kind", "words"),
    )
    op.create_index("threads_user", "threads", ["user_id"])
    op.create_table(
        "choices",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        *_texts("chosen_at", "namespaces"),
    )
    op.create_table("deliveries", sa.Column("key", sa.Text, primary_key=True), sa.Column("at", _TIME, nullable=False))
    for table in ("feedback", "unanswered", "threads", "deliveries"):
        op.create_index(f"{table}_at", table, ["at"])
