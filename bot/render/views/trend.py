"""How the share on Docker developed: the sum, when none is left, dates, the next milestone; what a chart cannot say."""

from collections.abc import Sequence

from bot.core.forecast import LEAST_DAYS, LEAST_SPAN_DAYS, OLDEST_DAYS, Forecast, Reason
from bot.core.history import Point
from bot.core.people_answers import TrendAnswer
from bot.render.chart import milestones_shown
from bot.render.document import (
    Bar,
    Bars,
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
from bot.render.parts import Limits, asks, seen
from bot.render.risks import not_counted
from bot.render.text import plain
from bot.render.views.milestones import scheduled

#: Dates that are listed.
ROWS = 8


def compose(answer: TrendAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the trend with its forecast, or why there is none."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue)), Facts(tuple(_facts(answer, catalogue)))]
    elements += not_counted(catalogue, answer.excepted)
    if len(answer.points) > 1:
        bars = tuple(_bar(point, catalogue) for point in _rows(answer.points))
        elements += [Heading(catalogue.say("trend.dates")), Bars(bars, catalogue.say("status.legend"))]
    if answer.nodes.earliest is not None or answer.exposed.earliest is not None:
        elements.append(Paragraph(catalogue.say("trend.method"), is_faint=True))
    elements += asks(catalogue, limits, ("changes", "changes"), ("pods", "pods"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def trend_title(answer: TrendAnswer, catalogue: Catalogue) -> str:
    """Return what stands above the chart."""
    first, last = answer.points[0].day, answer.points[-1].day
    cluster = catalogue.say("trend.cluster", name=answer.seen.cluster) if answer.seen.cluster else ()
    return plain(catalogue.say("trend.title", first=first, last=last, cluster=cluster))


def trend_alt(answer: TrendAnswer, catalogue: Catalogue) -> str:
    """Return what the chart shows, for who cannot see it: first and last figures, milestones."""
    first, last = answer.points[0], answer.points[-1]
    drawn = milestones_shown(answer.points, answer.marks)
    marks = text_line(", ".join(f"{label} ({day.isoformat()})" for label, day in drawn))
    ends = [
        catalogue.say("trend.alt-point", date=point.day, docker=point.on_docker, nodes=point.nodes, n=point.exposed)
        for point in ((first, last) if first is not last else (last,))
    ]
    shown = catalogue.say("trend.alt-marks", marks=marks) if drawn else ()
    title = text_line(trend_title(answer, catalogue))
    ends_line = join(ends, catalogue.say("join.clause"))
    return plain(catalogue.say("trend.alt", title=title, ends=ends_line, marks=shown))


def _verdict(answer: TrendAnswer, catalogue: Catalogue) -> Line:
    now = answer.now
    outlook = _outlook(answer.nodes, catalogue)
    if not answer.nodes_known:
        return catalogue.say("trend.unread", outlook=outlook)
    partial = "" if answer.seen.is_whole("nodes") else "-partial"
    head = catalogue.say(f"trend.now{partial}", docker=now.on_docker, n=now.nodes)
    if partial or answer.before is None:
        return catalogue.say("trend.verdict-alone", now=head, outlook=outlook)
    change = _change(now.on_docker - answer.before.on_docker, _days(answer), catalogue)
    if answer.nodes.reason is Reason.DONE:
        return catalogue.say("trend.verdict-done", now=head, change=change)
    return catalogue.say("trend.verdict", now=head, change=change, outlook=outlook)


def _days(answer: TrendAnswer) -> int:
    return (answer.now.day - answer.before.day).days if answer.before else 0


def _change(by: int, days: int, catalogue: Catalogue) -> Line:
    key = "fewer" if by < 0 else "more" if by else "same"
    return catalogue.say(f"trend.{key}", by=abs(by), n=days)


def _outlook(found: Forecast, catalogue: Catalogue) -> Line:
    """Return when none is left, or why that cannot be told, as part of a sentence."""
    if found.earliest is not None and found.latest is None:
        return catalogue.say("trend.open", earliest=found.earliest)
    if found.earliest is not None and found.latest is not None:
        key = "trend.day" if found.earliest == found.latest else "trend.between"
        return catalogue.say(key, earliest=found.earliest, latest=found.latest)
    since = found.since.isoformat() if found.since else ""
    match found.reason:
        case Reason.TOO_FEW if found.span < LEAST_SPAN_DAYS:
            return catalogue.say("trend.no-too-few", n=found.span, least=LEAST_SPAN_DAYS)
        case Reason.TOO_FEW:
            return catalogue.say("trend.no-too-few-days", n=found.days, least=LEAST_DAYS)
        case Reason.INCOMPLETE if found.days < LEAST_DAYS or found.span < LEAST_SPAN_DAYS:
            return catalogue.say("trend.no-incomplete", days=found.days, n=found.reads)
        case Reason.INCOMPLETE:
            return catalogue.say("trend.no-recent", n=OLDEST_DAYS)
        case Reason.UNKNOWN:
            return catalogue.say("trend.no-unknown", n=found.unknown)
        case Reason.RISING:
            return catalogue.say("trend.no-rising", n=found.change, since=Text(since))
        case Reason.FLAT:
            return catalogue.say("trend.no-flat", since=Text(since))
        case Reason.FAR:
            return catalogue.say("trend.no-far")
        case _:
            return catalogue.say("trend.no-done")


def _facts(answer: TrendAnswer, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    rows = [(catalogue.say("trend.exposed"), _exposed(answer, catalogue))]
    if answer.now.unknown:
        rows.append((catalogue.say("trend.unknown"), catalogue.say("trend.unknown-nodes", n=answer.now.unknown)))
    found = answer.nodes
    if found.still_since is not None and found.change and found.reason is not Reason.DONE:
        ago = (answer.now.day - found.still_since).days
        key = "trend.moved-on" if ago else "trend.moved-today"
        rows.append((catalogue.say("trend.moved"), catalogue.say(key, date=found.still_since, n=ago)))
    state = answer.next_milestone
    if state is not None:
        line = scheduled(state, catalogue)
        where = _against(found, answer)
        rows.append((catalogue.say("status.next"), (*line, *catalogue.say(f"trend.{where}")) if where else line))
    if len(answer.points) > 1:
        kept = catalogue.say("trend.kept-days", n=found.reads, whole=found.days, date=answer.points[0].day)
        rows.append((catalogue.say("trend.kept"), kept))
    return rows


def _exposed(answer: TrendAnswer, catalogue: Catalogue) -> Line:
    now, found = answer.now, answer.exposed
    if not now.is_whole:
        return catalogue.say("trend.exposed-partial", n=now.exposed)
    if answer.before is None or found.reason in (Reason.TOO_FEW, Reason.INCOMPLETE):
        return catalogue.say("trend.exposed-now", n=now.exposed)
    change = _change(now.exposed - answer.before.exposed, _days(answer), catalogue)
    if found.reason is Reason.DONE:
        return catalogue.say("trend.exposed-done", count=now.exposed, change=change)
    return catalogue.say("trend.exposed-trend", count=now.exposed, change=change, outlook=_outlook(found, catalogue))


def _against(found: Forecast, answer: TrendAnswer) -> str:
    """Return the entry for how the interval lies to the next date; empty where there is none."""
    if found.earliest is None or answer.next_milestone is None:
        return ""
    day = answer.next_milestone.milestone.day
    if found.latest is not None and found.latest < day:
        return "ends-before"
    return "begins-after" if found.earliest > day else "lies-across"


def _rows(points: Sequence[Point]) -> list[Point]:
    """Return the first point, the last, and some at equal distances between; complete ones where there are enough."""
    whole = [point for point in points[:-1] if point.is_whole]
    chosen = [*(whole if len(whole) >= ROWS - 1 else points[:-1]), points[-1]]
    if len(chosen) <= ROWS:
        return chosen
    return [chosen[round(number * (len(chosen) - 1) / (ROWS - 1))] for number in range(ROWS)]


def _bar(point: Point, catalogue: Catalogue) -> Bar:
    partial = "" if point.is_whole else "-partial"
    note = catalogue.say(f"trend.row{partial}", docker=point.on_docker, nodes=point.nodes, n=point.exposed)
    off = point.nodes - point.on_docker - point.unknown
    return Bar(text_line(point.day.isoformat()), off, point.nodes, note, point.unknown)
