"""Questions about moving and what they are answered with."""

from typing import Any

import pytest

from bot.core.answers import AmbiguousAnswer, NotFoundAnswer
from bot.core.move_answers import (
    CountAnswer,
    DrainAnswer,
    NodeStateAnswer,
    ProgressAnswer,
    SafeAnswer,
    ServerVersionAnswer,
    UpgradeAnswer,
    WhereAnswer,
)
from bot.core.questions import (
    Count,
    Drain,
    NodeState,
    Progress,
    Question,
    Safe,
    ServerVersion,
    Upgrade,
    Where,
)
from bot.core.runtimes import Runtime
from bot.core.snapshot import Cause
from bot.errors import ClusterError
from bot.service import Service
from tests.factories import (
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_namespace,
    make_node,
    make_pod,
    make_statefulset,
)
from tests.unit.clusters import AS_OF, Objects, known, service, view_of

DOCKERSHIM, CRI_DOCKERD = "docker://20.10.24", "docker://24.0.7"
SOCKET = {"/var/run/docker.sock": "/s"}
DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)


def cluster() -> list[Objects]:
    """Return three pools, an agent everywhere, an API on two nodes, a database on one and a forgotten pod."""
    nodes = [
        make_node("a-1", runtime=DOCKERSHIM, labels={"agentpool": "a"}),
        make_node("a-2", runtime=DOCKERSHIM, labels={"agentpool": "a"}, is_ready=False),
        make_node("b-1", runtime=CRI_DOCKERD, kubelet="v1.24.17", labels={"agentpool": "b"}),
        make_node("c-1", kubelet="v1.24.17", labels={"agentpool": "c"}),
        make_node("c-2", runtime="", kubelet="v1.24.17", labels={"agentpool": "c"}),
    ]
    agent = make_daemonset("agent", namespace="ops", labels={"team": "ops"}, host_paths=SOCKET)
    api = make_deployment("api", namespace="shop", replicas=2)
    database = make_statefulset("database", namespace="shop")
    nightly = make_cronjob("nightly", namespace="shop", labels={"team": "shop"}, host_paths=SOCKET)
    return [
        *nodes,
        *(make_namespace(name) for name in ("ops", "shop", "empty")),
        *(agent, make_dependents(agent, [node["metadata"]["name"] for node in nodes])),
        *(api, make_dependents(api, ["a-1", "c-1"])),
        *(database, make_dependents(database, ["a-1"])),
        nightly,
        make_pod("shell", namespace="shop", node="a-1"),
    ]


def ask(question: Question, *more: Objects, **options: Any) -> Any:
    options.setdefault("version", "v1.24.17")
    return service(view_of(*cluster(), *more, **options)).ask(question, "en")


def names(held: tuple[tuple[Any, int], ...]) -> list[str]:
    return [workload.key.name for workload, _ in held]


@pytest.mark.parametrize(
    ("question", "n"),
    [
        pytest.param(Count("nodes"), 5, id="nodes"),
        pytest.param(Count("nodes", DOCKER), 3, id="nodes-on-docker"),
        pytest.param(Count("nodes", pool="c"), 2, id="nodes-of-a-pool"),
        pytest.param(Count("nodes", version="1.24"), 3, id="nodes-of-a-version"),
        pytest.param(Count("nodes", ready=False), 1, id="nodes-not-ready"),
        pytest.param(Count("pools"), 3, id="pools"),
        pytest.param(Count("pools", DOCKER), 2, id="pools-with-docker"),
        pytest.param(Count("namespaces"), 3, id="namespaces"),
        pytest.param(Count("workloads"), 5, id="workloads"),
        pytest.param(Count("workloads", namespace="shop"), 4, id="workloads-of-a-namespace"),
        pytest.param(Count("workloads", owner="ops"), 1, id="workloads-of-an-owner"),
        pytest.param(Count("pods"), 9, id="pods"),
        pytest.param(Count("pods", namespace="shop"), 4, id="pods-of-a-namespace"),
        pytest.param(Count("pods", pool="c"), 3, id="pods-of-a-pool"),
        pytest.param(Count("pods", DOCKER), 6, id="pods-on-docker"),
        pytest.param(Count("at-risk"), 2, id="at-risk"),
        pytest.param(Count("at-risk", namespace="empty"), 0, id="nothing-at-risk"),
        pytest.param(Count("exposed"), 3, id="exposed-pods"),
        pytest.param(Count("exposed", pool="a"), 2, id="exposed-pods-of-a-pool"),
        pytest.param(Count("owners"), 2, id="owners"),
    ],
)
def test_what_is_counted(question: Count, n: int) -> None:
    answer = ask(question)
    assert isinstance(answer, CountAnswer)
    assert answer.n == n


@pytest.mark.parametrize("what", ["nodes", "pods", "workloads", "at-risk", "exposed"])
def test_the_parts_of_a_count_add_up(what: str) -> None:
    answer = ask(Count(what))
    assert sum(n for _, n in answer.split) == answer.n


def test_a_node_of_unknown_runtime_may_be_one_of_those_asked_for() -> None:
    assert ask(Count("nodes", DOCKER)).unsure == 1
    assert ask(Count("nodes", pool="c")).unsure == 0


@pytest.mark.parametrize(
    ("question", "what", "near"),
    [
        pytest.param(Count("nodes", pool="aa"), "filter", ("a",), id="pool"),
        pytest.param(Count("pods", namespace="shp"), "namespace", ("shop",), id="namespace"),
        pytest.param(Count("pods", owner="opps"), "owner", ("ops",), id="owner"),
        pytest.param(Where("databse"), "target", ("shop/StatefulSet/database",), id="workload"),
        pytest.param(Drain("a-9"), "node", ("a-2", "a-1"), id="drain"),
        pytest.param(NodeState("c-9"), "node", ("c-2", "c-1"), id="node"),
        pytest.param(Progress("zzzz"), "status-target", (), id="progress"),
        pytest.param(Safe("shp"), "safe-target", ("shop",), id="safe"),
        pytest.param(Safe("nightl", "workload"), "target", ("shop/CronJob/nightly",), id="safe-workload"),
        pytest.param(Safe("shop", "pool"), "status-target", (), id="safe-of-another-kind"),
    ],
)
def test_a_name_nobody_has_leads_to_near_ones(question: Question, what: str, near: tuple[str, ...]) -> None:
    answer = ask(question)
    assert isinstance(answer, NotFoundAnswer)
    assert answer.what == what
    assert set(near) <= set(answer.near) if near else answer.near == ()


def test_where_counts_the_nodes_by_runtime_and_pool() -> None:
    answer = ask(Where("agent"))
    assert isinstance(answer, WhereAnswer)
    assert dict(answer.runtimes) == {
        Runtime.DOCKERSHIM: 2,
        Runtime.CRI_DOCKERD: 1,
        Runtime.CONTAINERD: 1,
        Runtime.UNKNOWN: 1,
    }
    assert dict(answer.pools) == {"a": 2, "b": 1, "c": 2}


def test_where_knows_workloads_that_are_not_at_risk() -> None:
    assert ask(Where("shop/api")).nodes == (("a-1", 1), ("c-1", 1))


def test_where_tells_pods_without_a_node_and_nodes_nobody_saw_apart() -> None:
    pending = make_pod("waiting", node=None, phase="Pending")
    gone = make_pod("lonely", node="gone")
    assert (ask(Where("waiting"), pending).nodes, ask(Where("waiting"), pending).unplaced) == ((), 1)
    assert ask(Where("lonely"), gone).runtimes == ((None, 1),)


def test_a_name_of_several_workloads_is_asked_back_with_the_same_question() -> None:
    twin = make_pod("shell", namespace="ops", node="c-1")
    for question, again in ((Where("shell"), "where"), (Safe("shell"), "safe")):
        answer = ask(question, twin)
        assert isinstance(answer, AmbiguousAnswer)
        assert (answer.again, set(answer.matches)) == (again, {"shop/Pod/shell", "ops/Pod/shell"})


def test_a_drain_sorts_what_is_on_the_node_by_what_happens_to_it() -> None:
    answer = ask(Drain("a-1"))
    assert isinstance(answer, DrainAnswer)
    assert names(answer.at_risk) == ["agent"]
    assert names(answer.lost) == ["shell"]
    assert names(answer.stopped) == ["database"]
    assert names(answer.moved) == ["api"]
    assert names(answer.staying) == ["agent"]


def test_a_drain_counts_the_other_nodes_that_take_pods() -> None:
    answer = ask(Drain("a-1"))
    counts = (answer.docker_elsewhere, answer.off_docker_elsewhere, answer.unknown_elsewhere)
    assert counts == (1, 1, 1)  # a-2 is not ready


@pytest.mark.parametrize("name", ["node/a-1", "A-1", " a-1 "])
def test_a_node_is_found_as_people_write_it(name: str) -> None:
    assert isinstance(ask(Drain(name)), DrainAnswer)
    assert isinstance(ask(NodeState(name)), NodeStateAnswer)


def test_a_node_says_how_many_pods_it_has_and_which_are_at_risk() -> None:
    answer = ask(NodeState("a-1"))
    assert (answer.pods, names(answer.at_risk)) == (4, ["agent"])


def test_kubelets_newer_than_the_server_are_named() -> None:
    answer = ask(ServerVersion(), version="v1.22.17")
    assert isinstance(answer, ServerVersionAnswer)
    assert (answer.newer, answer.too_old) == (("b-1", "c-1", "c-2"), ())


def test_kubelets_are_not_judged_by_a_version_nobody_knows() -> None:
    answer = ask(ServerVersion(), version=None)
    assert (answer.newer, answer.too_old) == ((), ())


def test_kubelets_too_old_for_the_server_are_named() -> None:
    answer = ask(ServerVersion(), version="v1.26.1")
    assert answer.too_old == ("a-1", "a-2")


def test_a_version_that_is_unknown_says_why() -> None:
    assert ask(ServerVersion(), version=None).is_dump


def test_progress_counts_what_is_known_to_be_off_docker() -> None:
    answer = ask(Progress())
    assert isinstance(answer, ProgressAnswer)
    assert (answer.share.off, answer.share.docker, answer.share.unknown, answer.share.percent) == (1, 3, 1, 20)
    assert [(pool.name, pool.percent) for pool in answer.pools] == [("a", 0), ("b", 0), ("c", 50)]


def test_progress_of_a_pool_counts_what_is_at_risk_on_it() -> None:
    answer = ask(Progress("a"))
    assert (answer.pool, [w.key.name for w in answer.at_risk]) == ("a", ["agent"])


def test_progress_of_a_node_is_its_runtime() -> None:
    answer = ask(Progress("b-1"))
    assert isinstance(answer, NodeStateAnswer)
    assert answer.asked.aspect == "runtime"


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("2.0", "nonsense"),
        ("abc", "nonsense"),
        ("1.999", "future"),
        ("1.39", "future"),
        ("1.25", None),
        ("v1.25", None),
    ],
)
def test_which_versions_are_judged(version: str, problem: str | None) -> None:
    answer = ask(Upgrade(version))
    assert isinstance(answer, UpgradeAnswer)
    assert answer.problem == problem


def test_a_version_that_is_not_out_says_how_long_that_takes() -> None:
    assert ask(Upgrade("1.38")).days_left == 23
    assert ask(Upgrade("1.37")).days_left is None


@pytest.mark.parametrize(
    ("question", "what", "at_risk"),
    [
        pytest.param(Safe(), "cluster", ["agent", "nightly"], id="cluster"),
        pytest.param(Safe("shop"), "namespace", ["nightly"], id="namespace-before-owner"),
        pytest.param(Safe("shop", "owner"), "owner", ["nightly"], id="owner-when-said"),
        pytest.param(Safe("agent"), "workload", ["agent"], id="workload"),
        pytest.param(Safe("a"), "pool", ["agent"], id="pool"),
        pytest.param(Safe("c-1"), "node", ["agent"], id="node"),
        pytest.param(Safe("ops", "owner"), "owner", ["agent"], id="owner"),
        pytest.param(Safe("unowned", "owner"), "owner", [], id="unowned"),
        pytest.param(Safe("Shop"), "namespace", ["nightly"], id="as-phones-write"),
        pytest.param(Safe("empty"), "namespace", [], id="an-empty-namespace"),
    ],
)
def test_what_is_asked_to_be_safe(question: Safe, what: str, at_risk: list[str]) -> None:
    answer = ask(question)
    assert isinstance(answer, SafeAnswer)
    assert (answer.what, [workload.key.name for workload in answer.at_risk]) == (what, at_risk)


def test_other_things_of_the_same_name_are_told() -> None:
    assert ask(Safe("shop")).others == ("owner",)


def test_a_pool_is_as_safe_as_what_has_at_risk_pods_on_it() -> None:
    web = make_deployment("web", host_paths=SOCKET)
    view = view_of(
        make_node("n1", labels={"agentpool": "x"}),
        make_node("n2", labels={"agentpool": "y"}),
        web,
        make_dependents(web, ["n1"]),
    )
    answers = [service(view).ask(Safe(pool), "en") for pool in ("x", "y")]
    assert [len(answer.at_risk) for answer in answers if isinstance(answer, SafeAnswer)] == [1, 0]


class _Unread:
    def view(self) -> Any:
        raise ClusterError("timeout", host="h")


@pytest.mark.parametrize(
    "question",
    [
        *(Count("nodes"), Where("api"), Drain("a-1"), NodeState("a-1"), ServerVersion(), Progress(), Upgrade("1.24")),
        *(Upgrade(), Safe()),
    ],
    ids=lambda question: type(question).__name__,
)
def test_without_a_view_there_is_an_error_and_no_answer(question: Question) -> None:
    with pytest.raises(ClusterError):
        Service(_Unread(), known(), today=lambda: AS_OF.date()).ask(question, "en")


def test_nodes_that_could_not_be_read_are_no_zero() -> None:
    answer = ask(Count("nodes"), unread={"nodes": Cause.FORBIDDEN})
    assert (answer.known, answer.n) == (False, 0)
