"""From one line of the demo's catalogue to its objects: the controller, what it controls, its pods and volumes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.playground.demo_nodes import Place
from bot.playground.demo_objects import Json, ago, digest, metadata, pick, stamp, token
from bot.playground.demo_pods import EVICTED, PENDING, RUNNING, SUCCEEDED, Birth, live_pod


@dataclass(frozen=True, slots=True)
class Storage:
    """Volumes claimed by a StatefulSet. ``backing`` is ``nfs``, ``local`` or a path on the node."""

    volume: str
    size: str
    backing: str


@dataclass(frozen=True, slots=True)
class Run:
    """One past or present Job of a CronJob, by the time it was scheduled."""

    at: datetime
    state: str = SUCCEEDED


@dataclass(frozen=True, slots=True)
class Workload:
    """One line of the catalogue.

    Args:
        helm: name of the Helm release it belongs to.
        notes: annotations of the object itself, ``pod_notes`` those of its pods.
        old_image: image of the first container before the last roll-out; leaves a ReplicaSet at zero.
        pending: further replicas that found no node.
        evicted: pods evicted and not yet cleaned up, not counted as replicas.
    """

    kind: str
    namespace: str
    name: str
    spec: Json
    replicas: int = 1
    labels: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    pod_notes: dict[str, str] = field(default_factory=dict)
    helm: str = ""
    old_image: str = ""
    pending: int = 0
    evicted: int = 0
    storage: Storage | None = None
    schedule: str = ""
    is_suspended: bool = False
    runs: tuple[Run, ...] = ()

    @property
    def selector(self) -> dict[str, str]:
        """The labels the controller finds its pods by."""
        if not self.helm:
            return {"app": self.name}
        return {"app.kubernetes.io/instance": self.helm, "app.kubernetes.io/name": self.name}

    @property
    def created(self) -> datetime:
        """When the object was made."""
        return ago(180 + pick(700, "created", self.namespace, self.name) + 0.37)

    @property
    def annotations(self) -> dict[str, str]:
        """The object's own annotations."""
        if not self.helm:
            return self.notes
        return {"meta.helm.sh/release-name": self.helm, "meta.helm.sh/release-namespace": self.namespace} | self.notes

    def template(self, **labels: str) -> Json:
        """Return the pod template, with further pod labels."""
        about: Json = {"labels": self.selector | self.labels | labels}
        if self.pod_notes:
            about["annotations"] = dict(self.pod_notes)
        return {"metadata": about, "spec": self.spec}

    def object(self, api_version: str, spec: Json, status: Json) -> Json:
        """Return the controller's own object."""
        labels = self.selector | self.labels
        if self.helm:
            labels["app.kubernetes.io/managed-by"] = "Helm"
        about = metadata(
            self.kind, self.namespace, self.name, self.created, labels=labels, annotations=self.annotations
        )
        about["generation"] = 1 + pick(14, "generation", self.namespace, self.name)
        if self.kind not in ("Job", "CronJob"):
            status = {"observedGeneration": about["generation"], **status}
        head: Json = {"apiVersion": api_version, "kind": self.kind, "metadata": about}
        return {**head, "spec": spec, "status": status}


def placed(workload: Workload, nodes: tuple[Place, ...], count: int) -> list[Place]:
    """Return the nodes the scheduler chose for so many pods, spread evenly."""
    fitting = [node for node in nodes if node.accepts(workload.spec)]
    start = pick(len(fitting), "first node", workload.namespace, workload.name)
    step = max(1, len(fitting) // max(1, count))
    return [fitting[(start + index * step) % len(fitting)] for index in range(count)]


def since_last_rollout(workload: Workload) -> datetime:
    """Return when the running pods' template was rolled out."""
    return ago(2 + pick(120, "rollout", workload.namespace, workload.name) + 0.18)


def deployment(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a Deployment with its ReplicaSets and their pods."""
    ready, wanted = workload.replicas, workload.replicas + workload.pending
    revision = "2" if workload.old_image else "1"
    status: Json = {
        "availableReplicas": ready,
        "conditions": _available(workload),
        "readyReplicas": ready,
        "replicas": wanted,
        "updatedReplicas": wanted,
    }
    if workload.pending:
        status["unavailableReplicas"] = workload.pending
    spec = {
        "replicas": wanted,
        "selector": {"matchLabels": workload.selector},
        "strategy": {"type": "RollingUpdate"},
        "template": workload.template(),
    }
    owner = workload.object("apps/v1", spec, status)
    owner["metadata"].setdefault("annotations", {})
    owner["metadata"]["annotations"] |= {"deployment.kubernetes.io/revision": revision}
    yield owner
    yield from replica_sets(workload, owner, "pod-template-hash", nodes)


def replica_sets(workload: Workload, owner: Json, hash_label: str, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield the ReplicaSets under a Deployment or a Rollout, and the pods of the current one."""
    if workload.old_image:
        former = dict(workload.spec["containers"][0]) | {"image": workload.old_image}
        spec = {**workload.spec, "containers": [former, *workload.spec["containers"][1:]]}
        template = {**workload.template(), "spec": spec}
        yield _replica_set(workload, owner, hash_label, template, 0)
    current = _replica_set(workload, owner, hash_label, workload.template(), workload.replicas + workload.pending)
    yield current
    yield from _replicas(workload, current, nodes)


def _replica_set(workload: Workload, owner: Json, hash_label: str, template: Json, replicas: int) -> Json:
    revision = "1" if replicas == 0 or not workload.old_image else "2"
    suffix = token(10, "template", workload.namespace, workload.name, template["spec"]["containers"][0]["image"])
    labels = {**template["metadata"]["labels"], hash_label: suffix}
    created = since_last_rollout(workload) if revision == "2" else workload.created + timedelta(seconds=1)
    prefix = "rollout.argoproj.io" if owner["kind"] == "Rollout" else "deployment.kubernetes.io"
    about = metadata(
        "ReplicaSet",
        workload.namespace,
        f"{workload.name}-{suffix}",
        created,
        labels=labels,
        annotations={f"{prefix}/desired-replicas": str(replicas), f"{prefix}/revision": revision},
        owner=owner,
    )
    about["generation"] = 1
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {**workload.selector, hash_label: suffix}},
        "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
    }
    status = _replica_status(replicas, replicas - workload.pending if replicas else 0)
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": about, "spec": spec, "status": status}


def _replica_status(replicas: int, ready: int) -> Json:
    counts = {"availableReplicas": ready, "fullyLabeledReplicas": replicas, "readyReplicas": ready}
    return {"observedGeneration": 1, "replicas": replicas, **(counts if replicas else {})}


def _replicas(workload: Workload, owner: Json, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield the pods of a ReplicaSet or a ReplicationController, with those pending and evicted."""
    states = [RUNNING] * workload.replicas + [EVICTED] * workload.evicted
    births = [
        Birth(owner, place, since_last_rollout(workload) + timedelta(hours=index), state)
        for index, (place, state) in enumerate(zip(placed(workload, nodes, len(states)), states, strict=True))
    ]
    births += [Birth(owner, None, ago(0.3 + index), PENDING) for index in range(workload.pending)]
    for index, birth in enumerate(births):
        name = f"{owner['metadata']['name']}-{token(5, 'pod', workload.namespace, workload.name, index)}"
        yield live_pod(owner["spec"]["template"], workload.namespace, name, birth)


def _available(workload: Workload) -> list[Json]:
    since = stamp(since_last_rollout(workload))
    return [
        {"lastTransitionTime": since, "reason": reason, "status": "True", "type": kind}
        for kind, reason in (("Available", "MinimumReplicasAvailable"), ("Progressing", "NewReplicaSetAvailable"))
    ]


def rollout(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield what an Argo Rollout controls; the Rollout itself is of a kind the dump does not hold."""
    owner = workload.object("argoproj.io/v1alpha1", {}, {})
    yield from replica_sets(workload, owner, "rollouts-pod-template-hash", nodes)


def replication_controller(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a ReplicationController with its pods."""
    spec = {"replicas": workload.replicas, "selector": workload.selector, "template": workload.template()}
    owner = workload.object("v1", spec, _replica_status(workload.replicas, workload.replicas))
    yield owner
    yield from _replicas(workload, owner, nodes)


def daemon_set(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a DaemonSet with one pod on every node its template fits."""
    fitting = [node for node in nodes if _keeps(workload, node)]
    count, ready = len(fitting), sum(node.is_ready for node in fitting)
    status: Json = {"currentNumberScheduled": count, "desiredNumberScheduled": count, "numberAvailable": ready}
    status |= {"numberMisscheduled": 0, "numberReady": ready, "updatedNumberScheduled": count}
    if count != ready:
        status["numberUnavailable"] = count - ready
    spec = {
        "selector": {"matchLabels": workload.selector},
        "template": workload.template(),
        "updateStrategy": {"type": "RollingUpdate"},
    }
    owner = workload.object("apps/v1", spec, status)
    yield owner
    revision = digest("revision", workload.namespace, workload.name)[:10]
    template = workload.template(**{"controller-revision-hash": revision, "pod-template-generation": "1"})
    for index, place in enumerate(fitting):
        name = f"{workload.name}-{token(5, 'pod', workload.namespace, workload.name, place.name)}"
        birth = Birth(owner, place, since_last_rollout(workload) + timedelta(minutes=index))
        yield live_pod(template, workload.namespace, name, birth)


def _keeps(workload: Workload, node: Place) -> bool:
    """Whether a DaemonSet runs on a node: its pods stay on cordoned and unready ones."""
    stays = [{"key": f"node.kubernetes.io/{key}", "operator": "Exists"} for key in ("not-ready", "unschedulable")]
    return node.accepts({**workload.spec, "tolerations": [*workload.spec.get("tolerations", ()), *stays]})


def bare_pod(workload: Workload, nodes: tuple[Place, ...]) -> Iterator[Json]:
    """Yield a pod nobody controls."""
    birth = Birth(None, placed(workload, nodes, 1)[0], ago(11.4))
    pod = live_pod(workload.template(), workload.namespace, workload.name, birth)
    pod["metadata"]["annotations"] = dict(workload.annotations)
    yield pod
