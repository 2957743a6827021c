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
    visible,
)
from bot.render.messages import Catalogue

#: What Slack puts before the words of a question.
PROGRAM = "/runtime"
VISIBLE_CHARS = 3000
_BAR_CELLS = 10
_RESERVE_CHARS = 200
_AGAIN_CHARS = 60


def to_mrkdwn(document: Document, catalogue: Catalogue, again: str) -> str:
    """Return the document as mrkdwn. When it is too long, whole lines go and a line says how many; the footer stays.

    Args: again: the words that ask for the whole answer elsewhere.
    """
    body = [line for element in document if not isinstance(element, Footer) for line in _element(element)]
    footer = [line for element in document if isinstance(element, Footer) for line in _element(element)]
    room = VISIBLE_CHARS - _RESERVE_CHARS - len("\n".join(footer))
    kept: list[str] = []
    for line in body:
        room -= len(line) + 1
        if room < 0 and kept:  # the verdict always stays
            rest = catalogue.say(
                "table.lines-cut", n=len(body) - len(kept), command=Command(visible(again, _AGAIN_CHARS))
            )
            kept.append(to_line(rest))
            break
        kept.append(line)
    return "\n".join((*kept, *footer))


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
