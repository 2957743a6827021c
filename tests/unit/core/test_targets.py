"""What a name means: a workload, a node, several of them, or nothing but near ones."""

import pytest

from bot.core.targets import find, kind_named, near, near_targets
from tests.factories import make_deployment, make_namespace, make_node, make_pod, make_statefulset
from tests.unit.clusters import view_of

VIEW = view_of(
    make_node("web"),
    make_node("n-1"),
    make_namespace("shop"),
    make_namespace("job"),
    make_deployment("web", namespace="shop"),
    make_statefulset("web", namespace="shop"),
    make_deployment("web", namespace="blog"),
    make_deployment("api", namespace="job"),
    make_pod("shop", namespace="blog"),
)


def found(target: str) -> list[str]:
    workloads, nodes = find(VIEW, target)
    return [workload.key.full_name for workload in workloads] + [f"node/{node.name}" for node in nodes]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("api", ["job/Deployment/api"], id="name-alone"),
        pytest.param(
            "web",
            ["blog/Deployment/web", "shop/Deployment/web", "shop/StatefulSet/web", "node/web"],
            id="every-workload-and-node-of-a-name",
        ),
        pytest.param("shop/web", ["shop/Deployment/web", "shop/StatefulSet/web"], id="namespace-and-name"),
        pytest.param("deployment/web", ["blog/Deployment/web", "shop/Deployment/web"], id="kind-and-name"),
        pytest.param("deploy/web", ["blog/Deployment/web", "shop/Deployment/web"], id="short-kind"),
        pytest.param("Deployments/web", ["blog/Deployment/web", "shop/Deployment/web"], id="plural-kind"),
        pytest.param("job/api", ["job/Deployment/api"], id="a-namespace-comes-before-a-kind-of-that-name"),
        pytest.param("job/web", [], id="and-then-means-nothing-else"),
        pytest.param("shop/sts/web", ["shop/StatefulSet/web"], id="namespace-kind-and-name"),
        pytest.param("shop/StatefulSet/web", ["shop/StatefulSet/web"], id="a-full-name"),
        pytest.param("blog/shop", ["blog/Pod/shop"], id="a-pod-called-like-a-namespace"),
        pytest.param("shop", ["blog/Pod/shop"], id="a-namespace-alone-is-no-target"),
        pytest.param("node/web", ["node/web"], id="a-node-by-its-kind"),
        pytest.param("no/n-1", ["node/n-1"], id="a-node-by-its-short-kind"),
        pytest.param("pod/web", [], id="another-kind"),
        pytest.param("nowhere/deploy/web", [], id="no-such-namespace"),
        pytest.param("a/b/c/d", [], id="too-many-parts"),
        pytest.param("/shop/web/", ["shop/Deployment/web", "shop/StatefulSet/web"], id="slashes-around"),
        pytest.param("WEB", [], id="names-are-exact"),
        pytest.param("", [], id="empty"),
        pytest.param("/", [], id="slash"),
    ],
)
def test_a_target_means(target: str, expected: list[str]) -> None:
    assert found(target) == expected


def test_a_node_of_a_namespace_called_node_is_sought_among_its_workloads() -> None:
    view = view_of(make_node("n-1"), make_namespace("node"), make_deployment("n-1", namespace="node"))
    workloads, nodes = find(view, "node/n-1")
    assert ([workload.key.full_name for workload in workloads], nodes) == (["node/Deployment/n-1"], ())


@pytest.mark.parametrize(
    ("word", "kind"),
    [("po", "pod"), ("CJ", "cronjob"), ("rs", "replicaset"), ("rc", "replicationcontroller"), ("CloneSet", "cloneset")],
)
def test_kinds_are_known_by_their_short_names(word: str, kind: str) -> None:
    assert kind_named(word) == kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("payment", ("payments",), id="letter-missing"),
        pytest.param("PAYMENTS", ("payments",), id="case"),
        pytest.param("pay", ("payments", "payroll"), id="beginning"),
        pytest.param("kafka", (), id="nothing-near"),
        pytest.param("", (), id="empty"),
    ],
)
def test_near_names(name: str, expected: tuple[str, ...]) -> None:
    assert near(name, ["payments", "payroll", "web", "Shop"]) == expected


def test_near_names_keep_their_case_and_are_few() -> None:
    assert near("shop", ["Shop"]) == ("Shop",)
    assert len(near("web", [f"web-{n}" for n in range(20)])) == 3


def test_near_targets_are_full_names_that_can_be_asked_for() -> None:
    assert near_targets(VIEW, "shop/wep") == ("blog/Deployment/web", "shop/Deployment/web", "shop/StatefulSet/web")
    assert near_targets(VIEW, "n-2") == ("node/n-1",)
    for name in near_targets(VIEW, "wep"):
        assert found(name) == [name]


@pytest.mark.parametrize("pasted", ["api-6f7d9c-x7k2p", "job/api-6f7d9c-x7k2p", "pod/api-0"])
def test_a_pasted_pod_name_leads_to_its_workload(pasted: str) -> None:
    assert near_targets(VIEW, pasted)[0] == "job/Deployment/api"


def test_a_pod_name_leads_to_the_longest_workload_name_it_begins_with() -> None:
    view = view_of(make_deployment("web"), make_deployment("web-admin"))
    assert near_targets(view, "web-admin-6f7d9c-x7k2p")[0] == "default/Deployment/web-admin"
