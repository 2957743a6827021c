"""Rows of a live view by itself, whatever happens to the cluster meanwhile: its memory, and how fast it answers."""

import time
from collections.abc import Iterator

from tests.bench.held import Held, holding
from tests.bench.measure import MIB, Bench, Latencies
from tests.bench.plan import Plan
from tests.bench.rows import Target, check
from tests.bench.table import Row

STATUS, PODS = "status", "pods"
ANSWER_MS = {STATUS: 100, PODS: 250}

#: Resident memory of the process, by the size of the cluster.
MEMORY_MIB, MEMORY_MIB_AT_FULL_SIZE = 120, 300
SETTLING_SECONDS = 3.0

ANSWER_PAUSE_SECONDS = 0.01


def resident_of_empty(bench: Bench, kubeconfig: str) -> int:
    """Return the resident memory of the same program over a cluster in which there is next to nothing."""
    with holding(bench, kubeconfig) as (held, _):
        time.sleep(SETTLING_SECONDS)
        resident: int = held.ask("resident")
        return resident


def rows(target: Target, empty_bytes: int) -> Iterator[Row]:
    """Yield the rows of a cluster at rest.

    Args:
        empty_bytes: resident memory of the same program over a cluster in which there is next to nothing.

    Raises: WrongCountError: the view counts something else than was filled in.
    """
    with holding(target.bench, target.kubeconfig) as (held, viewed):
        check(viewed["counts"], target.filled)
        many = f"{target.filled.deployments + 1:,} workloads"
        yield memory(target, held, empty_bytes, f"live view of {many}")
        quiet, demo = asked(target.plan, held), asked(target.plan, held, is_demo=True)
        yield from answer_rows(f"{many}, quiet", quiet, "the same of the demo cluster", demo)


def memory(target: Target, held: Held, empty_bytes: int, what: str = "live view") -> Row:
    """Return the row of the resident memory, once it has settled."""
    time.sleep(SETTLING_SECONDS)
    resident = held.ask("resident")
    return Row(
        f"resident memory with the {what}",
        f"{resident / MIB:.1f} MiB",
        f"of an empty cluster {empty_bytes / MIB:.1f} MiB",
        resident / empty_bytes,
        resident / MIB,
        MEMORY_MIB if target.plan.is_medium else MEMORY_MIB_AT_FULL_SIZE,
        " MiB",
        f"({(resident - empty_bytes) / target.filled.pods:,.0f} bytes a pod)",
    )


def asked(plan: Plan, held: Held, *, is_demo: bool = False) -> dict[str, Latencies]:
    """Ask for each answer as often as planned; return how long each took."""
    taken = held.ask("answers", texts=[STATUS, PODS], count=plan.answers, pause=ANSWER_PAUSE_SECONDS, is_demo=is_demo)
    return {text: Latencies(seconds) for text, seconds in taken.items()}


def answer_rows(
    state: str, asked: dict[str, Latencies], reference: str, others: dict[str, Latencies], note: str = ""
) -> Iterator[Row]:
    """Yield a row for each answer, judged by its slowest in a hundred."""
    for text, latencies in asked.items():
        p99, other = latencies.quantile(0.99), others[text].quantile(0.99)
        yield Row(
            f"`{text}` from the live view, {state}",
            str(latencies),
            f"{reference}, p99 {other * 1000:.1f} ms",
            p99 / other,
            p99 * 1000,
            ANSWER_MS[text],
            " ms",
            note,
        )
