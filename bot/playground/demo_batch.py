"""The demo's other shapes: StatefulSets and their volumes, CronJobs, Jobs, and the control plane's static pods."""

from collections.abc import Iterator
from datetime import timedelta

from bot.playground.demo_controllers import Storage, Workload, placed, since_last_rollout
from bot.playground.demo_nodes import Place
from bot.playground.demo_objects import (
    TOLERATE_ALL,
    Json,
    ago,
    container,
    digest,
    host,
    metadata,
    pick,
    pod_spec,
    reference,
    stamp,
    token,
    uid_of,
)
from bot.playground.demo_pods import RUNNING, SUCCEEDED, Birth, live_pod

_NFS_SERVER = "10.20.9.10"


def stateful_set(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a StatefulSet with its pods, claims and persistent volumes."""
    count, revision = workload.replicas, f"{workload.name}-{digest('revision', workload.namespace, workload.name)[:9]}"
    status: Json = {"availableReplicas": count, "collisionCount": 0, "currentReplicas": count, "readyReplicas": count}
    status |= {"replicas": count, "updatedReplicas": count}
    status |= {"currentRevision": revision, "updateRevision": revision}
    spec: Json = {
        "podManagementPolicy": "OrderedReady",
        "replicas": count,
        "selector": {"matchLabels": workload.selector},
        "serviceName": workload.name,
        "template": workload.template(),
        "updateStrategy": {"type": "RollingUpdate"},
    }
    if workload.storage is not None:
        spec["volumeClaimTemplates"] = [_claim_template(workload.storage)]
    owner = workload.object("apps/v1", spec, status)
    yield owner
    for index, place in enumerate(placed(workload, nodes, count)):
        name = f"{workload.name}-{index}"
        labels = {"controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": name}
        template = workload.template(**labels)
        if workload.storage is not None:
            claim_name = f"{workload.storage.volume}-{name}"
            volume = {"name": workload.storage.volume, "persistentVolumeClaim": {"claimName": claim_name}}
            template["spec"] = {**workload.spec, "volumes": [volume, *workload.spec.get("volumes", ())]}
            yield from _bound(workload, workload.storage, claim_name, place)
        birth = Birth(owner, place, since_last_rollout(workload) + timedelta(minutes=2 * index))
        yield live_pod(template, workload.namespace, name, birth)


def _claim_spec(storage: Storage) -> Json:
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.size}},
        "storageClassName": _class_of(storage),
        "volumeMode": "Filesystem",
    }


def _class_of(storage: Storage) -> str:
    return storage.backing if storage.backing in ("nfs", "local") else "manual"


def _claim_template(storage: Storage) -> Json:
    about = {"creationTimestamp": None, "name": storage.volume}
    head: Json = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about}
    return {**head, "spec": _claim_spec(storage), "status": {"phase": "Pending"}}


def _bound(workload: Workload, storage: Storage, claim_name: str, place: Place) -> Iterator[Json]:
    """Yield a claim and the persistent volume bound to it."""
    namespace, volume_name = workload.namespace, f"{workload.namespace}-{claim_name}"
    capacity, modes = {"storage": storage.size}, ["ReadWriteOnce"]
    claim = metadata(
        "PersistentVolumeClaim",
        namespace,
        claim_name,
        workload.created,
        labels=workload.selector,
        annotations={"pv.kubernetes.io/bind-completed": "yes"},
    )
    status = {"accessModes": modes, "capacity": capacity, "phase": "Bound"}
    spec = {**_claim_spec(storage), "volumeName": volume_name}
    head: Json = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": claim}
    yield {**head, "spec": spec, "status": status}
    about = metadata("PersistentVolume", "", volume_name, workload.created - timedelta(minutes=4))
    link = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim_name, "namespace": namespace}
    spec = {
        "accessModes": modes,
        "capacity": capacity,
        "claimRef": {**link, "uid": claim["uid"]},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": _class_of(storage),
        "volumeMode": "Filesystem",
        **_source(storage, volume_name, place),
    }
    head = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": about}
    yield {**head, "spec": spec, "status": {"phase": "Bound"}}


def _source(storage: Storage, volume_name: str, place: Place) -> Json:
    """Return where the bytes lie; a volume on one node says on which."""
    if storage.backing == "nfs":
        return {"nfs": {"path": f"/exports/k8s/{volume_name}", "server": _NFS_SERVER}}
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [place.name]}
    pinned = {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}}
    if storage.backing == "local":
        return {**pinned, "local": {"path": f"/mnt/disks/{volume_name}"}}
    return {**pinned, "hostPath": {"path": storage.backing, "type": ""}}


def cron_job(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a CronJob with the Jobs it still keeps and their pods."""
    status: Json = {}
    if workload.runs:
        status["lastScheduleTime"] = stamp(max(run.at for run in workload.runs))
    if done := [run.at for run in workload.runs if run.state == SUCCEEDED]:
        status["lastSuccessfulTime"] = stamp(max(done) + timedelta(minutes=4))
    spec = {
        "concurrencyPolicy": "Forbid",
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"metadata": {"creationTimestamp": None}, "spec": {"template": workload.template()}},
        "schedule": workload.schedule,
        "successfulJobsHistoryLimit": 3,
        "suspend": workload.is_suspended,
    }
    owner = workload.object("batch/v1", spec, status)
    children: list[Json] = []
    for run in workload.runs:
        name = f"{workload.name}-{int(run.at.timestamp()) // 60}"
        children += _job_and_pods(workload, name, (run.state,), run.at.timestamp(), owner, nodes)
        if run.state == RUNNING:
            job = next(child for child in children if child["metadata"]["name"] == name)
            link = {key: value for key, value in reference(job).items() if key in ("apiVersion", "kind", "name", "uid")}
            owner["status"]["active"] = [{**link, "namespace": workload.namespace}]
    yield owner
    yield from children


def job(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a Job nobody controls: one pod finished, the others running."""
    states = (SUCCEEDED,) + (RUNNING,) * workload.replicas
    yield from _job_and_pods(workload, workload.name, states, ago(0.4).timestamp(), None, nodes)


def _job_and_pods(
    workload: Workload, name: str, states: tuple[str, ...], at: float, owner: Json | None, nodes: tuple[Place, ...]
) -> list[Json]:
    started = ago(0) - timedelta(seconds=ago(0).timestamp() - at)
    uid = uid_of("Job", workload.namespace, name)
    template = workload.template(**{"controller-uid": uid, "job-name": name})
    labels = template["metadata"]["labels"]
    notes = workload.annotations if owner is None else None
    about = metadata("Job", workload.namespace, name, started, labels=labels, annotations=notes, owner=owner)
    parallel = max(1, len(states) - 1)
    spec = {"backoffLimit": 6, "completionMode": "NonIndexed", "completions": len(states), "parallelism": parallel}
    spec |= {"selector": {"matchLabels": {"controller-uid": uid}}, "suspend": False, "template": template}
    status = _job_status(states, stamp(started), stamp(started + timedelta(minutes=4)))
    made: Json = {"apiVersion": "batch/v1", "kind": "Job", "metadata": about, "spec": spec, "status": status}
    found = [made]
    for index, (place, state) in enumerate(zip(placed(workload, nodes, len(states)), states, strict=True)):
        pod_name = f"{name}-{token(5, 'pod', workload.namespace, name, index)}"
        found.append(live_pod(template, workload.namespace, pod_name, Birth(made, place, started, state)))
    return found


def _job_status(states: tuple[str, ...], started: str, ended: str) -> Json:
    status: Json = {"startTime": started, "uncountedTerminatedPods": {}}
    if succeeded := states.count(SUCCEEDED):
        status["succeeded"] = succeeded
    if active := states.count(RUNNING):
        return {**status, "active": active, "ready": active}
    complete = {"lastProbeTime": ended, "lastTransitionTime": ended, "status": "True", "type": "Complete"}
    return {**status, "completionTime": ended, "conditions": [complete]}


_PKI, _ETCD = "/etc/kubernetes/pki", "/var/lib/etcd"
_KUBE, _VERSION = "registry.k8s.io/kube-", "v1.25.16"

#: Component, image, the paths of the node it mounts.
_STATIC = (
    ("etcd", "registry.k8s.io/etcd:3.5.6-0", {"etcd-certs": f"{_PKI}/etcd", "etcd-data": _ETCD}),
    ("kube-apiserver", f"{_KUBE}apiserver:{_VERSION}", {"ca-certs": "/etc/ssl/certs", "k8s-certs": _PKI}),
    (
        "kube-controller-manager",
        f"{_KUBE}controller-manager:{_VERSION}",
        {"k8s-certs": _PKI, "kubeconfig": "/etc/kubernetes/controller-manager.conf"},
    ),
    ("kube-scheduler", f"{_KUBE}scheduler:{_VERSION}", {"kubeconfig": "/etc/kubernetes/scheduler.conf"}),
)


def static_pods(nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield the mirror pods of the control plane, each controlled by its Node."""
    for place in (node for node in nodes if node.pool.name == "control"):
        for component, image, paths in _STATIC:
            yield _mirror(place, component, image, paths)


def _mirror(place: Place, component: str, image: str, paths: dict[str, str]) -> Json:
    seen, config_hash = stamp(place.created), digest("manifest", component)[:32]
    command = [component, f"--bind-address={place.address}"]
    if component == "etcd":
        command = [component, f"--data-dir={_ETCD}", f"--name={place.name}"]
    mounts = {path: name for name, path in paths.items()}
    kinds = {name: "FileOrCreate" if name == "kubeconfig" else "DirectoryOrCreate" for name in paths}
    spec = pod_spec(
        container(component, image, command=command, mounts=mounts, cpu=f"{100 + pick(2, component) * 100}m"),
        volumes=[host(name, path, kinds[name]) for name, path in paths.items()],
        tolerations=[{"effect": "NoExecute", **TOLERATE_ALL}],
        hostNetwork=True,
        priorityClassName="system-node-critical",
    )
    notes = {f"kubernetes.io/config.{key}": config_hash for key in ("hash", "mirror")}
    notes |= {"kubernetes.io/config.seen": seen, "kubernetes.io/config.source": "file"}
    about = {"annotations": notes, "labels": {"component": component, "tier": "control-plane"}}
    birth = Birth(place.as_object, place, place.created)
    return live_pod({"metadata": about, "spec": spec}, "kube-system", f"{component}-{place.name}", birth)
