"""When a date of the calendar was checked, so that an older calendar does not take it back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; of dates seen before nobody knows, and they count as older than any."""
    op.add_column("seen_dates", sa.Column("checked", sa.Text))
