"""Each node as it was seen last, and what changed of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables; the first read of the nodes fills them and changes nothing."""
    op.create_table(
        "nodes_read",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("as_of", _TIME, nullable=False),
    )
    op.create_table(
        "node_records",
        sa.Column("name", sa.Text, primary_key=True),
        *_texts("runtime", "kubelet", "ready", "cordon"),
        sa.Column("is_there", sa.Boolean, nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    op.create_table(
        "node_changes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("not_before", _TIME, nullable=False),
        *_texts("node", "what", "before", "after"),
        sa.UniqueConstraint("node", "what", "at", name="node_changes_node_what_at"),
    )
    op.create_index("node_changes_at", "node_changes", ["at"])
