"""Accepted findings, and how many workloads they covered at a read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, and the column: before there were exceptions none was covered."""
    op.create_table(
        "exceptions",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("namespace", "kind", "name", "api_group", "code")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("reason", "user_id", "until", "fingerprint")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True)),
    )
    op.add_column("history", sa.Column("excepted", sa.Integer, nullable=False, server_default="0"))
