"""Earlier reads on a real SQLite file: what is kept, how often, for how long, and what a channel was told last."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from bot.adapters.store.engine import Database
from bot.adapters.store.history import HistoryRows
from bot.adapters.store.tables import history
from bot.core.history import detail_of, point_of
from bot.errors import StoreError
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import view_of
from tests.unit.reminders.world import Clock, database

START = datetime(2026, 11, 1, tzinfo=UTC)
VIEW = view_of(
    make_node("a-1", runtime="docker://20.10.24"),
    make_node("b-1"),
    make_namespace("ci"),
    make_deployment("builder", namespace="ci", host_paths={"/var/run/docker.sock": "/s"}),
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def rows(opened: Database, clock: Clock) -> HistoryRows:
    return HistoryRows(opened, clock)


def read_at(rows: HistoryRows, clock: Clock, at: datetime) -> bool:
    clock.now = at
    return rows.record(replace(VIEW, as_of=at))


def test_a_read_comes_back_in_figures_and_names(rows: HistoryRows, clock: Clock) -> None:
    assert read_at(rows, clock, START)
    view = replace(VIEW, as_of=START)
    assert rows.points(START) == (point_of(view),)
    assert rows.detail_before(START) == detail_of(view)
    assert rows.detail_before(START - timedelta(seconds=1)) is None


def test_reads_a_minute_apart_are_kept_every_ten_minutes_and_their_names_every_hour(
    rows: HistoryRows, clock: Clock, opened: Database
) -> None:
    kept = [read_at(rows, clock, START + timedelta(minutes=n)) for n in range(180)]
    assert sum(kept) == 18
    with opened.reading() as connection:
        detailed = connection.execute(select(func.count()).where(history.c.detail.is_not(None))).scalar()
    assert detailed == 3


def test_what_is_kept_of_a_year_is_bounded(rows: HistoryRows, clock: Clock, opened: Database) -> None:
    for n in range(500 * 3):
        read_at(rows, clock, START + timedelta(hours=8 * n))
    points = rows.points(START)
    assert 400 <= len(points) <= 400 + 4 * 3
    with opened.reading() as connection:
        detailed = connection.execute(select(func.count()).where(history.c.detail.is_not(None))).scalar()
    assert detailed is not None
    assert detailed <= 8


def test_a_channel_was_told_what_it_was_told_last(rows: HistoryRows) -> None:
    assert rows.told("C1") is None
    first, second = detail_of(VIEW), replace(detail_of(VIEW), at=START)
    rows.tell("C1", first)
    rows.tell("C1", second)
    assert (rows.told("C1"), rows.told("C2")) == (second, None)


def test_a_damaged_row_is_an_error_and_not_an_empty_history(rows: HistoryRows, clock: Clock, opened: Database) -> None:
    read_at(rows, clock, START)
    with opened.writing() as connection:
        connection.execute(update(history).values(detail="{}"))
    with pytest.raises(StoreError):
        rows.detail_before(START)
