"""Everything read of a cluster at one moment, with its gaps; how it arrived does not show."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bot.core.objects import Claim, Controller, Namespace, Node, PersistentVolume, Pod, RuntimeClass
from bot.core.placing import Place, Problem

#: Resource names as ``kubectl`` spells them, in the order in which they are read: small and decisive ones first.
RESOURCES = (
    "nodes",
    "namespaces",
    "deployments",
    "replicasets",
    "daemonsets",
    "statefulsets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
    "persistentvolumes",
    "persistentvolumeclaims",
    "runtimeclasses",
    "pods",
)

#: Those whose objects are in no namespace.
CLUSTER_WIDE = frozenset({"nodes", "namespaces", "persistentvolumes", "runtimeclasses"})

#: The others.
NAMESPACED = tuple(name for name in RESOURCES if name not in CLUSTER_WIDE)


class Cause(StrEnum):
    """Why something could not be read; each is an entry ``gap.<cause>`` of the message catalogue."""

    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    NOT_SERVED = "not-served"
    SERVER_ERROR = "server-error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    BAD_ANSWER = "bad-answer"
    MALFORMED = "malformed"
    PARTLY = "partly"
    ABSENT = "absent"
    CUT = "cut"
    SCOPE = "scope"
    NO_NAMESPACE = "no-namespace"


class Gap(Struct, frozen=True):
    """One thing that was not read.

    Args:
        what: a name of RESOURCES, ``version``, or ``items`` for objects of a dump that do not say what they are.
        cause: why.
        status: HTTP status, 0 when there was none.
        objects: names of the objects that are lost (first few), for MALFORMED, or that are there in part, for PARTLY;
            for SCOPE all namespaces that are read, for NO_NAMESPACE those of them that do not exist.
        count: how many objects those are, 0 when the whole kind is missing.
        is_partial: the kind failed after some of it had been read.
        problem: what is wrong with a part of a file, and place: where; ``what`` is the place as text.
        namespaces: where the kind was not read, if it was in others.
    """

    what: str
    cause: Cause
    status: int = 0
    objects: tuple[str, ...] = ()
    count: int = 0
    is_partial: bool = False
    problem: Problem | None = None
    place: Place | None = None
    namespaces: tuple[str, ...] = ()

    @property
    def is_whole_kind(self) -> bool:
        """Whether nothing at all is known of the kind."""
        return self.count == 0 and not self.is_partial and not self.namespaces

    def hides(self, what: str, namespace: str | None) -> bool:
        """Whether objects of a kind may be missing by it: in one namespace of those that are read, or anywhere."""
        if self.cause is Cause.SCOPE:
            return namespace is None and (what == self.what or what in NAMESPACED)
        return self.what in (what, "items") and (
            namespace is None or not self.namespaces or namespace in self.namespaces
        )


class Snapshot(Struct, frozen=True):
    """Everything read at one moment. A kind in ``gaps`` may still have objects: those read before it failed."""

    as_of: datetime
    cluster_name: str | None = None
    version: str | None = None
    nodes: tuple[Node, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    pods: tuple[Pod, ...] = ()
    controllers: tuple[Controller, ...] = ()
    persistent_volumes: tuple[PersistentVolume, ...] = ()
    claims: tuple[Claim, ...] = ()
    runtime_classes: tuple[RuntimeClass, ...] = ()
    gaps: tuple[Gap, ...] = ()
    clock: datetime | None = None
    """What "today" means for this snapshot; None: the real today. Set for the demo and by ``--as-of``."""


def missing(gaps: Iterable[Gap]) -> frozenset[str]:
    """Return the resources of which nothing, or not everything, is known."""
    return frozenset(gap.what for gap in gaps)


def is_whole(gaps: Iterable[Gap], what: str, namespace: str | None = None) -> bool:
    """Return whether every object of a kind was read, in a namespace that is read or in the whole cluster."""
    return not any(gap.hides(what, namespace) for gap in gaps)


def scope_of(gaps: Iterable[Gap]) -> tuple[str, ...] | None:
    """Return the namespaces that alone are read, sorted; None where all are."""
    return next((gap.objects for gap in gaps if gap.cause is Cause.SCOPE), None)
