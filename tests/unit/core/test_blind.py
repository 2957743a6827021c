"""When a cluster could not be seen, and what changed meanwhile."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.blind import BLIND, Watchman
from bot.core.snapshot import Cause
from bot.core.view import ClusterView, Overdue
from tests.factories import make_daemonset, make_node
from tests.unit.clusters import AS_OF, DOCKER, view_of

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
AGENT = make_daemonset("agent", namespace="web", host_paths=SOCKET)
BEFORE = view_of(make_node("one", runtime=DOCKER), AGENT)
AFTER = view_of(make_node("one"))
LATER = AS_OF + timedelta(minutes=16)


def late(view: ClusterView, error: str = "unreachable", **values: str) -> ClusterView:
    return replace(view, overdue=Overdue(AS_OF, error, values))


def test_an_outage_is_told_with_what_changed_once_it_is_over() -> None:
    watchman = Watchman()
    assert watchman.look(BEFORE) == ()
    assert watchman.look(late(BEFORE)) == ()
    (blind,) = watchman.look(replace(AFTER, as_of=LATER))
    assert (blind.since, blind.until, blind.kinds) == (AS_OF, LATER, ())
    assert [(move.name, move.before, move.after) for move in blind.changes.moved] == [
        ("one", "dockershim", "containerd")
    ]
    assert [found.workload for found in blind.changes.closed] == ["web/DaemonSet/agent"]


@pytest.mark.parametrize(
    "during",
    [
        view_of(make_node("one", runtime=DOCKER), unread={"daemonsets": Cause.FORBIDDEN}),
        late(BEFORE, "kinds-unread", kinds="daemonsets"),
    ],
    ids=["refused", "late"],
)
def test_a_kind_that_was_not_seen_is_named(during: ClusterView) -> None:
    watchman = Watchman()
    watchman.look(BEFORE)
    assert watchman.look(during) == ()
    (blind,) = watchman.look(replace(BEFORE, as_of=LATER))
    assert (blind.kinds, blind.changes.is_empty) == (("daemonsets",), True)


def test_a_short_break_is_none() -> None:
    watchman = Watchman()
    watchman.look(BEFORE)
    watchman.look(late(BEFORE))
    assert watchman.look(replace(BEFORE, as_of=AS_OF + BLIND - timedelta(seconds=1))) == ()


def test_what_was_never_seen_is_not_missed() -> None:
    watchman = Watchman()
    without = view_of(make_node("one"), unread={"pods": Cause.FORBIDDEN})
    watchman.look(without)
    assert watchman.look(replace(without, as_of=LATER)) == ()


def test_the_latest_stands_first_and_few_are_kept() -> None:
    watchman = Watchman()
    told = watchman.look(BEFORE)
    for hour in range(1, 9):
        watchman.look(late(BEFORE))
        told = watchman.look(replace(BEFORE, as_of=AS_OF + timedelta(hours=hour)))
    assert [blind.until.hour - AS_OF.hour for blind in told] == [8, 7, 6, 5, 4]
