"""When the last node leaves Docker: the reasons for no forecast, and how often the interval holds the true day."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.forecast import FAR_DAYS, WINDOW_DAYS, Forecast, Reason, forecast
from bot.core.history import Point
from tests.unit.core.migrations import KINDS, Simulated, back_test, point, series

#: Migrations of each kind: few, so that the test is quick.
MIGRATIONS = 50


def today(points: Sequence[Point]) -> date:
    return points[-1].day


def of(points: Sequence[Point]) -> Forecast:
    return forecast(points, today(points))


def width(found: Forecast) -> float:
    """Return the days of an interval."""
    assert found.earliest is not None
    return (found.latest - found.earliest).days if found.latest else inf


def falling(days: int) -> list[int]:
    """Two nodes a day, from 200."""
    return [200 - 2 * day for day in range(days)]


def test_a_steady_fall_ends_about_when_a_ruler_says() -> None:
    found = of(series(falling(60)))  # 82 left: 41 days
    assert found.reason is None
    assert found.earliest is not None
    assert found.latest is not None
    ruler = today(series(falling(60))) + timedelta(days=41)
    assert found.earliest < ruler < found.latest
    assert (found.latest - found.earliest).days < 41
    assert (found.days, found.span, found.change) == (60, 59, -118)


def test_the_same_history_is_answered_the_same_in_whatever_order_it_comes() -> None:
    points = series(falling(40))
    assert of(points) == forecast(points[::-1], today(points))


def test_what_is_counted_can_be_another_number() -> None:
    points = [point(day, 7, exposed=100 - day) for day in range(30)]
    assert of(points).reason is Reason.FLAT
    assert forecast(points, today(points), lambda p: p.exposed).reason is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param(falling(4), Reason.TOO_FEW, id="four-days"),
        pytest.param(falling(7), Reason.TOO_FEW, id="a-span-of-six-days"),
        pytest.param(falling(8), None, id="a-span-of-seven-days"),
        pytest.param([5] * 30, Reason.FLAT, id="flat"),
        pytest.param([5, 4, 6] * 5, Reason.RISING, id="rising"),
        pytest.param([3, 2, 1, 0], Reason.DONE, id="done-after-four-days"),
        pytest.param([0], Reason.DONE, id="done-from-the-first"),
        pytest.param([300 - (day == 89) for day in range(90)], Reason.FAR, id="one-of-300-in-90-days"),
    ],
)
def test_why_there_is_a_forecast_or_none(values: list[int], reason: Reason | None) -> None:
    assert of(series(values)).reason is reason


def test_no_history_at_all_is_too_few() -> None:
    assert forecast([], date(2026, 1, 1)) == Forecast(Reason.TOO_FEW, None, None, 0, 0, 0)


def test_reads_that_were_not_whole_count_for_nothing() -> None:
    points = [point(day, 200 - 2 * day, is_whole=day % 10 == 0) for day in range(30)]
    found = of(points)
    assert (found.reason, found.days, found.reads) == (Reason.INCOMPLETE, 3, 30)
    # A lost pool looks like a finished one: the interval must be that of the whole reads alone.
    torn = [*series(falling(30)), *(point(day + 0.2, 0, is_whole=False) for day in range(30))]
    assert forecast(torn, date(2026, 1, 30)) == of(series(falling(30)))


def test_an_old_whole_read_is_no_base_for_a_forecast() -> None:
    points = [*series(falling(30)), *(point(day, 140, is_whole=False) for day in range(30, 38))]
    assert of(points).reason is Reason.INCOMPLETE
    assert of(points[:-1]).reason is None


def test_none_on_docker_is_not_done_while_a_runtime_is_unknown() -> None:
    found = of([*series(falling(20)), point(20, 0, unknown=2)])
    assert (found.reason, found.unknown) == (Reason.UNKNOWN, 2)


def test_only_the_last_ninety_days_set_the_pace() -> None:
    stuck = [200] * 300 + falling(60)
    assert of(series(stuck)).since == today(series(stuck)) - timedelta(days=WINDOW_DAYS)


def test_a_pool_moved_at_once_widens_the_interval() -> None:
    steps = [200 - 40 * (day // 20) for day in range(61)]
    steady = [200 - 2 * day for day in range(61)]
    wide, narrow = of(series(steps)), of(series(steady))
    assert width(wide) > 2 * width(narrow)


def test_a_short_history_is_less_sure() -> None:
    short, long = of(series([200 - 4 * day for day in range(12)])), of(series([448 - 4 * day for day in range(74)]))
    assert width(short) > 1.5 * width(long)


def test_days_without_a_read_are_days() -> None:
    holes = [point(day, 200 - 2 * day) for day in range(60) if day % 3 == 0 or day == 59]
    full, found = of(series(falling(60))), of(holes)
    assert (found.span, found.days) == (59, 21)
    assert found.earliest is not None
    assert full.earliest is not None
    assert abs((found.earliest - full.earliest).days) < 10


def test_since_when_nothing_moves_is_told() -> None:
    points = series([*falling(20), *[162] * 25])
    assert of(points).still_since == points[19].day


@given(st.lists(st.integers(0, 300), max_size=120), st.integers(0, 20))
def test_no_forecast_looks_back_or_ends_before_it_begins(values: list[int], late: int) -> None:
    points = series(values)
    now = (points[-1].day if points else date(2026, 1, 1)) + timedelta(days=late)
    found = forecast(points, now)
    assert (found.reason is None) == (found.earliest is not None)
    if found.earliest is not None:
        assert now < found.earliest <= now + timedelta(days=FAR_DAYS)
        assert found.latest is None or found.earliest <= found.latest


@pytest.mark.parametrize("simulate", KINDS, ids=lambda simulate: simulate.__name__)
def test_the_interval_holds_the_day_a_simulated_migration_ends(simulate: Simulated) -> None:
    tally = back_test(simulate, MIGRATIONS)
    print(f"{simulate.__name__}: {tally}")  # noqa: T201  shown by `pytest -s`
    assert tally.asked > 2 * MIGRATIONS
    assert tally.held / tally.asked >= KINDS[simulate]
