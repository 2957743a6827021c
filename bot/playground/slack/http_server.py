"""Serves a WSGI application with waitress on a thread, and can stop and start again on the same port."""

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.server import create_server


class HttpServer:
    """One listening port of one host; 0 takes a free one and keeps it."""

    def __init__(self, application: Any, host: str, port: int = 0) -> None:
        self._application = application
        self._host = host
        self.port = port
        self._sockets: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: Any = None

    def start(self) -> None:
        """Listen and serve."""
        # Waitress warns of every request that waits for a thread and of every client that hangs up.
        logging.getLogger("waitress").setLevel(logging.CRITICAL)
        self._sockets = {}
        self._stopping.clear()
        self._server = create_server(
            self._application, map=self._sockets, host=self._host, port=self.port, threads=16, ident="simulator"
        )
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._serve, name="slack-http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._thread is None:
            return
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join(10)
        self._thread = None

    def drop(self, client_port: int) -> None:
        """End the connection from this port of the client without an answer."""
        for channel in list(self._server.active_channels.values()):
            if channel.addr[1] == client_port:
                with suppress(OSError):  # the client was faster
                    channel.socket.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown(timeout=2)
        wasyncore.close_all(self._sockets)
