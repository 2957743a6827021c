"""How many: nodes, pools, namespaces, workloads, pods, what is at risk, and owners, by any filter."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.core.answers import Answer, NotFoundAnswer
from bot.core.milestones import ahead
from bot.core.move_answers import CountAnswer
from bot.core.questions import Count, Nodes
from bot.core.runtimes import Runtime
from bot.core.selections import matches, near_pools_and_nodes
from bot.core.snapshot import is_whole
from bot.core.targets import near
from bot.core.view import ClusterView, NodeFact, Workload, likely
from bot.service.context import Context
from bot.service.safety import UNOWNED, owners

#: What counts risk, and so leaves out what is to check or excepted, and names it; pods and workloads count all.
_OF_RISK = ("at-risk", "exposed", "owners", "namespaces")


def count(question: Count, context: Context) -> Answer:
    """Return the count, and what is behind it."""
    view = context.view()
    missing = _missing(question, view, context)
    if missing is not None:
        return missing
    counted = _counted(question, view, context)
    if question.what in _OF_RISK:
        inside = _inside(question, view)
        excepted = tuple(workload for workload in inside if workload.is_excepted)
        to_check = tuple(workload for workload in inside if workload.is_to_check)
        counted = replace(counted, excepted=excepted, to_check=to_check)
    if counted.n:
        return counted
    return replace(counted, ahead=ahead(context.calendar(), question.version, view.nodes, view.version))


def _counted(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    if question.what == "nodes":
        return _nodes(question, view, context)
    if question.what == "pools":
        return _pools(question, view, context)
    if question.what == "namespaces":
        return _namespaces(question, view, context)
    if question.what == "owners":
        return _owners(question, view, context)
    if question.what in ("pods", "exposed"):
        return _pods(question, view, context)
    return _workloads(question, view, context)


def _missing(question: Count, view: ClusterView, context: Context) -> NotFoundAnswer | None:
    """Return what is said of a filter that names nothing there is."""
    seen = context.seen(view)
    if question.pool is not None and view.nodes_known and not any(node.pool == question.pool for node in view.nodes):
        return NotFoundAnswer(seen, "filter", question.pool, near_pools_and_nodes(view, question.pool))
    if question.namespace is not None and question.namespace not in view.namespaces:
        return NotFoundAnswer(seen, "namespace", question.namespace, near(question.namespace, view.namespaces))
    known = owners(view)
    if question.owner is not None and question.owner not in (*known, UNOWNED):
        return NotFoundAnswer(seen, "owner", question.owner, near(question.owner, known), "pods owner=")
    return None


def _nodes(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    found = _matching(question, view)
    split = Counter[str | None](str(node.runtime) for node in found)
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=bool(view.nodes) or is_whole(view.gaps, "nodes"),
        is_whole=is_whole(view.gaps, "nodes"),
        n=len(found),
        total=len(view.nodes),
        split=tuple((str(runtime), split[str(runtime)]) for runtime in Runtime if split[str(runtime)]),
        names=tuple(node.name for node in found),
        unsure=_unsure(question, view),
        likely=likely(found),
    )


def _pools(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    found = _matching(question, view)
    inside = Counter(node.pool for node in found if node.pool is not None)
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=bool(view.nodes) or is_whole(view.gaps, "nodes"),
        is_whole=is_whole(view.gaps, "nodes"),
        n=len(inside),
        total=sum(pool.name is not None for pool in view.pools),
        split=_most_first(inside),
        names=tuple(sorted(inside)),
        unsure=_unsure(question, view),
    )


def _namespaces(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    at_risk = Counter(workload.key.namespace for workload in view.at_risk)
    names = view.namespaces
    if _is_filtered(question) or question.owner is not None:
        names = tuple(sorted({workload.key.namespace for workload in _inside(question, view)}))
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=bool(view.namespaces) or is_whole(view.gaps, "namespaces"),
        is_whole=is_whole(view.gaps, "namespaces"),
        n=len(names),
        total=len(view.namespaces),
        split=_most_first({name: at_risk[name] for name in names if at_risk[name]}),
        names=names,
    )


def _owners(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    found = [workload for workload in _inside(question, view) if workload.is_at_risk]
    split = Counter[str | None](workload.owner.name if workload.owner else None for workload in found)
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=True,
        is_whole=not view.gaps,
        n=sum(name is not None for name in split),
        total=len(found),
        split=tuple(sorted(_most_first(split), key=lambda item: item[0] is None)),
    )


def _workloads(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    found = [w for w in _inside(question, view) if question.what == "workloads" or w.is_at_risk]
    kinds = Counter[str | None]()
    for workload in found:
        kinds[workload.key.kind if question.what == "workloads" else workload.key.namespace] += 1
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=True,
        is_whole=not view.gaps,
        n=len(found),
        total=len(view.workloads),
        split=_most_first(kinds),
        names=tuple(workload.key.full_name for workload in found),
    )


def _pods(question: Count, view: ClusterView, context: Context) -> CountAnswer:
    """Count pods that are not finished, by namespace, or by workload inside one."""
    on = {node.name for node in _matching(question, view)} if _is_filtered(question) else None
    docker = {node.name for node in view.nodes if node.runtime.is_docker}
    split = Counter[str | None]()
    for workload in _inside(question, view):
        if question.what == "exposed":
            pods = _on(workload.nodes, docker if on is None else docker & on) if workload.is_at_risk else 0
        else:
            pods = workload.pods.total if on is None else _on(workload.placed, on)
        is_named = question.what == "exposed" or question.namespace is not None
        split[workload.key.full_name if is_named else workload.key.namespace] += pods
    needed = ("pods", "nodes") if on is not None or question.what == "exposed" else ("pods",)
    return CountAnswer(
        seen=context.seen(view),
        asked=question,
        known=any(w.pods.total for w in view.workloads) or is_whole(view.gaps, "pods", question.namespace),
        is_whole=all(is_whole(view.gaps, kind, question.namespace) for kind in needed),
        n=split.total(),
        total=sum(workload.pods.total for workload in view.workloads),
        split=_most_first(split),
        unsure=sum(w.pods.exposure_unknown for w in view.at_risk) if question.what == "exposed" and on is None else 0,
    )


def _inside(question: Count, view: ClusterView) -> list[Workload]:
    """Return the workloads of the namespace and owner, with pods on the nodes, that are asked for."""
    on = {node.name for node in _matching(question, view)} if _is_filtered(question) else None
    return [
        workload
        for workload in view.workloads
        if question.namespace in (None, workload.key.namespace)
        and question.owner in (None, workload.owner.name if workload.owner else UNOWNED)
        and (on is None or not on.isdisjoint(workload.placed))
    ]


def _matching(question: Count, view: ClusterView) -> list[NodeFact]:
    wanted = _nodes_of(question, question.runtimes)
    return [node for node in view.nodes if matches(node, wanted)]


def _nodes_of(question: Count, runtimes: tuple[Runtime, ...]) -> Nodes:
    """Return the filters of a count as those of nodes of some runtimes."""
    return Nodes(runtimes, question.pool, question.version, None, question.ready, question.cordoned)


def _is_filtered(question: Count) -> bool:
    return _nodes_of(question, question.runtimes) != Nodes()


def _unsure(question: Count, view: ClusterView) -> int:
    """Return how many nodes of an unknown runtime might be among those of a runtime asked for."""
    if not question.runtimes or Runtime.UNKNOWN in question.runtimes:
        return 0
    wanted = _nodes_of(question, (Runtime.UNKNOWN,))
    return sum(matches(node, wanted) for node in view.nodes)


def _on(placed: Mapping[str, int], nodes: set[str]) -> int:
    return sum(number for name, number in placed.items() if name in nodes)


def _most_first(counts: Mapping[Any, int]) -> tuple[tuple[str | None, int], ...]:
    known = [(name, number) for name, number in counts.items() if number]
    return tuple(sorted(known, key=lambda item: (-item[1], item[0] is None, item[0] or "")))
