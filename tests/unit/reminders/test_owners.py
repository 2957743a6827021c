"""Ten owners with a channel each, a quarter long, with the real messages: who is done hears nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.adapters.knowledge import load_knowledge
from bot.adapters.store.dating import DateRows
from bot.adapters.store.engine import Database
from bot.adapters.store.history import HistoryRows
from bot.adapters.store.shelf import Shelf
from bot.app import catalogues
from bot.core.subscriptions import LEADS, Scope, ScopeKind, Subscription
from bot.core.view import ClusterView
from bot.reminders.ports import State
from bot.service import Service
from handlers.posting import Posts
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import view_of
from tests.unit.reminders.world import Clock, Slack, World, database

#: The quarter before 1.24 came out.
START, RELEASE = datetime(2022, 2, 1, tzinfo=UTC), date(2022, 5, 3)

OWNERS = [f"team-{n}" for n in range(10)]
UNFINISHED = OWNERS[3]

MONDAYS = [START.date() + timedelta(days=n) for n in range(92) if (START.date() + timedelta(days=n)).weekday() == 0]
LEAD_DAYS = [RELEASE - timedelta(days=lead) for lead in LEADS]


def cluster(at: datetime, *, is_fixed: bool) -> ClusterView:
    """Return a cluster of which all is done but what depends on Docker in one deployment, while that is not fixed."""
    workloads = [
        make_deployment(
            "builder",
            namespace=owner,
            labels={"team": owner},
            host_paths={} if is_fixed or owner != UNFINISHED else {"/var/run/docker.sock": "/var/run/docker.sock"},
        )
        for owner in OWNERS
    ]
    nodes = [make_node(f"a-{n}", kubelet="v1.23.17", runtime="docker://20.10.24") for n in range(3)]
    return replace(view_of(*nodes, *(make_namespace(owner) for owner in OWNERS), *workloads), as_of=at)


class Views:
    """The newest view, as the clock stands."""

    def __init__(self, clock: Clock, fixed_at: datetime) -> None:
        self._clock = clock
        self._fixed_at = fixed_at
        self._views = {is_fixed: cluster(START, is_fixed=is_fixed) for is_fixed in (False, True)}

    def view(self) -> ClusterView:
        return replace(self._views[self._clock.now >= self._fixed_at], as_of=self._clock.now)

    newest = view


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as found:
        yield found


def quarter(opened: Database, fixed_at: datetime) -> World:
    """Return what is left after a quarter in which every channel has weekly digests and all reminders."""
    clock = Clock(START)
    known = load_knowledge()
    shelf = Shelf(HistoryRows(opened, clock), DateRows(opened, clock))
    service = Service(Views(clock, fixed_at), known, today=lambda: clock.now.date(), now=clock)
    channels = [
        Subscription(f"C-{owner}", START, scope=Scope(ScopeKind.OWNER, (owner,)), zone="Asia/Seoul") for owner in OWNERS
    ]
    world = World(clock, Slack(clock), opened, channels, list(known.calendar))
    world.writer = Posts(service, shelf, catalogues(), "/runtime")
    process = world.process()
    while clock.now.date() <= RELEASE:
        process.tick()
        clock.wait(hours=12)  # nine in Seoul is midnight in UTC
    return world


def days_of(world: World, owner: str, kind: str, state: State) -> list[date]:
    return [
        date.fromisoformat(entry.slot.occurrence.partition(":")[2])
        for entry in world.rows()
        if entry.slot.channel == f"C-{owner}"
        and entry.slot.occurrence.startswith(kind)
        and entry.slot.part == "message"
        and entry.state is state
    ]


def test_a_quarter_in_which_one_of_ten_owners_is_unfinished_the_nine_get_nothing(opened: Database) -> None:
    world = quarter(opened, datetime.max.replace(tzinfo=UTC))
    assert {posted.channel for posted in world.slack.messages.values()} == {f"C-{UNFINISHED}"}
    for owner in OWNERS:
        state = State.SENT if owner == UNFINISHED else State.NOTHING
        assert days_of(world, owner, "digest", state) == MONDAYS, owner
        assert set(LEAD_DAYS) <= set(days_of(world, owner, "reminder", state)), owner
    firsts = [posted for posted in world.slack.messages.values() if posted.thread_ts is None]
    reminders = [posted for posted in firsts if "1.24" in posted.text.split("\n")[0]]
    assert [posted.at.date() for posted in reminders] == LEAD_DAYS
    assert all(f"{UNFINISHED}/builder" in posted.text for posted in reminders)
    assert len(firsts) == len(MONDAYS) + len(LEAD_DAYS)


def test_once_it_is_fixed_the_tenth_hears_so_in_the_next_digest_and_then_nothing(opened: Database) -> None:
    fixed_at = datetime(2022, 3, 16, 12, tzinfo=UTC)
    world = quarter(opened, fixed_at)
    until = next(day for day in MONDAYS if day > fixed_at.date())
    assert {posted.channel for posted in world.slack.messages.values()} == {f"C-{UNFINISHED}"}
    assert days_of(world, UNFINISHED, "digest", State.SENT) == [day for day in MONDAYS if day <= until]
    firsts = [posted for posted in world.slack.messages.values() if posted.thread_ts is None]
    assert "Nothing is left to do here" in firsts[-1].text
    assert [posted.at.date() for posted in firsts if "1.24" in posted.text.split("\n")[0]] == [
        day for day in LEAD_DAYS if day <= fixed_at.date()
    ]
