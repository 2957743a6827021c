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
class GuideAnswer:
    """Guides for a topic; with no topic, all of them."""

    topic: str | None
    guides: tuple[GuideEntry, ...]
