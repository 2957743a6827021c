"""What every message is made of, and the one path on which text from a cluster or a person is made harmless."""

import unicodedata
from collections.abc import Iterable

from msgspec import Struct

#: Kubernetes names are at most 253 characters, a namespace 63, a kind 63: longer text is no name, and is cut.
NAME_CHARS = 390

# Unicode categories that change how the text around them is shown, or show nothing at all.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Text(Struct, frozen=True):
    """Text of ours: from the catalogue, the data files, or a number."""

    text: str


class Code(Struct, frozen=True):
    """A flag, a path or a command of the data files, shown as code; made harmless like a name all the same."""

    text: str


class Name(Struct, frozen=True):
    """Text from a cluster or a person. Only ``visible`` forms of it are ever shown."""

    text: str


class Link(Struct, frozen=True):
    """A link from the data files, never from a cluster."""

    url: str
    text: str


class Command(Struct, frozen=True):
    """A question to ask next; each surface puts its own word before it (``unshim ask``, ``/runtime``).

    ``words`` may hold names; ``is_whole`` marks a command line that is complete as it stands.
    """

    words: str
    is_whole: bool = False


class User(Struct, frozen=True):
    """A Slack user by id, from Slack's own payload."""

    id: str


class Place(Struct, frozen=True):
    """A Slack channel or a person by id, from the settings, whom an answer names without calling them.

    A channel's mention notifies nobody; a person's would, so a person is shown by the bare id.
    """

    id: str

    @property
    def is_channel(self) -> bool:
        """Whether it is a channel, which Slack shows by its name."""
        return self.id[:1] in ("C", "G")


Segment = Text | Code | Name | Link | Command | User | Place
Line = tuple[Segment, ...]


class Verdict(Struct, frozen=True):
    """The answer in one sentence; always first."""

    line: Line


class Paragraph(Struct, frozen=True):
    """A line of its own. ``is_faint`` marks what stands below the answer: freshness, hints."""

    line: Line
    is_faint: bool = False
    is_warning: bool = False


class Heading(Struct, frozen=True):
    """A heading over the elements that follow."""

    line: Line


class Facts(Struct, frozen=True):
    """Label and value, one pair a line; ``is_of_one``: all of one thing, so that a single row says nothing."""

    rows: tuple[tuple[Line, Line], ...]
    is_of_one: bool = False


class Bar(Struct, frozen=True):
    """One bar: what it stands for, the filled share as part of total, how much of the rest is unknown, and a note."""

    label: Line
    part: int
    total: int
    note: Line
    unknown: int = 0


class Bars(Struct, frozen=True):
    """Bars under each other. ``legend``: what the colours mean, where a surface draws them in colours."""

    bars: tuple[Bar, ...]
    legend: Line = ()


class Ask(Struct, frozen=True):
    """A question to ask next with one click. Surfaces without buttons leave it out: nothing is said only here.

    Args: is_order: whether the words order something; of a button that asks, the bot takes no order.
    """

    label: Line
    words: str
    is_order: bool = False


class Asks(Struct, frozen=True):
    """Questions that follow from the answer."""

    asks: tuple[Ask, ...]


class Pages(Struct, frozen=True):
    """Which part of a list is shown: ``page`` of ``pages``, from 0, and the line that says so."""

    page: int
    pages: int
    line: Line


class Table(Struct, frozen=True):
    """Rows of equal length under headers; surfaces without tables show one bullet a row.

    Args:
        lead: the column that names a row.
        marks: a picture for each row (an entry of the surface's own), which repeats what one of the cells says.
        asks: for each row the question that tells more of it.
    """

    headers: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    lead: int = 0
    marks: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()


class Bullets(Struct, frozen=True):
    """Lines of a list."""

    lines: tuple[Line, ...]


class Snippet(Struct, frozen=True):
    """Lines to be pasted, as they are: printable ASCII without backticks, ``<``, ``>`` and ``&``, so that none of the
    surfaces has to change a character of them.

    Args:
        about: what they are, said right above them: no surface shows one without the other.

    Raises: ValueError: a line holds something else.
    """

    lines: tuple[str, ...]
    about: Line

    def __post_init__(self) -> None:
        if not all(line.isascii() and line.isprintable() and not set(line) & set("`<>&") for line in self.lines):
            raise ValueError("a snippet cannot be shown as it is")

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


class Footer(Struct, frozen=True):
    """When the cluster was read and what was not: the last element, which no surface may cut off."""

    elements: tuple[Paragraph | Bullets, ...]


Element = Verdict | Paragraph | Heading | Facts | Bars | Table | Bullets | Snippet | Asks | Pages | Footer
Document = tuple[Element, ...]


def visible(text: str, limit: int = NAME_CHARS) -> str:
    """Return untrusted text with everything invisible or direction-changing spelled out, and cut in the middle.

    Terminal escapes, right-to-left marks, zero-width and control characters become ``\\x1b`` or ``\\u202e``.
    """
    text = _cut(text, limit)
    if text.isascii() and text.isprintable():
        return text
    return _cut("".join(_spelled(character) for character in text), limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1]}…{text[-tail:]}"


def spelled(character: str) -> str:
    """Return a character that is invisible or changes direction as its escape, any other as it is."""
    is_harmful = unicodedata.category(character) in _INVISIBLE
    return character.encode("unicode_escape").decode() if is_harmful else character


def _spelled(character: str) -> str:
    if (shown := spelled(character)) != character:
        return shown
    # A stack of combining marks paints over the lines above and below; NFC has joined the legitimate ones.
    return f"\\u{ord(character):04x}" if unicodedata.combining(character) else character


def text_line(text: str) -> Line:
    """Return a line of our own text."""
    return (Text(text),)


def coded_line(text: str) -> Line:
    """Return a line of our own text, with what stands in backticks as code."""
    parts = text.split("`")
    line = tuple(Code(part) if number % 2 else Text(part) for number, part in enumerate(parts))
    return tuple(segment for segment in line if segment.text)


def name_line(text: str) -> Line:
    """Return a line of untrusted text."""
    return (Name(text),)


def join(lines: Iterable[Line], separator: Line) -> Line:
    """Return lines behind one another, separated."""
    joined: list[Segment] = []
    for line in lines:
        if joined:
            joined.extend(separator)
        joined.extend(line)
    return tuple(joined)
