"""Socket Mode: envelopes to Bolt and acknowledgements back, silence noticed, the connection rebuilt, an orderly end."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from slack_bolt import App, BoltResponse
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.adapters.slack_link import Link
from bot.adapters.slack_web import call
from bot.errors import SlackError, SlackTokenError

#: Threads that hold an envelope until it is acknowledged, which takes milliseconds: a burst must not wait for one.
CONCURRENCY = 32

#: Longest pause between two attempts to connect.
MAX_PAUSE_SECONDS = 30.0

#: How long acknowledgements under way are waited for at the end.
ACK_SECONDS = 3.0

#: How long a connection that Slack is about to end is still read: it says so about ten seconds before.
LEAVE_SECONDS = 15.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How closely a connection is watched, in seconds. /readyz has to say no within 30 seconds of a loss.

    Args:
        look_seconds: pause between two looks at it.
        ping_seconds: pause between two pings.
        lost_seconds: silence after which it counts as lost.
        replace_seconds: silence after which it is replaced.
        settled_seconds: a connection that ends sooner was not accepted, and connecting again at once would not help.
        pause_seconds: how long to wait then, doubled each time.
        pulse_seconds: pause between two looks at the Web API.
    """

    look_seconds: float = 1.0
    ping_seconds: float = 5.0
    lost_seconds: float = 12.0
    replace_seconds: float = 15.0
    settled_seconds: float = 10.0
    pause_seconds: float = 0.5
    pulse_seconds: float = 10.0


class AckMeter(Protocol):
    """Counts acknowledgements."""

    def acked(self, seconds: float, *, is_acked: bool) -> None:
        """Note one delivery."""


class Socket:
    """One Socket Mode connection, kept up.

    Args:
        web: client for ``apps.connections.open``.
    """

    def __init__(self, app: App, web: WebClient, app_token: str, meter: AckMeter, pace: Pace) -> None:
        self._app = app
        self._web = web
        self._app_token = app_token
        self._meter = meter
        self._pace = pace
        self._workers = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="envelope")
        self._in_flight = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._changed = threading.Event()
        self._link: Link | None = None
        self._leaving: list[tuple[Link, float]] = []
        self._tried_at = 0.0
        self._pause_seconds = 0.0
        # Only this thread connects, once `connect` has: two at a time could leave a connection that nobody reads.
        self._watch = threading.Thread(target=self._run, name="socket-watch", daemon=True)

    def connect(self) -> None:
        """Connect for the first time and keep the connection up from then on.

        Raises:
            SlackTokenError: the app token is refused.
            SlackError: Slack does not answer; to be tried again.
        """
        self._tried_at = time.monotonic()
        self._link = self._open()
        self._watch.start()

    @property
    def silent_seconds(self) -> float | None:
        """Time since Slack was last heard on the connection, None before the first one."""
        return self._link.silent_seconds if self._link else None

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection on which Slack was heard a moment ago."""
        link = self._link
        return link is not None and link.is_open and link.silent_seconds < self._pace.lost_seconds

    def close(self) -> None:
        """Take nothing more, let what is being acknowledged finish, and disconnect."""
        self._closing.set()
        self._changed.set()
        until = time.monotonic() + ACK_SECONDS
        while self._in_flight and time.monotonic() < until:
            time.sleep(0.01)
        self._workers.shutdown(wait=False, cancel_futures=True)
        for link in (self._link, *(link for link, _ in self._leaving)):
            if link is not None:
                link.end()

    def _open(self) -> Link:
        """Return a new connection. Raises: SlackError."""
        opened = call("apps.connections.open", lambda: self._web.apps_connections_open(app_token=self._app_token))
        return Link(str(opened.get("url")), self._take, self._changed)

    def _take(self, link: Link, message: dict[str, Any]) -> None:
        """Take what arrives; on the reading thread."""
        if message.get("type") == "hello":
            self._greet(link, message)
        elif message.get("type") == "disconnect":
            _log.info("slack ends the connection", reason=message.get("reason"))
            link.is_dismissed = True
            self._changed.set()
        elif request := SocketModeRequest.from_dict(message):
            with self._lock:
                if self._closing.is_set():
                    return  # not acknowledged: Slack gives an event to another connection
                self._in_flight += 1
            self._workers.submit(self._handle, link, request, time.monotonic())

    def _greet(self, link: Link, hello: dict[str, Any]) -> None:
        connections = hello.get("num_connections")
        own = {link, *(left for left, _ in self._leaving)} | ({self._link} if self._link else set())
        expected = sum(each.is_open for each in own)
        # More of them: another process shares the questions at random, and another cluster's would steal them.
        write = _log.warning if isinstance(connections, int) and connections > expected else _log.info
        write("slack connected", connections=connections, own=expected)

    def _handle(self, link: Link, request: SocketModeRequest, at: float) -> None:
        try:
            response = run_bolt_app(self._app, request)
        except Exception as error:  # noqa: BLE001  Bolt's own: it raises on payloads not formed as it expects
            _log.error("envelope failed", kind=request.type, error=type(error).__name__, exc_info=error)
            response = BoltResponse(status=200)  # it would only come again and fail again
        if response.status == 404:  # nobody listens: so it is when it comes again
            _log.info("unknown delivery", kind=request.type)
            response = BoltResponse(status=200)
        is_acked = response.status == 200 and link.send(_acknowledgement(request, response))
        if not is_acked:
            _log.warning("not acknowledged", kind=request.type, status=response.status, is_connected=link.is_open)
        self._meter.acked(time.monotonic() - at, is_acked=is_acked)
        with self._lock:
            self._in_flight -= 1

    def _run(self) -> None:
        while not self._closing.is_set():
            self._changed.wait(self._pace.look_seconds)
            self._changed.clear()
            if self._link is not None:
                self._look(self._link)

    def _look(self, link: Link) -> None:
        """Ping, let go of connections that have been replaced, and replace the one in use when it is no good."""
        link.ping(self._pace.ping_seconds)
        now, leaving = time.monotonic(), self._leaving
        self._leaving = [(left, until) for left, until in leaving if left.is_open and now < until]
        for left, until in leaving:
            if now >= until:
                left.end()
        is_silent = link.is_open and link.silent_seconds > self._pace.replace_seconds
        if is_silent:
            _log.warning("slack not heard", silent_seconds=round(link.silent_seconds, 1))
        if (is_silent or link.is_dismissed or not link.is_open) and self._is_turn():
            self._replace(link, is_silent=is_silent)

    def _is_turn(self) -> bool:
        """Wait as long as the last attempt asks for; False when there is to be no other."""
        pace = self._pace
        is_settled = time.monotonic() - self._tried_at > pace.settled_seconds
        self._pause_seconds = (
            0.0 if is_settled else min(max(self._pause_seconds * 2, pace.pause_seconds), MAX_PAUSE_SECONDS)
        )
        return not self._closing.wait(self._pause_seconds)

    def _replace(self, old: Link, *, is_silent: bool) -> None:
        self._tried_at = time.monotonic()
        try:
            self._link = self._open()
        except SlackTokenError as error:
            _log.error("slack refuses the app token", code=error.code)
        except SlackError as error:
            _log.warning("slack not reached", step="reconnect", error=error.key)
        else:
            if is_silent or self._closing.is_set():
                old.end()
            elif old.is_open:  # Slack may still send on it
                self._leaving.append((old, time.monotonic() + LEAVE_SECONDS))
            if self._closing.is_set():
                self._link.end()


def _acknowledgement(request: SocketModeRequest, response: BoltResponse) -> dict[str, Any]:
    body = response.body
    if not body:
        return {"envelope_id": request.envelope_id}
    is_json = response.first_headers().get("content-type", "").startswith("application/json")
    return {"envelope_id": request.envelope_id, "payload": json.loads(body) if is_json else {"text": body}}


def wait_for_slack(run: Callable[[], None], stop: threading.Event, what: str, pause_seconds: float) -> bool:
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
