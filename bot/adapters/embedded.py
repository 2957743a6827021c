"""Pod specs inside objects of kinds nobody has told us of: where they stand, and what of them is a pod spec's.

By shape, not by name, so that a kind of tomorrow is judged, too. Shapes: a mapping with ``containers`` (a pod template
of any kind; Knative; Volcano, Kubeflow and OpenShift through theirs), with ``steps`` that name images (Tekton), with a
``container``, ``containerSet`` or ``script`` that names one (Argo Workflows).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from bot.adapters.marked import MarkedMap

#: Lists of a pod spec that hold containers.
GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")

#: Single containers beside which Argo Workflows lists ``sidecars`` and ``initContainers``.
_SINGLE: Final = ("container", "script")

#: What holds several containers in their place, and mounts that all of them have.
_SET: Final = "containerSet"

#: Claims that an Argo Workflow makes stand beside its templates, as a StatefulSet's do; they lead to no node by name.
_VOLUMES: Final = "volumes"

#: What leads to the node, or may do so.
_LEADING: Final = ("hostPath", "persistentVolumeClaim")

#: What a container has and a pod spec has not: where they are mixed, somebody's own container is made of it.
_OF_CONTAINERS: Final = ("image", "env", "volumeMounts")


class PodSpec(Struct, frozen=True):
    """A pod spec found in an object.

    Args:
        path: of the mapping that holds it, such as ``spec.template.spec``.
        spec: the pod spec as Kubernetes has it; metadata: the template's, where it has some. What in them is of a wrong
            type is as it stands: whoever decodes them sees it.
        moved: places of it that stand elsewhere in the object: path in ``spec`` and true path, such as
            ``containers[0]`` and ``spec.templates[1].container``.
        judged: places in the object of all that is judged: of a whole pod spec itself, else of its containers and of
            the volumes that they mount. Another volume may be for a container that a controller makes by itself.
    """

    path: str
    spec: Mapping[str, Any]
    metadata: Any
    moved: Mapping[str, str] = field(default_factory=dict)
    judged: frozenset[str] = frozenset()


def pod_specs(data: Mapping[str, Any], *, is_pod: bool = False) -> Iterator[PodSpec]:
    """Yield the pod specs of an object, in the order in which they stand there; none stands in another.

    Args: is_pod: its ``spec`` is one by its kind, whatever stands there, and the object's metadata are the pod's.
    """
    if not is_pod:
        yield from _search(data, "", {}, ())
    elif isinstance(data.get("spec"), dict):
        yield PodSpec("spec", data["spec"], data.get("metadata"), judged=frozenset({"spec"}))


def as_controller(data: MarkedMap, found: PodSpec) -> MarkedMap:
    """Return the object in the form of a Deployment, as far as that is judged."""
    shaped = MarkedMap(data.line)
    metadata = data.get("metadata")
    shaped["metadata"] = dict(metadata) if isinstance(metadata, dict) else metadata
    references = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    if isinstance(references, list):  # the mirror of a static pod names its node, which is nobody's workload
        kept = [item for item in references if not (isinstance(item, dict) and item.get("kind") == "Node")]
        shaped["metadata"]["ownerReferences"] = kept
    shaped["spec"] = {"template": {"metadata": found.metadata, "spec": dict(found.spec)}}
    return shaped


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
    groups = _groups(node, path)
    if groups is None:
        return None
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
    mounted = _mounted(spec)
    is_whole = _is_template(path) and not any(key in node for key in _OF_CONTAINERS)
    judged = {path} if is_whole else {where for found in groups.values() for where, _ in found}
    judged.add(_join(path, f"{_SET}.volumeMounts"))
    spec[_VOLUMES] = []
    for number, volume in enumerate(_list(own)):
        if is_whole or not _is_left(volume, mounted):
            place = f"{_join(path, _VOLUMES)}[{number}]"
            _note(moved, f"{_VOLUMES}[{len(spec[_VOLUMES])}]", place, path)
            judged.add(place)
            spec[_VOLUMES].append(volume)
    known = {item.get("name") for item in spec[_VOLUMES] if isinstance(item, dict) and _is_text(item.get("name"))}
    for where, listed in volumes:
        # Volumes further up are for several pod specs: one that nothing here mounts is not this one's.
        for number, volume in enumerate(listed if listed is not own else ()):
            name = volume.get("name") if isinstance(volume, dict) else None
            if _is_text(name) and name not in known and name in mounted:
                known.add(name)
                _note(moved, f"{_VOLUMES}[{len(spec[_VOLUMES])}]", f"{where}[{number}]", path)
                judged.add(f"{where}[{number}]")
                spec[_VOLUMES].append(volume)
    if own is not None and not isinstance(own, list):
        spec[_VOLUMES] = own
    return PodSpec(path, spec, above.get("metadata") if path.count(".") else None, moved, frozenset(judged))


def _groups(node: Mapping[str, Any], path: str) -> dict[str, list[tuple[str, Any]]] | None:
    """Return the containers of a pod spec with their places, by the list that they would be in; None if it is none."""
    of_set = node.get(_SET)
    if isinstance(of_set, dict) and _has_container(of_set.get("containers"), must_have_image=True):
        main = _of_set(of_set, _join(path, _SET))
    elif single := _single(node):
        main = [(_join(path, single), {"name": node.get("name"), **node[single]})]
    elif any(_has_container(node.get(group), must_have_image=False) for group in GROUPS) or _is_placed(node, path):
        return {group: _listed(node, group, path) for group in GROUPS}
    elif _has_container(node.get("steps"), must_have_image=True):
        return {"containers": [*_listed(node, "steps", path), *_listed(node, "sidecars", path)]}
    else:
        return None
    init = _listed(node, "initContainers", path)
    return {"initContainers": init, "containers": [*main, *_listed(node, "sidecars", path)]}


def _single(node: Mapping[str, Any]) -> str | None:
    if "containers" in node:
        return None
    return next((key for key in _SINGLE if _is_container(node.get(key), must_have_image=True)), None)


def _of_set(of_set: Mapping[str, Any], path: str) -> list[tuple[str, Any]]:
    """Return the containers of an Argo set, each with the mounts that all of them share."""
    shared, found = _list(of_set.get("volumeMounts")), _listed(of_set, "containers", path)
    return [
        (where, {**item, "volumeMounts": [*_list(item.get("volumeMounts")), *shared]})
        if shared and isinstance(item, dict) and isinstance(item.get("volumeMounts"), (list, type(None)))
        else (where, item)
        for where, item in found
    ]


def _is_left(volume: Any, mounted: set[str]) -> bool:
    """Whether a volume may lead to the node, and no container that is known mounts it."""
    if not isinstance(volume, dict) or not _is_text(volume.get("name")) or volume["name"] in mounted:
        return False
    return any(isinstance(volume.get(key), dict) for key in _LEADING)


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
    return _is_template(path) and node.get("containers") not in (None, [])


def _is_template(path: str) -> bool:
    return path == "template.spec" or path.endswith(".template.spec")


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
