"""Answers from the knowledge: guides, topics, and what is said where there is nothing to answer."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """A guide in the asker's language. ``is_fallback``: no page in that language exists, the link is English."""

    id: str
    title: str
    covers: str
    url: str
    is_fallback: bool
    note: str
    checked: date


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A topic in the asker's language. ``mistake`` is empty where nobody is known to make one.

    Flags, paths and commands stand in backticks, in ``answer`` and ``mistake``.
    """

    id: str
    title: str
    answer: str
    mistake: str
    sources: tuple[str, ...]
    checked: date


@dataclass(frozen=True, slots=True)
class GuideAnswer:
    """Guides for a topic; with no topic, all of them."""

    topic: str | None
    guides: tuple[GuideEntry, ...]
