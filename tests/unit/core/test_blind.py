"""When a cluster could not be seen, and what changed meanwhile."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.core.blind import BLIND, Blind, Sight, Watchman
from bot.core.snapshot import Cause, Gap
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
        self.at = 100.0

    def look(self, view: ClusterView) -> tuple[Blind, ...]:
        self.at += 1
        return self.watchman.look(view, self.at).blind

    def unbroken(self, view: ClusterView) -> datetime | None:
        self.at += 1
        return self.watchman.look(view, self.at).unbroken


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
    watchman.look(BEFORE, 100.0)
    assert watchman.look(replace(AFTER, as_of=LATER), 159.9) == Sight(AS_OF)
    (blind,) = watchman.look(replace(AFTER, as_of=LATER + timedelta(minutes=1)), 219.9).blind
    assert (blind.since, blind.until, blind.kinds) == (LATER, LATER + timedelta(minutes=1), ())


def test_a_clock_that_is_set_back_hides_no_outage() -> None:
    watchman = Watchman()
    watchman.look(BEFORE, 100.0)
    for second in range(1, 41):
        assert watchman.look(late(BEFORE), 100.0 + second).unbroken is None
    back = AS_OF - timedelta(hours=1)
    (blind,) = watchman.look(replace(AFTER, as_of=back), 141.0).blind
    assert blind.until == back


def test_a_view_that_is_old_from_the_first_is_no_beginning() -> None:
    watchman = Looking()
    assert watchman.unbroken(late(BEFORE)) is None
    assert watchman.unbroken(replace(BEFORE, as_of=LATER)) == LATER


def inside(*names: str) -> ClusterView:
    """Return a view of two namespaces in which pods of some could not be read."""
    gap = Gap("pods", Cause.FORBIDDEN, 403, namespaces=names)
    return replace(
        BEFORE, gaps=(Gap("namespaces", Cause.SCOPE, objects=("a", "b"), count=2), *((gap,) if names else ()))
    )


def test_a_kind_that_is_not_seen_in_one_namespace_is_missed() -> None:
    watchman = Looking()
    watchman.look(inside())
    assert watchman.unbroken(inside("a")) is None
    (blind,) = watchman.look(replace(inside(), as_of=LATER))
    assert (blind.since, blind.kinds) == (AS_OF, ("pods",))


def test_a_namespace_that_is_seen_at_last_was_not_before() -> None:
    watchman = Looking()
    watchman.look(inside("a", "b"))
    assert watchman.unbroken(replace(inside("b"), as_of=LATER)) == LATER
