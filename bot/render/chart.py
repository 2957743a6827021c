"""A trend as a picture: nodes by runtime above, exposed pods below, milestones across both.

matplotlib is imported when the first chart is drawn, not before: it takes half a second and some 40 MiB. Only its
objects are used, never pyplot, so charts may be drawn in several threads at once. Text in a chart is digits, ISO dates
and names of runtimes, which the font that comes with matplotlib has; what else there is to say stands in the message.
"""

import gc
import io
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.core.history import Point, daily
from bot.core.runtimes import Runtime

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1200, 675
_DPI = 100

#: From the bottom up, so that the edge of the third colour is what has to come down to zero: everything that is, or may
#: be, on Docker. Colours by Okabe and Ito ("Color Universal Design", 2008), told apart with any colour blindness.
_STACK = {
    Runtime.DOCKERSHIM: "#D55E00",
    Runtime.CRI_DOCKERD: "#E69F00",
    Runtime.UNKNOWN: "#9A9A9A",
    Runtime.CONTAINERD: "#0072B2",
    Runtime.CRI_O: "#56B4E9",
}
_EXPOSED = "#CC79A7"

#: Days that are drawn at least, so that the first points do not fill the picture.
_LEAST_DAYS = 7

#: How far ahead a milestone is drawn, however short the history is.
LEAST_AHEAD_DAYS = 30

_TICKS = 7
_FONT = "DejaVu Sans"
_SMALL, _LARGE = 12, 15

#: What a character of a label takes of the width between the axes, about; labels that would touch stand in two rows.
_CHARACTER = 0.0095


class _Look(Struct, frozen=True):
    """Colours around the data."""

    ground: str
    ink: str
    line: str
    gap: str


# Opaque: Slack shows one file to readers of its light and its dark look, and mid-tones on no ground read badly on both.
_LIGHT = _Look("#FFFFFF", "#1D1C1D", "#DDDDDD", "#B5B5B5")
_DARK = _Look("#1A1D21", "#E8E8E8", "#3A3D41", "#6B6F74")


def trend_png(points: Sequence[Point], milestones: Sequence[tuple[str, date]], is_dark: bool = False) -> bytes:
    """Return a PNG of 1,200 x 675 pixels; the same bytes for the same input and the same matplotlib.

    Args:
        points: at least one, in any order; one a day is drawn, and days without a complete read are hatched.
        milestones: short label and day; those of `milestones_shown` are drawn.

    Raises: ValueError: there are no points.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    days = daily(points)
    if not days:
        raise ValueError("a trend of no points")
    look = _DARK if is_dark else _LIGHT
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=look.ground)
    FigureCanvasAgg(figure)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1))
    figure.subplots_adjust(left=0.075, right=0.945, top=0.83, bottom=0.075, hspace=0.12)
    first, end = days[0].day.toordinal(), days[-1].day.toordinal() + 1
    marks = [(label, day.toordinal()) for label, day in milestones_shown(days, milestones)]
    until = max(end, *(mark + 1 for _, mark in marks)) if marks else end
    for axes in (top, bottom):
        _frame(axes, look, first, max(until, first + _LEAST_DAYS))
    runs = _runs(days)
    for axes in (top, bottom):
        for begin, stop in _gaps(runs, first, end):
            axes.axvspan(begin, stop, facecolor="none", edgecolor=look.gap, hatch="//", linewidth=0)
    _nodes(top, runs, days, look)
    _exposed(bottom, runs, days, look)
    _milestones(top, bottom, marks, look, max(until, first + _LEAST_DAYS) - first)
    _legend(figure, top, look)
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=_DPI, facecolor=look.ground, metadata={"Software": None})
    # A figure is full of cycles: left to Python, those of dozens of charts lie about (155 MiB, so 131, after 40). The
    # oldest generation, which holds the view of the cluster, is spared.
    del figure, top, bottom, axes
    gc.collect(1)
    return held.getvalue()


def milestones_shown(points: Sequence[Point], milestones: Sequence[tuple[str, date]]) -> tuple[tuple[str, date], ...]:
    """Return the milestones that a chart of the points has room for, by day.

    Those on the points' days, and on as many days ahead as there are days of points (at least 30).
    """
    first, last = min(point.day for point in points), max(point.day for point in points)
    ahead = max((last - first).days + 1, LEAST_AHEAD_DAYS)
    found = {(label, day) for label, day in milestones if first <= day and (day - last).days <= ahead}
    return tuple(sorted(found, key=lambda mark: (mark[1], mark[0])))


def _runs(days: Sequence[Point]) -> list[list[Point]]:
    """Return the complete points in runs of days that follow each other."""
    whole = [point for point in days if point.is_whole]
    runs = [whole[:1]] if whole else []
    for before, after in pairwise(whole):
        if (after.day - before.day).days > 1:
            runs.append([])
        runs[-1].append(after)
    return runs


def _gaps(runs: Sequence[Sequence[Point]], first: int, end: int) -> list[tuple[int, int]]:
    """Return the days between the first and the end that no run covers, as [begin, stop)."""
    edges = [first]
    for run in runs:
        edges += [run[0].day.toordinal(), run[-1].day.toordinal() + 1]
    edges.append(end)
    return [(begin, stop) for begin, stop in zip(edges[::2], edges[1::2], strict=True) if begin < stop]


def _edges(run: Sequence[Point]) -> list[int]:
    """Return where the days of a run begin, and where the last one ends."""
    return [*(point.day.toordinal() for point in run), run[-1].day.toordinal() + 1]


def _steps(values: Sequence[int]) -> list[int]:
    return [*values, values[-1]]


def _nodes(axes: "Axes", runs: Sequence[Sequence[Point]], days: Sequence[Point], look: _Look) -> None:
    present = [name for name in _STACK if any(point.by_runtime.get(name) for run in runs for point in run)]
    for run in runs:
        below = [0] * (len(run) + 1)
        for name in present:
            values = _steps([point.by_runtime.get(name, 0) for point in run])
            above = [low + value for low, value in zip(below, values, strict=True)]
            hatch = ".." if name is Runtime.UNKNOWN else None
            axes.fill_between(
                _edges(run), below, above, step="post", facecolor=_STACK[name], edgecolor=look.ground,
                linewidth=0.4, hatch=hatch, label=str(name) if run is runs[0] else None,
            )  # fmt: skip
            below = above
    axes.set_ylim(0, max([point.nodes for run in runs for point in run] or [0]) * 1.06 or 1)
    if runs and runs[-1][-1] is days[-1]:
        _value(axes, days[-1], days[-1].on_docker, look)


def _exposed(axes: "Axes", runs: Sequence[Sequence[Point]], days: Sequence[Point], look: _Look) -> None:
    for run in runs:
        values = _steps([point.exposed for point in run])
        axes.fill_between(_edges(run), values, step="post", facecolor=_EXPOSED, alpha=0.35, linewidth=0)
        axes.step(_edges(run), values, where="post", color=_EXPOSED, linewidth=2)
    axes.set_ylim(0, max([point.exposed for run in runs for point in run] or [0]) * 1.15 or 1)
    if runs and runs[-1][-1] is days[-1]:
        _value(axes, days[-1], days[-1].exposed, look)


def _value(axes: "Axes", point: Point, value: int, look: _Look) -> None:
    """Write the last value beside its end."""
    axes.annotate(
        str(value), (point.day.toordinal() + 1, value), xytext=(5, 0), textcoords="offset points", va="center",
        color=look.ink, fontsize=_LARGE, fontweight="bold", fontfamily=_FONT, annotation_clip=False,
    )  # fmt: skip


def _frame(axes: "Axes", look: _Look, first: int, until: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_facecolor(look.ground)
    axes.set_xlim(first, until)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(lambda value, position: str(round(value)))
    step = -(-(until - first) // _TICKS)
    ticks = range(first, until, step)
    axes.set_xticks(ticks, [date.fromordinal(day).isoformat() for day in ticks], ha="left")
    axes.tick_params(colors=look.ink, labelsize=_SMALL, labelfontfamily=_FONT, length=3, color=look.line)
    axes.grid(axis="y", color=look.line, linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(look.line)
    axes.label_outer()


def _milestones(top: "Axes", bottom: "Axes", marks: Sequence[tuple[str, int]], look: _Look, days: int) -> None:
    rows = [float("-inf")] * 2
    for label, day in marks:
        for axes in (top, bottom):
            axes.axvline(day, color=look.ink, linewidth=1.5, linestyle=(0, (4, 3)))
        half = (len(label) + 1) * _CHARACTER * days / 2
        row = 0 if day - half >= rows[0] else 1
        rows[row] = day + half
        top.annotate(
            label, (day, 1), xycoords=("data", "axes fraction"), xytext=(0, 5 + 16 * row),
            textcoords="offset points", ha="center", color=look.ink, fontsize=_SMALL, fontweight="bold",
            fontfamily=_FONT, parse_math=False, annotation_clip=False,
        )  # fmt: skip


def _legend(figure: "Figure", top: "Axes", look: _Look) -> None:
    handles, labels = top.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0.065, 0.99), ncols=len(labels), frameon=False,
            labelcolor=look.ink, prop={"family": _FONT, "size": _LARGE}, handlelength=1.2, columnspacing=1.6,
        )  # fmt: skip
