"""Answers about who and when: owners, one milestone, and what no history is kept for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.core.milestones import MilestoneState
from bot.core.seen import Seen
from bot.core.view import Workload


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """What one owner has left. ``owner``: None for the workloads that name none."""

    owner: str | None
    at_risk: tuple[Workload, ...]
    to_check: int


@dataclass(frozen=True, slots=True)
class OwnersAnswer:
    """Who has how much at risk, worst first, the unowned last."""

    seen: Seen
    shares: tuple[OwnerShare, ...]
    at_risk: int

    @property
    def unowned(self) -> int:
        """Workloads at risk that name no owner."""
        return sum(len(share.at_risk) for share in self.shares if share.owner is None)


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """Who owns what was asked for.

    Args:
        name: as asked; is_namespace: whether it is a namespace, and ``workloads`` are those in it.
    """

    seen: Seen
    name: str
    is_namespace: bool
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class MilestoneAnswer:
    """One date of the calendar, or several of one version.

    Args:
        asked: the version asked for; None: the next date.
        states: what the calendar has for it, in order; empty when it has nothing.
        is_named: whether ``states`` only name the version asked for, which has no entry of its own.
        neighbours: versions that the calendar has, for when it has nothing for the one asked.
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


@dataclass(frozen=True, slots=True)
class HistoryAnswer:
    """What is true now, where how it came about was asked: no history is kept.

    Args:
        what: trend or changes.
        docker: nodes on Docker of ``nodes``; nodes_known: whether they could be read.
    """

    seen: Seen
    what: str
    nodes_known: bool
    nodes: int
    docker: int
    at_risk: int
    to_check: tuple[Workload, ...]


PeopleAnswer = OwnersAnswer | OwnerAnswer | MilestoneAnswer | HistoryAnswer
