"""The picture of a trend: its size, the same bytes twice, text without words, gaps, and every odd history."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image

from bot.core.history import Point
from bot.core.runtimes import Runtime
from bot.render.chart import HEIGHT, WIDTH, trend_png

START = datetime(2026, 9, 24, 9, tzinfo=UTC)
DOCKERSHIM, CONTAINERD, UNKNOWN = Runtime.DOCKERSHIM, Runtime.CONTAINERD, Runtime.UNKNOWN
GROUND, INK = (0xFF, 0xFF, 0xFF), (0x1D, 0x1C, 0x1D)
ORANGE, BLUE, GREY = (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2), (0x9A, 0x9A, 0x9A)


def point(day: int, docker: int, containerd: int = 0, *, unknown: int = 0, is_whole: bool = True) -> Point:
    runtimes = {DOCKERSHIM: docker, CONTAINERD: containerd, UNKNOWN: unknown}
    counts = {name: count for name, count in runtimes.items() if count}
    return Point(START + timedelta(days=day), is_whole, counts, docker * 4, 1, 0)


def moving(days: int, nodes: int = 30) -> list[Point]:
    return [point(day, nodes - nodes * day // days, nodes * day // days) for day in range(days)]


def share(png: bytes, colour: tuple[int, int, int]) -> float:
    """Return which share of the pixels of a picture has a colour."""
    counts = Image.open(io.BytesIO(png)).convert("RGB").getcolors(WIDTH * HEIGHT)
    return {value: count for count, value in counts or ()}.get(colour, 0) / (WIDTH * HEIGHT)


def test_a_chart_has_the_size_of_a_slide_and_is_small() -> None:
    png = trend_png(moving(60), [("1.38", date(2026, 12, 16))])
    assert len(png) < 100_000
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (WIDTH, HEIGHT) == (1200, 675)
    # Opaque: both looks of Slack show the same.
    assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    assert share(png, ORANGE) > 0.1
    assert share(png, BLUE) > 0.1


def test_the_same_history_gives_the_same_bytes_whichever_thread_draws() -> None:
    points, marks = moving(60), [("1.38", date(2026, 12, 16))]
    first = trend_png(points, marks)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: trend_png(points[::-1], marks), range(8))) == {first}
    assert b"tEXt" not in first  # neither a date nor the name of a library


def test_the_dark_look_has_another_ground() -> None:
    light, dark = trend_png(moving(9), []), trend_png(moving(9), [], is_dark=True)
    assert share(light, GROUND) > 0.3
    assert share(dark, (0x1A, 0x1D, 0x21)) > 0.3
    assert share(dark, GROUND) < 0.001


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(moving(60)[:1], id="one-point"),
        pytest.param([point(day, 0) for day in range(9)], id="no-nodes"),
        pytest.param([point(day, 0, 5) for day in range(9)], id="none-on-docker"),
        pytest.param([point(day, 5, is_whole=False) for day in range(9)], id="no-whole-read"),
        pytest.param(moving(400, nodes=5000), id="400-days-of-5000-nodes"),
        pytest.param([point(0, 5), point(300, 4)], id="two-points-a-year-apart"),
    ],
)
def test_every_odd_history_is_drawn(points: list[Point]) -> None:
    png = trend_png(points, [("1.38", date(2026, 12, 16)), ("1.38", date(2026, 12, 16)), ("2026-12-17", date.max)])
    assert len(png) < 100_000
    assert share(png, GROUND) < 1


def test_no_points_are_no_chart() -> None:
    with pytest.raises(ValueError, match="no points"):
        trend_png([], [])


def test_an_unknown_runtime_is_neither_colour() -> None:
    png = trend_png([point(day, 0, unknown=9) for day in range(9)], [])
    assert share(png, GREY) > 0.2
    assert share(png, ORANGE) == share(png, BLUE) == 0


def test_days_without_a_whole_read_are_left_open() -> None:
    whole = [point(day, 10) for day in range(20)]
    torn = [point(day, 10, is_whole=day < 5) for day in range(20)]
    absent = [point(day, 10) for day in range(20) if day < 5 or day == 19]
    full, part, hole = (share(trend_png(points, []), ORANGE) for points in (whole, torn, absent))
    assert 0.2 < part / full < 0.3
    assert 0.2 < hole / full < 0.35


def test_a_milestone_that_is_drawn_is_a_line_and_one_far_off_is_not() -> None:
    plain, near, far = (
        share(trend_png(moving(40), marks), INK)
        for marks in ([], [("1.36", date(2026, 10, 9))], [("1.99", date(2029, 1, 1)), ("1.20", date(2020, 12, 8))])
    )
    assert near > plain * 1.05
    assert far == plain


def test_matplotlib_is_imported_with_the_first_chart_and_pyplot_never() -> None:
    code = """
import sys
import bot.render.chart, bot.render.compose, bot.service, handlers.answering, bot.playground, bot.app
assert "matplotlib" not in sys.modules and "numpy" not in sys.modules
from datetime import UTC, datetime
from bot.core.history import Point
bot.render.chart.trend_png([Point(datetime(2026, 1, 1, tzinfo=UTC), True, {}, 0, 0, 0)], [])
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
