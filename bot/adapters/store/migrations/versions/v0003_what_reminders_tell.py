"""Which milestones a reminder tells of, so that it can be edited once they are done."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; of earlier posts nobody knows, and they are left as they are."""
    op.add_column("posts", sa.Column("about", sa.Text, nullable=False, server_default="[]"))
