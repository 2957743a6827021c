"""What a search for docker.sock in Deployments misses, on a real API server: found, explained, and told from its likes.

Five workloads reach Docker's socket in five ways that are easily missed, and beside each stands one that looks the same
in what such a search reads: the path is in it, but it is not the node's.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.core.snapshot import RESOURCES
from bot.render.data import raw
from tests.factories import (
    DOCKER,
    JsonObject,
    make_claim,
    make_container,
    make_cronjob,
    make_dependents,
    make_deployment,
    make_node,
    make_persistent_volume,
    make_pod,
    make_replicaset,
    owner_of,
)
from tests.integration.apiserver import ApiError, ApiServer
from tests.integration.program import scan, unshim
from tests.unit.clusters import catalogue

ROLLOUTS = "rollouts.argoproj.io"
ROLLOUT_KIND = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": ROLLOUTS},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"plural": "rollouts", "singular": "rollout", "kind": "Rollout", "listKind": "RolloutList"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
SECONDS = 30
KINDS = ",".join(RESOURCES)

SOCKET = "/var/run/docker.sock"
GUIDE = "/check-if-dockershim-removal-affects-you/>"
MIRROR = {"kubernetes.io/config.mirror": "0123456789abcdef", "kubernetes.io/config.source": "file"}
#: Where a container sees the socket, be it the node's or not.
MOUNT = {"name": "socket", "mountPath": SOCKET}
NODE_SOCKET = {"name": "socket", "hostPath": {"path": SOCKET, "type": "Socket"}}
OWN_SOCKET = {"name": "socket", "emptyDir": {}}
OWN_PATH = {"name": "socket", "hostPath": {"path": "/data/docker.sock.d"}}
CONFIG = {"name": "socket", "configMap": {"name": "docker.sock"}}


class Hidden(NamedTuple):
    """A workload that reaches the node's socket: what a scan says of it, and what explains it."""

    namespace: str
    kind: str
    name: str
    pods: int
    exposed: int
    seen_in: str
    field: str
    containers: tuple[str, ...] = ("main",)
    reason: str = "docker-socket-checked"
    through: str = ""

    @property
    def full_name(self) -> str:
        """What ``explain`` takes."""
        return f"{self.namespace}/{self.kind}/{self.name}"


HOST_PATH = "volumes[0].hostPath.path"
HIDDEN = (
    Hidden(
        *("ci", "Deployment", "builder", 2, 1),
        seen_in="Deployment/builder",
        field="spec.template.spec.volumes[0].persistentVolumeClaim.claimName",
        reason="docker-socket",  # its volume names no type
        through="node-socket",
    ),
    Hidden(
        *("kube-system", "Pod", "watcher-docker-1", 1, 1),
        seen_in="Pod/watcher-docker-1",
        field=f"spec.{HOST_PATH}",
    ),
    Hidden(
        *("ops", "CronJob", "prune", 0, 0),
        seen_in="CronJob/prune",
        field=f"spec.jobTemplate.spec.template.spec.{HOST_PATH}",
    ),
    Hidden(
        *("shop", "Deployment", "cart", 2, 1),
        seen_in="Pod/cart-",
        field=f"spec.{HOST_PATH}",
        containers=("injected",),
    ),
    Hidden(
        *("shop", "Rollout", "front", 2, 1),
        seen_in="ReplicaSet/front-6f7d8",
        field=f"spec.template.spec.{HOST_PATH}",
    ),
)
LIKES = (
    "ci/Deployment/builder-nfs",
    "kube-system/Pod/own-docker-1",
    "ops/CronJob/prune-config",
    "shop/Deployment/wish",
    "shop/Rollout/back",
)


@pytest.fixture
def hidden(cluster: ApiServer, deployed: Path) -> Path:
    """Create the five and their likes on one node with Docker and one without; return the kubeconfig to read with."""
    for name, runtime in (("docker-1", DOCKER), ("moved-1", "containerd://1.6.6")):
        cluster.create(make_node(name, runtime=runtime))
    _claims(cluster)
    _static(cluster)
    for name, volume in (("prune", NODE_SOCKET), ("prune-config", CONFIG)):
        job = make_cronjob(name, namespace="ops", volumes=[volume], mounts=[MOUNT])
        job["spec"]["suspend"] = True
        cluster.create(job)
    _rollouts(cluster)
    _injected(cluster)
    return deployed


def _claims(cluster: ApiServer) -> None:
    for claim, volume, path in (("socket", "node-socket", SOCKET), ("share", "nfs-share", None)):
        cluster.create(make_persistent_volume(volume, host_path=path, claim=claim, namespace="ci"))
        cluster.create(make_claim(claim, namespace="ci", volume=volume))
    for name, claim in (("builder", "socket"), ("builder-nfs", "share")):
        _with_pods(cluster, make_deployment(name, namespace="ci", replicas=2, claims={claim: SOCKET}))


def _static(cluster: ApiServer) -> None:
    """The mirrors of two static pods; of such an old kubelet that only the annotation tells the second."""
    node: JsonObject = {**owner_of(make_node("docker-1"))}
    for name, volume, owner in (("watcher", NODE_SOCKET, node), ("own", OWN_SOCKET, None)):
        pod = make_pod(
            f"{name}-docker-1",
            namespace="kube-system",
            node="docker-1",
            annotations=MIRROR,
            owner=owner,
            volumes=[volume],
            mounts=[MOUNT],
        )
        cluster.create(pod)


def _rollouts(cluster: ApiServer) -> None:
    """What two custom controllers made, whose own kind the bot may not read: their ReplicaSets and pods.

    The Rollouts themselves are not stored: kube-apiserver 1.20 built with Go 1.18 or newer crashes when it decodes any
    custom object (its reflect2 walks maps as older Go laid them out). It looks at no owner reference, and nor do we.
    """
    cluster.create(ROLLOUT_KIND)
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            cluster.request("GET", "/apis/argoproj.io/v1alpha1/rollouts")
            break
        except ApiError:
            assert time.monotonic() < deadline, f"{ROLLOUTS} is not served"
            time.sleep(0.1)
    for name, volume in (("front", NODE_SOCKET), ("back", OWN_PATH)):
        metadata = {"name": name, "namespace": "shop", "uid": f"00000000-0000-4000-8000-0000000000{len(name)}0"}
        rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata}
        made = make_replicaset(
            f"{name}-6f7d8",
            namespace="shop",
            replicas=2,
            owner=owner_of(rollout),
            volumes=[volume],
            mounts=[MOUNT],
        )
        _with_pods(cluster, made)


def _injected(cluster: ApiServer) -> None:
    """What an admission webhook adds to a pod is in no template."""
    for name, volume in (("cart", NODE_SOCKET), ("wish", OWN_SOCKET)):
        deployment = make_deployment(name, namespace="shop", replicas=2)
        cluster.create(deployment)
        replicaset, *pods = make_dependents(deployment, ["docker-1", "moved-1"])
        cluster.create(replicaset)
        for pod in pods:
            pod["spec"]["containers"].append(make_container("injected", mounts=[MOUNT]))
            pod["spec"]["volumes"] = [volume]
            cluster.create(pod)


def _with_pods(cluster: ApiServer, workload: JsonObject) -> None:
    cluster.create(workload)
    for dependent in make_dependents(workload, ["docker-1", "moved-1"]):
        cluster.create(dependent)


def test_all_five_are_found_once_and_none_of_their_likes(hidden: Path) -> None:
    """The workload a person would name, how bad it is, where it stands and how many pods there are; nothing else."""
    report = scan(hidden)
    assert report["coverage"] == {"complete": True, "gaps": []}
    found = []
    for workload in report["workloads"]:
        (finding,) = workload["findings"]
        assert {"code": "docker-socket", "severity": "blocker", "grade": "certain", "value": SOCKET}.items() <= (
            finding.items()
        )
        row = (workload["namespace"], workload["kind"], workload["name"], workload["pods"], workload["pods_exposed"])
        found.append((*row, finding["field"], tuple(finding["containers"])))
    assert found == [(*case[:5], case.field, case.containers) for case in HIDDEN]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_is_explained(hidden: Path, language: str) -> None:
    """Where and what in the manifest, what fails and what to read; that only live pods have it, of that one alone."""
    texts = catalogue(language)
    for case in HIDDEN:
        result = unshim("ask", "explain", case.full_name, "--lang", language, kubeconfig=hidden)
        assert result.code == 0
        assert case.full_name in result.lines[0]
        expected = ["docker-socket", case.seen_in, case.field, SOCKET, *case.containers, case.through]
        why = raw(texts.say(f"why.{case.reason}")).partition(". ")[0]
        fails = raw(texts.say("fails.mount" if case.reason == "docker-socket-checked" else "fails.empty-containerd"))
        expected += [why, fails, raw(texts.say("todo.docker-socket")), GUIDE]
        assert [text for text in expected if text not in result.out] == []
        assert (raw(texts.say("explain.live-only")) in result.out) == (case.name == "cart")


def test_their_likes_are_read_and_need_no_docker(hidden: Path) -> None:
    """They are not merely left out of the list."""
    for name in LIKES:
        first = unshim("ask", "explain", name, kubeconfig=hidden).lines[0]
        assert first == f"{name}: no dependency on Docker found in its spec."


@pytest.mark.parametrize("kinds", [KINDS, f"{KINDS},{ROLLOUTS}"], ids=["kinds read", "and Rollouts"])
def test_a_dump_gives_the_same_workloads(hidden: Path, dump: Callable[[str], Path], kinds: str) -> None:
    """What ``kubectl get … -o json`` writes of that cluster says neither more nor less."""
    online, offline = scan(hidden), scan(None, "--snapshot", str(dump(kinds)))
    assert len(offline["workloads"]) == len(HIDDEN)
    assert offline["workloads"] == online["workloads"]
    assert offline["nodes"] == online["nodes"]
