"""Whether something is safe to move off Docker: the cluster, a namespace, a workload, a pool, a node, an owner's."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.answers import AmbiguousAnswer, Answer, NotFoundAnswer
from bot.core.move_answers import SafeAnswer
from bot.core.questions import SAFE_OF, Safe
from bot.core.runtimes import Runtime
from bot.core.selections import is_dockershim_gone, without_dockershim
from bot.core.targets import find, full_names, near, near_targets
from bot.core.view import ClusterView, NodeFact, Workload
from bot.service.context import Context

#: What stands for the workloads without an owner.
UNOWNED = "unowned"

#: What to say is not there, by what was asked for.
_NOT_FOUND = {"namespace": "namespace", "workload": "target", "pool": "status-target", "node": "node"}


@dataclass(frozen=True, slots=True)
class _Found:
    """What goes by a name: its full name, and the workloads that it is; of a pool or node also its nodes."""

    name: str
    workloads: tuple[Workload, ...]
    nodes: tuple[NodeFact, ...] | None = None


def safe(question: Safe, context: Context) -> Answer:
    """Return whether the target, or the whole cluster, is safe to move, as far as specs show."""
    view = context.view()
    if question.target is None:
        everything = _Found("", view.workloads, view.nodes)
        return _answer(question, "cluster", everything, (), view, context)
    whats = (question.what,) if question.what in SAFE_OF else SAFE_OF
    found = {what: hits for what in whats if (hits := _find(what, question.target, view))}
    if not found:
        missing = _NOT_FOUND.get(question.what or "", "safe-target")
        names = _near(question.target, whats, view)
        return NotFoundAnswer(context.seen(view), missing, question.target, names, "safe")
    what, *others = found
    hits = found[what]
    if len(hits) > 1:
        names = full_names([hit.workloads[0] for hit in hits])
        return AmbiguousAnswer(context.seen(view), question.target, names, "safe")
    return _answer(question, what, hits[0], tuple(others), view, context)


def _answer(
    question: Safe, what: str, found: _Found, others: tuple[str, ...], view: ClusterView, context: Context
) -> SafeAnswer:
    nodes = found.nodes
    if nodes is None:
        on = {name for workload in found.workloads for name in workload.placed}
        nodes = tuple(node for node in view.nodes if node.name in on)
    at_risk = [workload for workload in found.workloads if workload.is_at_risk]
    to_check = [workload for workload in found.workloads if workload.is_to_check]
    excepted = [workload for workload in found.workloads if workload.is_excepted]
    if what in ("pool", "node"):  # those whose at-risk pods are there: other pods of theirs do not matter to it
        inside = {node.name for node in nodes}
        at_risk = [workload for workload in at_risk if not inside.isdisjoint(workload.nodes)]
        excepted = [workload for workload in excepted if not inside.isdisjoint(workload.nodes)]
    return SafeAnswer(
        seen=context.seen(view),
        asked=question,
        what=what,
        name=found.name or None,
        others=others,
        nodes_known=view.nodes_known,
        at_risk=tuple(at_risk),
        to_check=tuple(to_check),
        workloads=len(found.workloads),
        docker=sum(node.runtime.is_docker for node in nodes),
        unknown=sum(node.runtime is Runtime.UNKNOWN for node in nodes),
        nodes=len(nodes),
        excepted=tuple(excepted),
        is_dockershim_gone=what == "workload" and not to_check and _is_dockershim_gone(found.workloads[0], view),
        places=context.places_of((*at_risk, *to_check, *excepted)),
    )


def _is_dockershim_gone(workload: Workload, view: ClusterView) -> bool:
    return is_dockershim_gone(workload, without_dockershim(view, workload))


def _find(what: str, target: str, view: ClusterView) -> tuple[_Found, ...]:
    """Return what of a kind goes by a name; several only for workloads."""
    if what == "workload":
        return tuple(_Found(workload.key.full_name, (workload,)) for workload in find(view, target)[0])
    if what == "namespace":
        names: Iterable[str] = view.namespaces
        target = target.removeprefix("namespace/").removeprefix("ns/")
    elif what == "pool":
        names = (pool.name for pool in view.pools if pool.name is not None)
    elif what == "node":
        names = (node.name for node in view.nodes)
        target = target.removeprefix("node/")
    else:
        names = owners(view)
    name = _exact(target, names)
    if name is None:
        return ()
    if what == "namespace":
        return (_Found(name, tuple(w for w in view.workloads if w.key.namespace == name)),)
    if what == "owner":
        return (_Found(name, tuple(w for w in view.workloads if _owner(w) == name)),)
    nodes = tuple(node for node in view.nodes if name == (node.pool if what == "pool" else node.name))
    inside = {node.name for node in nodes}
    return (_Found(name, tuple(w for w in view.workloads if not inside.isdisjoint(w.placed)), nodes),)


def owners(view: ClusterView) -> tuple[str, ...]:
    """Return every owner, and UNOWNED where a workload has none."""
    return tuple(sorted({_owner(workload) for workload in view.workloads}))


def _owner(workload: Workload) -> str:
    return workload.owner.name if workload.owner else UNOWNED


def _exact(target: str, names: Iterable[str]) -> str | None:
    """Return the name that a target is, as it stands or but for its case."""
    known = set(names)
    if target in known:
        return target
    return next((name for name in sorted(known) if name.lower() == target.lower()), None)


def _near(target: str, whats: Iterable[str], view: ClusterView) -> tuple[str, ...]:
    names: list[str] = []
    for what in whats:
        if what == "namespace":
            names += view.namespaces
        elif what == "pool":
            names += [pool.name for pool in view.pools if pool.name is not None]
        elif what == "node":
            names += [node.name for node in view.nodes]
        elif what == "owner":
            names += owners(view)
    near_names = near(target, names)
    return near_names or (near_targets(view, target) if "workload" in whats else ())
