"""A TCP proxy on loopback whose faults are switched at any time: what lies between a client and its API server.

It forwards bytes as they come and knows no protocol, so TLS is from end to end: the server's certificate must hold
127.0.0.1, as kube-apiserver's does here. ::

    with Proxy(apiserver.port) as proxy:
        config = apiserver.kubeconfig(path, port=proxy.port)
        proxy.cut()                           # every connection is reset; a new one is fine
        proxy.half_open(new_are_silent=True)  # nothing arrives any more, and nobody says so
        proxy.heal()

Half open is what a firewall or a load balancer leaves behind that forgot a connection: neither end is told (RFC 9293,
3.5.1). Here the kernels still acknowledge what either end sends, which only its own time-out or keep-alive of the
protocol above can tell from a quiet peer.
"""

import contextlib
import queue
import random
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.integration.apiserver import free_ports

_READ_BYTES = 256 << 10
_HELD_BYTES = 4 << 20  # so much waits for a slow reader before the other end is no longer read
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST
_COMMAND_SECONDS = 10


class _End:
    """One socket of a connection and the bytes that wait to be sent to it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.waiting: deque[tuple[float, memoryview]] = deque()  # (when it is due, data)
        self.held = 0
        self.is_done = False  # the peer has sent its last byte
        self.is_shut = False

    def put(self, data: bytes, due: float) -> None:
        self.waiting.append((due, memoryview(data)))
        self.held += len(data)

    def send(self, now: float) -> None:
        while self.waiting and self.waiting[0][0] <= now:
            due, data = self.waiting.popleft()
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            self.held -= sent
            if sent < len(data):
                self.waiting.appendleft((due, data[sent:]))
                return


class _Connection:
    def __init__(self, client: socket.socket, server: socket.socket | None) -> None:
        self.client = _End(client)
        self.server = _End(server) if server is not None else None
        self.is_silent = server is None

    def ends(self) -> tuple[_End, ...]:
        return (self.client,) if self.server is None else (self.client, self.server)


class Proxy:
    """Forwards connections to a port of loopback. Use it as a context manager.

    Args:
        target_port: where connections go.
        seed: of the choice that ``cut(one=True)`` makes.

    Attributes:
        port: where it listens; the same for its life, also after `refuse` and `accept`.
        opened: how many connections came in so far.
        bytes_up, bytes_down: what was passed on to the server and to the client.
    """

    def __init__(self, target_port: int, seed: int = 0) -> None:
        self.target_port = target_port
        (self.port,) = free_ports(1)
        self.opened = self.bytes_up = self.bytes_down = 0
        self._random = random.Random(seed)
        self._delay = 0.0
        self._new_are_silent = False
        self._connections: set[_Connection] = set()
        self._listener: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._commands: queue.SimpleQueue[tuple[Callable[[], None], threading.Event]] = queue.SimpleQueue()
        self._waker, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._is_closing = False

    def __enter__(self) -> Self:
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listen()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_closing = True
        self._waker.send(b"x")
        self._thread.join()
        for connection in list(self._connections):
            self._close(connection, is_reset=True)
        self._deafen()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    @property
    def open(self) -> int:
        """How many connections are open, half-open ones too."""
        return len(self._connections)

    # Faults. Each is in force when the call returns.

    def cut(self, *, one: bool = False, reset: bool = True) -> None:
        """End open connections: all, or one at random; by RST, or by FIN as a proxy does that is restarted in order."""
        self._do(lambda: self._cut(one=one, reset=reset))

    def half_open(self, *, new_are_silent: bool = False) -> None:
        """Leave open connections open for good and pass nothing on, in neither direction; not even their end.

        With ``new_are_silent`` a new connection is accepted and never answered, until `heal`.
        """
        self._do(lambda: self._half_open(new_are_silent))

    def delay(self, seconds: float) -> None:
        """Let what comes from now on arrive so much later, each way; the rate of bytes stays as it is."""
        self._do(lambda: setattr(self, "_delay", seconds))

    def refuse(self) -> None:
        """Refuse new connections, as when nothing listens there; open ones go on."""
        self._do(self._deafen)

    def accept(self) -> None:
        """Take new connections again."""
        self._do(self._listen)

    def heal(self) -> None:
        """Let new connections be fine, and nothing be late; what is half open stays so until `cut`."""
        self._do(self._heal)

    # The loop's thread

    def _do(self, command: Callable[[], None]) -> None:
        done = threading.Event()
        self._commands.put((command, done))
        self._waker.send(b"x")
        if not done.wait(_COMMAND_SECONDS):
            raise RuntimeError("the proxy's thread has ended")

    def _run(self) -> None:
        now = time.monotonic()
        while not self._is_closing:
            for key, events in self._selector.select(self._pause(now)):
                if key.fileobj is self._woken:
                    self._obey()
                elif key.fileobj is self._listener:
                    self._take()
                elif key.data in self._connections and not key.data.is_silent and events & selectors.EVENT_READ:
                    self._read(key.data, key.fileobj)
            now = time.monotonic()
            for connection in list(self._connections):
                if not connection.is_silent:
                    self._write(connection, now)

    def _pause(self, now: float) -> float | None:
        """Return how long nothing is due; what was due at ``now`` and is not sent waits for its socket."""
        ends = (end for item in self._connections if not item.is_silent for end in item.ends())
        dues = [end.waiting[0][0] for end in ends if end.waiting and end.waiting[0][0] > now]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(1024)
        while not self._commands.empty():
            command, done = self._commands.get()
            command()
            done.set()

    def _take(self) -> None:
        assert self._listener is not None
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        self.opened += 1
        server = None
        if not self._new_are_silent:
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
            except OSError:
                _reset(client)
                return
        connection = _Connection(client, server)
        for end in connection.ends():
            end.sock.setblocking(False)
            end.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(connection)
        self._watch(connection, time.monotonic())

    def _watch(self, connection: _Connection, now: float) -> None:
        """Ask the selector for what each socket can do next: be read while its peer keeps up, be written when due."""
        for end in connection.ends():
            peer = connection.server if end is connection.client else connection.client
            wanted = 0
            if not connection.is_silent:
                if not end.is_done and peer is not None and peer.held < _HELD_BYTES:
                    wanted |= selectors.EVENT_READ
                if end.waiting and end.waiting[0][0] <= now:
                    wanted |= selectors.EVENT_WRITE
            known = self._selector.get_map().get(end.sock)
            if known is not None and not wanted:
                self._selector.unregister(end.sock)
            elif known is not None and known.events != wanted:
                self._selector.modify(end.sock, wanted, connection)
            elif known is None and wanted:
                self._selector.register(end.sock, wanted, connection)

    def _read(self, connection: _Connection, sock: object) -> None:
        client, server = connection.client, connection.server
        assert server is not None
        end, peer = (client, server) if sock is client.sock else (server, client)
        try:
            data = end.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._close(connection, is_reset=True)
            return
        if not data:
            end.is_done = True
        elif end is client:
            self.bytes_up += len(data)
        else:
            self.bytes_down += len(data)
        if data:
            peer.put(data, time.monotonic() + self._delay)

    def _write(self, connection: _Connection, now: float) -> None:
        client, server = connection.client, connection.server
        assert server is not None
        try:
            for end, peer in ((client, server), (server, client)):
                end.send(now)
                if peer.is_done and not end.waiting and not end.is_shut:
                    end.is_shut = True
                    end.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection, is_reset=True)
            return
        if client.is_shut and server.is_shut:
            self._close(connection, is_reset=False)
        else:
            self._watch(connection, now)

    def _close(self, connection: _Connection, *, is_reset: bool) -> None:
        self._connections.discard(connection)
        for end in connection.ends():
            if end.sock in self._selector.get_map():
                self._selector.unregister(end.sock)
            if is_reset:
                _reset(end.sock)
            else:
                _finish(end.sock)

    def _cut(self, *, one: bool, reset: bool) -> None:
        # A set has no order that a seed could count on.
        found = sorted(self._connections, key=lambda connection: connection.client.sock.fileno())
        for connection in self._random.sample(found, 1) if one and found else found:
            self._close(connection, is_reset=reset)

    def _half_open(self, new_are_silent: bool) -> None:
        self._new_are_silent = new_are_silent
        for connection in self._connections:
            connection.is_silent = True
            self._watch(connection, time.monotonic())

    def _heal(self) -> None:
        self._delay, self._new_are_silent = 0.0, False
        self._listen()

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._listener.setblocking(False)
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _deafen(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


def _finish(sock: socket.socket) -> None:
    """Close by FIN: what came in and was not read would make the kernel reset the connection."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(_READ_BYTES):
            pass
    sock.close()
