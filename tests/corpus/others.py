"""The rules of the two detectors people use today, in our own words, to judge the same corpus by.

Only the rule is re-stated, over every pod spec of a workload. Which workloads the tools themselves get to see (live
pods only, no static pods, no unknown controllers) is not held against them: the figures flatter them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

JsonObject = dict[str, Any]

_WORDS = ("docker.sock", "dockershim.sock")


def host_path_substring(spec: JsonObject) -> bool:
    """Whether a volume's hostPath contains the name of a socket, mounted or not.

    The rule of aws-containers/kubectl-detector-for-docker-socket (main.go, read 2026-11-29).
    """
    paths = ((volume.get("hostPath") or {}).get("path", "") for volume in spec.get("volumes") or ())
    return any(word in path for path in paths for word in _WORDS)


def mount_path_substring(spec: JsonObject) -> bool:
    """Whether a container mounts anything at a path that contains the name of a socket; only ``containers`` count.

    The rule of clowdhaus/eksup (k8s/resources.rs, read 2026-11-29).
    """
    mounts = (mount for container in spec.get("containers") or () for mount in container.get("volumeMounts") or ())
    return any(word in mount.get("mountPath", "") for mount in mounts for word in _WORDS)


def pod_specs(objects: tuple[JsonObject, ...]) -> Mapping[str, list[JsonObject]]:
    """Return the pod specs of each workload, by ``Kind namespace/name``: its template's and those of its live pods.

    A ReplicaSet or ReplicationController at zero that another controller stamped out is history and left out, unless
    nothing else is there of its workload: then the newest speaks.
    """
    by_key = {_key(item): item for item in objects}
    found: dict[str, list[JsonObject]] = {}
    idle: dict[str, tuple[str, JsonObject]] = {}
    for item in objects:
        spec = _pod_spec(item)
        if spec is None:
            continue
        top, seen = item, {_key(item)}
        key = _key(item)
        while (owner := _controller(top)) and owner["kind"] != "Node":
            key = f"{owner['kind']} {top['metadata']['namespace']}/{owner['name']}"
            if key in seen or key not in by_key:
                break
            seen.add(key)
            top = by_key[key]
        if key != _key(item) and item["spec"].get("replicas") == 0:
            created = item["metadata"].get("creationTimestamp", "")
            idle[key] = max(idle.get(key, ("", spec)), (created, spec), key=lambda entry: entry[0])
            continue
        found.setdefault(key, []).append(spec)
    return {**{key: [spec] for key, (_, spec) in idle.items()}, **found}


def owner_keys(objects: tuple[JsonObject, ...]) -> Iterator[str]:
    """Yield ``Kind namespace/name`` of every object, and of every controller that one names."""
    for item in objects:
        yield _key(item)
        if owner := _controller(item):
            yield f"{owner['kind']} {item['metadata']['namespace']}/{owner['name']}"


def _key(item: JsonObject) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def _controller(item: JsonObject) -> JsonObject | None:
    owners = item["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def _pod_spec(item: JsonObject) -> JsonObject | None:
    if item["kind"] == "Pod":
        return item["spec"]
    spec = item.get("spec") or {}
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template = spec.get("template")
    return template["spec"] if isinstance(template, dict) and "spec" in template else None
