"""Document to a Slack message: Block Kit as plain dicts that keep every limit, and a text that says the same."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from bot.core.buttons import ASK, NEXT, ORDER, PREVIOUS, RATE, SHARE, Asked, Rating, encode, encode_rating
from bot.render.document import (
    Ask,
    Asks,
    Bar,
    Bars,
    Command,
    Document,
    Element,
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
    Text,
    Verdict,
    visible,
)
from bot.render.limits import (
    ACCESSIBILITY_CHARS,
    ACTIONS,
    ALL_CHARS,
    BUTTON_CHARS,
    SECTION_CHARS,
    USED_BLOCKS,
)
from bot.render.messages import Catalogue
from bot.render.mrkdwn import PROGRAM, bold, footer_lines, lines_of, to_line, to_mrkdwn, whole_answer
from bot.render.rich import preformatted, rich_text
from bot.render.text import filled, plain

Block = dict[str, Any]

#: What stands before a row; the words beside it say the same.
_MARKS = {
    "blocker": "🔴",
    "degraded": "🟠",
    "review": "🟡",
    "info": "🔵",
    "excepted": "⏸️",
    "docker": "🐳",
    "containerd": "🟢",
    "cri-o": "🟢",
    "unknown": "⚪",
}
_WARNING = "⚠️"

#: A bar: nodes off Docker, on Docker, and those of which nobody can tell.
_DONE, _LEFT, _UNKNOWN = "🟩", "🟦", "⬜"
_CELLS = 5

#: Kept free for the line that counts what was cut.
_RESERVE_CHARS = 300


class Message(Struct, frozen=True):
    """One Slack message: ``text`` says everything, ``blocks`` show it."""

    text: str
    blocks: tuple[Block, ...]


def to_message(
    document: Document,
    catalogue: Catalogue,
    asked: Asked,
    *,
    command: str = PROGRAM,
    can_share: bool = False,
    rating: Rating | None = None,
    whole: Command | None = None,
) -> Message:
    """Return a document as a Slack message.

    The verdict, the buttons and the line that says when the cluster was read are always there; what else does not
    fit is cut by whole blocks, and a line says how much.

    Args:
        asked: what the document answers; its buttons ask it again, for another page or for everybody.
        command: the slash command that texts name.
        can_share: whether everybody in the place may see the answer.
        rating: what a verdict on the answer is about; None: nobody is asked for one.
        whole: shows all of the answer in a terminal, where what was asked does not.
    """
    writer = _Writer(catalogue, asked, command, whole or whole_answer(asked.words))
    head = [rich_text(element.line, command) for element in document[:1] if isinstance(element, Verdict)]
    body = list(writer.body(document[len(head) :]))
    tail = [*writer.actions(document, can_share=can_share), *writer.context(document), *writer.rating(rating)]
    room = ALL_CHARS - sum(map(chars, (*head, *tail)))
    blocks = (*head, *writer.fitting(body, room, USED_BLOCKS - len(head) - len(tail)), *tail)
    return Message(to_mrkdwn(document, catalogue, asked.words, command, whole), blocks)


def chars(value: Any) -> int:
    """Return the characters of all texts in a block or a list of them, as Slack may count them: escaped."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(chars, value.values()))
    return sum(map(chars, value)) if isinstance(value, (list, tuple)) else 0


class _Writer:
    """Writes the blocks of one message; ids of its buttons are numbered through."""

    def __init__(self, catalogue: Catalogue, asked: Asked, command: str, whole: Command) -> None:
        self._catalogue = catalogue
        self._asked = asked
        self._command = command
        self._whole = whole
        self._buttons = 0

    def body(self, document: Document) -> Iterator[Block]:
        """Yield a block for each element, a heading joined with what it stands over; rows have one each."""
        heading: list[str] = []
        for element in document:
            if isinstance(element, Heading):
                yield from _sections(heading)
                heading = lines_of(element, self._command)
            elif isinstance(element, Table):
                yield from _sections(heading)
                yield from self._rows(element)
                heading = []
            elif isinstance(element, Pages) or (isinstance(element, Paragraph) and element.is_faint):
                yield from _sections(heading)
                heading = []
                yield _context("\n".join(lines_of(element, self._command)))
            elif isinstance(element, Snippet):
                yield from _sections(heading)
                heading = []
                yield preformatted(element)
            elif not isinstance(element, (Asks, Footer)):
                yield from _sections([*heading, *self._lines(element)])
                heading = []
        yield from _sections(heading)

    def actions(self, document: Document, *, can_share: bool) -> Iterator[Block]:
        """Yield the block of buttons: pages, follow-up questions, share."""
        buttons: list[Block | None] = []
        for element in document:
            if isinstance(element, Pages) and element.page > 0:
                buttons.append(self._turn(PREVIOUS, element.page - 1))
            if isinstance(element, Pages) and element.page + 1 < element.pages:
                buttons.append(self._turn(NEXT, element.page + 1))
        asks = (ask for element in document if isinstance(element, Asks) for ask in element.asks)
        buttons += (self._ask(ask) for ask in asks)
        share = self._button(SHARE, self._catalogue.say("ask.share"), self._asked) if can_share else None
        found = [button for button in buttons if button is not None][: ACTIONS - 1]
        found += [share] if share else []
        if found:
            yield {"type": "actions", "elements": found}

    def context(self, document: Document) -> Iterator[Block]:
        """Yield the line that says when the cluster was read, and what was not."""
        lines = footer_lines(document, self._catalogue, self._command)
        footers = [element for element in document if isinstance(element, Footer)]
        is_warning = any(
            isinstance(item, Paragraph) and item.is_warning for footer in footers for item in footer.elements
        )
        if lines:
            text = "\n".join(lines)
            yield _context(f"{_WARNING} {text}" if is_warning else text)

    def rating(self, rating: Rating | None) -> Iterator[Block]:
        """Yield the thumbs, up and down."""
        values = encode_rating(rating) if rating else None
        if values is None:
            return
        halves = {
            f"{name}_button": {
                "text": {"type": "plain_text", "text": plain(self._catalogue.say(f"rate.{name}"))},
                "value": value,
            }
            for name, value in zip(("positive", "negative"), values, strict=True)
        }
        yield {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": RATE, **halves}]}

    def fitting(self, blocks: list[Block], room: int, most: int) -> list[Block]:
        """Return the first blocks that fit, and if some do not, a section that says how many lines are missing."""
        if sum(map(chars, blocks)) <= room and len(blocks) <= most:
            return blocks
        kept: list[Block] = []
        room -= _RESERVE_CHARS
        for block in blocks:
            room -= chars(block)
            if room < 0 or len(kept) + 1 >= most:
                break
            kept.append(block)
        left = sum(_text_of(block).count("\n") + 1 for block in blocks[len(kept) :])
        line = self._catalogue.say("table.lines-cut", n=left, command=self._whole)
        return [*kept, _section(to_line(line, self._command))]

    def _lines(self, element: Element) -> list[str]:
        if isinstance(element, Facts):
            return [
                f"{bold(label, self._command)}  {to_line(value, self._command)}".strip()
                for label, value in element.rows
            ]
        if isinstance(element, Bars):
            return [*(self._bar(bar) for bar in element.bars), to_line(element.legend, self._command)]
        lines = lines_of(element, self._command)
        if isinstance(element, Paragraph) and element.is_warning:
            return [f"{_WARNING} {line}" for line in lines]
        return lines

    def _bar(self, bar: Bar) -> str:
        """Return squares, the label and the note; a code span would be red, and a finished pool look like an alarm."""
        done = filled(bar.part, bar.total, _CELLS)
        known = filled(bar.total - bar.unknown, bar.total, _CELLS)
        squares = _DONE * done + _LEFT * max(known - done, 0) + _UNKNOWN * (_CELLS - max(known, done))
        return f"{squares} {to_line(bar.label, self._command)} {to_line(bar.note, self._command)}"

    def _rows(self, table: Table) -> Iterator[Block]:
        """Yield a section a row: what it is called, then the rest of it, and the question that tells more."""
        for number, row in enumerate(table.rows):
            mark = _MARKS.get(table.marks[number], "") if table.marks else ""
            cells = [to_line(cell, self._command) for cell in row]
            name = cells.pop(table.lead)
            # The mark stands beside the words it repeats: a long name must not push it onto a line of its own.
            lines = [name, " ".join(part for part in (mark, " · ".join(cell for cell in cells if cell)) if part)]
            for block in _sections([line for line in lines if line]):
                ask = table.asks[number] if table.asks and "accessory" not in block else None
                name = "".join(segment.text for segment in row[table.lead] if isinstance(segment, Text | Name | Link))
                button = self._ask(ask, name) if ask else None
                yield {**block, **({"accessory": button} if button else {})}

    def _turn(self, action: str, page: int) -> Block | None:
        asked = Asked(self._asked.words, self._asked.language, page)
        return self._button(action, self._catalogue.say(f"ask.{action}"), asked)

    def _ask(self, ask: Ask, about: str = "") -> Block | None:
        self._buttons += 1
        asked = Asked(ask.words, self._asked.language)
        return self._button(f"{ORDER if ask.is_order else ASK}-{self._buttons}", ask.label, asked, about)

    def _button(self, action: str, label: Line, asked: Asked, about: str = "") -> Block | None:
        """Return a button, None when its question is too long for one."""
        value, shown = encode(asked), visible(plain(label), BUTTON_CHARS)
        if value is None or not shown.strip():
            return None
        text = {"type": "plain_text", "text": shown, "emoji": False}
        button: Block = {"type": "button", "action_id": action, "text": text, "value": value}
        if about.strip():
            button["accessibility_label"] = visible(f"{shown} {about}", ACCESSIBILITY_CHARS)
        return button


def _sections(lines: list[str]) -> Iterator[Block]:
    """Yield sections that hold the lines, none longer than a text object may be."""
    held: list[str] = []
    for line in lines:
        if held and sum(map(len, held)) + len(held) + len(line) > SECTION_CHARS:
            yield _section("\n".join(held))
            held = []
        held.append(line)
    if any(line.strip() for line in held):
        yield _section("\n".join(held))


def _text_of(block: Block) -> str:
    """Return the text of a section, a context block or a snippet of ours."""
    if block["type"] == "rich_text":
        return "\n".join(str(part["elements"][0]["text"]) for part in block["elements"])
    held: Block = block["text"] if block["type"] == "section" else block["elements"][0]
    return str(held["text"])


def _section(text: str) -> Block:
    # Without `expand` Slack may fold a long text behind "see more" (docs.slack.dev, section block, checked 2026-11-25).
    return {"type": "section", "text": _mrkdwn(text), "expand": True}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
