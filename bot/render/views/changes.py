"""What differs between two reads: nodes that moved, came or went, findings closed and new, and in whose workloads."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

from bot.core.history import Changes, Findings
from bot.core.people_answers import ChangesAnswer
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
    visible,
)
from bot.render.messages import Catalogue
from bot.render.parts import ROW_NAME_CHARS, Limits, asks, names_line, seen

T = TypeVar("T")


def compose(answer: ChangesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what changed, and between which two reads."""
    found = answer.changes
    elements: list[Element] = [Verdict(_verdict(found, catalogue))]
    for is_whole, key, time in (
        (found.is_before_whole, "before-torn", found.before),
        (found.is_after_whole, "after-torn", found.after),
    ):
        if not is_whole:
            elements.append(Paragraph(catalogue.say(f"changes.{key}", time=time), is_warning=True))
    if found.is_whole:
        docker = catalogue.say("changes.from-to", before=found.docker_before, after=found.docker_after)
        elements.append(Facts(((catalogue.say("changes.docker"), docker),)))
    for key, lines in _parts(found, catalogue, limits):
        if lines:
            elements += [Heading(catalogue.say(f"changes.{key}")), Bullets(tuple(lines))]
    elements += asks(catalogue, limits, ("trend", "trend"), ("pods", "pods"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


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
