"""The stream of changes: it keeps its rate and its bounds, touches every kind, and outlives its API server."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import urllib3

from tests.integration.apiserver import ApiServer
from tests.integration.churn import WORKERS, Churn

WATCHED = {
    "pods": "/api/v1/pods",
    "nodes": "/api/v1/nodes",
    "deployments": "/apis/apps/v1/deployments",
    "replicasets": "/apis/apps/v1/replicasets",
}


@pytest.fixture(scope="module")
def server(assets: object) -> Iterator[ApiServer]:
    """Yield a server of its own: what is made stays in it."""
    with ApiServer() as server:
        yield server


def _events(server: ApiServer, path: str, start: str) -> Counter[str]:
    headers = {"Authorization": f"Bearer {server.admin_token}"}
    url = f"{server.url}{path}?watch=1&resourceVersion={start}&timeoutSeconds=1"
    with urllib3.PoolManager(ca_certs=str(server.ca_file), retries=False, timeout=20) as http:
        return Counter(json.loads(line)["type"] for line in http.request("GET", url, headers=headers).data.splitlines())


def test_it_keeps_its_rate_and_touches_every_kind(server: ApiServer) -> None:
    start = server.request("GET", "/api/v1/pods?limit=1")["metadata"]["resourceVersion"]
    with Churn(server, rate=200, seed=1, seconds=4) as churn:
        report = churn.wait(30)
        assert not churn.is_running
    assert report.failed == {}
    assert 0.8 * 200 <= report.succeeded / report.seconds <= 1.3 * 200
    events = {plural: _events(server, path, start) for plural, path in WATCHED.items()}
    assert set(events["pods"]) == {"ADDED", "MODIFIED", "DELETED"}
    assert all(events[plural]["MODIFIED"] for plural in ("nodes", "deployments", "replicasets"))
    deployments = server.request("GET", WATCHED["deployments"])["items"]
    assert len({bool(item["spec"]["template"]["spec"].get("volumes")) for item in deployments}) == 2
    nodes = server.request("GET", WATCHED["nodes"])["items"]
    assert len({item["status"]["nodeInfo"]["containerRuntimeVersion"] for item in nodes}) == 2


def test_it_outlives_its_server_and_stops_when_told(server: ApiServer) -> None:
    with Churn(server, rate=100, seed=2) as churn:
        time.sleep(1.5)
        server.kill()
        time.sleep(0.5)
        assert churn.is_running
        server.start()
        start = server.request("GET", "/api/v1/pods?limit=1")["metadata"]["resourceVersion"]
        time.sleep(1.5)
        report = churn.stop()
        assert churn.stop() is report
    assert report.retried >= WORKERS
    assert sum(_events(server, WATCHED["pods"], start).values()) > 50


def test_a_count_is_a_bound(server: ApiServer) -> None:
    with Churn(server, rate=500, seed=3, count=120) as churn:
        report = churn.wait(30)
    assert report.succeeded + sum(report.failed.values()) == 120


def test_what_this_machine_sustains(server: ApiServer, note: Callable[[str], None]) -> None:
    with Churn(server, rate=100_000, seed=4, seconds=5) as churn:
        report = churn.wait(30)
    rate = report.succeeded / report.seconds
    note(f"churn: kube-apiserver takes {rate:,.0f} changes a second")
    assert rate > 100
