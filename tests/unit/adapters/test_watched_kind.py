"""One kind of a watched cluster: what is shown of it while it fails, and while it is listed again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.adapters.decoding import Event, Item, Page, Type
from bot.adapters.kube_api import ReadError
from bot.adapters.metrics import Metrics
from bot.adapters.scoped import Scope
from bot.adapters.watched_kind import WatchedKind
from bot.core.cluster import Cluster
from bot.core.objects import Node
from bot.core.snapshot import Cause
from tests.unit.clusters import AS_OF, assessor, table

NODES = next(resource for resource in table() if resource.name == "nodes")
LATER = timedelta(minutes=10)


@dataclass
class Keeper:
    """Keeps a cluster of one kind."""

    at: datetime = AS_OF
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Event = field(default_factory=threading.Event)
    cluster: Cluster = field(default_factory=lambda: Cluster(assessor().judging))
    meter: Metrics = field(default_factory=Metrics)
    scope: Scope = field(default_factory=Scope)

    @property
    def now(self) -> Callable[[], datetime]:
        return lambda: self.at

    def unanswered(self) -> None:
        self.asked += 1


def node(name: str) -> Node:
    return Node(name, "docker://20.10.24", "v1.20.15", "Debian", True, False)


def listed(*names: str) -> tuple[Keeper, WatchedKind]:
    keeper = Keeper()
    kind = WatchedKind(keeper, NODES)
    list_(kind, *names)
    return keeper, kind


def list_(kind: WatchedKind, *names: str) -> None:
    kind.page(Page([node(name) for name in names], [], None, "1"))
    kind.listed({("", name) for name in names}, {}, 0.0)


def names(keeper: Keeper) -> set[str]:
    return {name for _, name in keeper.cluster.names("", "Node")}


@pytest.mark.parametrize("error", [ReadError(Cause.FORBIDDEN, 403), ReadError(Cause.SERVER_ERROR, 500)])
def test_what_fails_for_long_is_not_shown_and_has_to_be_listed(error: ReadError) -> None:
    keeper, kind = listed("a", "b")
    kind.failed(error)
    kind.let_go(AS_OF, AS_OF)
    assert names(keeper) == {"a", "b"}
    kind.let_go(AS_OF + LATER, AS_OF + LATER)
    assert names(keeper) == set()
    assert kind.is_forgotten
    ((gap),) = kind.gaps()
    assert (gap.what, gap.cause, gap.status) == ("nodes", error.cause, error.status)
    list_(kind, "a")
    assert (names(keeper), kind.is_forgotten, [*kind.gaps()]) == ({"a"}, False, [])


def test_what_is_coming_in_is_not_let_go_half_way() -> None:
    keeper, kind = listed("a")
    kind.failed(ReadError(Cause.FORBIDDEN, 403))
    kind.page(Page([node("a"), node("b")], [], "more", "1"))
    kind.let_go(AS_OF + LATER, AS_OF + LATER)
    kind.page(Page([node("c")], [], None, "1"))
    kind.listed({("", "a"), ("", "b"), ("", "c")}, {}, 0.0)
    assert names(keeper) == {"a", "b", "c"}


def test_a_list_that_breaks_half_way_may_be_let_go() -> None:
    keeper, kind = listed("a")
    kind.failed(ReadError(Cause.FORBIDDEN, 403))
    kind.page(Page([node("b")], [], "more", "1"))
    kind.failed(ReadError(Cause.UNREACHABLE))
    assert keeper.asked == 1
    kind.let_go(AS_OF + LATER, AS_OF + LATER)
    assert names(keeper) == set()
    assert kind.is_forgotten


def test_a_refusal_that_is_over_is_none() -> None:
    keeper, kind = listed("a")
    kind.failed(ReadError(Cause.FORBIDDEN, 403))
    kind.failed(ReadError(Cause.TIMEOUT))
    kind.let_go(AS_OF + LATER, AS_OF)
    assert names(keeper) == {"a"}


def test_it_is_as_old_as_what_was_heard_last() -> None:
    keeper, kind = listed("a")
    keeper.at = AS_OF + LATER
    kind.events((), None)
    heard: Any = kind.heard_at
    assert heard == AS_OF
    kind.events((), 2.0)
    assert kind.heard_at == AS_OF + LATER - timedelta(seconds=2)


def test_a_server_that_answers_again_makes_nothing_younger() -> None:
    keeper, kind = listed("a")
    kind.failed(ReadError(Cause.UNREACHABLE))
    keeper.at = AS_OF + LATER
    kind.answered()
    assert (kind.failing_since, kind.error, kind.heard_at) == (None, None, AS_OF)
    kind.failed(ReadError(Cause.FORBIDDEN, 403))
    kind.let_go(AS_OF + 2 * LATER, AS_OF)
    kind.answered()
    assert (names(keeper), kind.is_forgotten) == (set(), True)
    assert [*kind.gaps()]


def test_events_of_what_is_forgotten_count_for_nothing_until_it_is_listed() -> None:
    keeper, kind = listed("a", "b")
    kind.failed(ReadError(Cause.FORBIDDEN, 403))
    kind.let_go(AS_OF + LATER, AS_OF)
    kind.events([Event(Type.MODIFIED, "9", Item(("", "a"), node("a")))], 0.0)
    assert (names(keeper), kind.heard_at, len([*kind.gaps()])) == (set(), None, 1)
