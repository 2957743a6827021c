"""When a cluster could not be seen, and what changed meanwhile."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.core.blind import BLIND, Blind, Watchman
from bot.core.snapshot import Cause
from bot.core.view import ClusterView, Overdue
from tests.factories import make_daemonset, make_node
from tests.unit.clusters import AS_OF, DOCKER, table, view_of

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
AGENT = make_daemonset("agent", namespace="web", host_paths=SOCKET)
BEFORE = view_of(make_node("one", runtime=DOCKER), AGENT)
AFTER = view_of(make_node("one"))
LATER = AS_OF + timedelta(minutes=16)


def late(view: ClusterView, error: str = "unreachable", **values: str) -> ClusterView:
    return replace(view, overdue=Overdue(AS_OF, error, values))


class Looking:
    """Looks once a second, at whatever there is to be seen."""

    def __init__(self) -> None:
        self.watchman = Watchman()
        self.now = AS_OF

    def look(self, view: ClusterView) -> tuple[Blind, ...]:
        self.now += timedelta(seconds=1)
        return self.watchman.look(view, self.now).blind

    def unbroken(self, view: ClusterView) -> datetime | None:
        self.now += timedelta(seconds=1)
        return self.watchman.look(view, self.now).unbroken


def test_an_outage_is_told_with_what_changed_once_it_is_over() -> None:
    watchman = Looking()
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
    watchman = Looking()
    watchman.look(BEFORE)
    assert watchman.look(during) == ()
    (blind,) = watchman.look(replace(BEFORE, as_of=LATER))
    assert (blind.kinds, blind.changes.is_empty) == (("daemonsets",), True)


def test_every_kind_is_all_of_it() -> None:
    watchman = Looking()
    watchman.look(BEFORE)
    for resource in table():
        watchman.look(late(BEFORE, "kinds-unread", kinds=resource.name))
    (blind,) = watchman.look(replace(AFTER, as_of=LATER))
    assert blind.kinds == ()


def test_a_short_break_is_none() -> None:
    watchman = Looking()
    watchman.look(BEFORE)
    watchman.look(late(BEFORE))
    assert watchman.look(replace(BEFORE, as_of=AS_OF + BLIND - timedelta(seconds=1))) == ()


def test_what_was_never_seen_is_not_missed() -> None:
    watchman = Looking()
    without = view_of(make_node("one"), unread={"pods": Cause.FORBIDDEN})
    watchman.look(without)
    assert watchman.look(replace(without, as_of=LATER)) == ()


def test_the_latest_stands_first_and_few_are_kept() -> None:
    watchman = Looking()
    told = watchman.look(BEFORE)
    for hour in range(1, 9):
        watchman.look(late(BEFORE))
        told = watchman.look(replace(BEFORE, as_of=AS_OF + timedelta(hours=hour)))
    assert [blind.until.hour - AS_OF.hour for blind in told] == [8, 7, 6, 5, 4]


def test_it_is_unbroken_since_the_first_view_or_the_last_outage() -> None:
    watchman = Looking()
    assert watchman.unbroken(BEFORE) == AS_OF
    assert watchman.unbroken(replace(BEFORE, as_of=AS_OF + timedelta(minutes=1))) == AS_OF
    assert watchman.unbroken(late(BEFORE)) is None
    assert watchman.unbroken(replace(AFTER, as_of=LATER)) == LATER


def test_it_is_broken_while_a_kind_is_not_seen_that_was() -> None:
    watchman = Looking()
    watchman.look(BEFORE)
    assert watchman.unbroken(view_of(make_node("one"), unread={"pods": Cause.FORBIDDEN})) is None


def test_it_is_unbroken_no_longer_than_the_youngest_kind_was_seen() -> None:
    watchman = Looking()
    watchman.look(view_of(make_node("one"), unread={"pods": Cause.FORBIDDEN}))
    assert watchman.unbroken(replace(BEFORE, as_of=LATER)) == LATER


def test_a_program_that_stood_still_was_blind() -> None:
    watchman = Watchman()
    watchman.look(BEFORE, AS_OF)
    (blind,) = watchman.look(replace(AFTER, as_of=LATER), LATER).blind
    assert (blind.since, blind.until, blind.kinds) == (AS_OF, LATER, ())
