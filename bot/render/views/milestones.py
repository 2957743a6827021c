"""The whole calendar: what concerns this cluster first and in full, then the rest, a line each."""

from bot.core.answers import MilestonesAnswer
from bot.core.milestones import MilestoneState, overdue, upcoming, waiting
from bot.core.own_dates import SLACK
from bot.errors import BotError
from bot.render.document import (
    Bullets,
    Command,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Link,
    Name,
    Paragraph,
    Place,
    Text,
    Verdict,
    join,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, error_line, seen

#: A message names the first sources of a date; a terminal all of them.
SOURCES_IN_MESSAGE = 2

#: Dates of which a message also says what to do, and where that stands: with more of it the calendar would not fit.
ADVISED_IN_MESSAGE = 3

#: Beyond this a date that lies ahead comes after what is overdue.
FAR_DAYS = 365


def compose(answer: MilestonesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return every milestone: those with something to do in full, the most urgent first; the rest by date."""
    acting = sorted((state for state in answer.states if state.is_acting), key=_urgency)
    rest = [state for state in answer.states if not state.is_acting]
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.unread is not None and limits.has_buttons:  # a terminal has told already
        key, values = answer.unread
        why = error_line(BotError(key, **values), catalogue)
        elements.append(Paragraph(catalogue.say("seen.unread", why=why), is_warning=True))
    if limits.has_details or limits.has_buttons:
        for number, state in enumerate(acting):
            elements += _full(state, catalogue, limits, has_todo=number < ADVISED_IN_MESSAGE)
        if acting:
            elements.append(Heading(catalogue.say("milestones.rest")))
        elements.append(Bullets(tuple(_brief(state, catalogue, limits) for state in rest)))
        hint = catalogue.say("milestones.hint", command=Command(f"when {_example(rest or acting)}"))
        elements.append(Paragraph(hint, is_faint=True))
    else:
        todos = [_short(state, catalogue, has_todo=n < ADVISED_IN_MESSAGE) for n, state in enumerate(acting)]
        elements.append(Bullets((*todos, *(_brief(state, catalogue, limits) for state in rest))))
    if answer.seen is not None:
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def told(state: MilestoneState, field: str, catalogue: Catalogue) -> Line:
    """Return a text of the milestone in the reader's language; that of the team's own are somebody's words."""
    text = state.milestone.texts[catalogue.language][field]
    if not text:
        return ()
    return (Name(text),) if state.milestone.is_own else text_line(text)


def title(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return the milestone's title in the reader's language."""
    return told(state, "title", catalogue)


def when(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``in 24 days``, ``today``, ``1,664 days ago``; how sure it is, and whose date, where that has to be said."""
    sure = [line for line in (days(state, catalogue), plan(state, catalogue)) if line]
    whose = [line for line in (own(state, catalogue),) if line]
    return join([join(sure, catalogue.say("join.list")), *whose], catalogue.say("join.clause"))


def days(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``in 24 days``, ``today``, ``1,664 days ago``."""
    if state.days_left == 0:
        return catalogue.say("milestones.today")
    if state.days_left > 0:
        return catalogue.say("milestones.ahead", n=state.days_left)
    return catalogue.say("milestones.past", n=-state.days_left)


def plan(state: MilestoneState, catalogue: Catalogue) -> Line:
    """How sure a change or an end of support is; nothing where it happened as told."""
    milestone = state.milestone
    if milestone.kind == "end-of-support" and not milestone.is_confirmed:
        return catalogue.say("milestones.unannounced")
    if milestone.state == "moved":
        return catalogue.say("milestones.moved" if milestone.is_confirmed else "milestones.moved-unconfirmed")
    if not milestone.is_confirmed:
        return catalogue.say("milestones.unconfirmed")
    return catalogue.say("milestones.planned") if milestone.is_planned else ()


def own(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return whose date it is, and the upstream one; nothing for a date of the calendar."""
    origin = state.milestone.own
    if origin is None:
        return ()
    if origin.source == SLACK and origin.by is not None and origin.at is not None:
        line = catalogue.say("milestones.own-slack", user=Place(origin.by), at=origin.at.date())
    else:
        line = catalogue.say("milestones.own-file")
    if origin.upstream is None:
        return line
    return catalogue.say("milestones.own-over", own=line, date=origin.upstream)


def concerned(state: MilestoneState, catalogue: Catalogue) -> Line:
    """``10 nodes and 3 workloads (1 excepted)``."""
    line = catalogue.say("milestones.concerns", n=len(state.nodes))
    if state.workloads:
        workloads = catalogue.say("milestones.workloads", n=len(state.workloads))
        line = catalogue.say("milestones.both", nodes=line, workloads=workloads) if state.nodes else workloads
    if state.excepted:
        line = catalogue.say("milestones.with-excepted", what=line, n=len(state.excepted))
    return line


def scheduled(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return one line: title, date, days left, how many nodes and workloads it concerns."""
    return catalogue.say(
        "milestones.scheduled",
        title=title(state, catalogue),
        date=state.milestone.day,
        when=when(state, catalogue),
        nodes=concerned(state, catalogue),
    )


def sources(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return links to the first sources, and the day they were checked, in brackets."""
    name = "".join(segment.text for segment in catalogue.say("milestones.source") if isinstance(segment, Text))
    milestone = state.milestone
    first = milestone.sources[:SOURCES_IN_MESSAGE]
    parts: list[Line] = [(Link(url, f"{name} {number}"),) for number, url in enumerate(first, start=1)]
    if milestone.own is not None and milestone.own.reference:
        parts.append((Text(f"{name}: "), Name(milestone.own.reference)))
    if milestone.checked is not None:
        parts.append(catalogue.say("milestones.checked", date=milestone.checked))
    return (Text("("), *join(parts, catalogue.say("join.list")), Text(")"))


def _urgency(state: MilestoneState) -> tuple[int, int]:
    if state.is_ahead:
        return (0 if state.days_left <= FAR_DAYS else 3), state.days_left
    return (1 if state.is_overdue else 2), -state.days_left


def _verdict(answer: MilestonesAnswer, catalogue: Catalogue) -> Line:
    if not answer.nodes_known:
        return catalogue.say("milestones.verdict-unknown")
    ahead, late, also = upcoming(answer.states), overdue(answer.states), waiting(answer.states)
    if ahead is None and not late:
        if also is not None:
            return catalogue.say("milestones.verdict-waiting", title=title(also, catalogue))
        none = catalogue.say("milestones.verdict-none" if answer.is_whole else "milestones.verdict-none-partial")
        unsure = {name for state in answer.states for name in state.unsure}
        return none + (catalogue.say("milestones.verdict-check", n=len(unsure)) if unsure else ())
    first = ahead or late[0]
    line = catalogue.say(
        "milestones.verdict-next" if ahead else "milestones.verdict-overdue",
        title=title(first, catalogue),
        date=first.milestone.day,
        when=when(first, catalogue),
    )
    left = late if ahead else late[1:]
    if left:
        key = "milestones.verdict-overdue-more" if left[1:] else "milestones.verdict-overdue-also"
        line += catalogue.say(key, title=title(left[0], catalogue), n=len(left) - 1)
    return line + (catalogue.say("milestones.verdict-also", title=title(also, catalogue)) if also else ())


def _line(state: MilestoneState, catalogue: Catalogue) -> Line:
    if state.is_waiting:
        return catalogue.say("milestones.line-waiting", title=title(state, catalogue), date=state.milestone.day)
    return catalogue.say(
        "milestones.line", title=title(state, catalogue), date=state.milestone.day, when=when(state, catalogue)
    )


def _marker(state: MilestoneState, catalogue: Catalogue) -> Line:
    """What of the cluster it concerns, or may concern; nothing where that is nothing, or not known."""
    marks: list[Line] = []
    if state.is_concerning:
        what = concerned(state, catalogue)
        if state.is_overdue:
            marks.append(catalogue.say("milestones.marker-overdue", nodes=what))
        else:  # of one that waits for an upgrade the line has said that it concerns the cluster
            marks.append(what if state.is_waiting else catalogue.say("milestones.marker", nodes=what))
    if state.unsure:
        marks.append(catalogue.say("milestones.to-check", n=len(state.unsure)))
    return join(marks, catalogue.say("join.then"))


def _full(state: MilestoneState, catalogue: Catalogue, limits: Limits, *, has_todo: bool) -> list[Element]:
    marker = _marker(state, catalogue)
    if not limits.has_details:
        todo = join(
            [line for line in (told(state, "todo", catalogue), sources(state, catalogue)) if line], text_line(" ")
        )
        lines = [(Text("➡ "), *marker), *([todo] if has_todo else [])]
        return [Heading(_line(state, catalogue)), *(Paragraph(line) for line in lines)]
    return [
        Heading((*_line(state, catalogue), Text("  ◀ "), *marker)),
        Facts(tuple(_details(state, catalogue))),
    ]


def _short(state: MilestoneState, catalogue: Catalogue, *, has_todo: bool) -> Line:
    line = (*_line(state, catalogue), Text("  ◀ "), *_marker(state, catalogue))
    todo = told(state, "todo", catalogue) if has_todo else ()
    return (*line, Text(". "), *todo) if todo else line


def _brief(state: MilestoneState, catalogue: Catalogue, limits: Limits) -> Line:
    """``2021-08-04: Kubernetes 1.22, … came out with it``: one line, true whether or not it concerns the cluster."""
    headline, day = told(state, "headline", catalogue), state.milestone.day
    more = [line for line in (plan(state, catalogue), own(state, catalogue)) if line]
    if state.days_left >= 0 or more:
        said = when(state, catalogue) if state.days_left >= 0 else join(more, catalogue.say("join.clause"))
        line = catalogue.say("milestones.brief-more", date=day, headline=headline, more=said)
    else:
        line = catalogue.say("milestones.brief", date=day, headline=headline)
    if marker := _marker(state, catalogue):
        line = (*line, Text("  ◀ "), *marker)
    if limits.has_details and (outcome := told(state, "outcome", catalogue)):
        line = (*line, Text(". "), *outcome)
    return line


def _example(some: list[MilestoneState]) -> str:
    """Return a version to ask for."""
    return next((state.milestone.version for state in reversed(some) if state.milestone.version), "1.24")


def _details(state: MilestoneState, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    milestone = state.milestone
    rows = [
        (catalogue.say(f"milestones.{field}"), text)
        for field in ("plan", "outcome", "breaks", "todo")
        if (text := told(state, field, catalogue))
    ]
    if note := note_row(state, catalogue):
        rows.insert(0, note)
    if milestone.support_ends:
        rows.append((catalogue.say("milestones.support-ends"), text_line(milestone.support_ends.isoformat())))
    if milestone.earlier:
        rows.append((catalogue.say("milestones.earlier"), earlier(state, catalogue)))
    links: list[Line] = [(Link(url, url),) for url in milestone.sources]
    if milestone.own is not None and milestone.own.reference:
        links.append((Name(milestone.own.reference),))
    line = join(links, catalogue.say("join.list"))
    if milestone.checked is not None:
        line = (*line, Text(" ("), *catalogue.say("milestones.checked", date=milestone.checked), Text(")"))
    rows.append((catalogue.say("milestones.source"), line))
    return rows


def note_row(state: MilestoneState, catalogue: Catalogue) -> tuple[Line, Line] | None:
    """Return what the team noted at its own date, None where that is nothing."""
    origin = state.milestone.own
    return (catalogue.say("milestones.note"), (Name(origin.note),)) if origin and origin.note else None


def earlier(state: MilestoneState, catalogue: Catalogue) -> Line:
    """Return the earlier values of a date, each with when it was said."""
    values = [
        catalogue.say("milestones.earlier-value", value=Text(item.value), date=item.said)
        for item in state.milestone.earlier
    ]
    return join(values, catalogue.say("join.clause"))
