"""The JSON of the contracts, key by key (DESIGN section 4)."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_dependents, make_deployment, make_node, make_pod
from tests.unit.cli.program import AS_OF, DATA, PARENT, SOCKET, dump, every_kind, run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    builder = make_deployment("builder", namespace="ci", labels={"team": "tools"}, host_paths=SOCKET)
    return dump(
        tmp_path,
        *every_kind(),
        *(builder, make_dependents(builder, ["on-docker", "off-docker"])),
        *make_dependents(builder, ["on-docker"], phase="Succeeded")[1:],
        make_deployment("reader", namespace="web", host_paths=DATA),
        make_deployment("shell", namespace="web", host_paths=PARENT),
        make_deployment("dind", namespace="web", image="docker:dind"),
        make_pod("builder", namespace="ci", node="on-docker", host_paths=SOCKET),
    )


def scan(path: Path, *options: str) -> Any:
    return run("scan", "-o", "json", "--snapshot", path, "--as-of", AS_OF, *options).json


def test_the_keys_of_a_scan_are_those_of_the_contract(path: Path) -> None:
    data = scan(path)
    assert list(data) == ["schema", "as_of", "cluster", "coverage", "nodes", "workloads"]
    assert (data["schema"], data["as_of"]) == ("unshim.scan/v1", AS_OF)
    assert list(data["cluster"]) == ["name", "version", "provider"]
    assert list(data["coverage"]) == ["complete", "gaps"]
    assert list(data["nodes"]) == ["total", "by_runtime", "pools"]
    for pool in data["nodes"]["pools"]:
        assert list(pool) == ["name", "total", "by_runtime"]
    workload = ["kind", "namespace", "name", "severity", "owner", "pods", "pods_exposed", "excepted", "findings"]
    finding = ["code", "severity", "grade", "field", "value", "containers", "why", "guide", "excepted"]
    for item in data["workloads"]:
        assert list(item) == workload
        assert item["findings"]
        for found in item["findings"]:
            assert list(found) == finding


def test_a_scan_counts_nodes_by_runtime_and_pool_without_zeros(path: Path) -> None:
    assert scan(path)["nodes"] == {
        "total": 2,
        "by_runtime": {"dockershim": 1, "containerd": 1},
        "pools": [
            {"name": "a", "total": 1, "by_runtime": {"dockershim": 1}},
            {"name": "b", "total": 1, "by_runtime": {"containerd": 1}},
        ],
    }


def test_a_scan_lists_every_workload_with_a_finding_worst_first(path: Path) -> None:
    listed = [(item["severity"], item["namespace"], item["kind"], item["name"]) for item in scan(path)["workloads"]]
    assert listed == [
        ("blocker", "ci", "Deployment", "builder"),
        ("blocker", "ci", "Pod", "builder"),
        ("degraded", "web", "Deployment", "reader"),
        ("review", "web", "Deployment", "shell"),
        ("info", "web", "Deployment", "dind"),
    ]


def test_a_workload_of_a_scan(path: Path) -> None:
    builder = scan(path)["workloads"][0]
    why = builder["findings"][0].pop("why")
    assert why.startswith("It talks to the node's Docker API")
    assert builder == {
        "kind": "Deployment",
        "namespace": "ci",
        "name": "builder",
        "severity": "blocker",
        "owner": "tools",
        "pods": 2,
        "pods_exposed": 1,
        "excepted": False,
        "findings": [
            {
                "code": "docker-socket",
                "severity": "blocker",
                "grade": "certain",
                "field": "spec.template.spec.volumes[0].hostPath.path",
                "value": "/var/run/docker.sock",
                "containers": ["main"],
                "guide": "check-impact",
                "excepted": None,
            }
        ],
    }


def test_a_workload_nobody_owns_has_no_owner(path: Path) -> None:
    assert [item["owner"] for item in scan(path)["workloads"]] == ["tools", None, None, None, None]


def test_a_complete_scan_says_so_and_a_partial_one_says_why_not(path: Path, tmp_path: Path) -> None:
    assert scan(path)["coverage"] == {"complete": True, "gaps": []}
    partial = scan(dump(tmp_path, make_node(), name="partial.json"))["coverage"]
    assert partial["complete"] is False
    assert {"what": "pods", "why": "the dump holds no pods; none exist, or they were not dumped"} in partial["gaps"]


def test_the_time_of_a_scan_is_rfc_3339_in_utc(path: Path) -> None:
    assert scan(path, "--as-of", "2026-11-23T18:00:00.5+09:00")["as_of"] == "2026-11-23T09:00:00Z"


def ask(path: Path, *words: str) -> Any:
    return run("ask", *words, "--json", "--snapshot", path, "--as-of", AS_OF).json


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["status"], {"kind": "status", "target": None}),
        (["status", "a"], {"kind": "status", "target": "a"}),
        (
            ["pods", "ci"],
            {"kind": "at-risk", "namespace": "ci", "workload": None, "owner": None, "code": None, "pool": None},
        ),
        (["explain", "shell"], {"kind": "explain", "target": "shell"}),
        (["guide", "socket"], {"kind": "guide", "topic": "socket"}),
        (["milestones"], {"kind": "milestones"}),
        (["help"], {"kind": "help", "unknown": None, "nearest": None}),
        (["statsu"], {"kind": "help", "unknown": "statsu", "nearest": "status"}),
        (["explain", "nothing"], {"kind": "explain", "target": "nothing"}),
        (
            ["nodes", "docker", "1.20"],
            {
                "kind": "nodes",
                "runtimes": ["dockershim", "cri-dockerd"],
                "pool": None,
                "version": "1.20",
                "name": None,
                "ready": None,
                "cordoned": None,
            },
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_answer_as_json(words: list[str], question: dict[str, Any], path: Path) -> None:
    data = ask(path, *words)
    assert list(data) == ["schema", "question", "answer", "data", "understood"]
    assert data["schema"] == "unshim.answer/v1"
    assert data["question"] == question
    assert data["answer"] + "\n" == run("ask", *words, "--snapshot", path, "--as-of", AS_OF).out
    assert isinstance(data["data"], dict)


def test_dates_are_iso_8601(path: Path) -> None:
    data = ask(path, "milestones")["data"]
    assert data["seen"]["as_of"] == AS_OF
    assert data["today"] == "2026-11-23"
    assert [state["milestone"]["day"] for state in data["states"]][-2:] == ["2026-12-16", "2028-04-30"]


def test_the_facts_of_an_answer_agree_with_the_scan(path: Path) -> None:
    listed = scan(path)["workloads"]
    at_risk = ask(path, "pods")["data"]
    assert [*at_risk["at_risk"], *at_risk["to_check"], *at_risk["info"]] == listed
    status = ask(path, "status")["data"]
    assert status["exposed"] == sum(item["pods_exposed"] for item in listed)
    assert dict(status["by_runtime"]) == scan(path)["nodes"]["by_runtime"]


def test_names_outside_ascii_are_printed_as_they_are(tmp_path: Path) -> None:
    path = dump(tmp_path, make_pod("한글", host_paths=SOCKET))
    assert '"name": "한글"' in run("scan", "-o", "json", "--snapshot", path).out
