"""What is posted without a question: the message of a digest or reminder, its details, its chart. Implements a port."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.history import Detail
from bot.core.kept import Snooze
from bot.core.post_answers import DigestAnswer, Untold
from bot.core.schedule import Kind, Occurrence
from bot.core.snoozes import wakes
from bot.core.subscriptions import Subscription
from bot.reminders.ports import NOW, Entry, Nothing, NotYet, Part, Picture, Posting, State
from bot.render.blocks import Message, to_message
from bot.render.chart import trend_png
from bot.render.compose import compose_post
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.parts import SLACK
from bot.render.views.digest import compose_details
from bot.render.views.trend import trend_alt, trend_title
from bot.service import Service
from bot.service.posts import Digest, Reminder, Told


class Shelf(Protocol):
    """What a channel was told, and what its people said of dates. Every method raises StoreError."""

    def told(self, channel: str) -> Detail | None:
        """Return the read that a channel's last digest was made from."""

    def tell(self, channel: str, detail: Detail) -> None:
        """Keep the read that a channel's digest was made from."""

    def snoozes(self, channel: str) -> Mapping[str, Snooze]:
        """Return how reminders of milestones were put off, also until days that are over, by id."""

    def takers(self, channel: str) -> Mapping[str, tuple[str, ...]]:
        """Return the users who take care of milestones, by id."""

    def moved(self) -> Mapping[str, date]:
        """Return the dates that milestones had before they moved last, by id."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Writes what is posted; the port `bot.reminders.ports.Writer`.

    Args:
        command: the slash command that messages name.
    """

    service: Service
    shelf: Shelf
    catalogue: Callable[[str], Catalogue]
    command: str

    def write(
        self, subscription: Subscription, occurrence: Occurrence, now: datetime, untold: Sequence[Entry]
    ) -> Posting | Nothing | NotYet:
        """Return what to post, or why nothing. Raises: BotError: the cluster was never read, or the store fails."""
        told = tuple(_untold(untold, subscription.tz))
        if occurrence.kind is Kind.DIGEST:
            return self._digest(subscription, told)
        return self._reminder(subscription, occurrence, now, told)

    def _digest(self, subscription: Subscription, untold: tuple[Untold, ...]) -> Posting | Nothing:
        before = self.shelf.told(subscription.channel)
        question = Digest(subscription.scope, before, untold)
        answer, detail = self.service.digest(question, subscription.language)
        changes = answer.changes
        if subscription.scope.names and answer.is_done and not (changes and changes.closed):
            return Nothing("done")
        is_fresh = not answer.seen.is_stale
        if subscription.skips_unchanged and is_fresh and changes is not None and changes.is_whole and changes.is_empty:
            return Nothing("unchanged")
        catalogue = self.catalogue(subscription.language)
        details = compose_details(answer, catalogue, SLACK)
        return Posting(
            message=self._draw(compose_post(answer, catalogue, SLACK), subscription.language),
            details=self._draw(details, subscription.language) if details else None,
            picture=_chart(answer, catalogue),
            # The next digest compares with a whole read: what this one lacks would be told as neither closed nor new.
            keep=(lambda: self.shelf.tell(subscription.channel, detail)) if detail.is_whole or before is None else None,
        )

    def _reminder(
        self, subscription: Subscription, occurrence: Occurrence, now: datetime, untold: tuple[Untold, ...]
    ) -> Posting | Nothing:
        today = now.astimezone(subscription.tz).date()
        snoozed = self._snoozed(subscription.channel, today)
        moved = {id_: day for id_, day in self.shelf.moved().items() if id_ in occurrence.moves}
        wanted = [id_ for id_, _ in occurrence.leads if id_ not in snoozed]
        question = Reminder(
            milestones=tuple(wanted),
            scope=subscription.scope,
            moved=moved,
            takers=self.shelf.takers(subscription.channel),
            is_nudge=occurrence.is_nudge,
            untold=untold,
            today=today,
            due_on=occurrence.day,
        )
        answer = self.service.reminder(question, subscription.language)
        if not answer.dates and not answer.overdue:
            return Nothing("done" if wanted or moved or occurrence.is_nudge else "snoozed")
        document = compose_post(answer, self.catalogue(subscription.language), SLACK)
        about = tuple(item.state.milestone.id for item in answer.dates)
        return Posting(self._draw(document, subscription.language), about=about)

    def again(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        """Return a reminder that was posted as it is now, with who takes care of its dates and what was put off.

        None where none of its dates is left to tell. Raises: BotError: as `write`.
        """
        today = now.astimezone(subscription.tz).date()
        question = Reminder(
            milestones=posted.about,
            scope=subscription.scope,
            takers=self.shelf.takers(subscription.channel),
            snoozes=self._snoozed(subscription.channel, today),
            today=today,
        )
        answer = self.service.reminder(question, subscription.language)
        if not answer.dates:
            return None
        return self._draw(compose_post(answer, self.catalogue(subscription.language), SLACK), subscription.language)

    def fixed(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        """Return what takes the place of a reminder all of which is done; None where it is not, or nobody can tell.

        Raises: BotError: as `write`.
        """
        day = date.fromisoformat(posted.slot.occurrence.partition(":")[2])
        question = Told(posted.about, subscription.scope, day, posted.claimed_at, subscription.zone)
        answer = self.service.done(question, subscription.language)
        if answer is None:
            return None
        return self._draw(compose_post(answer, self.catalogue(subscription.language), SLACK), subscription.language)

    def _snoozed(self, channel: str, today: date) -> Mapping[str, Snooze]:
        """Return what is put off beyond a day, with the day on which it is told again."""
        found = self.shelf.snoozes(channel)
        days = wakes(self.service.calendar(), {id_: snooze.until for id_, snooze in found.items()})
        return {id_: replace(found[id_], until=day) for id_, day in days.items() if today < day}

    def _draw(self, document: Document, language: str) -> Message:
        return to_message(document, self.catalogue(language), Asked("status", language), command=self.command)


def _untold(entries: Sequence[Entry], zone: ZoneInfo) -> Iterator[Untold]:
    """Yield each post once: the post itself where it did not come, else what its thread may lack."""
    posts: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        posts[entry.slot.occurrence].append(entry)
    for occurrence, found in posts.items():
        kind, _, day = occurrence.partition(":")
        if kind == NOW:
            kind, day = Kind.DIGEST, found[0].due_at.astimezone(zone).date().isoformat()
        message = next((entry for entry in found if entry.slot.part is Part.MESSAGE), None)
        parts = tuple(str(entry.slot.part) for entry in found) if message is None else ()
        is_unconfirmed = message is None or message.state is State.UNCONFIRMED
        yield Untold(kind, date.fromisoformat(day), is_unconfirmed, parts)


def _chart(answer: DigestAnswer, catalogue: Catalogue) -> Picture | None:
    """Return the chart of the whole cluster; one of a single day would show nothing."""
    trend = answer.trend
    if trend is None or len(trend.points) < 2 or answer.scope.names:
        return None
    return Picture(
        name=f"unshim-trend-{trend.now.at:%Y-%m-%d}.png",
        content=trend_png(trend.points, trend.marks),
        title=trend_title(trend, catalogue),
        alt=trend_alt(trend, catalogue),
    )
