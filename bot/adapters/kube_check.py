"""What this login may do: each permission asked of the API server by a SelfSubjectAccessReview."""

import json
from collections.abc import Iterator

from bot.adapters.kube import server_version
from bot.adapters.kube_api import Api, ReadError
from bot.adapters.resources import resource_table
from bot.adapters.scoped import Scope
from bot.core.permissions import WATCH, CheckReport, Permission, PermissionState
from bot.core.snapshot import Cause


def needed(scope: Scope | None = None) -> tuple[Permission, ...]:
    """Return every permission that reading a cluster needs, in the order in which kinds are read.

    Args:
        scope: the namespaces that are read; None for all.
    """
    kinds = (
        Permission(resource.group, resource.name, verb, namespace)
        for resource in resource_table()
        for namespace in (scope or Scope()).parts(resource)
        for verb in ("list", WATCH)
    )
    return (*kinds, Permission("", "/version", "get"))


def check(api: Api, scope: Scope | None = None, again_seconds: float = 60.0) -> CheckReport:
    """Return which permissions are held.

    Args:
        scope: the namespaces that are read; None for all.
        again_seconds: so often what may not be watched is read.

    Raises:
        UnauthorizedError: the server answered 401.
        UnreachableError: it did not answer.
    """
    try:
        version: str | None = server_version(api)
    except ReadError:
        version = None
    return CheckReport(api.host, version, tuple(_states(api, scope)), again_seconds)


def _states(api: Api, scope: Scope | None) -> Iterator[PermissionState]:
    for permission in needed(scope):
        try:
            yield PermissionState(permission, _is_allowed(api, permission))
        except ReadError:
            yield PermissionState(permission, None)


def _is_allowed(api: Api, permission: Permission) -> bool:
    if permission.is_path:
        spec = {"nonResourceAttributes": {"verb": permission.verb, "path": permission.resource}}
    else:
        attributes = {"verb": permission.verb, "group": permission.group, "resource": permission.resource}
        if permission.namespace is not None:
            attributes["namespace"] = permission.namespace
        spec = {"resourceAttributes": attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    try:
        answer = json.loads(api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body))
        return bool(answer["status"]["allowed"])
    except (ValueError, KeyError, TypeError) as error:
        raise ReadError(Cause.BAD_ANSWER, 200) from error
