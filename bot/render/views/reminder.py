"""A reminder: what happens on which date, what of the cluster it concerns, what to do."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.core.milestones import KUBERNETES
from bot.core.orders import Verb, words_of
from bot.core.post_answers import DoneAnswer, Reminded, ReminderAnswer
from bot.core.subscriptions import Scope, ScopeKind
from bot.render.document import (
    Ask,
    Asks,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Paragraph,
    Text,
    User,
    Verdict,
    join,
)
from bot.render.messages import Catalogue, Value
from bot.render.parts import Limits, asks, names_line, seen
from bot.render.risks import excepted_names
from bot.render.views.digest import place, untold
from bot.render.views.milestone import nodes_line, unsure_line
from bot.render.views.milestones import days, own, plan, sources, title, told

#: Dates that are told in full; of more only the line.
IN_FULL = 3

#: Days before a date from which on there is none left until which it could be put off.
_CAN_WAIT = 2


def compose(answer: ReminderAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the reminder, the nearest date first."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.scope.names:
        key, names = place(answer.scope)
        elements.append(Paragraph(catalogue.say(f"reminder.for-{key}", names=names)))
    for number, item in enumerate(answer.dates[:IN_FULL]):
        if number:
            elements.append(Heading(_line(item, catalogue)))
        elements.append(Facts(tuple(_facts(item, answer, catalogue, limits))))
        elements.append(Paragraph(sources(item.state, catalogue), is_faint=True))
    elements += [Heading(_line(item, catalogue)) for item in answer.dates[IN_FULL:]]
    if answer.overdue and answer.dates:
        titles = join([title(state, catalogue) for state in answer.overdue], catalogue.say("join.clause"))
        elements.append(Paragraph(catalogue.say("reminder.overdue", titles=titles), is_warning=True))
    elements += untold(answer.untold, catalogue)
    if limits.has_buttons:
        elements.append(Asks(tuple(_asks(answer, catalogue))))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def compose_done(answer: DoneAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what takes the place of a reminder once nothing it told of concerns the scope any more."""
    titles = join([title(state, catalogue) for state in answer.dates], catalogue.say("join.clause"))
    since = Text(f"{answer.seen.as_of.astimezone(ZoneInfo(answer.zone)):%Y-%m-%d %H:%M} {answer.zone}")
    elements: list[Element] = [Verdict(catalogue.say("reminder.done", since=since, titles=titles))]
    if answer.scope.names:
        key, names = place(answer.scope)
        elements.append(Paragraph(catalogue.say(f"reminder.done-{key}", names=names)))
    elements.append(Paragraph(catalogue.say("reminder.done-why", date=answer.reminded_on), is_faint=True))
    elements += asks(catalogue, limits, ("milestones", "milestones"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: ReminderAnswer, catalogue: Catalogue) -> Line:
    if not answer.dates:
        titles = join([title(state, catalogue) for state in answer.overdue], catalogue.say("join.clause"))
        return catalogue.say("reminder.verdict-overdue", titles=titles)
    line = _line(answer.dates[0], catalogue)
    left = len(answer.dates) - 1
    return (*line, *catalogue.say("reminder.more", n=left)) if left else line


def _line(item: Reminded, catalogue: Catalogue) -> Line:
    """``In 7 days, on 2026-12-16: Kubernetes 1.38, …``; that a date moved comes first."""
    state = item.state
    name, day, when = title(state, catalogue), state.milestone.day, days(state, catalogue)
    if item.moved_from is not None:
        return catalogue.say("reminder.moved", title=name, before=item.moved_from, date=day, when=when)
    return catalogue.say("reminder.today" if state.days_left == 0 else "reminder.line", title=name, date=day, when=when)


def _facts(item: Reminded, answer: ReminderAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    state = item.state
    rows = [(catalogue.say("milestone.here"), _here(item, answer, catalogue, limits))]
    if sure := join(
        [line for line in (plan(state, catalogue), own(state, catalogue)) if line], catalogue.say("join.clause")
    ):
        rows.append((catalogue.say("reminder.sure"), sure))
    rows += [
        (catalogue.say(f"milestones.{field}"), text)
        for field in _fields(item)
        if (text := told(state, field, catalogue))
    ]
    if item.takers:
        takers = join([(User(user),) for user in item.takers], catalogue.say("join.list"))
        rows.append((catalogue.say("reminder.takers"), takers))
    if item.snooze is not None:
        snooze = item.snooze
        by: Value = User(snooze.by) if snooze.by else catalogue.say("reminder.somebody")
        line = catalogue.say("reminder.snooze", date=snooze.until, user=by, reason=snooze.reason)
        rows.append((catalogue.say("reminder.snoozed"), line))
    return rows


def _fields(item: Reminded) -> Sequence[str]:
    """Return which texts are told: of a plan what was planned, which is all that is known before its day."""
    return ("plan", "todo") if item.state.milestone.kind == "plan" else ("breaks", "todo")


def _here(item: Reminded, answer: ReminderAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    state = item.state
    lines: list[Line] = []
    hedge = "" if answer.is_whole else "-partial"
    if answer.scope.kind is ScopeKind.CLUSTER:
        if not answer.nodes_known:
            return catalogue.say("milestones.marker-unknown")
        if state.nodes:
            lines.append(nodes_line(state, item.minors, catalogue, limits, is_whole=answer.is_whole))
        if state.unsure and state.is_concerning:
            lines.append(unsure_line(state, catalogue, limits))
        elif state.unsure:
            names = names_line(catalogue, state.unsure, limits.names)
            lines.append(catalogue.say("milestone.here-check", n=len(state.unsure), names=names))
    if item.workloads:
        names = names_line(catalogue, [workload.key.short_name for workload in item.workloads], limits.names)
        lines.append(catalogue.say(f"milestone.here-workloads{hedge}", n=len(item.workloads), names=names))
    if item.excepted:
        lines.append(catalogue.say("milestone.here-excepted", names=excepted_names(catalogue, item.excepted)))
    if not lines:
        return catalogue.say("milestone.here-none-partial")
    return join(lines, catalogue.say("join.then"))


def _asks(answer: ReminderAnswer, catalogue: Catalogue) -> Iterator[Ask]:
    """Yield what can be asked and ordered of the dates that are told in full; of several each says of which."""
    shown = answer.dates[:IN_FULL]
    if shown:
        first = shown[0].state.milestone
        yield Ask(catalogue.say("ask.date"), f"when {first.version or first.id}")
    guides = set()
    for item in shown:
        milestone = item.state.milestone
        orders = {"mine": Verb.MINE} | ({"snooze": Verb.SNOOZE} if item.state.days_left >= _CAN_WAIT else {})
        for key, verb in orders.items():
            yield Ask(_label(key, item, answer, catalogue), words_of(verb, milestone), is_order=True)
        if item.guide is not None and item.guide not in guides:
            guides.add(item.guide)
            yield Ask(_label("date-guide", item, answer, catalogue), f"guide {item.guide}")
    yield Ask(catalogue.say("ask.pods"), _mine(answer.scope))
    if not guides:
        yield Ask(catalogue.say("ask.guides"), "guide runtime")
    yield Ask(catalogue.say("ask.milestones"), "milestones")


def _label(key: str, item: Reminded, answer: ReminderAnswer, catalogue: Catalogue) -> Line:
    what = catalogue.say(f"ask.{key}")
    if len(answer.dates) == 1:
        return what
    milestone = item.state.milestone
    name = milestone.version if milestone.product == KUBERNETES else f"{milestone.product} {milestone.version}"
    return catalogue.say("ask.of", what=what, name=Text(name) if milestone.version else title(item.state, catalogue))


def _mine(scope: Scope) -> str:
    return f"pods owner={scope.names[0]}" if scope.kind is ScopeKind.OWNER else "pods"
