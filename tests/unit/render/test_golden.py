"""Whole answers, word for word. ``make golden`` rewrites the files; a person reads the diff."""

import json
from collections.abc import Callable

import pytest

from bot.core.snapshot import Cause, Gap
from bot.core.view import ClusterView
from bot.render.data import scan_data
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import (
    make_claim,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_namespace,
    make_node,
    make_persistent_volume,
    make_pod,
    make_statefulset,
    owner_of,
)
from tests.unit.clusters import Objects, catalogue, json_of, mrkdwn_of, text_of, view_of
from tests.unit.conftest import Golden

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
CLONE_SET = {"apiVersion": "apps.kruise.io/v1alpha1", "kind": "CloneSet", "metadata": {"name": "cache", "uid": "1"}}


def mixed() -> list[Objects]:
    """Return a small cluster in the middle of its move: three pools, four runtimes, a workload of every kind."""
    annotation = {"kubeadm.alpha.kubernetes.io/cri-socket": "/var/run/dockershim.sock"}
    nodes = [
        make_node("general-1", runtime="docker://20.10.24", kubelet="v1.23.17", labels={"agentpool": "general"}),
        make_node(
            "general-2",
            runtime="docker://20.10.24",
            kubelet="v1.23.17",
            labels={"agentpool": "general"},
            annotations=annotation,
            is_ready=False,
            is_unschedulable=True,
        ),
        make_node("general-3", runtime="containerd://1.6.33", kubelet="v1.23.17", labels={"agentpool": "general"}),
        make_node("gpu-1", runtime="docker://24.0.7", kubelet="v1.24.17", labels={"agentpool": "gpu"}),
        make_node("edge-1", runtime="cri-o://1.24.6", kubelet="v1.24.17", labels={"agentpool": "edge"}),
        make_node("edge-2", runtime="", kubelet="v1.24.17", labels={"agentpool": "edge"}),
    ]
    builder = make_deployment("builder", namespace="ci", labels={"team": "developer-tools"}, host_paths=SOCKET)
    agent = make_daemonset(
        "agent", namespace="logging", host_paths={"/var/lib/docker/containers": "/logs", "/var/run": "/host/run"}
    )
    database = make_statefulset("database", namespace="shop", claims={"data": "/data"})
    nightly = make_cronjob("nightly", namespace="ci", host_paths={"/etc/docker/certs.d": "/certs"})
    return [
        *nodes,
        make_namespace("ci"),
        make_namespace("logging", labels={"team": "observability"}),
        *(make_namespace("shop"), make_namespace("empty")),
        *(builder, make_dependents(builder, ["general-1", "general-2", "edge-2"])),
        *(agent, make_dependents(agent, [node["metadata"]["name"] for node in nodes])),
        *(database, make_dependents(database, ["gpu-1"])),
        make_claim("data", namespace="shop", volume="pv-data"),
        make_persistent_volume("pv-data", host_path="/var/lib/docker/volumes/data", claim="data", namespace="shop"),
        nightly,
        make_pod("cache-0", namespace="shop", node="general-3", owner=owner_of(CLONE_SET), host_paths=SOCKET),
        make_pod("debug-shell", namespace="shop", node="general-1", host_paths={"/": "/host"}),
        make_pod("debug-shell", namespace="ci", node="edge-1"),
        make_deployment("dind", namespace="ci", image="docker:24-dind", privileged=True),
        make_deployment("web", namespace="shop", replicas=3),
    ]


def healthy() -> list[Objects]:
    web = make_deployment("web", namespace="shop")
    nodes = [make_node(f"node-{n}", runtime="containerd://2.1.4", kubelet="v1.34.2") for n in (1, 2)]
    return [*nodes, make_namespace("shop"), web, make_dependents(web, ["node-1", "node-2"])]


def partial() -> ClusterView:
    unread = {"pods": Cause.FORBIDDEN, "replicasets": Cause.FORBIDDEN, "cronjobs": Cause.SERVER_ERROR}
    lost = Gap("nodes", Cause.MALFORMED, objects=("gpu-2",), count=1)
    return view_of(*mixed(), unread=unread, gaps=[lost], version=None)


VIEWS: dict[str, Callable[[], ClusterView]] = {
    "mixed": lambda: view_of(*mixed(), version="v1.24.17"),
    "healthy": lambda: view_of(*healthy(), version="v1.34.2"),
    "partial": partial,
}

QUESTIONS = {
    "status": "status",
    "status-pool": "status general",
    "node": "status general-2",
    "node-unknown": "status edge-2",
    "nodes": "nodes",
    "pods": "pods",
    "pods-namespace": "pods ci",
    "explain": "explain ci/builder",
    "explain-through-volume": "explain database",
    "explain-live-pods": "explain cache",
    "explain-to-check": "explain shop/debug-shell",
    "explain-info": "explain dind",
    "explain-clean": "explain web",
    "milestones": "milestones",
    "not-found": "explain bilder",
    "ambiguous": "explain debug-shell",
    "guide": "guide docker-socket",
    "help": "help",
    "help-nearest": "statsu general",
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_mixed_cluster_in_a_terminal(name: str, language: str, golden: Golden) -> None:
    view = VIEWS["mixed"]()
    golden.check(f"{name}.{language}.txt", text_of(view, QUESTIONS[name], language) + "\n")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ["status", "nodes", "pods", "explain", "milestones"])
def test_the_mixed_cluster_in_slack(name: str, language: str, golden: Golden) -> None:
    view = VIEWS["mixed"]()
    golden.check(f"{name}.{language}.mrkdwn.txt", mrkdwn_of(view, QUESTIONS[name], language) + "\n")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("cluster", ["healthy", "partial"])
@pytest.mark.parametrize("name", ["status", "pods", "milestones"])
def test_a_healthy_and_a_partly_read_cluster(name: str, cluster: str, language: str, golden: Golden) -> None:
    golden.check(f"{cluster}-{name}.{language}.txt", text_of(VIEWS[cluster](), QUESTIONS[name], language) + "\n")


@pytest.mark.parametrize("name", ["status", "pods", "explain", "node"])
def test_the_json_of_an_answer(name: str, golden: Golden) -> None:
    data = json_of(VIEWS["mixed"](), QUESTIONS[name])
    golden.check(f"{name}.json", json.dumps(data, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("cluster", VIEWS)
def test_the_scan_as_json(cluster: str, golden: Golden) -> None:
    view = VIEWS[cluster]()
    data = scan_data(view, view.with_findings, catalogue("en"))
    golden.check(f"{cluster}-scan.json", json.dumps(data, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("cluster", VIEWS)
def test_the_scan_as_a_table(cluster: str, golden: Golden) -> None:
    view = VIEWS[cluster]()
    golden.check(f"{cluster}-scan.txt", to_text(compose_scan(view, view.with_findings, catalogue("en"))) + "\n")
