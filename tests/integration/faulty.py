"""A server that speaks just enough of the Kubernetes API to go wrong in every way a real one or a proxy can."""

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.factories import make_node, make_pod

#: Plural name to (path of its list, kind).
LISTS = {
    "nodes": ("/api/v1/nodes", "Node"),
    "namespaces": ("/api/v1/namespaces", "Namespace"),
    "pods": ("/api/v1/pods", "Pod"),
    "persistentvolumes": ("/api/v1/persistentvolumes", "PersistentVolume"),
    "persistentvolumeclaims": ("/api/v1/persistentvolumeclaims", "PersistentVolumeClaim"),
    "replicationcontrollers": ("/api/v1/replicationcontrollers", "ReplicationController"),
    "deployments": ("/apis/apps/v1/deployments", "Deployment"),
    "replicasets": ("/apis/apps/v1/replicasets", "ReplicaSet"),
    "daemonsets": ("/apis/apps/v1/daemonsets", "DaemonSet"),
    "statefulsets": ("/apis/apps/v1/statefulsets", "StatefulSet"),
    "jobs": ("/apis/batch/v1/jobs", "Job"),
    "cronjobs": ("/apis/batch/v1/cronjobs", "CronJob"),
    "runtimeclasses": ("/apis/node.k8s.io/v1/runtimeclasses", "RuntimeClass"),
}

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; the server's ``answers`` decide by path, and ``/version`` and empty lists are the default."""

    protocol_version = "HTTP/1.1"
    server: "FaultyServer"

    @property
    def query(self) -> dict[str, list[str]]:
        """Query parameters."""
        return parse_qs(urlsplit(self.path).query)

    def do_GET(self) -> None:
        """Answer a GET."""
        path = urlsplit(self.path).path
        self.server.requests.append(self.path)
        answer = self.server.answers.get(path) or self.server.answers.get("*")
        if answer is not None:
            answer(self)
        elif path == "/version":
            self.reply(200, {"gitVersion": "v1.30.1"})
        else:
            kind = next((kind for known, kind in LISTS.values() if known == path), None)
            if kind is None:
                self.reply(404, {"kind": "Status", "code": 404})
            elif "watch" in self.query:
                self.watch()
            else:
                self.reply(200, {"kind": f"{kind}List", "metadata": {}, "items": self.server.items.get(kind, [])})

    def watch(self) -> None:
        """Keep a watch open, and say nothing, until what is served or answered is something else."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        known = self.server.state()
        until = time.monotonic() + float(self.query["timeoutSeconds"][0])
        while time.monotonic() < until:
            time.sleep(0.02)
            if self.server.state() != known:
                expired = {"type": "ERROR", "object": {"kind": "Status", "code": 410}}
                self.wfile.write(json.dumps(expired).encode() + b"\n")
                return

    def reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer; a str or bytes body goes out as it is."""
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class FaultyServer(ThreadingHTTPServer):
    """Serves on a port of loopback, by default a free one; ``answers`` maps a path, or ``*``, to what happens there."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.answers: dict[str, Answer] = {}
        self.items: dict[str, list[Any]] = {"Node": [make_node("moved-1")], "Pod": [make_pod("web", node="moved-1")]}
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def state(self) -> tuple[Any, ...]:
        """Return what tells whether anything was set since."""
        return (dict(self.answers), {kind: list(items) for kind, items in self.items.items()})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""

    def kubeconfig(self, path: Path, user: dict[str, Any] | None = None) -> Path:
        """Write a kubeconfig for this server."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "faulty",
            "clusters": [{"name": "faulty", "cluster": {"server": f"http://127.0.0.1:{self.server_address[1]}"}}],
            "users": [{"name": "tester", "user": user or {"token": "planted-token"}}],
            "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "tester"}}],
        }
        path.write_text(json.dumps(config))
        return path


def status(code: int, headers: dict[str, str] | None = None) -> Answer:
    """Answer with an error status, as the API server words it, with a text nobody should see."""
    body = {"kind": "Status", "status": "Failure", "message": "planted-message <!channel>", "code": code}
    return lambda handler: handler.reply(code, body, headers)


def body(data: Any) -> Answer:
    """Answer 200 with any body."""
    return lambda handler: handler.reply(200, data)


def silence(handler: Handler) -> None:
    """Never answer: keep the connection open until the client gives up."""
    deadline = time.monotonic() + 30
    handler.connection.settimeout(0.2)
    while time.monotonic() < deadline:
        try:
            if not handler.connection.recv(1):
                return
        except TimeoutError:
            continue
        except OSError:
            return


def hang_up(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def half(handler: Handler) -> None:
    """Promise more than is sent, then hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"kind":"PodList","metadata":{},"items":[')
    handler.wfile.flush()
    hang_up(handler)
