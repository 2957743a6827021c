"""The simulator as a whole: what a test starts, says, clicks, breaks and looks at."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

from bot.playground.slack import downloads, payloads
from bot.playground.slack.delivery import ACK_SECONDS, RETRY_PAUSES, Deliveries, Delivery, Kind, Transport
from bot.playground.slack.faults import Faults
from bot.playground.slack.http_delivery import HttpTransport
from bot.playground.slack.http_server import HttpServer
from bot.playground.slack.people import People
from bot.playground.slack.responses import Responses
from bot.playground.slack.sockets import Connection, SocketMode
from bot.playground.slack.state import Call, State
from bot.playground.slack.timers import Timers
from bot.playground.slack.web_api import WebApi
from bot.playground.slack.workspace import (
    BOT_USER,
    STATUS_SECONDS,
    TEAM,
    Channel,
    File,
    Message,
    Prompts,
    Status,
    User,
    Workspace,
)

#: Bodies of the Events API that hold no event.
_WHOLE_BODIES = ("url_verification", "app_rate_limited")


class SlackSimulator(People):
    """Plays Slack on loopback; a context manager, or `start` and `close`.

    Args:
        port: of the Web API; 0 is any free one. Socket Mode has a port of its own.
        events_url: where deliveries are posted, signed; without it they go through Socket Mode.
        ack_seconds: how long an acknowledgement may take.
        retry_pauses: seconds before each re-delivery of an event, at most three.
    """

    team = TEAM
    bot_user = BOT_USER
    bot_token = "xoxb-simulator-0000000000"
    app_token = "xapp-1-simulator-0000000000"
    signing_secret = "simulator-signing-secret"

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        events_url: str | None = None,
        ack_seconds: float = ACK_SECONDS,
        retry_pauses: tuple[float, ...] = RETRY_PAUSES,
    ) -> None:
        self.faults = Faults()
        self.workspace = Workspace(lambda: time.time() + self.faults.clock_skew_seconds)
        self._changed: threading.Condition = self.workspace.changed
        self._timers = Timers()
        self._deliveries = Deliveries(self._changed, self._timers, self._transport, self._shown)
        self._deliveries.ack_seconds, self._deliveries.retry_pauses = ack_seconds, retry_pauses[:3]
        self._sockets = SocketMode(host, self._deliveries, self._timers, self._changed)
        self._host = host
        self.responses = Responses(self.workspace, lambda: self.url, time.monotonic)
        self.state = State(
            self.workspace,
            self.faults,
            self.responses,
            lambda: self.url,
            self._sockets.new_url,
            self.bot_token,
            self.app_token,
        )
        self._http = HttpServer(WebApi(self.state, lambda client: self._http.drop(client)).application(), host, port)
        self._poster: HttpTransport | None = None
        self._is_refusing = False
        self.events_url = events_url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Listen on both ports."""
        self._timers.start()
        self._http.start()
        self._sockets.start()

    def close(self) -> None:
        """Stop everything and wait for its threads."""
        self._timers.close()
        self._sockets.stop()
        self._http.stop()
        if self._poster is not None:
            self._poster.close()

    # Where it is, and what it knows.

    @property
    def url(self) -> str:
        """Root of the HTTP server, without a slash at the end."""
        return f"http://{self._host}:{self._http.port}"

    @property
    def api_url(self) -> str:
        """What a client takes as ``base_url``."""
        return self.url + "/api/"

    @property
    def events_url(self) -> str | None:
        """Where deliveries are posted; None for Socket Mode."""
        return self._events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self._events_url = url
        self._poster = (url and HttpTransport(url, self.signing_secret, self.workspace.clock, self._deliveries)) or None

    @property
    def scopes(self) -> set[str]:
        """Scopes of the bot token; change it to grant or take away."""
        return self.state.scopes

    @scopes.setter
    def scopes(self, scopes: set[str]) -> None:
        self.state.scopes = set(scopes)

    @property
    def messages(self) -> list[Message]:
        """Every message of the bot that is not deleted, in order."""
        with self._changed:
            return [message for message in self.workspace.messages if not message.deleted]

    @property
    def calls(self) -> list[Call]:
        """Every Web API call, in order."""
        with self._changed:
            return list(self.state.calls)

    @property
    def files(self) -> list[File]:
        """Every completed upload, once for each channel it was shared to."""
        with self._changed:
            return list(self.workspace.shared)

    @property
    def homes(self) -> dict[str, dict[str, Any]]:
        """The view published last in the Home of each user that has one."""
        with self._changed:
            return dict(self.workspace.homes)

    @property
    def statuses(self) -> list[Status]:
        """Every status the bot set in a thread, in order; some are shown no more."""
        with self._changed:
            for status in self.workspace.statuses:
                status.is_shown &= self.workspace.clock() - status.set_at < STATUS_SECONDS
            return list(self.workspace.statuses)

    @property
    def prompts(self) -> list[Prompts]:
        """Every set of suggested prompts, in order."""
        with self._changed:
            return list(self.workspace.prompts)

    @property
    def faults_found(self) -> list[str]:
        """What the bot did that Slack lets pass and should not."""
        with self._changed:
            return list(self.workspace.faults_found)

    @property
    def connections(self) -> list[Connection]:
        """Live sockets, oldest first."""
        return self._sockets.connections

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything delivered, in order."""
        with self._changed:
            return list(self._deliveries.all)

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 15.0) -> Any:
        """Return what the predicate gives once it is true; it must not call the simulator's servers.

        Raises: TimeoutError: not within so many seconds.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (found := predicate()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not within {timeout} seconds; messages: {[m.text for m in self.messages]}")
                # A predicate may look at things this condition is not told of.
                self._changed.wait(min(left, 0.05))
            return found

    def wait_messages(self, n: int, timeout: float = 15.0) -> list[Message]:
        """Return the messages once there are ``n``. Raises: TimeoutError."""
        self.wait_for(lambda: len(self.messages) >= n, timeout)
        return self.messages

    def wait_connections(self, n: int, timeout: float = 15.0) -> list[Connection]:
        """Return the live sockets once there are ``n``, no more and no less. Raises: TimeoutError."""
        self.wait_for(lambda: len(self.connections) == n, timeout)
        return self.connections

    # The workspace.

    def add_user(self, user: str, name: str, locale: str = "en-US", tz: str = "UTC", team: str = TEAM) -> None:
        """Add a person and their direct channel, ``D0NAME`` for ``U0NAME``."""
        self.workspace.add_user(User(user, name, locale, tz, team))

    def add_channel(
        self,
        channel: str,
        name: str,
        members: set[str] | None = None,
        *,
        is_private: bool = False,
        is_archived: bool = False,
        is_ext_shared: bool = False,
    ) -> None:
        """Add a channel; the bot is in it when ``members`` names it."""
        held = set(members or ())
        self.workspace.add_channel(Channel(channel, name, held, is_private, is_archived, is_ext_shared))

    def add_usergroup(self, group: str, users: list[str]) -> None:
        """Add a user group."""
        with self._changed:
            self.workspace.groups[group] = list(users)

    def add_file(
        self,
        name: str,
        content: bytes,
        user: str = "U0MINJI",
        channel: str = "C0GENERAL",
        redirect: str | None = None,
        **told: Any,
    ) -> dict[str, Any]:
        """Let somebody attach a file to a message in a channel, and return it as the payload of that message has it.

        Args: redirect, told: as of `File`.
        """
        with self._changed:
            file = File(self.workspace.new_id("F"), name, len(content), content, name, channel)
            file.user, file.redirect, file.told = user, redirect, told
            self.workspace.files[file.id] = file
            return downloads.described(self.state, file)

    def invite(self, channel: str, user: str = BOT_USER) -> None:
        """Add somebody, by default the bot, to a channel."""
        with self._changed:
            self.workspace.channels[channel].members.add(user)

    def remove_channel(self, channel: str) -> None:
        """Delete a channel."""
        with self._changed:
            del self.workspace.channels[channel]

    # Deliveries besides what people do, which `People` has.

    def deliver(self, kind: Kind, payload: dict[str, Any]) -> Delivery:
        """Deliver a payload as it is; a bare event is put into a body, ``url_verification`` and the like are not."""
        if kind == "events_api" and "event" not in payload and payload.get("type") not in _WHOLE_BODIES:
            channel = self.workspace.channels.get(str(payload.get("channel")))
            payload = payloads.event(self.workspace, payload, channel)
        return self._deliver(kind, payload, payload.get("response_url"))

    def redeliver(self, delivery: Delivery, reason: str = "http_timeout") -> None:
        """Send an event once more although nothing is wrong, as Slack does now and then."""
        self._deliveries.attempt(delivery, reason)

    def _deliver(self, kind: Kind, payload: dict[str, Any], url: str | None) -> Delivery:
        return self._deliveries.start(Delivery(kind, payload, self._changed, url))

    def _transport(self) -> Transport:
        return self._poster or self._sockets

    def _shown(self, delivery: Delivery, payload: dict[str, Any]) -> None:
        if delivery.response_url is not None:
            self.responses.acknowledge(delivery.response_url, payload)

    # What goes wrong.

    def down(self, how: Literal["refuse", "503"] = "refuse") -> None:
        """Slack is away: connections are refused, or every request gets a 503. Sockets end."""
        if how == "503":
            self.faults.is_unavailable = True
            self._sockets.drop()
            return
        self._is_refusing = True
        self._sockets.stop()
        self._http.stop()

    def up(self) -> None:
        """Slack is back, on the same ports."""
        self.faults.is_unavailable = False
        if self._is_refusing:
            self._is_refusing = False
            self._http.start()
            self._sockets.start()

    def drop_sockets(self) -> None:
        """End every socket without a word."""
        self._sockets.drop()

    def black_hole(self) -> None:
        """Let every open socket go silent while it stays open; new ones work."""
        self._sockets.black_hole()

    def refresh_sockets(self, reason: str = "refresh_requested", grace_seconds: float = 0.2) -> None:
        """Announce the end of every socket, then close it."""
        self._sockets.refresh(reason, grace_seconds)

    def expire_response_urls(self, url: str | None = None) -> None:
        """End one response_url, or all handed out so far."""
        self.responses.expire(url)
