"""Questions about who and when: owners, one milestone. How things came about has a module of its own."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from bot.core.answers import AmbiguousAnswer, Answer, AtRiskAnswer, NotFoundAnswer
from bot.core.milestones import KUBERNETES, MilestoneState, naming, states, upcoming
from bot.core.people_answers import MilestoneAnswer, OwnerAnswer, OwnersAnswer, OwnerShare
from bot.core.questions import UNOWNED, AtRisk, Milestone, Owners
from bot.core.rules import RULES
from bot.core.runtimes import Runtime
from bot.core.selections import is_off_docker, minors_of
from bot.core.snapshot import is_whole
from bot.core.targets import find, full_names, near, near_targets
from bot.core.versions import parse
from bot.core.view import ClusterView, Workload
from bot.errors import ClusterError
from bot.service.context import Context

#: Versions named beside one that the calendar does not have.
NEIGHBOURS = 3


def filtered(question: AtRisk, context: Context) -> Answer:
    """Return the workloads at risk that pass the filters of owner, code, pool and namespace.

    Raises: BotError: there is no view.
    """
    view = context.view()
    seen = context.seen(view)
    owners = {workload.owner.name for workload in view.workloads if workload.owner}
    owner, pool, namespace = question.owner, question.pool, question.namespace
    by_lower = {name.lower(): name for name in owners}
    if owner is not None and owner != UNOWNED:
        if owner.lower() not in by_lower:
            return NotFoundAnswer(seen, "owner", owner, near(owner, owners))
        owner = by_lower[owner.lower()]
    pools = {node.pool for node in view.nodes if node.pool is not None}
    if pool is not None and pool not in pools and view.nodes_known:
        return NotFoundAnswer(seen, "status-target", pool, near(pool, pools))
    if namespace is not None and namespace not in view.namespaces:
        return NotFoundAnswer(seen, "namespace", namespace, near(namespace, view.namespaces))
    code = question.code.lower() if question.code is not None else None
    # A release that is not this one may have found what is kept under a code that is not known here.
    codes = {rule.code for rule in RULES} | {found.code for w in view.with_findings for found in w.findings}
    if code is not None and code not in codes:
        return NotFoundAnswer(seen, "code", code, near(code, codes))
    inside = {node.name for node in view.nodes if node.pool == pool}
    chosen = [
        workload
        for workload in view.workloads
        if namespace in (None, workload.key.namespace)
        and (owner is None or (workload.owner.name if workload.owner else UNOWNED) == owner)
        and (pool is None or not inside.isdisjoint(workload.nodes))
        and (code is None or any(finding.code == code for finding in workload.findings))
    ]
    excepted = tuple(w for w in chosen if w.is_excepted or (code is not None and w.of_code(code).is_excepted))
    keys = {workload.key for workload in excepted}
    others = [workload for workload in chosen if workload.key not in keys]
    return AtRiskAnswer(
        seen,
        namespace,
        tuple(workload for workload in others if workload.is_at_risk),
        tuple(workload for workload in others if workload.is_to_check),
        tuple(workload for workload in others if workload.is_info),
        len(chosen),
        is_off_docker(view),
        AtRisk(namespace, None, owner, code, pool),
        excepted,
        context.places_of(workload for workload in chosen if workload.findings),
    )


def _owners(question: Owners, context: Context) -> Answer:
    view = context.view()
    if question.target is not None:
        return _owner_of(question.target, view, context)
    by_owner: dict[str | None, list[Workload]] = defaultdict(list)
    for workload in (*view.at_risk, *view.to_check):
        by_owner[workload.owner.name if workload.owner else None].append(workload)
    shares = [
        OwnerShare(owner, tuple(w for w in some if w.is_at_risk), sum(w.is_to_check for w in some))
        for owner, some in by_owner.items()
    ]
    shares.sort(key=lambda share: (share.owner is None, -len(share.at_risk), -share.to_check, share.owner or ""))
    places = context.places_of((*view.at_risk, *view.to_check))
    return OwnersAnswer(context.seen(view), tuple(shares), len(view.at_risk), view.excepted, places, view.to_check)


def _owner_of(target: str, view: ClusterView, context: Context) -> Answer:
    seen = context.seen(view)
    if target in view.namespaces:
        inside = tuple(workload for workload in view.workloads if workload.key.namespace == target)
        return OwnerAnswer(seen, target, True, inside, context.places_of(inside))
    workloads, _ = find(view, target)
    if not workloads:
        owned = [w for w in view.workloads if w.owner and w.owner.name.lower() == target.lower()]
        if owned:
            return filtered(AtRisk(owner=target), context)
        return NotFoundAnswer(seen, "target", target, near_targets(view, target), "owners")
    if len({workload.owner.name if workload.owner else None for workload in workloads}) > 1:
        return AmbiguousAnswer(seen, target, full_names(workloads), "owners")
    return OwnerAnswer(seen, target, False, workloads, context.places_of(workloads))


def _milestone(question: Milestone, context: Context) -> Answer:
    calendar = context.calendar()
    try:
        view = context.view()
    except ClusterError as error:
        # Dates are true without a cluster; only what they concern in it is missing, and the answer says so.
        today = context.today()
        return _of(question, states(calendar, (), today), None, context, (error.told_key, error.values))
    return _of(question, states(calendar, view.nodes, context.day(view), view.with_findings), view, context, None)


def _of(
    question: Milestone,
    known: tuple[MilestoneState, ...],
    view: ClusterView | None,
    context: Context,
    unread: tuple[str, Mapping[str, str | int]] | None,
) -> MilestoneAnswer:
    asked = question.version
    next_one = upcoming(known)
    if asked is None:
        ahead = next((state for state in known if state.days_left >= 0), None)
        found = tuple(state for state in (next_one or ahead,) if state)
    else:
        found = tuple(state for state in known if _is_version(state, asked))
    named = () if found or (version := parse(asked or "")) is None else naming(known, version)
    found = found or named
    return MilestoneAnswer(
        seen=context.seen(view) if view else None,
        today=context.day(view) if view else context.today(),
        asked=asked,
        states=found,
        is_named=bool(named),
        neighbours=() if found or asked is None else _neighbours(known, asked),
        is_concerning=next_one is not None,
        nodes_known=view is not None and view.nodes_known,
        is_whole=view is not None
        and is_whole(view.gaps, "nodes")
        and all(node.runtime is not Runtime.UNKNOWN for node in view.nodes),
        unread=unread,
        kubelets={state.milestone.id: minors_of(view, state.nodes) for state in found} if view else {},
    )


def _is_version(state: MilestoneState, asked: str) -> bool:
    wanted, known = parse(asked), parse(state.milestone.version)
    return wanted is not None and known is not None and (wanted.major, wanted.minor) == (known.major, known.minor)


def _neighbours(known: tuple[MilestoneState, ...], asked: str) -> tuple[str, ...]:
    of_kubernetes = (state.milestone for state in known if state.milestone.product == KUBERNETES)
    versions = list(dict.fromkeys(milestone.version for milestone in of_kubernetes if milestone.version))
    wanted = parse(asked)
    if wanted is None:
        return tuple(versions[-NEIGHBOURS:])

    def distance(version: str) -> tuple[int, int]:
        other = parse(version) or wanted
        return abs(other.major - wanted.major), abs(other.minor - wanted.minor)

    nearest = sorted(versions, key=distance)[:NEIGHBOURS]
    return tuple(version for version in versions if version in nearest)


#: Question to its answer; raises BotError where it needs a view and there is none.
PEOPLE: Mapping[type, Callable[[Any, Context], Answer]] = {
    Owners: _owners,
    Milestone: _milestone,
}
