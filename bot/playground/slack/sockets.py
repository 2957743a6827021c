"""Socket Mode: single-use URLs, one envelope to one connection, acknowledgements, and sockets that go bad."""

import itertools
import json
import logging
import socket
import threading
import time
from collections.abc import Set
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.sync.server import Server, ServerConnection, serve

from bot.playground.slack.delivery import Attempt, Deliveries, Delivery
from bot.playground.slack.timers import Timers
from bot.playground.slack.workspace import APP

#: Slack's most open connections of one app (its Socket Mode page, quoted in bolt-python issues 462 and 703).
MAX_CONNECTIONS = 10


class _Line(socket.socket):
    """A TCP connection that can go silent while it stays open."""

    is_black_hole = False

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data = super().recv(bufsize, flags)
        # Bytes are swallowed, the end is not: a server notices a peer that is gone sooner or later.
        while self.is_black_hole and data:
            data = super().recv(bufsize, flags)
        return data

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if not self.is_black_hole:
            super().sendall(data, flags)


class _LineConnection(ServerConnection):
    """A WebSocket connection over a `_Line`."""

    def __init__(self, sock: socket.socket, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        self.line = _Line(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.line.settimeout(None)
        super().__init__(self.line, protocol, server, **options)


@dataclass(eq=False)
class Connection:
    """A live socket. ``opened_at`` is monotonic seconds; ``is_ending``: its end was announced."""

    id: str
    opened_at: float
    is_black_hole: bool = False
    is_ending: bool = False
    envelopes: list[str] = field(default_factory=list)
    socket: Any = field(default=None, repr=False)


class SocketMode:
    """The WebSocket server.

    Args:
        deliveries: is told of acknowledgements and lost connections.
        changed: guards the connections and is notified of changes.
    """

    def __init__(
        self, host: str, deliveries: Deliveries, timers: Timers, changed: threading.Condition, port: int = 0
    ) -> None:
        self._host = host
        self.port = port
        self._deliveries = deliveries
        self._timers = timers
        self._changed = changed
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._turn = 0
        self._live: list[Connection] = []
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        # A logger of its own, outside the tree: dropped connections are the point and no news.
        self._logger = logging.Logger("slack-simulator-sockets", logging.CRITICAL)

    def start(self) -> None:
        """Listen; on the port of the last time when there was one."""
        self._server = serve(
            self._serve,
            self._host,
            self.port,
            process_request=self._check_ticket,
            create_connection=_LineConnection,
            ping_interval=None,
            close_timeout=0.5,
            max_size=None,
            compression=None,
            logger=self._logger,
        )
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="slack-sockets", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drop every connection and stop listening."""
        if self._server is None or self._thread is None:
            return
        self.drop()
        self._server.shutdown()
        self._thread.join(5)
        self._server = self._thread = None

    @property
    def connections(self) -> list[Connection]:
        """Live connections, oldest first."""
        with self._changed:
            return list(self._live)

    def new_url(self) -> str:
        """Return a URL that lets one connection in."""
        with self._changed:
            ticket = f"ticket-{next(self._numbers)}"
            self._tickets.add(ticket)
        return f"ws://{self._host}:{self.port}/link/?ticket={ticket}&app_id={APP}"

    def send(self, delivery: Delivery, attempt: Attempt) -> bool:
        """Send to one connection, in turn, if possible to one that has not had it; False when there is none."""
        envelope = json.dumps(_envelope(delivery, attempt))
        had = {item.connection for item in delivery.attempts if item.connection is not None}
        while (chosen := self._choose(had)) is not None:
            with self._changed:
                attempt.connection = chosen.id
                chosen.envelopes.append(attempt.envelope_id)
            try:
                chosen.socket.send(envelope)
            except ConnectionClosed:
                with self._changed:
                    if attempt.is_over:  # the connection's own thread was faster to give up on it
                        return True
                    attempt.connection = None
                self._forget(chosen)
                continue
            return True
        attempt.connection = None
        return False

    def drop(self) -> None:
        """End every TCP connection without a word."""
        for connection in self.connections:
            _hang_up(connection)

    def black_hole(self) -> None:
        """Let every open connection go silent; new ones work."""
        with self._changed:
            for connection in self._live:
                connection.is_black_hole = connection.socket.line.is_black_hole = True

    def refresh(self, reason: str, grace_seconds: float) -> None:
        """Announce the end of every open connection, then close it."""
        for connection in self.connections:
            with self._changed:
                connection.is_ending = True
            self._dismiss(connection.socket, reason)
            self._timers.after(grace_seconds, partial(_hang_up, connection))

    def _choose(self, had: Set[str]) -> Connection | None:
        with self._changed:
            # Nobody could acknowledge in time what is sent just before the end, so that is not what a test finds.
            lasting = [item for item in self._live if not item.is_ending] or self._live
            fresh = [item for item in lasting if item.id not in had] or lasting
            if not fresh:
                return None
            self._turn += 1
            return fresh[self._turn % len(fresh)]

    def _check_ticket(self, connection: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                return None
        return connection.respond(HTTPStatus.FORBIDDEN, "invalid_ticket\n")

    def _serve(self, websocket: ServerConnection) -> None:
        with self._changed:
            is_full = len(self._live) >= MAX_CONNECTIONS
            number = next(self._numbers)
            connection = Connection(f"connection-{number}", time.monotonic(), socket=websocket)
            open_now = len(self._live) + 1
        try:
            if is_full:
                self._dismiss(websocket, "too_many_websockets")
                return
            websocket.send(json.dumps(_hello(open_now)))
            with self._changed:
                self._live.append(connection)
                self._changed.notify_all()
            for message in websocket:
                self._take(connection, message)
        except ConnectionClosed:
            pass
        finally:
            self._forget(connection)

    def _take(self, connection: Connection, message: str | bytes) -> None:
        try:
            data = json.loads(message)
        except ValueError:
            return
        if isinstance(data, dict) and isinstance(data.get("envelope_id"), str):
            payload = data.get("payload")
            self._deliveries.acked(data["envelope_id"], payload if isinstance(payload, dict) else None, connection.id)

    def _forget(self, connection: Connection) -> None:
        with self._changed:
            if connection in self._live:
                self._live.remove(connection)
            self._changed.notify_all()
        self._deliveries.lost(connection.id)

    def _dismiss(self, websocket: Any, reason: str) -> None:
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "simulator"}}
        try:
            websocket.send(json.dumps(message))
        except ConnectionClosed:
            return


def _hang_up(connection: Connection) -> None:
    try:
        connection.socket.line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _hello(open_now: int) -> dict[str, Any]:
    debug = {"host": "simulator", "build_number": 1, "approximate_connection_time": 18060}
    return {"type": "hello", "num_connections": open_now, "debug_info": debug, "connection_info": {"app_id": APP}}


def _envelope(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    # Clicks get no answer through the acknowledgement; commands, submissions and option requests do.
    is_answered = delivery.kind == "slash_commands" or (
        delivery.kind == "interactive" and delivery.payload.get("type") in ("view_submission", "block_suggestion")
    )
    retries = {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
    return {
        "envelope_id": attempt.envelope_id,
        "type": delivery.kind,
        "accepts_response_payload": is_answered,
        "payload": delivery.payload,
        **(retries if delivery.kind == "events_api" else {}),
    }
