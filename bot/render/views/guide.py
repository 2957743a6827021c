"""Where the way out is written down."""

from bot.core.topic_answers import GuideAnswer, GuideEntry
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
    join,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, guide_line, paged

#: Guides of a topic that are shown in full; more of them are a list.
IN_FULL = 3


def compose(answer: GuideAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the guides for a topic in full, or the list of all."""
    if answer.topic is None or (limits.has_buttons and len(answer.guides) > IN_FULL):
        return _all(answer, catalogue, limits)
    elements: list[Element] = []
    if catalogue.has(f"why.{answer.topic}"):  # a rule code: what it means comes before where to read on
        means = catalogue.say("guide.means", code=answer.topic, why=catalogue.say(f"why.{answer.topic}"))
        elements.append(Verdict(means))
    for guide in answer.guides[:IN_FULL]:
        if not elements:
            elements.append(Verdict(text_line(guide.covers)))
        else:
            elements.append(Paragraph(text_line(guide.covers)))
        elements.append(Facts(tuple(_rows(guide, catalogue, limits))))
    left = answer.guides[IN_FULL:]
    if left:
        others = join([text_line(guide.id) for guide in left[: limits.names]], catalogue.say("join.list"))
        if len(left) > limits.names:
            more = catalogue.say("status.more", n=len(left) - limits.names)
            others = join([others, more], catalogue.say("join.list"))
        elements.append(Paragraph(catalogue.say("guide.others", n=len(left), names=others), is_faint=True))
    return tuple(elements)


def _rows(guide: GuideEntry, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    note: Line = catalogue.say("guide.checked", date=guide.checked)
    if guide.is_fallback:
        note = (*note, *catalogue.say("join.list"), *catalogue.say("guide.english-only"))
    if guide.note:
        note = (*note, *catalogue.say("join.clause"), Text(guide.note))
    if limits.has_buttons:
        return [(catalogue.say("explain.guide"), (Link(guide.url, guide.title), Text(" ("), *note, Text(")")))]
    return [
        (catalogue.say("explain.guide"), (Text(guide.title), Text(" ("), *note, Text(")"))),
        (catalogue.say("guide.link"), (Link(guide.url, guide.url),)),
    ]


def _all(answer: GuideAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    headers = tuple(catalogue.say(key) for key in ("table.guide", "table.title"))
    shown, rest = paged(catalogue, answer.guides, limits.rows, limits, Command("guide TOPIC"))
    rows = tuple((text_line(guide.id), _title(guide, catalogue, limits)) for guide in shown)
    more = tuple(Ask(catalogue.say("ask.guide"), f"guide {guide.id}") for guide in shown)
    verdict = catalogue.say("guide.all", n=len(answer.guides))
    if answer.topic is not None:
        verdict = catalogue.say("guide.some", n=len(answer.guides), topic=answer.topic)
    return (Verdict(verdict), Table(headers, rows, lead=1, asks=more), *rest)


def _title(guide: GuideEntry, catalogue: Catalogue, limits: Limits) -> Line:
    return guide_line(catalogue, guide) if limits.has_buttons else text_line(guide.title)
