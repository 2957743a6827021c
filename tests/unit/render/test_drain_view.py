"""What a drain does, as people read it: which command goes through, which pods go where, and what stays."""

from typing import Any

import pytest

from bot.core.questions import Drain
from bot.core.snapshot import Cause, Gap
from bot.core.view import ClusterView
from bot.render.compose import compose
from bot.render.parts import TERMINAL
from bot.render.text import to_text
from tests.factories import make_daemonset, make_dependents, make_deployment, make_node, make_pod, make_statefulset
from tests.unit.clusters import DOCKER, Objects, catalogue, service, view_of

SOCKET = {"/var/run/docker.sock": "/s"}
SCRATCH = [{"name": "scratch", "emptyDir": {}}]
NODES = [make_node("n1", runtime=DOCKER), make_node("n2")]
COMMAND = "kubectl drain n1 --ignore-daemonsets"


def placed(workload: Any, *nodes: str, **more: str) -> list[Objects]:
    return [workload, make_dependents(workload, list(nodes), **more)]


def text(view: ClusterView, language: str = "en", node: str = "n1") -> str:
    return to_text(compose(service(view).ask(Drain(node), language), catalogue(language), TERMINAL))


def verdict(view: ClusterView, language: str = "en") -> str:
    return text(view, language).partition("\n")[0]


def test_the_command_deletes_emptydir_data_where_a_pod_that_is_evicted_has_some() -> None:
    view = view_of(*NODES, *placed(make_deployment("web", volumes=SCRATCH), "n1", "n2"))
    shown = text(view)
    assert f"{COMMAND} --delete-emptydir-data (pods there have emptyDir volumes: their data is deleted)" in shown
    assert "Loses emptyDir data  default/Deployment/web" in shown
    assert "(emptyDir 볼륨을 쓰는 파드가 있으며, 그 데이터는 삭제됩니다)" in text(view, "ko")


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(placed(make_deployment("web"), "n1", "n2"), id="none-has-one"),
        pytest.param(placed(make_deployment("web", volumes=SCRATCH), "n2"), id="only-elsewhere"),
        pytest.param(placed(make_daemonset("agent", volumes=SCRATCH), "n1"), id="of-a-daemonset"),
        pytest.param(placed(make_deployment("web", volumes=SCRATCH), "n1", phase="Succeeded"), id="finished"),
    ],
)
def test_the_command_deletes_nothing_that_a_drain_does_not_evict(objects: list[Objects]) -> None:
    shown = text(view_of(*NODES, *objects))
    assert COMMAND in shown
    assert "emptyDir" not in shown
    assert "emptydir" not in shown


def test_an_emptydir_that_only_a_live_pod_has_counts() -> None:
    web, pods = placed(make_deployment("web"), "n1", "n2")
    for item in pods:
        if item["kind"] == "Pod":  # as a sidecar's injector leaves it
            item["spec"]["volumes"] = SCRATCH
    assert "--delete-emptydir-data" in text(view_of(*NODES, web, pods))


def test_emptydirs_of_pods_that_were_not_read_are_said_to_be_unchecked() -> None:
    lost = Gap("pods", Cause.MALFORMED, objects=("default/lost",), count=1)
    view = view_of(*NODES, *placed(make_deployment("web"), "n1", "n2"), gaps=[lost])
    assert "nor local storage (emptyDir) of pods that were not read" in text(view)
    assert verdict(view).startswith("In what I can see, draining n1 (dockershim) evicts 1 pod")
    assert "default/Deployment/web (it has pods on other nodes)" in text(view)
    unread = view_of(*NODES, make_deployment("web"), unread={"pods": Cause.FORBIDDEN})
    assert "nor local storage (emptyDir)" in text(unread)


def test_a_workload_evicted_in_part_is_told_where_its_other_pods_are_not_that_they_run() -> None:
    web = make_deployment("web", replicas=4)
    view = view_of(*NODES, *placed(web, "n1", "n2", "n2"))
    assert "default/Deployment/web (its 2 other pods are on other nodes)" in text(view)
    assert "default/Deployment/web(나머지 파드 2개는 다른 노드에 있음)" in text(view, "ko")
    _, pods = placed(web, "n1", "n2", "n2", "n2")
    pods[-1]["spec"].pop("nodeName")
    view = view_of(*NODES, web, pods)
    assert "default/Deployment/web (its other pods: 2 on other nodes, 1 without a node yet)" in text(view)


def test_a_drain_says_what_it_does_before_what_is_at_risk_there() -> None:
    view = view_of(
        *NODES,
        *placed(make_daemonset("agent", host_paths=SOCKET), "n1", "n2"),
        *placed(make_deployment("web"), "n1", "n2"),
    )
    assert verdict(view) == (
        "Draining n1 (dockershim) evicts 1 pod and leaves no workload without pods. "
        "The workload at risk there (kube-system/agent) is a DaemonSet: a drain leaves it in place."
    )
    assert verdict(view, "ko") == (
        "n1(dockershim) 노드를 드레인하면 파드 1개가 축출되며, 파드가 하나도 남지 않는 워크로드는 없습니다. "
        "이 노드의 위험 워크로드 1개(kube-system/agent)는 DaemonSet이라 드레인해도 그대로 남습니다."
    )


def test_at_risk_workloads_that_a_drain_evicts_are_named_as_such() -> None:
    database = placed(make_statefulset("database", host_paths=SOCKET), "n1")
    view = view_of(*NODES, *database)
    assert verdict(view) == (
        "Draining n1 (dockershim) stops 1 workload for a while (default/database). "
        "The workload at risk there (default/database) is among those evicted."
    )
    both = view_of(*NODES, *database, *placed(make_daemonset("agent", host_paths=SOCKET), "n1"))
    assert verdict(both).endswith(
        "Of the 2 workloads at risk there it evicts 1: default/database; "
        "the others are DaemonSets or static pods and stay."
    )


def test_static_pods_at_risk_stay_as_well() -> None:
    owner = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "1", "controller": True}
    view = view_of(*NODES, make_pod("etcd", node="n1", owner=owner, host_paths=SOCKET))
    assert verdict(view).endswith(
        "The workload at risk there (default/etcd) is a static pod: a drain leaves it in place."
    )


def test_at_risk_pods_on_a_node_off_docker_are_said_to_be_broken_or_not_to_use_it() -> None:
    view = view_of(make_node("n1"), *placed(make_daemonset("agent", host_paths=SOCKET), "n1"))
    assert "The node runs containerd, not Docker: what is at risk is broken there already" in verdict(view)


def test_a_pod_that_wants_dockershim_is_told_that_it_is_gone_from_a_cri_dockerd_node() -> None:
    wants = {"/var/run/dockershim.sock": "/s"}
    agents = [
        *placed(make_daemonset("old", host_paths=wants), "n1"),
        *placed(make_daemonset("a", host_paths=SOCKET), "n1"),
    ]
    gone = view_of(make_node("n1", runtime=DOCKER, kubelet="v1.24.17"), *agents)
    assert "kube-system/DaemonSet/old: 1 pod (dockershim is already gone here)" in text(gone)
    assert "kube-system/DaemonSet/old: 파드 1개(이 노드에는 이미 도커심이 없음)" in text(gone, "ko")
    assert "kube-system/DaemonSet/a: 1 pod\n" in text(gone)
    assert "already gone" not in text(view_of(make_node("n1", runtime=DOCKER), *agents))
