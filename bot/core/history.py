"""How a cluster came to be as it is: points of a trend, what changed between two reads, and which points are kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from bot.core.rules import Severity
from bot.core.runtimes import Runtime
from bot.core.snapshot import missing
from bot.core.view import ClusterView

#: For how long every point is kept, and for how long the last one of each day.
ALL_KEPT = timedelta(days=2)
DAILY_KEPT = timedelta(days=400)

#: What a read may lack without a figure of a Point being wrong: the API server's version is in none of them.
BESIDE = frozenset({"version"})


class Point(Struct, frozen=True):
    """One read of a cluster in figures.

    Args:
        at: when it was read, in UTC.
        is_whole: whether everything that the figures count was read; else they are at least so high.
        by_runtime: nodes by runtime; runtimes with no node are left out.
        exposed: pods at risk on a Docker node; at_risk, to_check: workloads; none of them has what is excepted.
        excepted: workloads that are neither at risk nor to check because of exceptions.
    """

    at: datetime
    is_whole: bool
    by_runtime: Mapping[Runtime, int]
    exposed: int
    at_risk: int
    to_check: int
    excepted: int = 0

    @property
    def on_docker(self) -> int:
        """Nodes whose containers run in Docker Engine."""
        return sum(count for runtime, count in self.by_runtime.items() if runtime.is_docker)

    @property
    def nodes(self) -> int:
        """Nodes, whatever they run."""
        return sum(self.by_runtime.values())

    @property
    def unknown(self) -> int:
        """Nodes of which nobody can tell what they run."""
        return self.by_runtime.get(Runtime.UNKNOWN, 0)

    @property
    def day(self) -> date:
        """The UTC day it was read on."""
        return self.at.astimezone(UTC).date()


class Detail(Struct, frozen=True):
    """One read of a cluster in names, so that another can be compared with it.

    Args:
        at, is_whole: as of Point.
        nodes: name to the value of its runtime.
        findings: full name of a workload to the sorted codes of its findings that are a risk or to check; workloads
            without any are left out.
        owners: full name of each of these workloads to its owner, None where it names none.
    """

    at: datetime
    is_whole: bool
    nodes: Mapping[str, str]
    findings: Mapping[str, tuple[str, ...]]
    owners: Mapping[str, str | None]

    @property
    def on_docker(self) -> int:
        """Nodes whose containers run in Docker Engine."""
        return sum(Runtime(runtime).is_docker for runtime in self.nodes.values())


class NodeMove(Struct, frozen=True):
    """A node that ran its containers with ``before`` and runs them with ``after``, both values of Runtime."""

    name: str
    before: str
    after: str


class NodeSeen(Struct, frozen=True):
    """A node that is in only one of two reads, and the value of its runtime there."""

    name: str
    runtime: str


class Findings(Struct, frozen=True):
    """Codes of one workload that came or went, sorted; ``owner``: who must act, None for the unowned."""

    workload: str
    codes: tuple[str, ...]
    owner: str | None


class Changes(Struct, frozen=True):
    """What differs between two reads, each part in order of names.

    What one read did not see is never taken for gone, nor what the earlier one did not see for new: those parts are
    empty then, and the flags say so.

    Args:
        before, after: when the two were read.
        docker_before, docker_after: nodes on Docker in each.
        is_before_whole: where not, nothing is called new; is_after_whole: where not, nothing is called gone or closed.
        moved: nodes from one known runtime to another; unclear: those whose runtime one of the reads could not tell.
    """

    before: datetime
    after: datetime
    docker_before: int
    docker_after: int
    is_before_whole: bool
    is_after_whole: bool
    moved: tuple[NodeMove, ...]
    unclear: tuple[NodeMove, ...]
    gone: tuple[NodeSeen, ...]
    joined: tuple[NodeSeen, ...]
    closed: tuple[Findings, ...]
    new: tuple[Findings, ...]

    @property
    def is_whole(self) -> bool:
        """Whether both reads were complete."""
        return self.is_before_whole and self.is_after_whole

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known to have changed."""
        return not (self.moved or self.unclear or self.gone or self.joined or self.closed or self.new)


def point_of(view: ClusterView) -> Point:
    """Return the figures of a view."""
    return Point(
        at=view.as_of,
        is_whole=not missing(view.gaps) - BESIDE,
        by_runtime=view.by_runtime,
        exposed=sum(workload.pods.exposed for workload in view.at_risk),
        at_risk=len(view.at_risk),
        to_check=len(view.to_check),
        excepted=len(view.excepted),
    )


def detail_of(view: ClusterView) -> Detail:
    """Return the names of a view. Workloads of one full name in two API groups count as one.

    What is excepted is in it: to accept a finding closes none.
    """
    codes: dict[str, set[str]] = defaultdict(set)
    owners: dict[str, str | None] = {}
    for workload in view.with_findings:
        name = workload.key.full_name
        for finding in workload.findings:
            if finding.severity is not Severity.INFO:
                codes[name].add(finding.code)
        if name in codes:
            owners[name] = owners.get(name) or (workload.owner.name if workload.owner else None)
    return Detail(
        at=view.as_of,
        is_whole=not missing(view.gaps) - BESIDE,
        nodes={node.name: str(node.runtime) for node in view.nodes},
        findings={name: tuple(sorted(found)) for name, found in codes.items()},
        owners=owners,
    )


def changes(before: Detail, after: Detail) -> Changes:
    """Return what differs from the earlier of two reads to the later."""
    both = sorted(before.nodes.keys() & after.nodes.keys())
    moves = [NodeMove(name, before.nodes[name], after.nodes[name]) for name in both]
    moves = [move for move in moves if move.before != move.after]
    unclear = [move for move in moves if Runtime.UNKNOWN in (move.before, move.after)]
    return Changes(
        before=before.at,
        after=after.at,
        docker_before=before.on_docker,
        docker_after=after.on_docker,
        is_before_whole=before.is_whole,
        is_after_whole=after.is_whole,
        moved=tuple(move for move in moves if move not in unclear),
        unclear=tuple(unclear),
        gone=_only(before, after) if after.is_whole else (),
        joined=_only(after, before) if before.is_whole else (),
        closed=_lost(before, after) if after.is_whole else (),
        new=_lost(after, before) if before.is_whole else (),
    )


def _only(one: Detail, other: Detail) -> tuple[NodeSeen, ...]:
    return tuple(NodeSeen(name, one.nodes[name]) for name in sorted(one.nodes.keys() - other.nodes.keys()))


def _lost(one: Detail, other: Detail) -> tuple[Findings, ...]:
    """Return the findings of one read that the other does not have."""
    found = []
    for name in sorted(one.findings):
        codes = tuple(sorted(set(one.findings[name]) - set(other.findings.get(name, ()))))
        if codes:
            found.append(Findings(name, codes, one.owners.get(name)))
    return tuple(found)


def daily(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return one point for each UTC day that has any, oldest first: the last whole one, else the last."""
    return tuple(points[index] for index in _last_of_days(points))


def keep(points: Sequence[Point], now: datetime) -> tuple[int, ...]:
    """Return the indexes of the points to keep: all of the last 2 days, before them one a UTC day for 400 days.

    A day's point is its last whole one, else its last: what is thinned must not cost a forecast the only complete read
    of a day. Keeping twice keeps the same, and points from ahead of the clock are kept.
    """
    days = {index for index in _last_of_days(points) if points[index].at >= now - DAILY_KEPT}
    return tuple(index for index, point in enumerate(points) if index in days or point.at >= now - ALL_KEPT)


def _last_of_days(points: Sequence[Point]) -> tuple[int, ...]:
    last: dict[date, int] = {}
    for index in sorted(range(len(points)), key=lambda index: (points[index].at, index)):
        day = points[index].day
        if points[index].is_whole or day not in last or not points[last[day]].is_whole:
            last[day] = index
    return tuple(last[day] for day in sorted(last))
