"""Which dates of the calendar concern a cluster, which comes next, and which is only waiting for the upgrade."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from bot.core.affects import Affects
from bot.core.milestones import (
    EarlierValue,
    Milestone,
    MilestoneState,
    Origin,
    overdue,
    states,
    upcoming,
    waiting,
)
from bot.core.rules import Severity
from bot.core.runtimes import Runtime
from bot.core.versions import Version
from tests.factories import make_dependents, make_deployment, make_node
from tests.unit.clusters import known, view_of

TODAY = date(2026, 11, 20)


def milestone(name: str, days: int, *affects: Affects, kind: str = "removal", is_planned: bool = False) -> Milestone:
    """Return a milestone so many days from today."""
    return Milestone(
        id=name,
        version="1.24",
        day=TODAY + timedelta(days=days),
        kind=kind,
        is_planned=is_planned,
        is_confirmed=True,
        affects=affects,
        earlier=(),
        sources=("https://example.com",),
        checked=TODAY,
        support_ends=None,
        texts={},
    )


DOCKERSHIM = Affects(Runtime.DOCKERSHIM)
OLD_KUBELET = Affects(Runtime.DOCKERSHIM, kubelet_below=Version(1, 24))
OLD_CONTAINERD = Affects(Runtime.CONTAINERD, runtime_version_below=Version(2, 0), kubelet_below=Version(1, 38))


def concerned(affects: Affects, runtime: str, kubelet: str = "v1.20.15") -> bool:
    (state,) = states([milestone("m", 1, affects)], view_of(make_node(runtime=runtime, kubelet=kubelet)).nodes, TODAY)
    return state.is_concerning


@pytest.mark.parametrize(
    ("affects", "runtime", "kubelet", "expected"),
    [
        pytest.param(OLD_KUBELET, "docker://20.10", "v1.23.17", True, id="below-the-minor"),
        pytest.param(OLD_KUBELET, "docker://20.10", "v1.24.0", False, id="at-the-minor-it-is-cri-dockerd"),
        pytest.param(OLD_KUBELET, "containerd://1.4", "v1.20.15", False, id="another-runtime"),
        pytest.param(OLD_CONTAINERD, "containerd://1.7.33-1", "v1.33.1", True, id="old-containerd"),
        pytest.param(OLD_CONTAINERD, "containerd://2.0.4", "v1.33.1", False, id="limit-itself-is-not-below"),
        pytest.param(OLD_CONTAINERD, "containerd://10.0", "v1.33.1", False, id="versions-compare-as-numbers"),
        pytest.param(OLD_CONTAINERD, "containerd://1.7.33", "v1.38.0", False, id="all-parts-of-a-clause-must-hold"),
        pytest.param(OLD_CONTAINERD, "containerd://Unknown", "v1.33.1", True, id="runtime-version-nobody-can-parse"),
        pytest.param(OLD_CONTAINERD, "containerd://1.7.33", "", True, id="kubelet-version-nobody-can-parse"),
        pytest.param(OLD_KUBELET, "docker://20.10", "garbage", False, id="an-unknown-runtime-is-not-dockershim"),
        pytest.param(Affects(Runtime.UNKNOWN), "", "v1.20.15", True, id="a-clause-can-name-unknown-nodes"),
    ],
)
def test_a_clause_concerns_the_nodes_below_its_versions(
    affects: Affects, runtime: str, kubelet: str, *, expected: bool
) -> None:
    assert concerned(affects, runtime, kubelet) is expected


def test_any_clause_is_enough_and_the_nodes_are_named() -> None:
    nodes = [make_node("a", runtime="docker://20.10"), make_node("b"), make_node("c", runtime="cri-o://1.20")]
    (state,) = states([milestone("m", 1, DOCKERSHIM, OLD_CONTAINERD)], view_of(*nodes).nodes, TODAY)
    assert state.nodes == ("a", "b")


def test_the_calendar_comes_whole_and_in_order_of_dates() -> None:
    calendar = [milestone("late", 5), milestone("b", -5), milestone("a", -5)]
    assert [state.milestone.id for state in states(calendar, (), TODAY)] == ["a", "b", "late"]


@pytest.mark.parametrize("days", [-100, -1, 0, 1, 26])
def test_days_left_are_counted_from_today(days: int) -> None:
    assert states([milestone("m", days)], (), TODAY)[0].days_left == days


def test_without_nodes_nothing_concerns() -> None:
    assert not states([milestone("m", 1, DOCKERSHIM)], (), TODAY)[0].is_concerning


def on_docker(*calendar: Milestone) -> tuple[MilestoneState, ...]:
    return states(calendar, view_of(make_node(runtime="docker://20.10")).nodes, TODAY)


def test_next_is_the_earliest_date_ahead_that_concerns_the_cluster() -> None:
    found = upcoming(
        on_docker(
            milestone("past", -1, DOCKERSHIM),
            milestone("others", 1, OLD_CONTAINERD),
            milestone("later", 9, DOCKERSHIM),
            milestone("next", 2, DOCKERSHIM),
        )
    )
    assert found is not None
    assert found.milestone.id == "next"


def test_a_date_that_is_today_still_comes_next() -> None:
    assert upcoming(on_docker(milestone("today", 0, DOCKERSHIM))) is not None
    assert waiting(on_docker(milestone("today", 0, DOCKERSHIM))) is None


def test_when_no_date_ahead_concerns_the_cluster_none_comes_next() -> None:
    assert upcoming(on_docker(milestone("past", -1, DOCKERSHIM), milestone("others", 1, OLD_CONTAINERD))) is None


def test_waiting_is_a_past_removal_that_concerns_the_cluster() -> None:
    found = waiting(
        on_docker(
            milestone("plan", -3, DOCKERSHIM, kind="plan"),
            milestone("others", -2, OLD_CONTAINERD),
            milestone("removal", -1, DOCKERSHIM),
            milestone("ahead", 1, DOCKERSHIM),
        )
    )
    assert found is not None
    assert found.milestone.id == "removal"


@pytest.mark.parametrize("kind", ["deprecation", "plan", "end-of-support"])
def test_only_a_removal_waits(kind: str) -> None:
    assert waiting(on_docker(milestone("m", -1, DOCKERSHIM, kind=kind))) is None


@pytest.mark.parametrize(
    ("runtime", "kubelet", "next_id", "waiting_id", "overdue_ids"),
    [
        pytest.param("docker://20.10", "v1.20.15", None, "kubernetes-1.24", [], id="dockershim-waits-for-1.24"),
        pytest.param("docker://24.0", "v1.27.3", None, None, [], id="no-kubernetes-date-forces-cri-dockerd"),
        pytest.param("containerd://1.5.9", "v1.25.3", "kubernetes-1.38", "kubernetes-1.26", [], id="only-cri-v1alpha2"),
        pytest.param("containerd://1.5.9", "v1.26.3", "kubernetes-1.38", None, [], id="a-kubelet-past-1.26"),
        pytest.param(
            "containerd://1.6.33", "v1.27.3", "kubernetes-1.38", None, ["containerd-1.6"], id="containerd-1.6"
        ),
        pytest.param("containerd://1.7.2", "v1.27.3", "kubernetes-1.38", None, ["containerd-1.7"], id="containerd-1.7"),
        pytest.param("containerd://2.0.0", "v1.34.0", None, None, ["containerd-2.0"], id="containerd-2.0"),
        pytest.param("containerd://2.1.0", "v1.34.0", None, None, ["containerd-2.1"], id="containerd-2.1"),
        pytest.param("containerd://2.2.9", "v1.34.0", None, None, ["containerd-2.2"], id="containerd-2.2"),
        pytest.param("containerd://2.3.0", "v1.36.0", "containerd-2.3", None, [], id="the-long-term-line"),
        pytest.param("containerd://2.4.0", "v1.36.0", None, None, [], id="one-nobody-knows-the-end-of"),
        pytest.param("containerd://Unknown", "v1.36.0", "kubernetes-1.38", None, [], id="no-line-is-guessed"),
        pytest.param("cri-o://1.27.1", "v1.27.3", "kubernetes-1.38", None, [], id="old-cri-o-has-a-date-ahead"),
        pytest.param("cri-o://1.28.0", "v1.27.3", None, None, [], id="newer-cri-o-has-none"),
        pytest.param("containerd://1.7.2", "v1.38.0", None, None, ["containerd-1.7"], id="a-kubelet-already-there"),
    ],
)
def test_the_calendar_as_shipped(
    runtime: str, kubelet: str, next_id: str | None, waiting_id: str | None, overdue_ids: list[str]
) -> None:
    found = states(known().calendar, view_of(make_node(runtime=runtime, kubelet=kubelet)).nodes, TODAY)
    ahead, behind = upcoming(found), waiting(found)
    assert (ahead.milestone.id if ahead else None) == next_id
    assert (behind.milestone.id if behind else None) == waiting_id
    assert [state.milestone.id for state in overdue(found)] == overdue_ids


@pytest.mark.parametrize(
    ("kubelet", "unsure"),
    [
        ("v1.25.1", ["kubernetes-1.26", "kubernetes-1.27", "kubernetes-1.34", "kubernetes-1.35", "kubernetes-1.38"]),
        ("v1.34.0", ["kubernetes-1.35", "kubernetes-1.38"]),
        ("v1.35.0", ["kubernetes-1.38"]),
        ("v1.38.0", []),
    ],
)
def test_what_no_node_tells_is_unsure_and_concerns_nobody(kubelet: str, unsure: list[str]) -> None:
    found = states(known().calendar, view_of(make_node("a", runtime="docker://24.0", kubelet=kubelet)).nodes, TODAY)
    assert [state.milestone.id for state in found if state.unsure == ("a",)] == unsure
    assert not any(state.is_concerning for state in found)


def test_a_version_nobody_can_parse_is_in_no_range_but_to_be_checked() -> None:
    line = Affects(Runtime.CONTAINERD, runtime_version_from=Version(1, 6), runtime_version_below=Version(1, 7))
    nodes = view_of(
        make_node("known", runtime="containerd://1.6.33"),
        make_node("unknown", runtime="containerd://Unknown"),
        make_node("older", runtime="containerd://1.5.9"),
        make_node("newer", runtime="containerd://1.7.0"),
    ).nodes
    (state,) = states([milestone("m", -1, line)], nodes, TODAY)
    assert (state.nodes, state.unsure) == (("known",), ("unknown",))


def test_a_kubelet_range_holds_its_first_version_and_not_its_last() -> None:
    clause = Affects(kubelet_from=Version(1, 20), kubelet_below=Version(1, 22))
    nodes = [make_node(name, kubelet=f"v{name}") for name in ("1.19.9", "1.20.0", "1.21.14", "1.22.0")]
    (state,) = states([milestone("m", 1, clause)], view_of(*nodes).nodes, TODAY)
    assert state.nodes == ("1.20.0", "1.21.14")


SOCKET = {"/var/run/docker.sock": "/s"}
ON_OLD_DOCKER = Affects(Runtime.DOCKERSHIM, findings=("docker-socket",))


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        pytest.param(ON_OLD_DOCKER, ("default/Deployment/idle", "default/Deployment/on-docker"), id="on-such-nodes"),
        pytest.param(
            Affects(findings=("docker-socket",)),
            ("default/Deployment/elsewhere", "default/Deployment/idle", "default/Deployment/on-docker"),
            id="anywhere",
        ),
        pytest.param(Affects(findings=("docker-data",)), (), id="another-finding"),
        pytest.param(replace(ON_OLD_DOCKER, kubelet_below=Version(1, 19)), (), id="no-such-node"),
    ],
)
def test_a_clause_with_findings_concerns_workloads_and_no_node(clause: Affects, expected: tuple[str, ...]) -> None:
    on_docker, elsewhere = (make_deployment(name, host_paths=SOCKET) for name in ("on-docker", "elsewhere"))
    view = view_of(
        make_node("old", runtime="docker://20.10"),
        make_node("new", runtime="containerd://2.3.0"),
        *(on_docker, make_dependents(on_docker, ["old"])),
        *(elsewhere, make_dependents(elsewhere, ["new"])),
        make_deployment("idle", host_paths=SOCKET),
        make_deployment("clean"),
    )
    (state,) = states([milestone("m", 1, clause)], view.nodes, TODAY, view.workloads)
    assert sorted(state.workloads) == list(expected)
    assert state.nodes == ()
    assert state.is_concerning is bool(expected)


@pytest.mark.parametrize(("severity", "expected"), [(Severity.INFO, 0), (Severity.REVIEW, 1), (Severity.BLOCKER, 1)])
def test_what_is_only_worth_knowing_concerns_nobody(severity: Severity, expected: int) -> None:
    view = view_of(make_node(runtime="docker://20.10"), make_deployment("builder", host_paths=SOCKET))
    (workload,) = view.workloads
    workload = replace(workload, findings=tuple(replace(item, severity=severity) for item in workload.findings))
    (state,) = states([milestone("m", 1, ON_OLD_DOCKER)], view.nodes, TODAY, [workload])
    assert len(state.workloads) == expected


def test_where_no_node_is_known_a_workload_with_the_finding_is_concerned() -> None:
    view = view_of(make_deployment("builder", host_paths=SOCKET))
    (state,) = states([milestone("m", 1, ON_OLD_DOCKER)], (), TODAY, view.workloads)
    assert state.workloads == ("default/Deployment/builder",)


OWN = Origin("file", TODAY)


@pytest.mark.parametrize(
    ("kind", "own", "days", "expected"),
    [
        ("end-of-support", None, -1, True),
        ("end-of-support", None, 0, False),
        ("removal", None, -1, False),
        ("deprecation", None, -1, False),
        ("plan", None, -1, False),
        ("removal", OWN, -1, True),
        ("plan", OWN, -1, True),
        ("plan", OWN, 0, False),
    ],
)
def test_only_ends_of_support_and_own_dates_are_ever_overdue(
    kind: str, own: Origin | None, days: int, *, expected: bool
) -> None:
    (state,) = on_docker(replace(milestone("m", days, DOCKERSHIM, kind=kind), own=own))
    assert state.is_overdue is expected
    assert not (state.is_overdue and state.is_waiting)
    (others,) = on_docker(replace(milestone("m", days, OLD_CONTAINERD, kind=kind), own=own))
    assert not others.is_overdue


def test_what_is_overdue_is_told_with_the_latest_first() -> None:
    late = [milestone(name, days, DOCKERSHIM, kind="end-of-support") for name, days in (("a", -9), ("b", -1), ("c", 1))]
    assert [state.milestone.id for state in overdue(on_docker(*late))] == ["b", "a"]


@pytest.mark.parametrize(("kubelet", "is_adopted"), [("v1.22.17", False), ("v1.23.0", True), ("v1.23.17", True)])
def test_a_version_that_the_nodes_have_is_adopted_and_no_longer_due(kubelet: str, *, is_adopted: bool) -> None:
    nodes = view_of(make_node(runtime="docker://20.10", kubelet=kubelet)).nodes
    mine = replace(milestone("m", -1, DOCKERSHIM, kind="plan"), version="1.23", own=OWN)
    (state,) = states([mine], nodes, TODAY)
    assert (state.is_adopted, state.is_overdue) == (is_adopted, not is_adopted)
    (state,) = states([replace(mine, day=TODAY)], nodes, TODAY)
    assert state.is_ahead is not is_adopted


def said(*values: str) -> tuple[EarlierValue, ...]:
    return tuple(EarlierValue(TODAY, value, "https://example.com") for value in values)


@pytest.mark.parametrize(
    ("is_planned", "earlier", "state"),
    [
        (False, ("1.22",), "happened"),
        (True, (), "planned"),
        (True, ("1.24",), "planned"),
        (True, ("1.24 (2022-04+)",), "planned"),
        (True, ("1.22", "1.24"), "moved"),
        (True, ("2026-11-21",), "planned"),
        (True, ("2026-11-20",), "moved"),
    ],
)
def test_what_is_ahead_and_was_said_otherwise_has_moved(is_planned: bool, earlier: tuple[str, ...], state: str) -> None:
    item = replace(milestone("m", 1, is_planned=is_planned), earlier=said(*earlier))
    assert item.state == state
