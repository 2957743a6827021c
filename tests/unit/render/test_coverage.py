"""Never a false "all clear": every answer names what was not read, and finds nothing only "in what I can see"."""

import pytest

from bot.core.snapshot import RESOURCES, Cause, Gap
from bot.core.view import ClusterView
from bot.render.data import scan_data
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import (
    make_dependents,
    make_deployment,
    make_namespace,
    make_node,
    make_pod,
    make_statefulset,
)
from tests.unit.clusters import Objects, catalogue, healthy_nodes, json_of, mrkdwn_of, text_of, view_of

HEDGE = {"en": "in what I can see", "ko": "확인할 수 있는 범위"}
NOT_COMPLETE = {"en": "NOT complete", "ko": "누락 있음"}
LANGUAGES = ("en", "ko")
SOCKET = {"/var/run/docker.sock": "/s"}

LOST_NODE = Gap("nodes", Cause.MALFORMED, objects=("lost",), count=1)

GAPS = {
    **{f"{what}-forbidden": Gap(what, Cause.FORBIDDEN, 403) for what in RESOURCES},
    "pods-timed-out": Gap("pods", Cause.TIMEOUT),
    "version-forbidden": Gap("version", Cause.FORBIDDEN, 403),
    "nodes-absent-from-a-dump": Gap("nodes", Cause.ABSENT),
    "one-node-lost": LOST_NODE,
    "some-pods-lost": Gap("pods", Cause.MALFORMED, objects=("shop/a", "shop/b"), count=7),
    "some-pods-in-part": Gap("pods", Cause.PARTLY, objects=("shop/a", "shop/b"), count=7),
    "pods-cut-short": Gap("pods", Cause.CUT, is_partial=True),
    "nodes-expired-half-way": Gap("nodes", Cause.EXPIRED, 410, is_partial=True),
    "an-item-that-does-not-say-what-it-is": Gap("items", Cause.MALFORMED, objects=("x",), count=1),
    "one-deployment-lost": Gap("deployments", Cause.MALFORMED, objects=("shop/a",), count=1),
}


def healthy() -> list[Objects]:
    """Return a cluster in which nothing is at risk and nothing is to be checked."""
    shop = make_deployment("shop", namespace="web")
    return [*healthy_nodes(), make_namespace("web"), shop, make_dependents(shop, ["on-docker", "off-docker"])]


def with_gap(gap: Gap, *objects: Objects) -> ClusterView:
    """Return the view in which one thing was not read."""
    if gap.is_whole_kind and gap.what in RESOURCES:
        return view_of(*objects, unread={gap.what: gap.cause})
    return view_of(*objects, gaps=[gap])


def verdict(view: ClusterView, text: str, language: str) -> str:
    shown = text_of(view, text, language).partition("\n")[0]
    assert mrkdwn_of(view, text, language).partition("\n")[0].replace("`", "") == shown
    return shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_with_any_gap_nothing_is_found_only_in_what_can_be_seen(gap: Gap, language: str) -> None:
    view = with_gap(gap, *healthy())
    for text in ("status", "pods", "pods web", "explain web/Deployment/shop"):
        assert HEDGE[language] in verdict(view, text, language), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_gap_nothing_is_hedged(language: str) -> None:
    for text in ("status", "pods", "pods web", "explain web/Deployment/shop", "explain node/on-docker"):
        assert HEDGE[language] not in text_of(view_of(*healthy()), text, language), text


#: A question for every kind of answer about a cluster, found and not found.
ASKED = (
    *("status", "status on", "status on-docker", "status nowhere", "nodes", "nodes docker", "nodes cri-o"),
    *("nodes nowhere", "pods", "pods web", "pods nowhere", "explain shop", "explain nothing", "explain twin"),
    *("explain builder", "explain shell", "explain dind", "explain node/on-docker", "milestones"),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_every_answer_about_a_cluster_names_the_gap(gap: Gap, language: str) -> None:
    others: list[Objects] = [
        make_deployment("builder", namespace="web", host_paths=SOCKET),
        make_deployment("shell", namespace="web", host_paths={"/run": "/r"}),
        make_deployment("dind", namespace="web", image="docker:dind"),
        *(make_deployment("twin", namespace="web"), make_statefulset("twin", namespace="web")),
    ]
    view = with_gap(gap, *healthy(), *others)
    for text in ASKED:
        for shown in (text_of(view, text, language), mrkdwn_of(view, text, language)):
            assert NOT_COMPLETE[language] in shown, text
            assert gap.what in shown, text
            assert not gap.objects or gap.objects[0] in shown, text
        gaps = json_of(view, text, language)["data"]["seen"]["gaps"]
        assert [item["what"] for item in gaps] == [gap.what], text


@pytest.mark.parametrize(
    "text", ["status", "status on-docker", "nodes", "pods", "explain shop", "milestones", "pods x"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complete_answer_says_so_and_when_it_was_read(text: str, language: str) -> None:
    shown = text_of(view_of(*healthy()), text, language)
    assert NOT_COMPLETE[language] not in shown
    assert "2026-11-23 09:00 UTC" in shown
    assert str(len(RESOURCES)) in shown.splitlines()[-1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_the_scan_names_the_gap_and_finds_nothing_only_in_what_it_sees(gap: Gap, language: str) -> None:
    view = with_gap(gap, *healthy())
    shown = to_text(compose_scan(view, view.with_findings, catalogue(language)))
    assert HEDGE[language] in shown.partition("\n")[0]
    assert NOT_COMPLETE[language] in shown
    coverage = scan_data(view, view.with_findings, catalogue(language))["coverage"]
    assert coverage["complete"] is False
    assert [item["what"] for item in coverage["gaps"]] == [gap.what]
    assert coverage["gaps"][0]["why"]


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
@pytest.mark.parametrize(
    ("text", "language", "some"), [("status", "en", "in what I can see"), ("pods", "ko", "확인할 수 있는 범위")]
)
def test_with_any_gap_what_is_found_is_the_least_there_is(gap: Gap, text: str, language: str, some: str) -> None:
    view = with_gap(gap, *healthy(), make_pod("bare", host_paths=SOCKET), make_deployment("d", host_paths=SOCKET))
    assert some in verdict(view, text, language)


def test_a_node_with_nothing_exposed_is_so_only_in_what_can_be_seen() -> None:
    for gap in GAPS.values():
        if gap.what != "nodes":
            assert HEDGE["en"] in text_of(with_gap(gap, *healthy()), "explain node/on-docker")


def test_milestones_concern_nobody_only_among_the_nodes_that_can_be_seen() -> None:
    view = view_of(make_node(runtime="cri-o://1.30.0"), gaps=[LOST_NODE])
    assert "nodes I can see" in verdict(view, "milestones", "en")
    unread = view_of(make_node(), unread={"nodes": Cause.FORBIDDEN})
    assert "unknown" in verdict(unread, "milestones", "en")


def test_nodes_that_could_not_be_read_are_unknown_never_none() -> None:
    view = view_of(*healthy(), unread={"nodes": Cause.FORBIDDEN})
    assert verdict(view, "status", "en").startswith("Which runtime the nodes use is unknown")
    assert verdict(view, "nodes docker", "en") == "The nodes could not be read."


def test_off_docker_is_claimed_only_for_nodes_that_are_known() -> None:
    off = [make_node("a"), make_node("b", runtime="cri-o://1.28")]
    assert verdict(view_of(*off), "status", "en").startswith("No node runs on Docker;")
    assert verdict(view_of(*off, gaps=[LOST_NODE]), "status", "en").startswith("No node I can see runs on Docker;")
    unknown = verdict(view_of(*off, make_node("c", runtime="")), "status", "en")
    assert unknown.startswith("No node is known to run on Docker; the runtime of 1 node is unknown;")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_that_was_not_found_may_only_be_out_of_sight(language: str) -> None:
    out_of_sight = catalogue(language).plain("not-found.partial")
    for text in ("status nowhere", "nodes nowhere", "pods nowhere", "explain nowhere"):
        assert out_of_sight in text_of(view_of(*healthy(), unread={"pods": Cause.FORBIDDEN}), text, language)
        assert out_of_sight not in text_of(view_of(*healthy()), text, language)


def test_a_pool_is_off_docker_only_as_far_as_its_nodes_are_known() -> None:
    view = view_of(make_node("a-1"), gaps=[LOST_NODE])
    assert "no node runs on Docker;" not in verdict(view, "status a", "en")


def test_a_cluster_of_which_every_node_was_lost_is_not_said_to_have_none() -> None:
    assert "The cluster has no nodes" not in verdict(view_of(gaps=[LOST_NODE]), "status", "en")


def test_no_node_matches_only_among_those_that_can_be_seen() -> None:
    assert "can see" in verdict(view_of(make_node("a-1"), gaps=[LOST_NODE]), "nodes docker", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workload_worth_knowing_is_no_risk_only_in_what_can_be_seen(language: str) -> None:
    view = view_of(make_deployment("dind", image="docker:dind"), unread={"pods": Cause.FORBIDDEN})
    assert HEDGE[language] in verdict(view, "explain dind", language)


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(view_of(make_node(runtime=""), make_pod("web", host_paths=SOCKET)), id="unknown-runtime"),
        pytest.param(view_of(make_node(), make_pod("web", host_paths=SOCKET), gaps=[LOST_NODE]), id="lost-node"),
    ],
)
def test_what_is_listed_is_called_broken_already_only_when_every_node_is_known(view: ClusterView) -> None:
    assert "No node runs on Docker" not in text_of(view, "pods")


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        pytest.param("status", "0 pods exposed", id="status"),
        pytest.param("pods", "no pods", id="pods"),
        pytest.param("explain d", "none", id="explain"),
    ],
)
def test_pods_that_were_not_read_are_unknown_never_none(text: str, claim: str) -> None:
    view = view_of(make_node(), make_deployment("d", host_paths=SOCKET), unread={"pods": Cause.FORBIDDEN})
    assert claim not in text_of(view, text)


@pytest.mark.parametrize(
    "gap",
    [
        pytest.param(Gap("pods", Cause.CUT, is_partial=True), id="first-page-of-a-dump"),
        pytest.param(Gap("pods", Cause.EXPIRED, 410, is_partial=True), id="expired-half-way"),
        pytest.param(Gap("pods", Cause.MALFORMED, objects=("default/d-1",), count=1), id="one-lost"),
        pytest.param(Gap("pods", Cause.PARTLY, objects=("default/d-1",), count=1), id="one-in-part"),
    ],
)
@pytest.mark.parametrize(
    ("text", "claim"), [("status", "· 0 pods exposed"), ("pods", "no pods"), ("explain d", "none")]
)
def test_pods_that_were_read_in_part_are_not_none(text: str, claim: str, gap: Gap) -> None:
    view = view_of(make_node(), make_deployment("d", host_paths=SOCKET), gaps=[gap])
    assert claim not in text_of(view, text)


def test_an_item_that_does_not_say_what_it_is_may_be_a_node() -> None:
    view = view_of(make_node(), gaps=[Gap("items", Cause.MALFORMED, objects=("x",), count=1)])
    assert verdict(view, "status", "en").startswith("No node I can see runs on Docker;")
    assert "can see" in verdict(view, "nodes docker", "en")


def test_a_workload_of_unknown_exposure_says_so() -> None:
    pods = [make_pod("web", node=None, phase="Pending", host_paths=SOCKET)]
    assert "unknown" in text_of(view_of(*healthy_nodes(), *pods), "pods")


def test_a_node_of_unknown_runtime_names_the_pods_whose_exposure_is_unknown() -> None:
    view = view_of(make_node(runtime=""), make_pod("web", host_paths=SOCKET))
    assert "default/Pod/web" in text_of(view, "status node-1")


@pytest.mark.parametrize("reported", ["garbage", "rkt://1.30.0", "docker:20.10"])
def test_a_node_of_unknown_runtime_shows_all_it_reports(reported: str) -> None:
    assert reported in text_of(view_of(make_node(runtime=reported)), "status node-1")


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param([Gap(w, Cause.MALFORMED, objects=("shop/a",), count=1) for w in RESOURCES], id="objects-lost"),
        pytest.param([Gap(w, Cause.PARTLY, objects=("shop/a",), count=1) for w in RESOURCES], id="objects-in-part"),
        pytest.param([Gap(w, Cause.SERVER_ERROR, 500 + n) for n, w in enumerate(RESOURCES)], id="errors"),
    ],
)
def test_a_message_names_every_kind_that_was_not_read_however_many(gaps: list[Gap]) -> None:
    shown = mrkdwn_of(view_of(gaps=gaps), "status")
    assert [gap.what for gap in gaps if gap.what not in shown] == []
