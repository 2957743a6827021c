"""A watched cluster on a real API server and etcd that are killed, cut off, compacted and forbidden."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from tests.factories import make_daemonset, make_dependents, make_deployment, make_node, make_pod
from tests.integration.apiserver import MERGE_PATCH, ApiServer
from tests.integration.proxy import Proxy
from tests.integration.soak import BASE, BINDING, Plan, soak
from tests.integration.watched import Watched, watching

DOCKER = "docker://20.10.24"
SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}


@pytest.fixture(scope="module")
def server(assets: Path) -> Iterator[ApiServer]:
    """Yield an API server that forgets its history within seconds, with small watch caches."""
    flags = ["--etcd-compaction-interval=1s", "--default-watch-cache-size=10", "--watch-cache-sizes=pods#10"]
    with ApiServer(flags) as server:
        server.apply_manifest(BASE)
        server.create(make_node("old", runtime=DOCKER))
        shop = make_deployment("shop", namespace="web", replicas=1, host_paths=SOCKET)
        for made in (shop, *make_dependents(shop, ["old"])):
            server.create(made)
        yield server


@pytest.fixture
def proxy(server: ApiServer) -> Iterator[Proxy]:
    """Yield what stands between the program and the API server."""
    with Proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def watched(server: ApiServer, proxy: Proxy, tmp_path: Path) -> Iterator[Watched]:
    """Yield a view of it, of the shipped ServiceAccount, by way of the proxy."""
    token = server.service_account_token("unshim", "unshim")
    config = server.kubeconfig(tmp_path / "config", token, port=proxy.port)
    with watching(config, watch=3.0, again=1.0) as watched:
        yield watched


def has(name: str, view: ClusterView) -> bool:
    return any(workload.key.name == name for workload in view.workloads)


def test_a_change_is_seen_at_once_and_a_fix_too(server: ApiServer, watched: Watched) -> None:
    agent = server.create(make_daemonset("agent", namespace="web", host_paths=SOCKET))
    watched.wait_for(lambda view: len(view.at_risk) == 2, 5)
    server.delete(agent)
    watched.wait_for(lambda view: len(view.at_risk) == 1, 5)
    status = {"status": {"nodeInfo": {"containerRuntimeVersion": "containerd://1.7.0"}}}
    server.request("PATCH", "/api/v1/nodes/old/status", status, content_type=MERGE_PATCH)
    view = watched.wait_for(lambda view: not any(node.runtime.is_docker for node in view.nodes), 5)
    assert view.at_risk[0].pods.exposed == 0
    server.request(
        "PATCH",
        "/api/v1/nodes/old/status",
        {"status": {"nodeInfo": {"containerRuntimeVersion": DOCKER}}},
        content_type=MERGE_PATCH,
    )
    assert watched.settle().at_risk[0].pods.exposed == 1


def test_a_killed_api_server_keeps_the_view_and_is_watched_again(server: ApiServer, watched: Watched) -> None:
    before = watched.settle()
    server.kill()
    view = watched.wait_for(lambda view: view.overdue is not None)
    assert view.workloads == before.workloads
    server.start()
    pod = server.create(make_pod("after", namespace="web"))
    watched.wait_for(lambda view: has("after", view), 60)
    server.delete(pod)
    watched.settle(60)


def test_what_happened_while_it_was_cut_off_is_listed_once_the_history_is_gone(
    server: ApiServer, proxy: Proxy, watched: Watched
) -> None:
    gone = server.create(make_pod("gone", namespace="web"))
    watched.wait_for(lambda view: has("gone", view))
    proxy.refuse()
    proxy.cut()
    server.delete(gone)
    pods = [server.create(make_pod(f"new-{n}", namespace="web")) for n in range(40)]
    time.sleep(4.0)  # so that etcd is compacted twice
    server.kill()  # and the watch cache begins anew
    server.start()
    proxy.accept()
    watched.wait_for(lambda view: has("new-39", view) and not has("gone", view), 60)
    for pod in pods:
        server.delete(pod)
    watched.settle(60)
    assert watched.count("unshim_relists_total", cause="expired") >= 1


def test_a_connection_that_is_half_open_is_noticed(server: ApiServer, proxy: Proxy, watched: Watched) -> None:
    watched.settle()
    proxy.half_open()
    pod = server.create(make_pod("unheard", namespace="web"))
    watched.wait_for(lambda view: has("unheard", view), 30)
    server.delete(pod)
    watched.settle()
    assert watched.count("unshim_watch_seconds_count", outcome="silent") >= 1


def test_a_slow_line_makes_views_old_and_never_wrong(server: ApiServer, proxy: Proxy, watched: Watched) -> None:
    proxy.delay(0.4)
    pod = server.create(make_pod("late", namespace="web"))
    watched.wait_for(lambda view: has("late", view), 10)
    server.delete(pod)
    watched.wait_for(lambda view: not has("late", view), 10)
    proxy.delay(0.0)
    watched.settle()


def test_permissions_that_are_withdrawn_and_come_back(server: ApiServer, proxy: Proxy, watched: Watched) -> None:
    before = watched.settle()
    binding = server.request("GET", BINDING)
    server.request("DELETE", BINDING)
    proxy.cut()
    view = watched.wait_for(lambda view: view.overdue is not None or view.gaps)
    for field in ("resourceVersion", "uid"):
        del binding["metadata"][field]
    if view.gaps:
        assert {gap.cause for gap in view.gaps} == {Cause.FORBIDDEN}
    server.request("POST", BINDING.rpartition("/")[0], binding)
    assert watched.settle(60).workloads == before.workloads


def test_under_churn_and_faults_no_view_claims_too_much_and_the_last_is_right(assets: Path) -> None:
    plan = Plan(seconds=40.0, rate=200.0, kills=1, cuts=3, withdrawals=1, half_opens=1, pods=600, warm_seconds=5.0)
    outcome = soak(plan)
    assert outcome.false == []
    assert outcome.claims > 100
    assert outcome.changes is not None
    assert outcome.changes.succeeded > 1000
