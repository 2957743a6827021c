"""The cluster read again and again in the background; answers always come from the last good view."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from bot.adapters.newest import FIRST_READ_SECONDS, NewestView, nothing_read
from bot.core.assess import Assessor
from bot.core.blind import Sight
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.core.view import ClusterView
from bot.errors import BotError, ClusterError

#: Causes that tend to go away by themselves; a permission or an API that is not served does not. Credentials that are
#: refused in the middle of a read have just run out: new ones follow, or the next read fails as a whole.
TRANSIENT = frozenset(
    {Cause.TIMEOUT, Cause.UNREACHABLE, Cause.SERVER_ERROR, Cause.EXPIRED, Cause.BAD_ANSWER, Cause.UNAUTHORIZED}
)

_log = structlog.get_logger(__name__)


class Reader(Protocol):
    """Reads a cluster once."""

    def read(self) -> Snapshot:
        """Return everything read at one moment. Raises: BotError: nothing could be read."""


class ReadMeter(Protocol):
    """Counts reads."""

    def read_done(self, outcome: str, seconds: float) -> None:
        """Note one read: ``whole``, ``partial``, ``kept`` (the older view stays) or ``failed``."""


class LiveViews(NewestView):
    """Keeps the newest good view of one cluster; a read that fails changes nothing but the age.

    Args:
        reader: reads the cluster; may block for as long as its time-outs allow, nobody waits for it.
        refresh_seconds: pause between two reads.
        stale_seconds: age up to which a whole view is preferred to a newer one in which kinds are missing.
        now: the clock.
        first_read_seconds: how long after the start a question waits for the first read.
    """

    def __init__(
        self,
        reader: Reader,
        assessor: Assessor,
        *,
        refresh_seconds: float,
        stale_seconds: float,
        now: Callable[[], datetime],
        meter: ReadMeter,
        first_read_seconds: float = FIRST_READ_SECONDS,
    ) -> None:
        super().__init__(now, stale_seconds)
        self._reader = reader
        self._assessor = assessor
        self._refresh_seconds = refresh_seconds
        self._meter = meter
        self._error: BotError | None = None
        self._stop = threading.Event()
        self._first_read_seconds = first_read_seconds
        # A daemon: a read that hangs in a time-out must not hold up the end of the process.
        self._thread = threading.Thread(target=self._run, name="cluster-reader", daemon=True)

    def start(self) -> None:
        """Begin to read, now and then again after every pause."""
        self._wait_for_first(self._first_read_seconds)
        self._thread.start()

    def stop(self) -> None:
        """Begin no further read, and let nobody wait for one."""
        self._stop.set()
        self._first.set()

    def _why_none(self) -> BotError | None:
        return self._error

    def sight(self) -> Sight:
        """Return nothing: a file or the demo is not watched."""
        return Sight()

    def read_once(self) -> None:
        """Read the cluster and keep the result if it is good; never raises a BotError."""
        started = time.monotonic()
        try:
            view = self._assessor.assess(self._reader.read())
        except BotError as error:
            self._failed(error, started)
            return
        if (nothing := nothing_read(view)) is not None:
            self._failed(nothing, started)
            return
        lost = self._lost(view)
        if lost and self.is_fresh:
            self._failed(ClusterError("kinds-unread", kinds=", ".join(lost)), started, outcome="kept")
            return
        is_new = self._view is None or self._view.gaps != view.gaps
        self._view = view
        outcome = "whole" if view.is_complete else "partial"
        self._meter.read_done(outcome, time.monotonic() - started)
        (_log.warning if view.gaps and is_new else _log.info)(
            "cluster read",
            outcome=outcome,
            seconds=round(time.monotonic() - started, 3),
            nodes=len(view.nodes),
            workloads=len(view.workloads),
            unread=[gap.what for gap in view.gaps],
        )

    def _run(self) -> None:
        while True:
            started = time.monotonic()
            try:
                self.read_once()
            except Exception as error:  # noqa: BLE001  whatever it is, the next read may work, and the bot must live
                self._failed(ClusterError("read-broke"), started, exc_info=error)
            self._first.set()
            if self._stop.wait(self._refresh_seconds):
                return

    def _lost(self, view: ClusterView) -> list[str]:
        """Return kinds of which an older view has more, and which this one lacks for a passing reason."""
        if self._view is None:
            return []
        before = self._view.gaps
        return [gap.what for gap in view.gaps if _is_transient(gap) and not any(_is_as_bad(old, gap) for old in before)]

    def _failed(
        self, error: BotError, started: float, *, outcome: str = "failed", exc_info: BaseException | None = None
    ) -> None:
        seconds = time.monotonic() - started
        self._meter.read_done(outcome, seconds)
        _log.warning(
            "cluster not read",
            error=error.key,
            values=dict(error.values),
            outcome=outcome,
            seconds=round(seconds, 3),
            exc_info=exc_info,
        )
        self._error = error
        self._keep_old(error, self.now())


def _is_transient(gap: Gap) -> bool:
    return gap.cause in TRANSIENT and gap.what != "version"


def _is_as_bad(old: Gap, new: Gap) -> bool:
    """Whether as much of a kind was missing before: a single lost object is less than the kind."""
    return old.what == new.what and (old.is_whole_kind or (old.is_partial and new.is_partial))
