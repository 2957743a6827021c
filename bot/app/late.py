"""What answers ask of the store before it is open. Imports nothing of the store itself."""

from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.history import Detail, Point
from bot.errors import StoreError

if TYPE_CHECKING:
    from bot.adapters.store.history import HistoryRows


class KeptHistory:
    """Earlier reads of the cluster, once the store is open; the port `bot.service.history.History`."""

    def __init__(self) -> None:
        self._rows: HistoryRows | None = None

    def open(self, rows: "HistoryRows") -> None:
        """Begin to read them."""
        self._rows = rows

    def points(self, since: datetime) -> tuple[Point, ...]:
        """Return the points kept from a moment on, oldest first."""
        return self._open().points(since)

    def detail_before(self, at: datetime) -> Detail | None:
        """Return the last detail kept of a read at or before a moment."""
        return self._open().detail_before(at)

    def _open(self) -> "HistoryRows":
        if self._rows is None:
            raise StoreError("store-failed", place="", reason="not open yet")
        return self._rows
