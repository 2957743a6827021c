"""Times in which a cluster, or kinds of it, could not be seen: when, and what changed meanwhile."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.history import Changes, changes, detail_of
from bot.core.view import ClusterView

#: Shorter times are not told: connections break and come back.
BLIND = timedelta(seconds=30)

#: A break of so long is noticed whatever it is. A kind whose login hangs is missed last, after three watches and five
#: seconds; a test holds the two together.
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
        since: of when the first view was that has all kinds that are seen now; None where there is none, or where not
            everything is watched.
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


#: A kind, and the namespace it is read in, empty for all.
_Part = tuple[str, str]


class Watchman:
    """Notices from one view to the next when something was not seen; not for two threads at once."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._good: ClusterView | None = None
        self._good_at = self._looked_at = 0.0
        self._missed: dict[str, None] = {}
        self._is_all = False
        self._told: tuple[Blind, ...] = ()

    def look(self, view: ClusterView, at: float, *, is_watched: bool = True) -> Sight:
        """Return what is known with this view.

        Args:
            at: seconds of a clock that nobody sets. Looking happens far more often than every UNBROKEN; where it did
                not, the program stood still.
            is_watched: whether every kind is; else some are listed now and then, with nothing seen in between.
        """
        if self._good is not None and at - self._looked_at >= UNBROKEN.total_seconds():
            self._is_all = True
        self._looked_at = at
        self._look(view, at)
        if not is_watched:
            self._since = None
        return Sight(self._since, self._told, self._is_all or bool(self._missed))

    def _look(self, view: ClusterView, at: float) -> None:
        good = self._good
        new = _missed(view, _unread(view if good is None else good))
        if new is not None:
            self._is_all = self._is_all or not new
            self._missed.update(dict.fromkeys(new))
            return
        if good is not None and (self._missed or self._is_all) and self._lasted(good, view, at) >= BLIND:
            is_all = self._is_all or len(self._missed) >= view.kinds
            kinds = () if is_all else tuple(self._missed)
            met = Blind(good.as_of, view.as_of, kinds, changes(detail_of(good), detail_of(view)))
            self._told = (met, *self._told)[:REMEMBERED]
        if good is None or self._since is None or not _unread(good) <= _unread(view):
            self._since = view.as_of  # what is seen now was not before
        self._good, self._good_at, self._missed, self._is_all = view, at, {}, False

    def _lasted(self, good: ClusterView, view: ClusterView, at: float) -> timedelta:
        """Return how long nothing newer than a good view was known; a clock that was set back makes it no shorter."""
        return max(view.as_of - good.as_of, timedelta(seconds=at - self._good_at))


def _missed(view: ClusterView, known: Collection[_Part]) -> tuple[str, ...] | None:
    """Return the kinds that a view lacks beside known ones; empty where it is old as a whole, None where it is not."""
    late: tuple[str, ...] = ()
    if view.overdue is not None:
        if view.overdue.error != KINDS_UNREAD:
            return ()
        late = tuple(str(view.overdue.values["kinds"]).split(", "))
    lost = (kind for kind, inside in sorted(_unread(view)) if (kind, "") not in known and (kind, inside) not in known)
    return tuple(dict.fromkeys((*late, *lost))) or None


def _unread(view: ClusterView) -> frozenset[_Part]:
    """Return what of a view is not seen; single objects that are lost, or only there in part, do not count."""
    return frozenset(
        (gap.what, inside)
        for gap in view.gaps
        if gap.count == 0 and not gap.is_partial and gap.what != "version"
        for inside in gap.namespaces or ("",)
    )
