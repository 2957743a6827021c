"""Pod specs inside objects of kinds nobody has told us of: where they stand, and what of them is a pod spec's.

By shape, not by name, so that a kind of tomorrow is judged, too. Shapes: a mapping with ``containers`` (a pod template
of any kind; Knative; Volcano, Kubeflow and OpenShift through theirs), with ``steps`` that name images (Tekton), with a
``container`` or ``script`` that names one (Argo Workflows).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

#: Lists of a pod spec that hold containers.
GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")

#: Single containers beside which Argo Workflows lists ``sidecars`` and ``initContainers``.
_SINGLE: Final = ("container", "script")

#: Claims that an Argo Workflow makes stand beside its templates, as a StatefulSet's do; they lead to no node by name.
_VOLUMES: Final = "volumes"

#: What names a path of the node in a volume: Kubernetes' own field, and that of Litmus' ``hostFileVolumes``.
_NODE_PATHS: Final = ("hostPath", "nodePath")


class PodSpec(Struct, frozen=True):
    """A pod spec found in an object.

    Args:
        path: of the mapping that holds it, such as ``spec.template.spec``.
        spec: the pod spec as Kubernetes has it; metadata: the template's, where it has some. What in them is of a wrong
            type is as it stands: whoever decodes them sees it.
        moved: places of it that stand elsewhere in the object: path in ``spec`` and true path, such as
            ``containers[0]`` and ``spec.templates[1].container``.
    """

    path: str
    spec: Mapping[str, Any]
    metadata: Any
    moved: Mapping[str, str] = field(default_factory=dict)


def pod_specs(data: Mapping[str, Any], *, is_pod: bool = False) -> Iterator[PodSpec]:
    """Yield the pod specs of an object, in the order in which they stand there; none stands in another.

    Args: is_pod: its ``spec`` is one by its kind, whatever stands there, and the object's metadata are the pod's.
    """
    if not is_pod:
        yield from _search(data, "", {}, ())
    elif isinstance(data.get("spec"), dict):
        yield PodSpec("spec", data["spec"], data.get("metadata"))


def unplaced_path(data: Mapping[str, Any], found: Sequence[PodSpec]) -> str:
    """Return the first field of an object that names a path of the node and is in none of its pod specs, else "".

    As volumes have it: ``hostPath`` with a ``path``; in a list of volumes of any name also a text in its place. Volumes
    above a pod spec are for it, mounted or not.
    """
    paths = {spec.path for spec in found}
    stack: list[tuple[Any, str, bool]] = [(data, "", False)]
    while stack:
        node, path, is_volume = stack.pop()
        if isinstance(node, list):
            stack += reversed([(item, f"{path}[{number}]", is_volume) for number, item in enumerate(node)])
        elif isinstance(node, dict) and path not in paths:
            for name in _NODE_PATHS:
                value = node.get(name)
                if _is_text(value.get("path") if isinstance(value, dict) else value if is_volume else None):
                    return _join(path, name)
            is_above = any(at.startswith((f"{path}.", f"{path}[")) if path else True for at in paths)
            stack += reversed(
                [
                    (value, _join(path, key), key.lower().endswith(_VOLUMES))
                    for key, value in node.items()
                    if isinstance(value, (dict, list)) and not (is_above and key == _VOLUMES)
                ]
            )
    return ""


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
    groups: dict[str, list[tuple[str, Any]]] = {}
    if any(_has_container(node.get(group), must_have_image=False) for group in GROUPS) or _is_placed(node, path):
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
            if isinstance(container, dict) and container.get("name") is None:
                container = {**container, "name": where.rpartition(".")[2]}
            spec[group].append(container)
            _note(moved, f"{group}[{number}]", where, path)
    own = node.get(_VOLUMES)
    spec[_VOLUMES] = list(own) if isinstance(own, list) else []
    known = {item.get("name") for item in spec[_VOLUMES] if isinstance(item, dict) and _is_text(item.get("name"))}
    mounted = _mounted(spec)
    for where, listed in volumes:
        # Volumes further up are for several pod specs: one that nothing here mounts is not this one's.
        for number, volume in enumerate(listed if listed is not own else ()):
            name = volume.get("name") if isinstance(volume, dict) else None
            if _is_text(name) and name not in known and name in mounted:
                known.add(name)
                _note(moved, f"{_VOLUMES}[{len(spec[_VOLUMES])}]", f"{where}[{number}]", path)
                spec[_VOLUMES].append(volume)
    if own is not None and not isinstance(own, list):
        spec[_VOLUMES] = own
    return PodSpec(path, spec, above.get("metadata") if path.count(".") else None, moved)


def _mounted(spec: Mapping[str, Any]) -> set[str]:
    """Return the names of the volumes that a container of a pod spec mounts."""
    containers = [item for group in GROUPS for item in _list(spec.get(group)) if isinstance(item, dict)]
    mounts = [mount for item in containers for mount in _list(item.get("volumeMounts"))]
    return {mount["name"] for mount in mounts if isinstance(mount, dict) and isinstance(mount.get("name"), str)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _note(moved: dict[str, str], place: str, where: str, path: str) -> None:
    if where != _join(path, place):
        moved[place] = where


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _listed(node: Mapping[str, Any], key: str, path: str) -> list[tuple[str, Any]]:
    """Return the items of a list with their places; of what is no list itself, as an item that nobody can take."""
    items = node.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        return [(_join(path, key), [])]
    return [(f"{_join(path, key)}[{number}]", item) for number, item in enumerate(items)]


def _is_placed(node: Mapping[str, Any], path: str) -> bool:
    """Whether something stands where a template has its pod spec, and its containers have neither name nor image."""
    is_template = path == "template.spec" or path.endswith(".template.spec")
    return is_template and node.get("containers") not in (None, [])


def _has_container(items: Any, *, must_have_image: bool) -> bool:
    return isinstance(items, list) and any(_is_container(item, must_have_image=must_have_image) for item in items)


def _is_container(item: Any, *, must_have_image: bool) -> bool:
    if not isinstance(item, dict):
        return False
    # An image in parts ({repository, tag}) is somebody's own field; any other is one, if of a wrong type.
    has_image = item.get("image") is not None and not isinstance(item["image"], dict)
    return has_image or (not must_have_image and isinstance(item.get("name"), str))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
