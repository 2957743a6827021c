"""A server of Kubernetes lists and watches that goes wrong on demand, and fast enough to flood a client.

In this process, or in one of its own, which a bench wants: it would share the lock of Python with the program. ::

    with WatchServer() as server:                  # or WatchProcess(), with the same methods
        server.put("/api/v1/pods", make_pod("web"), make_pod("db"))
        config = server.kubeconfig(tmp_path / "config")
        server.wait_for_watches("/api/v1/pods")    # a client listed and watches
        server.delete("/api/v1/pods", "default", "db")
        server.fail("/api/v1/nodes", "watch", 429, retry_after=1, times=3)
        server.configure(watch_list="off", gone="event")
        server.inject("/api/v1/pods", b'{"type":"ADD')
        assert server.counts()["/api/v1/pods", "watch"] == 1

What it answers is described in `tests.integration.watch_store`, with the sources. It speaks plain HTTP/1.1; an event is
a chunk of its own, as kube-apiserver flushes each (``apiserver/pkg/endpoints/handlers/watch.go``), but many chunks are
written at once.
"""

import json
import pickle
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from tests.integration.watch_store import (
    KINDS,
    JsonObject,
    Refusal,
    Store,
    Watch,
    batches,
    encode,
    invalid_options,
    make_status,
)

_WRITE_BYTES = 1 << 20
_CLIENT_SECONDS = 0.1  # how often an idle watch looks whether its client is still there
_WAIT_SECONDS = 30.0
_REPLAY_LINES = 100  # lines put in the queue at once
_REPLAY_TICK_SECONDS = 0.005
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST

_MATCH = "resourceVersionMatch"
_GATE_OFF = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
_WRONG_MATCH = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
_MATCH_ALONE = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
_OLD_MATCH = (
    "Forbidden: resourceVersionMatch is forbidden for watch",
    "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
)


class Request(NamedTuple):
    """One request that came in. ``verb`` is list, watch or get; ``at`` is of the monotonic clock, in seconds."""

    at: float
    verb: str
    path: str
    query: dict[str, str]


@dataclass
class Settings:
    """What `WatchServer.configure` changes.

    Attributes:
        version: ``gitVersion`` of /version.
        token: the bearer token asked for, else 401; None takes any.
        bookmark_seconds: between bookmarks of a watch that wants them; None sends them at its end only. Kubernetes
            sends one about each minute and one before the time-out (``cacher.go``: ``bookmarkFrequency``).
        watch_seconds: no watch is longer, whatever its ``timeoutSeconds``; it ends cleanly, after a bookmark.
        watch_list: streaming lists: ``on``; ``off`` is refused by 422 (gate off, 1.27 to 1.31 by default); ``old`` is
            refused for its resourceVersionMatch (1.20); ``ignored`` starts an ordinary watch (no such parameters).
        gone: a watch from too old a resourceVersion: an ``event`` in a stream that ends then, or ``http`` 410.
        tokens_expire: every continue token is answered by 410.
        chunk: ``event``: each is an HTTP chunk; ``batch``: what is written at once is.
        pace_seconds: behind each event of a watch nothing is sent for so long, as a server does that has much to do.
        is_punctual: a watch ends at its time-out whatever waits, as kube-apiserver's may (``watch.go`` takes what is
            ready at random); else it is sent first.
        has_bookmarks: False sends none, as where there is nothing newer of the kind itself.
    """

    version: str = "v1.30.1"
    token: str | None = None
    bookmark_seconds: float | None = None
    watch_seconds: float = 1800.0
    watch_list: str = "on"
    gone: str = "event"
    tokens_expire: bool = False
    chunk: str = "event"
    pace_seconds: float = 0.0
    is_punctual: bool = False
    has_bookmarks: bool = True


@dataclass
class _Fault:
    path: str
    verb: str
    code: int
    times: int | None
    headers: dict[str, str]
    body: bytes | None
    every: int
    seen: int = 0


class WatchServer(ThreadingHTTPServer):
    """Serves on a port of loopback, by default a free one. Use it as a context manager."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.store = Store()
        self.settings = Settings()
        self.is_closing = False
        self._requests: list[Request] = []
        self._faults: list[_Fault] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_closing = True
        self.drop(how="reset")
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""

    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kubeconfig(self, path: Path, user: JsonObject | None = None) -> Path:
        """Write a kubeconfig for this server."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "watching",
            "clusters": [{"name": "watching", "cluster": {"server": self.url()}}],
            "users": [{"name": "tester", "user": user or {"token": "planted-token"}}],
            "contexts": [{"name": "watching", "context": {"cluster": "watching", "user": "tester"}}],
        }
        path.write_text(json.dumps(config))
        return path

    # Objects

    def put(self, path: str, *objects: JsonObject) -> int:
        """Create or replace objects; return the last resourceVersion. An event for each: ADDED or MODIFIED."""
        return self.store.put(path, *objects)

    def load(self, path: str, file: Path, version: int) -> None:
        """Take in a file of objects, JSON each, as a list of that resourceVersion had them; no events."""
        self.store.load(path, file.read_bytes().splitlines(), version)

    def delete(self, path: str, namespace: str | None, name: str) -> int:
        """Delete an object; return the resourceVersion of its event. Raises: KeyError: there is none."""
        return self.store.delete(path, namespace, name)

    def serve(self, path: str, is_served: bool = True) -> None:
        """Serve a path of `KINDS`, or answer it by 404; the older of two versions is not served at first."""
        (self.store.served.add if is_served else self.store.served.discard)(path)

    def lag(self, path: str) -> None:
        """Let the watch cache of a path stay as it is now, for streaming lists; see `Store.lag`."""
        self.store.lag(path)

    # Behaviour

    def configure(self, **settings: Any) -> None:
        """Change `Settings`, from now on."""
        for name, value in settings.items():
            getattr(self.settings, name)  # a wrong name is an AttributeError
            setattr(self.settings, name, value)

    def fail(
        self,
        path: str,
        verb: str,
        code: int,
        *,
        times: int | None = None,
        retry_after: float | None = None,
        body: bytes | None = None,
        every: int = 1,
    ) -> None:
        """Answer requests of a path, or ``*``, and a verb, or ``*``, by an error; the newest such call wins.

        Args:
            code: of the Status; 0 answers nothing until `heal`.
            times: how many requests; all until `heal` when None.
            retry_after: seconds, in the header Retry-After.
            body: instead of a Status, as text: 429 of a full API server is text (``filters/maxinflight.go``).
            every: of so many requests the last; the others are answered.
        """
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        with self.store.lock:
            self._faults.insert(0, _Fault(path, verb, code, times, headers, body, every))

    def heal(self) -> None:
        """Take back every `fail` and `mute`."""
        with self.store.lock:
            self._faults.clear()
            for watch in self.store.watches():
                watch.is_muted = False
                watch.changed.notify_all()

    def expire(self, version: int | None = None) -> None:
        """Forget the history up to a resourceVersion, by default all; a watch from an older one is too old."""
        with self.store.lock:
            self.store.horizon = self.store.version if version is None else version

    def expire_tokens(self) -> None:
        """Let the continue tokens given so far expire."""
        self.store.forget_snapshots()

    def jump(self, version: int) -> None:
        """Set the newest resourceVersion, ahead or back, as an etcd does that was restored from a backup.

        A watch that is open sees only what is newer than where it began; `drop` it, as that restart would.
        """
        with self.store.lock:
            self.store.version = version

    # Open watches. Each of these is done when the call returns.

    def wait_for_watches(self, path: str, count: int = 1, seconds: float = _WAIT_SECONDS) -> None:
        """Wait until so many watches of a path are open. Raises: TimeoutError."""
        self.store.wait_for_watches(path, count, seconds)

    def open_watches(self, path: str = "*") -> int:
        """Return how many watches are open; one whose client hung up is noticed after 0.1 s."""
        return len(self.store.watches(path))

    def line(self, path: str, type_: str, obj: JsonObject) -> bytes:
        """Return the line of an event, to be injected; nothing is stored."""
        return self.store.line(path, type_, obj)

    def inject(self, path: str, *data: bytes) -> None:
        """Write any bytes into the open watches of a path, each argument a chunk; a line needs its own newline."""
        self._write(self.store.watches(path), list(data))

    def bookmark(self, path: str = "*") -> None:
        """Send a bookmark now to each open watch that wants them."""
        watches = [watch for watch in self.store.watches(path) if watch.wants_bookmarks]
        with self.store.lock:
            for watch in watches:
                watch.put(self.store.bookmark(watch.path))
        self.store.wait_until_sent(watches, 0, time.monotonic() + _WAIT_SECONDS)

    def error(
        self, path: str, code: int = 410, message: str = "The resourceVersion for the provided watch is too old."
    ):
        """Send an ERROR event into the open watches of a path and end them, as a compaction does."""
        event = encode({"type": "ERROR", "object": make_status(code, message)}) + b"\n"
        watches = self.store.watches(path)
        self._write(watches, [event])
        self._end(watches, "end")

    def mute(self, path: str = "*") -> None:
        """Leave the open watches of a path open and send nothing more, not even their end, until `heal`."""
        with self.store.lock:
            for watch in self.store.watches(path):
                watch.is_muted = True

    def drop(self, path: str = "*", how: str = "end") -> None:
        """End open watches: by the last chunk (``end``), by FIN in the middle (``cut``), or by RST (``reset``)."""
        self._end(self.store.watches(path), how)

    def replay(
        self, path: str, lines: list[bytes] | Path, rate: float | None = None, *, times: int = 1, wait: bool = True
    ) -> float:
        """Write recorded lines into the open watches of a path; return how many seconds it took.

        What a list answers does not change by it, nor the newest resourceVersion.

        Args:
            lines: each with its newline, or a file of them.
            rate: lines a second; None is as fast as the slowest client reads.
            times: how often all of them.
            wait: False returns at once, and 0.

        Raises: RuntimeError: nobody watches; TimeoutError: a client did not read for 30 s.
        """
        if isinstance(lines, Path):
            lines = lines.read_bytes().splitlines(keepends=True)
        if not (watches := self.store.watches(path)):
            raise RuntimeError(f"nobody watches {path}")
        if not wait:
            threading.Thread(target=self._replay, args=(watches, lines * times, rate), daemon=True).start()
            return 0.0
        return self._replay(watches, lines * times, rate)

    def _replay(self, watches: list[Watch], lines: list[bytes], rate: float | None) -> float:
        start, sent = time.monotonic(), 0
        if rate is None:
            for part in batches(lines, _REPLAY_LINES):
                with self.store.lock:
                    for watch in watches:
                        watch.put(*part)
                self.store.wait_until_sent(watches, 4 * _REPLAY_LINES, time.monotonic() + _WAIT_SECONDS)
        else:
            while sent < len(lines):
                due = min(len(lines), int((time.monotonic() - start) * rate) + 1)
                with self.store.lock:
                    for watch in watches:
                        watch.put(*lines[sent:due])
                sent = due
                time.sleep(_REPLAY_TICK_SECONDS)
        self.store.wait_until_sent(watches, 0, time.monotonic() + _WAIT_SECONDS)
        return time.monotonic() - start

    def _write(self, watches: list[Watch], lines: list[bytes]) -> None:
        with self.store.lock:
            for watch in watches:
                watch.put(*lines)
        self.store.wait_until_sent(watches, 0, time.monotonic() + _WAIT_SECONDS)

    def _end(self, watches: list[Watch], how: str) -> None:
        with self.store.lock:
            for watch in watches:
                watch.end, watch.is_muted = how, False
                watch.changed.notify_all()
            gone = self.store.drained.wait_for(
                lambda: not set(watches) & set(self.store.watches()), 1.0 if self.is_closing else _WAIT_SECONDS
            )
        if not gone and not self.is_closing:
            raise TimeoutError("a client does not read its watch")

    # Requests

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how many requests came, by path and verb (list, watch or get)."""
        return Counter((request.path, request.verb) for request in list(self._requests))

    def requests(self) -> list[Request]:
        """Return every request so far, oldest first."""
        return list(self._requests)

    def note(self, request: Request) -> _Fault | None:
        """Log a request and return what goes wrong with it."""
        self._requests.append(request)
        with self.store.lock:
            for fault in self._faults:
                if fault.path in ("*", request.path) and fault.verb in ("*", request.verb) and fault.times != 0:
                    fault.seen += 1
                    if fault.seen % fault.every:
                        continue
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def is_in_force(self, fault: _Fault) -> bool:
        """Whether it was not healed yet."""
        return not self.is_closing and fault in self._faults


class _Answered(Exception):
    """There is nothing left to do for a request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WatchServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        is_list = parts.path in KINDS
        verb = "get"
        if is_list:
            verb = "watch" if query.get("watch") in ("1", "true", "True") else "list"
        fault = self.server.note(Request(time.monotonic(), verb, parts.path, query))
        try:
            self._check(fault, verb, parts.path)
            if verb == "watch":
                self._watch(parts.path, query)
            elif verb == "list":
                expired = self.server.settings.tokens_expire
                self._reply(200, self.server.store.page(parts.path, query, is_expired=expired))
            else:
                self._get(parts.path)
        except Refusal as refusal:
            self._reply(refusal.code, encode(refusal.status), headers=refusal.headers)
        except _Answered:
            pass

    def _check(self, fault: _Fault | None, verb: str, path: str) -> None:
        token = self.server.settings.token
        if token is not None and self.headers.get("Authorization") != f"Bearer {token}":
            raise Refusal(make_status(401, "Unauthorized"))
        if fault is None:
            return
        if fault.code == 0:
            while self.server.is_in_force(fault) and not self._is_deserted(_CLIENT_SECONDS):
                pass
            raise ConnectionAbortedError
        if fault.body is not None:
            self._reply(fault.code, fault.body, "text/plain; charset=utf-8", fault.headers)
            raise _Answered
        group = path.split("/")[2] if path.startswith("/apis/") else ""
        plural = path.rpartition("/")[2]
        texts = {
            401: "Unauthorized",
            403: f'{plural} is forbidden: User "tester" cannot {verb} resource "{plural}" '
            f'in API group "{group}" at the cluster scope',
            429: "Too many requests, please try again later.",
        }
        details = {**({"group": group} if group else {}), "kind": plural} if fault.code == 403 else None
        message = texts.get(fault.code, "planted-message <!channel>")
        raise Refusal(make_status(fault.code, message, details=details), fault.headers)

    def _get(self, path: str) -> None:
        if path == "/version":
            version = self.server.settings.version
            major, minor, *_ = version.removeprefix("v").split(".")
            self._reply(200, encode({"major": major, "minor": minor, "gitVersion": version, "platform": "linux/amd64"}))
        elif path in ("/readyz", "/livez", "/healthz"):
            self._reply(200, b"ok", "text/plain; charset=utf-8")
        else:
            *_, plural, name = path.split("/")
            namespace, prefix = None, path.rpartition("/")[0]
            if "/namespaces/" in prefix:
                root, _, rest = prefix.partition("/namespaces/")
                namespace, prefix = rest.split("/")[0], f"{root}/{plural}"
            self._reply(200, self.server.store.get(prefix, namespace, name))

    def _reply(
        self, code: int, data: bytes, media: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": media, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    # Watches

    def _watch(self, path: str, query: dict[str, str]) -> None:
        settings, store = self.server.settings, self.server.store
        wants_bookmarks = query.get("allowWatchBookmarks") in ("1", "true", "True")
        is_streaming_list = _check_streaming_list(query, settings.watch_list)
        try:
            watch = store.watch(
                path,
                query.get("resourceVersion", ""),
                wants_bookmarks=wants_bookmarks,
                is_streaming_list=is_streaming_list,
            )
        except Refusal as refusal:
            if refusal.code != 410 or settings.gone == "http":
                raise
            self._begin()
            self._send([encode({"type": "ERROR", "object": refusal.status}) + b"\n"])
            self.wfile.write(b"0\r\n\r\n")
            return
        seconds = min(float(query.get("timeoutSeconds") or 0) or settings.watch_seconds, settings.watch_seconds)
        try:
            self._begin()
            self._finish(self._stream(watch, seconds))
        except OSError:
            self.close_connection = True
        finally:
            store.close(watch)

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _stream(self, watch: Watch, seconds: float) -> str:
        """Send what the watch has to send; return how it ends."""
        store, settings = self.server.store, self.server.settings
        deadline = time.monotonic() + seconds
        marked = time.monotonic()
        while True:
            with store.lock:
                watch.is_sending = False
                store.drained.notify_all()
                if not watch.waiting or watch.is_muted:
                    if watch.end is not None:
                        return watch.end
                    watch.changed.wait(_CLIENT_SECONDS)
                lines, size, pace = [], 0, settings.pace_seconds
                while watch.waiting and size < (1 if pace else _WRITE_BYTES) and not watch.is_muted:
                    lines.append(watch.waiting.popleft())
                    size += len(lines[-1])
                now = time.monotonic()
                every = settings.bookmark_seconds
                is_over = now >= deadline and not watch.is_muted and (settings.is_punctual or not watch.waiting)
                is_due = is_over or (every is not None and now >= marked + every)
                if (
                    is_due
                    and settings.has_bookmarks
                    and watch.wants_bookmarks
                    and not watch.is_muted
                    and not watch.waiting
                ):
                    marked = now
                    if store.version > watch.start:  # nothing waits: everything up to this version has been sent
                        lines.append(store.bookmark(watch.path))
                watch.is_sending = bool(lines)
            if lines:
                self._send(lines)
                time.sleep(pace)
            elif self._is_deserted(0):
                return "cut"
            if is_over:
                return "end"

    def _send(self, lines: list[bytes]) -> None:
        if self.server.settings.chunk == "batch":
            lines = [b"".join(lines)]
        self.wfile.write(b"".join([b"%x\r\n%b\r\n" % (len(line), line) for line in lines if line]))

    def _finish(self, how: str) -> None:
        if how == "end":
            self.wfile.write(b"0\r\n\r\n")
            return
        self.close_connection = True
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()

    def _is_deserted(self, seconds: float) -> bool:
        """Whether the client hung up."""
        readable, _, _ = select.select([self.connection], [], [], seconds)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


def _check_streaming_list(query: dict[str, str], mode: str) -> bool:
    """Return whether a watch is a streaming list. Raises: Refusal: 422, it may not be one."""
    asks, match = query.get("sendInitialEvents"), query.get(_MATCH, "")
    if mode == "ignored":
        return False
    if mode == "old":
        if match:
            raise invalid_options(*[(_MATCH, text) for text in _OLD_MATCH[: 1 if query.get("resourceVersion") else 2]])
        return False
    causes = []
    if asks is not None and match != "NotOlderThan":
        causes.append((_MATCH, _WRONG_MATCH))
    if asks is not None and mode == "off":
        causes.append(("sendInitialEvents", _GATE_OFF))
    if asks is None and match:
        causes.append((_MATCH, _MATCH_ALONE))
    if causes:
        raise invalid_options(*causes)
    return asks in ("1", "true", "True")


class WatchProcess:
    """A `WatchServer` in a process of its own: it has the same methods, with values that can be pickled.

    The process ends with this object, and with the process that made it, however that ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.watching"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for pytest alone
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **named: self._call(name, args, named)

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def _call(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            pickle.dump((name, args, named), self._process.stdin)
            self._process.stdin.flush()
            value, error = pickle.load(self._process.stdout)
        if error is not None:
            raise error
        return value


def main() -> None:
    """Obey calls from standard input, pickled, until it ends."""
    with WatchServer() as server:
        while True:
            try:
                name, args, named = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            answer: tuple[Any, Exception | None]
            try:
                answer = getattr(server, name)(*args, **named), None
            except Exception as error:  # noqa: BLE001 - raised again where it was called from
                answer = None, error
            pickle.dump(answer, sys.stdout.buffer)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
