"""Histories for tests: in memory, and one that cannot be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.history import Detail, Point
from bot.core.node_history import NodeHistory
from bot.core.runtimes import Runtime
from bot.errors import StoreError
from tests.unit.clusters import AS_OF


@dataclass(frozen=True)
class Kept:
    """The history port over what it is given. ``asked``: what the calls were made with."""

    points_: Sequence[Point] = ()
    details: Sequence[Detail] = ()
    nodes: Mapping[str, NodeHistory] = field(default_factory=dict)

    def points(self, since: datetime) -> tuple[Point, ...]:
        return tuple(point for point in self.points_ if point.at >= since)

    def detail_before(self, at: datetime) -> Detail | None:
        return max((item for item in self.details if item.at <= at), key=lambda item: item.at, default=None)

    def node(self, name: str) -> NodeHistory:
        return self.nodes.get(name, NodeHistory(None, ()))


class Broken:
    """A history whose database does not answer."""

    def points(self, since: datetime) -> tuple[Point, ...]:
        raise StoreError("store-failed", place="sqlite", reason="disk I/O error")

    def detail_before(self, at: datetime) -> Detail | None:
        raise StoreError("store-failed", place="sqlite", reason="disk I/O error")

    def node(self, name: str) -> NodeHistory:
        raise StoreError("store-failed", place="sqlite", reason="disk I/O error")


def past(days: int, docker: int, others: int = 0, exposed: int = 0, *, is_whole: bool = True) -> Point:
    """Return a point of so many days before the clusters of tests are read."""
    counts = {Runtime.DOCKERSHIM: docker, Runtime.CONTAINERD: others}
    return Point(AS_OF - timedelta(days=days), is_whole, {name: n for name, n in counts.items() if n}, exposed, 3, 1)


def moving(days: int, now: int = 2, pace: int = 2) -> list[Point]:
    """Return a point a day up to yesterday; each day so many nodes moved, ``now`` are left today."""
    nodes = now + pace * days
    return [past(day, now + pace * day, nodes - now - pace * day, 3 * day + 2) for day in range(days, 0, -1)]
