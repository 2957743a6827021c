"""Pods of the demo cluster: a template, a controller and a node become a pod as the API would return it."""

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.playground.demo_nodes import Place
from bot.playground.demo_objects import Json, ago, digest, metadata, pick, stamp, token

RUNNING, PENDING, SUCCEEDED, EVICTED = "Running", "Pending", "Succeeded", "Evicted"


@dataclass(frozen=True, slots=True)
class Birth:
    """Where a pod comes from: its controller, where it was placed (None: nowhere yet) and what became of it."""

    owner: Json | None
    place: Place | None
    created: datetime
    state: str = RUNNING


def live_pod(template: Json, namespace: str, name: str, birth: Birth) -> Json:
    """Return the pod made from a template at birth."""
    about = template["metadata"]
    created = birth.created
    if birth.place is not None:
        created = max(created, birth.place.created + timedelta(minutes=9))
    meta = metadata(
        "Pod",
        namespace,
        name,
        created,
        labels=about.get("labels"),
        annotations=about.get("annotations"),
        owner=birth.owner,
    )
    if birth.owner is not None and birth.owner["kind"] not in ("Node", "StatefulSet"):
        meta["generateName"] = name.rpartition("-")[0] + "-"
    pod: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
    pod["spec"] = _spec(template["spec"], namespace, name, birth)
    pod["status"] = _status(pod, birth, created)
    return pod


def _spec(spec: Json, namespace: str, name: str, birth: Birth) -> Json:
    filled = copy.deepcopy(spec)
    filled.setdefault("serviceAccountName", "default")
    if birth.place is not None:
        filled["nodeName"] = birth.place.name
    if birth.owner is not None and birth.owner["kind"] == "Node":
        for key in ("serviceAccountName", "automountServiceAccountToken"):
            filled.pop(key, None)
        return filled
    if filled.get("automountServiceAccountToken", True):
        _mount_token(filled, f"kube-api-access-{token(5, 'token volume', namespace, name)}")
    return filled


def _mount_token(spec: Json, volume: str) -> None:
    """Add the projected volume with the API token, and its mounts, in place."""
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {
            "downwardAPI": {
                "items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]
            }
        },
    ]
    spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": 420, "sources": sources}})
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": volume, "readOnly": True}
    for box in spec["containers"]:
        box.setdefault("volumeMounts", []).append(dict(mount))


def _status(pod: Json, birth: Birth, created: datetime) -> Json:
    place, about = birth.place, pod["metadata"]
    status: Json = {"phase": "Failed" if birth.state == EVICTED else birth.state}
    if place is None:
        status["conditions"] = [_unschedulable(created)]
        return status
    status |= {"startTime": stamp(created), "hostIP": place.address}
    if birth.state == EVICTED:
        message = "The node was low on resource: ephemeral-storage. "
        return status | {"message": message, "reason": "Evicted"}
    address = place.address
    if not pod["spec"].get("hostNetwork"):
        address = f"10.244.{place.number}.{2 + pick(250, 'address', about['uid'])}"
    status["podIP"] = address
    status["conditions"] = _conditions(birth, created)
    status["containerStatuses"] = [_container(box, about["uid"], birth, created) for box in pod["spec"]["containers"]]
    return status


def _unschedulable(created: datetime) -> Json:
    return {
        "lastTransitionTime": stamp(created),
        "message": "0/30 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, "
        "24 node(s) didn't match Pod's node affinity/selector, 5 Insufficient nvidia.com/gpu.",
        "reason": "Unschedulable",
        "status": "False",
        "type": "PodScheduled",
    }


def _conditions(birth: Birth, created: datetime) -> list[Json]:
    up = birth.state == RUNNING and (birth.place is None or birth.place.is_ready)
    changed = created + timedelta(seconds=20)
    if birth.place is not None and not birth.place.is_ready:
        changed = ago(0.028)
    condition: Json = {"lastTransitionTime": stamp(changed), "status": str(up), "type": "Ready"}
    if birth.state == SUCCEEDED:
        condition["reason"] = "PodCompleted"
    return [condition]


def _container(box: Json, uid: str, birth: Birth, created: datetime) -> Json:
    assert birth.place is not None
    runtime = birth.place.pool.runtime.partition("://")[0]
    identity = f"{runtime}://{digest('container', uid, box['name'])}"
    started = created + timedelta(seconds=6)
    state: Json = {"running": {"startedAt": stamp(started)}}
    if birth.state == SUCCEEDED:
        ended = stamp(started + timedelta(seconds=5 + pick(240, "ended", uid)))
        state = {
            "terminated": {
                "containerID": identity,
                "exitCode": 0,
                "finishedAt": ended,
                "reason": "Completed",
                "startedAt": stamp(started),
            }
        }
    return {
        "containerID": identity,
        "image": box["image"],
        "name": box["name"],
        "ready": birth.state == RUNNING,
        "restartCount": max(0, pick(12, "restarts", uid) - 9),
        "started": birth.state == RUNNING,
        "state": state,
    }
