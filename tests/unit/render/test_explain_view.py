"""Why a workload is listed: how sure that is stands in the first line, and dockershim is not where it is gone."""

import pytest

from bot.core.questions import Explain, Safe
from bot.core.view import ClusterView
from bot.render.compose import compose
from bot.render.parts import TERMINAL
from bot.render.text import to_text
from tests.factories import make_daemonset, make_dependents, make_node
from tests.unit.clusters import DOCKER, catalogue, service, view_of

NODES = [
    make_node("old", runtime=DOCKER),
    make_node("new", runtime=DOCKER, kubelet="v1.24.17"),
    make_node("other", kubelet="v1.24.17"),
]


def view(path: str, *nodes: str, name: str = "agent") -> ClusterView:
    agent = make_daemonset(name, host_paths={path: "/s"})
    return view_of(*NODES, agent, make_dependents(agent, list(nodes)))


def text(shown: ClusterView, language: str = "en", question: Explain | Safe = Explain("agent")) -> str:  # noqa: B008
    return to_text(compose(service(shown).ask(question, language), catalogue(language), TERMINAL))


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/var/run/docker.sock", "is at risk (blocker, certain): it stops working when its node leaves Docker."),
        ("/etc/docker/daemon.json", "is at risk (blocker, likely): it stops working when its node leaves Docker."),
        (
            "/etc/docker/certs.d",
            "may be at risk (blocker, possible): if so, it stops working when its node leaves Docker.",
        ),
        ("/var/lib/docker", "is at risk (degraded, likely): it loses data or a function"),
    ],
)
def test_the_first_line_says_how_sure_the_worst_finding_is(path: str, verdict: str) -> None:
    assert text(view(path, "old")).startswith(f"kube-system/DaemonSet/agent {verdict}")


def test_of_findings_alike_the_surest_counts() -> None:
    agent = make_daemonset("agent", host_paths={"/etc/docker/certs.d": "/c", "/var/run/docker.sock": "/s"})
    assert text(view_of(*NODES, agent)).startswith("kube-system/DaemonSet/agent is at risk (blocker, certain)")


def test_a_possible_risk_is_not_a_certain_one_where_safety_is_asked_for() -> None:
    shown = text(view("/etc/docker/certs.d", "old"), question=Safe("agent"))
    assert shown.startswith("Not safe to move yet: kube-system/DaemonSet/agent may be at risk; if so, it stops working")
    korean = text(view("/etc/docker/certs.d", "old"), "ko")
    assert korean.startswith("kube-system/DaemonSet/agent: 중단 위험(가능성 있음). 확실하지는 않으며, 해당되는 경우 ")


@pytest.mark.parametrize(
    ("path", "nodes", "sentence"),
    [
        (
            "/var/run/dockershim.sock",
            ("new",),
            "dockershim is already gone from its 1 node (cri-dockerd): it is broken",
        ),
        ("/var/run/dockershim.sock", ("old", "new"), "dockershim is already gone from 1 of its 2 nodes (cri-dockerd)"),
        ("/var/run/dockershim.sock", ("old",), None),
        ("/var/run/docker.sock", ("new",), None),
    ],
)
def test_dockershims_socket_is_said_to_be_gone_on_docker_nodes_without_dockershim(
    path: str, nodes: tuple[str, ...], sentence: str | None
) -> None:
    shown = text(view(path, *nodes))
    assert (sentence or "already gone") in shown if sentence else "already gone" not in shown
    assert ("이미 도커심이 없습니다" in text(view(path, *nodes), "ko")) is bool(sentence)


def test_that_dockershim_is_gone_changes_no_count() -> None:
    assert "1 (1 exposed)" in text(view("/var/run/dockershim.sock", "new"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/var/lib/docker/containers", "As this workload is set up here, it likely depends on Docker (see above)."),
        ("/var/run/docker.sock", "As this workload is set up here, it depends on Docker (see above)."),
        ("/etc/docker/certs.d", "As this workload is set up here, it may depend on Docker (see above)."),
    ],
)
def test_a_product_depends_on_docker_as_surely_as_its_finding_says(path: str, sentence: str) -> None:
    assert sentence in text(view(path, "old", name="fluentd"), question=Explain("fluentd"))
