"""One date: when, how long to go, whether it is sure, what of this cluster it concerns and what to do."""

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
from bot.render.views.milestones import days, sources, title, when

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
    key = "milestone.ahead" if state.days_left >= 0 else "milestone.past"
    headline = text_line(state.milestone.texts[catalogue.language]["headline"])
    if state.milestone.is_planned:
        hedge = "milestone.planned" if state.milestone.is_confirmed else "milestone.unconfirmed"
        headline = catalogue.say(hedge, headline=headline)
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
    texts = state.milestone.texts[catalogue.language]
    rows: list[tuple[Line, Line]] = [(catalogue.say("milestone.here"), _here(state, answer, catalogue, limits))]
    fields = ("plan", *_FIELDS) if state.milestone.kind == "plan" or limits.has_details else _FIELDS
    rows += [(catalogue.say(f"milestones.{field}"), text_line(texts[field])) for field in fields]
    if state.milestone.support_ends:
        ends = text_line(state.milestone.support_ends.isoformat())
        rows.append((catalogue.say("milestones.support-ends"), ends))
    return rows


def _here(state: MilestoneState, answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    if not answer.nodes_known:
        return catalogue.say("milestones.marker-unknown")
    line = _concerned(state, answer, catalogue, limits)
    if not state.unsure:
        return line
    names = names_line(catalogue, state.unsure, limits.names)
    runtimes = dict.fromkeys(clause.runtime for clause in state.milestone.unsure)
    of = join([(Text(runtime),) for runtime in runtimes if runtime], catalogue.say("join.list"))
    unsure = catalogue.say("milestone.here-unsure", n=len(state.unsure), names=names, runtime=of)
    return join([line, unsure], catalogue.say("join.then"))


def _concerned(state: MilestoneState, answer: MilestoneAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    if not state.is_concerning:
        return catalogue.say("milestone.here-none" if answer.is_whole else "milestone.here-none-partial")
    names = names_line(catalogue, state.nodes, limits.names)
    kubelet, minors = raised_to(state), answer.kubelets.get(state.milestone.id)
    key = "milestone.here-kubelets" if kubelet and minors else "milestone.here-nodes"
    now = Text("–".join(dict.fromkeys((minors[0], minors[-1]))) if minors else "")
    key = key if answer.is_whole else f"{key}-partial"
    return catalogue.say(key, n=len(state.nodes), names=names, version=Text(kubelet or ""), now=now)


def raised_to(state: MilestoneState) -> str | None:
    """Return the minor that a removal waits for kubelets to reach, such as ``1.38``; None where it waits for none."""
    limits = [clause.kubelet_below for clause in state.milestone.affects if clause.kubelet_below is not None]
    return max(limits).short if limits and state.milestone.kind == "removal" else None
