"""The permissions that reading a cluster needs; the same list makes the check and the Role that mends it."""

from msgspec import Struct


class Permission(Struct, frozen=True):
    """One verb on one resource in all namespaces, or on a path such as ``/version`` (then without a group)."""

    group: str
    resource: str
    verb: str = "list"

    @property
    def is_path(self) -> bool:
        """Whether it is a path of the API server rather than a resource."""
        return self.resource.startswith("/")


class PermissionState(Struct, frozen=True):
    """Whether a permission is held; None when the API server did not say."""

    permission: Permission
    is_allowed: bool | None


class CheckReport(Struct, frozen=True):
    """What ``check`` found. ``version`` is None when the API server does not tell it."""

    host: str
    version: str | None
    states: tuple[PermissionState, ...]

    @property
    def missing(self) -> tuple[Permission, ...]:
        """Permissions that are refused or could not be confirmed."""
        return tuple(state.permission for state in self.states if state.is_allowed is not True)


def cluster_role(name: str, permissions: tuple[Permission, ...]) -> str:
    """Return a ClusterRole that grants exactly the permissions, as YAML: one rule each."""
    lines = ["apiVersion: rbac.authorization.k8s.io/v1", "kind: ClusterRole", "metadata:", f"  name: {name}", "rules:"]
    for permission in permissions:
        if permission.is_path:
            lines.append(f'- nonResourceURLs: ["{permission.resource}"]')
        else:
            lines.append(f'- apiGroups: ["{permission.group}"]')
            lines.append(f'  resources: ["{permission.resource}"]')
        lines.append(f'  verbs: ["{permission.verb}"]')
    return "\n".join(lines)
