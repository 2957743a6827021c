"""What changed of nodes in a real database: found across restarts and outages, told once, and bounded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from bot.adapters.store.engine import Database
from bot.adapters.store.node_rows import NodeRows
from bot.adapters.store.schema import migrate
from bot.adapters.store.tables import node_changes, node_records, nodes_read
from bot.core.node_history import GONE_KEPT, MOVES_KEPT, OTHERS_KEPT, What, record_of
from bot.core.runtimes import Runtime
from bot.core.snapshot import Cause, Gap
from bot.core.view import ClusterView, NodeFact
from tests.factories import make_node
from tests.unit.clusters import DOCKER, view_of
from tests.unit.reminders.world import Clock

START = datetime(2026, 11, 29, 12, 3, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE = view_of(make_node("a-1", runtime=DOCKER, kubelet="v1.23.17"), make_node("b-1"))
AFTER = view_of(make_node("a-1", kubelet="v1.24.2"), make_node("b-1"))


def many(count: int, name: str = "n", **changes: object) -> tuple[NodeFact, ...]:
    return tuple(replace(BEFORE.nodes[0], name=f"{name}-{number:05}", **changes) for number in range(count))


class NodeRowsBehaviour:
    """What every database must do; a subclass brings the fixture `url` of an empty one."""

    @pytest.fixture
    def another(self, url: str) -> Iterator[Callable[[], Database]]:
        """Return what opens the database once more, as another replica does."""
        opened: list[Database] = []

        def open_one() -> Database:
            opened.append(Database(url))
            return opened[-1]

        yield open_one
        for database in opened:
            database.close()

    @pytest.fixture
    def database(self, another: Callable[[], Database]) -> Database:
        database = another()
        migrate(database)
        return database

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock(START)

    @pytest.fixture
    def rows(self, database: Database, clock: Clock) -> NodeRows:
        return NodeRows(database, clock)

    @pytest.fixture
    def read(self, clock: Clock) -> Callable[..., int]:
        """Return what gives rows a view so long after the start; what it knows least of was heard ``lag`` before."""

        def one(rows: NodeRows, view: ClusterView, after: timedelta, lag: timedelta = 0 * MINUTE) -> int:
            clock.now = START + after
            return rows.record(replace(view, as_of=clock.now - lag))

        return one

    @staticmethod
    def told(rows: NodeRows, node: str) -> list[tuple[str, str, str]]:
        return [(change.what, change.before, change.after) for change in rows.node(node).changes]

    @staticmethod
    def counted(database: Database) -> int:
        with database.reading() as connection:
            return connection.execute(select(func.count()).select_from(node_changes)).scalar_one()

    def test_a_node_that_moved_is_told_with_the_two_reads_around_it(
        self, rows: NodeRows, read: Callable[..., int]
    ) -> None:
        kept = [read(rows, BEFORE, 0 * MINUTE), read(rows, BEFORE, MINUTE), read(rows, AFTER, 2 * MINUTE)]
        assert kept == [0, 0, 2]
        found = rows.node("a-1")
        assert [(change.what, change.before, change.after) for change in found.changes] == [
            (What.RUNTIME, "dockershim://20.10.24", "containerd://1.4.13"),
            (What.KUBELET, "v1.23.17", "v1.24.2"),
        ]
        assert {(change.not_before, change.at) for change in found.changes} == {(START + MINUTE, START + 2 * MINUTE)}
        assert found.record == record_of(AFTER.nodes[0])
        assert rows.node("b-1").changes == ()
        assert rows.node("c-1").record is None

    def test_what_happened_while_the_bot_was_down_is_noticed_and_not_told_to_the_minute(
        self, rows: NodeRows, read: Callable[..., int], another: Callable[[], Database], clock: Clock
    ) -> None:
        read(rows, BEFORE, 0 * MINUTE)
        assert read(NodeRows(another(), clock), AFTER, 137 * MINUTE) == 2
        change = rows.node("a-1").changes[0]
        assert (change.not_before, change.at, change.is_precise) == (START, START + 137 * MINUTE, False)

    def test_an_outage_of_reading_the_nodes_is_told_as_one(self, rows: NodeRows, read: Callable[..., int]) -> None:
        read(rows, BEFORE, 0 * MINUTE)
        for number in range(1, 60):
            gaps = (Gap("nodes", Cause.TIMEOUT, is_partial=bool(number % 2)),)
            assert read(rows, replace(AFTER, gaps=gaps, nodes=AFTER.nodes[: number % 2]), number * MINUTE) == 0
        assert read(rows, AFTER, HOUR) == 2
        assert rows.node("a-1").changes[0].not_before == START
        assert rows.node("b-1").record == record_of(AFTER.nodes[1])

    def test_who_left_and_came_back_is_known(self, rows: NodeRows, read: Callable[..., int]) -> None:
        for hour, view in enumerate([BEFORE, replace(BEFORE, nodes=()), AFTER]):
            read(rows, view, hour * HOUR)
        assert [what for what, _, _ in self.told(rows, "a-1")] == ["runtime", "kubelet", "joined", "left"]
        assert self.told(rows, "b-1") == [("joined", "", "containerd://1.4.13"), ("left", "containerd://1.4.13", "")]
        record = rows.node("b-1").record
        assert record is not None
        assert record.is_there

    def test_an_older_read_changes_nothing_and_the_same_read_nothing_twice(
        self, rows: NodeRows, read: Callable[..., int], another: Callable[[], Database], clock: Clock
    ) -> None:
        """Two replicas read at their own moments; a newer view was kept by the other."""
        read(rows, BEFORE, 0 * MINUTE)
        other = NodeRows(another(), clock)
        assert read(other, AFTER, 2 * MINUTE) == 2
        assert read(rows, BEFORE, MINUTE) == 0
        assert read(rows, AFTER, 2 * MINUTE) == 0
        assert read(rows, AFTER, 3 * MINUTE) == 0
        assert len(rows.node("a-1").changes) == 2

    def test_a_view_that_is_older_than_its_nodes_delays_no_change_and_dates_none_too_early(
        self, rows: NodeRows, read: Callable[..., int]
    ) -> None:
        """A kind that was not heard makes the whole view as old as it is; the nodes are as they are now."""
        read(rows, BEFORE, 0 * MINUTE, 2 * MINUTE)
        assert read(rows, AFTER, MINUTE, 3 * MINUTE) == 2
        change = rows.node("a-1").changes[0]
        assert (change.not_before, change.at) == (START - 2 * MINUTE, START + MINUTE)

    def test_another_replica_takes_back_no_change_that_it_has_not_seen_yet(
        self, rows: NodeRows, read: Callable[..., int], another: Callable[[], Database], clock: Clock
    ) -> None:
        """Its view is newer than the other's by what was heard least, and its nodes are older."""
        other = NodeRows(another(), clock)
        read(rows, BEFORE, 0 * MINUTE)
        read(other, BEFORE, MINUTE)
        assert read(rows, AFTER, 4 * MINUTE, 2 * MINUTE) == 2
        assert read(other, BEFORE, 5 * MINUTE, 2 * MINUTE) == 0
        assert read(other, AFTER, 6 * MINUTE, 2 * MINUTE) == 0
        assert read(other, BEFORE, 7 * MINUTE, 2 * MINUTE) == 2
        assert len(rows.node("a-1").changes) == 4

    def test_replicas_that_record_at_once_tell_a_change_once(
        self, database: Database, another: Callable[[], Database]
    ) -> None:
        """Each has its own view of every minute, and they record at the same moment."""
        clocks = [Clock(START) for _ in range(4)]
        replicas = [NodeRows(another(), clock) for clock in clocks]
        ready = threading.Barrier(len(replicas))
        failed: list[Exception] = []

        def run(number: int) -> None:
            try:
                for minute in range(12):
                    ready.wait(10)
                    view = AFTER if minute % 4 >= 2 else BEFORE
                    at = clocks[number].now = START + minute * MINUTE + number * timedelta(seconds=1)
                    replicas[number].record(replace(view, as_of=at))
            except Exception as error:  # noqa: BLE001
                failed.append(error)
                ready.abort()

        threads = [threading.Thread(target=run, args=(number,)) for number in range(len(replicas))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        moved = [after for what, _, after in self.told(replicas[0], "a-1") if what == "runtime"]
        there, back = "containerd://1.4.13", "dockershim://20.10.24"
        assert moved == [there, back, there, back, there]

    def test_a_clock_that_was_ahead_stops_nothing(self, rows: NodeRows, read: Callable[..., int], clock: Clock) -> None:
        read(rows, BEFORE, timedelta(days=300))
        assert read(rows, AFTER, MINUTE) == 2
        change = rows.node("a-1").changes[0]
        assert (change.not_before, change.at) == (START + MINUTE, START + MINUTE)
        assert read(rows, BEFORE, 2 * MINUTE) == 2

    def test_what_a_cluster_says_is_kept_as_text(self, rows: NodeRows, read: Callable[..., int]) -> None:
        odd = replace(BEFORE.nodes[0], name="a'; drop\x00", kubelet_version="v1\x00' \ud800")
        read(rows, replace(BEFORE, nodes=(odd,)), 0 * MINUTE)
        read(rows, replace(BEFORE, nodes=(replace(odd, kubelet_version="v2"),)), MINUTE)
        assert self.told(rows, odd.name) == [("kubelet", "v1' ", "v2")]

    def test_readiness_that_flaps_pushes_out_no_move(self, rows: NodeRows, read: Callable[..., int]) -> None:
        for number in range(8):
            read(rows, (BEFORE, AFTER)[number % 2], number * MINUTE)
        flapping = [replace(AFTER, nodes=(replace(AFTER.nodes[0], is_ready=ready),)) for ready in (False, True)]
        for number in range(40):
            read(rows, flapping[number % 2], (8 + number) * MINUTE)
        told = [what for what, _, _ in self.told(rows, "a-1")]
        assert told == ["ready"] * OTHERS_KEPT + ["runtime", "kubelet"] * (MOVES_KEPT // 2)
        assert rows.node("a-1").changes[0].at == START + 47 * MINUTE

    def test_of_one_node_only_the_newest_moves_are_kept(
        self, rows: NodeRows, read: Callable[..., int], database: Database
    ) -> None:
        for number in range(30):
            nodes = (replace(BEFORE.nodes[0], kubelet_version=f"v1.{number}.0"),)
            read(rows, replace(BEFORE, nodes=nodes), number * MINUTE)
        told = [after for what, _, after in self.told(rows, "a-1") if what == "kubelet"]
        assert told == [f"v1.{number}.0" for number in range(29, 29 - MOVES_KEPT, -1)]

    def test_what_is_kept_in_all_is_bounded_and_nodes_that_stay_keep_theirs(
        self, database: Database, clock: Clock, read: Callable[..., int]
    ) -> None:
        rows = NodeRows(database, clock, rows=100)
        read(rows, BEFORE, 0 * MINUTE)
        read(rows, AFTER, MINUTE)
        for number in range(10):  # an autoscaler
            read(rows, replace(AFTER, nodes=(*AFTER.nodes, *many(30, f"spot-{number}"))), (2 + number) * MINUTE)
        assert self.counted(database) == 100
        assert [what for what, _, _ in self.told(rows, "a-1")] == ["runtime", "kubelet"]
        assert self.told(rows, "spot-9-00001") == [("joined", "", "dockershim://20.10.24")]
        assert self.told(rows, "spot-0-00001") == []

    def test_what_is_old_goes_also_where_nothing_changes(
        self, rows: NodeRows, read: Callable[..., int], database: Database
    ) -> None:
        for view, days in ((BEFORE, 0), (replace(BEFORE, nodes=BEFORE.nodes[:1]), 1)):
            read(rows, view, timedelta(days=days))
        assert self.counted(database) == 1
        read(rows, replace(BEFORE, nodes=BEFORE.nodes[:1]), timedelta(days=402))
        assert self.counted(database) == 0
        assert rows.node("b-1").record is None

    def test_a_cluster_of_the_largest_size_is_kept_soon(
        self, rows: NodeRows, read: Callable[..., int], database: Database
    ) -> None:
        """All of 5,000 nodes change at once, and then all of them leave and others come."""
        read(rows, replace(BEFORE, nodes=many(5000)), 0 * MINUTE)
        moved = many(5000, runtime=Runtime.CONTAINERD, runtime_version="2.0.1", kubelet_version="v1.36.0")
        assert read(rows, replace(BEFORE, nodes=moved), MINUTE) == 10_000
        assert read(rows, replace(BEFORE, nodes=many(5000, "other")), 2 * MINUTE) == 10_000
        with database.reading() as connection:
            gone = select(func.count()).select_from(node_records).where(node_records.c.is_there.is_(False))
            assert connection.execute(gone).scalar_one() <= GONE_KEPT

    def test_what_another_release_keeps_is_left_alone(
        self, rows: NodeRows, read: Callable[..., int], database: Database
    ) -> None:
        read(rows, BEFORE, 0 * MINUTE)
        read(rows, AFTER, MINUTE)
        with database.writing() as connection:
            connection.execute(update(node_changes).where(node_changes.c.what == "kubelet").values(what="kernel"))
        assert [what for what, _, _ in self.told(rows, "a-1")] == ["runtime"]

    def test_the_last_read_is_one_row(self, rows: NodeRows, read: Callable[..., int], database: Database) -> None:
        read(rows, BEFORE, 0 * MINUTE)
        read(rows, BEFORE, MINUTE)
        with database.reading() as connection:
            found: Sequence[tuple[object, ...]] = [tuple(row) for row in connection.execute(select(nodes_read))]
        assert found == [(1, 2, START + MINUTE, START + MINUTE)]


class TestNodesInAFile(NodeRowsBehaviour):
    """A SQLite file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'unshim.db'}"
