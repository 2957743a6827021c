"""The permissions that reading a cluster needs; the same list makes the check and the Role that mends it."""

from collections.abc import Iterable

from msgspec import Struct

WATCH = "watch"


class Permission(Struct, frozen=True):
    """One verb on one resource, or on a path such as ``/version`` (then without a group).

    ``namespace``: the only one it is for; None for the whole cluster.
    """

    group: str
    resource: str
    verb: str = "list"
    namespace: str | None = None

    @property
    def is_path(self) -> bool:
        """Whether it is a path of the API server rather than a resource."""
        return self.resource.startswith("/")


class PermissionState(Struct, frozen=True):
    """Whether a permission is held; None when the API server did not say."""

    permission: Permission
    is_allowed: bool | None


class CheckReport(Struct, frozen=True):
    """What ``check`` found. ``version`` is None when the API server does not tell it.

    ``again_seconds``: so often what may not be watched is read.
    """

    host: str
    version: str | None
    states: tuple[PermissionState, ...]
    again_seconds: float = 60.0

    @property
    def missing(self) -> tuple[Permission, ...]:
        """Permissions that are refused or could not be confirmed, and without which something is not read."""
        return tuple(permission for permission in self._unheld() if permission.verb != WATCH)

    @property
    def unwatched(self) -> tuple[Permission, ...]:
        """Permissions to watch that are not held for what may be listed: it is read all the same, only later."""
        unlisted = {_what(permission) for permission in self.missing}
        return tuple(each for each in self._unheld() if each.verb == WATCH and _what(each) not in unlisted)

    def to_grant(self) -> tuple[tuple[Permission, ...], ...]:
        """Return the permissions of each role that mends it: of the whole cluster, then of each namespace.

        A role has all that is needed there, not only what is missing: applied under its own name it must not take
        anything away.
        """
        roles: dict[str | None, list[Permission]] = {}
        for state in self.states:
            roles.setdefault(state.permission.namespace, []).append(state.permission)
        unheld = {permission.namespace for permission in (*self.missing, *self.unwatched)}
        return tuple(tuple(roles[namespace]) for namespace in roles if namespace in unheld)

    def _unheld(self) -> Iterable[Permission]:
        return (state.permission for state in self.states if state.is_allowed is not True)


def _what(permission: Permission) -> tuple[str, str, str | None]:
    return permission.group, permission.resource, permission.namespace


def role(name: str, permissions: Iterable[Permission]) -> str:
    """Return a role that grants exactly the permissions, all of one namespace or of the cluster, as YAML.

    A ClusterRole for the cluster, a Role for a namespace; one rule for each resource.
    """
    verbs: dict[tuple[str, str, str | None], list[str]] = {}
    for permission in permissions:
        verbs.setdefault(_what(permission), []).append(permission.verb)
    namespace = next(iter(verbs))[2]
    kind = "ClusterRole" if namespace is None else "Role"
    lines = ["apiVersion: rbac.authorization.k8s.io/v1", f"kind: {kind}", "metadata:", f"  name: {name}"]
    if namespace is not None:
        lines.append(f"  namespace: {namespace}")
    lines.append("rules:")
    for (group, resource, _), allowed in verbs.items():
        if resource.startswith("/"):
            lines.append(f'- nonResourceURLs: ["{resource}"]')
        else:
            lines.append(f'- apiGroups: ["{group}"]')
            lines.append(f'  resources: ["{resource}"]')
        quoted = ", ".join(f'"{verb}"' for verb in allowed)
        lines.append(f"  verbs: [{quoted}]")
    return "\n".join(lines)
