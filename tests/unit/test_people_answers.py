"""Who has to act, single dates, what no history is kept for, and at-risk answers with filters."""

import json
from typing import Any

import pytest

from bot.adapters.knowledge import LANGUAGES
from bot.core.answers import AmbiguousAnswer, AtRiskAnswer, NotFoundAnswer
from bot.core.people_answers import HistoryAnswer, MilestoneAnswer, OwnerAnswer, OwnersAnswer
from bot.core.questions import AtRisk, Changes, Milestone, Owners, Question, Trend
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.errors import ClusterError
from bot.render.compose import compose
from bot.render.data import _plain
from bot.render.parts import MESSAGE
from bot.render.text import to_text
from bot.service import Service
from tests.factories import make_dependents, make_deployment, make_namespace, make_node
from tests.unit.clusters import AS_OF, DOCKER, catalogue, known, service, view_of

SOCKET = {"/var/run/docker.sock": "/s"}
LOGS = {"/var/lib/docker/containers": "/l"}


def cluster(**options: Any) -> ClusterView:
    builder = make_deployment("builder", namespace="ci", labels={"team": "Tools"}, host_paths=SOCKET)
    runner = make_deployment("runner", namespace="ci", labels={"team": "Tools"}, host_paths=SOCKET)
    reader = make_deployment("reader", namespace="logging", host_paths=LOGS)
    return view_of(
        make_node("a-1", runtime=DOCKER, kubelet="v1.23.17", labels={"agentpool": "a"}),
        make_node("b-1", runtime="containerd://2.1.4", labels={"agentpool": "b"}),
        make_namespace("ci"),
        make_namespace("logging", labels={"team": "observability"}),
        make_namespace("web"),
        *(builder, runner, reader),
        make_deployment("lonely", namespace="web", host_paths=SOCKET),
        make_deployment("shop", namespace="web", labels={"team": "shop"}),
        make_deployment("shop", namespace="ci", labels={"team": "shop"}),
        make_deployment("builder", namespace="web"),
        make_dependents(builder, ["a-1"]),
        make_dependents(reader, ["b-1"]),
        **options,
    )


VIEW = cluster()


class _Unreadable:
    def newest(self) -> ClusterView | None:
        """Return nothing: no menu is asked for here."""
        return None

    def view(self) -> ClusterView:
        raise ClusterError("unreachable", host="cluster")


def ask(question: Question, view: ClusterView = VIEW) -> Any:
    return service(view).ask(question, "en")


def first_line(question: Question, view: ClusterView = VIEW, language: str = "en") -> str:
    document = compose(service(view).ask(question, language), catalogue(language), MESSAGE)
    return to_text(document).partition("\n")[0]


def test_owners_are_listed_worst_first_and_the_unowned_last() -> None:
    answer = ask(Owners())
    assert isinstance(answer, OwnersAnswer)
    assert [(share.owner, len(share.at_risk)) for share in answer.shares] == [
        ("Tools", 2),
        ("observability", 1),
        (None, 1),
    ]
    assert first_line(Owners()) == (
        "4 workloads at risk. Of the 2 owners named, Tools has the most: 2. 1 of 4 without an owner (25 %)."
    )


def test_nobody_has_to_act_where_nothing_is_at_risk() -> None:
    assert first_line(Owners(), view_of(make_deployment("web"))).startswith("Nobody has to act")
    partly = view_of(make_deployment("web"), unread={"pods": Cause.FORBIDDEN})
    assert "in what I can see" in first_line(Owners(), partly)


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("runner", "ci/Deployment/runner belongs to Tools (label)."),
        ("reader", "logging/Deployment/reader belongs to observability (namespace label)."),
        ("lonely", "web/Deployment/lonely names no owner."),
        ("logging", "logging belongs to observability (namespace label)."),
        ("ci", "ci has more than one owner: Tools, shop."),
        ("web", "The only owner named in web is shop. 2 workloads name none."),
        ("shop", "shop belongs to shop (label)."),
    ],
)
def test_who_owns_it_is_told_with_what_says_so(target: str, line: str) -> None:
    assert first_line(Owners(target)) == line


def test_two_workloads_of_one_name_and_two_owners_are_asked_back() -> None:
    answer = ask(Owners("builder"))
    assert isinstance(answer, AmbiguousAnswer)
    assert answer.again == "owners"
    assert isinstance(ask(Owners("ci/builder")), OwnerAnswer)


def test_nothing_of_that_name_has_no_owner() -> None:
    answer = ask(Owners("runer"))
    assert isinstance(answer, NotFoundAnswer)
    assert answer.near == ("ci/Deployment/runner",)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (AtRisk(owner="tools"), ["builder", "runner"]),
        (AtRisk(owner="unowned"), ["lonely"]),
        (AtRisk(code="docker-logs"), ["reader"]),
        (AtRisk(pool="a"), ["builder"]),
        (AtRisk(pool="b"), ["reader"]),
        (AtRisk(namespace="ci", code="docker-socket", owner="Tools"), ["builder", "runner"]),
        (AtRisk(namespace="web", owner="Tools"), []),
    ],
)
def test_a_workload_at_risk_passes_every_filter(question: AtRisk, names: list[str]) -> None:
    answer = ask(question)
    assert isinstance(answer, AtRiskAnswer)
    assert [workload.key.name for workload in answer.at_risk] == names


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (AtRisk(pool="b"), "Only on nodes of pool b: 1 workload at risk."),
        (
            AtRisk(namespace="ci", owner="tools", code="docker-socket"),
            "Only owner Tools, finding docker-socket, namespace ci: 2 workloads at risk.",
        ),
        (AtRisk(owner="unowned"), "Only without an owner: 1 workload at risk."),
    ],
)
def test_the_filters_stand_in_the_first_line(question: AtRisk, line: str) -> None:
    assert first_line(question) == line


@pytest.mark.parametrize(
    "question", [AtRisk(owner="nobody"), AtRisk(pool="nowhere"), AtRisk(namespace="x", code="dind")]
)
def test_a_filter_that_names_nothing_says_so(question: AtRisk) -> None:
    assert isinstance(ask(question), NotFoundAnswer)


@pytest.mark.parametrize(
    ("code", "near"),
    [("docker-sock", ("docker-socket", "dockershim-socket", "docker-cli")), ("xyzzy", ())],
)
def test_a_rule_that_there_is_none_of_is_no_clean_cluster(code: str, near: tuple[str, ...]) -> None:
    answer = ask(AtRisk(code=code))
    assert isinstance(answer, NotFoundAnswer)
    assert (answer.what, answer.near) == ("code", near)
    assert first_line(AtRisk(code=code)) == f"Not found: there is no rule {code}, and so no finding of it."


def test_a_rule_is_found_whatever_its_case() -> None:
    assert first_line(AtRisk(code="DIND")) == first_line(AtRisk(code="dind"))


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("1.24", "Kubernetes 1.24 removed dockershim: released 2022-05-03, 4 years 6 months ago."),
        (
            "1.22",
            "Kubernetes 1.22, once planned to be without dockershim, came out with it: "
            "released 2021-08-04, 5 years 3 months ago.",
        ),
        (
            "1.38",
            "Scheduled for 2026-12-16, in 23 days: "
            "Kubernetes 1.38 is to end support for containerd 1.x (planned; merge not confirmed).",
        ),
        ("1.6", "Support for containerd 1.6 has ended: 2025-08-23, 1 year 3 months ago."),
        (
            "1.7",
            "Community support for containerd 1.7 ended by its schedule (final notice not seen): "
            "2026-03-10, 8 months ago.",
        ),
        ("1.30", "The calendar has no entry for 1.30; nearest in it: 1.26, 1.27, 1.34."),
        ("next week", "The calendar has no entry for next week; nearest in it: 1.34, 1.35, 1.38."),
    ],
)
def test_a_date_is_told_with_the_days_and_whether_it_is_sure(version: str, line: str) -> None:
    assert first_line(Milestone(version)) == line


@pytest.mark.parametrize(("version", "named_by"), [("1.25", ["1.23", "1.26"]), ("1.37", ["1.38"]), ("1.36", ["1.38"])])
def test_a_version_the_calendar_only_names_leads_to_what_names_it(version: str, named_by: list[str]) -> None:
    answer = ask(Milestone(version))
    assert isinstance(answer, MilestoneAnswer)
    assert answer.is_named
    assert [state.milestone.version for state in answer.states] == named_by
    assert first_line(Milestone(version)).startswith(f"{version} has no entry of its own")


def test_a_patch_version_means_its_minor() -> None:
    answer = ask(Milestone("v1.24.3"))
    assert [state.milestone.version for state in answer.states] == ["1.24"]
    assert not answer.is_named


def test_the_next_date_is_one_that_concerns_the_cluster_or_says_that_none_does() -> None:
    old = view_of(make_node("a", runtime="containerd://1.6.33"))
    assert first_line(Milestone(), old).startswith("Next date that concerns this cluster: Kubernetes 1.38")
    assert first_line(Milestone()).startswith("No date ahead concerns a node of this cluster.")


def test_a_date_is_told_without_a_cluster() -> None:
    answer = Service(_Unreadable(), known(), today=lambda: AS_OF.date()).ask(Milestone("1.24"), "en")
    assert isinstance(answer, MilestoneAnswer)
    assert (answer.unread, answer.nodes_known) == (("unreachable", {"host": "cluster"}), False)
    text = to_text(compose(answer, catalogue("en"), MESSAGE))
    assert text.startswith("Kubernetes 1.24 removed dockershim")
    assert "concerns no node" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", [Trend(), Changes()])
def test_no_history_is_made_up(question: Question, language: str) -> None:
    answer = service(VIEW).ask(question, language)
    assert isinstance(answer, HistoryAnswer)
    assert (answer.docker, answer.nodes, answer.at_risk) == (1, 2, 4)
    line = first_line(question, language=language)
    assert ("no history" in line) if language == "en" else ("이력을 저장하지 않" in line)


@pytest.mark.parametrize(
    "question", [Owners(), Owners("ci"), Milestone("1.38"), Milestone(), Trend(), AtRisk(pool="a")]
)
def test_every_such_answer_is_json(question: Question) -> None:
    json.dumps(_plain(ask(question, cluster(unread={"jobs": Cause.FORBIDDEN})), catalogue("en")), allow_nan=False)
