"""JSON Patch (RFC 6902) applied to an object, as the API server does it: the operations that answers make use of."""

import copy
from collections.abc import Iterable
from typing import Any

from bot.core.json_patch import Operation


class Refused(Exception):
    """The patch does not fit the object."""


def patched(document: Any, operations: Iterable[Operation]) -> Any:
    """Return the object after all operations. Raises: Refused: one of them cannot be applied."""
    document = copy.deepcopy(document)
    for operation in operations:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in operation.path.split("/")[1:]]
        place = document
        for part in parents:
            place = _held(place, part)
        if operation.op == "add":
            _add(place, last, operation.value)
            continue
        held = _held(place, last)
        if operation.op == "test":
            if held != operation.value:
                raise Refused(f"{operation.path} is {held!r}, not {operation.value!r}")
        elif operation.op == "replace":
            place[int(last) if isinstance(place, list) else last] = operation.value
        elif operation.op == "remove":
            del place[int(last) if isinstance(place, list) else last]
        else:
            raise AssertionError(operation)
    return document


def _held(place: Any, part: str) -> Any:
    try:
        return place[int(part)] if isinstance(place, list) else place[part]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise Refused(part) from error


def _add(place: Any, part: str, value: Any) -> None:
    if not isinstance(place, list):
        place[part] = value
    elif part == "-":
        place.append(value)
    elif int(part) <= len(place):
        place.insert(int(part), value)
    else:
        raise Refused(part)


def check_pod_spec(spec: dict[str, Any]) -> None:
    """Fail where an API server would refuse a pod spec: a mount without its volume, two mounts at one place."""
    volumes = [volume["name"] for volume in spec.get("volumes", ())]
    assert len(volumes) == len(set(volumes))
    for container in (*spec["containers"], *spec.get("initContainers", ())):
        mounts = container.get("volumeMounts", ())
        assert {mount["name"] for mount in mounts} <= set(volumes)
        places = [mount["mountPath"] for mount in mounts]
        assert len(places) == len(set(places)), places
