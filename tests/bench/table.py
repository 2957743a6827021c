"""Measurements as rows of plain text, each judged by its budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from tests.bench.measure import Durations

_HEAD = ("what", "measured", "reference", "ratio", "budget", "of budget", "")


@dataclass(frozen=True)
class Row:
    """One measurement.

    Args:
        ratio: of what was measured to the reference.
        value: what the budget is for: the ratio to the reference, or MiB; None when nothing is judged.
        budget: the most that ``value`` may be, or the least.
        is_least: whether it is the least.
        note: what else to know about the budget, or why a row is empty.
        is_binding: whether exceeding the budget fails the run.
    """

    what: str
    measured: str = "-"
    reference: str = "-"
    ratio: float | None = None
    value: float | None = None
    budget: float | None = None
    unit: str = ""
    note: str = ""
    is_binding: bool = True
    is_least: bool = False

    @property
    def used(self) -> float | None:
        """How much of the budget is used: above 1 it is exceeded. None when nothing is judged."""
        if self.value is None or self.budget is None:
            return None
        above, below = (self.budget, self.value) if self.is_least else (self.value, self.budget)
        return above / below if below else (inf if above else 0.0)

    def is_failed(self, tolerance: float) -> bool:
        """Whether a binding budget is exceeded by more than the factor."""
        return self.used is not None and self.is_binding and self.used > tolerance

    def cells(self, tolerance: float) -> tuple[str, ...]:
        """Return the row's texts, in the order of the table's head."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        budget = "-" if self.budget is None else f"{'>=' if self.is_least else '<='} {self.budget:,g}{self.unit}"
        return (
            self.what,
            self.measured,
            self.reference,
            ratio,
            budget,
            "-" if self.used is None else f"{self.used:.2f}",
            f"{self._verdict(tolerance)} {self.note}".strip(),
        )

    def _verdict(self, tolerance: float) -> str:
        if self.used is None:
            return ""
        if self.used <= 1:
            return "ok"
        return "OVER" if self.is_failed(tolerance) or not self.is_binding else f"OVER, within tolerance {tolerance:g}"


def compared(
    what: str, measured: Durations, reference: str, reference_measured: Durations, budget: float, note: str = ""
) -> Row:
    """Return a row judged by the ratio of the medians."""
    ratio = measured.median / reference_measured.median
    return Row(
        what, str(measured), f"{reference} {reference_measured}", ratio=ratio, value=ratio, budget=budget, note=note
    )


def to_text(rows: Sequence[Row], tolerance: float) -> str:
    """Return the table, columns aligned."""
    lines = [_HEAD, *(row.cells(tolerance) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )
