"""Document to a colour terminal, with rich; imported only when standard output is one."""

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bot.render import text as plain_text
from bot.render.document import (
    Asks,
    Bars,
    Bullets,
    Code,
    Command,
    Document,
    Facts,
    Footer,
    Heading,
    Line,
    Link,
    Name,
    Pages,
    Paragraph,
    Snippet,
    Table,
    Verdict,
)


def print_document(document: Document, console: Console) -> None:
    """Print a document; every string goes through the same escaping as plain text and is never markup."""
    for previous, element in zip((None, *document), document, strict=False):
        if plain_text.separator(previous, element) == "\n\n":
            console.print()
        if isinstance(element, Footer):
            print_document(element.elements, console)
            continue
        if isinstance(element, Asks):
            continue
        console.print(_element(element), soft_wrap=isinstance(element, (Verdict, Paragraph, Snippet)))


def _rich(line: Line, style: str = "") -> RichText:
    text = RichText(style=style)
    for segment in line:
        shown = plain_text.segment_text(segment)
        if isinstance(segment, Name):
            text.append(shown, style="bold")
        elif isinstance(segment, Command | Code):
            text.append(shown, style="cyan")
        elif isinstance(segment, Link):
            text.append(shown, style=f"link {segment.url}")
        else:
            text.append(shown)
    return text


def _element(
    element: Verdict | Paragraph | Heading | Facts | Bars | Table | Bullets | Snippet | Pages,
) -> RenderableType:
    if isinstance(element, Snippet):
        return _rich(element.about).append(f"\n{element.text}", style="cyan")
    if isinstance(element, Verdict):
        return _rich(element.line, "bold")
    if isinstance(element, Paragraph):
        return _rich(element.line, "yellow" if element.is_warning else "dim" if element.is_faint else "")
    if isinstance(element, Pages):
        return _rich(element.line, "dim")
    if isinstance(element, Heading):
        return _rich(element.line, "bold underline")
    if isinstance(element, Bullets):
        return Group(*(RichText("- ").append_text(_rich(line)) for line in element.lines))
    if isinstance(element, Table):
        return _grid(
            [[_rich(cell) for cell in row] for row in element.rows], [_rich(h, "dim") for h in element.headers]
        )
    if isinstance(element, Facts):
        return _grid([[_rich(label, "dim"), _rich(value)] for label, value in element.rows])
    return _bars(element)


def _bars(bars: Bars) -> RenderableType:
    rows = []
    for item in bars.bars:
        drawn = plain_text.bar(item.part, item.total)
        style = "green" if item.part == item.total else "yellow"
        rows.append([_rich(item.label), RichText(drawn, style=style), _rich(item.note)])
    return _grid(rows)


def _grid(rows: list[list[RichText]], headers: list[RichText] | None = None) -> RichTable:
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    for _ in (headers or rows[0]) if headers or rows else []:
        grid.add_column(overflow="fold")
    if headers:
        grid.add_row(*headers)
    for row in rows:
        grid.add_row(*row)
    return grid
