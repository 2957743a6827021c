"""Socket Mode with a watch of our own: silence is noticed, the connection rebuilt, the end orderly."""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.adapters.slack_web import call
from bot.errors import SlackError, SlackTokenError

#: Pause between two pings. The client itself calls a connection dead after four of them without a pong, but
#: never when no pong arrived at all (slack_sdk 3.47, socket_mode/builtin/connection.py), hence the watch below.
PING_SECONDS = 5.0

#: Silence after which the connection counts as lost, and after which it is replaced.
LOST_SECONDS = 12.0
REPLACE_SECONDS = 15.0

#: Threads that hold an envelope until it is acknowledged, which takes milliseconds: a burst must not wait for one.
CONCURRENCY = 32

#: Longest pause between two attempts to connect.
MAX_PAUSE_SECONDS = 30.0

#: A connection that ends sooner was not accepted; connecting again at once would only be refused again.
SETTLED_SECONDS = 10.0

#: How long acknowledgements under way are waited for at the end.
ACK_SECONDS = 3.0

_log = structlog.get_logger(__name__)


class AckMeter(Protocol):
    """Counts acknowledgements."""

    def acked(self, seconds: float, *, is_acked: bool) -> None:
        """Note one delivery."""


class _PacedClient(SocketModeClient):
    """The SDK's client, but one that does not hammer Slack when every new connection is closed at once."""

    last_connect = 0.0
    pause_seconds = 0.0

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        if time.monotonic() - self.last_connect < SETTLED_SECONDS:
            self.pause_seconds = min(max(self.pause_seconds * 2, 0.5), MAX_PAUSE_SECONDS)
            time.sleep(self.pause_seconds)
        else:
            self.pause_seconds = 0.0
        if self.closed:
            return
        self.last_connect = time.monotonic()
        super().connect_to_new_endpoint(force=force)


class Socket:
    """One Socket Mode connection, kept up.

    Args:
        app: returns the Bolt app; asked for on the first connect.
        web: client for ``apps.connections.open``.
        replicas: connections expected of this app; more means that somebody else takes part of the questions.
    """

    def __init__(
        self, app: App, web: WebClient, app_token: str, meter: AckMeter, ping_seconds: float = PING_SECONDS
    ) -> None:
        self._app = app
        self._meter = meter
        self._in_flight = 0
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._heard_at = 0.0
        self._replaced_at = 0.0
        self._client = _PacedClient(
            app_token=app_token,
            web_client=web,
            ping_interval=ping_seconds,
            concurrency=CONCURRENCY,
            on_message_listeners=[self._on_message],
        )
        self._client.socket_mode_request_listeners.append(self._handle)
        self._client.message_listeners.append(_on_hello)
        self._watch = threading.Thread(target=self._run, name="socket-watch", daemon=True)

    def connect(self) -> None:
        """Connect for the first time and keep the connection up from then on.

        Raises:
            SlackTokenError: the app token is refused.
            SlackError: Slack does not answer; to be tried again.
        """
        call("apps.connections.open", self._client.connect)
        self._client.last_connect = self._replaced_at = time.monotonic()
        self._watch.start()

    @property
    def silent_seconds(self) -> float | None:
        """Time since Slack was last heard on this connection, by message or pong; None when it never was."""
        session = self._client.current_session
        heard = self._heard_at
        pong = session.last_ping_pong_time if session is not None else None
        if pong:  # the SDK keeps it on the wall clock
            heard = max(heard, time.monotonic() - max(time.time() - pong, 0.0))
        return time.monotonic() - heard if heard else None

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection on which Slack was heard a moment ago."""
        silent = self.silent_seconds
        return self._client.is_connected() and silent is not None and silent < LOST_SECONDS

    def close(self) -> None:
        """Take nothing more, let what is being acknowledged finish, and disconnect."""
        self._is_closing.set()
        until = time.monotonic() + ACK_SECONDS
        while self._in_flight and time.monotonic() < until:
            time.sleep(0.01)
        self._client.close()

    def _on_message(self, message: str) -> None:
        self._heard_at = time.monotonic()

    def _handle(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._is_closing.is_set():
            return  # not acknowledged: Slack gives an event to another connection
        started, at = time.time(), time.monotonic()
        with self._lock:
            self._in_flight += 1
        try:
            response = run_bolt_app(self._app, request)
            send_response(client, request, response, started)
            self._meter.acked(time.monotonic() - at, is_acked=response.status == 200)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _run(self) -> None:
        while not self._is_closing.wait(1.0):
            silent = self.silent_seconds
            since = time.monotonic() - self._replaced_at
            is_silent = silent is None or silent > REPLACE_SECONDS
            if not is_silent or since < REPLACE_SECONDS:
                continue
            _log.warning("slack not heard", silent_seconds=round(silent or since, 1))
            self._replaced_at = time.monotonic()
            try:
                call("apps.connections.open", lambda: self._client.connect_to_new_endpoint(force=True))
            except SlackTokenError as error:
                _log.error("slack refuses the app token", code=error.code)
            except SlackError as error:
                _log.warning("slack not reached", error=error.key)


def _on_hello(client: BaseSocketModeClient, message: dict[str, Any], raw: str | None = None) -> None:
    if message.get("type") != "hello":
        return
    connections = message.get("num_connections")
    # More than one process with these tokens share the questions at random; two clusters would steal each other's.
    write = _log.warning if isinstance(connections, int) and connections > 1 else _log.info
    write("slack connected", connections=connections)


def wait_for_slack(run: Callable[[], None], stop: threading.Event, what: str, pause_seconds: float = 1.0) -> bool:
    """Try until Slack answers, ever more slowly, saying so; False when told to stop before.

    Raises: SlackTokenError: waiting cannot help.
    """
    while not stop.is_set():
        try:
            run()
        except SlackTokenError:
            raise
        except SlackError as error:
            _log.warning("waiting for slack", step=what, error=error.key, retry_seconds=pause_seconds)
            stop.wait(pause_seconds)
            pause_seconds = min(pause_seconds * 2, MAX_PAUSE_SECONDS)
        else:
            return True
    return False
