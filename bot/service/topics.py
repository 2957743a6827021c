"""Questions about knowledge, and those that are none: topics, courtesies, what is out of scope, what was unclear."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from bot.core.answers import Answer, NotFoundAnswer
from bot.core.guide_choice import chosen
from bot.core.knowledge import Knowledge, Topic
from bot.core.notes import FactNote, Note, note_of
from bot.core.questions import Clarify, Courtesy, Faq, Guide, OutOfScope
from bot.core.targets import near
from bot.core.topic_answers import (
    AgentEntry,
    ClarifyAnswer,
    CourtesyAnswer,
    FaqAnswer,
    GuideAnswer,
    GuideEntry,
    OutOfScopeAnswer,
    Reading,
)
from bot.core.view import ClusterView
from bot.errors import ClusterError
from bot.service.context import Context


def entries(knowledge: Knowledge, ids: Iterable[str], language: str) -> tuple[GuideEntry, ...]:
    """Return the guides of these ids for a reader."""
    guides = (knowledge.guide(guide_id) for guide_id in ids)
    return tuple(guide.entry(language) for guide in guides if guide)


def agent_of(name: str, view: ClusterView, context: Context) -> AgentEntry | None:
    """Return what is known of the product that a workload's name says it is, None where it says none."""
    topic = context.knowledge.agent(name)
    if topic is None:
        return None
    guides = entries(context.knowledge, chosen(topic.guides, view), context.language)
    return AgentEntry(topic.entry(context.language), guides)


def _faq(question: Faq, context: Context) -> Answer:
    topic = context.knowledge.topic(question.topic)
    if topic is not None:
        return _of(topic, context)
    ids = (topic.id for topic in context.knowledge.load_topics())
    return NotFoundAnswer(None, "faq", question.topic, near(question.topic, ids))


def _of(topic: Topic, context: Context) -> FaqAnswer:
    """Return a topic with what of it concerns the cluster, which is read only where it matters."""
    view, unread = None, None
    if topic.cluster:
        try:
            view = context.view()
        except ClusterError as error:
            unread = (error.told_key, error.values)
    notes = [_note(name, topic, view, context) for name in topic.cluster] if view else []
    return FaqAnswer(
        seen=context.seen(view) if view else None,
        topic=topic.entry(context.language),
        notes=tuple(note for note in notes if note is not None),
        guides=entries(context.knowledge, chosen(topic.guides, view), context.language),
        unread=unread,
    )


def _note(name: str, topic: Topic, view: ClusterView, context: Context) -> Note | None:
    note = note_of(name, view, lambda workload: topic.match(workload) > 0)
    if isinstance(note, FactNote) and note.kind == "provider" and note.value is not None:
        return replace(note, value=context.knowledge.providers.get(note.value, note.value))
    return note


def _guide(question: Guide, context: Context) -> Answer:
    knowledge, language = context.knowledge, context.language
    if question.topic is None:
        return GuideAnswer(None, tuple(guide.entry(language) for guide in knowledge.guides))
    found = knowledge.find_guides(question.topic)
    topic = knowledge.product(question.topic) or (None if found else knowledge.find_topic(question.topic))
    if topic is not None:
        return _of(topic, context)
    if found:
        return GuideAnswer(question.topic, tuple(guide.entry(language) for guide in found))
    words = [word for guide in knowledge.guides for word in (guide.id, *guide.rules, *guide.topics)]
    return NotFoundAnswer(None, "guide", question.topic, near(question.topic, words))


def _clarify(question: Clarify, context: Context) -> Answer:
    return ClarifyAnswer(tuple(_reading(words, context) for words in question.readings))


def _reading(words: str, context: Context) -> Reading:
    command, _, rest = words.partition(" ")
    topic = context.knowledge.topic(rest) if command == "faq" else None
    return Reading(words, command, rest, topic.titles[context.language] if topic else None)


#: Question to its answer; raises BotError where it needs a view and there is none.
TOPICS: Mapping[type, Callable[[Any, Context], Answer]] = {
    Faq: _faq,
    Guide: _guide,
    Courtesy: lambda question, context: CourtesyAnswer(question.what),
    OutOfScope: lambda question, context: OutOfScopeAnswer(question.reason),
    Clarify: _clarify,
}
