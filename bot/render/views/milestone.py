"""One date: when, how long to go, whether it is sure, what of this cluster it concerns and what to do."""

from collections.abc import Sequence
from datetime import timedelta

from bot.core.milestones import MilestoneState
from bot.core.people_answers import MilestoneAnswer
from bot.errors import BotError
from bot.render.document import (
    Command,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Paragraph,
    Text,
    Verdict,
    join,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, error_line, names_line, seen
from bot.render.views.milestones import days, earlier, note_row, plan, sources, title, told, when

#: From here on a past date is told in years and months as well.
FEW_MONTHS = 3

#: What is told of a date; an upgrade plan and what breaks only where there is room.
_FIELDS = ("outcome", "breaks", "todo")


def compose(answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the date asked for, or the next."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    for number, state in enumerate(answer.states):
        if number:
            elements.append(Heading(_line(state, catalogue)))
        elements.append(Facts(tuple(_facts(state, answer, catalogue, limits))))
        elements.append(Paragraph(sources(state, catalogue), is_faint=True))
    if not answer.states and not limits.has_buttons:
        elements.append(Paragraph(catalogue.say("milestone.all", command=Command("milestones")), is_faint=True))
    if answer.unread is not None and limits.has_buttons:  # a terminal has told already
        key, values = answer.unread
        why = error_line(BotError(key, **values), catalogue)
        elements.append(Paragraph(catalogue.say("seen.unread", why=why), is_warning=True))
    elements += asks(catalogue, limits, ("milestones", "milestones"), ("upgrade", "upgrade"))
    if answer.seen is not None:
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: MilestoneAnswer, catalogue: Catalogue) -> Line:
    if not answer.states:
        if answer.asked is None:
            return catalogue.say("milestone.none-ahead")
        versions = Text(", ".join(answer.neighbours))
        return catalogue.say("milestone.not-listed", version=answer.asked, versions=versions)
    state = answer.states[0]
    if answer.asked is not None:
        line = _line(state, catalogue)
        named = catalogue.say("milestone.named", version=answer.asked) if answer.is_named else ()
        return (*named, Text(" "), *line) if named else line
    if answer.is_concerning:
        values = {"title": title(state, catalogue), "when": when(state, catalogue)}
        return catalogue.say("milestones.verdict-next", date=state.milestone.day, **values)
    key = "none" if answer.is_whole else "none-partial" if answer.nodes_known else "unknown"
    return (*catalogue.say(f"milestone.{key}"), Text(" "), *_line(state, catalogue))


def _line(state: MilestoneState, catalogue: Catalogue) -> Line:
    """What a date brings; how sure that is stands beside the change, not beside the date."""
    milestone = state.milestone
    if milestone.own is not None:
        values = {"title": title(state, catalogue), "when": when(state, catalogue)}
        return catalogue.say("milestone.own", date=milestone.day, **values)
    past = "milestone.past-support" if milestone.kind == "end-of-support" else "milestone.past"
    key = "milestone.ahead" if state.days_left >= 0 else past
    headline = told(state, "headline", catalogue)
    if milestone.is_planned:
        hedge = "milestone.planned" if milestone.is_confirmed else "milestone.unconfirmed"
        headline = catalogue.say(hedge, headline=headline)
    elif sure := plan(state, catalogue):
        headline = (*headline, Text(" ("), *sure, Text(")"))
    return catalogue.say(key, headline=headline, date=state.milestone.day, when=_when(state, catalogue))


def _when(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``4 years 6 months ago``; what is near or ahead in days."""
    day = state.milestone.day
    today = day - timedelta(days=state.days_left)
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    if months < FEW_MONTHS:
        return days(state, catalogue)
    units = (("years", months // 12), ("months", months % 12))
    parts = [catalogue.say(f"milestone.{unit}", n=n) for unit, n in units if n]
    return catalogue.say("milestone.ago", span=join(parts, text_line(" ")))


def _facts(
    state: MilestoneState, answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits
) -> list[tuple[Line, Line]]:
    rows: list[tuple[Line, Line]] = [(catalogue.say("milestone.here"), _here(state, answer, catalogue, limits))]
    fields = ("plan", *_FIELDS) if state.milestone.kind == "plan" or limits.has_details else _FIELDS
    if note := note_row(state, catalogue):
        rows.append(note)
    texts = [(field, told(state, field, catalogue)) for field in fields]
    rows += [(catalogue.say(f"milestones.{field}"), text) for field, text in texts if text]
    if state.milestone.support_ends:
        ends = text_line(state.milestone.support_ends.isoformat())
        rows.append((catalogue.say("milestones.support-ends"), ends))
    if state.milestone.earlier and limits.has_details:
        rows.append((catalogue.say("milestones.earlier"), earlier(state, catalogue)))
    return rows


def _here(state: MilestoneState, answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    if not answer.nodes_known:
        return catalogue.say("milestones.marker-unknown")
    if not state.unsure:
        return _concerned(state, answer, catalogue, limits)
    names = names_line(catalogue, state.unsure, limits.names)
    if not state.is_concerning:
        return catalogue.say("milestone.here-check", n=len(state.unsure), names=names)
    unsure = unsure_line(state, catalogue, limits)
    return join([_concerned(state, answer, catalogue, limits), unsure], catalogue.say("join.then"))


def unsure_line(state: MilestoneState, catalogue: Catalogue, limits: Limits) -> Line:
    """Return the nodes of which nobody can tell whether a date concerns them, and by what, beside those it does."""
    names = names_line(catalogue, state.unsure, limits.names)
    runtimes = dict.fromkeys(clause.runtime for clause in state.milestone.unsure)
    of = join([(Text(runtime),) for runtime in runtimes if runtime], catalogue.say("join.list"))
    if not of:
        return catalogue.say("milestone.here-unsure", n=len(state.unsure), names=names)
    return catalogue.say("milestone.here-unsure-version", n=len(state.unsure), names=names, runtime=of)


def _concerned(state: MilestoneState, answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    lines: list[Line] = []
    if not state.is_concerning:
        lines.append(catalogue.say("milestone.here-none" if answer.is_whole else "milestone.here-none-partial"))
    if state.nodes:
        minors = answer.kubelets.get(state.milestone.id, ())
        lines.append(nodes_line(state, minors, catalogue, limits, is_whole=answer.is_whole))
    if state.workloads:
        has_gaps = answer.seen is None or bool(answer.seen.gaps)
        key = "milestone.here-workloads-partial" if has_gaps else "milestone.here-workloads"
        names = names_line(catalogue, state.workloads, limits.names)
        lines.append(catalogue.say(key, n=len(state.workloads), names=names))
    if state.excepted:
        names = names_line(catalogue, state.excepted, limits.names)
        lines.append(catalogue.say("milestone.here-excepted", names=names))
    return join(lines, catalogue.say("join.then"))


def nodes_line(
    state: MilestoneState, minors: Sequence[str], catalogue: Catalogue, limits: Limits, *, is_whole: bool
) -> Line:
    """Return the nodes that a date concerns, and from which kubelet on.

    Args:
        minors: the kubelet minors of these nodes, the oldest first; empty where that is not told.
    """
    names = names_line(catalogue, state.nodes, limits.names)
    kubelet = raised_to(state)
    key = "milestone.here-kubelets" if kubelet and minors else "milestone.here-nodes"
    now = Text("–".join(dict.fromkeys((minors[0], minors[-1]))) if minors else "")
    key = key if is_whole else f"{key}-partial"
    return catalogue.say(key, n=len(state.nodes), names=names, version=Text(kubelet or ""), now=now)


def raised_to(state: MilestoneState) -> str | None:
    """Return the minor that a removal waits for kubelets to reach, such as ``1.38``; None where it waits for none."""
    limits = [clause.kubelet_below for clause in state.milestone.affects if clause.kubelet_below is not None]
    return max(limits).short if limits and state.milestone.kind == "removal" else None
