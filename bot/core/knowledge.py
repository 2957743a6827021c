"""Knowledge as values: guides, topics, the milestone calendar, known agents. Read elsewhere, looked up here."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct, field

from bot.core.agents import Agents
from bot.core.milestones import Milestone
from bot.core.topic_answers import GuideEntry, TopicEntry


class Guide(Struct, frozen=True):
    """A remediation guide; ``urls``, ``titles``, ``covers`` and ``notes`` by language. A language may have no page."""

    id: str
    urls: Mapping[str, str]
    titles: Mapping[str, str]
    covers: Mapping[str, str]
    notes: Mapping[str, str]
    rules: tuple[str, ...]
    topics: tuple[str, ...]
    checked: date

    def entry(self, language: str) -> GuideEntry:
        """Return the guide for a reader; where no page in the language exists, the English one, marked."""
        url = self.urls.get(language)
        return GuideEntry(
            id=self.id,
            title=self.titles[language],
            covers=self.covers[language],
            url=url or self.urls["en"],
            is_fallback=url is None and language != "en",
            note=self.notes.get(language, "") if language != "en" else "",
            checked=self.checked,
        )


class Topic(Struct, frozen=True):
    """What is known of one question; ``titles``, ``answers`` and ``mistakes`` by language.

    Args:
        guides: ids of guides, the most useful first.
        cluster: what of the live cluster belongs below the answer, as `bot.core.notes` names it.
        agents: words in the names of workloads that are this product, lower case; see `_says`.
    """

    id: str
    titles: Mapping[str, str]
    answers: Mapping[str, str]
    mistakes: Mapping[str, str]
    sources: tuple[str, ...]
    guides: tuple[str, ...]
    cluster: tuple[str, ...]
    agents: tuple[str, ...]
    checked: date
    works_since: str | None = None
    link: str | None = None

    def entry(self, language: str) -> TopicEntry:
        """Return the topic for a reader."""
        texts = (self.titles[language], self.answers[language], self.mistakes[language])
        return TopicEntry(self.id, *texts, self.sources, self.checked, self.works_since, self.link)

    @property
    def is_platform(self) -> bool:
        """Whether it is about one provider or distribution."""
        return "provider" in self.cluster

    @property
    def searched(self) -> str:
        """The words by which a search finds it, lower case."""
        return " ".join((self.id, *self.titles.values())).lower()

    def match(self, name: str) -> int:
        """Return how much of a workload's name says that it is this product, in characters; 0: nothing does."""
        lower = name.lower()
        return max((len(agent) for agent in self.agents if _says(lower, agent)), default=0)


def _says(name: str, agent: str) -> bool:
    """Whether whole words of a name are the product's; ``aws-node$``: the name ends there as well."""
    end = "$" if agent.endswith("$") else "(?![a-z0-9])"
    return re.search(f"(?<![a-z0-9]){re.escape(agent.removesuffix('$'))}{end}", name) is not None


class Knowledge(Struct, frozen=True):
    """Everything answers know that no cluster tells.

    ``providers``: the names of providers and distributions by id. ``load_topics`` returns the topics, the same each
    time: they take a while to read, and most questions need none.
    """

    guides: tuple[Guide, ...]
    calendar: tuple[Milestone, ...]
    agents: Agents
    providers: Mapping[str, str] = field(default_factory=dict)
    load_topics: Callable[[], tuple[Topic, ...]] = tuple

    @property
    def guide_by_rule(self) -> Mapping[str, str]:
        """Guide id by rule code."""
        return {rule: guide.id for guide in self.guides for rule in guide.rules}

    def guide(self, guide_id: str) -> Guide | None:
        """Return a guide by its id."""
        return next((guide for guide in self.guides if guide.id == guide_id), None)

    def topic(self, topic_id: str) -> Topic | None:
        """Return a topic by its id."""
        return next((topic for topic in self.load_topics() if topic.id == topic_id), None)

    def agent(self, name: str) -> Topic | None:
        """Return the topic of the product that a workload's name says it is, None where it says none."""
        best = max(self.load_topics(), key=lambda topic: topic.match(name), default=None)
        return best if best is not None and best.match(name) else None

    def products(self) -> frozenset[str]:
        """Return the words that name what `product` knows: ``gitlab runner``, ``gitlab-runner``, ``gke``."""
        topics = self.load_topics()
        ids = [t.id.removeprefix("agent-") for t in topics if t.id.startswith("agent-") or t.is_platform]
        return frozenset(word for name in ids for word in (name, name.replace("-", " ")))

    def product(self, words: str) -> Topic | None:
        """Return the topic of an agent or a provider that words name: ``datadog``, ``gke``."""
        wanted = words.strip().lower()
        if any(wanted in guide.rules for guide in self.guides):
            return None
        is_named = (t for t in self.load_topics() if t.id == f"agent-{wanted}" or (t.id == wanted and t.is_platform))
        return next(is_named, None) or self.agent(wanted)

    def find_topic(self, words: str) -> Topic | None:
        """Return a topic by its id, else the first that has every longer word in its id or a title."""
        wanted = words.strip().lower()
        if exact := self.topic(wanted):
            return exact
        parts = [part for part in wanted.split() if len(part) > 2]
        found = (t for t in self.load_topics() if all(part in t.searched for part in parts))
        return next(found, None) if parts else None

    def find_guides(self, topic: str) -> tuple[Guide, ...]:
        """Return the guides for a topic: by id, by rule code, by topic word, else by a word of the title."""
        wanted = topic.strip().lower()
        if not wanted:
            return ()
        if exact := self.guide(wanted):
            return (exact,)
        by_word = tuple(guide for guide in self.guides if wanted in guide.rules or wanted in guide.topics)
        if by_word:
            return by_word
        words = [word for word in wanted.split() if len(word) > 2]
        return tuple(
            guide
            for guide in self.guides
            if words and all(word in " ".join((*guide.topics, *guide.titles.values())).lower() for word in words)
        )
