"""What of a view a question means: which nodes, which workloads, how many pods. Pure; gives nobody an answer."""

from collections import Counter
from collections.abc import Collection, Iterable

from bot.core.failing import needed
from bot.core.questions import Nodes
from bot.core.runtimes import Runtime
from bot.core.snapshot import is_whole
from bot.core.targets import near
from bot.core.versions import Version, parse
from bot.core.view import ClusterView, NodeFact, Workload


def near_pools_and_nodes(view: ClusterView, name: str) -> tuple[str, ...]:
    """Return names of pools and nodes that resemble a name."""
    pools = [pool.name for pool in view.pools if pool.name is not None]
    return near(name, (*pools, *(node.name for node in view.nodes)))


def running_on(workloads: Iterable[Workload], nodes: set[str]) -> tuple[Workload, ...]:
    """Return the workloads with a pod on any of the nodes."""
    return tuple(workload for workload in workloads if not nodes.isdisjoint(workload.nodes))


def pod_sums(
    view: ClusterView, at_risk: tuple[Workload, ...], nodes: tuple[NodeFact, ...], pool: str | None
) -> tuple[int, int, int]:
    """Return (exposed, off Docker, unknown) at-risk pods, of the whole cluster or on a pool's nodes."""
    if pool is None:
        return (
            sum(workload.pods.exposed for workload in at_risk),
            sum(workload.pods.off_docker for workload in at_risk),
            sum(workload.pods.exposure_unknown for workload in at_risk),
        )
    on_node = Counter[str]()
    for workload in at_risk:
        on_node.update(workload.nodes)
    exposed = sum(on_node[node.name] for node in nodes if node.runtime.is_docker)
    unknown = sum(on_node[node.name] for node in nodes if node.runtime is Runtime.UNKNOWN)
    return exposed, sum(on_node[node.name] for node in nodes) - exposed - unknown, unknown


def by_minor(nodes: Iterable[NodeFact]) -> tuple[tuple[str | None, int], ...]:
    """Return (kubelet minor or None, nodes), the oldest first."""
    counts = Counter(node.minor for node in nodes)
    return tuple(sorted(counts.items(), key=lambda item: parse(item[0] or "") or Version(0, 0)))


def minors_of(view: ClusterView, names: Iterable[str]) -> tuple[str, ...]:
    """Return the kubelet minors of some nodes, the oldest first; those that cannot be read are left out."""
    wanted = set(names)
    minors = by_minor(node for node in view.nodes if node.name in wanted)
    return tuple(minor for minor, _ in minors if minor is not None)


def matches(node: NodeFact, question: Nodes) -> bool:
    """Whether a node passes every filter of a question."""
    version = node.kubelet_version.removeprefix("v")
    return (
        (not question.runtimes or node.runtime in question.runtimes)
        and question.pool in (None, node.pool)
        and question.name in (None, node.name)
        and question.ready in (None, node.is_ready is True)
        and question.cordoned in (None, node.is_unschedulable)
        and (question.version is None or version == question.version or _starts(version, question.version))
    )


def _starts(version: str, wanted: str) -> bool:
    """Whether a version continues the wanted one at a boundary: 1.2 is not the beginning of 1.20."""
    return version.startswith(wanted) and not version[len(wanted)].isdigit()


def exposed_on(
    view: ClusterView, workload: Workload
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str | None, int], ...]]:
    """Return the nodes a workload is exposed on, most pods first, and how many of each pool they are."""
    if not workload.has_risk:
        return (), ()
    docker = {node.name: node.pool for node in view.nodes if node.runtime.is_docker}
    exposed = [(name, count) for name, count in workload.nodes.items() if name in docker]
    pools = Counter(docker[name] for name, _ in exposed)
    return (
        tuple(sorted(exposed, key=lambda item: (-item[1], item[0]))),
        tuple(sorted(pools.items(), key=lambda item: (-item[1], item[0] or ""))),
    )


def without_dockershim(view: ClusterView, workload: Workload) -> tuple[str, ...]:
    """Return the nodes of a workload that wants dockershim's socket on which Docker runs, but dockershim does not."""
    if not workload.needs_dockershim:
        return ()
    return tuple(n.name for n in view.nodes if n.runtime is Runtime.CRI_DOCKERD and n.name in workload.nodes)


def is_dockershim_gone(workload: Workload, without: Collection[str]) -> bool:
    """Whether all that is at risk in a workload is about dockershim, and each of its nodes runs Docker without that.

    Args:
        without: what `without_dockershim` returned.
    """
    risks = [finding for finding in workload.findings if finding.severity.is_at_risk]
    is_all = all(needed(finding.reason) is Runtime.DOCKERSHIM for finding in risks)
    return is_all and 0 < len(without) == len(workload.nodes)


def is_off_docker(view: ClusterView) -> bool:
    """Whether every node is known, and none of them runs Docker."""
    off = all(not node.runtime.is_docker and node.runtime is not Runtime.UNKNOWN for node in view.nodes)
    return off and is_whole(view.gaps, "nodes")
