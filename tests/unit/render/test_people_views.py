"""Answers on owners, dates, topics and what is none of these as Slack messages: golden files, and every limit."""

import pytest

from bot.core.buttons import Asked
from bot.core.questions import (
    AtRisk,
    Changes,
    Clarify,
    Count,
    Courtesy,
    Faq,
    Milestone,
    OutOfScope,
    Owners,
    Question,
    Status,
    Trend,
)
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.parts import SLACK, TERMINAL
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import make_deployment, make_node
from tests.unit.clusters import catalogue, service, view_of
from tests.unit.conftest import Golden
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import CLUSTERS, as_json

EVERYWHERE = {
    "owners": Owners(),
    "when": Milestone("1.38"),
    "faq": Faq("gpu-nodes"),
    "pods-code": AtRisk(code="docker-socket"),
}
MIXED = {
    "owner": Owners("ci"),
    "when-next": Milestone(),
    "when-named": Milestone("1.37"),
    "faq-unmoved": Faq("plan-1-22-1-23"),
    "trend": Trend(),
    "changes": Changes(),
    "greeting": Courtesy("greeting"),
    "thanks": Courtesy("thanks"),
    "action": OutOfScope("action"),
    "secret": OutOfScope("secret"),
    "other": OutOfScope("other"),
    "clarify": Clarify(("nodes docker", "faq images-still-work")),
}


def message_of(view: ClusterView, question: Question, language: str) -> Message:
    document = compose(service(view).ask(question, language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked("question", language), can_share=True)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_message_of_an_answer(cluster: str, name: str, language: str, golden: Golden) -> None:
    message = message_of(CLUSTERS[cluster](), EVERYWHERE[name], language)
    check_message(message)
    golden.check(f"{cluster}-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", MIXED)
def test_the_message_of_an_answer_about_the_mixed_cluster(name: str, language: str, golden: Golden) -> None:
    message = message_of(CLUSTERS["mixed"](), MIXED[name], language)
    check_message(message)
    golden.check(f"mixed-{name}.{language}.blocks.json", as_json(message))


def text_of(view: ClusterView, question: Question, language: str = "en") -> str:
    return to_text(compose(service(view).ask(question, language), catalogue(language), TERMINAL))


def nodes_for_138() -> ClusterView:
    """Return a node on an old containerd, one on a new, and one on cri-dockerd, whose version nobody can tell."""
    return view_of(
        make_node("old", runtime="containerd://1.7.30", kubelet="v1.30.1"),
        make_node("older", runtime="containerd://1.6.33", kubelet="v1.28.4"),
        make_node("new", runtime="containerd://2.1.0", kubelet="v1.30.1"),
        make_node("docker", runtime="docker://24.0.7", kubelet="v1.30.1"),
    )


def test_a_removal_concerns_nodes_once_their_kubelets_get_there_and_not_on_its_day() -> None:
    shown = text_of(nodes_for_138(), Milestone("1.38"))
    assert "concerns 2 nodes once their kubelets go to 1.38 (1.28–1.30 now): old, older; " in shown
    assert "for 1 more it depends on its cri-dockerd version, which a node does not report: docker" in shown
    korean = text_of(nodes_for_138(), Milestone("1.38"), "ko")
    assert "kubelet을 1.38 버전으로 올릴 때 영향받는 노드 2개(현재 kubelet 1.28–1.30): old, older. " in korean
    assert "노드 1개는 노드 정보에 나오지 않는 cri-dockerd 버전에 따라 달라지므로 확인 필요: docker" in korean


def test_a_deprecation_waits_for_no_kubelet() -> None:
    view = view_of(make_node("n1", runtime="docker://20.10.24", kubelet="v1.23.17"))
    assert "concerns 1 node: n1" in text_of(view, Milestone("1.20"))


def test_the_next_date_of_the_status_says_what_its_nodes_wait_for() -> None:
    assert "concerns 2 nodes once their kubelets go to 1.38" in text_of(nodes_for_138(), Status())
    assert "해당: 노드 2개(kubelet을 1.38 버전으로 올릴 때)" in text_of(nodes_for_138(), Status(), "ko")


def test_a_planned_date_stands_first_in_korean_and_is_hedged_once() -> None:
    verdict = text_of(nodes_for_138(), Milestone("1.38"), "ko").partition("\n")[0]
    assert verdict.startswith("예정일: 2026-12-16(23일 후). ")
    assert verdict.endswith("끝날 예정입니다(병합 여부 미확인).")


@pytest.mark.parametrize(
    ("language", "share"),
    [("en", "1 of 2 at risk without an owner (50 %)"), ("ko", "위험 워크로드 2개 중 1개에 담당 표시 없음(50%)")],
)
def test_status_and_scan_tell_how_much_names_no_owner(language: str, share: str) -> None:
    socket = {"/run/docker.sock": "/s"}
    owned = make_deployment("web", labels={"team": "shop"}, host_paths=socket)
    view = view_of(make_node(), owned, make_deployment("lonely", host_paths=socket), make_deployment("fine"))
    assert share in text_of(view, Status(), language)
    assert share in to_text(compose_scan(view, view.with_findings, catalogue(language)))
    view = view_of(make_node(), owned)
    assert "(0" not in text_of(view, Status(), language) + to_text(compose_scan(view, view.workloads, catalogue("en")))


@pytest.mark.parametrize(
    ("language", "share"),
    [
        ("en", "owner not known of 1 of 2 at risk: not everything could be read"),
        ("ko", "2개 중 1개는 담당을 알 수 없음"),
    ],
)
def test_below_full_coverage_an_owner_that_nothing_names_is_unknown_and_not_nobody(language: str, share: str) -> None:
    unread = {"namespaces": Cause.FORBIDDEN}
    socket = {"/run/docker.sock": "/s"}
    owned = make_deployment("web", labels={"team": "shop"}, host_paths=socket)
    view = view_of(make_node(), make_deployment("lonely", host_paths=socket), owned, unread=unread)
    told = text_of(view, Status(), language)
    assert share in told
    assert share in to_text(compose_scan(view, view.with_findings, catalogue(language)))
    for question in (Owners(), AtRisk(), Count("owners")):
        told += text_of(view, question, language)
    for word in ("50 %", "50%", "unowned", "without an owner", "담당 없음", "담당 표시 없음"):
        assert word not in told
