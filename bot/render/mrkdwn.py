"""Document to one Slack mrkdwn string: escaped, complete, and at most 3,000 visible characters."""

from bot.render import text as plain_text
from bot.render.document import (
    Bars,
    Bullets,
    Command,
    Document,
    Element,
    Facts,
    Footer,
    Heading,
    Line,
    Link,
    Name,
    Segment,
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
_AGAIN_CHARS = 60


def to_mrkdwn(document: Document, catalogue: Catalogue, again: str) -> str:
    """Return the document as mrkdwn. When it is too long, whole lines go and a line says how many.

    The verdict always stays, and so does the footer's first line, which says when the cluster was read.

    Args: again: the words that ask for the whole answer in a terminal.
    """
    body = [line for element in document if not isinstance(element, Footer) for line in _element(element)]
    footer = [line for element in document if isinstance(element, Footer) for line in _element(element)]
    footer = _fitting(footer, FOOTER_CHARS, catalogue, Command("unshim check", is_whole=True))
    room = VISIBLE_CHARS - len("\n".join(footer))
    whole = Command(f"{plain_text.PROGRAM} {visible(again, _AGAIN_CHARS)}", is_whole=True)
    return "\n".join((*_fitting(body, room, catalogue, whole), *footer))


def _fitting(lines: list[str], room: int, catalogue: Catalogue, command: Command) -> list[str]:
    """Return the first line and those of the others that fit, and when some do not, a line that counts them."""
    if sum(len(line) + 1 for line in lines) <= room:
        return lines
    kept = lines[:1]
    room -= len(lines[0]) + 1 + _RESERVE_CHARS
    for line in lines[1:]:
        if len(line) + 1 <= room:
            kept.append(line)
            room -= len(line) + 1
    return [*kept, to_line(catalogue.say("table.lines-cut", n=len(lines) - len(kept), command=command))]


def escape(text: str) -> str:
    """Return text in which nothing is a mention, a link or an entity (Slack's three control characters)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return untrusted text as a code span: the only form in which ``*``, ``_``, ``~`` and ``:x:`` stay literal.

    mrkdwn cannot escape a backtick, so it is shown as the look-alike U+02CB.
    """
    shown = escape(visible(text)).replace("`", "ˋ")
    return f"`{shown}`" if shown.strip() else ""


def to_line(line: Line) -> str:
    """Return a line as mrkdwn."""
    return "".join(_segment(segment) for segment in line)


def _segment(segment: Segment) -> str:
    if isinstance(segment, Name):
        return code(segment.text)
    if isinstance(segment, Command):
        return code(segment.words if segment.is_whole else f"{PROGRAM} {segment.words}")
    if isinstance(segment, Link):
        return f"<{escape(segment.url)}|{escape(segment.text)}>"
    if isinstance(segment, User):
        return f"<@{segment.id}>"
    return escape(segment.text)


def _element(element: Element) -> list[str]:
    if isinstance(element, Heading) and all(isinstance(segment, Text) for segment in element.line):
        return [f"*{to_line(element.line).strip()}*"]
    if isinstance(element, Footer):
        return [line for inner in element.elements for line in _element(inner)]
    if isinstance(element, Bullets):
        return [f"• {to_line(line)}" for line in element.lines]
    if isinstance(element, Facts):
        return [f"{to_line(label)}: {to_line(value)}" for label, value in element.rows]
    if isinstance(element, Bars):
        drawn = ((plain_text.bar(item.part, item.total, _BAR_CELLS), item) for item in element.bars)
        return [f"`{bar}` {to_line(item.label)} {to_line(item.note)}" for bar, item in drawn]
    if isinstance(element, Table):
        rows = (tuple(to_line(cell) for cell in row) for row in element.rows)
        return ["• " + " · ".join(cell for cell in row if cell) for row in rows]
    return [to_line(element.line)]
