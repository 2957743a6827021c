"""Answers about moving, as values: where things run, what a drain stops, how far one can go, what is safe."""

from collections.abc import Mapping

from msgspec import Struct, field

from bot.core.node_history import NodePast
from bot.core.questions import Count, NodeState, Safe
from bot.core.runtimes import Runtime
from bot.core.seen import Seen
from bot.core.upgrades import Judgement, Reach
from bot.core.versions import Version
from bot.core.view import NodeFact, Workload


class CountAnswer(Struct, frozen=True):
    """How many.

    Args:
        known: False when what is counted could not be read at all.
        is_whole: whether everything counted was read, so that a zero is a zero.
        n: the count; total: how many there are without the filters.
        split: (of what, how many), behind the count: runtimes of nodes, kinds of workloads, workloads of pods, ...;
            None stands for those without.
        names: the things counted, where they have names of their own.
        unsure: nodes of which nobody can tell whether they match; likely: of the nodes counted, by runtime, those
            whose runtime is not certain.
        ahead: as in NodesAnswer.
        excepted: of what counts risk, the workloads that would be in it but for exceptions; to_check: likewise those
            that a person must look at.
    """

    seen: Seen
    asked: Count
    known: bool
    is_whole: bool
    n: int
    total: int
    split: tuple[tuple[str | None, int], ...] = ()
    names: tuple[str, ...] = ()
    unsure: int = 0
    likely: Mapping[Runtime, int] = field(default_factory=dict)
    ahead: str | None = None
    excepted: tuple[Workload, ...] = ()
    to_check: tuple[Workload, ...] = ()


class WhereAnswer(Struct, frozen=True):
    """Where a workload's pods run.

    Args:
        nodes: (node, pods there), most pods first; (runtime or None where the node was not seen, nodes) and
            (pool, nodes) of these nodes.
        unplaced: pods without a node.
        is_dockershim_gone: it wants nothing of Docker but dockershim, which none of its nodes has any more.
    """

    seen: Seen
    workload: Workload
    nodes: tuple[tuple[str, int], ...]
    runtimes: tuple[tuple[Runtime | None, int], ...]
    pools: tuple[tuple[str | None, int], ...]
    unplaced: int
    is_dockershim_gone: bool = False


class DrainAnswer(Struct, frozen=True):
    """What on a node depends on Docker, and what a drain of it would do. Each entry is (workload, pods on the node).

    Args:
        at_risk: workloads with at-risk pods there, worst first; to_check: workloads to check; excepted: those in
            neither because of exceptions.
        lost: bare pods, which nothing makes again; stopped: workloads with all their running pods there.
        moved: every other workload whose pods are made again elsewhere.
        staying: DaemonSets and static pods, which a drain leaves where they are.
        emptied: of those evicted, the pods with an emptyDir, whose data goes with them. kubectl refuses them without
            ``--delete-emptydir-data`` (kubernetes.io "kubectl drain", read 2026-11-28).
        docker_elsewhere, off_docker_elsewhere, unknown_elsewhere: other nodes that are Ready and take pods.
    """

    seen: Seen
    node: NodeFact
    at_risk: tuple[tuple[Workload, int], ...]
    to_check: tuple[tuple[Workload, int], ...]
    lost: tuple[tuple[Workload, int], ...]
    stopped: tuple[tuple[Workload, int], ...]
    moved: tuple[tuple[Workload, int], ...]
    staying: tuple[tuple[Workload, int], ...]
    emptied: tuple[tuple[Workload, int], ...]
    docker_elsewhere: int
    off_docker_elsewhere: int
    unknown_elsewhere: int
    excepted: tuple[Workload, ...] = ()


class NodeStateAnswer(Struct, frozen=True):
    """How a node is. ``pods``: those on it that are not finished; at_risk: workloads with at-risk pods there.

    ``excepted``: those that would be among them but for exceptions. ``past``: None where no history is kept.
    """

    seen: Seen
    asked: NodeState
    node: NodeFact
    pods: int
    at_risk: tuple[tuple[Workload, int], ...]
    excepted: tuple[Workload, ...] = ()
    past: NodePast | None = None


class ServerVersionAnswer(Struct, frozen=True):
    """Which version the API server is, and what its kubelets are.

    Args:
        version: as the API server says it; None where it is unknown.
        is_dump: whether that is because a dump holds none.
        by_minor: (kubelet minor or None, nodes), the oldest first.
        newer, too_old: names of nodes whose kubelet is newer than the API server, or too old for it.
    """

    seen: Seen
    version: str | None
    is_dump: bool
    nodes_known: bool
    by_minor: tuple[tuple[str | None, int], ...]
    newer: tuple[str, ...]
    too_old: tuple[str, ...]


class Share(Struct, frozen=True):
    """Of the nodes of a pool or of all: how many are off Docker, on it, and of how many nobody can tell."""

    name: str | None
    off: int
    docker: int
    unknown: int

    @property
    def total(self) -> int:
        """All nodes."""
        return self.off + self.docker + self.unknown

    @property
    def percent(self) -> int:
        """The share known to be off Docker, rounded down: 100 only when every node is. No nodes: 0."""
        return 100 * self.off // self.total if self.total else 0


class ProgressAnswer(Struct, frozen=True):
    """Which share of the nodes has left Docker. ``pool`` None: of all; ``pools`` is then every pool, worst first."""

    seen: Seen
    pool: str | None
    nodes_known: bool
    share: Share
    pools: tuple[Share, ...]
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    excepted: tuple[Workload, ...] = ()


class UpgradeAnswer(Struct, frozen=True):
    """Whether the cluster can go to a version.

    Args:
        asked: the version as asked for; problem: why it is not judged: ``nonsense`` (no version of Kubernetes) or
            ``future`` (newer than anything known).
        server: the API server's version, None where it is unknown.
        days_left: days until the version is planned to be out, None where it is.
    """

    seen: Seen
    asked: str
    problem: str | None
    server: str | None
    nodes_known: bool
    judgement: Judgement | None
    newest: Version
    days_left: int | None = None


class ReachAnswer(Struct, frozen=True):
    """The highest version the cluster can go to now; ``newest`` is the newest that is out."""

    seen: Seen
    server: str | None
    nodes_known: bool
    reach: Reach
    newest: Version


class SafeAnswer(Struct, frozen=True):
    """Whether something is safe to move off Docker, as far as specs show.

    Args:
        what: ``cluster`` or an entry of SAFE_OF; name: its full name, None for the cluster.
        others: what else goes by that name.
        workloads: how many were looked at; of a pool or node those with pods there.
        docker, unknown, nodes: nodes on Docker, of an unknown runtime and in all, of the cluster, pool or node;
            of anything else those it has pods on.
        places: the channel or person that an owner is mapped to, by owner.
        is_dockershim_gone: as in WhereAnswer, of a workload.
    """

    seen: Seen
    asked: Safe
    what: str
    name: str | None
    others: tuple[str, ...]
    nodes_known: bool
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    workloads: int
    docker: int
    unknown: int
    nodes: int
    excepted: tuple[Workload, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    is_dockershim_gone: bool = False


MoveAnswer = (
    CountAnswer
    | WhereAnswer
    | DrainAnswer
    | NodeStateAnswer
    | ServerVersionAnswer
    | ProgressAnswer
    | UpgradeAnswer
    | ReachAnswer
    | SafeAnswer
)
