"""The newest view of a cluster, whoever makes it: waited for at first, and its age from then on."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from bot.core.snapshot import Cause
from bot.core.view import ClusterView, Overdue
from bot.errors import BotError, ClusterError

#: Whoever asks right after the start would only be told to ask again, when the first read takes a second or two.
FIRST_READ_SECONDS = 5.0


class NewestView(ABC):
    """Holds the last good view; a source of views as `bot.service.ViewSource`.

    Args:
        now: the clock.
        stale_seconds: up to this age a view is fresh.
    """

    def __init__(self, now: Callable[[], datetime], stale_seconds: float) -> None:
        self.now = now
        self._stale_seconds = stale_seconds
        self._view: ClusterView | None = None
        self._first = threading.Event()
        self._wait_until = 0.0

    def newest(self) -> ClusterView | None:
        """Return the last good view, None when there is none; waits for nothing."""
        return self._view

    def view(self) -> ClusterView:
        """Return the last good view; right after the start it waits for the first.

        Raises: BotError: there is none so far; why.
        """
        if self._view is None:
            self._first.wait(max(self._wait_until - time.monotonic(), 0.0))
        view, error = self._view, self._why_none()
        if view is None:
            if error is None:
                raise ClusterError("not-read-yet")
            # A new one each time: an error raised again keeps the frames of everybody who ever met it.
            raise type(error)(error.key, **error.values)
        return view

    @abstractmethod
    def _why_none(self) -> BotError | None:
        """Return why there is no view, None where nobody has tried."""

    @property
    def age_seconds(self) -> float | None:
        """Age of the view, None while there is none."""
        view = self._view
        if view is None:
            return None
        # The demo's clock stands still: it is never old.
        return 0.0 if view.clock else max((self.now() - view.as_of).total_seconds(), 0.0)

    @property
    def is_fresh(self) -> bool:
        """Whether there is a view younger than ``stale_seconds``."""
        age = self.age_seconds
        return age is not None and age <= self._stale_seconds

    def _wait_for_first(self, seconds: float) -> None:
        """Let questions wait for the first view, for so long from now on."""
        self._wait_until = time.monotonic() + seconds

    def _keep_old(self, error: BotError, now: datetime) -> None:
        """Let the view there is, if there is one, say why there is no newer one."""
        if self._view is not None:
            since = self._view.overdue.since if self._view.overdue else now
            self._view = replace(self._view, overdue=Overdue(since, error.told_key, error.values))


def nothing_read(view: ClusterView) -> ClusterError | None:
    """Return why this login was shown nothing at all, None when it was: a view of nothing must not replace another."""
    unread = [gap for gap in view.gaps if gap.is_whole_kind and gap.what != "version"]
    if len({gap.what for gap in unread}) < view.kinds:
        return None
    if all(gap.cause is Cause.FORBIDDEN for gap in unread):
        return ClusterError("nothing-allowed")
    return ClusterError("nothing-read", statuses=", ".join(sorted({str(gap.status) for gap in unread if gap.status})))
