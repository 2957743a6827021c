"""Asks every labelled question of the demo cluster (``make answers``): accuracy by language and kind, what is taken
for what, how long it takes. All but those about exceptions are written by people who had not seen the
phrases the model learns from.
"""

import statistics
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import Source, build, load_settings
from bot.core.questions import KINDS
from bot.core.understand import Understood
from bot.render.data import question_data

HERE = Path(__file__).parent

#: Share of the questions of each language and of each kind that must be understood.
WANTED = 0.95

#: Most milliseconds that half of the questions may take; the slowest say more of the machine than of the program.
MOST_MS = 20.0


@dataclass(frozen=True)
class Labelled:
    """A question and the readings that are right: the kind, and the parameters that matter."""

    text: str
    language: str
    readings: tuple[Mapping[str, Any], ...]

    @property
    def kind(self) -> str:
        """The kind that is wanted first."""
        return str(self.readings[0]["kind"])


@dataclass(frozen=True)
class Pair:
    """Two questions of one thread. ``got``: what the second was understood as; ``wanted``: what it means."""

    first: str
    then: str
    got: Mapping[str, Any]
    wanted: Mapping[str, Any]

    @property
    def is_right(self) -> bool:
        """Whether that was found."""
        return fits(self.got, self.wanted)


@dataclass(frozen=True)
class Result:
    """What became of a labelled question. ``seconds``: time to understand it."""

    asked: Labelled
    understood: Understood
    seconds: float

    @property
    def got(self) -> dict[str, Any]:
        """The question that was understood."""
        return question_data(self.understood.question)

    @property
    def is_right(self) -> bool:
        """Whether one of the right readings was found."""
        return any(fits(self.got, reading) for reading in self.asked.readings)


def fits(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a question has every wanted parameter; lists compare as sets."""
    return all(_equal(got.get(name), value) for name, value in wanted.items())


def _equal(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(got, list) and set(got) == set(wanted)
    if isinstance(wanted, str) and wanted == "" and got is None:
        return True
    return bool(got == wanted)


def labelled() -> Iterator[Labelled]:
    """Yield every labelled question."""
    for path in sorted(HERE.glob("[ek][no]_*.toml")):
        for item in tomllib.loads(path.read_text(encoding="utf-8"))["question"]:
            first = {"kind": item["kind"], **item.get("want", {})}
            yield Labelled(item["q"], path.name[:2], (first, *item.get("also", ())))


def results() -> list[Result]:
    """Ask everything, each question like a fresh conversation."""
    app = build(load_settings(), Source(is_demo=True))
    app.understanding.read("warm up the model", app.service.names)
    found = []
    for asked in labelled():
        started = time.perf_counter()
        understood = app.understanding.read(asked.text, app.service.names)
        found.append(Result(asked, understood, time.perf_counter() - started))
    return found


def pairs() -> list[Pair]:
    """Ask every first question, and the second as what carries it on."""
    app = build(load_settings(), Source(is_demo=True))
    names, read = app.service.names, app.understanding.read
    return [
        Pair(
            item["first"],
            item["then"],
            question_data(read(item["then"], names, read(item["first"], names).question).question),
            {"kind": item["kind"], **item.get("want", {})},
        )
        for item in tomllib.loads((HERE / "follow_ups.toml").read_text(encoding="utf-8"))["pair"]
    ]


def shares(found: list[Result]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (right, all) by language and kind; ``all`` stands for every kind."""
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for result in found:
        counts[result.asked.language, result.asked.kind].append(result.is_right)
        counts[result.asked.language, "all"].append(result.is_right)
    return {key: (sum(rights), len(rights)) for key, rights in counts.items()}


def report(found: list[Result]) -> Iterator[str]:
    """Yield the lines of the report."""
    table = shares(found)
    yield f"{'kind':<14}{'English':>16}{'Korean':>16}"
    for kind in ("all", *(kind for kind in KINDS.values() if any(key[1] == kind for key in table))):
        cells = []
        for language in ("en", "ko"):
            right, total = table.get((language, kind), (0, 0))
            cells.append(f"{right}/{total} {right / total:.3f}" if total else "-")
        yield f"{kind:<14}{cells[0]:>16}{cells[1]:>16}"
    wrong = [result for result in found if not result.is_right]
    confused = Counter((_label(result.asked.readings[0]), _label(result.got)) for result in wrong)
    yield f"\n{len(wrong)} of {len(found)} taken for something else:"
    for (wanted, got), count in confused.most_common():
        yield f"  {count} x {wanted} -> {got}"
    if "-v" in sys.argv:
        for result in wrong:
            yield f"  {result.asked.text!r}: {result.asked.readings[0]} -> {result.got} {result.understood.readings}"
    seconds = sorted(result.seconds for result in found)
    yield (
        f"\nunderstood in {statistics.median(seconds) * 1000:.1f} ms (median), "
        f"{seconds[int(len(seconds) * 0.99)] * 1000:.1f} ms (p99)"
    )


def report_pairs(found: list[Pair]) -> Iterator[str]:
    """Yield what follow-ups were understood, and those that were not."""
    yield f"follow-ups {sum(pair.is_right for pair in found)}/{len(found)}"
    for pair in found:
        if not pair.is_right:
            yield f"  {pair.first!r}, then {pair.then!r}: {_label(pair.wanted)} -> {_label(pair.got)}"


def are_carried(found: list[Pair]) -> bool:
    """Whether enough follow-ups are understood."""
    return sum(pair.is_right for pair in found) >= WANTED * len(found)


def _label(reading: Mapping[str, Any]) -> str:
    return f"faq {reading.get('topic', '')}" if reading["kind"] == "faq" else str(reading["kind"])


def main() -> int:
    """Print the report; 1 where a language or a kind is below what is wanted, or understanding takes too long."""
    found, carried = results(), pairs()
    for line in (*report(found), *report_pairs(carried)):
        print(line)  # noqa: T201  a command's output
    is_slow = statistics.median(result.seconds for result in found) * 1000 > MOST_MS
    is_below = any(right < WANTED * total for right, total in shares(found).values())
    return int(is_slow or is_below or not are_carried(carried))


if __name__ == "__main__":
    sys.exit(main())
