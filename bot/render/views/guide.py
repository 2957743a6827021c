"""Where the way out is written down."""

from bot.core.answers import GuideAnswer, GuideEntry
from bot.render.document import (
    Ask,
    Command,
    Document,
    Element,
    Facts,
    Line,
    Link,
    Paragraph,
    Table,
    Text,
    Verdict,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, guide_line, paged


def compose(answer: GuideAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the guides for a topic in full, or the list of all."""
    if answer.topic is None:
        return _all(answer, catalogue, limits)
    elements: list[Element] = []
    for guide in answer.guides[:3]:
        if not elements:
            elements.append(Verdict(text_line(guide.covers)))
        else:
            elements.append(Paragraph(text_line(guide.covers)))
        elements.append(Facts(tuple(_rows(guide, catalogue))))
    return tuple(elements)


def _rows(guide: GuideEntry, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    note: Line = catalogue.say("guide.checked", date=guide.checked)
    if guide.is_fallback:
        note = (*note, *catalogue.say("join.list"), *catalogue.say("guide.english-only"))
    if guide.note:
        note = (*note, *catalogue.say("join.clause"), Text(guide.note))
    return [
        (catalogue.say("explain.guide"), (Text(guide.title), Text(" ("), *note, Text(")"))),
        (catalogue.say("guide.link"), (Link(guide.url, guide.url),)),
    ]


def _all(answer: GuideAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    headers = tuple(catalogue.say(key) for key in ("table.guide", "table.title"))
    shown, rest = paged(catalogue, answer.guides, limits.rows, limits, Command("guide TOPIC"))
    rows = tuple((text_line(guide.id), _title(guide, catalogue, limits)) for guide in shown)
    more = tuple(Ask(catalogue.say("ask.guide"), f"guide {guide.id}") for guide in shown)
    return (Verdict(catalogue.say("guide.all", n=len(answer.guides))), Table(headers, rows, lead=1, asks=more), *rest)


def _title(guide: GuideEntry, catalogue: Catalogue, limits: Limits) -> Line:
    return guide_line(catalogue, guide) if limits.has_buttons else text_line(guide.title)
