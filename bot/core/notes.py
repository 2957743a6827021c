"""What of the live cluster belongs below a topic: which nodes, pools and workloads it is about. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from bot.core.rules import RULES
from bot.core.runtimes import Grade, Runtime
from bot.core.selections import by_minor
from bot.core.snapshot import is_whole
from bot.core.versions import Version, parse
from bot.core.view import ClusterView, NodeFact, Pool, Workload


class NodesNote(Struct, frozen=True):
    """Which nodes are of a kind.

    Args:
        kind: an entry of NODE_NOTES.
        is_whole: whether all nodes were read; is_known: whether any could be.
        unknown: nodes of which nobody can tell whether they are of that kind.
        pools: (pool or None, nodes of that kind, all its nodes), most first; only pools with such nodes.
        likely: of the nodes of that kind, those of which that is not certain: of a node that is Docker for certain, it
            may be through which adapter.
    """

    kind: str
    is_known: bool
    is_whole: bool
    n: int
    total: int
    unknown: int
    pools: tuple[tuple[str | None, int, int], ...]
    likely: int = 0


class PoolsNote(Struct, frozen=True):
    """The pools whose name, or the name of one of whose nodes, says ``gpu``: nothing else of them is known."""

    kind: str
    is_known: bool
    is_whole: bool
    pools: tuple[Pool, ...]


class WorkloadsNote(Struct, frozen=True):
    """The workloads with a finding (``code``), those that are a product (``agent``), or those at risk (``at-risk``).

    ``excepted``: those that would be at risk or to check but for exceptions; of ``at-risk`` only.
    """

    kind: str
    is_whole: bool
    workloads: tuple[Workload, ...]
    code: str | None = None
    excepted: tuple[Workload, ...] = ()


class FactNote(Struct, frozen=True):
    """One fact of the cluster.

    Args:
        kind: ``kubelets``, ``server-version`` or ``provider``.
        value: the version, or the provider's id and in answers its name; None where it is not known.
        counts: kubelet minor or None, and how many nodes have it, the oldest first.
    """

    kind: str
    value: str | None = None
    counts: tuple[tuple[str | None, int], ...] = ()


Note = NodesNote | PoolsNote | WorkloadsNote | FactNote

_GPU = "gpu"
_WINDOWS = "windows"
_CONTAINERD_2 = Version(2, 0)
_CODE = "code:"
_CODES = frozenset(rule.code for rule in RULES)


def _is_containerd_1(node: NodeFact) -> bool | None:
    if node.runtime is not Runtime.CONTAINERD:
        return _is(Runtime.CONTAINERD)(node)
    version = parse(node.runtime_version)
    return None if version is None else version < _CONTAINERD_2


def _is(*runtimes: Runtime) -> Callable[[NodeFact], bool | None]:
    return lambda node: None if node.runtime is Runtime.UNKNOWN else node.runtime in runtimes


#: Whether a node is of a kind, None where nobody can tell.
NODE_NOTES: Mapping[str, Callable[[NodeFact], bool | None]] = {
    "dockershim-nodes": _is(Runtime.DOCKERSHIM),
    "cri-dockerd-nodes": _is(Runtime.CRI_DOCKERD),
    "docker-nodes": _is(Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD),
    "containerd-1-nodes": _is_containerd_1,
    "crio-nodes": _is(Runtime.CRI_O),
    "windows-nodes": lambda node: _WINDOWS in node.os_image.lower() if node.os_image else None,
    "notready-nodes": lambda node: None if node.is_ready is None else not node.is_ready,
}

#: Notes about one of the two ways to Docker: only these may be wrong where a node's grade is not certain.
_OF_ONE_ADAPTER = ("dockershim-nodes", "cri-dockerd-nodes")

_OTHERS = ("gpu-pools", "kubelets", "server-version", "at-risk", "provider", "agent")


def is_note(name: str) -> bool:
    """Whether a topic may ask for that part of the cluster: an entry of NODE_NOTES, one of the others, ``code:…``."""
    return name in NODE_NOTES or name in _OTHERS or name.startswith(_CODE)


def note_of(name: str, view: ClusterView, agent: Callable[[str], bool]) -> Note | None:
    """Return what a cluster has of a part that `is_note` takes; None for a rule code that nothing looks for.

    Args:
        agent: whether a workload's name says that it is the product the topic is about.
    """
    whole = is_whole(view.gaps, "nodes")
    if name in NODE_NOTES:
        return _nodes(name, view)
    if name == "gpu-pools":
        return PoolsNote(name, view.nodes_known, whole, tuple(pool for pool in view.pools if _is_gpu(pool, view.nodes)))
    if name == "kubelets":
        return FactNote(name, counts=by_minor(view.nodes))
    if name in ("server-version", "provider"):
        return FactNote(name, view.version if name == "server-version" else view.provider)
    if name == "at-risk":
        return WorkloadsNote(name, view.is_complete, view.at_risk, excepted=view.excepted)
    if name == "agent":
        return WorkloadsNote(name, view.is_complete, tuple(w for w in view.workloads if agent(w.key.name)))
    code = name.removeprefix(_CODE)
    if code not in _CODES:
        return None
    return WorkloadsNote("code", view.is_complete, with_code(view.workloads, code), code)


def with_code(workloads: Sequence[Workload], code: str) -> tuple[Workload, ...]:
    """Return the workloads that have a finding of a rule, in their order."""
    return tuple(w for w in workloads if any(finding.code == code for finding in w.findings))


def _nodes(name: str, view: ClusterView) -> NodesNote:
    judged = [(node, NODE_NOTES[name](node)) for node in view.nodes]
    found = Counter(node.pool for node, verdict in judged if verdict)
    totals = {pool.name: pool.total for pool in view.pools}
    pools = sorted(found.items(), key=lambda item: (-item[1], item[0] or ""))
    return NodesNote(
        kind=name,
        is_known=view.nodes_known,
        is_whole=is_whole(view.gaps, "nodes"),
        n=sum(found.values()),
        total=len(view.nodes),
        unknown=sum(verdict is None for _, verdict in judged),
        pools=tuple((pool, n, totals.get(pool, n)) for pool, n in pools),
        likely=sum(verdict is True and node.grade is not Grade.CERTAIN for node, verdict in judged)
        if name in _OF_ONE_ADAPTER
        else 0,
    )


def _is_gpu(pool: Pool, nodes: Sequence[NodeFact]) -> bool:
    names = [node.name for node in nodes if node.pool == pool.name]
    if pool.name is None:  # nodes without a pool are no group: one of them says nothing of the others
        return bool(names) and all(_GPU in name.lower() for name in names)
    return _GPU in pool.name.lower() or any(_GPU in name.lower() for name in names)
