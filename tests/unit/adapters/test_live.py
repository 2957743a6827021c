"""The view kept live: the last good one stays, says how old it is and why, and nobody ever waits for a read."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot.adapters.live import LiveViews
from bot.core.assess import Assessor
from bot.core.snapshot import RESOURCES, Cause, Gap, Snapshot
from bot.core.view import ClusterView
from bot.errors import BotError, ClusterError, UnreachableError
from tests.factories import make_deployment
from tests.unit.clusters import AS_OF, assessor, healthy_nodes, snapshot_of

STALE_SECONDS = 300.0
DOWN = UnreachableError("unreachable", host="https://cluster.example")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep log lines out of the tests' output."""
    with capture_logs():
        yield


@dataclass
class Clock:
    """The time, until it is moved."""

    at: datetime = AS_OF

    def __call__(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        """Move it on."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Cluster:
    """A reader: returns or raises what is planned next, the last of it again and again."""

    clock: Clock
    planned: list[Snapshot | Exception] = field(default_factory=list)
    reads: int = 0

    def read(self) -> Snapshot:
        self.reads += 1
        found = self.planned.pop(0) if len(self.planned) > 1 else self.planned[0]
        if isinstance(found, Exception):
            raise found
        return replace(found, as_of=self.clock())


@dataclass
class Counted:
    """What was counted."""

    outcomes: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def read_done(self, outcome: str, seconds: float) -> None:
        self.outcomes.append(outcome)
        self.seconds.append(seconds)


def whole(*names: str) -> Snapshot:
    """Return everything of a cluster with these workloads."""
    return snapshot_of(*healthy_nodes(), *(make_deployment(name) for name in names or ("web",)))


def lacking(cause: Cause, *kinds: str) -> Snapshot:
    """Return the same without some kinds."""
    return snapshot_of(*healthy_nodes(), make_deployment("web"), unread=dict.fromkeys(kinds, cause))


def gapped(*gaps: Gap) -> Snapshot:
    """Return the same with further gaps."""
    return snapshot_of(*healthy_nodes(), make_deployment("web"), gaps=gaps)


class Kept:
    """A live view over a planned cluster."""

    def __init__(self, *planned: Snapshot | Exception, judge: Assessor | None = None) -> None:
        self.clock = Clock()
        self.cluster = Cluster(self.clock, list(planned))
        self.counted = Counted()
        self.live = LiveViews(
            self.cluster,
            judge or assessor(),
            refresh_seconds=0.001,
            stale_seconds=STALE_SECONDS,
            now=self.clock,
            meter=self.counted,
        )

    def read(self, times: int = 1) -> ClusterView:
        """Read so often, a minute apart, and return the view."""
        for _ in range(times):
            self.live.read_once()
            self.clock.pass_seconds(60)
        return self.live.view()


def names(view: ClusterView) -> list[str]:
    """Return the workloads' names."""
    return [workload.key.name for workload in view.workloads]


# Nothing yet.


def test_before_the_first_read_there_is_none_and_that_is_said() -> None:
    kept = Kept(whole())
    with pytest.raises(ClusterError) as caught:
        kept.live.view()
    assert caught.value.key == "not-read-yet"
    assert (kept.live.age_seconds, kept.live.is_fresh) == (None, False)


def test_when_no_read_ever_worked_the_newest_reason_is_said() -> None:
    kept = Kept(DOWN)
    kept.live.read_once()
    with pytest.raises(UnreachableError) as caught:
        kept.live.view()
    assert (caught.value.key, dict(caught.value.values)) == ("unreachable", {"host": "https://cluster.example"})
    assert kept.counted.outcomes == ["failed"]


def test_the_reason_does_not_grow_with_everybody_who_is_told() -> None:
    kept = Kept(DOWN)
    kept.live.read_once()
    depths = []
    for _ in range(3):
        with pytest.raises(BotError) as caught:
            kept.live.view()
        depths.append(len(caught.traceback))
    assert len(set(depths)) == 1


# A view and its age.


def test_a_read_is_shown_with_its_age() -> None:
    kept = Kept(whole())
    kept.live.read_once()
    kept.clock.pass_seconds(42)
    assert (kept.live.age_seconds, kept.live.is_fresh) == (42.0, True)
    assert kept.live.view().overdue is None
    assert kept.counted.outcomes == ["whole"]


@pytest.mark.parametrize(
    ("age", "is_fresh"), [(STALE_SECONDS - 1, True), (STALE_SECONDS, True), (STALE_SECONDS + 0.001, False)]
)
def test_a_view_is_fresh_up_to_the_age_that_is_set(age: float, is_fresh: bool) -> None:
    kept = Kept(whole())
    kept.live.read_once()
    kept.clock.pass_seconds(age)
    assert kept.live.is_fresh is is_fresh


def test_a_clock_set_back_makes_no_negative_age() -> None:
    kept = Kept(whole())
    kept.live.read_once()
    kept.clock.pass_seconds(-3600)
    assert kept.live.age_seconds == 0.0


def test_a_demo_whose_clock_stands_still_is_never_old() -> None:
    kept = Kept(replace(whole(), clock=AS_OF))
    kept.live.read_once()
    kept.clock.pass_seconds(86_400)
    assert (kept.live.age_seconds, kept.live.is_fresh) == (0.0, True)


def test_a_newer_read_takes_the_place_of_the_older_one() -> None:
    kept = Kept(whole("web"), whole("web", "shop"))
    assert names(kept.read()) == ["web"]
    assert sorted(names(kept.read())) == ["shop", "web"]


# Reads that fail.


def test_a_read_that_fails_keeps_the_view_and_says_since_when_and_why() -> None:
    kept = Kept(whole("web"), DOWN)
    kept.read()
    view = kept.read(3)
    assert names(view) == ["web"]
    assert view.as_of == AS_OF
    assert view.overdue is not None
    assert view.overdue.since == AS_OF + timedelta(seconds=60)
    assert (view.overdue.error, dict(view.overdue.values)) == ("unreachable", {"host": "https://cluster.example"})
    assert kept.counted.outcomes == ["whole", "failed", "failed", "failed"]


def test_the_newest_reason_is_said_with_the_time_of_the_first() -> None:
    kept = Kept(whole(), DOWN, ClusterError("unauthorized", host="https://cluster.example"))
    view = kept.read(3)
    assert view.overdue is not None
    assert (view.overdue.error, view.overdue.since) == ("unauthorized", AS_OF + timedelta(seconds=60))


def test_a_read_that_works_again_says_nothing_of_those_that_did_not() -> None:
    kept = Kept(whole(), DOWN, whole())
    assert kept.read(2).overdue is not None
    assert kept.read().overdue is None


def test_a_view_that_is_not_renewed_stops_being_fresh() -> None:
    kept = Kept(whole(), DOWN)
    kept.read(int(STALE_SECONDS // 60) + 2)
    assert not kept.live.is_fresh


# Reads that lack something.


@pytest.mark.parametrize(
    "cause",
    [Cause.TIMEOUT, Cause.UNREACHABLE, Cause.SERVER_ERROR, Cause.EXPIRED, Cause.BAD_ANSWER, Cause.UNAUTHORIZED],
)
def test_a_kind_lost_for_a_passing_reason_keeps_the_whole_older_view(cause: Cause) -> None:
    kept = Kept(whole("web"), lacking(cause, "deployments", "pods"))
    view = kept.read(2)
    assert (names(view), view.is_complete) == (["web"], True)
    assert view.overdue is not None
    assert (view.overdue.error, dict(view.overdue.values)) == ("kinds-unread", {"kinds": "deployments, pods"})
    assert kept.counted.outcomes == ["whole", "kept"]


@pytest.mark.parametrize("cause", [Cause.FORBIDDEN, Cause.NOT_SERVED])
def test_a_kind_that_may_not_be_read_any_more_is_missing_at_once(cause: Cause) -> None:
    kept = Kept(whole("web"), lacking(cause, "deployments"))
    view = kept.read(2)
    assert [gap.what for gap in view.gaps] == ["deployments"]
    assert view.overdue is None
    assert kept.counted.outcomes == ["whole", "partial"]


def test_a_whole_view_that_got_stale_gives_way_to_a_newer_one_with_gaps() -> None:
    kept = Kept(whole("web"), lacking(Cause.TIMEOUT, "deployments"))
    view = kept.read(int(STALE_SECONDS // 60) + 1)
    assert view.is_complete
    view = kept.read()
    assert [gap.what for gap in view.gaps] == ["deployments"]
    assert (view.overdue, kept.live.is_fresh) == (None, True)


def test_the_first_view_may_have_gaps() -> None:
    kept = Kept(lacking(Cause.TIMEOUT, "deployments"))
    assert not kept.read().is_complete
    assert kept.counted.outcomes == ["partial"]


def test_a_kind_that_was_missing_before_keeps_nothing_back() -> None:
    kept = Kept(lacking(Cause.TIMEOUT, "jobs"), lacking(Cause.TIMEOUT, "jobs"))
    view = kept.read(2)
    assert (view.as_of, view.overdue) == (AS_OF + timedelta(seconds=60), None)


def test_one_lost_object_is_less_than_the_loss_of_its_kind() -> None:
    one_lost = gapped(Gap("deployments", Cause.MALFORMED, count=1, objects=("web/odd",)))
    kept = Kept(one_lost, lacking(Cause.TIMEOUT, "deployments"))
    view = kept.read(2)
    assert names(view) == ["web"]
    assert kept.counted.outcomes == ["partial", "kept"]


def test_a_kind_read_in_part_is_more_than_none_of_it() -> None:
    part = gapped(Gap("deployments", Cause.EXPIRED, status=410, is_partial=True))
    kept = Kept(part, part, lacking(Cause.TIMEOUT, "deployments"))
    kept.read(3)
    assert kept.counted.outcomes == ["partial", "partial", "kept"]


def test_the_version_alone_is_no_reason_to_keep_an_older_view() -> None:
    kept = Kept(whole(), gapped(Gap("version", Cause.TIMEOUT)))
    assert kept.read(2).as_of == AS_OF + timedelta(seconds=60)


# In the background.


class Awaited(Counted):
    """Counts reads and lets a test wait for them."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()

    def read_done(self, outcome: str, seconds: float) -> None:
        with self.changed:
            super().read_done(outcome, seconds)
            self.changed.notify_all()

    def wait_for(self, is_so: Callable[[], bool]) -> bool:
        """Return whether it becomes so within five seconds."""
        with self.changed:
            return self.changed.wait_for(is_so, 5.0)


@pytest.fixture
def awaited() -> Awaited:
    """Count reads so that they can be waited for."""
    return Awaited()


def in_background(awaited: Awaited, *planned: Snapshot | Exception) -> Kept:
    """Return a live view that reads in its thread."""
    kept = Kept(*planned)
    kept.counted = kept.live._meter = awaited
    kept.live.start()
    return kept


def test_an_error_nobody_foresaw_does_not_end_the_reading(awaited: Awaited) -> None:
    kept = in_background(awaited, RuntimeError("of no type of ours"), MemoryError(), whole("web"))
    assert awaited.wait_for(lambda: "whole" in awaited.outcomes)
    kept.live.stop()
    assert awaited.outcomes[:3] == ["failed", "failed", "whole"]
    assert names(kept.live.view()) == ["web"]


def test_an_error_nobody_foresaw_keeps_the_view_and_shows_none_of_its_text(awaited: Awaited) -> None:
    kept = in_background(awaited, whole("web"), RuntimeError("secret"))
    assert awaited.wait_for(lambda: awaited.outcomes.count("failed") >= 2)
    kept.live.stop()
    view = kept.live.view()
    assert names(view) == ["web"]
    assert view.overdue is not None
    assert (view.overdue.error, dict(view.overdue.values)) == ("read-broke", {})


def test_a_judge_that_fails_is_like_a_read_that_fails(awaited: Awaited) -> None:
    class Broken(Assessor):
        def assess(self, snapshot: Snapshot) -> ClusterView:
            raise ZeroDivisionError

    kept = Kept(whole(), judge=Broken(assessor().judging))
    kept.live._meter = awaited
    kept.live.start()
    assert awaited.wait_for(lambda: bool(awaited.outcomes))
    kept.live.stop()
    with pytest.raises(BotError, match="read-broke"):
        kept.live.view()


def test_a_read_that_hangs_keeps_nobody_waiting() -> None:
    begun, released = threading.Event(), threading.Event()

    class Hanging:
        def read(self) -> Snapshot:
            begun.set()
            released.wait(30.0)
            raise DOWN

    clock, counted = Clock(), Counted()
    live = LiveViews(
        Hanging(),
        assessor(),
        refresh_seconds=0.001,
        stale_seconds=STALE_SECONDS,
        now=clock,
        meter=counted,
        first_read_seconds=0.05,
    )
    live.start()
    assert begun.wait(5.0)
    with pytest.raises(ClusterError, match="not-read-yet"):
        live.view()
    assert not live.is_fresh
    live.stop()
    released.set()


def test_while_a_read_hangs_the_last_view_is_shown_and_grows_old() -> None:
    begun, released = threading.Event(), threading.Event()
    kept = Kept(whole("web"))
    kept.live.read_once()

    def read() -> Snapshot:
        begun.set()
        released.wait(30.0)
        raise DOWN

    kept.cluster.read = read
    kept.live.start()
    assert begun.wait(5.0)
    kept.clock.pass_seconds(STALE_SECONDS + 1)
    assert names(kept.live.view()) == ["web"]
    assert not kept.live.is_fresh
    kept.live.stop()
    released.set()


def test_after_it_is_told_to_stop_it_begins_no_further_read(awaited: Awaited) -> None:
    kept = in_background(awaited, whole())
    assert awaited.wait_for(lambda: bool(awaited.outcomes))
    kept.live.stop()
    kept.live._thread.join(5.0)
    assert not kept.live._thread.is_alive()


def test_a_login_that_may_list_nothing_any_more_does_not_replace_what_was_seen() -> None:
    refused = lacking(Cause.FORBIDDEN, *RESOURCES)
    kept = Kept(whole(), refused)
    view = kept.read(10)
    assert [workload.key.name for workload in view.workloads] == ["web"]
    assert view.overdue is not None
    assert view.overdue.error == "nothing-allowed"
    assert not kept.live.is_fresh


def test_a_login_that_may_list_nothing_is_no_view_of_nothing() -> None:
    kept = Kept(lacking(Cause.FORBIDDEN, *RESOURCES))
    with pytest.raises(ClusterError, match="nothing-allowed"):
        kept.read()


def test_that_nothing_was_read_is_not_blamed_on_permissions_when_it_was_not_them_alone() -> None:
    kept = Kept(
        snapshot_of(unread={kind: Cause.FORBIDDEN if kind == "pods" else Cause.SERVER_ERROR for kind in RESOURCES})
    )
    with pytest.raises(ClusterError, match="nothing-read") as caught:
        kept.read()
    assert caught.value.values == {"statuses": "403, 500"}


def test_told_to_stop_nobody_waits_for_the_first_read_any_more() -> None:
    kept = Kept(whole())
    released = threading.Event()
    kept.cluster.read = lambda: released.wait(30)
    kept.live.start()
    kept.live.stop()
    with pytest.raises(ClusterError, match="not-read-yet"):
        kept.live.view()
    released.set()


def test_a_question_right_after_the_start_waits_for_the_first_read() -> None:
    kept = Kept(whole())
    may_read = threading.Event()
    read = kept.cluster.read
    kept.cluster.read = lambda: may_read.wait(10) and read()
    kept.live.start()
    threading.Timer(0.05, may_read.set).start()
    assert [workload.key.name for workload in kept.live.view().workloads] == ["web"]
    kept.live.stop()
