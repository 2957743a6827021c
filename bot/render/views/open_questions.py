"""The questions that deserve a better answer, for whoever adds to the knowledge."""

from datetime import datetime

from msgspec import Struct

from bot.core.kept import OpenQuestion
from bot.render.document import Command, Document, Element, Line, Paragraph, Table, Text, Verdict, name_line, text_line
from bot.render.messages import Catalogue

#: The question stands last: it is the longest, and the others stay aligned.
_HEADERS = ("times", "people", "last", "language", "why", "understood", "question")
_UNDERSTOOD = _HEADERS.index("understood")

_TRY = Command('unshim ask --json "…"', is_whole=True)


class Listing(Struct, frozen=True):
    """What was found.

    Args:
        has_more: whether the limit cut any off.
        order: ``frequent`` or ``newest``.
        since: nothing older is kept.
        days: for how long it is kept; 0: not at all.
        place: which database it was.
    """

    questions: tuple[OpenQuestion, ...]
    has_more: bool
    order: str
    since: datetime
    days: int
    place: str


def compose(listing: Listing, catalogue: Catalogue) -> Document:
    """Return one row a question, how far back they go, and where an answer is added."""
    if listing.days == 0:
        return (Verdict(catalogue.say("open-questions.off")),)
    kept = Paragraph(catalogue.say("open-questions.kept", n=listing.days, place=listing.place), is_faint=True)
    since = listing.since.date()
    if not listing.questions:
        return (Verdict(catalogue.say("open-questions.none", since=since)), kept)
    number = len(listing.questions)
    key = f"open-questions.verdict-{listing.order}" if listing.has_more else "open-questions.verdict"
    elements: list[Element] = [Verdict(catalogue.say(key, n=number, since=since)), _table(listing, catalogue)]
    if listing.has_more:
        options = "" if listing.order == "frequent" else f"--order {listing.order} "
        command = Command(f"unshim questions {options}--limit {number * 2}", is_whole=True)
        elements.append(Paragraph(catalogue.say("open-questions.more", command=command), is_faint=True))
    elements += [Paragraph(catalogue.say("open-questions.hint", command=_TRY)), kept]
    return tuple(elements)


def _table(listing: Listing, catalogue: Catalogue) -> Table:
    headers = tuple(catalogue.say(f"open-questions.{name}") for name in _HEADERS)
    rows = tuple(_row(item, catalogue) for item in listing.questions)
    if not any(item.words or item.kind for item in listing.questions):
        headers, *rest = (cells[:_UNDERSTOOD] + cells[_UNDERSTOOD + 1 :] for cells in (headers, *rows))
        rows = tuple(rest)
    return Table(headers, rows, lead=len(headers) - 1)


def _row(item: OpenQuestion, catalogue: Catalogue) -> tuple[Line, ...]:
    key = f"open-why.{item.why}"  # of a newer release there may be one without words yet
    return (
        text_line(f"{item.times:,}"),
        text_line(f"{item.users:,}"),
        text_line(item.last_at.date().isoformat()),
        name_line(item.language),
        catalogue.say(key) if catalogue.has(key) else name_line(item.why),
        name_line(item.words or item.kind) if item.words or item.kind else (Text(""),),
        name_line(item.question),
    )
