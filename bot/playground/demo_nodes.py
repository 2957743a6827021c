"""Nodes of the demo cluster: four pools, three runtimes, one pool already moved off Docker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.playground.demo_objects import (
    CONTROL_PLANE,
    EDGE,
    GPU,
    ON_EDGE,
    ON_GPU,
    Json,
    ago,
    metadata,
    stamp,
    uid_of,
)

_CRI_SOCKET = "kubeadm.alpha.kubernetes.io/cri-socket"
_HARDWARE = {"control": ("8", "32Gi"), "edge": ("16", "64Gi"), "general": ("32", "128Gi"), "gpu": ("64", "512Gi")}


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One pool as it was set up."""

    name: str
    size: int
    kubelet: str
    runtime: str
    cri_socket: str
    os_image: str
    kernel: str
    subnet: int
    age_days: float
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[Json, ...] = ()


_CONTAINERD = "unix:///var/run/containerd/containerd.sock"
_CONTROL_LABELS = {
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
}
_JAMMY, _FOCAL = "Ubuntu 22.04.4 LTS", "Ubuntu 20.04.6 LTS"

POOLS = (
    PoolPlan(
        "control",
        3,
        "v1.25.16",
        "containerd://1.6.33",
        _CONTAINERD,
        _JAMMY,
        "5.15.0-119-generic",
        1,
        41,
        _CONTROL_LABELS,
        (CONTROL_PLANE,),
    ),
    PoolPlan(
        "edge", 7, "v1.25.16", "containerd://1.6.33", _CONTAINERD, _JAMMY, "5.15.0-119-generic", 2, 23, ON_EDGE, (EDGE,)
    ),
    PoolPlan(
        "general", 14, "v1.23.17", "docker://20.10.24", "/var/run/dockershim.sock", _FOCAL, "5.4.0-190-generic", 3, 1120
    ),
    PoolPlan(
        "gpu",
        6,
        "v1.24.17",
        "docker://23.0.6",
        "unix:///var/run/cri-dockerd.sock",
        _FOCAL,
        "5.15.0-117-generic",
        4,
        830,
        ON_GPU,
        (GPU,),
    ),
)

_WITHOUT_CRI_SOCKET = ("general-06", "general-11")  # joined by hand, without kubeadm
_CORDONED = ("general-14",)  # next to be moved
_NOT_READY = ("gpu-05",)


@dataclass(frozen=True, slots=True)
class Place:
    """A node as the placing of pods sees it; ``number`` counts from 0 over all pools."""

    name: str
    pool: PoolPlan
    number: int
    address: str
    created: datetime
    labels: dict[str, str]
    taints: tuple[Json, ...]
    is_ready: bool
    is_cordoned: bool

    @property
    def as_object(self) -> Json:
        """The head of the Node object, enough for a controller reference."""
        about = {"name": self.name, "uid": uid_of("Node", "", self.name)}
        return {"apiVersion": "v1", "kind": "Node", "metadata": about}

    def accepts(self, spec: Json) -> bool:
        """Whether a pod with this spec may be placed here by the scheduler."""
        wanted = spec.get("nodeSelector", {})
        if any(self.labels.get(key) != value for key, value in wanted.items()):
            return False
        tolerations: Sequence[Json] = spec.get("tolerations", ())
        return all(any(_tolerates(toleration, taint) for toleration in tolerations) for taint in self.taints)


def places() -> tuple[Place, ...]:
    """Return every node in order of pools and names."""
    found: list[Place] = []
    for pool in POOLS:
        for index in range(1, pool.size + 1):
            found.append(_place(pool, index, len(found)))
    return tuple(found)


def _place(pool: PoolPlan, index: int, number: int) -> Place:
    name = f"{pool.name}-{index:02}"
    labels = {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    if name in _WITH_LABELS:
        labels |= _WITH_LABELS[name]
    taints = pool.taints
    if name in _CORDONED:
        taints += ({"effect": "NoSchedule", "key": "node.kubernetes.io/unschedulable"},)
    if name in _NOT_READY:
        taints += ({"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"},)
        taints += ({"effect": "NoExecute", "key": "node.kubernetes.io/not-ready"},)
    return Place(
        name=name,
        pool=pool,
        number=number,
        address=f"10.20.{pool.subnet}.{10 + index}",
        created=ago(pool.age_days - index / 2),
        labels=labels | pool.labels,
        taints=taints,
        is_ready=name not in _NOT_READY,
        is_cordoned=name in _CORDONED,
    )


#: Three nodes somebody labelled for a debugging session and forgot.
_WITH_LABELS = {name: {"debug/scope": "true"} for name in ("general-03", "general-07", "general-09")}


def _tolerates(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, taint["effect"]):
        return False
    if "key" not in toleration:
        return bool(toleration["operator"] == "Exists")
    if toleration["key"] != taint["key"]:
        return False
    return toleration.get("operator") == "Exists" or toleration.get("value") == taint.get("value")


def node(place: Place) -> Json:
    """Return the Node object."""
    pool = place.pool
    annotations = {}
    if place.name not in _WITHOUT_CRI_SOCKET:
        annotations[_CRI_SOCKET] = pool.cri_socket
    spec: Json = {"podCIDR": f"10.244.{place.number}.0/24"}
    if place.taints:
        spec["taints"] = [dict(taint) for taint in place.taints]
    if place.is_cordoned:
        spec["unschedulable"] = True
    cpu, memory = _HARDWARE[pool.name]
    capacity = {"cpu": cpu, "memory": memory, "pods": "110"}
    if pool.name == "gpu":
        capacity["nvidia.com/gpu"] = "4"
    status = {
        "addresses": [
            {"address": place.address, "type": "InternalIP"},
            {"address": place.name, "type": "Hostname"},
        ],
        "capacity": capacity,
        "conditions": _conditions(place),
        "nodeInfo": _info(place),
    }
    about = metadata("Node", "", place.name, place.created, labels=place.labels, annotations=annotations)
    return {"apiVersion": "v1", "kind": "Node", "metadata": about, "spec": spec, "status": status}


def _conditions(place: Place) -> list[Json]:
    ready = ("Ready", "True", "KubeletReady", "kubelet is posting ready status. AppArmor enabled")
    if not place.is_ready:
        message = "PLEG is not healthy: pleg was last seen active 41m12s ago; threshold is 3m0s"
        ready = ("Ready", "False", "KubeletNotReady", message)
    kind, status, reason, message = ready
    return [
        {
            "lastHeartbeatTime": stamp(ago(0.002)),
            "lastTransitionTime": stamp(place.created if place.is_ready else ago(0.028)),
            "message": message,
            "reason": reason,
            "status": status,
            "type": kind,
        }
    ]


def _info(place: Place) -> Json:
    pool = place.pool
    return {
        "architecture": "amd64",
        "containerRuntimeVersion": pool.runtime,
        "kernelVersion": pool.kernel,
        "kubeProxyVersion": pool.kubelet,
        "kubeletVersion": pool.kubelet,
        "operatingSystem": "linux",
        "osImage": pool.os_image,
    }
