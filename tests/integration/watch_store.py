"""Objects, their history and who watches them, in memory: lists and watches as a Kubernetes API server answers them.

It speaks no HTTP; `tests.integration.watching` does. Sources: kubernetes.io "Kubernetes API Concepts" (efficient
detection of changes, watch bookmarks, streaming lists, retrieving large result sets in chunks, resource versions), read
2026-11-29. Texts of errors and shapes of bookmarks are those that kube-apiserver 1.20.2 answered on that day, and the
refusal of streaming lists is that of apimachinery's ``ValidateListOptions`` (v1.30) and apiserver's ``NewInvalid``.
"""

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

JsonObject = dict[str, Any]

#: How many snapshots of a list are kept for continue tokens; older ones have expired.
SNAPSHOTS = 32

_TEMPLATE: JsonObject = {"metadata": {"creationTimestamp": None}, "spec": {"containers": None}}
_NODE_INFO = (
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
    "operatingSystem",
    "architecture",
)
_CRON_JOB: JsonObject = {
    "spec": {"schedule": "", "jobTemplate": {"metadata": {"creationTimestamp": None}, "spec": {"template": _TEMPLATE}}},
    "status": {},
}
_SET_STATUS = {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}


class Kind(NamedTuple):
    """What a path lists. ``empty`` is what a bookmark holds besides its metadata: Go writes the zero values."""

    name: str
    api_version: str
    empty: JsonObject


#: Path of the cluster-wide list to what it lists; the versions that are not the newest are not served unless asked for.
KINDS = {
    "/api/v1/nodes": Kind(
        "Node",
        "v1",
        {
            "spec": {},
            "status": {
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
                "nodeInfo": dict.fromkeys(_NODE_INFO, ""),
            },
        },
    ),
    "/api/v1/namespaces": Kind("Namespace", "v1", {"spec": {}, "status": {}}),
    "/apis/apps/v1/deployments": Kind(
        "Deployment",
        "apps/v1",
        {"spec": {"replicas": 0, "selector": None, "template": _TEMPLATE, "strategy": {}}, "status": {}},
    ),
    "/apis/apps/v1/replicasets": Kind(
        "ReplicaSet",
        "apps/v1",
        {"spec": {"replicas": 0, "selector": None, "template": _TEMPLATE}, "status": {"replicas": 0}},
    ),
    "/apis/apps/v1/daemonsets": Kind(
        "DaemonSet",
        "apps/v1",
        {"spec": {"selector": None, "template": _TEMPLATE, "updateStrategy": {}}, "status": _SET_STATUS},
    ),
    "/apis/apps/v1/statefulsets": Kind(
        "StatefulSet",
        "apps/v1",
        {
            "spec": {"replicas": 0, "selector": None, "template": _TEMPLATE, "serviceName": "", "updateStrategy": {}},
            "status": {"replicas": 0},
        },
    ),
    "/api/v1/replicationcontrollers": Kind(
        "ReplicationController", "v1", {"spec": {"replicas": 0}, "status": {"replicas": 0}}
    ),
    "/apis/batch/v1/jobs": Kind("Job", "batch/v1", {"spec": {"template": _TEMPLATE}, "status": {}}),
    "/apis/batch/v1/cronjobs": Kind("CronJob", "batch/v1", _CRON_JOB),
    "/apis/batch/v1beta1/cronjobs": Kind("CronJob", "batch/v1beta1", _CRON_JOB),
    "/api/v1/persistentvolumes": Kind("PersistentVolume", "v1", {"spec": {}, "status": {}}),
    "/api/v1/persistentvolumeclaims": Kind("PersistentVolumeClaim", "v1", {"spec": {"resources": {}}, "status": {}}),
    "/apis/node.k8s.io/v1/runtimeclasses": Kind("RuntimeClass", "node.k8s.io/v1", {"handler": ""}),
    "/apis/node.k8s.io/v1beta1/runtimeclasses": Kind("RuntimeClass", "node.k8s.io/v1beta1", {"handler": ""}),
    "/api/v1/pods": Kind("Pod", "v1", {"spec": {"containers": None}, "status": {}}),
}
OLD_VERSIONS = frozenset(path for path in KINDS if "/v1beta1/" in path)

_TOO_OLD_TO_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Refusal(Exception):
    """A request is answered with a Status. ``headers`` go with it."""

    def __init__(self, status: JsonObject, headers: dict[str, str] | None = None) -> None:
        super().__init__(status["message"])
        self.status = status
        self.code: int = status["code"]
        self.headers = headers or {}


def make_status(code: int, message: str, *, details: JsonObject | None = None, **metadata: str) -> JsonObject:
    """Return a Status as the API server writes it."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": message}
    if code in _REASONS:
        status["reason"] = _REASONS[code]
    if details is not None:
        status["details"] = details
    return {**status, "code": code}


def too_old(version: int, oldest: int) -> JsonObject:
    """Return the Status of a watch from a resourceVersion that is no longer known."""
    return make_status(410, f"too old resource version: {version} ({oldest})")


def invalid_options(*causes: tuple[str, str]) -> Refusal:
    """Return the refusal of list options, for pairs of a field and what is wrong with it."""
    texts = [f"{name}: {message}" for name, message in causes]
    message = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details = {
        "group": "meta.k8s.io",
        "kind": "ListOptions",
        "causes": [{"reason": "FieldValueForbidden", "message": text, "field": name} for name, text in causes],
    }
    return Refusal(make_status(422, f'ListOptions.meta.k8s.io "" is invalid: {message}', details=details))


def encode(value: Any) -> bytes:
    """Return compact JSON, as Go writes it."""
    return msgspec.json.encode(value)


@dataclass(eq=False)
class Watch:
    """An open watch: what it has still to send. The store's lock guards it."""

    path: str
    start: int
    wants_bookmarks: bool
    changed: threading.Condition
    waiting: deque[bytes] = field(default_factory=deque)
    is_sending: bool = False
    is_muted: bool = False
    end: str | None = None
    """How it ends once nothing waits: ``end``, ``cut`` or ``reset``."""

    def put(self, *lines: bytes) -> None:
        """Add what is to be sent."""
        self.waiting.extend(lines)
        self.changed.notify_all()


@dataclass(eq=False)
class _Collection:
    path: str
    kind: Kind
    objects: dict[str, bytes] = field(default_factory=dict)
    """By ``namespace/name``, JSON without kind and apiVersion, as the items of a list have it."""
    history: deque[tuple[int, bytes]] = field(default_factory=deque)
    forgotten: int = 0
    """The newest resourceVersion that is no longer in the history."""
    snapshots: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)
    cached: tuple[int, dict[str, bytes]] | None = None
    """What a watch cache that lags behind holds, and its resourceVersion."""

    def line(self, type_: str, body: bytes) -> bytes:
        head = f'{{"type":"{type_}","object":{{"kind":"{self.kind.name}","apiVersion":"{self.kind.api_version}",'
        return head.encode() + body[1:] + b"}\n"


class Store:
    """Everything the server holds.

    Attributes:
        version: the newest resourceVersion; it may be set back, as a restored etcd does.
        history: how many events of a kind are remembered.
        horizon: a watch from an older resourceVersion is too old.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.drained = threading.Condition(self.lock)
        self.version = 100
        self.history = 20_000
        self.horizon = 0
        self.served = set(KINDS) - OLD_VERSIONS
        self._collections = {path: _Collection(path, kind) for path, kind in KINDS.items()}

    # Changes

    def put(self, path: str, *objects: JsonObject) -> int:
        """Create or replace objects, an event for each; return the last resourceVersion."""
        collection = self._collections[path]
        with self.lock:
            for obj in objects:
                self.version += 1
                metadata = {**obj["metadata"], "resourceVersion": str(self.version)}
                rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion", "metadata")}
                body = encode({"metadata": metadata, **rest})
                key = _key(metadata.get("namespace"), metadata["name"])
                type_ = "MODIFIED" if key in collection.objects else "ADDED"
                collection.objects[key] = body
                self._emit(collection, type_, body)
            return self.version

    def load(self, path: str, bodies: Iterable[bytes], version: int) -> None:
        """Take in many objects as the items of a list have them, JSON each; no event, and nothing of them is changed.

        Args:
            version: resourceVersion of that list.
        """
        collection = self._collections[path]
        with self.lock:
            for body in bodies:
                metadata = _NAMED.decode(body).metadata
                collection.objects[_key(metadata.namespace or None, metadata.name)] = body
            self.version = max(self.version, version)

    def delete(self, path: str, namespace: str | None, name: str) -> int:
        """Delete an object; its event holds the last state, with the resourceVersion of the deletion.

        Raises: KeyError: there is none.
        """
        collection = self._collections[path]
        with self.lock:
            obj = json.loads(collection.objects.pop(_key(namespace, name)))
            self.version += 1
            obj["metadata"]["resourceVersion"] = str(self.version)
            self._emit(collection, "DELETED", encode(obj))
            return self.version

    def line(self, path: str, type_: str, obj: JsonObject) -> bytes:
        """Return the line of an event as a watch of a path has it; nothing is stored or sent."""
        rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion")}
        return self._collections[path].line(type_, encode(rest))

    def _emit(self, collection: _Collection, type_: str, body: bytes) -> None:
        line = collection.line(type_, body)
        collection.history.append((self.version, line))
        while len(collection.history) > self.history:
            collection.forgotten, _ = collection.history.popleft()
        for watch in collection.watches:
            if self.version > watch.start:
                watch.put(line)

    # Lists

    def collection(self, path: str) -> _Collection:
        """Return what a path lists.

        Raises: Refusal: 404, the path is not served.
        """
        if path not in self.served:
            raise Refusal(make_status(404, "the server could not find the requested resource", details={}))
        return self._collections[path]

    def page(self, path: str, query: dict[str, str], *, is_expired: bool = False) -> bytes:
        """Return a page of a list as JSON.

        A list by pages is a snapshot of when its first page was asked for; with resourceVersion=0 it comes from the
        watch cache, which knows no limit.

        Args:
            is_expired: answer every continue token as too old.

        Raises: Refusal: 404 not served, 400 a token that is none, 410 one that has expired, 504 a version to come.
        """
        collection = self.collection(path)
        limit = int(query.get("limit") or 0)
        asked = query.get("resourceVersion", "")
        with self.lock:
            version, start = self.version, ""
            if query.get("continue"):
                version, start = _read_token(query["continue"])
                if version < 0:  # the rest as it is now, after the first pages had expired
                    version = self.version
                elif is_expired or version not in collection.snapshots:
                    raise Refusal(make_status(410, _TOO_OLD_TO_CONTINUE, **{"continue": _make_token(-1, start)}))
            elif asked.isdigit() and int(asked) > version:
                raise _too_large(asked, version)
            items = collection.snapshots.get(version)
            if items is None or version == self.version:
                items = sorted(collection.objects.items())
            if asked == "0" and not start:
                limit = 0
            rest = [item for item in items if item[0] >= start] if start else items
            page = rest[:limit] if limit else rest
            metadata: JsonObject = {"resourceVersion": str(version)}
            if len(page) < len(rest):
                collection.snapshots[version] = items
                while len(collection.snapshots) > SNAPSHOTS:
                    del collection.snapshots[next(iter(collection.snapshots))]
                metadata["continue"] = _make_token(version, f"{page[-1][0]}\0")
                metadata["remainingItemCount"] = len(rest) - len(page)
        head = f'{{"kind":"{collection.kind.name}List","apiVersion":"{collection.kind.api_version}","metadata":'
        return head.encode() + encode(metadata) + b',"items":[' + b",".join(body for _, body in page) + b"]}\n"

    def get(self, path: str, namespace: str | None, name: str) -> bytes:
        """Return one object. Raises: Refusal: 404."""
        collection = self.collection(path)
        with self.lock:
            body = collection.objects.get(_key(namespace, name))
        if body is None:
            plural = path.rpartition("/")[2]
            details = {"name": name, "kind": plural}
            raise Refusal(make_status(404, f'{plural} "{name}" not found', details=details))
        head = f'{{"kind":"{collection.kind.name}","apiVersion":"{collection.kind.api_version}",'
        return head.encode() + body[1:] + b"\n"

    def forget_snapshots(self) -> None:
        """Let every continue token given so far expire."""
        with self.lock:
            for collection in self._collections.values():
                collection.snapshots.clear()

    # Watches

    def watch(self, path: str, asked: str, *, wants_bookmarks: bool, is_streaming_list: bool) -> Watch:
        """Open a watch: of all that is there when no resourceVersion is asked for, or 0, else of what came after it.

        Raises: Refusal: 404 not served, 410 too old, 500 no number.
        """
        collection = self.collection(path)
        if asked and not asked.isdigit():
            parse = f'strconv.ParseUint: parsing "{asked}": invalid syntax'
            raise Refusal(make_status(500, f'resourceVersion: Invalid value: "{asked}": {parse}'))
        with self.lock:
            start = int(asked or 0)
            oldest = max(self.horizon, collection.forgotten)
            if start and not is_streaming_list and start < oldest:
                raise Refusal(too_old(start, oldest))
            watch = Watch(path, start, wants_bookmarks, threading.Condition(self.lock))
            if is_streaming_list or not start:
                watch.start = self.version
                cached, objects = collection.cached or (self.version, collection.objects)
                watch.waiting.extend(collection.line("ADDED", body) for _, body in sorted(objects.items()))
                watch.waiting.extend(line for version, line in collection.history if version > cached)
                if is_streaming_list and wants_bookmarks:
                    watch.waiting.append(self.bookmark(path, {"k8s.io/initial-events-end": "true"}))
            else:
                watch.waiting.extend(line for version, line in collection.history if version > start)
            collection.watches.append(watch)
            self.drained.notify_all()
        return watch

    def lag(self, path: str) -> None:
        """Let the watch cache of a path stay as it is now: what a streaming list lacks comes as events behind it.

        They come before the bookmark that ends the list, DELETED among them (``apiserver/pkg/storage/cacher``,
        ``bookmarkAfterResourceVersion``; client-go's ``Reflector.watchList`` takes them in).
        """
        with self.lock:
            collection = self.collection(path)
            collection.cached = (self.version, dict(collection.objects))

    def bookmark(self, path: str, annotations: dict[str, str] | None = None) -> bytes:
        """Return a bookmark of now."""
        collection = self._collections[path]
        metadata: JsonObject = {"resourceVersion": str(self.version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        return collection.line("BOOKMARK", encode({"metadata": metadata, **collection.kind.empty}))

    def close(self, watch: Watch) -> None:
        """Forget a watch."""
        with self.lock:
            watches = self._collections[watch.path].watches
            if watch in watches:
                watches.remove(watch)
            self.drained.notify_all()

    def watches(self, path: str = "*") -> list[Watch]:
        """Return the open watches of a path, or all."""
        with self.lock:
            collections = self._collections.values() if path == "*" else (self._collections[path],)
            return [watch for collection in collections for watch in collection.watches]

    def wait_for_watches(self, path: str, count: int, seconds: float) -> None:
        """Wait until so many watches of a path are open. Raises: TimeoutError."""
        with self.lock:
            if not self.drained.wait_for(lambda: len(self.watches(path)) >= count, seconds):
                raise TimeoutError(f"{len(self.watches(path))} watches of {path} in {seconds} s")

    def wait_until_sent(self, watches: Iterable[Watch], left: int, deadline: float) -> None:
        """Wait until at most ``left`` lines wait in each watch that is open and not muted. Raises: TimeoutError."""
        watches = list(watches)

        def is_sent() -> bool:
            return all(
                len(watch.waiting) <= left and not (left == 0 and watch.is_sending)
                for watch in watches
                if not watch.is_muted and watch in self._collections[watch.path].watches
            )

        with self.lock:
            if not self.drained.wait_for(is_sent, max(0.0, deadline - time.monotonic())):
                raise TimeoutError("a client does not read its watch")


def batches(lines: list[bytes], size: int) -> Iterator[list[bytes]]:
    """Yield a list in parts."""
    return (lines[at : at + size] for at in range(0, len(lines), size))


class _Name(msgspec.Struct):
    name: str
    namespace: str = ""


class _Named(msgspec.Struct):
    metadata: _Name


_NAMED = msgspec.json.Decoder(_Named)


def _key(namespace: str | None, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _make_token(version: int, start: str) -> str:
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(read["rv"]), str(read["start"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"invalid continue token: continue key is not valid: {error}"
        raise Refusal(make_status(400, message)) from None


def _too_large(asked: str, version: int) -> Refusal:
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {version}"
    return Refusal(make_status(504, message, details={"causes": [cause], "retryAfterSeconds": 1}), {"Retry-After": "1"})
