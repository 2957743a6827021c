"""Builders of Kubernetes objects: plain dicts in the API's shape, healthy by default, one argument changes one thing.

Every object is accepted by a real API server (``ApiServer.create``). Nothing here talks to one, or imports the program.
"""

import copy
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

JsonObject = dict[str, Any]

CREATED = "2021-04-01T09:00:00Z"
CONTAINERD = "containerd://1.4.13"
DOCKER = "docker://20.10.24"
KUBELET = "v1.20.15"
DOCKER_SOCKET = "/var/run/docker.sock"

# Kubernetes uses letters and digits that cannot spell a word (apimachinery util/rand, read for v1.20).
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


class PodSpec(TypedDict, total=False):
    """Options of a pod spec, the same for a bare pod and for every workload's template."""

    image: str
    command: Sequence[str]
    args: Sequence[str]
    env: Mapping[str, str]
    privileged: bool
    host_paths: Mapping[str, str]
    """Host path -> mount path in the main container; the volumes are named host-0, host-1, …"""
    claims: Mapping[str, str]
    """Name of a PersistentVolumeClaim -> mount path in the main container."""
    volumes: Sequence[JsonObject]
    """Further entries of ``spec.volumes``, as they are."""
    mounts: Sequence[JsonObject]
    """Further ``volumeMounts`` of the main container, as they are."""
    sidecars: Sequence[JsonObject]
    """Further entries of ``spec.containers``, see `make_container`."""
    init_containers: Sequence[JsonObject]
    runtime_class: str
    spec: JsonObject
    """Any other field of the pod spec; replaces what the other options made."""


def make_container(
    name: str = "main",
    *,
    image: str = "registry.example.com/app:1.0",
    command: Sequence[str] | None = None,
    args: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    mounts: Sequence[JsonObject] = (),
    privileged: bool = False,
) -> JsonObject:
    """Return one entry of ``spec.containers`` or ``spec.initContainers``."""
    container: JsonObject = {"name": name, "image": image}
    if command is not None:
        container["command"] = list(command)
    if args is not None:
        container["args"] = list(args)
    if env:
        container["env"] = [{"name": key, "value": value} for key, value in env.items()]
    if mounts:
        container["volumeMounts"] = list(mounts)
    if privileged:
        container["securityContext"] = {"privileged": True}
    return container


def make_pod_spec(**options: Unpack[PodSpec]) -> JsonObject:
    """Return a pod spec with one container called ``main``, and the volumes it mounts."""
    volumes: list[JsonObject] = []
    mounts: list[JsonObject] = []
    for host_path, mount_path in options.get("host_paths", {}).items():
        name = f"host-{len(volumes)}"
        volumes.append({"name": name, "hostPath": {"path": host_path}})
        mounts.append({"name": name, "mountPath": mount_path})
    for claim, mount_path in options.get("claims", {}).items():
        volumes.append({"name": f"claim-{claim}", "persistentVolumeClaim": {"claimName": claim}})
        mounts.append({"name": f"claim-{claim}", "mountPath": mount_path})
    main = make_container(
        image=options.get("image", "registry.example.com/app:1.0"),
        command=options.get("command"),
        args=options.get("args"),
        env=options.get("env"),
        mounts=[*mounts, *options.get("mounts", ())],
        privileged=options.get("privileged", False),
    )
    spec: JsonObject = {"containers": [main, *options.get("sidecars", ())]}
    if volumes := [*volumes, *options.get("volumes", ())]:
        spec["volumes"] = volumes
    if init_containers := options.get("init_containers"):
        spec["initContainers"] = list(init_containers)
    if runtime_class := options.get("runtime_class"):
        spec["runtimeClassName"] = runtime_class
    return {**spec, **options.get("spec", {})}


def make_node(
    name: str = "node-1",
    *,
    runtime: str = CONTAINERD,
    kubelet: str = KUBELET,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    is_ready: bool = True,
    is_unschedulable: bool = False,
    os_image: str = "Ubuntu 20.04.6 LTS",
    provider_id: str = "",
) -> JsonObject:
    """Return a Node on containerd, ready, in no pool. ``labels`` are added to the three every kubelet sets."""
    kubelet_labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    node = _object("v1", "Node", name, None, {**kubelet_labels, **(labels or {})}, annotations)
    if provider_id:
        node["spec"]["providerID"] = provider_id
    if is_unschedulable:
        node["spec"]["unschedulable"] = True
    node["status"] = {
        "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"},
        "allocatable": {"cpu": "7", "memory": "30Gi", "pods": "110"},
        "conditions": [
            {
                "type": "Ready",
                "status": "True" if is_ready else "False",
                "reason": "KubeletReady" if is_ready else "KubeletNotReady",
                "message": "kubelet is posting ready status" if is_ready else "container runtime is down",
                "lastHeartbeatTime": CREATED,
                "lastTransitionTime": CREATED,
            }
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": str(_uid("boot", "", name)),
            "containerRuntimeVersion": runtime,
            "kernelVersion": "5.4.0-150-generic",
            "kubeProxyVersion": kubelet,
            "kubeletVersion": kubelet,
            "machineID": _uid("machine", "", name).hex,
            "operatingSystem": "linux",
            "osImage": os_image,
            "systemUUID": str(_uid("system", "", name)),
        },
    }
    return node


def make_namespace(
    name: str = "default", *, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None
) -> JsonObject:
    """Return a Namespace."""
    return {**_object("v1", "Namespace", name, None, labels, annotations), "status": {"phase": "Active"}}


def make_pod(
    name: str = "web",
    *,
    namespace: str = "default",
    node: str | None = "node-1",
    phase: str = "Running",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a bare, running Pod.

    Args:
        node: name of its node, None for a pod that is not scheduled (give ``phase="Pending"`` too).
        labels: added to ``app: <name>``.
        owner: owner reference, see `owner_of`.
    """
    pod = _object("v1", "Pod", name, namespace, {"app": name, **(labels or {})}, annotations, owner)
    pod["spec"] = make_pod_spec(**options)
    if node:
        pod["spec"]["nodeName"] = node
    pod["status"] = {"phase": phase}
    return pod


def make_deployment(
    name: str = "web",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    pod_labels: Mapping[str, str] | None = None,
    pod_annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a Deployment; `make_dependents` gives its ReplicaSet and pods."""
    deployment = _object("apps/v1", "Deployment", name, namespace, {"app": name, **(labels or {})}, annotations, owner)
    deployment["spec"] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": _template(name, pod_labels, pod_annotations, options),
    }
    return deployment


def make_replicaset(
    name: str = "web",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a ReplicaSet that nothing owns unless ``owner`` is given."""
    replicaset = _object("apps/v1", "ReplicaSet", name, namespace, {"app": name, **(labels or {})}, annotations, owner)
    replicaset["spec"] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": _template(name, None, None, options),
    }
    return replicaset


def make_daemonset(
    name: str = "agent",
    *,
    namespace: str = "kube-system",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a DaemonSet."""
    daemonset = _object("apps/v1", "DaemonSet", name, namespace, {"app": name, **(labels or {})}, annotations, owner)
    daemonset["spec"] = {
        "selector": {"matchLabels": {"app": name}},
        "template": _template(name, None, None, options),
    }
    return daemonset


def make_statefulset(
    name: str = "db",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a StatefulSet without volumeClaimTemplates."""
    labels = {"app": name, **(labels or {})}
    statefulset = _object("apps/v1", "StatefulSet", name, namespace, labels, annotations, owner)
    statefulset["spec"] = {
        "replicas": replicas,
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": _template(name, None, None, options),
    }
    return statefulset


def make_replication_controller(
    name: str = "legacy",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a ReplicationController."""
    labels = {"app": name, **(labels or {})}
    controller = _object("v1", "ReplicationController", name, namespace, labels, annotations)
    controller["spec"] = {
        "replicas": replicas,
        "selector": {"app": name},
        "template": _template(name, None, None, options),
    }
    return controller


def make_job(
    name: str = "backup",
    *,
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a Job. The API server writes its selector, so a created Job has one more label than this one."""
    job = _object("batch/v1", "Job", name, namespace, {"app": name, **(labels or {})}, annotations, owner)
    job["spec"] = {"template": _template(name, None, None, options, restart_policy="Never")}
    return job


def make_cronjob(
    name: str = "nightly",
    *,
    namespace: str = "default",
    api_version: str = "batch/v1",
    schedule: str = "0 3 * * *",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **options: Unpack[PodSpec],
) -> JsonObject:
    """Return a CronJob. ``ApiServer.create`` turns ``api_version`` into batch/v1beta1 where only that is served."""
    cronjob = _object(api_version, "CronJob", name, namespace, {"app": name, **(labels or {})}, annotations)
    template = _template(name, None, None, options, restart_policy="Never")
    cronjob["spec"] = {"schedule": schedule, "jobTemplate": {"spec": {"template": template}}}
    return cronjob


def make_persistent_volume(
    name: str = "pv-1", *, host_path: str | None = None, claim: str | None = None, namespace: str = "default"
) -> JsonObject:
    """Return a PersistentVolume, on NFS unless ``host_path`` is given; bound when ``claim`` names one."""
    volume = _object("v1", "PersistentVolume", name, None)
    source: JsonObject = {"hostPath": {"path": host_path}} if host_path else {"nfs": {"server": "nfs", "path": "/"}}
    volume["spec"] = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        **source,
    }
    if claim:
        volume["spec"]["claimRef"] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": claim,
            "namespace": namespace,
        }
    volume["status"] = {"phase": "Bound" if claim else "Available"}
    return volume


def make_claim(name: str = "data", *, namespace: str = "default", volume: str | None = "pv-1") -> JsonObject:
    """Return a PersistentVolumeClaim bound to ``volume``, or pending when that is None."""
    claim = _object("v1", "PersistentVolumeClaim", name, namespace)
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    if volume:
        claim["spec"]["volumeName"] = volume
    claim["status"] = {"phase": "Bound" if volume else "Pending"}
    return claim


def make_runtime_class(
    name: str = "docker", *, handler: str = "docker", api_version: str = "node.k8s.io/v1"
) -> JsonObject:
    """Return a RuntimeClass."""
    runtime_class = _object(api_version, "RuntimeClass", name, None)
    del runtime_class["spec"]
    return {**runtime_class, "handler": handler}


def make_harmless_kinds(namespace: str = "web") -> list[JsonObject]:
    """Return one object of every kind that is read but nodes, namespaces, pods and Deployments; none needs Docker."""
    return [
        make_daemonset("agent", namespace=namespace),
        make_statefulset("db", namespace=namespace),
        make_replication_controller("old", namespace=namespace),
        make_job("once", namespace=namespace),
        make_cronjob("nightly", namespace=namespace),
        make_persistent_volume("pv-1", host_path="/data"),
        make_claim(namespace=namespace),
        make_runtime_class("gpu", handler="nvidia"),
    ]


def owner_of(owner: JsonObject, *, is_controller: bool = True) -> JsonObject:
    """Return the owner reference to an object, built here or read from the API."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": is_controller,
        "blockOwnerDeletion": True,
    }


def make_dependents(workload: JsonObject, nodes: Sequence[str], *, phase: str = "Running") -> list[JsonObject]:
    """Return what controllers would create for a workload: a ReplicaSet or Job where one is in between, one pod a node.

    Args:
        workload: any object with a pod template, built here or read from the API.
        nodes: names of the nodes; one named twice gets two pods.
    """
    workload = copy.deepcopy(workload)  # a test may then change a dependent without changing its owner
    kind, metadata = workload["kind"], workload["metadata"]
    name, namespace = metadata["name"], metadata["namespace"]
    if kind == "Deployment":
        hash_ = random_name(_uid("hash", namespace, name).int, 10)
        template = workload["spec"]["template"]
        labels = {**template["metadata"]["labels"], "pod-template-hash": hash_}
        replicaset = _object("apps/v1", "ReplicaSet", f"{name}-{hash_}", namespace, labels, None, owner_of(workload))
        replicaset["spec"] = {
            "replicas": len(nodes),
            "selector": {"matchLabels": {**workload["spec"]["selector"]["matchLabels"], "pod-template-hash": hash_}},
            "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
        }
        return [replicaset, *make_dependents(replicaset, nodes, phase=phase)]
    if kind == "CronJob":
        job = _object("batch/v1", "Job", f"{name}-1617240000", namespace, None, None, owner_of(workload))
        job["spec"] = workload["spec"]["jobTemplate"]["spec"]
        return [job, *make_dependents(job, nodes, phase=phase)]
    template = workload["spec"]["template"]
    pods = []
    for number, node in enumerate(nodes):
        suffix = str(number) if kind == "StatefulSet" else random_name(number, 5)
        labels, annotations = template["metadata"].get("labels"), template["metadata"].get("annotations")
        pod = _object("v1", "Pod", f"{name}-{suffix}", namespace, labels, annotations, owner_of(workload))
        pod["spec"] = {**copy.deepcopy(template["spec"]), "nodeName": node}
        pod["status"] = {"phase": phase}
        pods.append(pod)
    return pods


def random_name(number: int, length: int) -> str:
    """Return ``length`` letters that look like a generated name's, different for every number below 27**length."""
    # The factor (2**64 / golden ratio) is no multiple of 3, so this is a permutation of the numbers below 27**length:
    # neighbours look unlike each other, and none collide.
    number = number * 0x9E3779B97F4A7C15 % len(_SAFE) ** length
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(_SAFE))
        letters.append(_SAFE[digit])
    return "".join(letters)


def _uid(kind: str, namespace: str, name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{namespace}/{name}")


def _object(
    api_version: str,
    kind: str,
    name: str,
    namespace: str | None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: JsonObject | None = None,
) -> JsonObject:
    metadata: JsonObject = {"name": name, "uid": str(_uid(kind, namespace or "", name)), "creationTimestamp": CREATED}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    if owner:
        metadata["ownerReferences"] = [owner]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {}}


def _template(
    name: str,
    labels: Mapping[str, str] | None,
    annotations: Mapping[str, str] | None,
    options: PodSpec,
    restart_policy: str | None = None,
) -> JsonObject:
    metadata: JsonObject = {"labels": {"app": name, **(labels or {})}}
    if annotations:
        metadata["annotations"] = dict(annotations)
    spec = make_pod_spec(**options)
    if restart_policy:
        spec.setdefault("restartPolicy", restart_policy)
    return {"metadata": metadata, "spec": spec}
