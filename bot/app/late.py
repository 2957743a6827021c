"""What answers ask of the store before it is open, and while it fails. Imports nothing of the store itself."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from bot.core.history import Detail, Point
from bot.core.own_dates import SLACK, OwnDate
from bot.errors import StoreError

if TYPE_CHECKING:
    from bot.adapters.store.history import HistoryRows
    from bot.app.store import Kept

#: Own dates set in Slack are read again after this time: with every answer that has dates would be too often.
FRESH_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class OwnDates:
    """This cluster's own dates as they are kept; where the store fails, those read last."""

    def __init__(self) -> None:
        self._kept: Kept | None = None
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._dates: tuple[OwnDate, ...] = ()

    def open(self, kept: "Kept") -> None:
        """Begin to read them."""
        self._kept = kept

    def __call__(self) -> Sequence[OwnDate]:
        """Return the own dates; waits for the store at most once in a while."""
        kept = self._kept
        if kept is None or time.monotonic() - self._read_at < FRESH_SECONDS or not self._lock.acquire(blocking=False):
            return self._dates
        try:
            self._dates = tuple(
                OwnDate(found.version, found.day, SLACK, found.note, found.by, found.at)
                for found in kept.changes.dates()
            )
        except StoreError as error:
            _log.warning("own dates not read", error=error.key)
        finally:
            self._read_at = time.monotonic()
            self._lock.release()
        return self._dates


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
