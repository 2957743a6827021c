"""A steady stream of changes in a real API server, as a busy cluster in its migration makes them.

Pods come, change and go; Deployments and ReplicaSets are scaled and their templates gain and lose Docker's socket;
nodes move from Docker to containerd and back; namespaces, volumes and claims change now and then. ::

    with Churn(apiserver, rate=500, seed=1) as churn:
        ...                                  # also over apiserver.kill() and start(): it waits, and goes on
        report = churn.stop()
    assert report.succeeded > 1000

It runs in a process of its own, which ends with the one that made it, so it does not share the lock of Python with the
program under test. What it makes stays in the store (`ApiServer.reset` does not know it): use a server of its own.
Each worker changes objects of its own only, so nothing conflicts, and the same seed makes the same changes while the
server answers. Requests are those of kubernetes.io "Kubernetes API Concepts": JSON merge patches, the ``status``
subresource, and deletions with ``gracePeriodSeconds=0``, for there is no kubelet to end a pod.
"""

import contextlib
import http.client
import json
import random
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests import factories
from tests.integration.apiserver import ApiServer

JsonObject = dict[str, Any]

WORKERS = 8
_PODS = (5, 60)  # of a worker: below the first none is deleted, above the second none created
_PAUSE_SECONDS = 0.1  # before a server that is down, or too busy, is asked again
_REQUEST_SECONDS = 10
_BEHIND_SECONDS = 0.5  # so much is caught up after a pause, and no more
_MERGE_PATCH = "application/merge-patch+json"


class Report(NamedTuple):
    """What was done in the end.

    Attributes:
        succeeded: requests that were answered below 400, each an event of a watch or two.
        failed: HTTP status to how many requests it refused for good.
        retried: how often a request was sent again, for the server was down or too busy.
        seconds: from the first request to the last.
    """

    succeeded: int
    failed: dict[str, int]
    retried: int
    seconds: float


class Churn:
    """Starts on entry, ends on exit. Use it as a context manager.

    Args:
        server: where changes are made; only its address, authority and token are looked at.
        rate: requests a second, over all; less when the server does not keep up: two idle cores take about 1,100 a
            second (kube-apiserver 1.20.2 uses 1.2 of them, etcd 0.5, this 0.3; measured 2026-11-29).
        seed: of what is changed.
        seconds: bound of time; count: bound of requests; None is no bound.
    """

    def __init__(
        self, server: ApiServer, rate: float, seed: int = 0, *, seconds: float | None = None, count: int | None = None
    ) -> None:
        self._order = {
            "port": server.port,
            "authority": str(server.ca_file),
            "token": server.admin_token,
            "rate": rate,
            "seed": seed,
            "seconds": seconds,
            "count": count,
        }
        self._process: subprocess.Popen[str] | None = None
        self._report: Report | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.churn"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for pytest alone
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._order) + "\n")
        self._process.stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it has reached no bound and was not stopped."""
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float | None = None) -> Report:
        """Wait until a bound is reached. Raises: subprocess.TimeoutExpired: it was not."""
        return self._end(seconds, is_stopped=False)

    def stop(self) -> Report:
        """Stop after the requests that are under way; calling it again returns the same."""
        return self._end(2 * _REQUEST_SECONDS, is_stopped=True)

    def _end(self, seconds: float | None, *, is_stopped: bool) -> Report:
        if self._report is None:
            assert self._process is not None
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            try:
                if is_stopped:
                    self._process.stdin.close()
                self._process.wait(seconds)  # the report fits into the pipe
            except subprocess.TimeoutExpired:
                if is_stopped:
                    self._process.kill()
                raise
            self._report = Report(**json.loads(self._process.stdout.read()))
            self._process.stdin.close()
            self._process.stdout.close()
        return self._report


class _Refused(Exception):
    """The server refused a request for good."""


class _Shared:
    """What the workers of the process have in common."""

    def __init__(self, order: JsonObject) -> None:
        self.order = order
        self.is_stopped = threading.Event()
        self.lock = threading.Lock()
        self.left = order["count"]
        self.succeeded = self.retried = 0
        self.failed: Counter[str] = Counter()

    def take(self) -> bool:
        """Whether one more request may be sent."""
        with self.lock:
            if self.left is None:
                return True
            self.left -= 1
            return self.left >= 0


class _Worker:
    def __init__(self, shared: _Shared, number: int) -> None:
        self._shared = shared
        self._random = random.Random(f"{shared.order['seed']}/{number}")
        self._tls = ssl.create_default_context(cafile=shared.order["authority"])
        self._connection: http.client.HTTPSConnection | None = None
        self._name = f"churn-{number}"
        self._pods: list[str] = []
        self._nodes = [f"{self._name}-{node}" for node in range(4)]
        self._count = 0
        self._has_extra: dict[str, bool] = {}
        self._deployment: JsonObject = {}
        self._replicaset: JsonObject = {}
        self._steps: list[tuple[int, Callable[[], None]]] = [
            (25, self._create_pod),
            (40, self._patch_status),
            (12, self._patch_labels),
            (22, self._delete_pod),
            (6, self._scale),
            (3, self._toggle_socket),
            (3, self._move_node),
            (1, self._toggle_extra),
        ]

    def run(self) -> None:
        """Make changes until it is over."""
        self._attempt(self._begin)
        pace = WORKERS / self._shared.order["rate"]
        due = time.monotonic()
        weights, steps = zip(*self._steps, strict=True)
        while not self._shared.is_stopped.is_set():
            due = max(due + pace, time.monotonic() - _BEHIND_SECONDS)
            if (pause := due - time.monotonic()) > 0 and self._shared.is_stopped.wait(pause):
                break
            (step,) = self._random.choices(steps, weights)
            self._attempt(step)
        if self._connection is not None:
            self._connection.close()

    def _attempt(self, step: Callable[[], None]) -> None:
        with contextlib.suppress(_Refused):
            step()

    # Changes

    def _begin(self) -> None:
        self._send("POST", "/api/v1/namespaces", factories.make_namespace(self._name))
        for node in self._nodes:
            self._send("POST", "/api/v1/nodes", factories.make_node(node, runtime=factories.DOCKER))
        deployment = factories.make_deployment("web", namespace=self._name)
        self._deployment = self._send("POST", self._path("deployments"), deployment)
        replicaset = factories.make_dependents({"kind": "Deployment", "apiVersion": "apps/v1", **self._deployment}, [])
        self._replicaset = self._send("POST", self._path("replicasets"), replicaset[0])

    def _create_pod(self) -> None:
        if len(self._pods) >= _PODS[1]:
            self._delete_pod()
            return
        self._count += 1
        name = f"web-{self._count}"
        pod = factories.make_pod(name, namespace=self._name, node=self._random.choice(self._nodes))
        if uid := self._replicaset.get("metadata", {}).get("uid"):
            owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": self._replicaset["metadata"]["name"]}
            pod["metadata"]["ownerReferences"] = [{**owner, "uid": uid, "controller": True}]
        if self._random.random() < 0.2:
            pod["spec"] |= _socket_spec()
        self._send("POST", self._path("pods"), pod)
        self._pods.append(name)

    def _patch_status(self) -> None:
        phase = self._random.choice(["Running", "Running", "Running", "Pending", "Failed"])
        restarts = {"lastProbeTime": None, "type": "Ready", "status": self._random.choice(["True", "False"])}
        self._patch_pod("/status", {"status": {"phase": phase, "conditions": [restarts], "message": str(self._count)}})

    def _patch_labels(self) -> None:
        labels = {"release": str(self._random.randrange(1_000_000))}
        self._patch_pod("", {"metadata": {"labels": labels}})

    def _patch_pod(self, subresource: str, patch: JsonObject) -> None:
        if not self._pods:
            self._create_pod()
            return
        self._send("PATCH", f"{self._path('pods')}/{self._random.choice(self._pods)}{subresource}", patch)

    def _delete_pod(self) -> None:
        if len(self._pods) <= _PODS[0]:
            self._create_pod()
            return
        name = self._pods.pop(self._random.randrange(len(self._pods)))
        self._send("DELETE", f"{self._path('pods')}/{name}?gracePeriodSeconds=0")

    def _scale(self) -> None:
        patch = {"spec": {"replicas": self._random.randrange(50)}}
        plural = self._random.choice(["deployments", "replicasets"])
        self._send("PATCH", f"{self._path(plural)}/{self._workload(plural)}", patch)

    def _toggle_socket(self) -> None:
        plural = self._random.choice(["deployments", "replicasets"])
        spec = factories.make_pod_spec() | {"volumes": None}
        if self._random.random() < 0.5:
            spec = _socket_spec()
        self._send("PATCH", f"{self._path(plural)}/{self._workload(plural)}", {"spec": {"template": {"spec": spec}}})

    def _workload(self, plural: str) -> str:
        owner = self._deployment if plural == "deployments" else self._replicaset
        if "metadata" not in owner:
            raise _Refused
        name: str = owner["metadata"]["name"]
        return name

    def _move_node(self) -> None:
        runtime = self._random.choice([factories.DOCKER, factories.CONTAINERD])
        path = f"/api/v1/nodes/{self._random.choice(self._nodes)}/status"
        # Another bootID makes it a change even when the runtime stays.
        patch = {"status": {"nodeInfo": {"containerRuntimeVersion": runtime, "bootID": str(self._random.random())}}}
        self._send("PATCH", path, patch)

    def _toggle_extra(self) -> None:
        """Create one of the rarer kinds, or change it when it is there."""
        extras: dict[str, tuple[str, JsonObject]] = {
            "namespace": ("/api/v1/namespaces", factories.make_namespace(f"{self._name}-extra")),
            "volume": ("/api/v1/persistentvolumes", factories.make_persistent_volume(self._name)),
            "claim": (
                self._path("persistentvolumeclaims"),
                factories.make_claim(namespace=self._name, volume=self._name),
            ),
        }
        kind = self._random.choice(sorted(extras))
        path, obj = extras[kind]
        if not self._has_extra.get(kind):
            self._has_extra[kind] = True
            self._send("POST", path, obj)
        else:
            patch = {"metadata": {"labels": {"release": str(self._random.randrange(1_000_000))}}}
            self._send("PATCH", f"{path}/{obj['metadata']['name']}", patch)

    def _path(self, plural: str) -> str:
        root = "/api/v1" if plural in ("pods", "persistentvolumeclaims") else "/apis/apps/v1"
        return f"{root}/namespaces/{self._name}/{plural}"

    # Requests

    def _send(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        """Send one request, again and again while the server is down. Raises: _Refused: not wanted, or stopped."""
        shared = self._shared
        if shared.is_stopped.is_set() or not shared.take():
            shared.is_stopped.set()
            raise _Refused
        data = None if body is None else json.dumps(body)
        is_again = False
        while True:
            status, answer = self._exchange(method, path, data)
            # What was done before the server went down, unheard, is refused when it is asked for again.
            is_done = is_again and (status, method) in ((409, "POST"), (404, "DELETE"))
            if 0 < status < 400 or is_done:
                with shared.lock:
                    shared.succeeded += 1
                return json.loads(answer) if status < 400 else {}
            if status not in (0, 429) and status < 500:
                with shared.lock:
                    shared.failed[str(status)] += 1
                raise _Refused
            is_again = True
            if shared.is_stopped.wait(_PAUSE_SECONDS):
                raise _Refused
            with shared.lock:
                shared.retried += 1

    def _exchange(self, method: str, path: str, data: str | None) -> tuple[int, bytes]:
        """Return status and body; status 0 is no answer."""
        order = self._shared.order
        media = _MERGE_PATCH if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {order['token']}", "Accept": "application/json", "Content-Type": media}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(
                    "127.0.0.1", order["port"], timeout=_REQUEST_SECONDS, context=self._tls
                )
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, b""


def _socket_spec() -> JsonObject:
    return factories.make_pod_spec(host_paths={factories.DOCKER_SOCKET: factories.DOCKER_SOCKET})


def main() -> None:
    """Read the order from standard input, make changes until that ends or a bound is reached, print the report."""
    shared = _Shared(json.loads(sys.stdin.readline()))
    start = time.monotonic()
    workers = [threading.Thread(target=_Worker(shared, number).run) for number in range(WORKERS)]

    def listen() -> None:
        sys.stdin.read()
        shared.is_stopped.set()

    threading.Thread(target=listen, daemon=True).start()
    for worker in workers:
        worker.start()
    shared.is_stopped.wait(shared.order["seconds"])
    shared.is_stopped.set()
    for worker in workers:
        worker.join()
    report = Report(shared.succeeded, dict(shared.failed), shared.retried, time.monotonic() - start)
    sys.stdout.write(json.dumps(report._asdict()))


if __name__ == "__main__":
    main()
