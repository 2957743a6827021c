"""Knowledge as values: guides, the milestone calendar, known log parsers. Read elsewhere, looked up here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.core.milestones import Milestone
from bot.core.rules import LogParser
from bot.core.topic_answers import GuideEntry


@dataclass(frozen=True, slots=True)
class Guide:
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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything answers know that no cluster tells."""

    guides: tuple[Guide, ...]
    calendar: tuple[Milestone, ...]
    log_parsers: tuple[LogParser, ...]

    @property
    def guide_by_rule(self) -> Mapping[str, str]:
        """Guide id by rule code."""
        return {rule: guide.id for guide in self.guides for rule in guide.rules}

    def guide(self, guide_id: str) -> Guide | None:
        """Return a guide by its id."""
        return next((guide for guide in self.guides if guide.id == guide_id), None)

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
