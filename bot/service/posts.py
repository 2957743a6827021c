"""What a channel gets without asking: the digest and the reminder of a scope."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from bot.core.answers import Answer
from bot.core.guide_choice import for_date
from bot.core.history import BESIDE, Changes, Detail, changes, detail_of
from bot.core.kept import Snooze
from bot.core.milestones import MilestoneState, overdue, states, upcoming, waiting
from bot.core.people_answers import TrendAnswer
from bot.core.post_answers import DigestAnswer, DoneAnswer, Reminded, ReminderAnswer, Untold
from bot.core.questions import Trend
from bot.core.runtimes import Runtime
from bot.core.selections import minors_of
from bot.core.snapshot import is_whole, missing
from bot.core.subscriptions import EVERYTHING, Scope, ScopeKind
from bot.core.view import ClusterView, Workload
from bot.service.context import Context
from bot.service.topics import entries

#: Kinds of milestones that are told of workloads as well: whatever ends Docker on a node ends what depends on it there.
_ENDS_DOCKER = ("plan", "removal")


@dataclass(frozen=True, slots=True)
class Digest:
    """Ask for a digest.

    Args:
        before: the read that the last one was made from, None where there was none.
    """

    scope: Scope = EVERYTHING
    before: Detail | None = None
    untold: tuple[Untold, ...] = ()


@dataclass(frozen=True, slots=True)
class Reminder:
    """Ask for a reminder.

    Args:
        milestones: ids, those that are due; moved: ids of those that moved, with the date before.
        takers: milestone to the Slack users who take care of it; snoozes: to how it was put off.
        is_nudge: whether what is overdue is told.
        today: the day in the channel's zone, by which days are counted there; None: the clock's.
        due_on: the day the reminder was for, where that is another: it may be posted after it, late.
    """

    milestones: tuple[str, ...]
    scope: Scope = EVERYTHING
    moved: Mapping[str, date] | None = None
    takers: Mapping[str, tuple[str, ...]] | None = None
    snoozes: Mapping[str, Snooze] | None = None
    is_nudge: bool = False
    untold: tuple[Untold, ...] = ()
    today: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Ask whether all that a reminder told of is done.

    Args:
        milestones: ids, those it told of.
        day: of the message; since: when it was posted: what was read before that tells nothing.
        zone: of the channel.
    """

    milestones: tuple[str, ...]
    scope: Scope
    day: date
    since: datetime
    zone: str


def digest(question: Digest, context: Context, trend: Answer | None) -> tuple[DigestAnswer, Detail]:
    """Return the digest, and the read it is made from. Raises: BotError: there is no view."""
    view = context.view()
    scope = question.scope
    now, before = detail_of(view), question.before
    # Of a cluster whose clock stands still, the demo's, no read is newer than another.
    is_newer = before is not None and (before.at < now.at or view.clock is not None)
    at_risk = _inside(view.at_risk, scope)
    owners = Counter(workload.owner.name if workload.owner else None for workload in at_risk)
    dates = states(context.calendar(), view.nodes, context.day(view), view.with_findings)
    answer = DigestAnswer(
        seen=context.seen(view),
        scope=scope,
        nodes_known=view.nodes_known,
        nodes=len(view.nodes),
        docker=sum(node.runtime.is_docker for node in view.nodes),
        unknown=sum(node.runtime is Runtime.UNKNOWN for node in view.nodes),
        pools=view.pools,
        at_risk=at_risk,
        to_check=_inside(view.to_check, scope),
        excepted=_inside(view.excepted, scope),
        exposed=sum(workload.pods.exposed for workload in at_risk),
        owners=tuple(sorted(owners.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))),
        changes=_scoped(changes(before, now), scope, view) if before and is_newer else None,
        told_at=before.at if before else None,
        next_milestone=upcoming(dates),
        waiting_milestone=waiting(dates),
        overdue=overdue(dates),
        trend=trend if isinstance(trend, TrendAnswer) else None,
        untold=question.untold,
        places=context.places_of((*at_risk, *_inside(view.to_check, scope), *_inside(view.excepted, scope))),
    )
    return answer, now


def reminder(question: Reminder, context: Context) -> ReminderAnswer:
    """Return the reminder, with those of its dates that concern the scope. Raises: BotError: there is no view."""
    view = context.view()
    seen = context.seen(view)
    today = question.today or context.day(view)
    every = states(context.calendar(), view.nodes, today, view.with_findings)
    wanted = (*question.milestones, *(question.moved or {}))
    found = [state for state in every if state.milestone.id in wanted]
    dates = [_reminded(state, question, view, context) for state in found]
    return ReminderAnswer(
        seen=seen,
        scope=question.scope,
        dates=tuple(item for item in dates if _is_left(item, question, view, is_fresh=not seen.is_stale)),
        nodes_known=view.nodes_known,
        is_whole=_is_whole(view) and not seen.is_stale,
        overdue=overdue(every) if question.is_nudge and not question.scope.names else (),
        untold=question.untold,
    )


def done(question: Told, context: Context) -> DoneAnswer | None:
    """Return that nothing a reminder told of concerns the scope any more; None where something does, or may.

    Raises: BotError: there is no view.
    """
    view = context.view()
    seen = context.seen(view)
    if not _is_whole(view) or seen.is_stale or view.as_of < question.since:
        return None
    told = [milestone for milestone in context.calendar() if milestone.id in question.milestones]
    found = states(told, view.nodes, context.day(view), view.with_findings)
    if len(found) != len(question.milestones):  # one that the calendar does not have any more is not done for that
        return None
    if any(_concerns(state, question.scope, view, is_fresh=True) for state in found):
        return None
    if any(_excepted(state, question.scope, view) for state in found):
        return None  # what is accepted is not done
    return DoneAnswer(seen, question.scope, found, question.day, question.zone)


#: What a digest's chart is made from.
TREND = Trend()


def _reminded(state: MilestoneState, question: Reminder, view: ClusterView, context: Context) -> Reminded:
    guides = entries(context.knowledge, for_date(state.milestone, view), context.language)
    return Reminded(
        state,
        _concerned(state, question.scope, view),
        minors_of(view, state.nodes),
        (question.moved or {}).get(state.milestone.id),
        (question.takers or {}).get(state.milestone.id, ()),
        (question.snoozes or {}).get(state.milestone.id),
        guides[0].id if guides else None,
        _excepted(state, question.scope, view),
    )


def _is_left(item: Reminded, question: Reminder, view: ClusterView, *, is_fresh: bool) -> bool:
    """Whether a date has to be told: something is to do, or nobody can tell whether it is.

    That a date moved is told to everybody whom the date concerns, and no date is told twice for that.
    """
    days = [day for day in (question.due_on, question.today) if day is not None]
    is_over = item.state.milestone.day < min(days) if days else item.state.days_left < 0
    if is_over and item.moved_from is None:
        return False
    return _concerns(item.state, question.scope, view, is_fresh=is_fresh)


def _concerns(state: MilestoneState, scope: Scope, view: ClusterView, *, is_fresh: bool) -> bool:
    """Whether something is to do about a date, whenever it is, or nobody can tell.

    Args:
        is_fresh: whether the view is a late one: what an old one lacks may be there by now.
    """
    is_sure = is_fresh and not missing(view.gaps) - BESIDE
    is_known = is_fresh and is_whole(view.gaps, "nodes")
    may_concern = (state.is_concerning and not state.is_adopted) or bool(state.unsure) or not is_known
    if scope.names:
        return bool(_concerned(state, scope, view)) or (may_concern and not is_sure)
    return may_concern or not is_sure


def _is_whole(view: ClusterView) -> bool:
    return not view.gaps and not any(node.runtime is Runtime.UNKNOWN for node in view.nodes)


def _concerned(state: MilestoneState, scope: Scope, view: ClusterView) -> tuple[Workload, ...]:
    """Return the workloads of the scope that a date concerns.

    Those it names, and, where it ends Docker on nodes, all that are at risk: one that runs nowhere now would run there.
    """
    ends = _ends_docker(state, view)
    every = _inside(view.with_findings, scope)
    return tuple(w for w in every if w.key.full_name in state.workloads or (ends and w.is_at_risk))


def _excepted(state: MilestoneState, scope: Scope, view: ClusterView) -> tuple[Workload, ...]:
    """Return the workloads of the scope that a date would concern but for exceptions."""
    ends, told = _ends_docker(state, view), _concerned(state, scope, view)
    every = [w for w in _inside(view.with_findings, scope) if w not in told]
    return tuple(w for w in every if w.key.full_name in state.excepted or (ends and w.is_excepted))


def _ends_docker(state: MilestoneState, view: ClusterView) -> bool:
    docker = {node.name for node in view.nodes if node.runtime.is_docker}
    return state.milestone.kind in _ENDS_DOCKER and not docker.isdisjoint(state.nodes)


def _inside(workloads: Sequence[Workload], scope: Scope) -> tuple[Workload, ...]:
    match scope.kind:
        case ScopeKind.CLUSTER:
            return tuple(workloads)
        case ScopeKind.NAMESPACES:
            return tuple(workload for workload in workloads if workload.key.namespace in scope.names)
        case ScopeKind.OWNER:
            return tuple(workload for workload in workloads if workload.owner and workload.owner.name in scope.names)


def _scoped(found: Changes, scope: Scope, view: ClusterView) -> Changes:
    """Return what changed in a scope; what happened to nodes is for those who are told of the whole cluster."""
    if scope.kind is ScopeKind.CLUSTER:
        return found
    if scope.kind is ScopeKind.OWNER:
        closed = tuple(item for item in found.closed if item.owner in scope.names)
        new = tuple(item for item in found.new if item.owner in scope.names)
    else:
        closed = tuple(item for item in found.closed if item.workload.partition("/")[0] in scope.names)
        new = tuple(item for item in found.new if item.workload.partition("/")[0] in scope.names)
    return replace(found, moved=(), unclear=(), gone=(), joined=(), closed=closed, new=new)
