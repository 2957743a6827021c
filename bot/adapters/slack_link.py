"""One Socket Mode connection: read on a thread of its own until it ends. Knows no Bolt and does not reconnect.

Slack's own client is not used (slack_sdk 3.47, socket_mode/builtin). Seen with the simulator: after Slack ended a
connection without a word it read nothing at full load and connected anew only after 30 seconds. Read in its code: it
never gives up a connection on which no pong arrived; two of its threads that connect at once leave a connection open
that nobody reads; and a frame whose pieces come three seconds apart ruins all that follow.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from bot.errors import SlackError

#: Longest wait for the connection and its handshake, and for the other side's goodbye.
OPEN_SECONDS, CLOSE_SECONDS = 10.0, 1.0

#: Slack's largest payloads are views of 250 kB in JSON; a longer message would end the connection.
MAX_MESSAGE_BYTES = 4_000_000

Take = Callable[["Link", dict[str, Any]], None]


class Link:
    """A connection that is open, or was.

    Args:
        url: single-use address from ``apps.connections.open``.
        take: called on the reading thread with every JSON object that arrives; must not wait for anything.
        changed: set when the connection ends.
    """

    def __init__(self, url: str, take: Take, changed: threading.Event) -> None:
        """Connect. Raises: SlackError: Slack does not answer there."""
        self._take = take
        self._changed = changed
        try:
            self._websocket: ClientConnection = connect(
                url,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,  # pinged from here: whoever keeps it up wants to know when it was last heard
                max_size=MAX_MESSAGE_BYTES,
                compression=None,
            )
        except (
            OSError,
            WebSocketException,
            ValueError,
            ImportError,
        ) as error:  # ImportError: of a SOCKS proxy's package
            raise SlackError("slack-unreachable", method="socket") from error
        self.is_open = True
        #: Slack said that it will end this connection.
        self.is_dismissed = False
        self._heard_at = self._pinged_at = time.monotonic()
        self._pong: threading.Event | None = None
        threading.Thread(target=self._read, name="socket-reader", daemon=True).start()

    @property
    def silent_seconds(self) -> float:
        """Time since the other side was last heard: by a message, a pong, or the handshake."""
        if self._pong is not None and self._pong.is_set():
            self._heard_at, self._pong = max(self._heard_at, self._pinged_at), None
        return time.monotonic() - self._heard_at

    def ping(self, seconds: float) -> None:
        """Ping if the last ping was answered and is so many seconds old."""
        silent = self.silent_seconds
        if self._pong is None and min(silent, time.monotonic() - self._pinged_at) >= seconds:
            try:
                pinged_at = time.monotonic()
                self._pong, self._pinged_at = self._websocket.ping(), pinged_at
            except ConnectionClosed:
                return

    def send(self, message: dict[str, Any]) -> bool:
        """Send a JSON object; False when the connection has ended."""
        try:
            self._websocket.send(json.dumps(message))
        except ConnectionClosed:
            return False
        return True

    def end(self) -> None:
        """Close the connection, with a goodbye if the other side still listens."""
        self._websocket.close()

    def _read(self) -> None:
        try:
            with self._websocket as websocket:
                for text in websocket:
                    self._heard_at = time.monotonic()
                    message = _decode(text)
                    if message is not None:
                        self._take(self, message)
        except ConnectionClosed:
            pass
        finally:
            self.is_open = False
            self._changed.set()


def _decode(text: str | bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
