"""Views with exceptions over them, as the bot asks for them: made once, of the day, and void is noted once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from bot.app.excepting import ExceptedViews
from bot.core.exceptions import Acceptance, fingerprint
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.errors import StoreError
from tests.factories import make_deployment
from tests.unit.clusters import AS_OF, named, view_of

SOCKET, CHANGED = {"/var/run/docker.sock": "/s"}, {"/run/docker.sock": "/s"}


class World:
    """A cluster, what is accepted of it, a day, and what was noted as void."""

    def __init__(self) -> None:
        self.shown = view_of(make_deployment("web", host_paths=SOCKET))
        seen = fingerprint(named(self.shown, "web"), "docker-socket")
        assert seen is not None
        key = named(self.shown, "web").key
        self.one = Acceptance(
            key, "docker-socket", "r", "U1", date(2026, 11, 24), datetime(2026, 11, 1, tzinfo=UTC), seen
        )
        self.accepted: tuple[Acceptance, ...] = (self.one,)
        self.today = AS_OF.date()
        self.noted: list[Acceptance] = []
        self.asked = 0
        self.error: StoreError | None = None
        self.views = ExceptedViews(self, self.holding, self.void, lambda: self.today)

    def view(self) -> ClusterView:
        return self.shown

    def newest(self) -> ClusterView | None:
        return self.shown

    def holding(self) -> tuple[Acceptance, ...]:
        self.asked += 1
        return self.accepted

    def void(self, accepted: Sequence[Acceptance]) -> None:
        if self.error is not None:
            raise self.error
        self.noted += accepted


def excepted(view: ClusterView | None) -> list[str]:
    assert view is not None
    return [workload.key.name for workload in view.excepted]


def test_the_same_view_and_exceptions_are_laid_over_each_other_once() -> None:
    world = World()
    first = world.views.view()
    assert excepted(first) == ["web"]
    assert world.views.view() is first
    assert world.views.latest() is first
    assert world.views.newest() is first


def test_a_new_day_a_new_view_and_a_new_exception_are_seen_at_once() -> None:
    world = World()
    assert excepted(world.views.view()) == ["web"]
    world.today += timedelta(days=1)
    assert excepted(world.views.view()) == ["web"]
    world.today += timedelta(days=1)
    assert excepted(world.views.view()) == []
    world.accepted = (replace(world.one, until=world.today),)
    assert excepted(world.views.view()) == ["web"]
    world.shown = view_of(make_deployment("web"))
    assert excepted(world.views.view()) == []


def test_newest_asks_no_store() -> None:
    world = World()
    assert excepted(world.views.newest()) == []  # not asked yet
    assert world.asked == 0
    world.views.view()
    assert excepted(world.views.newest()) == ["web"]
    assert world.asked == 1


def test_a_changed_spec_is_at_risk_at_once_and_noted_once() -> None:
    world = World()
    world.views.view()
    world.shown = view_of(make_deployment("web", host_paths=CHANGED))
    assert excepted(world.views.newest()) == []
    assert world.noted == []
    for _ in range(3):
        assert [workload.key.name for workload in world.views.view().at_risk] == ["web"]
    assert world.noted == [world.one]


def test_what_could_not_be_read_is_no_change() -> None:
    world = World()
    world.shown = view_of(make_deployment("web", host_paths=CHANGED), unread={"pods": Cause.FORBIDDEN})
    assert excepted(world.views.view()) == []
    assert world.noted == []


def test_a_store_that_fails_leaves_it_at_risk_and_the_next_view_notes_it() -> None:
    world = World()
    world.error = StoreError("store-failed", place="x", reason="y")
    world.shown = view_of(make_deployment("web", host_paths=CHANGED))
    assert excepted(world.views.view()) == []
    world.error = None
    world.shown = view_of(make_deployment("web", host_paths=CHANGED))
    world.views.view()
    assert world.noted == [world.one]


def test_of_a_cluster_whose_clock_stands_still_its_day_counts() -> None:
    world = World()
    world.today = date(2030, 1, 1)
    world.shown = replace(world.shown, clock=AS_OF)
    assert excepted(world.views.view()) == ["web"]
