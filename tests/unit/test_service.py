"""From a question to the facts of its answer: filters, pools, namespaces, near names, ambiguity."""

import pytest

from bot.core.answers import (
    AmbiguousAnswer,
    AtRiskAnswer,
    ExplainAnswer,
    HelpAnswer,
    MilestonesAnswer,
    NodeAnswer,
    NodesAnswer,
    NotFoundAnswer,
    StatusAnswer,
)
from bot.core.snapshot import Cause
from bot.core.topic_answers import GuideAnswer
from tests.factories import (
    make_dependents,
    make_deployment,
    make_job,
    make_namespace,
    make_node,
    make_pod,
    make_statefulset,
)
from tests.unit.clusters import AS_OF, Objects, ask, known, view_of

SOCKET = {"/var/run/docker.sock": "/s"}


def mixed() -> list[Objects]:
    """Return three pools on three runtimes, and a workload of each severity."""
    blocker = make_deployment("builder", namespace="ci", host_paths=SOCKET)
    degraded = make_deployment("reader", namespace="logging", host_paths={"/var/lib/docker": "/d"})
    review = make_deployment("shell", namespace="web", host_paths={"/var/run": "/r"})
    info = make_deployment("dind", namespace="ci", image="docker:dind", privileged=True)
    clean = make_deployment("shop", namespace="web")
    return [
        make_node("a-1", runtime="docker://20.10.24", labels={"agentpool": "a"}),
        make_node("a-2", runtime="docker://20.10.24", labels={"agentpool": "a"}, is_ready=False),
        make_node("b-1", kubelet="v1.23.17", labels={"agentpool": "b"}),
        make_node("b-2", kubelet="v1.20.2", labels={"agentpool": "b"}, is_unschedulable=True),
        make_node("c-1", runtime="docker://24.0.7", kubelet="v1.27.3", labels={"agentpool": "c"}),
        make_node("c-2", runtime="", kubelet="v1.27.3", labels={"agentpool": "c"}),
        *(make_namespace(name) for name in ("ci", "logging", "web", "empty")),
        *(blocker, degraded, review, info, clean),
        make_dependents(blocker, ["a-1", "a-1", "b-1", "c-2"]),
        make_dependents(degraded, ["a-2", "c-1"]),
        make_dependents(review, ["a-1"]),
        make_dependents(info, ["a-1"]),
        make_dependents(clean, ["a-1", "b-1"]),
    ]


VIEW = view_of(*mixed())


def test_the_status_counts_nodes_workloads_and_pods() -> None:
    answer = ask(VIEW, "status")
    assert isinstance(answer, StatusAnswer)
    assert (answer.nodes, answer.by_runtime) == (
        6,
        (("dockershim", 2), ("cri-dockerd", 1), ("containerd", 2), ("unknown", 1)),
    )
    assert answer.by_minor == (("1.20", 3), ("1.23", 1), ("1.27", 2))
    assert answer.not_ready == ("a-2",)
    assert ([w.key.name for w in answer.at_risk], [w.key.name for w in answer.to_check]) == (
        ["builder", "reader"],
        ["shell"],
    )
    assert (answer.exposed, answer.off_docker, answer.exposure_unknown) == (4, 1, 1)
    assert [(item.namespace, item.at_risk) for item in answer.worst_namespaces] == [("ci", 1), ("logging", 1)]
    assert answer.waiting_milestone is not None
    assert answer.waiting_milestone.nodes == ("a-1", "a-2")


@pytest.mark.parametrize(
    ("pool", "nodes", "at_risk", "to_check", "pods"),
    [
        ("a", 2, ["builder", "reader"], ["shell"], (3, 0, 0)),
        ("b", 2, ["builder"], [], (0, 1, 0)),
        ("c", 2, ["builder", "reader"], [], (1, 0, 1)),
    ],
)
def test_a_pools_status_counts_what_is_on_its_nodes(
    pool: str, nodes: int, at_risk: list[str], to_check: list[str], pods: tuple[int, int, int]
) -> None:
    answer = ask(VIEW, f"status {pool}")
    assert isinstance(answer, StatusAnswer)
    assert (answer.pool, answer.nodes) == (pool, nodes)
    assert [workload.key.name for workload in answer.at_risk] == at_risk
    assert [workload.key.name for workload in answer.to_check] == to_check
    assert (answer.exposed, answer.off_docker, answer.exposure_unknown) == pods


def test_the_status_names_at_most_three_namespaces_the_worst_first() -> None:
    names = [("a", 1), ("b", 3), ("c", 2), ("d", 1), ("e", 1)]
    view = view_of(
        *(make_pod(f"p-{n}", namespace=name, host_paths=SOCKET) for name, count in names for n in range(count)),
        make_pod("check", namespace="e", host_paths={"/var/run": "/r"}),
    )
    answer = ask(view, "status")
    assert isinstance(answer, StatusAnswer)
    assert [item.namespace for item in answer.worst_namespaces] == ["b", "c", "e"]
    assert answer.namespaces_at_risk == 5


def test_the_status_of_a_node_is_the_node() -> None:
    answer = ask(VIEW, "status a-1")
    assert isinstance(answer, NodeAnswer)
    assert [(workload.key.name, pods) for workload, pods in answer.at_risk] == [("builder", 2)]


def test_a_node_off_docker_exposes_nothing() -> None:
    answer = ask(VIEW, "status b-1")
    assert isinstance(answer, NodeAnswer)
    assert answer.at_risk == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("nodes", ["a-1", "a-2", "c-1", "b-1", "b-2", "c-2"], id="docker-first-then-by-pool"),
        pytest.param("nodes docker", ["a-1", "a-2", "c-1"], id="docker-is-both-runtimes"),
        pytest.param("nodes dockershim", ["a-1", "a-2"], id="one-runtime"),
        pytest.param("nodes unknown", ["c-2"], id="unknown"),
        pytest.param("nodes cri-o", [], id="a-runtime-nobody-has"),
        pytest.param("nodes a", ["a-1", "a-2"], id="pool"),
        pytest.param("nodes b-1", ["b-1"], id="a-node-where-a-pool-could-stand"),
        pytest.param("nodes name=b-1", ["b-1"], id="node"),
        pytest.param("nodes 1.20", ["a-1", "a-2", "b-2"], id="minor"),
        pytest.param("nodes 1.20.2", ["b-2"], id="patch"),
        pytest.param("nodes 1.2", [], id="1.2-is-not-the-beginning-of-1.20"),
        pytest.param("nodes ready", ["a-1", "c-1", "b-1", "b-2", "c-2"], id="ready"),
        pytest.param("nodes notready", ["a-2"], id="notready"),
        pytest.param("nodes cordoned", ["b-2"], id="cordoned"),
        pytest.param("nodes b schedulable", ["b-1"], id="not-cordoned-in-a-pool"),
        pytest.param("nodes docker 1.27 c", ["c-1"], id="filters-all-hold"),
    ],
)
def test_nodes_are_filtered(text: str, expected: list[str]) -> None:
    answer = ask(VIEW, text)
    assert isinstance(answer, NodesAnswer)
    assert [node.name for node in answer.nodes] == expected
    assert answer.total == 6


def test_at_risk_workloads_come_with_those_to_check_and_a_count_of_the_rest() -> None:
    answer = ask(VIEW, "pods")
    assert isinstance(answer, AtRiskAnswer)
    assert [workload.key.name for workload in answer.at_risk] == ["builder", "reader"]
    assert [workload.key.name for workload in answer.to_check] == ["shell"]
    assert [workload.key.name for workload in answer.info] == ["dind"]
    assert (answer.workloads, answer.is_off_docker) == (5, False)


@pytest.mark.parametrize(
    ("namespace", "at_risk", "to_check", "workloads"),
    [("ci", ["builder"], [], 2), ("web", [], ["shell"], 2), ("empty", [], [], 0)],
)
def test_a_namespace_is_only_its_own_workloads(
    namespace: str, at_risk: list[str], to_check: list[str], workloads: int
) -> None:
    answer = ask(VIEW, f"pods {namespace}")
    assert isinstance(answer, AtRiskAnswer)
    assert [workload.key.name for workload in answer.at_risk] == at_risk
    assert [workload.key.name for workload in answer.to_check] == to_check
    assert answer.workloads == workloads


def test_where_no_namespace_is_so_named_a_workload_is_explained() -> None:
    answer = ask(VIEW, "pods builder")
    assert isinstance(answer, ExplainAnswer)
    assert answer.workload.key.name == "builder"


def test_an_explanation_names_the_nodes_and_guides() -> None:
    answer = ask(VIEW, "explain ci/builder")
    assert isinstance(answer, ExplainAnswer)
    assert answer.exposed_nodes == (("a-1", 2),)
    assert answer.exposed_pools == (("a", 1),)
    assert [guide.id for guide in answer.guides] == ["check-impact"]


@pytest.mark.parametrize("text", ["explain shell", "explain shop", "explain dind"])
def test_a_workload_that_is_not_at_risk_is_exposed_nowhere(text: str) -> None:
    answer = ask(VIEW, text)
    assert isinstance(answer, ExplainAnswer)
    assert answer.exposed_nodes == ()


@pytest.mark.parametrize(
    ("text", "what", "nearest"),
    [
        pytest.param("status d", "status-target", None, id="pool-or-node"),
        pytest.param("status a-3", "status-target", "a-2", id="near-pools-and-nodes"),
        pytest.param("nodes d-1", "filter", "c-1", id="filter"),
        pytest.param("nodes name=a-9", "node", "a-2", id="node"),
        pytest.param("pods loging", "namespace", "logging", id="namespace"),
        pytest.param("explain bilder", "target", "ci/Deployment/builder", id="workload"),
        pytest.param("explain builder-6f7d-x7k2p", "target", "ci/Deployment/builder", id="pod-name"),
        pytest.param("explain web/builder", "target", "ci/Deployment/builder", id="in-another-namespace"),
        pytest.param("guide dcoker-socket", "guide", "docker-socket", id="guide"),
    ],
)
def test_an_unknown_name_gets_near_ones_the_nearest_first(text: str, what: str, nearest: str | None) -> None:
    answer = ask(VIEW, text)
    assert isinstance(answer, NotFoundAnswer)
    assert answer.what == what
    assert next(iter(answer.near), None) == nearest


def test_a_name_that_means_several_things_decides_nothing() -> None:
    view = view_of(make_node("web"), make_deployment("web"), make_statefulset("web", namespace="other"))
    answer = ask(view, "explain web")
    assert isinstance(answer, AmbiguousAnswer)
    assert answer.matches == ("default/Deployment/web", "other/StatefulSet/web", "node/web")
    for match in answer.matches:
        assert isinstance(ask(view, f"explain {match}"), (ExplainAnswer, NodeAnswer))


def test_nodes_that_could_not_be_read_are_not_missing() -> None:
    view = view_of(*mixed(), unread={"nodes": Cause.FORBIDDEN})
    for text in ("nodes", "nodes docker", "nodes a", "nodes name=a-1"):
        answer = ask(view, text)
        assert isinstance(answer, NodesAnswer)
        assert not answer.nodes_known


@pytest.mark.parametrize(
    ("topic", "ids"),
    [
        pytest.param("docker-socket", {"check-impact"}, id="rule-code"),
        pytest.param("skew", {"skew"}, id="id"),
        pytest.param("SKEW", {"skew"}, id="case"),
        pytest.param("소켓", {"check-impact"}, id="korean-topic"),
        pytest.param("cgroup driver", {"cgroup-driver"}, id="words-of-the-title"),
    ],
)
def test_a_guide_is_found_by_id_code_topic_or_title(topic: str, ids: set[str]) -> None:
    answer = ask(VIEW, f"guide {topic}")
    assert isinstance(answer, GuideAnswer)
    assert {guide.id for guide in answer.guides} == ids


def test_without_a_topic_all_guides_are_listed_in_the_askers_language() -> None:
    answer = ask(VIEW, "guide", "ko")
    assert isinstance(answer, GuideAnswer)
    assert [guide.title for guide in answer.guides] == [guide.titles["ko"] for guide in known().guides]
    assert all(guide.is_fallback == ("ko" not in known().guides[n].urls) for n, guide in enumerate(answer.guides))


def test_milestones_are_the_whole_calendar_marked_for_the_cluster() -> None:
    answer = ask(VIEW, "milestones")
    assert isinstance(answer, MilestonesAnswer)
    assert len(answer.states) == len(known().calendar)
    assert (answer.today, answer.nodes_known) == (AS_OF.date(), True)
    assert {state.milestone.id: state.nodes for state in answer.states}["kubernetes-1.24"] == ("a-1", "a-2")


def test_two_kinds_of_one_name_in_two_groups_are_told_apart_by_their_group() -> None:
    volcano = {"apiVersion": "batch.volcano.sh/v1", "kind": "Job", "name": "j", "uid": "1", "controller": True}
    view = view_of(make_node(), make_job("j"), make_pod("j-0", owner=volcano))
    answer = ask(view, "explain j")
    assert isinstance(answer, AmbiguousAnswer)
    assert answer.matches == ("default/Job.batch/j", "default/Job.batch.volcano.sh/j")
    for match in answer.matches:
        assert isinstance(ask(view, f"explain {match}"), ExplainAnswer)


def test_two_pools_at_once_are_not_answered_for_one_of_them() -> None:
    answer = ask(view_of(make_node("a-1"), make_node("b-1")), "nodes a b")
    assert isinstance(answer, HelpAnswer)
    assert answer.asked.nearest == "nodes a"
