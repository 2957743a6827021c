"""What the bot keeps of conversations, as values; where and how is the store's business."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from bot.core.subscriptions import Subscription

#: Longest question that is kept, in characters, after masking.
QUESTION_CHARS = 500

#: How far back ``unshim check`` looks for posts that did not come.
UNPOSTED_DAYS = 14


class Why(StrEnum):
    """Why a question counts as unanswered."""

    NOT_UNDERSTOOD = "not-understood"
    ASKED_BACK = "asked-back"
    NOT_FOUND = "not-found"
    OUT_OF_SCOPE = "out-of-scope"


class Feedback(Struct, frozen=True):
    """What somebody thought of an answer.

    Args:
        user: Slack id of who pressed the button; asker: of whose question it is, so that either can be forgotten.
        key: what tells the message apart, such as ``C0123456789:1700000000.000100``; a second verdict of the same user
            under the same key replaces the first.
        language: ``en`` or ``ko``, of the answer.
        question: the words as they were asked; the store masks and shortens them.
        kind: what the question was understood as, such as ``nodes``.
        words: the same as words that ask it again, such as ``nodes docker``; empty when there are none.
        is_good: whether the answer helped.
    """

    user: str
    asker: str
    key: str
    language: str
    question: str
    kind: str
    words: str
    is_good: bool


class Unanswered(Struct, frozen=True):
    """A question that got no answer of its own.

    Args:
        user: Slack id of the asker.
        language: ``en`` or ``ko``.
        question: the words as they were asked; the store masks and shortens them.
        why: what became of it.
    """

    user: str
    language: str
    question: str
    why: Why


class Remembered(Struct, frozen=True):
    """What a conversation was about last: enough to understand "and in staging?".

    Args:
        user: Slack id of who asked; so that a person can be forgotten.
        kind: kind of the last question.
        words: canonical words that ask it again.
        language: ``en`` or ``ko``.
    """

    user: str
    kind: str
    words: str
    language: str


class Forgotten(Struct, frozen=True):
    """How many rows of a person were removed; ``settings``: of digests and dates, which may stay without a name."""

    feedback: int
    unanswered: int
    threads: int
    choices: int
    settings: int = 0


class OpenQuestion(Struct, frozen=True):
    """A question that deserves a better answer, as ``unshim questions`` lists it.

    Args:
        why: an entry of Why, or ``down-voted``.
        question: masked.
        kind, words: what a down-voted one was understood as; empty for the others.
        times: how often it was asked, or voted down.
        users: how many people that were.
        last_at: when it was last.
    """

    why: str
    language: str
    question: str
    kind: str
    words: str
    times: int
    users: int
    last_at: datetime


class StoppedPosts(Struct, frozen=True):
    """A channel to which nothing is posted any more, since Slack refused it.

    Args:
        code: Slack's name of why; at: when that was.
    """

    channel: str
    code: str
    at: datetime


class Unposted(Struct, frozen=True):
    """A post that did not come, or of which nobody knows whether it, or a part of its thread, did.

    Args:
        kind: ``digest`` or ``reminder``; day: the one it was for.
        is_unconfirmed: it may be in the channel; else it was certainly not posted.
        parts: of one that came, what its thread may lack: ``details``, ``chart``; empty: the post itself.
    """

    channel: str
    kind: str
    day: date
    is_unconfirmed: bool
    parts: tuple[str, ...] = ()


class StoreReport(Struct, frozen=True):
    """What ``unshim check`` found of the place where things are kept.

    Args:
        place: a file's path, or ``host/database``.
        problem: empty when all is well, else ``folder``, ``read-only``, ``newer`` or ``failed``.
        reason: what the database said, where it said something.
        is_new: whether nothing is there yet, and the bot will make it.
        days: how long feedback is kept; 0: not at all.
        stopped: channels to which nothing is posted any more.
        unposted: of the last ``UNPOSTED_DAYS``, the newest first.
    """

    place: str
    problem: str
    reason: str
    is_new: bool
    days: int
    stopped: tuple[StoppedPosts, ...] = ()
    unposted: tuple[Unposted, ...] = ()


class Actor(Struct, frozen=True):
    """Who changes something, and where; both empty for what the bot itself does by its settings."""

    user: str = ""
    channel: str = ""


class Subscribed(Struct, frozen=True):
    """The row of a channel's subscription.

    Args:
        subscription: None where the row is damaged.
        version: counts its changes, so that two people do not undo each other's.
        is_on: False where somebody turned it off; the row stays, so that the settings do not make it anew.
    """

    channel: str
    subscription: Subscription | None
    version: int
    is_on: bool = True


class DateSet(Struct, frozen=True):
    """A date of this cluster's own, set in Slack.

    Args:
        version: of Kubernetes, or the id of a milestone.
        note: why, in somebody's words; by: Slack id of who set it, empty once that person was forgotten.
    """

    version: str
    day: date
    note: str
    by: str
    at: datetime


class Snooze(Struct, frozen=True):
    """Reminders of a milestone that a channel put off, until a day that gets one again."""

    channel: str
    milestone: str
    until: date
    reason: str
    by: str
    at: datetime


class Taker(Struct, frozen=True):
    """Somebody who takes care of a milestone for a channel."""

    channel: str
    milestone: str
    user: str
    at: datetime


class Change(Struct, frozen=True):
    """One entry of the audit: who changed what, where. ``before`` and ``after``: JSON, ``null`` where nothing was."""

    at: datetime
    who: Actor
    action: str
    subject: str
    before: str
    after: str
