"""The table of resources that are read, and the shapes that a list and a watch of each come in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from bot.adapters import wire
from bot.adapters.slim import Slimmer
from bot.core.objects import Controller
from bot.core.snapshot import CLUSTER_WIDE, RESOURCES, Cause, Gap

T = TypeVar("T")


class ListMeta(Struct, rename="camel", gc=False):
    """The paging half of a list's metadata."""

    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None
    resource_version: str | None = None


class WireList(Struct, Generic[T], gc=False):
    """A page of a list. ``items`` is required: an answer without it is no list, and must not read as an empty one."""

    kind: str
    items: list[T] | None
    metadata: ListMeta | None = None


class _Head(Struct, rename="camel", gc=False):
    kind: str = ""
    api_version: str = ""


class WireEvent(Struct, Generic[T], gc=False):
    """An event of a watch that tells of an object."""

    type: str
    object: T


def _list_type(item: Any) -> Any:
    return WireList[item]


def _event_type(item: Any) -> Any:
    return WireEvent[item]


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
    event: "msgspec.json.Decoder[WireEvent[Any]]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", msgspec.json.Decoder(_list_type(self.wire_type)))
        object.__setattr__(self, "one", msgspec.json.Decoder(self.wire_type))
        object.__setattr__(self, "event", msgspec.json.Decoder(_event_type(self.wire_type)))

    @property
    def is_namespaced(self) -> bool:
        """Whether its objects are in namespaces."""
        return self.name not in CLUSTER_WIDE

    def paths(self, namespace: str | None = None) -> Iterator[str]:
        """Yield the URL paths of the list, newest version first: of one namespace, or of the whole cluster."""
        inside = f"namespaces/{namespace}/" if namespace is not None else ""
        for version in self.versions:
            root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
            yield f"{root}/{inside}{self.name}"


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


ANY_LIST = msgspec.json.Decoder(WireList[Raw])
_HEAD = msgspec.json.Decoder(_Head)


def kind_of(item: Raw) -> tuple[str, str] | None:
    """Return (group, kind) of a single object, the kind empty when it names none; None when that cannot be read."""
    try:
        head = _HEAD.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return head.api_version.rpartition("/")[0], head.kind


def absent(names: Iterable[str]) -> Iterator[Gap]:
    """Yield a gap for each resource of which a dump holds no object."""
    present = set(names)
    return (Gap(name, Cause.ABSENT) for name in RESOURCES if name not in present)
