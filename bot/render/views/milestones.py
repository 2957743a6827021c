"""The whole calendar: plan and outcome told apart, and what of it concerns this cluster."""

from bot.core.answers import MilestonesAnswer
from bot.core.milestones import MilestoneState, upcoming, waiting
from bot.errors import BotError
from bot.render.document import (
    Bullets,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Link,
    Paragraph,
    Text,
    Verdict,
    join,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, error_line, seen

#: A message names the first sources of a date; a terminal all of them.
SOURCES_IN_MESSAGE = 2


def compose(answer: MilestonesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return every milestone: with all its details, in a message with one line each, in Slack's with its sources."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if limits.has_buttons:
        for state in answer.states:
            outcome = state.milestone.texts[catalogue.language]["outcome"]
            elements.append(Heading(_line(state, catalogue)))
            if marker := _marker(state, catalogue, nodes_known=answer.nodes_known):
                elements.append(Paragraph((Text("➡ "), *marker)))
            elements.append(Paragraph((Text(outcome), Text(" "), *sources(state, catalogue))))
    elif not limits.has_details:
        elements.append(Bullets(tuple(_short(state, catalogue, answer) for state in answer.states)))
    else:
        for state in answer.states:
            elements.append(Heading(_heading(state, catalogue, nodes_known=answer.nodes_known)))
            elements.append(Facts(tuple(_details(state, catalogue))))
    if answer.unread is not None and limits.has_buttons:  # a terminal has told already
        key, values = answer.unread
        why = error_line(BotError(key, **values), catalogue)
        elements.append(Paragraph(catalogue.say("seen.unread", why=why), is_warning=True))
    if answer.seen is not None:
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def title(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return the milestone's title in the reader's language."""
    return text_line(state.milestone.texts[catalogue.language]["title"])


def when(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``in 24 days``, ``today``, ``1,664 days ago``; a plan that is not confirmed says so."""
    line = days(state, catalogue)
    return join([line, plan(state, catalogue)], catalogue.say("join.list")) if state.milestone.is_planned else line


def days(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``in 24 days``, ``today``, ``1,664 days ago``."""
    if state.days_left == 0:
        return catalogue.say("milestones.today")
    if state.days_left > 0:
        return catalogue.say("milestones.ahead", n=state.days_left)
    return catalogue.say("milestones.past", n=-state.days_left)


def plan(state: MilestoneState, catalogue: Catalogue) -> Line:
    """How sure a planned change is."""
    return catalogue.say("milestones.planned" if state.milestone.is_confirmed else "milestones.unconfirmed")


def scheduled(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return one line: title, date, days left, how many nodes it concerns."""
    return catalogue.say(
        "milestones.scheduled",
        title=title(state, catalogue),
        date=state.milestone.day,
        when=when(state, catalogue),
        nodes=catalogue.say("milestones.concerns", n=len(state.nodes)),
    )


def _verdict(answer: MilestonesAnswer, catalogue: Catalogue) -> Line:
    if not answer.nodes_known:
        return catalogue.say("milestones.verdict-unknown")
    if state := upcoming(answer.states):
        line = catalogue.say(
            "milestones.verdict-next",
            title=title(state, catalogue),
            date=state.milestone.day,
            when=when(state, catalogue),
        )
        also = waiting(answer.states)
        return (*line, *catalogue.say("milestones.verdict-also", title=title(also, catalogue))) if also else line
    if state := waiting(answer.states):
        return catalogue.say("milestones.verdict-waiting", title=title(state, catalogue))
    return catalogue.say("milestones.verdict-none" if answer.is_whole else "milestones.verdict-none-partial")


def _heading(state: MilestoneState, catalogue: Catalogue, *, nodes_known: bool) -> Line:
    line, marker = _line(state, catalogue), _marker(state, catalogue, nodes_known=nodes_known)
    return (*line, Text("  ◀ "), *marker) if marker else line


def _line(state: MilestoneState, catalogue: Catalogue) -> Line:
    return catalogue.say(
        "milestones.line", title=title(state, catalogue), date=state.milestone.day, when=when(state, catalogue)
    )


def _marker(state: MilestoneState, catalogue: Catalogue, *, nodes_known: bool) -> Line:
    if not nodes_known:
        return catalogue.say("milestones.marker-unknown")
    if not state.is_concerning:
        return ()
    return catalogue.say("milestones.marker", nodes=catalogue.say("milestones.concerns", n=len(state.nodes)))


def _short(state: MilestoneState, catalogue: Catalogue, answer: MilestonesAnswer) -> Line:
    outcome = state.milestone.texts[catalogue.language]["outcome"]
    # After a marker a colon would read as if the outcome were the marker's.
    end = ". " if _marker(state, catalogue, nodes_known=answer.nodes_known) else ": "
    return (*_heading(state, catalogue, nodes_known=answer.nodes_known), Text(end), Text(outcome))


def sources(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return links to the first sources, and the day they were checked, in brackets."""
    name = "".join(segment.text for segment in catalogue.say("milestones.source") if isinstance(segment, Text))
    first = state.milestone.sources[:SOURCES_IN_MESSAGE]
    links: list[Line] = [(Link(url, f"{name} {number}"),) for number, url in enumerate(first, start=1)]
    checked = catalogue.say("milestones.checked", date=state.milestone.checked)
    return (Text("("), *join([*links, checked], catalogue.say("join.list")), Text(")"))


def _details(state: MilestoneState, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    milestone = state.milestone
    texts = milestone.texts[catalogue.language]
    rows = [
        (catalogue.say(f"milestones.{field}"), text_line(texts[field]))
        for field in ("plan", "outcome", "breaks", "todo")
    ]
    if milestone.support_ends:
        rows.append((catalogue.say("milestones.support-ends"), text_line(milestone.support_ends.isoformat())))
    if milestone.earlier:
        values = [
            catalogue.say("milestones.earlier-value", value=Text(v.value), date=v.said) for v in milestone.earlier
        ]
        rows.append((catalogue.say("milestones.earlier"), join(values, catalogue.say("join.clause"))))
    checked = catalogue.say("milestones.checked", date=milestone.checked)
    links = join([(Link(url, url),) for url in milestone.sources], catalogue.say("join.list"))
    rows.append((catalogue.say("milestones.source"), (*links, Text(" ("), *checked, Text(")"))))
    return rows
