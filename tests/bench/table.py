"""Measurements as rows of plain text, each judged by its budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.measure import Durations

_HEAD = ("what", "measured", "reference", "ratio", "budget", "")


@dataclass(frozen=True)
class Row:
    """One measurement.

    Args:
        value: what the budget is for: the ratio to the reference, or MiB; None when nothing is judged.
        budget: the most that ``value`` may be.
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

    def is_failed(self, tolerance: float) -> bool:
        """Whether a binding budget is exceeded by more than the factor."""
        if self.value is None or self.budget is None or not self.is_binding:
            return False
        return self.value > self.budget * tolerance

    def cells(self, tolerance: float) -> tuple[str, ...]:
        """Return the row's texts, in the order of the table's head."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        budget = "-" if self.budget is None else f"<= {self.budget:g}{self.unit}"
        return (
            self.what,
            self.measured,
            self.reference,
            ratio,
            budget,
            f"{self._verdict(tolerance)} {self.note}".strip(),
        )

    def _verdict(self, tolerance: float) -> str:
        if self.value is None or self.budget is None:
            return ""
        if self.value <= self.budget:
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
