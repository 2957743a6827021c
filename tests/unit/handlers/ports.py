"""The handlers' ports in memory: what was sent, who is known, which jobs wait, what was counted."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from bot.core.exceptions import Acceptance
from bot.core.kept import Actor, DateSet, Feedback, Remembered, Subscribed, Unanswered
from bot.core.subscriptions import Subscription
from bot.core.workloads import WorkloadKey
from bot.errors import SlackError, StoreError
from bot.render.blocks import Message

#: The direct conversation of every user with the bot: ``D0ALICE`` for ``U0ALICE``.
DIRECT = "D"


@dataclass(frozen=True)
class Sent:
    """One message or file, and where it went.

    Args:
        via: name of the messenger's method.
        place: channel id, or the response_url.
        user: the only one who sees it, where the method names one.
    """

    via: str
    place: str
    text: str
    thread_ts: str | None = None
    user: str | None = None
    in_channel: bool = False
    replace: bool = False
    ts: str | None = None
    file: str | None = None
    content: bytes = b""
    alt: str | None = None
    message: Message | None = None

    @property
    def is_public(self) -> bool:
        """Whether everybody in the place sees it."""
        if self.via == "respond":
            return self.in_channel
        return self.via in ("post", "update", "upload") and not self.place.startswith(DIRECT)


class Posted:
    """Takes every message; refuses what ``refused`` says, by method. ``tried``: methods called, refused or not."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.tried: list[str] = []
        self.refused: dict[str, Exception] = {}

    def refuse(self, error: SlackError, *methods: str) -> None:
        """Refuse these methods from now on, or all."""
        names = methods or ("post", "post_ephemeral", "update", "direct_channel", "upload", "publish", "respond")
        self.refused |= dict.fromkeys(names, error)

    def post(self, channel: str, message: Message, thread_ts: str | None = None) -> None:
        self._take(Sent("post", channel, message.text, thread_ts, message=message))

    def post_ephemeral(self, channel: str, user: str, message: Message, thread_ts: str | None = None) -> None:
        self._take(Sent("post_ephemeral", channel, message.text, thread_ts, user, message=message))

    def update(self, channel: str, ts: str, message: Message) -> None:
        self._take(Sent("update", channel, message.text, ts=ts, message=message))

    def direct_channel(self, user: str) -> str:
        self._called("direct_channel")
        return DIRECT + user[1:]

    def upload(
        self,
        channel: str,
        name: str,
        content: bytes,
        comment: str,
        thread_ts: str | None = None,
        *,
        alt: str | None = None,
    ) -> None:
        self._take(Sent("upload", channel, comment, thread_ts, file=name, content=content, alt=alt))

    def publish(self, user: str, message: Message) -> None:
        self._take(Sent("publish", user, message.text, user=user, message=message))

    def respond(
        self,
        url: str,
        message: Message,
        *,
        in_channel: bool = False,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None:
        sent = Sent("respond", url, message.text, thread_ts, in_channel=in_channel, replace=replace, message=message)
        self._take(sent)

    def _take(self, sent: Sent) -> None:
        self._called(sent.via)
        self.sent.append(sent)

    def _called(self, method: str) -> None:
        self.tried.append(method)
        if method in self.refused:
            raise self.refused[method]


@dataclass(frozen=True)
class Person:
    """What Slack says of a user."""

    teams: frozenset[str]
    locale: str = "en-US"
    zone: str = ""


@dataclass(frozen=True)
class Conversation:
    """What Slack says of a channel."""

    is_shared: bool
    is_member: bool = True


@dataclass
class Members:
    """Who is where; None: Slack does not tell."""

    channels: dict[str, set[str] | None] = field(default_factory=dict)
    groups: dict[str, set[str] | None] = field(default_factory=dict)

    def is_in_channel(self, channel: str, user: str) -> bool | None:
        members = self.channels.get(channel)
        return None if members is None else user in members

    def is_in_group(self, group: str, user: str) -> bool | None:
        members = self.groups.get(group)
        return None if members is None else user in members


@dataclass
class Forms:
    """Forms that were opened, by id; ``refused``: what is raised instead, by method."""

    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    refused: dict[str, Exception] = field(default_factory=dict)

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        if "open" in self.refused:
            raise self.refused["open"]
        self.triggers.append(trigger)
        self.views[f"V{len(self.triggers)}"] = view
        return f"V{len(self.triggers)}"

    def update(self, view_id: str, view: dict[str, Any]) -> None:
        if "update" in self.refused:
            raise self.refused["update"]
        self.views[view_id] = view


@dataclass
class Settings:
    """Subscriptions and dates in memory. ``error``: raised by everything; ``unread``: by a look at the ledger."""

    rows: dict[str, Subscribed] = field(default_factory=dict)
    own: dict[str, DateSet] = field(default_factory=dict)
    snoozes: dict[tuple[str, str], tuple[date, str]] = field(default_factory=dict)
    takers: set[tuple[str, str, str]] = field(default_factory=set)
    done: list[tuple[Actor, str]] = field(default_factory=list)
    posted: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    ledger: list[tuple[str, str, datetime]] = field(default_factory=list)
    error: Exception | None = None
    unread: Exception | None = None
    before_change: Callable[[], None] = field(default=lambda: None)

    def get(self, channel: str) -> Subscribed | None:
        self._check()
        return self.rows.get(channel)

    def put(self, subscription: Subscription, before: Subscribed | None, who: Actor, action: str) -> bool:
        self._check()
        self.before_change()
        if self.rows.get(subscription.channel) != before:
            return False
        version = before.version + 1 if before else 1
        self.rows[subscription.channel] = Subscribed(subscription.channel, subscription, version)
        self.done.append((who, action))
        return True

    def turn_off(self, before: Subscribed, who: Actor) -> bool:
        self._check()
        self.before_change()
        if self.rows.get(before.channel) != before:
            return False
        self.rows[before.channel] = replace(before, version=before.version + 1, is_on=False)
        self.done.append((who, "digest off"))
        return True

    def last_post(self, channel: str) -> tuple[str, datetime] | None:
        self._check()
        return self.posted.get(channel)

    def begun(self, channel: str, since: datetime) -> frozenset[str]:
        self._check()
        if self.unread is not None:
            raise self.unread
        return frozenset(key for place, key, at in self.ledger if place == channel and at >= since)

    def put_off(self, channel: str) -> Mapping[str, date]:
        self._check()
        return {id_: until for (place, id_), (until, _) in self.snoozes.items() if place == channel}

    def dates(self) -> Sequence[DateSet]:
        self._check()
        return list(self.own.values())

    def set_date(self, version: str, day: date, reason: str, who: Actor) -> DateSet | None:
        self._check()
        before = self.own.get(version)
        self.own[version] = DateSet(version, day, reason, who.user, datetime(2026, 11, 1, tzinfo=UTC))
        self.done.append((who, "date set"))
        return before

    def unset_date(self, version: str, who: Actor) -> DateSet | None:
        self._check()
        before = self.own.pop(version, None)
        if before:
            self.done.append((who, "date unset"))
        return before

    def snooze(self, channel: str, milestone: str, until: date, reason: str, who: Actor) -> None:
        self._check()
        self.snoozes[channel, milestone] = (until, reason)
        self.done.append((who, "snoozed"))

    def wake(self, channel: str, milestone: str, who: Actor) -> bool:
        self._check()
        return self.snoozes.pop((channel, milestone), None) is not None

    def take(self, channel: str, milestone: str, who: Actor) -> bool:
        self._check()
        is_new = (channel, milestone, who.user) not in self.takers
        self.takers.add((channel, milestone, who.user))
        return is_new

    def leave(self, channel: str, milestone: str, who: Actor) -> bool:
        self._check()
        self.takers.remove((channel, milestone, who.user))
        return True

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class Kept:
    """Exceptions, in memory. ``done``: who did what; ``error``: what is raised instead."""

    rows: dict[tuple[WorkloadKey, str], Acceptance] = field(default_factory=dict)
    done: list[tuple[Actor, str]] = field(default_factory=list)
    error: StoreError | None = None

    def accepted(self) -> Sequence[Acceptance]:
        self._check()
        return sorted(self.rows.values(), key=lambda each: each.sort_key)

    def accept(self, acceptance: Acceptance, who: Actor) -> Acceptance | None:
        self._check()
        self.done.append((who, f"accept {acceptance.subject}"))
        earlier = self.rows.get((acceptance.key, acceptance.code))
        self.rows[acceptance.key, acceptance.code] = acceptance
        return earlier

    def end(self, key: WorkloadKey, code: str, who: Actor) -> Acceptance | None:
        self._check()
        self.done.append((who, f"end {key.full_name} {code}"))
        return self.rows.pop((key, code), None)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class Reminder:
    """The one reminder that was posted, which is edited. ``is_there``: whether it can be."""

    is_there: bool = True
    edits: list[tuple[str, str, str | None]] = field(default_factory=list)

    def refresh(self, channel: str, milestone: str, ts: str | None) -> bool:
        self.edits.append((channel, milestone, ts))
        return self.is_there


@dataclass
class People:
    """Users and channels Slack tells of; it knows nothing of others. ``asked``: every id it was asked for."""

    users: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Conversation] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def user(self, user: str) -> Person | None:
        self.asked.append(user)
        return self.users.get(user)

    def channel(self, channel: str, *, is_fresh: bool = False) -> Conversation | None:
        self.asked.append(f"{channel} again" if is_fresh else channel)
        return self.channels.get(channel)


class Held:
    """A work queue that keeps its jobs until it is told to run them."""

    def __init__(self) -> None:
        self.jobs: deque[Callable[[], None]] = deque()
        self.is_full = False

    def offer(self, job: Callable[[], None]) -> bool:
        if self.is_full:
            return False
        self.jobs.append(job)
        return True

    def run(self) -> None:
        """Run what waits, in order."""
        while self.jobs:
            self.jobs.popleft()()


class AtOnce:
    """A work queue that runs its jobs where they are offered."""

    def offer(self, job: Callable[[], None]) -> bool:
        job()
        return True


@dataclass
class Counted:
    """What was counted."""

    outcomes: list[tuple[str, str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    busies: int = 0

    def answered(self, surface: str, question: str, outcome: str, seconds: float) -> None:
        self.outcomes.append((surface, question, outcome))
        self.seconds.append(seconds)

    def repeated(self, surface: str) -> None:
        self.repeats.append(surface)

    def busy(self) -> None:
        self.busies += 1


@dataclass
class Memory:
    """What the handlers keep, in memory. ``is_on``: whether feedback is kept at all; ``is_down``: nothing is."""

    is_on: bool = True
    is_down: bool = False
    ratings: list[Feedback] = field(default_factory=list)
    unanswered: list[Unanswered] = field(default_factory=list)
    threads: dict[tuple[str, str], Remembered] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    homes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def rate(self, feedback: Feedback) -> bool:
        if not self.is_down:
            self.ratings.append(feedback)
        return not self.is_down

    def note_unanswered(self, unanswered: Unanswered) -> None:
        self.unanswered.append(unanswered)

    def recall(self, channel: str, thread: str) -> Remembered | None:
        return None if self.is_down else self.threads.get((channel, thread))

    def remember(self, channel: str, thread: str, said: Remembered) -> None:
        self.threads[channel, thread] = said

    def chosen(self, user: str) -> tuple[str, ...] | None:
        return None if self.is_down else self.homes.get(user, ())

    def choose(self, user: str, namespaces: Sequence[str], order: str) -> None:
        self.homes[user] = tuple(namespaces)

    def is_new(self, keys: Sequence[str]) -> bool:
        is_new = self.claimed.isdisjoint(keys)
        self.claimed.update(keys)
        return is_new or self.is_down


@dataclass
class Agent:
    """Slack's surface for agents. ``shown``: (channel, ts, status); ``suggested``: (channel, prompts)."""

    shown: list[tuple[str, str, str]] = field(default_factory=list)
    suggested: list[tuple[str, Sequence[tuple[str, str]]]] = field(default_factory=list)

    def suggest(self, channel: str, title: str, prompts: Sequence[tuple[str, str]]) -> None:
        self.suggested.append((channel, prompts))

    def show(self, channel: str, ts: str, status: str) -> bool:
        self.shown.append((channel, ts, status))
        return True


class Inline(Executor):
    """Runs listeners in the thread of the test, in the way Bolt otherwise runs them in threads of its own."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it now; what it raises is lost, as in any pool nobody asks for the result."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  as a pool does
            future.set_exception(error)
        return future
