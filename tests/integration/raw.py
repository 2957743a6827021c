"""A server of bare sockets, for ends of a connection that no library would bring about."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

Serve = Callable[["Raw", socket.socket], None]


class Raw:
    """Gives each connection to ``serve`` on a thread of its own; ``requests`` holds what was read, whole requests only.

    Args:
        receive_bytes: how much the system takes in before anybody reads.
        backlog: connections that may wait to be accepted.
        is_accepting: False: connections are never accepted.
    """

    def __init__(
        self, serve: Serve, *, receive_bytes: int | None = None, backlog: int = 16, is_accepting: bool = True
    ) -> None:
        self.requests: list[bytes] = []
        self.late_bytes = 0
        self.gave_up = threading.Event()
        self._serve = serve
        self._listener = socket.socket()
        if receive_bytes is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(backlog)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/api/"
        if is_accepting:
            threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._serve(self, connection)
            except OSError:
                return


def read(raw: Raw, connection: socket.socket) -> bool:
    """Read a whole request; False when it does not come whole."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return False
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2])
    while len(body) < length:
        if not (more := connection.recv(65536)):
            return False
        body += more
    raw.requests.append(head + b"\r\n\r\n" + body)
    return True


def answering(status: int, body: Any, *, headers: str = "", length: int | None = None) -> Serve:
    """Read the request and answer. ``length``: what is promised, when it is not what comes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def serve(raw: Raw, connection: socket.socket) -> None:
        if read(raw, connection):
            size = len(content) if length is None else length
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {size}\r\n{headers}\r\n"
            connection.sendall(head.encode() + content)

    return serve


def silent(raw: Raw, connection: socket.socket) -> None:
    """Read the request and never answer."""
    if read(raw, connection):
        raw.gave_up.wait(10)


def deaf(raw: Raw, connection: socket.socket) -> None:
    """Read nothing until the client has given up, then all there is."""
    raw.gave_up.wait(10)
    read(raw, connection)


def sluggish(raw: Raw, connection: socket.socket) -> None:
    """Read so slowly that each write is in time, until the client has given up; then count what still comes."""
    for _ in _until(raw, 10):
        connection.recv(65536)
    connection.settimeout(1)
    while more := connection.recv(1_000_000):
        raw.late_bytes += len(more)


def hang_up(raw: Raw, connection: socket.socket) -> None:
    """Read the request and close the connection."""
    read(raw, connection)


def reset(raw: Raw, connection: socket.socket) -> None:
    """Read the request and break the connection."""
    read(raw, connection)
    break_off(raw, connection)


def reset_early(raw: Raw, connection: socket.socket) -> None:
    """Break the connection after the first byte: before that, a client may not even notice that it stood."""
    connection.recv(1)
    break_off(raw, connection)


def break_off(raw: Raw, connection: socket.socket) -> None:
    """Break the connection at once, whatever is on its way."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dribbling(raw: Raw, connection: socket.socket) -> None:
    """Answer one byte at a time, each in time for a time-out of single reads."""
    read(raw, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in _until(raw, 10):
        connection.sendall(b" ")


def _until(raw: Raw, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not raw.gave_up.is_set():
        yield
        time.sleep(0.05)
