"""The table of resources that are read, and how a list of each is decoded; one bad object never costs the list."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from bot.adapters import wire
from bot.adapters.fitting import fit, loose
from bot.adapters.partial import is_in_part, with_doubt
from bot.adapters.slim import Slimmer
from bot.core.objects import Claim, Controller, Namespace, Node, PersistentVolume, Pod, RuntimeClass
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import RESOURCES, Cause, Gap, Snapshot

T = TypeVar("T")

#: Buckets of what runs containers: of such an object the rest counts where one field is not as it should be.
_JUDGED = ("controllers", "pods")

#: How many names of lost objects a gap carries; the count says how many there were.
NAMES_KEPT = 5


class ListMeta(Struct, rename="camel", gc=False):
    """The paging half of a list's metadata."""

    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class WireList(Struct, Generic[T], gc=False):
    """A page of a list. ``items`` is required: an answer without it is no list, and must not read as an empty one."""

    kind: str
    items: list[T] | None
    metadata: ListMeta | None = None


class _Head(Struct, rename="camel", gc=False):
    kind: str = ""
    api_version: str = ""


class _NameOnly(Struct, gc=False):
    name: str = ""
    namespace: str | None = None


class _Named(Struct, gc=False):
    metadata: _NameOnly | None = None


def _list_type(item: Any) -> Any:
    return WireList[item]


@dataclass(frozen=True)
class Resource:
    """One kind that is read.

    Args:
        name: plural name, as in RESOURCES and in RBAC.
        kind, group: of the objects; versions: tried in this order, for the server may serve only an old one.
        wire_type: shape of one object; slim: its slim form.
        bucket: field of Snapshot the objects go to.
    """

    name: str
    kind: str
    group: str
    versions: tuple[str, ...]
    wire_type: Any
    slim: Callable[[Slimmer, Any], Any]
    bucket: str
    page: "msgspec.json.Decoder[WireList[Any]]" = field(init=False, repr=False)
    one: "msgspec.json.Decoder[Any]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", msgspec.json.Decoder(_list_type(self.wire_type)))
        object.__setattr__(self, "one", msgspec.json.Decoder(self.wire_type))

    def paths(self) -> Iterator[str]:
        """Yield the URL paths of the cluster-wide list, newest version first."""
        for version in self.versions:
            root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
            yield f"{root}/{self.name}"


def _controller(group: str, kind: str) -> Callable[[Slimmer, wire.WireController], Controller]:
    return lambda slimmer, item: slimmer.controller(item, group, kind)


def _apps(name: str, kind: str) -> Resource:
    return Resource(name, kind, "apps", ("v1",), wire.WireController, _controller("apps", kind), "controllers")


def resource_table() -> tuple[Resource, ...]:
    """Return every resource that is read, in the order of RESOURCES.

    batch/v1 CronJob is served since 1.21, v1beta1 until 1.24; RuntimeClass is v1 since 1.20
    (kubernetes.io deprecation guide, read 2026-11-22).
    """
    table = (
        Resource("nodes", "Node", "", ("v1",), wire.WireNode, Slimmer.node, "nodes"),
        Resource("namespaces", "Namespace", "", ("v1",), wire.WireNamespace, Slimmer.namespace, "namespaces"),
        _apps("deployments", "Deployment"),
        _apps("replicasets", "ReplicaSet"),
        _apps("daemonsets", "DaemonSet"),
        _apps("statefulsets", "StatefulSet"),
        Resource(
            "replicationcontrollers",
            "ReplicationController",
            "",
            ("v1",),
            wire.WireController,
            _controller("", "ReplicationController"),
            "controllers",
        ),
        Resource("jobs", "Job", "batch", ("v1",), wire.WireController, _controller("batch", "Job"), "controllers"),
        Resource("cronjobs", "CronJob", "batch", ("v1", "v1beta1"), wire.WireCronJob, Slimmer.cron_job, "controllers"),
        Resource(
            "persistentvolumes",
            "PersistentVolume",
            "",
            ("v1",),
            wire.WirePersistentVolume,
            Slimmer.persistent_volume,
            "persistent_volumes",
        ),
        Resource(
            "persistentvolumeclaims", "PersistentVolumeClaim", "", ("v1",), wire.WireClaim, Slimmer.claim, "claims"
        ),
        Resource(
            "runtimeclasses",
            "RuntimeClass",
            "node.k8s.io",
            ("v1", "v1beta1"),
            wire.WireRuntimeClass,
            Slimmer.runtime_class,
            "runtime_classes",
        ),
        Resource("pods", "Pod", "", ("v1",), wire.WirePod, Slimmer.pod, "pods"),
    )
    by_name = {resource.name: resource for resource in table}
    return tuple(by_name[name] for name in RESOURCES)


class Collector:
    """Gathers slim objects and gaps until a Snapshot is made of them."""

    def __init__(self, owners: OwnerKeys, pools: PoolTable) -> None:
        self._slimmer = Slimmer(owners, pools)
        self._buckets: dict[str, list[Any]] = {}
        self._lost: dict[tuple[str, Cause], list[str]] = {}
        self._lost_counts: dict[tuple[str, Cause], int] = {}
        self._gaps: list[Gap] = []
        self._names: set[tuple[str, str, str]] = set()

    def add_page(self, resource: Resource, data: bytes) -> str | None:
        """Take in one page of a list and return its continue token.

        Raises: msgspec.DecodeError: the page is not a JSON list of the kind; nothing was taken in.
        """
        try:
            page = resource.page.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # One object that does not fit fails the whole page: find it, and keep the others.
            return self._add_item_by_item(resource, data)
        self._check_kind(resource, page.kind)
        bucket = self._buckets.setdefault(resource.bucket, [])
        slim, slimmer, taken = resource.slim, self._slimmer, []
        for item in page.items or ():
            try:
                made = slim(slimmer, item)
            except (msgspec.DecodeError, UnicodeDecodeError):  # what stays undecoded at first
                return self._add_item_by_item(resource, data)
            taken.append(made)
        for made, item in zip(taken, page.items or (), strict=True):
            bucket.append(made)
            if is_in_part(made):
                self._lose(resource.name, _full_name(item.metadata), Cause.PARTLY)
        return (page.metadata.continue_ if page.metadata else None) or None

    def add_raw(self, resource: Resource, item: Raw) -> None:
        """Take in one object of a dump or a damaged page; one that does not decode is counted by name.

        What runs containers is still judged as far as it does, and counted apart from what is lost. A name that was
        taken in before is passed over.
        """
        is_damaged = False
        try:
            decoded = resource.one.decode(item)
            slim = resource.slim(self._slimmer, decoded)
        except (msgspec.DecodeError, UnicodeDecodeError):
            is_damaged = True
            try:
                if resource.bucket not in _JUDGED:
                    raise
                fitted, misfits = fit(loose(item), resource.wire_type)
                decoded = resource.one.decode(msgspec.json.encode(fitted))
                if not decoded.metadata.name:
                    raise msgspec.ValidationError("nobody can tell which it is")
                slim = with_doubt(resource.slim(self._slimmer, decoded), misfits)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._lose(resource.name, _name_of(item))
                return
        name = (resource.name, decoded.metadata.namespace or "", decoded.metadata.name)
        if name in self._names:
            return
        self._names.add(name)
        self._buckets.setdefault(resource.bucket, []).append(slim)
        if is_damaged or is_in_part(slim):
            self._lose(resource.name, _full_name(decoded.metadata), Cause.PARTLY)

    def add_unknown(self, item: Raw) -> None:
        """Note an item of a dump that does not say what it is."""
        self._lose("items", _name_of(item))

    def add_gap(self, gap: Gap) -> None:
        """Note that something was not read."""
        self._gaps.append(gap)

    def has_any(self, resource: Resource) -> bool:
        """Whether any object of a kind was taken in."""
        bucket = self._buckets.get(resource.bucket, ())
        return any(getattr(item, "kind", resource.kind) == resource.kind for item in bucket)

    def forget(self, resource: Resource) -> None:
        """Drop what a list gave so far, before it is read from the start again."""
        bucket = self._buckets.get(resource.bucket, [])
        bucket[:] = [item for item in bucket if getattr(item, "kind", resource.kind) != resource.kind]
        self._names = {name for name in self._names if name[0] != resource.name}
        for cause in (Cause.MALFORMED, Cause.PARTLY):
            self._lost.pop((resource.name, cause), None)
            self._lost_counts.pop((resource.name, cause), None)

    def snapshot(
        self, as_of: datetime, cluster_name: str | None, version: str | None, clock: datetime | None = None
    ) -> Snapshot:
        """Return everything gathered."""
        lost = [
            Gap(what, cause, objects=tuple(names), count=self._lost_counts[what, cause])
            for (what, cause), names in self._lost.items()
        ]

        def bucket(name: str) -> tuple[Any, ...]:
            return tuple(self._buckets.get(name, ()))

        nodes: tuple[Node, ...] = bucket("nodes")
        namespaces: tuple[Namespace, ...] = bucket("namespaces")
        pods: tuple[Pod, ...] = bucket("pods")
        controllers: tuple[Controller, ...] = bucket("controllers")
        volumes: tuple[PersistentVolume, ...] = bucket("persistent_volumes")
        claims: tuple[Claim, ...] = bucket("claims")
        classes: tuple[RuntimeClass, ...] = bucket("runtime_classes")
        return Snapshot(
            as_of=as_of,
            cluster_name=cluster_name,
            version=version,
            nodes=nodes,
            namespaces=namespaces,
            pods=pods,
            controllers=controllers,
            persistent_volumes=volumes,
            claims=claims,
            runtime_classes=classes,
            gaps=tuple(sorted([*self._gaps, *lost], key=lambda gap: (_order(gap.what), gap.cause))),
            clock=clock,
        )

    def _add_item_by_item(self, resource: Resource, data: bytes) -> str | None:
        page = _ANY_LIST.decode(data)
        self._check_kind(resource, page.kind)
        for item in page.items or ():
            self.add_raw(resource, item)
        return (page.metadata.continue_ if page.metadata else None) or None

    def _check_kind(self, resource: Resource, kind: str) -> None:
        if kind != f"{resource.kind}List":
            raise msgspec.DecodeError(f"expected a {resource.kind}List")

    def _lose(self, what: str, name: str, cause: Cause = Cause.MALFORMED) -> None:
        self._lost_counts[what, cause] = self._lost_counts.get((what, cause), 0) + 1
        names = self._lost.setdefault((what, cause), [])
        if len(names) < NAMES_KEPT:
            names.append(name)


_ANY_LIST = msgspec.json.Decoder(WireList[Raw])
_HEAD = msgspec.json.Decoder(_Head)
_NAMED = msgspec.json.Decoder(_Named)


def kind_of(item: Raw) -> tuple[str, str] | None:
    """Return (group, kind) of a single object, the kind empty when it names none; None when that cannot be read."""
    try:
        head = _HEAD.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return head.api_version.rpartition("/")[0], head.kind


def _name_of(item: Raw) -> str:
    try:
        return _full_name(_NAMED.decode(item).metadata or _NameOnly())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "?"


def _full_name(meta: _NameOnly | wire.WireMeta) -> str:
    name = meta.name or "?"
    return f"{meta.namespace}/{name}" if meta.namespace else name


def _order(what: str) -> int:
    return RESOURCES.index(what) if what in RESOURCES else -1


def absent(names: Iterable[str]) -> Iterator[Gap]:
    """Yield a gap for each resource of which a dump holds no object."""
    present = set(names)
    return (Gap(name, Cause.ABSENT) for name in RESOURCES if name not in present)
