"""What the listeners need of the outside, as small protocols; `bot.app` gives them adapters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.core.exceptions import Acceptance
from bot.core.kept import Actor, DateSet, Feedback, Remembered, Subscribed, Unanswered
from bot.core.manifests import Judged
from bot.core.pasting import Attached
from bot.core.placing import Problem
from bot.core.subscriptions import Subscription
from bot.core.topic_answers import GuideEntry
from bot.core.workloads import WorkloadKey
from bot.render.blocks import Message


class UserFacts(Protocol):
    """What Slack says of a user."""

    @property
    def teams(self) -> frozenset[str]:
        """Home workspace and organisation."""

    @property
    def locale(self) -> str:
        """As in ``ko-KR``, empty when Slack does not say."""

    @property
    def zone(self) -> str:
        """As in ``Asia/Seoul``, empty when Slack does not say."""


class ChannelFacts(Protocol):
    """What Slack says of a channel."""

    @property
    def is_shared(self) -> bool:
        """Whether people of other organisations are in it."""

    @property
    def is_member(self) -> bool:
        """Whether the bot is in it."""


class Directory(Protocol):
    """Asks Slack about users and channels."""

    def user(self, user: str) -> UserFacts | None:
        """Return what is known of a user, None when Slack does not tell."""

    def channel(self, channel: str, *, is_fresh: bool = False) -> ChannelFacts | None:
        """Return what is known of a channel, None when Slack does not tell. ``is_fresh``: ask, whatever is known."""


class Groups(Protocol):
    """Asks Slack who is where; None: it does not tell."""

    def is_in_channel(self, channel: str, user: str) -> bool | None:
        """Whether a user is in a channel now."""

    def is_in_group(self, group: str, user: str) -> bool | None:
        """Whether a user is in a user group."""


class Modals(Protocol):
    """Opens forms. Every method raises SlackError when Slack does not take them."""

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal and return its id; ``trigger`` holds for three seconds."""

    def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Show another view in its place."""


class Messenger(Protocol):
    """Sends messages and files. Every method raises SlackError when Slack does not take them."""

    def post(self, channel: str, message: Message, thread_ts: str | None = None) -> None:
        """Post to a channel or a thread of it."""

    def post_ephemeral(self, channel: str, user: str, message: Message, thread_ts: str | None = None) -> None:
        """Show one user a message."""

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message of the bot."""

    def direct_channel(self, user: str) -> str:
        """Return the conversation with a user."""

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
        """Share a file. ``alt``: what a picture shows, for who cannot see it."""

    def publish(self, user: str, message: Message) -> None:
        """Show a message as a user's Home."""

    def respond(
        self,
        url: str,
        message: Message,
        *,
        in_channel: bool = False,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None:
        """Answer through a response_url. Raises: ExpiredUrlError: it is used up."""


class WorkQueue(Protocol):
    """Runs jobs on threads of its own."""

    def offer(self, job: Callable[[], None]) -> bool:
        """Take a job; False when there is no room."""


class Meter(Protocol):
    """Counts what happened."""

    def answered(self, surface: str, question: str, outcome: str, seconds: float) -> None:
        """Note one question and what became of it."""

    def repeated(self, surface: str) -> None:
        """Note a delivery seen before."""

    def busy(self) -> None:
        """Note a question there was no room for."""


class Store(Protocol):
    """Keeps what outlives an answer. No method raises, and each does I/O: not before an acknowledgement."""

    @property
    def is_on(self) -> bool:
        """Whether feedback can be kept; only then does an answer get the buttons for it."""

    def rate(self, feedback: Feedback) -> bool:
        """Keep a verdict, in place of the user's earlier one on the same message; False when it was not kept."""

    def note_unanswered(self, unanswered: Unanswered) -> None:
        """Keep a question that got no answer of its own; asked again, it is counted. After the answer was sent."""

    def recall(self, channel: str, thread: str) -> Remembered | None:
        """Return what a thread was about in the last 24 hours, None when that is not known.

        Args:
            thread: ``""`` for a whole direct conversation.
        """

    def remember(self, channel: str, thread: str, said: Remembered) -> None:
        """Keep what a thread is about now."""

    def chosen(self, user: str) -> tuple[str, ...] | None:
        """Return the namespaces somebody chose for their Home; None when that is not known, or nothing can be kept."""

    def choose(self, user: str, namespaces: Sequence[str], order: str) -> None:
        """Keep the namespaces somebody chose, unless they have chosen since; ``order`` of the choice, as text sorts."""

    def is_new(self, keys: Sequence[str]) -> bool:
        """Claim a delivery; False when any of its keys was claimed in the last hour. True where that is not known."""


class Changes(Protocol):
    """Subscriptions and this cluster's own dates. Every method does I/O, and raises StoreError where it fails."""

    def get(self, channel: str) -> Subscribed | None:
        """Return the row of a channel, also of one that was turned off or is damaged."""

    def put(self, subscription: Subscription, before: Subscribed | None, who: Actor, action: str) -> bool:
        """Keep a subscription and who changed it; False when the row is not any more what it was ``before``."""

    def turn_off(self, before: Subscribed, who: Actor) -> bool:
        """Turn one off; False when the row is not any more what it was ``before``."""

    def last_post(self, channel: str) -> tuple[str, datetime] | None:
        """Return the kind of what was posted to a channel last, ``digest`` or ``reminder``, and when."""

    def begun(self, channel: str, since: datetime) -> frozenset[str]:
        """Return the keys of the occurrences, due since then, that the post ledger has: they are not posted again."""

    def put_off(self, channel: str) -> Mapping[str, date]:
        """Return until when reminders of milestones were put off, by id; also until days that are over."""

    def dates(self) -> Sequence[DateSet]:
        """Return this cluster's own dates."""

    def set_date(self, version: str, day: date, reason: str, who: Actor) -> DateSet | None:
        """Keep a date in place of an earlier one, which is returned."""

    def unset_date(self, version: str, who: Actor) -> DateSet | None:
        """Remove a date and return it, None when there was none."""


class DateChanges(Protocol):
    """What a channel's people say of dates. Every method does I/O, and raises StoreError where it fails."""

    def get(self, channel: str) -> Subscribed | None:
        """Return the row of a channel's subscription."""

    def snooze(self, channel: str, milestone: str, until: date, reason: str, who: Actor) -> None:
        """Put reminders of a milestone off."""

    def wake(self, channel: str, milestone: str, who: Actor) -> bool:
        """Remind of a milestone again; False when that was not put off."""

    def take(self, channel: str, milestone: str, who: Actor) -> bool:
        """Note that somebody takes care of a milestone; False when that was noted already."""

    def leave(self, channel: str, milestone: str, who: Actor) -> bool:
        """Note that somebody does not take care of it any more; False when they did not."""


class Acceptances(Protocol):
    """Exceptions. Every method does I/O, and raises StoreError where it fails."""

    def accepted(self) -> Sequence[Acceptance]:
        """Return all that are kept, also those that are over."""

    def accept(self, acceptance: Acceptance, who: Actor) -> Acceptance | None:
        """Keep one in place of an earlier one of the same findings, which is returned."""

    def end(self, key: WorkloadKey, code: str, who: Actor) -> Acceptance | None:
        """Remove one and return it, None when there was none."""


class Checks(Protocol):
    """Judges manifests; reads files from Slack, and keeps nothing."""

    def check(self, texts: Sequence[tuple[str, str | Problem]], files: Sequence[Attached]) -> Judged:
        """Return what texts, each with its name, and files hold; a file that cannot be had is a gap."""

    def guides(self, language: str) -> Mapping[str, GuideEntry]:
        """Return the guide of each rule, by code."""


class Refresh(Protocol):
    """Edits a reminder that was posted."""

    def refresh(self, channel: str, milestone: str, ts: str | None) -> bool:
        """Edit the message with a time stamp, or the newest that tells of a milestone; False where none was edited.

        Raises nothing, and logs why it failed.
        """


class Posted(StrEnum):
    """What became of a digest that was asked for at once; each is an entry ``order.now-<value>``."""

    POSTED = "posted"
    NOTHING = "nothing"
    FAILED = "failed"
    UNSURE = "unsure"
    UNAVAILABLE = "unavailable"


class Now(Protocol):
    """Posts a digest at once."""

    def post_now(self, channel: str) -> Posted:
        """Post the digest of a channel that has a subscription; raises nothing, and logs why it failed."""


class Assistant(Protocol):
    """Slack's surface for agents, which not every workspace has. No method raises; each does I/O."""

    def suggest(self, channel: str, title: str, prompts: Sequence[tuple[str, str]]) -> None:
        """Offer questions in a direct conversation: (title, words)."""

    def show(self, channel: str, ts: str, status: str) -> bool:
        """Say below a message what is done about it, or with ``""`` no more; whether Slack takes it."""
