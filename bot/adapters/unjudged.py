"""What stands in an object outside of all that is known as a pod spec, and may lead to Docker all the same.

An operator makes containers of its own and gives them volumes, mounts and variables that stand beside those it is told
of. Nobody can say from the file who gets what: so it is told, and never taken for unused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bot.adapters.embedded import PodSpec
from bot.core.objects import Claim, PersistentVolume

#: What names a path of the node in a volume: Kubernetes' own field, and that of Litmus' ``hostFileVolumes``.
_NODE_PATHS: Final = ("hostPath", "nodePath")

#: How lists of volumes, mounts and variables are called, after ``extra`` and the like.
_VOLUMES, _MOUNTS, _VARIABLES = "volumes", "volumemounts", "env"

_DOCKER_HOST: Final = "DOCKER_HOST"


class Unjudged(NamedTuple):
    """A field that was not judged. ``is_path``: of the node, in a volume; else a mount or variable."""

    path: str
    is_path: bool


def unjudged(data: Mapping[str, Any], found: Sequence[PodSpec]) -> Unjudged | None:
    """Return the first field of an object that names a path of the node, or else a mount of one or a daemon of Docker.

    As volumes have a path: ``hostPath`` with a ``path``; in a list of volumes of any name also a text in its place.
    """
    judged = frozenset[str]().union(*(spec.judged for spec in found))
    for node, path, is_volume in _mappings(data, judged):
        for name in _NODE_PATHS:
            if _is_path(node.get(name), is_volume=is_volume):
                return Unjudged(_join(path, name), is_path=True)
    names = {
        node.get("name")
        for node, _, is_volume in _mappings(data, frozenset())
        if is_volume and isinstance(node.get("name"), str) and _is_path(node.get("hostPath"), is_volume=True)
    }
    for node, path, _ in _mappings(data, judged):
        for key, value in node.items():
            wanted = names if _is_called(key, _MOUNTS) else {_DOCKER_HOST} if _is_called(key, _VARIABLES) else ()
            for below, name in _names(value) if wanted and _join(path, key) not in judged else ():
                if name in wanted:
                    return Unjudged(_join(path, key) + below, is_path=False)
    return None


def claims_of(data: Mapping[str, Any], found: Sequence[PodSpec]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield namespace and name of the claims in an object's volumes that were not judged, and where they are named."""
    metadata = data.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    if not isinstance(namespace, str):
        namespace = ""
    for node, path, is_volume in _mappings(data, frozenset[str]().union(*(spec.judged for spec in found))):
        claim = node.get("persistentVolumeClaim") if is_volume else None
        if isinstance(claim, dict) and isinstance(claim.get("claimName"), str):
            yield (namespace, claim["claimName"]), _join(path, "persistentVolumeClaim.claimName")


def on_node(claims: Iterable[Claim], volumes: Iterable[PersistentVolume]) -> frozenset[tuple[str, str]]:
    """Return namespace and name of the claims that lead to a path of the node."""
    hosted = [volume for volume in volumes if volume.host_path is not None]
    names = {volume.name for volume in hosted}
    reserved = {volume.claim for volume in hosted if volume.claim}
    return frozenset({(each.namespace, each.name) for each in claims if each.volume in names} | reserved)


def _mappings(data: Mapping[str, Any], judged: frozenset[str]) -> Iterator[tuple[Mapping[str, Any], str, bool]]:
    """Yield each mapping outside of what is judged, its path, and whether it is an item of a list of volumes."""
    stack: list[tuple[Any, str, bool]] = [(data, "", False)]
    while stack:
        node, path, is_volume = stack.pop()
        if path in judged:
            continue
        if isinstance(node, list):
            stack += reversed([(item, f"{path}[{number}]", is_volume) for number, item in enumerate(node)])
        elif isinstance(node, dict):
            yield node, path, is_volume
            stack += reversed(
                [
                    (value, _join(path, key), _is_called(key, _VOLUMES))
                    for key, value in node.items()
                    if isinstance(value, (dict, list))
                ]
            )


def _names(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names in a list of mounts or variables, or in a mapping by name, and where each stands in it."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                yield f"[{number}]", item["name"]
    elif isinstance(value, dict):
        for name in value:
            yield f".{name}", name


def _is_path(value: Any, *, is_volume: bool) -> bool:
    return isinstance(value.get("path") if isinstance(value, dict) else value if is_volume else None, str)


def _is_called(key: str, name: str) -> bool:
    return key.lower().endswith(name)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
