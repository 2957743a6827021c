"""Document to plain text, for pipes, files and terminals without colour."""

from collections.abc import Sequence

from rich.cells import cell_len

from bot.render.document import (
    Asks,
    Bars,
    Bullets,
    Code,
    Command,
    Document,
    Element,
    Facts,
    Footer,
    Heading,
    Line,
    Link,
    Pages,
    Paragraph,
    Place,
    Segment,
    Snippet,
    Table,
    Text,
    User,
    Verdict,
    visible,
)

#: What a terminal puts before the words of a question.
PROGRAM = "unshim ask"
BAR_CELLS = 20

#: A command is there to be pasted: the longest name and its words fit.
COMMAND_CHARS = 500


def to_text(document: Document) -> str:
    """Return the document as lines of text, with an empty line between what does not belong together."""
    parts: list[str] = []
    for previous, element in zip((None, *document), document, strict=False):
        if block := _element(element):
            parts += [separator(previous, element), block]
    return "".join(parts)


def separator(previous: Element | None, element: Element) -> str:
    """Return the line breaks between two elements."""
    if previous is None:
        return ""
    belongs = isinstance(previous, Heading) or (
        isinstance(previous, Paragraph) and isinstance(element, (Paragraph, Bullets))
    )
    return "\n" if belongs else "\n\n"


def plain(line: Line) -> str:
    """Return a line as text."""
    return "".join(segment_text(segment) for segment in line)


def segment_text(segment: Segment) -> str:
    """Return one segment as text that can do nothing to a terminal."""
    if isinstance(segment, Text):
        return segment.text
    if isinstance(segment, Link):
        return segment.url if segment.text == segment.url else f"{segment.text} <{segment.url}>"
    if isinstance(segment, Command):
        return visible(segment.words if segment.is_whole else f"{PROGRAM} {segment.words}", COMMAND_CHARS)
    if isinstance(segment, Code):
        return f"`{visible(segment.text)}`"
    if isinstance(segment, User | Place):
        return visible(segment.id)
    return visible(segment.text)


def bar(part: int, total: int, cells: int = BAR_CELLS) -> str:
    """Return a bar."""
    return "█" * (part_cells := filled(part, total, cells)) + "░" * (cells - part_cells)


def filled(part: int, total: int, cells: int) -> int:
    """Return how many cells of a bar are filled: all or none only when that is exactly so."""
    if total <= 0:
        return 0
    count = round(part * cells / total)
    return min(max(count, 1), cells - 1) if 0 < part < total else count


def _element(element: Element) -> str:
    if isinstance(element, (Verdict, Paragraph, Heading, Pages)):
        return plain(element.line)
    if isinstance(element, Asks):
        return ""
    if isinstance(element, Footer):
        return to_text(element.elements)
    if isinstance(element, Snippet):
        return f"{plain(element.about)}\n{element.text}"
    if isinstance(element, Bullets):
        return "\n".join(f"- {plain(line)}" for line in element.lines)
    if isinstance(element, Facts):
        return _columns([[plain(label), plain(value)] for label, value in element.rows])
    if isinstance(element, Bars):
        rows = [[plain(b.label), bar(b.part, b.total), plain(b.note)] for b in element.bars]
        return _columns([["  " + row[0], *row[1:]] for row in rows])
    return _table(element)


def _table(table: Table) -> str:
    return _columns([[plain(cell) for cell in row] for row in (table.headers, *table.rows)])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows aligned by display width: Korean characters take two cells."""
    if not rows:
        return ""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
