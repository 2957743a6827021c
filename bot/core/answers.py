"""Answers as values: what is true, before anybody decides how it looks."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field

from bot.core.fixes import AgentVersion, Fix, Patch
from bot.core.milestones import MilestoneState
from bot.core.move_answers import MoveAnswer
from bot.core.node_history import NodePast, NodeRecord
from bot.core.people_answers import PeopleAnswer
from bot.core.questions import AtRisk, Export, Help, Manage, Nodes
from bot.core.runtimes import Runtime
from bot.core.seen import Seen
from bot.core.selections import is_dockershim_gone
from bot.core.topic_answers import (
    AgentEntry,
    ClarifyAnswer,
    CourtesyAnswer,
    FaqAnswer,
    GuideAnswer,
    GuideEntry,
    OutOfScopeAnswer,
)
from bot.core.view import NodeFact, Pool, Workload


class NamespaceCount(Struct, frozen=True):
    """At-risk and to-check workloads of one namespace."""

    namespace: str
    at_risk: int
    to_check: int


class StatusAnswer(Struct, frozen=True):
    """How far the cluster, a pool or a node is.

    Args:
        pool: the pool asked for, None for the whole cluster; the counts are then the pool's nodes only.
        nodes_known: False when the nodes could not be read at all.
        by_runtime: (runtime, nodes); by_minor: (kubelet minor or None, nodes); likely: nodes of by_runtime of which
            that is not certain.
        at_risk: workloads at risk, to_check: workloads to check, excepted: those in neither because of exceptions; each
            worst first.
        exposed, off_docker, exposure_unknown: pods of the at-risk workloads.
        next_milestone: the next date ahead that concerns the cluster.
        waiting_milestone: a removal already released that concerns it at the next upgrade.
        overdue_milestones: ends of support and own dates that are past and concern it still, the latest first.
    """

    seen: Seen
    version: str | None
    provider: str | None
    pool: str | None
    nodes_known: bool
    nodes: int
    by_runtime: tuple[tuple[str, int], ...]
    by_minor: tuple[tuple[str | None, int], ...]
    not_ready: tuple[str, ...]
    pools: tuple[Pool, ...]
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    exposed: int
    off_docker: int
    exposure_unknown: int
    worst_namespaces: tuple[NamespaceCount, ...]
    namespaces_at_risk: int
    next_milestone: MilestoneState | None
    waiting_milestone: MilestoneState | None
    likely: Mapping[Runtime, int] = field(default_factory=dict)
    overdue_milestones: tuple[MilestoneState, ...] = ()
    excepted: tuple[Workload, ...] = ()


class NamespaceState(Struct, frozen=True):
    """One namespace: what it has at risk, to check and excepted. ``is_seen``: whether the view has anything of it."""

    name: str
    is_seen: bool
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    excepted: tuple[Workload, ...] = ()


class HomeAnswer(Struct, frozen=True):
    """The status of the cluster, and the namespaces that somebody chose."""

    seen: Seen
    status: StatusAnswer
    namespaces: tuple[NamespaceState, ...]


class NodesAnswer(Struct, frozen=True):
    """The nodes that match the filters, those on Docker first.

    ``ahead``: the version asked for where no node has it yet and the calendar has its date, None where not.
    """

    seen: Seen
    asked: Nodes
    nodes_known: bool
    total: int
    nodes: tuple[NodeFact, ...]
    ahead: str | None = None


class AtRiskAnswer(Struct, frozen=True):
    """At-risk workloads, those to check and those excepted beside them, and how many more are only worth knowing.

    ``workloads`` counts all that were looked at; ``is_off_docker``: every node is known, and none runs Docker;
    ``asked``: the filters, where there were any beside the namespace. ``places``: channel or person by owner.
    ``excepted`` are, where a code is asked for, those whose findings of it are: of another they may be at risk.
    """

    seen: Seen
    namespace: str | None
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    info: tuple[Workload, ...]
    workloads: int
    is_off_docker: bool
    asked: AtRisk | None = None
    excepted: tuple[Workload, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)


class ExplainAnswer(Struct, frozen=True):
    """One workload, with every finding, and the nodes it is exposed on: (node, pods there) and (pool, nodes).

    ``agent``: what is known of the product that it is by its name; ``without_dockershim``: of the nodes with such pods,
    those on cri-dockerd, where it wants dockershim's socket, which nothing serves there. ``runtimes``: of the cluster's
    nodes. ``fixes`` and ``versions``: by the number of the finding; ``patch``: all of them that can be patched.
    ``place``: the channel or person its owner is mapped to.
    """

    seen: Seen
    workload: Workload
    exposed_nodes: tuple[tuple[str, int], ...]
    exposed_pools: tuple[tuple[str | None, int], ...]
    guides: tuple[GuideEntry, ...]
    agent: AgentEntry | None = None
    without_dockershim: tuple[str, ...] = ()
    runtimes: tuple[Runtime, ...] = ()
    fixes: Mapping[int, Fix] = field(default_factory=dict)
    versions: Mapping[int, AgentVersion] = field(default_factory=dict)
    patch: Patch | None = None
    place: str | None = None

    @property
    def is_dockershim_gone(self) -> bool:
        """Whether all that is at risk in it is about dockershim, and each of its nodes runs Docker without that."""
        return is_dockershim_gone(self.workload, self.without_dockershim)


class NodeAnswer(Struct, frozen=True):
    """One node, what it runs, and the at-risk workloads on it unless it is off Docker: (workload, pods there).

    ``excepted``: those that would be among them but for exceptions. ``past``: None where no history is kept.
    """

    seen: Seen
    node: NodeFact
    at_risk: tuple[tuple[Workload, int], ...]
    excepted: tuple[Workload, ...] = ()
    past: NodePast | None = None


class NodeGoneAnswer(Struct, frozen=True):
    """A node that was in the cluster and is not any more; ``record``: how it was before it left."""

    seen: Seen
    record: NodeRecord
    past: NodePast


class MilestonesAnswer(Struct, frozen=True):
    """The whole calendar.

    ``nodes_known``: whether entries could be compared with this cluster's nodes; ``is_whole``: with all of
    them, and every runtime is known; ``unread``: why there is no view, as ``told_key`` of the error and its values.
    """

    seen: Seen | None
    today: date
    nodes_known: bool
    is_whole: bool
    states: tuple[MilestoneState, ...]
    unread: tuple[str, Mapping[str, str | int]] | None = None


class ExportAnswer(Struct, frozen=True):
    """Everything of one kind, to be handed over as a file: workloads with findings, worst first, or all nodes."""

    seen: Seen
    asked: Export
    workloads: tuple[Workload, ...]
    nodes: tuple[NodeFact, ...]


class ManageAnswer(Struct, frozen=True):
    """What is changed in Slack only."""

    asked: Manage


class HelpAnswer(Struct, frozen=True):
    """What can be asked, after a word about what was not understood."""

    asked: Help


class NotFoundAnswer(Struct, frozen=True):
    """Nothing of that name was seen. ``what``: an entry ``not-found.<what>`` of the catalogue; ``near``: near names.

    ``again``: the command that asks the same of a near name; None: the usual one for ``what``.
    """

    seen: Seen | None
    what: str
    name: str
    near: tuple[str, ...]
    again: str | None = None


class AmbiguousAnswer(Struct, frozen=True):
    """Several things have that name: (full name to ask with), after the command ``again``."""

    seen: Seen
    name: str
    matches: tuple[str, ...]
    again: str = "explain"


Answer = (
    StatusAnswer
    | HomeAnswer
    | NodesAnswer
    | AtRiskAnswer
    | ExplainAnswer
    | NodeAnswer
    | NodeGoneAnswer
    | GuideAnswer
    | FaqAnswer
    | CourtesyAnswer
    | OutOfScopeAnswer
    | ClarifyAnswer
    | MilestonesAnswer
    | ExportAnswer
    | ManageAnswer
    | HelpAnswer
    | NotFoundAnswer
    | AmbiguousAnswer
    | MoveAnswer
    | PeopleAnswer
)
