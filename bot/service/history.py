"""The port behind which earlier reads of the cluster are kept."""

from datetime import datetime
from typing import Protocol

from bot.core.history import Detail, Point
from bot.core.node_history import NodeHistory


class History(Protocol):
    """Earlier reads of one cluster. All calls may do I/O, and raise StoreError where what is kept cannot be read."""

    def points(self, since: datetime) -> tuple[Point, ...]:
        """Return the points kept from a moment on, oldest first."""

    def detail_before(self, at: datetime) -> Detail | None:
        """Return the last detail kept of a read at or before a moment, None where there is none."""

    def node(self, name: str) -> NodeHistory:
        """Return what is kept of the node of a name, the newest change first."""
