"""A recorded stream of a real API server's watch, and a server in a process of its own that replays it.

What is recorded are lives of pods like those the cluster is full of, as a rollout makes them: created, bound to a node,
running, told to end, and deleted. So each round of a replay leaves the cluster as it was before.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import urllib3

from tests.integration.apiserver import MERGE_PATCH, ApiError, ApiServer
from tests.integration.load import Filled
from tests.integration.watching import WatchProcess

JsonObject = dict[str, Any]

PODS = "/api/v1/pods"
DAEMONSETS = "/apis/apps/v1/daemonsets"
#: What a filled cluster has.
_COPIED = ("/api/v1/nodes", "/api/v1/namespaces", "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets", PODS)

_ENDED = b'"type":"DELETED"'
_WRITERS = 8
_RECORD_SECONDS = 120
_VERSION = re.compile(rb'"resourceVersion":"\d+"')


class BareWatch:
    """A watch that somebody reads line by line and decodes nothing of. Use it as a context manager."""

    def __init__(self, server: ApiServer, path: str) -> None:
        self._lines: list[tuple[float, bytes]] = []
        self._pool = urllib3.PoolManager(ca_certs=str(server.ca_file), retries=False)
        version = server.request("GET", f"{path}?limit=1")["metadata"]["resourceVersion"]
        self._response = self._pool.request(
            "GET",
            f"{server.url}{path}?watch=true&resourceVersion={version}&timeoutSeconds=3600",
            headers={"Authorization": f"Bearer {server.admin_token}", "Accept": "application/json"},
            preload_content=False,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "BareWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._response.shutdown()
        self._thread.join()
        self._response.close()
        self._pool.clear()

    def _read(self) -> None:
        rest = b""
        try:
            while piece := self._response.read1(1 << 20):
                *lines, rest = (rest + piece).split(b"\n")
                at = time.monotonic()
                self._lines += [(at, line) for line in lines]
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            pass  # shut down

    def lines(self) -> list[bytes]:
        """Return the lines so far."""
        return [line for _, line in self._lines]

    def seen(self, *words: bytes) -> float | None:
        """Return when the newest line with some words came, None when there is none."""
        return next((at for at, line in reversed(self._lines) if all(word in line for word in words)), None)


def record(server: ApiServer, filled: Filled, lives: int) -> list[bytes]:
    """Let so many pods live in a filled cluster; return the lines of a watch of it.

    Raises: RuntimeError: the watch did not tell all of it.
    """
    moulds = [
        pod
        for number in range(filled.namespaces)
        for pod in server.request("GET", f"/api/v1/namespaces/team-{number:03}/pods?limit=100")["items"][::10]
    ]
    with BareWatch(server, PODS) as watch, ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda number: _live(server, moulds[number % len(moulds)], number), range(lives)))
        deadline = time.monotonic() + _RECORD_SECONDS
        while (ended := sum(_ENDED in line for line in watch.lines())) < lives:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{ended} of {lives} lives ended in the watch")
            time.sleep(0.05)
        return watch.lines()


def _live(server: ApiServer, mould: JsonObject, number: int) -> None:
    metadata, spec = mould["metadata"], mould["spec"]
    name, namespace = f"{metadata['generateName']}b{number:05}", metadata["namespace"]
    kept = {key: metadata[key] for key in ("generateName", "labels", "annotations", "ownerReferences")}
    unbound = {key: value for key, value in spec.items() if key != "nodeName"}
    pods = f"/api/v1/namespaces/{namespace}/pods"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {**kept, "name": name, "namespace": namespace}}
    server.request("POST", pods, {**pod, "spec": unbound})
    target = {"apiVersion": "v1", "kind": "Node", "name": spec["nodeName"]}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
    server.request("POST", f"{pods}/{name}/binding", binding)
    status = {"status": mould["status"]}
    server.request("PATCH", f"{pods}/{name}/status", status, content_type=MERGE_PATCH)
    server.request("DELETE", f"{pods}/{name}?gracePeriodSeconds=30")
    try:
        server.request("DELETE", f"{pods}/{name}?gracePeriodSeconds=0")
    except ApiError as error:
        if error.code != 404:  # now and then the first deletion is at once
            raise


def renumbered(lines: Sequence[bytes], version: int, count: int) -> Iterator[bytes]:
    """Yield the lines again and again, in whole rounds and at least so many, each with a resourceVersion of its own.

    Args:
        version: the one before the first.
    """
    parts = []
    for line in lines:
        found = _VERSION.search(line)
        assert found is not None
        parts.append((line[: found.start()], line[found.end() :]))
    for _ in range(-(-count // len(lines))):
        for head, tail in parts:
            version += 1
            yield b'%b"resourceVersion":"%d"%b\n' % (head, version, tail)


class _Meta(msgspec.Struct, rename="camel"):
    resource_version: str
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    metadata: _Meta


_PAGE = msgspec.json.Decoder(_Page)


def copy(server: ApiServer, other: WatchProcess, folder: Path) -> int:
    """Copy what a filled API server holds into another server; return its newest resourceVersion."""
    newest = 0
    pool = urllib3.PoolManager(ca_certs=str(server.ca_file), retries=False)
    headers = {"Authorization": f"Bearer {server.admin_token}", "Accept": "application/json"}
    for path in _COPIED:
        file = folder / "copied"
        token = ""
        with file.open("wb") as out:
            while True:
                fields = {"limit": "500", **({"continue": token} if token else {})}
                page = _PAGE.decode(pool.request("GET", server.url + path, fields=fields, headers=headers).data)
                out.writelines(bytes(item) + b"\n" for item in page.items)
                if not (token := page.metadata.continue_):
                    break
        newest = max(newest, int(page.metadata.resource_version))
        other.load(path, file, newest)
        file.unlink()
    pool.clear()
    return newest


def write(file: Path, lines: Sequence[bytes], version: int, count: int) -> int:
    """Write renumbered lines into a file; return how many."""
    written = 0
    with file.open("wb") as out:
        for line in renumbered(lines, version, count):
            out.write(line)
            written += 1
    return written


class Audit:
    """What one user asked an API server for, as that tells it (kubernetes.io, "Auditing", read 2026-11-29).

    Args:
        folder: for the policy and the log.
        user: such as ``system:serviceaccount:unshim:unshim``.
    """

    def __init__(self, folder: Path, user: str) -> None:
        self._log = folder / "audit.log"
        policy = folder / "audit-policy.yaml"
        rules = [{"level": "Metadata", "users": [user]}, {"level": "None"}]
        policy.write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules}))
        #: Flags of kube-apiserver.
        self.flags = [f"--audit-policy-file={policy}", f"--audit-log-path={self._log}"]

    def entries(self) -> list[JsonObject]:
        """Return all entries so far; the last line may be one that is being written."""
        return [json.loads(line) for line in self._log.read_bytes().split(b"\n")[:-1]]
