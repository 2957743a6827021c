"""Times in which a cluster, or kinds of it, could not be seen: when, and what changed meanwhile."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.history import Changes, changes, detail_of
from bot.core.view import ClusterView

#: Shorter times are not told: connections break and come back.
BLIND = timedelta(seconds=30)

#: Longer breaks are noticed for certain: a connection that falls silent is none before it has been silent for a while.
UNBROKEN = timedelta(minutes=1)

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


class Sight(Struct, frozen=True):
    """What is known of how a cluster was watched.

    Args:
        since: of when the first view was; None where there is none, or where nobody watches.
        blind: the times that are over in which not everything was seen, the latest first, so many as are remembered.
        is_blind: whether something that was seen is not seen now.
    """

    since: datetime | None = None
    blind: tuple[Blind, ...] = ()
    is_blind: bool = False

    @property
    def unbroken(self) -> datetime | None:
        """Since when everything was seen that is seen now, without a break of UNBROKEN; None where that is not so."""
        if self.since is None or self.is_blind:
            return None
        return max((self.since, *(time.until for time in self.blind)))


class Watchman:
    """Notices from one view to the next when something was not seen; not for two threads at once."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._looked_at: datetime | None = None
        self._good: ClusterView | None = None
        self._missed: dict[str, None] = {}
        self._is_all = False
        self._told: tuple[Blind, ...] = ()

    def look(self, view: ClusterView, now: datetime) -> Sight:
        """Return what is known with this view.

        Args:
            now: looking happens far more often than every UNBROKEN; where it did not, the program stood still.
        """
        if self._looked_at is None:
            self._since = view.as_of
        elif now - self._looked_at >= UNBROKEN:
            self._is_all = True
        self._looked_at = now
        self._look(view)
        return Sight(self._since, self._told, self._is_all or bool(self._missed))

    def _look(self, view: ClusterView) -> None:
        good = self._good
        if good is not None and (new := _missed(view, _unread(good))) is not None:
            self._is_all = self._is_all or not new
            self._missed.update(dict.fromkeys(new))
            return
        if good is not None and (self._missed or self._is_all) and view.as_of - good.as_of >= BLIND:
            is_all = self._is_all or len(self._missed) >= view.kinds
            kinds = () if is_all else tuple(self._missed)
            met = Blind(good.as_of, view.as_of, kinds, changes(detail_of(good), detail_of(view)))
            self._told = (met, *self._told)[:REMEMBERED]
        if good is not None and not set(_unread(good)) <= set(_unread(view)):
            self._since = view.as_of  # a kind is seen that was not before
        self._good, self._missed, self._is_all = view, {}, False


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
