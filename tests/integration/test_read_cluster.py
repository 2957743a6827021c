"""The program on a real API server, logged in as the shipped ServiceAccount: right to the node and pod, and honest."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.snapshot import RESOURCES
from tests.factories import (
    make_claim,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_harmless_kinds,
    make_job,
    make_namespace,
    make_node,
    make_persistent_volume,
    make_pod,
    make_replication_controller,
    make_runtime_class,
    make_statefulset,
)
from tests.integration.apiserver import ApiServer
from tests.integration.program import Result, scan, unshim

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
KINDS = ",".join(RESOURCES)


@pytest.fixture
def mixed(cluster: ApiServer, deployed: Path) -> Path:
    """Create a cluster with three runtimes and every way to depend on Docker; return the kubeconfig to read it with."""
    docker, containerd = ("docker-1", "docker-2", "docker-3"), ("moved-1", "moved-2")
    for name in docker:
        cluster.create(make_node(name, runtime="docker://20.10.24", kubelet="v1.20.15", labels={"pool": "old"}))
    for name in containerd:
        cluster.create(make_node(name, labels={"pool": "new"}))
    cluster.create(make_node("shim-1", runtime="docker://23.0.6", kubelet="v1.24.17", labels={"pool": "kept"}))
    cluster.create(make_namespace("pay", labels={"team": "payments"}))
    agent = make_daemonset("agent", namespace="mon", labels={"team": "sre"}, host_paths=SOCKET)
    _with_pods(cluster, agent, [*docker, *containerd, "shim-1"])
    _with_pods(cluster, make_deployment("shop", namespace="web", replicas=2), ["docker-1", "moved-1"])
    _with_pods(cluster, make_deployment("idle", namespace="web", replicas=0, host_paths=SOCKET), [])
    cluster.create(make_cronjob("clean", namespace="pay", host_paths=SOCKET))
    cluster.create(make_job("once", namespace="pay", host_paths={"/var/lib/docker": "/data"}))
    cluster.create(
        make_persistent_volume("logs", host_path="/var/lib/docker/containers", claim="logs", namespace="log")
    )
    cluster.create(make_claim("logs", namespace="log", volume="logs"))
    _with_pods(
        cluster, make_statefulset("shipper", namespace="log", replicas=1, claims={"logs": "/logs"}), ["docker-2"]
    )
    _with_pods(
        cluster,
        make_replication_controller("old", namespace="web", host_paths={"/etc/docker": "/etc/docker"}),
        ["docker-3"],
    )
    cluster.create(make_pod("debug", namespace="web", node="docker-1", host_paths={"/var/run": "/host/run"}))
    cluster.create(make_pod("done", namespace="web", node="docker-1", phase="Succeeded"))
    cluster.create(make_runtime_class("gpu", handler="nvidia"))
    return deployed


def _with_pods(cluster: ApiServer, workload: dict[str, Any], nodes: list[str]) -> None:
    cluster.create(workload)
    for dependent in make_dependents(workload, nodes):
        cluster.create(dependent)


def test_the_scan_is_right_to_the_node_and_pod(mixed: Path) -> None:
    """Every runtime, workload, pod and exposed pod is what was created."""
    report = scan(mixed, env={"UNSHIM_POOL_LABEL": "pool"})
    assert report["coverage"] == {"complete": True, "gaps": []}
    assert report["cluster"]["version"].startswith("v1.")
    assert report["nodes"]["by_runtime"] == {"dockershim": 3, "cri-dockerd": 1, "containerd": 2}
    assert report["nodes"]["pools"] == [
        {"name": "old", "total": 3, "by_runtime": {"dockershim": 3}},
        {"name": "kept", "total": 1, "by_runtime": {"cri-dockerd": 1}},
        {"name": "new", "total": 2, "by_runtime": {"containerd": 2}},
    ]
    rows = [
        (w["severity"], w["namespace"], w["kind"], w["name"], w["pods"], w["pods_exposed"]) for w in report["workloads"]
    ]
    assert rows == [
        ("blocker", "mon", "DaemonSet", "agent", 6, 4),
        ("blocker", "pay", "CronJob", "clean", 0, 0),
        ("blocker", "web", "Deployment", "idle", 0, 0),
        ("blocker", "web", "ReplicationController", "old", 1, 1),
        ("degraded", "log", "StatefulSet", "shipper", 1, 1),
        ("degraded", "pay", "Job", "once", 0, 0),
        ("review", "web", "Pod", "debug", 1, 0),
    ]
    assert [w["owner"] for w in report["workloads"][:3]] == ["sre", "payments", None]


def test_status_and_pods_say_the_same_in_words(mixed: Path) -> None:
    """The sentences carry the numbers of the scan."""
    status = unshim("ask", "status", kubeconfig=mixed)
    assert status.code == 0
    assert status.lines[0] == "4 of 6 nodes still run on Docker; 6 workloads at risk, 1 to check: web/debug."
    assert "6 pods exposed · 2 already off Docker" in status.out
    pods = unshim("ask", "pods", "pay", kubeconfig=mixed)
    assert pods.lines[0] == "In pay: 2 workloads at risk."
    assert "pay/CronJob/clean" in pods.out


def test_a_dump_gives_the_same_nodes_and_workloads(mixed: Path, dump: Callable[[str], Path]) -> None:
    """Online and from ``kubectl get … -o json`` of the same moment, nodes and workloads are equal."""
    online = scan(mixed)
    offline = scan(None, "--snapshot", str(dump(KINDS)), "--as-of", "2026-11-20T09:00:00Z")
    assert offline["nodes"] == online["nodes"]
    assert offline["workloads"] == online["workloads"]
    assert offline["cluster"]["version"] is None
    assert offline["as_of"] == "2026-11-20T09:00:00Z"


def _rules(cluster: ApiServer) -> list[dict[str, Any]]:
    return list(cluster.request("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/unshim-reader")["rules"])


@pytest.fixture
def clean(cluster: ApiServer, deployed: Path) -> Path:
    """Create a cluster with nothing to find, but one object of every kind."""
    cluster.create(make_node("moved-1"))
    shop = make_deployment("shop", namespace="web", replicas=1)
    _with_pods(cluster, shop, ["moved-1"])
    for obj in make_harmless_kinds():
        cluster.create(obj)
    return deployed


@pytest.fixture
def without(cluster: ApiServer) -> Iterator[Any]:
    """Return a function that takes a resource out of the ClusterRole; everything is put back afterwards."""
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/unshim-reader"
    whole = cluster.request("GET", path)
    rules = whole["rules"]

    def patch(changed: list[dict[str, Any]]) -> None:
        cluster.request("PATCH", path, {"rules": changed}, content_type="application/merge-patch+json")

    yield lambda resource: patch([rule for rule in rules if rule.get("resources") != [resource]])
    patch(rules)


def test_with_every_permission_a_clean_cluster_is_said_to_be_clean(clean: Path) -> None:
    """The baseline of the tests below: without a gap, the answer does say that nothing was found."""
    result = unshim("ask", "status", kubeconfig=clean)
    assert result.lines[0] == "No node runs on Docker; nothing at risk found."
    assert unshim("scan", kubeconfig=clean).code == 0


@pytest.mark.parametrize("resource", RESOURCES)
def test_without_any_single_permission_no_answer_says_clean(clean: Path, without: Any, resource: str) -> None:
    """The gap is named in every answer, the scan ends with 4, and ``check`` names the permission and its Role."""
    without(resource)
    for language, sentence in (("en", "in what I can see"), ("ko", "확인할 수 있는 범위")):
        for question in (("status",), ("pods",), ("explain", "web/shop")):
            answer = unshim("ask", *question, "--lang", language, kubeconfig=clean)
            assert answer.code == 0
            assert sentence in answer.lines[0]
            assert resource in answer.out
    report = unshim("scan", "-o", "json", kubeconfig=clean)
    assert report.code == 4
    coverage = json.loads(report.out)["coverage"]
    assert not coverage["complete"]
    assert [gap["what"] for gap in coverage["gaps"]] == [resource]
    assert "403" in coverage["gaps"][0]["why"]
    _check_names(unshim("check", kubeconfig=clean), resource)


def _check_names(check: Result, resource: str) -> None:
    assert check.code == 1
    row = next(line for line in check.lines if line.startswith(f"list, watch {resource}"))
    assert "REFUSED" in row
    assert f'resources: ["{resource}"]' in check.out


def test_without_the_nodes_nothing_is_said_of_runtimes(clean: Path, without: Any) -> None:
    """Unknown is never shown as none."""
    without("nodes")
    assert unshim("ask", "status", kubeconfig=clean).lines[0].startswith("Which runtime the nodes use is unknown")
    assert unshim("ask", "nodes", kubeconfig=clean).lines[0] == "The nodes could not be read."
    assert "unknown" in unshim("ask", "milestones", kubeconfig=clean).lines[0]


def test_the_role_that_check_prints_mends_the_gap(clean: Path, without: Any, cluster: ApiServer) -> None:
    """Applied as printed, the Role makes the same check pass."""
    without("pods")
    printed = unshim("check", kubeconfig=clean).out
    role = printed[printed.index("apiVersion:") : printed.index("kubectl create")]
    rules = _rules(cluster)
    cluster.apply_manifest(role)
    try:
        assert unshim("check", kubeconfig=clean).code == 0
        assert unshim("scan", kubeconfig=clean).code == 0
    finally:
        assert len(_rules(cluster)) >= len(rules)


def test_no_secret_and_no_config_map_is_ever_requested(mixed: Path, cluster: ApiServer) -> None:
    """The ServiceAccount may not read them, and planted values show nowhere."""
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "planted", "namespace": "web"},
            "stringData": {"password": "planted-secret"},
        }
    )
    cluster.create(make_deployment("leaky", namespace="web", host_paths=SOCKET, env={"TOKEN": "planted-secret"}))
    for arguments in (("ask", "status"), ("ask", "explain", "web/leaky", "--json"), ("scan", "-o", "json"), ("check",)):
        result = unshim(*arguments, kubeconfig=mixed)
        assert "planted-secret" not in result.out + result.err
    token = cluster.service_account_token("unshim", "unshim")
    for resource in ("secrets", "configmaps"):
        with pytest.raises(AssertionError, match="forbidden"):
            cluster.request("GET", f"/api/v1/{resource}", token=token)


def test_a_list_of_many_pages_is_whole(mixed: Path) -> None:
    """One object a page gives the same report as one page."""
    paged = scan(mixed, env={"UNSHIM_PAGE_SIZE": "1"})
    whole = scan(mixed)
    assert (paged["nodes"], paged["workloads"]) == (whole["nodes"], whole["workloads"])
