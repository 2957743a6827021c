"""The demo cluster's history: always the same, and it ends in exactly the cluster that is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.app import Source, build
from bot.core.forecast import Reason, forecast
from bot.core.history import changes, detail_of, point_of
from bot.core.node_history import What, record_of
from bot.core.view import ClusterView
from bot.playground.demo_history import DAYS, DemoHistory
from bot.settings import Settings

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def demo(as_of: datetime | None = None) -> ClusterView:
    return build(Settings(_env_file=None), Source(is_demo=True, as_of=as_of)).views.view()


@pytest.fixture(scope="module")
def view() -> ClusterView:
    """Return the demo cluster."""
    return demo()


@pytest.fixture(scope="module")
def history(view: ClusterView) -> DemoHistory:
    """Return how it came to be so."""
    return DemoHistory(lambda: view)


def test_it_ends_in_the_cluster_itself(view: ClusterView, history: DemoHistory) -> None:
    points = history.points(LONG_AGO)
    assert len(points) == DAYS + 1
    assert points[-1] == point_of(view)
    assert history.detail_before(view.as_of) == detail_of(view)
    assert [point.at for point in points] == sorted(point.at for point in points)
    assert points == DemoHistory(lambda: view).points(LONG_AGO)


def test_the_pools_that_left_docker_did_so_one_after_the_other(history: DemoHistory) -> None:
    docker = [point.on_docker for point in history.points(LONG_AGO)]
    assert (docker[0], docker[-1]) == (30, 20)
    assert docker == sorted(docker, reverse=True)
    assert docker.count(27) > 7  # control had moved, edge not yet


def test_points_and_details_are_of_the_same_reads(view: ClusterView, history: DemoHistory) -> None:
    for point in history.points(LONG_AGO):
        detail = history.detail_before(point.at)
        assert detail is not None
        at_risk = point.at_risk + point.to_check
        seen = (detail.at, detail.on_docker, len(detail.findings), detail.is_whole)
        assert seen == (point.at, point.on_docker, at_risk, point.is_whole)


def test_only_what_is_asked_for_is_told(view: ClusterView, history: DemoHistory) -> None:
    assert len(history.points(view.as_of - timedelta(days=7))) == 8
    assert history.detail_before(view.as_of - timedelta(days=DAYS + 1)) is None


def test_it_has_a_forecast_and_changes_of_a_day_to_show(view: ClusterView, history: DemoHistory) -> None:
    assert forecast(history.points(LONG_AGO), view.as_of.date()).reason is not Reason.TOO_FEW
    before = history.detail_before(view.as_of - timedelta(days=1))
    assert before is not None
    found = changes(before, detail_of(view))
    assert found.closed
    assert found.new


def test_it_moves_with_the_day_that_the_demo_is_said_to_be() -> None:
    moved = demo(datetime(2027, 6, 1, tzinfo=UTC))
    points = DemoHistory(lambda: moved).points(LONG_AGO)
    assert points[-1] == point_of(moved)
    assert points[0].on_docker == 30


def test_its_nodes_tell_when_they_moved_as_the_reads_do(view: ClusterView, history: DemoHistory) -> None:
    for node in view.nodes:
        found = history.node(node.name)
        assert found.record == record_of(node)
        moved = [change for change in found.changes if change.what is What.RUNTIME]
        assert len(moved) == (0 if node.runtime.is_docker else 1)
        for change in moved:
            before = history.detail_before(change.at - timedelta(days=1))
            after = history.detail_before(change.at + timedelta(days=1))
            assert before is not None
            assert after is not None
            assert (before.nodes[node.name], after.nodes[node.name]) == ("dockershim", "containerd")
            assert (change.before, change.after) == ("dockershim://20.10.24", found.record.runtime)
    assert history.node("nope").record is None


def test_the_newest_change_of_a_node_is_the_state_it_is_in(view: ClusterView, history: DemoHistory) -> None:
    for node in view.nodes:
        found = history.node(node.name)
        assert [change.at for change in found.changes] == sorted((c.at for c in found.changes), reverse=True)
        for what in (What.READY, What.CORDON, What.KUBELET):
            newest = next((change.after for change in found.changes if change.what is what), None)
            assert newest in (None, record_of(node).value(what))
    assert history.node("gpu-05").changes[0].what is What.READY
