"""What a subscription is about, against what is in the cluster: names that nobody has, and near ones."""

from collections.abc import Iterable

from msgspec import Struct

from bot.core.subscriptions import Scope, ScopeKind
from bot.core.targets import near
from bot.core.view import ClusterView


class Unknown(Struct, frozen=True):
    """A name that was not seen. ``near``: names like it, nearest first."""

    kind: ScopeKind
    name: str
    near: tuple[str, ...]


class Checked(Struct, frozen=True):
    """What of a scope was not seen. ``is_certain``: False where the cluster was not read, or not all of it."""

    unknown: tuple[Unknown, ...] = ()
    is_certain: bool = True


def check(scope: Scope, view: ClusterView | None, known: Iterable[str] = ()) -> Checked:
    """Return which names of a scope are not in the cluster.

    Args:
        view: None before the first read.
        known: names that need no check, because they were chosen before.
    """
    wanted = [name for name in scope.names if name not in set(known)]
    if scope.kind is ScopeKind.CLUSTER or not wanted:
        return Checked()
    if view is None:
        return Checked(tuple(Unknown(scope.kind, name, ()) for name in wanted), is_certain=False)
    names = namespaces(view) if scope.kind is ScopeKind.NAMESPACES else owners(view)
    unknown = tuple(Unknown(scope.kind, name, near(name, names)) for name in wanted if name not in names)
    return Checked(unknown, view.is_complete)


def namespaces(view: ClusterView) -> tuple[str, ...]:
    """Return the namespaces, sorted."""
    return tuple(sorted(view.namespaces))


def owners(view: ClusterView) -> tuple[str, ...]:
    """Return who owns any workload, sorted."""
    return tuple(sorted({workload.owner.name for workload in view.workloads if workload.owner is not None}))
