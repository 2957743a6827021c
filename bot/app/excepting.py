"""The views that answers are made from, with the exceptions that hold laid over them."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

import structlog
from msgspec.structs import replace

from bot.core.exceptions import Acceptance, newly_void, overlay, standings
from bot.core.view import ClusterView
from bot.errors import StoreError
from bot.service import ViewSource

_log = structlog.get_logger(__name__)


class ExceptedViews:
    """A source of views over another; the same view, day and exceptions give the same object.

    An exception of which something else is found now is noted as void, as soon as a complete read shows it: what
    could not be read is no change.

    Args:
        holding: returns the exceptions as they are kept, the same object while they are the same.
        void: notes that some do not hold any more; raises StoreError.
        today: the UTC day, where the view does not bring its own.
    """

    def __init__(
        self,
        views: ViewSource,
        holding: Callable[[], tuple[Acceptance, ...]],
        void: Callable[[Sequence[Acceptance]], object],
        today: Callable[[], date],
    ) -> None:
        self._views = views
        self._holding = holding
        self._void = void
        self._today = today
        self._lock = threading.Lock()
        self._accepted: tuple[Acceptance, ...] = ()
        self._checked: tuple[ClusterView, tuple[Acceptance, ...]] | None = None
        self._known: tuple[ClusterView, tuple[Acceptance, ...], date, ClusterView] | None = None

    def view(self) -> ClusterView:
        """Return the newest view. Raises: BotError: there is none."""
        return self._over(self._views.view(), self._holding())

    def newest(self) -> ClusterView | None:
        """Return the newest view with the exceptions known last, None when there is none; waits for nothing."""
        view = self._views.newest()
        return self._laid(view, self._accepted) if view is not None else None

    def latest(self) -> ClusterView | None:
        """Return the same, with the exceptions as they are kept now, for which it may wait."""
        view = self._views.newest()
        return self._over(view, self._holding()) if view is not None else None

    def _over(self, view: ClusterView, accepted: tuple[Acceptance, ...]) -> ClusterView:
        self._accepted = accepted
        if view.is_complete and self._is_unchecked(view, accepted):
            void = newly_void(standings(view, accepted, self._day(view)), view.as_of)
            if void:
                for each in void:
                    _log.info("exception void: something else is found now", about=each.subject)
                with suppress(StoreError):  # logged; until it is kept, the next view shows the same
                    self._void(void)
        return self._laid(view, accepted)

    def _is_unchecked(self, view: ClusterView, accepted: tuple[Acceptance, ...]) -> bool:
        with self._lock:
            is_unchecked = self._checked is None or self._checked[0] is not view or self._checked[1] is not accepted
            self._checked = (view, accepted)
            return is_unchecked

    def _laid(self, view: ClusterView, accepted: tuple[Acceptance, ...]) -> ClusterView:
        today = self._day(view)
        with self._lock:
            known = self._known
            if known is not None and known[0] is view and known[1] is accepted and known[2] == today:
                return known[3]
            if known is not None and known[0].workloads is view.workloads and known[1:3] == (accepted, today):
                laid = replace(view, workloads=known[3].workloads)  # the same, seen once more
            else:
                laid = overlay(view, accepted, today)
            self._known = (view, accepted, today, laid)
            return laid

    def _day(self, view: ClusterView) -> date:
        return view.clock.date() if view.clock else self._today()
