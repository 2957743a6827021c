"""The harness itself: what the other integration tests take for granted about the API server and the factories."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import factories
from tests.integration.apiserver import ApiError, ApiServer
from tests.integration.load import Filled

JsonObject = dict[str, Any]

PODS = "/api/v1/pods"
WORKLOADS = [
    factories.make_deployment,
    factories.make_replicaset,
    factories.make_daemonset,
    factories.make_statefulset,
    factories.make_replication_controller,
    factories.make_job,
    factories.make_cronjob,
]


def test_objects_keep_their_status_and_the_service_account_can_list_them(cluster: ApiServer, deployed: Path) -> None:
    cluster.create(factories.make_node("n1", runtime=factories.DOCKER))
    cluster.create(
        factories.make_pod("web", namespace="shop", node="n1", host_paths={"/var/run/docker.sock": "/d.sock"})
    )
    token = yaml.safe_load(deployed.read_text())["users"][0]["user"]["token"]

    (node,) = cluster.request("GET", "/api/v1/nodes", token=token)["items"]
    (pod,) = cluster.request("GET", PODS, token=token)["items"]

    assert node["status"]["nodeInfo"]["containerRuntimeVersion"] == factories.DOCKER
    assert "taints" not in node["spec"]
    assert (pod["spec"]["nodeName"], pod["status"]["phase"]) == ("n1", "Running")
    assert pod["spec"]["volumes"][0]["hostPath"]["path"] == "/var/run/docker.sock"


def test_the_service_account_is_refused_what_it_was_not_given(apiserver: ApiServer, deployed: Path) -> None:
    token = yaml.safe_load(deployed.read_text())["users"][0]["user"]["token"]
    with pytest.raises(ApiError, match="cannot list resource") as refused:
        apiserver.request("GET", "/api/v1/secrets", token=token)
    assert (refused.value.code, refused.value.reason) == (403, "Forbidden")


@pytest.mark.parametrize("make", WORKLOADS, ids=lambda make: make.__name__)
def test_dependents_point_at_the_uids_in_the_store(cluster: ApiServer, make: Callable[..., JsonObject]) -> None:
    """No garbage collector checks owner references here, so a wrong uid would go unnoticed until a real cluster."""
    workload = make(host_paths={factories.DOCKER_SOCKET: factories.DOCKER_SOCKET})
    stored = [cluster.create(obj) for obj in (workload, *factories.make_dependents(workload, ["n1", "n2"]))]

    uids = {obj["metadata"]["uid"] for obj in stored}
    owners = [obj["metadata"]["ownerReferences"][0]["uid"] for obj in stored[1:]]
    pods = [obj for obj in stored if obj["kind"] == "Pod"]
    assert set(owners) < uids
    assert [pod["spec"]["nodeName"] for pod in pods] == ["n1", "n2"]
    assert all(pod["spec"]["volumes"][0]["hostPath"]["path"] == factories.DOCKER_SOCKET for pod in pods)


def test_reset_deletes_what_create_made_and_nothing_else(apiserver: ApiServer) -> None:
    before = apiserver.request("GET", "/api/v1/namespaces")["items"]
    apiserver.create(factories.make_namespace("shop", labels={"team": "shop"}))
    apiserver.create(factories.make_persistent_volume(host_path="/var/lib/docker", claim="data", namespace="shop"))
    claim = apiserver.create(factories.make_claim(namespace="shop"))
    apiserver.create(factories.make_runtime_class())
    assert claim["status"]["phase"] == "Bound"

    apiserver.reset()

    kinds = [("v1", "PersistentVolume"), ("v1", "PersistentVolumeClaim"), ("node.k8s.io/v1", "RuntimeClass")]
    assert apiserver.dump(kinds)["items"] == []
    after = apiserver.request("GET", "/api/v1/namespaces")["items"]
    assert [item["metadata"]["name"] for item in after] == [item["metadata"]["name"] for item in before]


@pytest.mark.usefixtures("assets")
def test_data_and_address_survive_a_crash() -> None:
    with ApiServer() as server:
        filled = server.fill(nodes=10, pods=120, deployments=32)  # of three or four pods each
        url = server.url
        server.kill()
        server.start()
        pods = server.request("GET", PODS)["items"]
        nodes = server.request("GET", "/api/v1/nodes")["items"]

    sockets = [pod for pod in pods if any("hostPath" in volume for volume in pod["spec"]["volumes"])]
    docker = {
        node["metadata"]["name"]
        for node in nodes
        if node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("docker://")
    }
    exposed = [pod for pod in sockets if pod["spec"]["nodeName"] in docker]
    assert server.url == url
    assert len({pod["metadata"]["uid"] for pod in pods}) == 120
    assert filled == Filled(
        nodes=len(nodes),
        docker_nodes=len(docker),
        namespaces=len({pod["metadata"]["namespace"] for pod in pods}),
        deployments=len({pod["metadata"]["labels"]["app"] for pod in pods}),
        socket_deployments=1,
        pods=len(pods),
        socket_pods=len(sockets),
        exposed_pods=len(exposed),
    )


@pytest.mark.usefixtures("assets")
def test_no_server_outlives_a_killed_test_run(tmp_path: Path) -> None:
    code = (
        "from tests.integration.apiserver import ApiServer; "
        "server = ApiServer(); server.start(); print(server.port, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},  # what it leaves behind goes with the test's folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        assert _is_listening(port)
        run.kill()

    deadline = time.monotonic() + 5
    while _is_listening(port):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
