"""Times in which a cluster, or kinds of it, could not be seen: when, and what changed meanwhile."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.history import Changes, changes, detail_of
from bot.core.view import ClusterView

#: Shorter times are not told: connections break and come back.
BLIND = timedelta(seconds=30)

#: The error of a view in which kinds are older than the rest; its value ``kinds`` names them.
KINDS_UNREAD = "kinds-unread"

#: So many are remembered.
REMEMBERED = 5


class Blind(Struct, frozen=True):
    """A time in which not everything was seen that was before and after it.

    Args:
        since: of when the last view before it was; until: of when the first after it was.
        kinds: what was not seen, in the order in which kinds are read; empty: nothing was.
        changes: between those two views.
    """

    since: datetime
    until: datetime
    kinds: tuple[str, ...]
    changes: Changes


class Watchman:
    """Notices from one view to the next when something was not seen; not for two threads at once."""

    def __init__(self) -> None:
        self._good: ClusterView | None = None
        self._missed: dict[str, None] = {}
        self._is_all = False
        self._told: tuple[Blind, ...] = ()

    def look(self, view: ClusterView) -> tuple[Blind, ...]:
        """Return the times that are over with this view, the latest first."""
        good = self._good
        if good is not None and (new := _missed(view, _unread(good))) is not None:
            self._is_all = self._is_all or not new
            self._missed.update(dict.fromkeys(new))
            return self._told
        if good is not None and (self._missed or self._is_all) and view.as_of - good.as_of >= BLIND:
            kinds = () if self._is_all else tuple(self._missed)
            met = Blind(good.as_of, view.as_of, kinds, changes(detail_of(good), detail_of(view)))
            self._told = (met, *self._told)[:REMEMBERED]
        self._good, self._missed, self._is_all = view, {}, False
        return self._told


def _missed(view: ClusterView, known: Collection[str]) -> tuple[str, ...] | None:
    """Return the kinds that a view lacks beside known ones; empty where it is old as a whole, None where it is not."""
    late: tuple[str, ...] = ()
    if view.overdue is not None:
        if view.overdue.error != KINDS_UNREAD:
            return ()
        late = tuple(str(view.overdue.values["kinds"]).split(", "))
    return (*late, *(name for name in _unread(view) if name not in known)) or None


def _unread(view: ClusterView) -> tuple[str, ...]:
    return tuple(gap.what for gap in view.gaps if gap.is_whole_kind and gap.what != "version")
