"""Questions about moving: where, drain, a node, progress. Upgrades, safety and counts have their own modules."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.core.answers import AmbiguousAnswer, Answer, NotFoundAnswer
from bot.core.move_answers import DrainAnswer, NodeStateAnswer, ProgressAnswer, Share, WhereAnswer
from bot.core.questions import Count, Drain, NodeState, Progress, Safe, ServerVersion, Upgrade, Where
from bot.core.runtimes import Runtime
from bot.core.selections import is_dockershim_gone, near_pools_and_nodes, running_on, without_dockershim
from bot.core.targets import find, find_node, full_names, near, near_targets
from bot.core.view import ClusterView, NodeFact, Workload
from bot.service.context import Context
from bot.service.counts import count
from bot.service.node_past import gone, past_of
from bot.service.safety import safe
from bot.service.upgrading import server_version, upgrade


def _where(question: Where, context: Context) -> Answer:
    view = context.view()
    workloads, nodes = find(view, question.target)
    if len(workloads) > 1:
        return AmbiguousAnswer(context.seen(view), question.target, full_names(workloads), "where")
    if workloads:
        return _where_is(workloads[0], view, context)
    if nodes:
        return _state_of(NodeState(nodes[0].name), nodes[0], view, context)
    near_names = near_targets(view, question.target)
    return NotFoundAnswer(context.seen(view), "target", question.target, near_names, "where")


def _where_is(workload: Workload, view: ClusterView, context: Context) -> WhereAnswer:
    facts = {node.name: node for node in view.nodes if node.name in workload.placed}
    runtimes = Counter(facts[name].runtime if name in facts else None for name in workload.placed)
    pools = Counter(node.pool for node in facts.values())
    order = [*Runtime, None]
    return WhereAnswer(
        seen=context.seen(view),
        workload=workload,
        nodes=tuple(sorted(workload.placed.items(), key=lambda item: (-item[1], item[0]))),
        runtimes=tuple((runtime, runtimes[runtime]) for runtime in order if runtimes[runtime]),
        pools=tuple(sorted(pools.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))),
        unplaced=workload.pods.total - sum(workload.placed.values()),
        is_dockershim_gone=is_dockershim_gone(workload, without_dockershim(view, workload)),
    )


def _drain(question: Drain, context: Context) -> Answer:
    view = context.view()
    node = _named(view, question.node)
    if node is None:
        return _no_node(question.node, view, context, "drain")
    name = node.name
    there = [(workload, workload.placed[name]) for workload in view.workloads if name in workload.placed]
    fates: dict[str, list[tuple[Workload, int]]] = defaultdict(list)
    for workload, pods in there:
        fates[_fate(workload, pods)].append((workload, pods))
    evicted = (workload for fate in ("lost", "stopped", "moved") for workload, _ in fates[fate])
    others = Counter(_side(other.runtime) for other in view.nodes if other.name != name and _takes_pods(other))
    return DrainAnswer(
        seen=context.seen(view),
        node=node,
        at_risk=_on(view.at_risk, name),
        to_check=_on(view.to_check, name),
        lost=tuple(fates["lost"]),
        stopped=tuple(fates["stopped"]),
        moved=tuple(fates["moved"]),
        staying=tuple(fates["staying"]),
        emptied=tuple((w, w.with_empty_dir[name]) for w in evicted if name in w.with_empty_dir),
        docker_elsewhere=others["docker"],
        off_docker_elsewhere=others["off"],
        unknown_elsewhere=others["unknown"],
        excepted=running_on(view.excepted, {name}),
    )


def _fate(workload: Workload, pods: int) -> str:
    """Return what a drain does to a workload with that many pods on the node: an entry list of DrainAnswer."""
    if workload.key.kind == "DaemonSet" or workload.is_static:
        return "staying"
    if workload.key.kind == "Pod":
        return "lost"
    return "stopped" if pods == sum(workload.placed.values()) else "moved"


def _node(question: NodeState, context: Context) -> Answer:
    view = context.view()
    node = _named(view, question.name)
    if node is None:
        return gone(question.name, view, context) or _no_node(question.name, view, context, "node-state")
    return _state_of(question, node, view, context)


def _state_of(question: NodeState, node: NodeFact, view: ClusterView, context: Context) -> NodeStateAnswer:
    pods = sum(workload.placed.get(node.name, 0) for workload in view.workloads)
    at_risk, excepted = _on(view.at_risk, node.name), running_on(view.excepted, {node.name})
    past = past_of(node.name, view, context)
    return NodeStateAnswer(context.seen(view), question, node, pods, at_risk, excepted, past)


def _progress(question: Progress, context: Context) -> Answer:
    view = context.view()
    target = question.target
    if target is None:
        pools = tuple(_share(pool.name, pool.by_runtime) for pool in view.pools)
        share = _share(None, view.by_runtime)
        left = view.at_risk, view.to_check, view.excepted
        return ProgressAnswer(context.seen(view), None, view.nodes_known, share, pools, *left)
    pool = next((name for name in (target, target.lower()) if any(node.pool == name for node in view.nodes)), None)
    if pool is None:
        if node := _named(view, target):
            return _state_of(NodeState(node.name, "runtime"), node, view, context)
        names = near_pools_and_nodes(view, target)
        return NotFoundAnswer(context.seen(view), "status-target", target, names, "progress")
    nodes = [node for node in view.nodes if node.pool == pool]
    inside = {node.name for node in nodes}
    at_risk, to_check, excepted = (running_on(some, inside) for some in (view.at_risk, view.to_check, view.excepted))
    share = _share(pool, Counter(node.runtime for node in nodes))
    return ProgressAnswer(context.seen(view), pool, view.nodes_known, share, (), at_risk, to_check, excepted)


def _share(name: str | None, by_runtime: Mapping[Runtime, int]) -> Share:
    sides = Counter[str]()
    for runtime, nodes in by_runtime.items():
        sides[_side(runtime)] += nodes
    return Share(name, sides["off"], sides["docker"], sides["unknown"])


def _side(runtime: Runtime) -> str:
    if runtime is Runtime.UNKNOWN:
        return "unknown"
    return "docker" if runtime.is_docker else "off"


def _takes_pods(node: NodeFact) -> bool:
    return node.is_ready is True and not node.is_unschedulable


def _on(workloads: Iterable[Workload], node: str) -> tuple[tuple[Workload, int], ...]:
    return tuple((workload, workload.nodes[node]) for workload in workloads if node in workload.nodes)


def _named(view: ClusterView, name: str) -> NodeFact | None:
    """Return the node of a name, also written ``node/NAME`` or with a capital, as phones begin a word."""
    name = name.strip()
    plain = name.partition("/")[2] if name.lower().startswith("node/") else name
    return find_node(view, name) or find_node(view, plain) or find_node(view, plain.lower())


def _no_node(name: str, view: ClusterView, context: Context, again: str) -> NotFoundAnswer:
    names = near(name, (node.name for node in view.nodes))
    return NotFoundAnswer(context.seen(view), "node", name, names, again)


#: Question to its answer; raises BotError where it needs a view and there is none.
MOVES: Mapping[type, Callable[[Any, Context], Answer]] = {
    Count: count,
    Where: _where,
    Drain: _drain,
    NodeState: _node,
    ServerVersion: server_version,
    Progress: _progress,
    Upgrade: upgrade,
    Safe: safe,
}
