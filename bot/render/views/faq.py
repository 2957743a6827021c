"""What is known of a question, what of it concerns this cluster, and where it is written."""

from urllib.parse import urlsplit

from bot.core.notes import NODE_NOTES, Note
from bot.core.topic_answers import FaqAnswer, TopicEntry
from bot.errors import BotError
from bot.render.document import (
    Bullets,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Link,
    Paragraph,
    Text,
    Verdict,
    coded_line,
    join,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, error_line, guide_line, seen
from bot.render.views import notes

#: A message names the first sources of an answer; a terminal all of them.
SOURCES_IN_MESSAGE = 3


def compose(answer: FaqAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the topic and its answer first, then this cluster, the common mistake, the guides and the sources."""
    first, rest = answer.topic.sentences
    # "Yes" to what: people ask the same thing either way round ("do images still work", "must we rebuild them"), and
    # nobody sees which topic a sentence was taken for.
    title = () if answer.topic.is_product else (*coded_line(answer.topic.title), Text(" "))
    elements: list[Element] = [Verdict((*title, *coded_line(first)))]
    if rest:
        elements.append(Paragraph(coded_line(rest)))
    if answer.notes:
        lines = tuple(notes.line(note, catalogue, limits) for note in answer.notes)
        elements += [Heading(catalogue.say("note.here")), Bullets(lines)]
    if answer.unread is not None:
        elements += _unread(answer.unread, catalogue, limits)
    rows: list[tuple[Line, Line]] = []
    if answer.topic.mistake:
        rows.append((catalogue.say("faq.mistake"), coded_line(answer.topic.mistake)))
    rows += [(catalogue.say("explain.guide"), guide_line(catalogue, guide)) for guide in answer.guides]
    if rows:
        elements.append(Facts(tuple(rows)))
    elements.append(Paragraph(sources(answer.topic, catalogue, limits), is_faint=True))
    elements += asks(catalogue, limits, *_questions(answer.notes))
    if answer.seen is not None:
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def sources(topic: TopicEntry, catalogue: Catalogue, limits: Limits) -> Line:
    """Return when a topic was checked and where it is written, each source by its site and its last word."""
    shown = topic.sources if limits.has_details else topic.sources[:SOURCES_IN_MESSAGE]
    links = join([(Link(url, _label(url)),) for url in shown], catalogue.say("join.list"))
    return catalogue.say("faq.checked", date=topic.checked, sources=links)


def _label(url: str) -> str:
    """``kubernetes.io: dockershim-faq``."""
    parts = urlsplit(url)
    last = parts.path.strip("/").rpartition("/")[2].removesuffix(".html").removesuffix(".md")
    site = (parts.hostname or url).removeprefix("www.")
    return f"{site}: {last}" if last else site


def _unread(unread: tuple[str, object], catalogue: Catalogue, limits: Limits) -> list[Element]:
    elements: list[Element] = [Paragraph(catalogue.say("note.unread"), is_warning=True)]
    if limits.has_buttons:  # a terminal has told already
        key, values = unread
        assert isinstance(values, dict)
        why = error_line(BotError(key, **values), catalogue)
        elements.append(Paragraph(catalogue.say("seen.unread", why=why), is_warning=True))
    return elements


def _questions(found: tuple[Note, ...]) -> list[tuple[str, str]]:
    kinds = {note.kind for note in found}
    questions = [("docker-nodes", "nodes docker")] if kinds & {*NODE_NOTES, "gpu-pools"} else []
    if kinds & {"at-risk", "code", "agent"}:
        questions.append(("pods", "pods"))
    return questions
