"""Which dates of the calendar concern a cluster, which comes next, and which is only waiting for the upgrade."""

from datetime import date, timedelta

import pytest

from bot.core.milestones import Affects, Milestone, MilestoneState, states, upcoming, waiting
from bot.core.runtimes import Runtime
from bot.core.versions import Version
from tests.factories import make_node
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
    ("runtime", "kubelet", "next_id", "waiting_id"),
    [
        pytest.param("docker://20.10", "v1.20.15", None, "kubernetes-1.24", id="dockershim-waits-for-1.24"),
        pytest.param("docker://24.0", "v1.27.3", None, None, id="no-kubernetes-date-forces-cri-dockerd"),
        pytest.param("containerd://1.7.2", "v1.27.3", "kubernetes-1.38", None, id="containerd-1-has-a-date-ahead"),
        pytest.param("containerd://2.1.0", "v1.34.0", None, None, id="containerd-2-has-none"),
        pytest.param("cri-o://1.27.1", "v1.27.3", "kubernetes-1.38", None, id="old-cri-o-has-a-date-ahead"),
        pytest.param("cri-o://1.28.0", "v1.27.3", None, None, id="newer-cri-o-has-none"),
        pytest.param("containerd://1.7.2", "v1.38.0", None, None, id="a-kubelet-already-there-is-not-concerned"),
    ],
)
def test_the_calendar_as_shipped(runtime: str, kubelet: str, next_id: str | None, waiting_id: str | None) -> None:
    found = states(known().calendar, view_of(make_node(runtime=runtime, kubelet=kubelet)).nodes, TODAY)
    ahead, behind = upcoming(found), waiting(found)
    assert (ahead.milestone.id if ahead else None) == next_id
    assert (behind.milestone.id if behind else None) == waiting_id
