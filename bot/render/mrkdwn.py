"""Document to one Slack mrkdwn string: escaped, complete, and at most 3,000 visible characters."""

from collections.abc import Iterable, Sequence

from bot.render import text as plain_text
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
    Name,
    Place,
    Segment,
    Snippet,
    Table,
    Text,
    User,
    visible,
)
from bot.render.messages import Catalogue

#: What Slack puts before the words of a question.
PROGRAM = "/runtime"
VISIBLE_CHARS = 3000
_BAR_CELLS = 10
#: The most that coverage may take of a message.
FOOTER_CHARS = 1200
_RESERVE_CHARS = 200
#: The most that one line may take, escaped: two of them fit a text object of 3,000 characters.
LINE_CHARS = 1400
_AGAIN_CHARS = 60


def to_mrkdwn(
    document: Document, catalogue: Catalogue, again: str, program: str = PROGRAM, whole: Command | None = None
) -> str:
    """Return the document as mrkdwn. When it is too long, whole lines go and a line says how many.

    Facts of one thing stay together: the last of them would seem to be about another.

    The verdict always stays, and so does the footer's first line, which says when the cluster was read.

    Args:
        again: the words that ask for the whole answer in a terminal.
        program: the slash command.
        whole: shows all of the answer in a terminal, where those words do not.
    """
    body = _groups([element for element in document if not isinstance(element, Footer)], program)
    footer = footer_lines(document, catalogue, program)
    room = VISIBLE_CHARS - len("\n".join(footer))
    return "\n".join((*_fitting(body, room, catalogue, whole or whole_answer(again)), *footer))


def footer_lines(document: Document, catalogue: Catalogue, program: str = PROGRAM) -> list[str]:
    """Return freshness and coverage, at most FOOTER_CHARS of them; the first line always stays."""
    lines = [line for element in document if isinstance(element, Footer) for line in lines_of(element, program)]
    return _fitting(
        [([line], False) for line in lines], FOOTER_CHARS, catalogue, Command("unshim check", is_whole=True)
    )


def whole_answer(again: str) -> Command:
    """Return the command that shows all of an answer in a terminal."""
    return Command(f"{plain_text.PROGRAM} {visible(again, _AGAIN_CHARS)}", is_whole=True)


def _groups(elements: Iterable[Element], program: str) -> list[tuple[list[str], bool]]:
    """Return the lines of elements, a heading with the line below it; and whether they say nothing without each other.

    ``Facts`` of one thing are such.
    """
    groups: list[tuple[list[str], bool]] = []
    heading: list[str] = []
    for element in elements:
        lines = lines_of(element, program)
        if isinstance(element, Heading):
            heading += lines
        elif lines:
            is_one = isinstance(element, Facts) and element.is_of_one
            together = len(lines) if is_one else 1
            groups += [([*heading, *lines[:together]], is_one), *(([line], False) for line in lines[together:])]
            heading = []
    return groups


def _fitting(groups: Sequence[tuple[list[str], bool]], room: int, catalogue: Catalogue, command: Command) -> list[str]:
    """Return the first line and what of the others fits, and when some does not, a line that counts what is missing.

    Of lines that say nothing without each other all are kept, or none, and none of those that follow either.
    """
    lines = [line for group, _ in groups for line in group]
    if _size(lines) <= room:
        return lines
    kept = lines[:1]
    room -= _size(kept) + _RESERVE_CHARS
    most, is_full = room, False
    for group, is_one in groups[1:]:
        shown = group if _size(group) <= room and not (is_one and is_full) else []
        if is_one and not is_full and _size(group) > most:  # it would fit nowhere
            shown = _beginning(group, room)
        is_full |= is_one and shown != group
        kept += shown
        room -= _size(shown)
    return [*kept, to_line(catalogue.say("table.lines-cut", n=len(lines) - len(kept), command=command))]


def _size(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _beginning(group: list[str], room: int) -> list[str]:
    """Return the first lines of a group that fit; none where only its heading would."""
    shown: list[str] = []
    for line in group:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    return shown if len(shown) > 1 else []


def escape(text: str) -> str:
    """Return text in which nothing is a mention, a link or an entity (Slack's three control characters)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return untrusted text as a code span: the only form in which ``*``, ``_``, ``~`` and ``:x:`` stay literal.

    mrkdwn cannot escape a backtick, so it is shown as the look-alike U+02CB.
    """
    shown = escape(visible(text)).replace("`", "ˋ")
    return f"`{shown}`" if shown.strip() else ""


def to_line(line: Line, program: str = PROGRAM) -> str:
    """Return a line as mrkdwn, at most LINE_CHARS of it: what would go beyond is left out, segment by segment."""
    shown: list[str] = []
    room = LINE_CHARS
    for segment in line:
        part = _segment(segment, program)
        if len(part) > room:
            return "".join((*shown, "…"))
        shown.append(part)
        room -= len(part)
    return "".join(shown)


def _segment(segment: Segment, program: str) -> str:
    if isinstance(segment, Name | Code):
        return code(segment.text)
    if isinstance(segment, Command):
        return code(segment.words if segment.is_whole else f"{program} {segment.words}")
    if isinstance(segment, Link):
        return f"<{escape(segment.url)}|{escape(segment.text)}>"
    if isinstance(segment, User):
        return f"<@{segment.id}>"
    if isinstance(segment, Place):
        return f"<#{segment.id}>" if segment.is_channel else code(segment.id)
    return escape(segment.text)


def bold(line: Line, program: str = PROGRAM) -> str:
    """Return a line in bold where that is safe: ``*`` beside a name's code span would be shown as it is."""
    shown = to_line(line, program).strip()
    return f"*{shown}*" if shown and all(isinstance(segment, Text) for segment in line) else shown


def lines_of(element: Element, program: str = PROGRAM) -> list[str]:
    """Return an element as lines of mrkdwn; buttons have none."""
    if isinstance(element, Heading):
        return [bold(element.line, program)]
    if isinstance(element, Footer):
        return [line for inner in element.elements for line in lines_of(inner, program)]
    if isinstance(element, Snippet):
        # One line to whoever cuts: half a block would make code of what follows.
        return [f"{to_line(element.about, program)}\n```\n{element.text}\n```"]
    if isinstance(element, Bullets):
        return [f"• {to_line(line, program)}" for line in element.lines]
    if isinstance(element, Facts):
        return [f"{to_line(label, program)}: {to_line(value, program)}" for label, value in element.rows]
    if isinstance(element, Bars):
        drawn = ((plain_text.bar(item.part, item.total, _BAR_CELLS), item) for item in element.bars)
        return [f"`{bar}` {to_line(item.label, program)} {to_line(item.note, program)}" for bar, item in drawn]
    if isinstance(element, Table):
        rows = (tuple(to_line(cell, program) for cell in row) for row in element.rows)
        return ["• " + " · ".join(cell for cell in row if cell) for row in rows]
    return [] if isinstance(element, Asks) else [to_line(element.line, program)]
