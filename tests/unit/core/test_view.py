"""The view of a whole cluster: counts, orders, coverage."""

from bot.core.runtimes import Runtime
from bot.core.snapshot import RESOURCES, Cause, Gap
from tests.factories import make_deployment, make_namespace, make_node, make_pod, make_statefulset
from tests.unit.clusters import AS_OF, view_of

SOCKET = {"/var/run/docker.sock": "/s"}
DATA = {"/var/lib/docker": "/d"}
PARENT = {"/var/run": "/r"}


def test_nodes_whose_runtime_is_not_certain_are_counted_in_their_pool() -> None:
    socket = {"kubeadm.alpha.kubernetes.io/cri-socket": "/var/run/dockershim.sock"}
    nodes = [
        make_node("a-1", kubelet="v1.23.1", runtime="docker://20.10", labels={"agentpool": "a"}, annotations=socket),
        make_node("a-2", kubelet="v1.23.1", runtime="docker://20.10", labels={"agentpool": "a"}),
        make_node("a-3", kubelet="v1.23.1", labels={"agentpool": "a"}),
    ]
    [pool] = view_of(*nodes).pools
    assert (pool.by_runtime[Runtime.DOCKERSHIM], dict(pool.likely)) == (2, {Runtime.DOCKERSHIM: 1})


def test_nodes_are_counted_by_runtime_without_zeros_in_a_fixed_order() -> None:
    runtimes = ["cri-o://1.20", "containerd://1.4", "docker://20.10", "containerd://1.6"]
    view = view_of(*(make_node(f"n-{n}", runtime=runtime) for n, runtime in enumerate(runtimes)))
    assert list(view.by_runtime.items()) == [(Runtime.DOCKERSHIM, 1), (Runtime.CONTAINERD, 2), (Runtime.CRI_O, 1)]


def test_a_pools_runtimes_leave_zeros_out_too() -> None:
    (pool,) = view_of(make_node("n-1", runtime="docker://20.10"), make_node("n-2", runtime="")).pools
    assert dict(pool.by_runtime) == {Runtime.DOCKERSHIM: 1, Runtime.UNKNOWN: 1}
    assert (pool.total, pool.on_docker) == (2, 1)


def test_pools_are_worst_first_then_by_name() -> None:
    def nodes(pool: str, *runtimes: str) -> list[dict[str, object]]:
        return [
            make_node(f"{pool}-{n}", labels={"agentpool": pool}, runtime=runtime) for n, runtime in enumerate(runtimes)
        ]

    docker, other = "docker://20.10", "containerd://1.4"
    view = view_of(
        *nodes("clean-a", other, other, other),
        *nodes("one", docker),
        *nodes("two", docker, docker, other),
        *nodes("also-one", docker, other, other),
        *nodes("clean-b", other),
    )
    assert [pool.name for pool in view.pools] == ["two", "also-one", "one", "clean-a", "clean-b"]


def test_workloads_are_worst_first_then_by_namespace_kind_and_name() -> None:
    view = view_of(
        make_deployment("clean"),
        make_deployment("review", namespace="a", host_paths=PARENT),
        make_deployment("info", namespace="a", image="docker:dind"),
        make_deployment("degraded", namespace="a", host_paths=DATA),
        make_statefulset("x", namespace="b", host_paths=SOCKET),
        make_deployment("z", namespace="b", host_paths=SOCKET),
        make_deployment("y", namespace="b", host_paths=SOCKET),
        make_pod("last", namespace="c", host_paths=SOCKET),
    )
    expected = ["y", "z", "x", "last", "degraded", "review", "info"]
    assert [workload.key.name for workload in view.with_findings] == expected
    assert [workload.key.name for workload in view.at_risk] == expected[:5]
    assert [workload.key.name for workload in view.to_check] == ["review"]
    assert view.workloads[-1].key.name == "clean"


def test_the_order_does_not_depend_on_the_order_of_reading() -> None:
    objects = [make_deployment(name, host_paths=SOCKET) for name in "cabd"] + [make_node(f"n-{n}") for n in "31"]
    assert view_of(*objects) == view_of(*reversed(objects))


def test_namespaces_are_those_read_and_those_workloads_are_in() -> None:
    view = view_of(make_namespace("empty"), make_deployment("web", namespace="shop"), make_node())
    assert view.namespaces == ("empty", "shop")


def test_a_cluster_without_nodes_is_complete_when_the_list_succeeded() -> None:
    view = view_of()
    assert (view.is_complete, view.nodes_known, view.nodes, view.by_runtime) == (True, True, (), {})


def test_a_list_that_fails_makes_the_view_partial() -> None:
    view = view_of(make_node(), unread={"nodes": Cause.FORBIDDEN})
    assert (view.is_complete, view.nodes_known, view.nodes) == (False, False, ())
    assert view.gaps == (Gap("nodes", Cause.FORBIDDEN, 403),)


def test_a_lost_node_leaves_the_others_known() -> None:
    view = view_of(make_node(), gaps=[Gap("nodes", Cause.MALFORMED, objects=("x",), count=1)])
    assert (view.is_complete, view.nodes_known, len(view.nodes)) == (False, True, 1)


def test_the_view_says_when_and_what_was_read() -> None:
    view = view_of(make_node(), version="v1.23.4")
    assert (view.as_of, view.name, view.version, view.kinds) == (AS_OF, "test", "v1.23.4", len(RESOURCES))


def test_a_node_shows_what_the_api_says_of_it() -> None:
    node = make_node("n-1", kubelet="v1.23.4-x", os_image="Flatcar", is_ready=False, is_unschedulable=True)
    (fact,) = view_of(node).nodes
    assert (fact.kubelet_version, fact.minor, fact.os_image) == ("v1.23.4-x", "1.23", "Flatcar")
    assert (fact.is_ready, fact.is_unschedulable) == (False, True)


def test_a_node_whose_kubelet_went_silent_is_neither_ready_nor_not() -> None:
    silent, bare = make_node("silent"), make_node("bare")
    silent["status"]["conditions"][0]["status"] = "Unknown"
    bare["status"]["conditions"] = []
    assert [node.is_ready for node in view_of(silent, bare).nodes] == [None, None]
