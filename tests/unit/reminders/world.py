"""A Slack that fails, processes that are killed, and a clock that tests set: the surroundings of the post ledger."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.adapters.store.engine import Database
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.schema import migrate
from bot.core.milestones import Milestone
from bot.core.schedule import Occurrence
from bot.core.subscriptions import Subscription
from bot.reminders.desk import Breakers, Dates, Desk
from bot.reminders.ports import (
    CannotLookError,
    Entry,
    LimitedError,
    Nothing,
    NotSentError,
    NotYet,
    Picture,
    Posting,
    UnknownError,
    Writer,
)
from bot.reminders.runner import Reminders
from bot.render.blocks import Message


class Killed(BaseException):
    """The process ends here, as SIGKILL ends it: nothing after this line runs."""


def milestone(id_: str, day: date) -> Milestone:
    return Milestone(
        id=id_,
        version=id_.rpartition("-")[2],
        day=day,
        kind="removal",
        is_planned=True,
        is_confirmed=True,
        affects=(),
        earlier=(),
        sources=(),
        checked=day,
        support_ends=None,
        texts={},
    )


@dataclass
class Clock:
    """The time, for all."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class Posted:
    """A message that the channel shows."""

    channel: str
    text: str
    post_id: str
    thread_ts: str | None
    at: datetime


@dataclass
class Slack:
    """A server: what it took is in ``messages``, whatever it answered. ``answers`` says how the next calls end."""

    clock: Clock
    messages: dict[str, Posted] = field(default_factory=dict)
    answers: Iterator[str] = field(default_factory=lambda: itertools.repeat("ok"))
    can_be_read: bool = True
    calls: int = 0
    edits: int = 0

    def post(self, channel: str, message: Message, post_id: str, thread_ts: str | None) -> str:
        self.calls += 1
        how = next(self.answers)
        if how.startswith("refused:"):
            raise NotSentError(how.partition(":")[2])
        if how == "limited":
            raise LimitedError(30)
        if how == "lost":
            raise UnknownError("timeout")
        if how == "killed-before":
            raise Killed
        ts = f"{self.clock.now.timestamp():.0f}.{len(self.messages):06d}"
        self.messages[ts] = Posted(channel, message.text, post_id, thread_ts, self.clock.now)
        if how == "accepted":
            raise UnknownError("timeout")
        if how == "killed-after":
            raise Killed
        return ts

    def upload(self, channel: str, picture: Picture, post_id: str, thread_ts: str | None) -> str | None:
        return self.post(channel, Message(picture.title, ()), post_id, thread_ts)

    def update(self, channel: str, ts: str, message: Message) -> None:
        self.edits += 1
        how = next(self.answers)
        if how.startswith("refused:"):
            raise NotSentError(how.partition(":")[2])
        if how == "limited":
            raise LimitedError(30)
        if how == "killed-before":
            raise Killed
        if how != "lost":
            self.messages[ts].text = message.text
        if how in ("lost", "accepted"):
            raise UnknownError("timeout")
        if how == "killed-after":
            raise Killed

    def find(self, channel: str, post_id: str, since: datetime, thread_ts: str | None) -> str | None:
        if not self.can_be_read:
            raise CannotLookError("missing_scope", is_lasting=True)
        return next(
            (
                ts
                for ts, posted in self.messages.items()
                if posted.post_id == post_id and posted.at >= since and posted.thread_ts == thread_ts
            ),
            None,
        )

    def texts(self) -> Counter[str]:
        return Counter(f"{posted.channel} {posted.text}" for posted in self.messages.values())


@dataclass
class World:
    """Subscriptions and messages, kept in memory; the ledger is a real database.

    Args:
        writer: makes the messages; None: the world itself, as ``written`` says.
    """

    clock: Clock
    slack: Slack
    database: Database
    subscriptions: list[Subscription]
    milestones: list[Milestone] = field(default_factory=list)
    moved: list[tuple[str, datetime]] = field(default_factory=list)
    woken: dict[str, list[tuple[str, date]]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    has_details: bool = False
    has_chart: bool = False
    written: Callable[[Occurrence], Posting | Nothing | NotYet] | None = None
    writer: Writer | None = None
    stopped: list[tuple[str, str]] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    is_stopping: bool = False

    # Subscriptions
    def active(self) -> Sequence[Subscription]:
        gone = {channel for channel, _ in self.stopped}
        return [found for found in self.subscriptions if found.channel not in gone]

    def stop(self, subscription: Subscription, code: str, now: datetime) -> bool:
        self.stopped.append((subscription.channel, code))
        return True

    # Writer
    def write(
        self, subscription: Subscription, occurrence: Occurrence, now: datetime, untold: Sequence[Entry]
    ) -> Posting | Nothing | NotYet:
        self.told.append([f"{entry.slot.occurrence} {entry.slot.part}".removesuffix(" message") for entry in untold])
        if self.written is not None:
            return self.written(occurrence)
        leads = " ".join(f"{id_}" for id_, _ in occurrence.leads)
        message = Message(f"{occurrence.key} {leads}".strip(), ())
        details = Message(f"{occurrence.key} details", ()) if self.has_details else None
        chart = Picture("chart.png", b"", f"{occurrence.key} chart", "") if self.has_chart else None
        return Posting(message, details, chart, about=tuple(id_ for id_, _ in occurrence.leads))

    def again(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        return Message(f"{posted.slot.occurrence} again {' '.join(posted.about)}", ())

    def fixed(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        done = set(posted.about) <= self.done
        return Message(f"done: {' '.join(posted.about)}", ()) if done else None

    # Notices and meter
    def posted(self, kind: str, state: str) -> None:
        self.states[state] += 1

    def process(self, ledger: Any = None) -> Reminders:
        """Return a new process on the same database and the same Slack."""
        desk = Desk(
            subscriptions=self,
            ledger=ledger or PostLedger(self.database),
            sender=self.slack,
            writer=self.writer or self,
            notices=_Silent(),
            meter=self,
            now=self.clock,
            breakers=Breakers(self.clock),
            is_stopping=lambda: self.is_stopping,
        )
        return Reminders(desk, lambda: Dates(self.milestones, self.moved, self.woken))

    def rows(self) -> Sequence[Entry]:
        return PostLedger(self.database).rows(datetime.min.replace(tzinfo=self.clock.now.tzinfo))


class _Silent:
    def stopped(self, subscription: Subscription, code: str) -> None:
        pass


class Fragile:
    """A ledger whose process dies at one of its steps: before the database took it, or after."""

    def __init__(self, ledger: PostLedger, random: Random, rate: float) -> None:
        self._ledger = ledger
        self._random = random
        self._rate = rate

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._ledger, name)

        def run(*arguments: Any) -> Any:
            if name != "rows" and self._random.random() < self._rate:
                raise Killed
            outcome = step(*arguments)
            if name != "rows" and self._random.random() < self._rate:
                raise Killed
            return outcome

        return run


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """Yield a database with its tables."""
    opened = Database(f"sqlite:///{folder / 'unshim.db'}")
    migrate(opened)
    try:
        yield opened
    finally:
        opened.close()


def by_channel(slack: Slack) -> dict[str, list[Posted]]:
    found: dict[str, list[Posted]] = defaultdict(list)
    for posted in slack.messages.values():
        found[posted.channel].append(posted)
    return found
