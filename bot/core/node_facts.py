"""From a node to what answers say of it, and from nodes to pools."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from bot.core.objects import Node
from bot.core.pools import PoolTable, pool_of, provider_of
from bot.core.runtimes import runtime_of
from bot.core.versions import parse
from bot.core.view import NodeFact, Pool, likely, ordered


def fact_of(node: Node, pools: PoolTable) -> tuple[NodeFact, str | None]:
    """Return a node as answers show it, and its provider, None where nothing tells."""
    provider = provider_of(node, pools)
    runtime, kubelet = runtime_of(node), parse(node.kubelet_version)
    fact = NodeFact(
        name=node.name,
        runtime=runtime.runtime,
        grade=runtime.grade,
        runtime_version=runtime.version,
        kubelet_version=node.kubelet_version,
        minor=kubelet.short if kubelet else None,
        pool=pool_of(node, provider, runtime.runtime, pools),
        is_ready=node.is_ready,
        is_unschedulable=node.is_unschedulable,
        os_image=node.os_image,
    )
    return fact, provider


def pools_of(nodes: Iterable[NodeFact]) -> tuple[Pool, ...]:
    """Return the pools of some nodes, those with most on Docker first."""
    by_pool: dict[str | None, list[NodeFact]] = defaultdict(list)
    for node in nodes:
        by_pool[node.pool].append(node)
    pools = [
        Pool(name, len(held), ordered(Counter(node.runtime for node in held)), likely(held))
        for name, held in by_pool.items()
    ]
    return tuple(sorted(pools, key=lambda pool: (-pool.on_docker, pool.name is None, pool.name or "")))
