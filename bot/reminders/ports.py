"""What reminders need from the world: the ledger, Slack, the messages, the time. No library of either is known here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from bot.core.schedule import Occurrence
from bot.core.subscriptions import Subscription
from bot.render.blocks import Message

#: What posts that somebody asked for are called in the ledger: they belong to no day, and are not missed by anybody.
NOW = "now"


class Part(StrEnum):
    """What an occurrence is posted as: the message first, then what goes into its thread.

    ``fixed`` posts nothing: the message is edited, once, to say that what it is about is done.
    """

    MESSAGE = "message"
    DETAILS = "details"
    CHART = "chart"
    FIXED = "fixed"


class State(StrEnum):
    """What became of a post.

    ``claimed``: a replica prepares it. ``sending``: it may be on its way. ``waiting``: Slack asked for a pause.
    ``unknown``: nobody can tell whether Slack took it, and it is to be looked for. All others are final: ``sent``,
    ``refused`` (Slack said no), ``unconfirmed`` (nobody could tell, and it is not repeated), ``missed`` (too late),
    ``merged`` (told with a later one), ``nothing`` (there was nothing to say).
    """

    CLAIMED = "claimed"
    SENDING = "sending"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    MISSED = "missed"
    MERGED = "merged"
    NOTHING = "nothing"

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self in (State.CLAIMED, State.SENDING, State.WAITING, State.UNKNOWN)


class Slot(Struct, frozen=True):
    """One row of the post ledger, by its unique key."""

    channel: str
    occurrence: str
    part: Part


class Entry(Struct, frozen=True):
    """A row of the post ledger.

    Args:
        post_id: what the message carries, opaque, so that it can be found in the channel.
        due_at: when it was due; claimed_at: when it was first claimed, so that nothing of it is older in Slack.
        lease_until: until when the claim holds; not_before: when to go on, after a pause that Slack asked for.
        ts: Slack's time stamp of the message, once it is known.
        code: why, for ``refused``, ``unknown``, ``unconfirmed``, ``nothing``.
        parts: of a message: the parts that belong into its thread.
        about: of a reminder: the ids of the milestones that it tells of.
        told_at: when that it was missed or unconfirmed was told in a later post; of a part, that it may be missing.
    """

    slot: Slot
    state: State
    post_id: str
    due_at: datetime
    claimed_at: datetime
    lease_until: datetime
    not_before: datetime | None = None
    ts: str | None = None
    code: str = ""
    parts: tuple[Part, ...] = ()
    told_at: datetime | None = None
    about: tuple[str, ...] = ()


class Claim(Struct, frozen=True):
    """Who holds a slot, and until when. ``holder``: opaque, another one for each claim."""

    slot: Slot
    holder: str
    post_id: str
    until: datetime


class Outcome(Struct, frozen=True):
    """How a claim ended, or goes on. Fields as in Entry."""

    state: State
    ts: str | None = None
    code: str = ""
    not_before: datetime | None = None
    parts: tuple[Part, ...] = ()


class Ledger(Protocol):
    """The post ledger; shared by all replicas. Every method raises StoreError when the database fails."""

    def claim(self, slot: Slot, due_at: datetime, now: datetime, until: datetime) -> Claim | None:
        """Claim a slot that has no row yet; None when it has one."""

    def write(self, slot: Slot, due_at: datetime, now: datetime, outcome: Outcome) -> bool:
        """Write a row that needs no claim, of a state that is final; False when the slot has one."""

    def take_over(self, entry: Entry, now: datetime, until: datetime) -> Claim | None:
        """Claim a row whose lease is over; None when another replica was faster. Its post id stays."""

    def begin(
        self, claim: Claim, now: datetime, until: datetime, parts: tuple[Part, ...], about: tuple[str, ...] = ()
    ) -> bool:
        """Note, before the call of Slack, that it may be sent, and hold the claim until then.

        False when the claim does not hold any more.
        """

    def settle(self, claim: Claim, now: datetime, outcome: Outcome) -> bool:
        """Write how it ended; False when the claim was taken over meanwhile."""

    def rows(self, since: datetime) -> Sequence[Entry]:
        """Return the rows that were due since then, and all that are open, in the order of when they were due."""

    def told(self, slots: Sequence[Slot], now: datetime) -> None:
        """Note that it was told what became of these."""


class NotSentError(Exception):
    """Slack certainly did not take a post. ``code``: as Slack names it, or ``unreachable``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LimitedError(NotSentError):
    """Slack asks for a pause, in seconds; the post was not taken."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class UnknownError(Exception):
    """Nobody can tell whether Slack took a post. ``code``: what happened instead of an answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CannotLookError(Exception):
    """The channel's messages cannot be read. ``is_lasting``: for want of a scope, so that trying again is no use."""

    def __init__(self, code: str, *, is_lasting: bool) -> None:
        super().__init__(code)
        self.is_lasting = is_lasting


class Sender(Protocol):
    """Slack, without any attempt of its own to repeat a call."""

    def post(self, channel: str, message: Message, post_id: str, thread_ts: str | None) -> str:
        """Post a message, and return its time stamp. Raises: NotSentError, LimitedError, UnknownError."""

    def upload(self, channel: str, picture: "Picture", post_id: str, thread_ts: str | None) -> str | None:
        """Share a picture. Raises: NotSentError, LimitedError, UnknownError."""

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Put another message in the place of one. Raises: NotSentError, LimitedError, UnknownError."""

    def find(self, channel: str, post_id: str, since: datetime, thread_ts: str | None) -> str | None:
        """Return the time stamp of the message with that id, None when there is none. Raises: CannotLookError."""


class Picture(Struct, frozen=True):
    """A picture for a thread. ``alt``: what it shows, for those who do not see it."""

    name: str
    content: bytes
    title: str
    alt: str


class Posting(Struct, frozen=True):
    """What to post.

    Args:
        keep: called once the message is sent, to keep what the next one builds on; may raise StoreError.
        about: of a reminder: the ids of the milestones that it tells of.
    """

    message: Message
    details: Message | None = None
    picture: Picture | None = None
    keep: Callable[[], None] | None = None
    about: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that belong into the thread."""
        both = ((Part.DETAILS, self.details), (Part.CHART, self.picture))
        return tuple(part for part, content in both if content is not None)


class Nothing(Struct, frozen=True):
    """Why there is nothing to post: ``unchanged``, ``done``, ``snoozed``, ``none``."""

    why: str


class NotYet(Struct, frozen=True):
    """There is nothing to post from yet: the cluster has not been read since the start. To be tried again."""


class Writer(Protocol):
    """Makes the messages."""

    def write(
        self, subscription: Subscription, occurrence: Occurrence, now: datetime, untold: Sequence[Entry]
    ) -> Posting | Nothing | NotYet:
        """Return what to post.

        Args:
            untold: posts of this channel that were missed or are unconfirmed, and parts of threads that are, to be told
                with this one.
        """

    def again(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        """Return a reminder that was posted as it is now; None where nothing of it is left to tell."""

    def fixed(self, subscription: Subscription, posted: Entry, now: datetime) -> Message | None:
        """Return what takes the place of a reminder all of which is done; None where it is not, or nobody can tell."""


class Subscriptions(Protocol):
    """The subscriptions, those of the settings included. Methods raise StoreError."""

    def active(self) -> Sequence[Subscription]:
        """Return all that can be posted to."""

    def stop(self, subscription: Subscription, code: str, now: datetime) -> bool:
        """Stop one that Slack refuses; False when another replica did."""


class Notices(Protocol):
    """Tells people what became of their subscription."""

    def stopped(self, subscription: Subscription, code: str) -> None:
        """Tell who subscribed that nothing can be posted there; a failure of that is only logged."""


class Meter(Protocol):
    """Counts posts by what became of them."""

    def posted(self, kind: str, state: str) -> None:
        """Note one."""
