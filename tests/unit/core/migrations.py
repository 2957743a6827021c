"""Simulated migrations, and how often the forecast's interval holds the day they end: for tests, and by itself.

``python -m tests.unit.core.migrations`` prints the figures that the docstring of bot.core.forecast tells.
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from bot.core.forecast import FAR_DAYS, forecast
from bot.core.history import Point
from bot.core.runtimes import Runtime

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
NODES = 400

#: When each migration is asked about, as a share of its time.
SHARES = (0.25, 0.4, 0.6, 0.8)

#: Migrations of each kind behind the published figures.
MIGRATIONS = 200


def point(day: float, on_docker: int, *, is_whole: bool = True, unknown: int = 0, exposed: int = 0) -> Point:
    runtimes = {Runtime.DOCKERSHIM: on_docker, Runtime.CONTAINERD: NODES - on_docker, Runtime.UNKNOWN: unknown}
    runtimes = {runtime: count for runtime, count in runtimes.items() if count}
    return Point(START + timedelta(days=day), is_whole, runtimes, exposed, 0, 0)


def series(values: Sequence[int], **options: bool) -> list[Point]:
    return [point(day, value, **options) for day, value in enumerate(values)]


Simulated = Callable[[random.Random], list[int]]


def _run(rng: random.Random, fall: Callable[[float], float]) -> list[int]:
    """Return a node count a day until it is zero, or two years have gone."""
    left = float(rng.randint(20, 200))
    top, values = left, [round(left)]
    while values[-1] > 0 and len(values) <= FAR_DAYS:
        left = min(left - fall(top), top)
        values.append(max(round(left), 0))
    return values


def linear(rng: random.Random) -> list[int]:
    days = rng.randint(40, 200)
    return _run(rng, lambda top: top / days * rng.uniform(0.2, 1.8))


def workdays(rng: random.Random) -> list[int]:
    days, today = rng.randint(40, 150), iter(range(rng.randrange(7), FAR_DAYS + 10))
    return _run(
        rng,
        lambda top: top / days * rng.uniform(0.5, 3) if next(today) % 7 < 5 and rng.random() < 0.8 else 0,
    )


def by_pool(rng: random.Random) -> list[int]:
    """Four to twelve pools, each at once, some twelve days apart."""
    pools = [rng.randint(3, 40) for _ in range(rng.randint(4, 12))]
    values = [sum(pools)] * rng.randint(1, 15)
    for pool in pools[:-1]:
        values += [values[-1] - pool] * max(round(rng.gammavariate(3, 4)), 1)
    return [*values, 0]


def stalls(rng: random.Random) -> list[int]:
    """Two weeks of work, two weeks of none, more or less."""
    days, state = rng.randint(30, 100), [True]

    def fall(top: float) -> float:
        if rng.random() < 1 / 14:
            state[0] = not state[0]
        return top / days * rng.uniform(0.3, 1.7) if state[0] else 0

    return _run(rng, fall)


def reversals(rng: random.Random) -> list[int]:
    """Every twenty days or so some nodes go back."""
    days = rng.randint(40, 120)
    return _run(
        rng,
        lambda top: top / days * (rng.uniform(0.2, 1.8) - (rng.uniform(2, 8) if rng.random() < 1 / 20 else 0)),
    )


#: The share of intervals that must hold the true day; less than what was measured, since tests look at fewer.
KINDS: dict[Simulated, float] = {linear: 0.95, workdays: 0.95, by_pool: 0.7, stalls: 0.65, reversals: 0.85}


@dataclass
class Tally:
    """What became of the intervals of one kind. ``widths``: of those with an end, by the time that was left."""

    asked: int = 0
    held: int = 0
    earlier: int = 0
    later: int = 0
    open_ended: int = 0
    widths: tuple[float, ...] = ()

    def __str__(self) -> str:
        rate = self.held / self.asked
        return (
            f"{self.held} of {self.asked} held the day ({rate:.2f}); it came earlier in {self.earlier}, later in "
            f"{self.later}; {self.open_ended} without an end; width by time left {median(self.widths):.2f}"
        )


def back_test(simulate: Simulated, migrations: int) -> Tally:
    """Return how the forecast fares on so many migrations of a kind."""
    rng, tally = random.Random(7), Tally()
    for _ in range(migrations):
        values = simulate(rng)
        for now in (int((len(values) - 1) * share) for share in SHARES):
            points = series(values[: now + 1])
            found = forecast(points, points[-1].day)
            if found.earliest is None or values[-1] > 0:
                continue
            true = (START + timedelta(days=len(values) - 1)).date()
            is_later = found.latest is not None and true > found.latest
            tally.asked += 1
            tally.earlier += true < found.earliest
            tally.later += is_later
            tally.held += found.earliest <= true and not is_later
            if found.latest is None:
                tally.open_ended += 1
            else:
                tally.widths += ((found.latest - found.earliest).days / (len(values) - 1 - now),)
    return tally


def main() -> None:
    """Print the figures of every kind and of all together."""
    tallies = {simulate.__name__: back_test(simulate, MIGRATIONS) for simulate in KINDS}
    for name, tally in tallies.items():
        sys.stdout.write(f"{name}: {tally}\n")
    held, asked = sum(t.held for t in tallies.values()), sum(t.asked for t in tallies.values())
    sys.stdout.write(f"all: {held} of {asked} held the day ({held / asked:.2f})\n")


if __name__ == "__main__":
    main()
