"""Answers about who and when: owners, one milestone, how the cluster came to be as it is."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field

from bot.core.blind import Blind
from bot.core.forecast import Forecast
from bot.core.history import Changes, Point
from bot.core.milestones import MilestoneState
from bot.core.seen import Seen
from bot.core.view import Workload


class OwnerShare(Struct, frozen=True):
    """What one owner has left. ``owner``: None for the workloads that name none."""

    owner: str | None
    at_risk: tuple[Workload, ...]
    to_check: int


class OwnersAnswer(Struct, frozen=True):
    """Who has how much at risk, worst first, the unowned last; ``excepted``: what is counted for nobody.

    ``to_check``: all that a person must look at, beside what is at risk.

    ``places``: the channel or person that an owner is mapped to, by owner.
    """

    seen: Seen
    shares: tuple[OwnerShare, ...]
    at_risk: int
    excepted: tuple[Workload, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    to_check: tuple[Workload, ...] = ()

    @property
    def unowned(self) -> int:
        """Workloads at risk that name no owner."""
        return sum(len(share.at_risk) for share in self.shares if share.owner is None)


class OwnerAnswer(Struct, frozen=True):
    """Who owns what was asked for.

    Args:
        name: as asked; is_namespace: whether it is a namespace, and ``workloads`` are those in it.
        places: the channel or person that an owner is mapped to, by owner.
    """

    seen: Seen
    name: str
    is_namespace: bool
    workloads: tuple[Workload, ...]
    places: Mapping[str, str] = field(default_factory=dict)


class MilestoneAnswer(Struct, frozen=True):
    """One date of the calendar, or several of one version.

    Args:
        asked: the version asked for; None: the next date.
        states: what the calendar has for it, in order; empty when it has nothing.
        is_named: whether ``states`` only name the version asked for, which has no entry of its own.
        neighbours: versions of Kubernetes that the calendar has, for when it has nothing for the one asked.
        is_concerning: for the next date, whether it is one that concerns this cluster.
        nodes_known, is_whole, unread: as in MilestonesAnswer.
        kubelets: of each of ``states``, by its id, the kubelet minors of the nodes it concerns, the oldest first.
    """

    seen: Seen | None
    today: date
    asked: str | None
    states: tuple[MilestoneState, ...]
    is_named: bool
    neighbours: tuple[str, ...]
    is_concerning: bool
    nodes_known: bool
    is_whole: bool
    unread: tuple[str, Mapping[str, str | int]] | None = None
    kubelets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class HistoryAnswer(Struct, frozen=True):
    """What is true now, where how it came about was asked and cannot be told.

    Args:
        what: trend or changes.
        docker: nodes on Docker of ``nodes``; nodes_known: whether they could be read.
        since: a history is kept, but no read from before that; None: no history is kept.
        failure: why the history that is kept could not be read, as ``told_key`` of the error and its values.
        blind, unbroken: as of ChangesAnswer; nothing for a trend.
    """

    seen: Seen
    what: str
    nodes_known: bool
    nodes: int
    docker: int
    at_risk: int
    to_check: tuple[Workload, ...]
    since: datetime | None = None
    failure: tuple[str, Mapping[str, str | int]] | None = None
    excepted: tuple[Workload, ...] = ()
    blind: tuple[Blind, ...] = ()
    unbroken: datetime | None = None


class TrendAnswer(Struct, frozen=True):
    """How the share on Docker developed, and when none is left.

    Args:
        now: the figures of the view; nodes_known: whether its nodes could be read at all.
        before: the last complete read of 30 days ago or more, else the first there is; None: there is none to compare.
        points: one a UTC day, oldest first; what the view adds to them is among them.
        nodes: when no node is left on Docker; exposed: when no pod is exposed.
        next_milestone: the next date that concerns the cluster.
        marks: what of the calendar concerns the cluster, for a chart: short label, day.
        excepted: workloads that the figures of now leave out for exceptions; each earlier point has those of its time.
    """

    seen: Seen
    nodes_known: bool
    now: Point
    before: Point | None
    points: tuple[Point, ...]
    nodes: Forecast
    exposed: Forecast
    next_milestone: MilestoneState | None
    marks: tuple[tuple[str, date], ...]
    excepted: tuple[Workload, ...] = ()


class ChangesAnswer(Struct, frozen=True):
    """What differs between an earlier read and the view.

    Args:
        blind: when the cluster was not seen in the period asked for, and what changed meanwhile, the latest first.
        unbroken: since when it is watched without such a time; None where there is one, or nobody watches.
    """

    seen: Seen
    changes: Changes
    blind: tuple[Blind, ...] = ()
    unbroken: datetime | None = None


PeopleAnswer = OwnersAnswer | OwnerAnswer | MilestoneAnswer | HistoryAnswer | TrendAnswer | ChangesAnswer
