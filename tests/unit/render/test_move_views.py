"""Answers about moving as people read them: golden files, and what may not be claimed below full coverage."""

import json
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from bot.core.buttons import Asked
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
from bot.core.understand import Understood, words_of
from bot.core.view import ClusterView
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.data import answer_data, question_data
from bot.render.document import Asks, Footer, Verdict
from bot.render.parts import SLACK, TERMINAL
from bot.render.text import to_text
from tests.factories import make_dependents, make_deployment, make_node, make_pod
from tests.unit.clusters import catalogue, service, view_of
from tests.unit.conftest import Golden
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import CLUSTERS, as_json

DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
SOCKET = {"/var/run/docker.sock": "/s"}

#: Asked of the small mixed cluster, of the healthy one and of one that was partly read.
ASKED: Mapping[str, Question] = {
    "count-docker": Count("nodes", DOCKER),
    "count-pods": Count("pods", namespace="shop"),
    "count-namespaces": Count("namespaces"),
    "count-at-risk": Count("at-risk"),
    "count-exposed": Count("exposed"),
    "where": Where("shop/web"),
    "where-at-risk": Where("agent"),
    "drain": Drain("general-1"),
    "node-state": NodeState("general-2"),
    "node-kubelet": NodeState("gpu-1", "kubelet"),
    "node-runtime": NodeState("general-1", "runtime"),
    "version": ServerVersion(),
    "progress": Progress(),
    "progress-pool": Progress("general"),
    "upgrade": Upgrade("1.25"),
    "upgrade-no": Upgrade("1.26"),
    "upgrade-ahead": Upgrade("1.38"),
    "upgrade-nonsense": Upgrade("2.0"),
    "highest": Upgrade(),
    "safe": Safe(),
    "safe-namespace": Safe("shop"),
    "safe-workload": Safe("ci/builder"),
    "safe-pool": Safe("edge", "pool"),
}

#: Asked of the clusters whose names and sizes do harm.
SOME = ("count-docker", "drain", "safe")


def text(view: ClusterView, question: Question, language: str = "en") -> str:
    return to_text(compose(service(view).ask(question, language), catalogue(language), TERMINAL))


def verdict(view: ClusterView, question: Question, language: str = "en") -> str:
    return text(view, question, language).partition("\n")[0]


def without_footer(shown: str) -> str:
    """Return an answer without its last paragraph, which says the same each time."""
    return shown.rpartition("\n\n")[0]


def message(view: ClusterView, question: Question, language: str) -> Message:
    document = compose(service(view).ask(question, language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked(words_of(question), language, 0), can_share=True)


def about(view: ClusterView, name: str) -> Question:
    """Return a question, asked of a node that the cluster has."""
    question = ASKED[name]
    if not view.nodes:
        return question
    node = view.nodes[0].name
    if isinstance(question, Drain) and not any(item.name == question.node for item in view.nodes):
        return Drain(node)
    if isinstance(question, NodeState) and not any(item.name == question.name for item in view.nodes):
        return NodeState(node, question.aspect)
    return question


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("cluster", ["mixed", "healthy", "partial", "empty"])
def test_answers_about_moving_in_a_terminal(cluster: str, language: str, golden: Golden) -> None:
    view = CLUSTERS[cluster]()
    asked = [about(view, name) for name in ASKED]
    shown = [f"> {words_of(question)}\n{without_footer(text(view, question, language))}\n" for question in asked]
    golden.check(f"moves-{cluster}.{language}.txt", "\n".join(shown))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("cluster", ["mixed", "hostile"])
def test_the_message_of_an_answer_about_moving(cluster: str, name: str, language: str, golden: Golden) -> None:
    view = CLUSTERS[cluster]()
    shown = message(view, about(view, name), language)
    check_message(shown)
    golden.check(f"move-{cluster}-{name}.{language}.blocks.json", as_json(shown))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_message_about_moving_fits_slack(cluster: str, name: str, language: str) -> None:
    view = CLUSTERS[cluster]()
    check_message(message(view, about(view, name), language))


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_begins_with_a_verdict_and_ends_with_what_was_seen(name: str) -> None:
    document = compose(service(CLUSTERS["mixed"]()).ask(ASKED[name], "en"), catalogue("en"), SLACK)
    assert isinstance(document[0], Verdict)
    assert isinstance(document[-1], Footer)


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_offers_one_to_three_questions(name: str) -> None:
    document = compose(service(CLUSTERS["mixed"]()).ask(ASKED[name], "en"), catalogue("en"), SLACK)
    (asks,) = (element for element in document if isinstance(element, Asks))
    assert 1 <= len(asks.asks) <= 3


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_about_moving_is_json(name: str) -> None:
    question = ASKED[name]
    answer = service(CLUSTERS["mixed"]()).ask(question, "en")
    data = answer_data(Understood(question, "command"), "text", answer, catalogue("en"))
    assert json.loads(json.dumps(data)) == data
    assert data["question"] == question_data(question)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_answer_begins_with_yes_or_no(cluster: str, name: str, language: str) -> None:
    """People ask both ways round, "is it safe" and "will it break": a yes would be wrong half of the time."""
    view = CLUSTERS[cluster]()
    shown = to_text(compose(service(view).ask(about(view, name), language), catalogue(language), TERMINAL))
    assert not shown.lower().startswith(("yes", "no:", "no,", "no.", "not yet", "네,", "네.", "예,", "예.", "아니"))


def test_nothing_at_risk_in_a_partly_read_cluster_is_never_a_plain_yes() -> None:
    node = make_node(runtime="docker://20.10.24")
    view = view_of(node, make_deployment("web"), unread={"pods": Cause.FORBIDDEN})
    for question in (Safe(), Safe("web"), Safe("default")):
        assert verdict(view, question).startswith("Safe as far as I can see")


def test_what_runs_on_a_node_is_unknown_without_pods() -> None:
    view = view_of(make_node("n1", runtime="docker://20.10.24"), unread={"pods": Cause.FORBIDDEN})
    assert verdict(view, Drain("n1")) == ("What runs on n1 (dockershim) is unknown, since pods could not be read.")
    assert verdict(view, Safe("n1")) == "Whether n1 is safe is unknown, since pods could not be read."


def test_no_percentage_is_invented_for_no_nodes() -> None:
    assert "%" not in text(view_of(), Progress())
    assert "%" not in text(view_of(unread={"nodes": Cause.FORBIDDEN}), Progress())


def test_a_count_of_zero_is_hedged_where_something_was_not_read() -> None:
    whole, part = view_of(make_node()), view_of(make_node(), unread={"jobs": Cause.FORBIDDEN})
    assert verdict(whole, Count("at-risk")) == "No workload at risk found."
    assert verdict(part, Count("at-risk")) == "No workload at risk found in what I can see."


@pytest.mark.parametrize("name", ["safe", "safe-namespace", "safe-workload", "safe-pool"])
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_answer_on_safety_says_that_specs_do_not_show_everything(cluster: str, name: str) -> None:
    shown = text(CLUSTERS[cluster](), ASKED[name])
    assert shown.startswith(("Not found", "yes")) or "Looked at: volumes" in shown


def test_a_name_no_shell_may_see_is_not_put_into_a_command_line() -> None:
    view = view_of(make_node("n1; rm -rf /", runtime="docker://20.10.24"))
    assert "kubectl drain NODE --ignore-daemonsets" in text(view, Drain("n1; rm -rf /"))


def test_a_name_of_two_things_is_said_to_be() -> None:
    web = make_deployment("web", namespace="shop", labels={"team": "shop"}, host_paths=SOCKET)
    view = view_of(make_node(), web, make_dependents(web, ["node-1"]))
    shown = text(view, Safe("shop"))
    assert shown.startswith("Not safe to move yet: shop has 1 workload at risk: shop/Deployment/web (docker-socket).")
    assert "I read shop as a namespace; there is also an owner of that name." in shown


def test_moving_to_nodes_that_all_run_docker_breaks_nothing() -> None:
    web = make_deployment("web", host_paths=SOCKET)
    nodes = [make_node(name, runtime="docker://20.10.24") for name in ("n1", "n2")]
    view = view_of(*nodes, web, make_dependents(web, ["n1"]))
    assert "All of them run Docker, so no pod breaks by moving there." in text(view, Drain("n1"))
    cordoned = view_of(nodes[0], make_node("n2", is_unschedulable=True), web, make_dependents(web, ["n1"]))
    assert "No other node is Ready and not cordoned" in text(cordoned, Drain("n1"))


def test_the_last_percent_is_kept_until_every_node_is_known() -> None:
    nodes = [make_node(f"n{n}") for n in range(200)]
    assert verdict(view_of(*nodes), Progress()).startswith("100%")
    almost = view_of(*nodes, make_node("last", runtime="docker://20.10.24"))
    assert verdict(almost, Progress()).startswith("99%")
    unknown = view_of(*nodes, make_node("last", runtime=""))
    assert verdict(unknown, Progress()).startswith("At least 99%")


def test_the_versions_of_a_dump_are_judged_from_its_kubelets_and_said_to_be() -> None:
    view = replace(view_of(make_node(kubelet="v1.24.1")), version=None)
    shown = text(view, Upgrade("1.25"))
    assert shown.startswith("Possible: the API server can go to 1.25, if it is 1.24 now, as the newest kubelet is;")
    assert "judged from the kubelets" in shown
    assert verdict(view, ServerVersion()).startswith("The API server's version is unknown: a dump")


def test_a_bare_pod_is_lost_and_a_static_pod_stays() -> None:
    static = make_pod(
        "etcd", node="n1", owner={"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "1", "controller": True}
    )
    view = view_of(make_node("n1"), make_node("n2"), make_pod("shell", node="n1"), static)
    shown = text(view, Drain("n1"))
    assert shown.startswith(
        "Draining n1 (containerd) ends 1 bare pod for good. Nothing there depends on Docker: it runs containerd."
    )
    assert "1 static pod" in shown


def test_what_has_to_be_checked_does_not_begin_with_safe() -> None:
    shell = make_pod("shell", namespace="web", node="n1", host_paths={"/var/run": "/h"})
    node = make_node("n1", runtime="docker://20.10.24")
    view = view_of(node, shell)
    assert verdict(view, Safe("web", "namespace")) == (
        "Nothing at risk found in web, but 1 workload has to be checked before it moves: web/shell."
    )
    assert verdict(view, Safe("web", "namespace"), "ko") == (
        "web에서 위험 워크로드는 발견되지 않았지만, 옮기기 전에 확인할 워크로드가 1개 있습니다: web/shell."
    )
    part = view_of(node, shell, unread={"jobs": Cause.FORBIDDEN})
    assert verdict(part, Safe("web", "namespace")).startswith("Nothing at risk found in what I can see of web, but 1 ")


def test_the_nodes_are_those_of_what_was_asked_for_not_of_the_workload_named_last() -> None:
    web = make_deployment("web", namespace="shop", labels={"team": "shop"}, host_paths=SOCKET)
    view = view_of(make_node("n1", runtime="docker://20.10.24"), web, make_dependents(web, ["n1"]))
    assert "The pods of namespace shop run on 1 node, 1 on Docker." in text(view, Safe("shop", "namespace"))
    assert "The pods of owner shop run on 1 node" in text(view, Safe("shop", "owner"))
    assert "The pods of shop/Deployment/web run on 1 node" in text(view, Safe("web"))
    assert "shop 네임스페이스의 파드는 노드 1개에서 실행 중이며" in text(view, Safe("shop", "namespace"), "ko")


def test_nodes_whose_runtime_is_only_likely_are_named_where_they_stand_in_the_way() -> None:
    view = view_of(make_node("n1", runtime="docker://20.10.24", kubelet="v1.23.17"), version="v1.23.17")
    assert "For 1 of them (n1) dockershim is likely, not certain: check on the node." in text(view, Upgrade("1.24"))
    assert "이 중 1개(n1)는 런타임이 dockershim인 것으로 추정됩니다." in text(view, Upgrade("1.24"), "ko")


def test_one_pod_that_is_exposed_is_not_one_of_one() -> None:
    web = make_deployment("web", namespace="shop", host_paths=SOCKET)
    view = view_of(make_node("n1", runtime="docker://20.10.24"), web, make_dependents(web, ["n1"]))
    assert "1 pod exposed" in text(view, Safe("shop"))
    assert "파드 1개 노출" in text(view, Safe("shop"), "ko")
