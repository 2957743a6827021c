"""What of a cluster stands below a topic: only what was seen, by pool, and never more than can be known."""

import pytest

from bot.core.guide_choice import chosen
from bot.core.notes import FactNote, NodesNote, Note, PoolsNote, WorkloadsNote, note_of
from bot.core.runtimes import CRI_SOCKET_ANNOTATION
from bot.core.snapshot import Cause, Gap
from bot.core.view import ClusterView
from bot.render.parts import TERMINAL
from bot.render.text import plain
from bot.render.views import notes
from tests.factories import make_deployment, make_node
from tests.unit.clusters import DOCKER, Objects, catalogue, view_of

SOCKET = {"/var/run/docker.sock": "/s"}
DOCKERSHIM = {CRI_SOCKET_ANNOTATION: "/var/run/dockershim.sock"}
LOST = Gap("nodes", Cause.MALFORMED, objects=("lost",), count=1)


def nodes(pool: str, *runtimes: str, os_image: str = "Ubuntu 22.04") -> list[Objects]:
    return [
        make_node(f"{pool}-{n}", runtime=runtime, labels={"agentpool": pool}, os_image=os_image)
        for n, runtime in enumerate(runtimes, start=1)
    ]


def note(name: str, view: ClusterView) -> Note:
    found = note_of(name, view, lambda workload: "datadog" in workload)
    assert found is not None
    return found


def said(name: str, view: ClusterView, language: str = "en") -> str:
    return plain(notes.line(note(name, view), catalogue(language), TERMINAL))


def test_nodes_of_one_pool_are_counted_in_it() -> None:
    view = view_of(*nodes("general", DOCKER, DOCKER, "containerd://1.6.33"), *nodes("edge", "cri-o://1.24.6"))
    assert said("docker-nodes", view) == "Pool general runs Docker Engine on 2 of 3 nodes."
    assert said("docker-nodes", view, "ko") == "풀 general: 노드 3개 중 2개에서 도커 엔진 사용 중."


def test_a_note_on_one_adapter_says_how_many_nodes_are_only_likely() -> None:
    sure = make_node("a-3", runtime=DOCKER, labels={"agentpool": "a"}, annotations=DOCKERSHIM)
    view = view_of(*nodes("a", DOCKER, DOCKER), sure)
    assert said("dockershim-nodes", view) == "Pool a runs dockershim on all 3 nodes (2 of them likely, not certain)."
    assert said("dockershim-nodes", view, "ko") == "풀 a: 노드 3개 전부(2개는 추정)에서 도커심 사용 중."
    assert said("docker-nodes", view) == "Pool a runs Docker Engine on all 3 nodes."  # which is certain
    assert said("gpu-pools", view_of(*nodes("gpu", DOCKER), make_node("x"))).endswith(
        "on 1 of 1 node (likely, not certain)."
    )


def test_nodes_of_several_pools_are_listed_most_first() -> None:
    view = view_of(*nodes("a", DOCKER), *nodes("b", DOCKER, DOCKER))
    assert said("docker-nodes", view) == "Docker Engine runs on all 3 nodes: b 2 of 2, a 1 of 1."


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (view_of(*nodes("a", "containerd://2.1.4")), "No node of yours runs dockershim."),
        (view_of(*nodes("a", "containerd://2.1.4"), gaps=[LOST]), "No node I can see runs dockershim."),
        (
            view_of(*nodes("a", "containerd://2.1.4", "")),
            "No node is known to run dockershim; the runtime of 1 node is unknown.",
        ),
        (
            view_of(*nodes("a", DOCKER), unread={"nodes": Cause.FORBIDDEN}),
            "Which nodes that concerns is unknown, since the nodes could not be read.",
        ),
        (
            view_of(*nodes("a", DOCKER), gaps=[LOST]),
            "Pool a runs dockershim on 1 of 1 node I can see (likely, not certain).",
        ),
    ],
)
def test_none_is_said_only_where_everything_was_seen(view: ClusterView, sentence: str) -> None:
    assert said("dockershim-nodes", view) == sentence


@pytest.mark.parametrize(
    ("name", "runtime", "n", "unknown"),
    [
        ("containerd-1-nodes", "containerd://1.7.30", 1, 0),
        ("containerd-1-nodes", "containerd://2.0.0", 0, 0),
        ("containerd-1-nodes", "containerd://mine", 0, 1),
        ("containerd-1-nodes", "cri-o://1.24.6", 0, 0),
        ("containerd-1-nodes", "", 0, 1),
        ("crio-nodes", "cri-o://1.24.6", 1, 0),
        ("crio-nodes", DOCKER, 0, 0),
    ],
)
def test_a_node_is_of_a_kind_or_nobody_can_tell(name: str, runtime: str, n: int, unknown: int) -> None:
    found = note(name, view_of(*nodes("a", runtime)))
    assert isinstance(found, NodesNote)
    assert (found.n, found.unknown) == (n, unknown)


def test_windows_is_told_by_the_os_image() -> None:
    view = view_of(*nodes("win", "containerd://1.6.33", os_image="Windows Server 2022 Datacenter"), *nodes("a", DOCKER))
    assert said("windows-nodes", view) == "Pool win runs Windows on 1 of 1 node."


def test_gpu_pools_are_told_by_a_name_and_say_so() -> None:
    view = view_of(*nodes("gpu", DOCKER, "containerd://1.6.33"), *nodes("general", DOCKER))
    found = note("gpu-pools", view)
    assert isinstance(found, PoolsNote)
    assert [pool.name for pool in found.pools] == ["gpu"]
    assert said("gpu-pools", view) == (
        "Your GPU pool gpu (a GPU pool by its name) runs dockershim on 1 of 2 nodes (likely, not certain), "
        "containerd on 1 of 2 nodes."
    )


def test_a_pool_with_a_gpu_node_is_one_by_that_nodes_name() -> None:
    view = view_of(make_node("gpu-a", labels={"agentpool": "a"}), make_node("plain"))
    found = note("gpu-pools", view)
    assert isinstance(found, PoolsNote)
    assert [pool.name for pool in found.pools] == ["a"]


def test_one_gpu_node_without_a_pool_makes_no_pool_of_the_others() -> None:
    found = note("gpu-pools", view_of(make_node("gpu-a"), make_node("plain"), pool_label="group"))
    assert isinstance(found, PoolsNote)
    assert found.pools == ()


def test_workloads_with_a_finding_are_named_with_their_severity() -> None:
    view = view_of(make_deployment("builder", namespace="ci", host_paths=SOCKET), make_deployment("web"))
    assert said("code:docker-socket", view) == "`docker-socket` was found in 1 workload: ci/builder (blocker)."
    assert said("code:docker-logs", view) == "I found `docker-logs` in no workload."


def test_a_finding_not_seen_is_hedged_where_something_was_not_read() -> None:
    view = view_of(make_deployment("web"), unread={"pods": Cause.FORBIDDEN})
    assert said("code:docker-logs", view) == "I found `docker-logs` in no workload I can see."


def test_a_rule_that_nothing_looks_for_is_not_said_to_find_nothing() -> None:
    assert note_of("code:no-such-rule", view_of(), lambda name: False) is None


def test_workloads_called_like_a_product_are_named() -> None:
    view = view_of(make_deployment("datadog-agent", namespace="monitoring"), make_deployment("web"))
    found = note("agent", view)
    assert isinstance(found, WorkloadsNote)
    assert [workload.key.name for workload in found.workloads] == ["datadog-agent"]
    assert said("agent", view) == "1 workload has such a name: monitoring/datadog-agent."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kubelets", "Kubelets: 1.20 on 1 node, 1.23 on 1 node."),
        ("server-version", "The API server is v1.20.15."),
        ("provider", "Nothing on the nodes says which provider or distribution this cluster is on."),
        ("at-risk", "I found no workload at risk."),
        ("notready-nodes", "In pool a, 1 of 1 node not Ready."),
    ],
)
def test_a_fact_of_the_cluster_is_one_sentence(name: str, sentence: str) -> None:
    view = view_of(make_node("a", kubelet="v1.20.2", is_ready=False), make_node("b", kubelet="v1.23.17"))
    assert said(name, view) == sentence


def test_nodes_without_a_pool_are_not_given_one() -> None:
    view = view_of(make_node("a", runtime=DOCKER), make_node("b"), pool_label="group")
    assert said("dockershim-nodes", view) == "dockershim runs on 1 of 2 nodes (likely, not certain): (no pool) 1 of 2."


def test_the_providers_id_is_what_the_nodes_show() -> None:
    view = view_of(make_node("a", labels={"cloud.google.com/gke-nodepool": "p"}))
    assert note("provider", view) == FactNote("provider", "gke")


def on(provider_label: str, runtime: str, os_image: str = "Ubuntu 22.04") -> ClusterView:
    return view_of(make_node("a", runtime=runtime, labels={provider_label: "p"}, os_image=os_image))


GKE, EKS, AKS = "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "kubernetes.azure.com/agentpool"


@pytest.mark.parametrize(
    ("view", "guides", "expected"),
    [
        (None, ("faq", "gke", "eks"), ("faq", "gke", "eks")),
        (view_of(make_node("a")), ("faq", "gke", "eks"), ("faq", "gke", "eks")),
        (on(GKE, DOCKER), ("faq", "eks", "gke"), ("gke", "faq")),
        (on(GKE, DOCKER), ("to-containerd",), ("gke", "gke-deprecation", "to-containerd")),
        (on(GKE, "containerd://1.7.1"), ("to-containerd",), ("gke-containerd-2", "to-containerd")),
        (on(EKS, DOCKER), ("to-containerd", "gke"), ("eks", "to-containerd")),
        (on(EKS, DOCKER), ("faq",), ("faq",)),
        (on(AKS, DOCKER), ("to-containerd",), ("to-containerd",)),
        (on(AKS, DOCKER, "Windows Server 2019"), ("to-containerd",), ("aks-win", "to-containerd")),
    ],
)
def test_the_providers_own_guides_come_first(
    view: ClusterView | None, guides: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert chosen(guides, view) == expected
