"""What differs between two reads: nodes that moved, came or went, findings closed and new, and in whose workloads."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

from msgspec.structs import replace

from bot.core.blind import Blind
from bot.core.history import Changes, Findings
from bot.core.people_answers import ChangesAnswer, HistoryAnswer
from bot.core.seen import Seen
from bot.render.document import (
    Bullets,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Name,
    Paragraph,
    Text,
    Verdict,
    join,
    text_line,
    visible,
)
from bot.render.messages import Catalogue
from bot.render.parts import ROW_NAME_CHARS, Limits, asks, ends_of, names_line, seen

T = TypeVar("T")


def compose(answer: ChangesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what changed, and between which two reads."""
    found = answer.changes
    elements: list[Element] = [Verdict(_verdict(found, catalogue))]
    elements += [Paragraph(line, is_warning=True) for line in _torn(found, catalogue)]
    if found.is_whole:
        docker = catalogue.say("changes.from-to", before=found.docker_before, after=found.docker_after)
        elements.append(Facts(((catalogue.say("changes.docker"), docker),)))
    for key, lines in _parts(found, catalogue, limits):
        if lines:
            elements += [Heading(catalogue.say(f"changes.{key}")), Bullets(tuple(lines))]
    elements += meanwhile(answer, catalogue, limits)
    elements += asks(catalogue, limits, ("trend", "trend"), ("pods", "pods"))
    elements.append(seen(catalogue, told(answer.seen, answer.blind)))
    return tuple(elements)


def meanwhile(answer: ChangesAnswer | HistoryAnswer, catalogue: Catalogue, limits: Limits) -> list[Element]:
    """Return when the cluster was not seen, each time with what changed meanwhile; or since when it always was."""
    elements: list[Element] = []
    if answer.unbroken is not None:
        elements.append(Paragraph(catalogue.say("blind.none", since=answer.unbroken)))
    for time in answer.blind:
        found = time.changes
        elements.append(Heading(_when(time, catalogue)))
        rows = [
            catalogue.say("blind.row", what=catalogue.say(f"changes.{key}"), line=line)
            for key, lines in _parts(found, catalogue, limits)
            for line in lines
        ]
        if rows:
            elements.append(Bullets((*rows, *_torn(found, catalogue))))
        else:
            key = "blind.nothing" if found.is_whole else "blind.nothing-partial"
            elements.append(Paragraph(catalogue.say(key)))
    return elements


def told(seen: Seen, times: Sequence[Blind]) -> Seen:
    """Return what the end of an answer says, without a time that the answer has told of."""
    return replace(seen, blind=None) if seen.blind in times else seen


def _when(time: Blind, catalogue: Catalogue) -> Line:
    key = "blind.heading-kinds" if time.kinds else "blind.heading"
    # Words of our own, and not code, since a heading with code in it is not bold.
    kinds = text_line(", ".join(time.kinds))
    if time.since.date() != time.until.date():
        when = catalogue.say("blind.from-day-to-day", first=time.since, last=time.until)
    else:
        when = catalogue.say("blind.on-a-day", date=time.until.date(), **ends_of(time))
    return catalogue.say(key, when=when, kinds=kinds)


def _torn(found: Changes, catalogue: Catalogue) -> list[Line]:
    ends = (
        (found.is_before_whole, "before-torn", found.before),
        (found.is_after_whole, "after-torn", found.after),
    )
    return [catalogue.say(f"changes.{key}", time=time) for is_whole, key, time in ends if not is_whole]


def _verdict(found: Changes, catalogue: Catalogue) -> Line:
    ends = {"before": found.before, "after": found.after}
    counts = {
        "n-moved": len(found.moved),
        "n-unclear": len(found.unclear),
        "n-gone": len(found.gone),
        "n-joined": len(found.joined),
        "n-closed": sum(len(item.codes) for item in found.closed),
        "n-new": sum(len(item.codes) for item in found.new),
    }
    parts = [catalogue.say(f"changes.{key}", n=n) for key, n in counts.items() if n]
    if not parts:
        return catalogue.say("changes.nothing" if found.is_whole else "changes.nothing-partial", **ends)
    return catalogue.say("changes.verdict", what=join(parts, catalogue.say("join.list")), **ends)


def _parts(found: Changes, catalogue: Catalogue, limits: Limits) -> list[tuple[str, list[Line]]]:
    """Return (entry of its heading, lines) of each part."""

    def grouped(items: Sequence[T], runtime: Callable[[T], str], name: Callable[[T], str]) -> list[Line]:
        groups = groupby(sorted(items, key=lambda item: (runtime(item), name(item))), key=runtime)
        return [_nodes(runtime, [name(item) for item in some], catalogue, limits) for runtime, some in groups]

    return [
        ("moved", grouped(found.moved, lambda m: f"{m.before} → {m.after}", lambda m: m.name)),
        ("unclear", grouped(found.unclear, lambda m: f"{m.before} → {m.after}", lambda m: m.name)),
        ("gone", grouped(found.gone, lambda n: n.runtime, lambda n: n.name)),
        ("joined", grouped(found.joined, lambda n: n.runtime, lambda n: n.name)),
        ("closed", _findings(found.closed, catalogue, limits)),
        ("new", _findings(found.new, catalogue, limits)),
    ]


def _nodes(runtime: str, names: Sequence[str], catalogue: Catalogue, limits: Limits) -> Line:
    shown = names_line(catalogue, names, limits.names)
    return catalogue.say("changes.nodes", runtime=Text(runtime), n=len(names), names=shown)


def _findings(items: Sequence[Findings], catalogue: Catalogue, limits: Limits) -> list[Line]:
    lines = [_finding(item, catalogue) for item in items[: limits.rows]]
    if len(items) > limits.rows:
        lines.append(catalogue.say("status.more", n=len(items) - limits.rows))
    return lines


def _finding(item: Findings, catalogue: Catalogue) -> Line:
    owner: Line = (Name(visible(item.owner, ROW_NAME_CHARS)),) if item.owner else catalogue.say("table.unowned")
    # From a store: rule codes of another version, so they are shown as text of somebody else's.
    codes = join([(Name(code),) for code in item.codes], catalogue.say("join.list"))
    return catalogue.say("changes.finding", workload=item.workload, codes=codes, owner=owner)
