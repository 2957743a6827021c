"""When a cluster was read and what of it was not: part of every answer about it."""

from datetime import datetime

from msgspec import Struct

from bot.core.snapshot import Gap, is_whole, scope_of
from bot.core.view import Overdue


class Seen(Struct, frozen=True):
    """When the cluster was read and what was not; part of every answer about it.

    ``age_seconds`` is None where the clock stands still or the cluster is read for the question; ``is_stale``: it is
    past what the settings call fresh; ``overdue``: why there is no newer view.
    """

    as_of: datetime
    cluster: str | None
    kinds: int
    gaps: tuple[Gap, ...]
    age_seconds: int | None = None
    is_stale: bool = False
    overdue: Overdue | None = None

    @property
    def scope(self) -> tuple[str, ...] | None:
        """The namespaces that alone are read, sorted; None where all are."""
        return scope_of(self.gaps)

    def is_whole(self, what: str, namespace: str | None = None) -> bool:
        """Whether every object of a kind was read, in a namespace that is read or in the whole cluster."""
        return is_whole(self.gaps, what, namespace)
