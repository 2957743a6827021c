"""The bench judges its rows as it says. Whether the budgets are met is for ``make bench`` to say."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bench.live_rows import most_at_once
from tests.bench.measure import Latencies
from tests.bench.stream import renumbered
from tests.bench.table import Row, to_text

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "is_least", "used", "is_failed"),
    [
        pytest.param(8.0, False, 0.8, False, id="below the most is fine"),
        pytest.param(14.0, False, 1.4, False, id="above the most, within the tolerance"),
        pytest.param(16.0, False, 1.6, True, id="above the most"),
        pytest.param(20.0, True, 0.5, False, id="above the least is fine"),
        pytest.param(8.0, True, 1.25, False, id="below the least, within the tolerance"),
        pytest.param(5.0, True, 2.0, True, id="below the least"),
    ],
)
def test_a_row_is_judged_by_the_part_of_its_budget_that_it_uses(
    value: float, is_least: bool, used: float, is_failed: bool
) -> None:
    row = Row("something", value=value, budget=10.0, is_least=is_least)
    assert row.used == pytest.approx(used)
    assert row.is_failed(1.5) is is_failed
    assert not Row("something", value=value, budget=10.0, is_least=is_least, is_binding=False).is_failed(1.5)


def test_of_a_budget_of_none_any_is_too_much() -> None:
    assert not Row("LISTs", value=0, budget=0).is_failed(1.5)
    assert Row("LISTs", value=1, budget=0).is_failed(1.5)


def test_the_table_says_whether_the_budget_is_a_most_or_a_least() -> None:
    text = to_text([Row("a", value=3, budget=2, unit=" s"), Row("b", value=30_000, budget=10_000, is_least=True)], 1.5)
    assert "<= 2 s     1.50       OVER, within tolerance 1.5" in text
    assert ">= 10,000  0.33       ok" in text


def test_a_quantile_is_one_of_the_values_and_of_few_the_greatest() -> None:
    hundred = Latencies([number / 1000 for number in range(1, 101)])
    assert (hundred.quantile(0.5), hundred.quantile(0.99)) == (0.050, 0.099)
    assert Latencies([0.3, 0.1, 0.2]).quantile(0.99) == 0.3


def test_a_replayed_round_ends_before_the_next_and_every_line_is_newer() -> None:
    lines = [b'{"a":{"resourceVersion":"7","uid":"u"}}', b'{"b":{"resourceVersion":"123"}}']
    assert list(renumbered(lines, 99, 3)) == [
        b'{"a":{"resourceVersion":"100","uid":"u"}}\n',
        b'{"b":{"resourceVersion":"101"}}\n',
        b'{"a":{"resourceVersion":"102","uid":"u"}}\n',
        b'{"b":{"resourceVersion":"103"}}\n',
    ]


def test_a_watch_taken_up_again_when_the_last_one_ended_is_one_at_a_time() -> None:
    def watch(start: float, end: float) -> tuple[datetime, datetime]:
        return NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)

    assert most_at_once([]) == 0
    assert most_at_once([watch(0, 15.01), watch(15, 30)]) == 1
    assert most_at_once([watch(0, 15), watch(10, 30)]) == 2
