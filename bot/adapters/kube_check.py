"""What this login may do: each permission asked of the API server by a SelfSubjectAccessReview."""

import json
from collections.abc import Iterator

from bot.adapters.kube import server_version
from bot.adapters.kube_api import Api, ReadError
from bot.adapters.resources import resource_table
from bot.core.permissions import CheckReport, Permission, PermissionState
from bot.core.snapshot import Cause


def needed() -> tuple[Permission, ...]:
    """Return every permission that reading a cluster needs, in the order in which kinds are read."""
    lists = (Permission(resource.group, resource.name) for resource in resource_table())
    return (*lists, Permission("", "/version", "get"))


def check(api: Api) -> CheckReport:
    """Return which permissions are held.

    Raises:
        UnauthorizedError: the server answered 401.
        UnreachableError: it did not answer.
    """
    try:
        version: str | None = server_version(api)
    except ReadError:
        version = None
    return CheckReport(api.host, version, tuple(_states(api)))


def _states(api: Api) -> Iterator[PermissionState]:
    for permission in needed():
        try:
            yield PermissionState(permission, _is_allowed(api, permission))
        except ReadError:
            yield PermissionState(permission, None)


def _is_allowed(api: Api, permission: Permission) -> bool:
    if permission.is_path:
        spec = {"nonResourceAttributes": {"verb": permission.verb, "path": permission.resource}}
    else:
        attributes = {"verb": permission.verb, "group": permission.group, "resource": permission.resource}
        spec = {"resourceAttributes": attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    try:
        answer = json.loads(api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body))
        return bool(answer["status"]["allowed"])
    except (ValueError, KeyError, TypeError) as error:
        raise ReadError(Cause.BAD_ANSWER, 200) from error
