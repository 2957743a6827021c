"""Answers from the knowledge: guides, topics, and what is said where there is nothing to answer."""

import re
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from bot.core.notes import Note
from bot.core.seen import Seen

#: The end of a sentence: an abbreviation, and a full stop inside a command, are none.
_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!vs)[.!?]\s+(?=(?:[^`]*`[^`]*`)*[^`]*$)")

#: A shorter sentence is a bare yes or no, which says little without the next one.
SENTENCE_CHARS = 8


class GuideEntry(Struct, frozen=True):
    """A guide in the asker's language. ``is_fallback``: no page in that language exists, the link is English."""

    id: str
    title: str
    covers: str
    url: str
    is_fallback: bool
    note: str
    checked: date


class TopicEntry(Struct, frozen=True):
    """A topic in the asker's language. ``mistake`` is empty where nobody is known to make one.

    Flags, paths and commands stand in backticks, in ``answer`` and ``mistake``. Where the topic is a product,
    ``works_since`` is its first version that needs no Docker, and ``link`` the vendor's own page, as far as known.
    """

    id: str
    title: str
    answer: str
    mistake: str
    sources: tuple[str, ...]
    checked: date
    works_since: str | None = None
    link: str | None = None

    @property
    def is_product(self) -> bool:
        """Whether it is about a product that workloads are: its answer then begins with the product's name."""
        return self.id.startswith("agent-")

    @property
    def sentences(self) -> tuple[str, str]:
        """The answer's first sentence, which says what it comes to, and the rest of it; ``No.`` alone is none."""
        end = _END.search(self.answer, SENTENCE_CHARS)
        return (self.answer[: end.start() + 1], self.answer[end.end() :]) if end else (self.answer, "")


class GuideAnswer(Struct, frozen=True):
    """Guides for a topic; with no topic, all of them."""

    topic: str | None
    guides: tuple[GuideEntry, ...]


class AgentEntry(Struct, frozen=True):
    """What is known of the product that a workload is by its name, and where the way out is written down."""

    topic: TopicEntry
    guides: tuple[GuideEntry, ...]


class FaqAnswer(Struct, frozen=True):
    """What is known of a topic, and what of it concerns this cluster.

    Args:
        seen: when the cluster was read, None where it was not: the topic needs none, or it could not be read.
        notes: what of the cluster belongs to it.
        unread: why there is no view although the topic asks for one, as ``told_key`` of the error and its values.
    """

    seen: Seen | None
    topic: TopicEntry
    notes: tuple[Note, ...]
    guides: tuple[GuideEntry, ...]
    unread: tuple[str, Mapping[str, str | int]] | None = None


class CourtesyAnswer(Struct, frozen=True):
    """A word back. ``what``: greeting or thanks."""

    what: str


class OutOfScopeAnswer(Struct, frozen=True):
    """What is not done or told here, and the nearest that is. ``reason``: action, secret or other."""

    reason: str


class Reading(Struct, frozen=True):
    """One thing that a text may mean.

    Args:
        words: the command that asks it; command: its first word; rest: what it is asked about, untrusted text.
        title: the topic's title where it is a topic of the knowledge.
    """

    words: str
    command: str
    rest: str
    title: str | None = None


class ClarifyAnswer(Struct, frozen=True):
    """The likely readings of a text, the likelier first; none of them is likely enough."""

    readings: tuple[Reading, ...]
