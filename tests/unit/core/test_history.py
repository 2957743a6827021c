"""Points and details of a view, what changed between two reads, and which points are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.history import (
    ALL_KEPT,
    DAILY_KEPT,
    Detail,
    Findings,
    NodeMove,
    NodeSeen,
    Point,
    changes,
    daily,
    detail_of,
    keep,
    point_of,
)
from bot.core.runtimes import Runtime
from bot.core.snapshot import Cause, Gap
from tests.factories import make_dependents, make_deployment, make_node, make_pod
from tests.unit.clusters import AS_OF, DOCKER, view_of

SOCKET = {"/var/run/docker.sock": "/s"}


def objects() -> list[Any]:
    builder = make_deployment("builder", namespace="ci", labels={"team": "tools"}, host_paths=SOCKET)
    return [
        make_node("a-1", runtime=DOCKER, kubelet="v1.23.17"),
        make_node("a-2", runtime=DOCKER, kubelet="v1.24.17"),
        make_node("b-1", runtime="containerd://2.1.4"),
        make_node("c-1", runtime=""),
        *(builder, make_dependents(builder, ["a-1", "a-2", "b-1"])),
        make_pod("shell", namespace="web", node="a-1", host_paths={"/": "/host"}),
        make_deployment("dind", namespace="ci", image="docker:24-dind", privileged=True),
        make_deployment("web", namespace="web"),
    ]


def test_the_figures_of_a_view() -> None:
    point = point_of(view_of(*objects()))
    assert point.by_runtime == {
        Runtime.DOCKERSHIM: 1,
        Runtime.CRI_DOCKERD: 1,
        Runtime.CONTAINERD: 1,
        Runtime.UNKNOWN: 1,
    }
    assert (point.at, point.is_whole, point.exposed, point.at_risk, point.to_check) == (AS_OF, True, 2, 1, 1)
    assert (point.on_docker, point.nodes, point.unknown, point.day) == (2, 4, 1, AS_OF.date())


def test_the_names_of_a_view() -> None:
    detail = detail_of(view_of(*objects()))
    assert detail.nodes == {"a-1": "dockershim", "a-2": "cri-dockerd", "b-1": "containerd", "c-1": "unknown"}
    assert detail.findings == {"ci/Deployment/builder": ("docker-socket",), "web/Pod/shell": ("socket-parent-dir",)}
    assert detail.owners == {"ci/Deployment/builder": "tools", "web/Pod/shell": None}
    assert (detail.at, detail.is_whole, detail.on_docker) == (AS_OF, True, 2)


@pytest.mark.parametrize(
    ("what", "is_whole"),
    [({"unread": {"pods": Cause.FORBIDDEN}}, False), ({"gaps": [Gap("version", Cause.FORBIDDEN, 403)]}, True)],
)
def test_a_read_is_whole_where_no_figure_lacks_anything(what: dict[str, Any], is_whole: bool) -> None:
    view = view_of(*objects(), **what)
    assert point_of(view).is_whole is detail_of(view).is_whole is is_whole


# What changed.

EARLIER = Detail(
    AS_OF - timedelta(days=1),
    True,
    {"a": "dockershim", "b": "dockershim", "c": "containerd", "d": "unknown", "old": "dockershim"},
    {"ci/Deployment/x": ("docker-data", "docker-socket"), "ci/Deployment/y": ("docker-logs",), "z/Pod/p": ("dind",)},
    {"ci/Deployment/x": "tools", "ci/Deployment/y": None, "z/Pod/p": None},
)
LATER = Detail(
    AS_OF,
    True,
    {"a": "containerd", "b": "unknown", "c": "containerd", "d": "containerd", "new": "containerd"},
    {"ci/Deployment/x": ("docker-logs", "docker-socket"), "z/Pod/p": ("dind",), "web/Pod/q": ("docker-config",)},
    {"ci/Deployment/x": "builders", "z/Pod/p": None, "web/Pod/q": "shop"},
)


def without(detail: Detail) -> Detail:
    return Detail(detail.at, False, detail.nodes, detail.findings, detail.owners)


def test_what_differs_between_two_reads() -> None:
    found = changes(EARLIER, LATER)
    assert (found.before, found.after, found.is_whole) == (EARLIER.at, LATER.at, True)
    assert (found.docker_before, found.docker_after) == (3, 0)
    assert found.moved == (NodeMove("a", "dockershim", "containerd"),)
    assert found.unclear == (NodeMove("b", "dockershim", "unknown"), NodeMove("d", "unknown", "containerd"))
    assert found.gone == (NodeSeen("old", "dockershim"),)
    assert found.joined == (NodeSeen("new", "containerd"),)
    assert found.closed == (
        Findings("ci/Deployment/x", ("docker-data",), "tools"),
        Findings("ci/Deployment/y", ("docker-logs",), None),
    )
    assert found.new == (
        Findings("ci/Deployment/x", ("docker-logs",), "builders"),
        Findings("web/Pod/q", ("docker-config",), "shop"),
    )


def test_nothing_differs_between_a_read_and_itself() -> None:
    assert changes(LATER, LATER).is_empty
    assert not changes(EARLIER, LATER).is_empty


def test_what_a_torn_read_did_not_see_is_neither_gone_nor_closed() -> None:
    found = changes(EARLIER, without(LATER))
    assert (found.gone, found.closed, found.is_whole, found.is_after_whole) == ((), (), False, False)
    assert found.moved == changes(EARLIER, LATER).moved  # seen in both
    assert found.new == changes(EARLIER, LATER).new


def test_what_an_earlier_torn_read_did_not_see_is_not_new() -> None:
    found = changes(without(EARLIER), LATER)
    assert (found.joined, found.new, found.is_whole, found.is_before_whole) == ((), (), False, False)
    assert found.closed == changes(EARLIER, LATER).closed


NAMES = st.sampled_from(["a", "b", "c", "d"])
DETAILS = st.builds(
    Detail,
    st.just(AS_OF),
    st.booleans(),
    st.dictionaries(NAMES, st.sampled_from([str(runtime) for runtime in Runtime])),
    st.dictionaries(NAMES, st.sets(st.sampled_from(["p", "q", "r"]), min_size=1).map(lambda c: tuple(sorted(c)))),
    st.just({}),
)


@given(DETAILS, DETAILS)
def test_there_and_back_is_the_same_change(one: Detail, other: Detail) -> None:
    there, back = changes(one, other), changes(other, one)
    assert there.new == back.closed
    assert there.joined == back.gone
    assert [(m.name, m.after, m.before) for m in there.moved] == [(m.name, m.before, m.after) for m in back.moved]
    if not other.is_whole:
        assert not there.closed
        assert not there.gone
    if not one.is_whole:
        assert not there.new
        assert not there.joined


# Thinning.

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOMENTS = st.integers(-3 * 24 * 60, 500 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
POINTS = st.lists(st.builds(Point, MOMENTS, st.booleans(), st.just({}), st.just(0), st.just(0), st.just(0)))


def kept(points: list[Point], now: datetime = NOW) -> list[Point]:
    return [points[index] for index in keep(points, now)]


@given(POINTS)
def test_everything_young_is_kept_and_nothing_old(points: list[Point]) -> None:
    found = kept(points)
    assert [p for p in found if p.at >= NOW - ALL_KEPT] == [p for p in points if p.at >= NOW - ALL_KEPT]
    assert all(point.at >= NOW - DAILY_KEPT for point in found)


@given(POINTS)
def test_one_point_of_each_day_is_kept_and_whole_if_any_is(points: list[Point]) -> None:
    days = {p.day for p in points if NOW - DAILY_KEPT <= p.at < NOW - timedelta(days=4)}
    found = [p for p in kept(points) if p.at < NOW - timedelta(days=4) and p.day in days]
    inside = [p for p in found if p.day > (NOW - DAILY_KEPT).date()]  # the day at the edge is only partly in
    assert len({p.day for p in inside}) == len(inside)
    assert {p.day for p in inside} == {day for day in days if day > (NOW - DAILY_KEPT).date()}
    for point in inside:
        same = [p for p in points if p.day == point.day and (p.is_whole or not point.is_whole)]
        assert point.is_whole or not any(p.is_whole for p in same)
        assert point.at == max(p.at for p in same)


@given(POINTS)
def test_what_was_kept_is_kept(points: list[Point]) -> None:
    assert kept(kept(points)) == kept(points)


@given(POINTS, st.integers(0, 1000))
def test_thinning_often_keeps_the_same_as_thinning_once(points: list[Point], hours: int) -> None:
    later = NOW + timedelta(hours=hours)
    assert kept(kept(points), later) == kept(points, later)


@given(POINTS)
def test_a_day_has_one_point_in_a_trend(points: list[Point]) -> None:
    found = daily(points)
    assert [p.day for p in found] == sorted({p.day for p in points})
    assert daily(found) == found


def test_two_points_a_day_become_one_after_two_days() -> None:
    points = [Point(NOW - timedelta(hours=12 * n), True, {}, 0, 0, 0) for n in range(10, -1, -1)]
    ages = [(NOW - point.at) / timedelta(hours=1) for point in kept(points)]
    assert ages == [108.0, 84.0, 60.0, 48.0, 36.0, 24.0, 12.0, 0.0]
