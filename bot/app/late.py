"""What answers ask of the store before it is open. Imports nothing of the store itself."""

from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.history import Detail, Point
from bot.core.node_history import NodeHistory
from bot.errors import StoreError

if TYPE_CHECKING:
    from bot.adapters.store.history import HistoryRows
    from bot.adapters.store.keeping import Store


class KeptHistory:
    """Earlier reads of the cluster, once the store is open; the port `bot.service.history.History`."""

    def __init__(self) -> None:
        self._rows: HistoryRows | None = None
        self._store: Store | None = None

    def open(self, rows: "HistoryRows", store: "Store") -> None:
        """Begin to read them, by way of the store, which lets nobody wait for a database that froze."""
        self._rows, self._store = rows, store

    def points(self, since: datetime) -> tuple[Point, ...]:
        """Return the points kept from a moment on, oldest first."""
        rows, store = self._open()
        return store.look("history", lambda: rows.points(since))

    def detail_before(self, at: datetime) -> Detail | None:
        """Return the last detail kept of a read at or before a moment."""
        rows, store = self._open()
        return store.look("history", lambda: rows.detail_before(at))

    def node(self, name: str) -> NodeHistory:
        """Return what is kept of the node of a name, the newest change first."""
        rows, store = self._open()
        return store.look("history", lambda: rows.node(name))

    def _open(self) -> "tuple[HistoryRows, Store]":
        if self._rows is None or self._store is None:
            raise StoreError("store-failed", place="", reason="not open yet")
        return self._rows, self._store
