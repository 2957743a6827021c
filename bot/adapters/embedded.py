"""Pod specs inside objects of kinds nobody has told us of: where they stand, and what of them is a pod spec's.

By shape, not by name, so that a kind of tomorrow is judged, too. Shapes: a mapping with ``containers`` (a pod template
of any kind; Knative; Volcano, Kubeflow and OpenShift through theirs), with ``steps`` that name images (Tekton), with a
``container`` or ``script`` that names one (Argo Workflows).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: Lists of a pod spec that hold containers.
GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")

#: Single containers beside which Argo Workflows lists ``sidecars`` and ``initContainers``.
_SINGLE: Final = ("container", "script")

#: Claims that an Argo Workflow makes stand beside its templates, as a StatefulSet's do; they lead to no node by name.
_VOLUMES: Final = "volumes"


@dataclass(frozen=True, slots=True)
class PodSpec:
    """A pod spec found in an object.

    Args:
        path: of the mapping that holds it, such as ``spec.template.spec``.
        spec: the pod spec as Kubernetes has it; metadata: the template's, where it has some.
        moved: places of it that stand elsewhere in the object: path in ``spec`` and true path, such as
            ``containers[0]`` and ``spec.templates[1].container``.
    """

    path: str
    spec: Mapping[str, Any]
    metadata: Mapping[str, Any]
    moved: Mapping[str, str] = field(default_factory=dict)


def pod_specs(data: Mapping[str, Any]) -> Iterator[PodSpec]:
    """Yield the pod specs of an object, in the order in which they stand there; none stands in another."""
    yield from _search(data, "", {}, ())


def _search(
    node: Any, path: str, above: Mapping[str, Any], volumes: tuple[tuple[str, list[Any]], ...]
) -> Iterator[PodSpec]:
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _search(item, f"{path}[{number}]", {}, volumes)
    elif isinstance(node, dict):
        own = node.get(_VOLUMES)
        if isinstance(own, list):
            volumes = ((_join(path, _VOLUMES), own), *volumes)
        if found := _pod_spec(node, path, above, volumes):
            yield found
            return
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                yield from _search(value, _join(path, key), node, volumes)


def _pod_spec(
    node: Mapping[str, Any], path: str, above: Mapping[str, Any], volumes: tuple[tuple[str, list[Any]], ...]
) -> PodSpec | None:
    groups: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    if any(_has_container(node.get(group), must_have_image=False) for group in GROUPS):
        groups = {group: _listed(node, group, path) for group in GROUPS}
    elif _has_container(node.get("steps"), must_have_image=True):
        groups["containers"] = [*_listed(node, "steps", path), *_listed(node, "sidecars", path)]
    else:
        single = next((key for key in _SINGLE if _is_container(node.get(key), must_have_image=True)), None)
        if single is None:
            return None
        main = {"name": node.get("name"), **node[single]}
        groups["initContainers"] = _listed(node, "initContainers", path)
        groups["containers"] = [(_join(path, single), main), *_listed(node, "sidecars", path)]
    spec = dict(node)
    moved: dict[str, str] = {}
    for group, found in groups.items():
        spec[group] = []
        for number, (where, container) in enumerate(found):
            name = container.get("name")
            spec[group].append({**container, "name": name if isinstance(name, str) else where.rpartition(".")[2]})
            _note(moved, f"{group}[{number}]", where, path)
    spec[_VOLUMES] = []
    known: set[str] = set()
    mounted = _mounted(spec)
    for where, listed in volumes:
        is_own = listed is node.get(_VOLUMES)
        for number, volume in enumerate(listed):
            name = volume.get("name") if isinstance(volume, dict) else None
            # Volumes further up are for several pod specs: one that nothing here mounts is not this one's.
            if isinstance(name, str) and name not in known and (is_own or name in mounted):
                known.add(name)
                _note(moved, f"{_VOLUMES}[{len(spec[_VOLUMES])}]", f"{where}[{number}]", path)
                spec[_VOLUMES].append(volume)
    metadata = above.get("metadata")
    return PodSpec(path, spec, metadata if path.count(".") and isinstance(metadata, dict) else {}, moved)


def _mounted(spec: Mapping[str, Any]) -> set[str]:
    """Return the names of the volumes that a container of a pod spec mounts."""
    mounts = [mount for group in GROUPS for item in spec.get(group) or () for mount in _list(item.get("volumeMounts"))]
    return {mount["name"] for mount in mounts if isinstance(mount, dict) and isinstance(mount.get("name"), str)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _note(moved: dict[str, str], place: str, where: str, path: str) -> None:
    if where != _join(path, place):
        moved[place] = where


def _listed(node: Mapping[str, Any], key: str, path: str) -> list[tuple[str, Mapping[str, Any]]]:
    items = node.get(key)
    if not isinstance(items, list):
        return []
    return [(f"{_join(path, key)}[{number}]", item) for number, item in enumerate(items) if isinstance(item, dict)]


def _has_container(items: Any, *, must_have_image: bool) -> bool:
    return isinstance(items, list) and any(_is_container(item, must_have_image=must_have_image) for item in items)


def _is_container(item: Any, *, must_have_image: bool) -> bool:
    if not isinstance(item, dict):
        return False
    return isinstance(item.get("image"), str) or (not must_have_image and isinstance(item.get("name"), str))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
