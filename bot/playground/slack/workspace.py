"""The workspace the simulator plays: users, channels, messages, files. Knows no network."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

TEAM, OTHER_TEAM, APP = "T0TEAM", "T0OTHER", "A0RUNTIME"
BOT_USER, BOT = "U0BOT", "B0BOT"

Block = dict[str, Any]

#: How long a status is shown when no message follows (docs.slack.dev, assistant.threads.setStatus).
STATUS_SECONDS = 120


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``locale`` as in ``ko-KR``; ``tz`` an IANA name."""

    id: str
    name: str
    locale: str = "en-US"
    tz: str = "America/New_York"
    team: str = TEAM


@dataclass(slots=True)
class Channel:
    """A conversation; ``im_user`` is the other side of a direct one."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    im_user: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said before it was changed."""

    text: str
    blocks: list[Block]
    via: str


@dataclass(slots=True)
class Status:
    """What the bot said it is doing in a thread. ``set_at``: seconds since 1970; ``is_shown``: until it posts there."""

    channel: str
    thread_ts: str
    text: str
    loading_messages: tuple[str, ...]
    set_at: float
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Prompts:
    """What the bot suggests to ask, each with ``title`` and ``message``."""

    channel: str
    title: str
    prompts: list[dict[str, str]]


class File(Struct):
    """An upload. ``channel`` and ``thread_ts`` are None until it is shared; one shared twice is two entries.

    Args:
        told: what files.info says otherwise than is so: ``size``, ``is_external``, ``url_private_download``, …
        redirect: where who asks for its contents is sent.
    """

    id: str
    filename: str
    length: int
    content: bytes | None = None
    title: str = ""
    channel: str | None = None
    thread_ts: str | None = None
    alt_text: str = ""
    user: str = BOT_USER
    told: dict[str, Any] = {}
    redirect: str | None = None


@dataclass(slots=True)
class Message:
    """A message as people see it.

    Args:
        via: how it got its present form: ``chat.postMessage``, ``chat.postEphemeral``, ``response_url``, ``ack``,
            ``file`` or ``update``.
        ephemeral_for: the only user who sees it.
        history: earlier versions, oldest first.
    """

    channel: str
    ts: str
    user: str
    text: str
    via: str
    blocks: list[Block] = field(default_factory=list)
    thread_ts: str | None = None
    ephemeral_for: str | None = None
    files: list[File] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    replaced: bool = False
    deleted: bool = False
    history: list[Version] = field(default_factory=list)

    def change(self, text: str, blocks: list[Block], via: str) -> None:
        """Replace what it says and keep the earlier version."""
        self.history.append(Version(self.text, self.blocks, self.via))
        self.text, self.blocks, self.via, self.replaced = text, blocks, via, True

    def as_slack(self) -> dict[str, Any]:
        """Return it the way the Web API and payloads show a bot's message."""
        thread = {"thread_ts": self.thread_ts} if self.thread_ts else {}
        made = {"bot_id": BOT, "app_id": APP} if self.user == BOT_USER else {}
        shown = {"blocks": self.blocks} if self.blocks else {}
        files = {"files": [{"id": item.id, "name": item.filename} for item in self.files]} if self.files else {}
        base = {"type": "message", "user": self.user, "ts": self.ts, "team": TEAM, "text": self.text}
        return {**base, **made, **shown, **thread, **files}


class Workspace:
    """Everything a workspace holds. Change and read it with ``changed`` held; it is notified of every change.

    Args:
        clock: Slack's time in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.changed = threading.Condition(threading.RLock())
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, list[str]] = {}
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        #: Files as they were shared, in order.
        self.shared: list[File] = []
        self.homes: dict[str, dict[str, Any]] = {}
        #: Modals that are open, by id, each with who has it open.
        self.modals: dict[str, tuple[str, dict[str, Any]]] = {}
        #: Who got a trigger id, and when, in seconds since 1970; each opens one modal.
        self.triggers: dict[str, tuple[str, float]] = {}
        #: By user and action id, what a menu in a Home has offered so far: options by value.
        self.offered: dict[tuple[str, str], dict[str, Block]] = {}
        #: By user and action id, what is chosen in such a menu since the Home was published.
        self.chosen: dict[tuple[str, str], list[Block]] = {}
        self.reactions: list[tuple[str, str, str]] = []
        self.statuses: list[Status] = []
        self.prompts: list[Prompts] = []
        self.faults_found: list[str] = []
        #: Channel and ts of what people said.
        self.spoken: set[tuple[str, str]] = set()
        self._last_ts = 0
        self._ids = 0
        self.add_user(User("U0ALICE", "alice"))
        self.add_user(User("U0MINJI", "minji", "ko-KR", "Asia/Seoul"))
        self.add_user(User("U0GUEST", "guest", team=OTHER_TEAM))
        everyone = {"U0ALICE", "U0MINJI"}
        self.add_channel(Channel("C0GENERAL", "general", {*everyone, BOT_USER}))
        self.add_channel(Channel("C0NOBOT", "no-bot", set(everyone)))
        self.add_channel(Channel("C0PRIVATE", "private", set(everyone), is_private=True))
        self.add_channel(Channel("C0SHARED", "shared", {*everyone, "U0GUEST", BOT_USER}, is_ext_shared=True))
        self.add_channel(Channel("C0ARCHIVED", "archived", {*everyone, BOT_USER}, is_archived=True))

    def add_user(self, user: User) -> None:
        """Add a user and the direct channel with the bot, ``D0ALICE`` for ``U0ALICE``."""
        with self.changed:
            self.users[user.id] = user
            direct = "D" + user.id[1:]
            self.channels[direct] = Channel(direct, "", {user.id, BOT_USER}, im_user=user.id)

    def add_channel(self, channel: Channel) -> None:
        """Add or replace a channel."""
        with self.changed:
            self.channels[channel.id] = channel

    def new_ts(self) -> str:
        """Return a message time nobody has had."""
        with self.changed:
            self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        """Return an id such as ``F0000000A1``: the letter and nine characters."""
        with self.changed:
            self._ids += 1
            return f"{letter}{self._ids:09X}"

    def post(self, message: Message) -> Message:
        """Add a message; one of the bot that all can see ends its status in the thread."""
        with self.changed:
            self.messages.append(message)
            if message.user == BOT_USER and message.thread_ts and message.ephemeral_for is None:
                self.end_statuses(message.channel, message.thread_ts)
            self.changed.notify_all()
        return message

    def accepted(self) -> Counter[tuple[str, str]]:
        """Return how often each post was taken, whatever was answered: by channel and ``id`` of its metadata.

        Files count by channel and name. What was deleted since counts, too.
        """
        found: Counter[tuple[str, str]] = Counter()
        with self.changed:
            for message in self.messages:
                if message.metadata is not None:
                    found[message.channel, str(message.metadata["event_payload"].get("id"))] += 1
                found.update((message.channel, file.filename) for file in message.files)
        return found

    def end_statuses(self, channel: str, thread_ts: str) -> None:
        """Show no status in a thread any more."""
        with self.changed:
            for status in self.statuses:
                if (status.channel, status.thread_ts) == (channel, thread_ts):
                    status.is_shown = False

    def found(self, fault: str) -> None:
        """Note something the bot should not do although Slack lets it."""
        with self.changed:
            self.faults_found.append(fault)

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message that everybody in the channel can see."""
        with self.changed:
            for message in self.messages:
                is_there = message.channel == channel and message.ts == ts and not message.deleted
                if is_there and message.ephemeral_for is None:
                    return message
        return None
