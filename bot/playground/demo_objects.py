"""Building blocks of the demo cluster: names, ids, times, volumes, containers and pod specs; no clock, no chance.

Fields the API server fills with a default nobody reads here are left out, to keep the shipped file small.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

AS_OF = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.unshim")
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # what Kubernetes draws name suffixes from

#: Taint and toleration pairs of the three pools that do not take everything.
CONTROL_PLANE = {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"}
EDGE = {"effect": "NoSchedule", "key": "dedicated", "value": "edge"}
GPU = {"effect": "NoSchedule", "key": "nvidia.com/gpu", "value": "present"}

TOLERATE_ALL: Json = {"operator": "Exists"}
TOLERATE_EDGE: Json = {"effect": "NoSchedule", "key": "dedicated", "operator": "Equal", "value": "edge"}
TOLERATE_GPU: Json = {"effect": "NoSchedule", "key": "nvidia.com/gpu", "operator": "Exists"}

ON_EDGE = {"dedicated": "edge"}
ON_GPU = {"nvidia.com/gpu.present": "true"}


def digest(*parts: object) -> str:
    """Return 64 hexadecimal digits that depend on the parts alone."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()


def pick(limit: int, *parts: object) -> int:
    """Return a number from 0 up to, but not including, the limit."""
    return int(digest(*parts), 16) % limit


def token(length: int, *parts: object) -> str:
    """Return a name suffix such as ``x7k2p``."""
    value = int(digest("token", *parts), 16)
    letters = []
    for _ in range(length):
        value, rest = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def uid_of(kind: str, namespace: str, name: str) -> str:
    """Return the uid of an object."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{namespace}/{name}"))


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(days: float) -> datetime:
    """Return the moment so many days before the dump."""
    return (AS_OF - timedelta(days=days)).replace(microsecond=0)


def metadata(
    kind: str,
    namespace: str,
    name: str,
    created: datetime,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: Json | None = None,
) -> Json:
    """Return an object's metadata; ``owner`` is the object that controls it."""
    meta: Json = {"creationTimestamp": stamp(created), "name": name, "uid": uid_of(kind, namespace, name)}
    if namespace:
        meta["namespace"] = namespace
    if labels:
        meta["labels"] = dict(labels)
    if annotations:
        meta["annotations"] = dict(annotations)
    if owner is not None:
        meta["ownerReferences"] = [reference(owner)]
    return meta


def reference(owner: Json) -> Json:
    """Return the controller reference to an object."""
    about = owner["metadata"]
    link = {"apiVersion": owner["apiVersion"], "controller": True, "kind": owner["kind"]}
    return {**link, "name": about["name"], "uid": about["uid"]}


def host(name: str, path: str, kind: str = "") -> Json:
    """Return a hostPath volume."""
    return {"hostPath": {"path": path, "type": kind}, "name": name}


def scratch(name: str) -> Json:
    """Return an emptyDir volume."""
    return {"emptyDir": {}, "name": name}


def config(name: str, config_map: str) -> Json:
    """Return a volume from a ConfigMap."""
    return {"configMap": {"defaultMode": 420, "name": config_map}, "name": name}


def secret(name: str, secret_name: str) -> Json:
    """Return a volume from a Secret."""
    return {"name": name, "secret": {"defaultMode": 420, "secretName": secret_name}}


def from_secret(secret_name: str, key: str) -> Json:
    """Return the source of an environment variable that is read from a Secret."""
    return {"secretKeyRef": {"key": key, "name": secret_name}}


def from_field(path: str) -> Json:
    """Return the source of an environment variable that is read from the pod itself."""
    return {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}


def container(
    name: str,
    image: str,
    *,
    command: Sequence[str] = (),
    args: Sequence[str] = (),
    env: Mapping[str, str | Json] | None = None,
    mounts: Mapping[str, str] | None = None,
    ports: Sequence[int] = (),
    cpu: str = "",
    memory: str = "",
    gpus: int = 0,
    privileged: bool = False,
) -> Json:
    """Return a container; ``mounts`` maps a path, followed by ``:ro`` where read-only, to its volume."""
    box: Json = {"image": image, "name": name, "resources": {}}
    if command:
        box["command"] = list(command)
    if args:
        box["args"] = list(args)
    if env:
        box["env"] = [_variable(key, value) for key, value in env.items()]
    if mounts:
        box["volumeMounts"] = [_mount(path, volume) for path, volume in mounts.items()]
    if ports:
        box["ports"] = [{"containerPort": port, "protocol": "TCP"} for port in ports]
    if requests := {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}:
        box["resources"]["requests"] = requests
    if gpus:
        box["resources"] |= {"limits": {"nvidia.com/gpu": str(gpus)}}
    if privileged:
        box["securityContext"] = {"privileged": True}
    return box


def _variable(name: str, value: str | Json) -> Json:
    return {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}


def _mount(path: str, volume: str) -> Json:
    bare = path.removesuffix(":ro")
    mount: Json = {"mountPath": bare, "name": volume}
    return mount if bare == path else {**mount, "readOnly": True}


def pod_spec(
    *containers: Json,
    volumes: Sequence[Json] = (),
    account: str = "default",
    token_mounted: bool = False,
    tolerations: Sequence[Json] = (),
    selector: Mapping[str, str] | None = None,
    restart: str = "Always",
    **more: Any,
) -> Json:
    """Return the pod spec of a template; ``more`` are further fields as the API names them."""
    spec: Json = {"containers": list(containers), "restartPolicy": restart}
    if account != "default":
        spec["serviceAccountName"] = account
    if not (token_mounted or account != "default"):
        spec["automountServiceAccountToken"] = False
    if volumes:
        spec["volumes"] = list(volumes)
    if tolerations:
        spec["tolerations"] = [dict(toleration) for toleration in tolerations]
    if selector:
        spec["nodeSelector"] = dict(selector)
    return {**spec, **more}
