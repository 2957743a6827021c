"""The budgets of the program (DESIGN, section 5), against a real API server: ``make bench``.

Each thing runs in fresh processes, beside a reference of the same run, so a slow or busy machine slows both.
Exit codes: 1 a budget is exceeded or the program counted wrong; 2 there is no API server to measure against.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench import held_rows, live_rows, rows
from tests.bench.measure import ROOT, Bench, MeasureError
from tests.bench.plan import FULL, MEDIUM, SHORT, Plan
from tests.bench.stream import Audit
from tests.bench.table import Row, to_text
from tests.integration.apiserver import ASSETS, ApiServer


def main(argv: Sequence[str]) -> int:
    """Measure, print the table and return the exit code."""
    arguments = _parse(argv)
    if not os.environ.get(ASSETS):
        _log(f"{ASSETS} is not set: it must name a folder with kube-apiserver and etcd to measure against.")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the API server is ended and cleaned up, too
    plan = _plan(arguments)
    size = f"{plan.nodes:,} nodes, {plan.pods:,} pods"
    _print(
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}: {size}"
    )
    table = []
    try:
        for row in _rows(plan, set(arguments.only or PARTS)):
            _log("  ".join(row.cells(arguments.tolerance)).rstrip())
            table.append(row)
    except (MeasureError, rows.WrongCountError) as error:
        _log(str(error))
        _print(to_text(table, arguments.tolerance))
        return 1
    except RuntimeError as error:  # of the API server: it could not be started or filled
        _log(str(error))
        return 2
    _print(to_text(table, arguments.tolerance))
    return 1 if any(row.is_failed(arguments.tolerance) for row in table) else 0


#: What --only chooses among: reading once, the live view, and judging, with the comparisons, in another cluster.
PARTS = ("read", "live", "judge")


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", allow_abbrev=False)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="5,000 nodes and 150,000 pods, with all comparisons")
    size.add_argument("--short", action="store_true", help="100 nodes and 3,000 pods, and less of everything")
    parser.add_argument("--nodes", type=_positive)
    parser.add_argument("--pods", type=_positive)
    parser.add_argument("--tolerance", type=float, default=1.0, help="factor by which a budget may be exceeded")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the others; may be given again")
    parser.add_argument("--one-liner", action="store_true", help="compare with the documentation's shell one-liner")
    return parser.parse_args(argv)


def _plan(arguments: argparse.Namespace) -> Plan:
    plan = FULL if arguments.full else SHORT if arguments.short else MEDIUM
    return replace(
        plan,
        nodes=arguments.nodes or plan.nodes,
        pods=arguments.pods or plan.pods,
        one_liner=plan.one_liner or arguments.one_liner,
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _rows(plan: Plan, wanted: set[str]) -> Iterator[Row]:
    first = None
    if wanted & {"read", "live"}:
        first = yield from _cluster(plan, wanted)
    if "judge" in wanted:
        yield from _judge(plan, first)


def _cluster(plan: Plan, wanted: set[str]) -> Generator[Row, None, rows.FirstRead | None]:
    """Measure reading a cluster, once and then living; return the first reads."""
    with tempfile.TemporaryDirectory(prefix="unshim-bench-") as name:
        folder = Path(name)
        audit = Audit(folder, live_rows.WATCHED_USER)
        with ApiServer(audit.flags) as server:
            server.apply_manifest(ROOT / "deploy" / "base")
            token = server.service_account_token("unshim", "unshim")
            bench, kubeconfig = Bench(folder), str(server.kubeconfig(folder / "kubeconfig", token))
            empty = held_rows.resident_of_empty(bench, kubeconfig) if "live" in wanted else 0
            target = _fill(server, bench, kubeconfig, plan)
            first = None
            if "read" in wanted:
                first = rows.first_read(target)
                _tell(first)
                yield first.row(plan)
                yield rows.memory(target)
                yield rows.command_line(target.bench, plan.starts)
            if "live" in wanted:  # at last: it changes what was filled in
                yield from live_rows.rows(live_rows.Live(target, server, audit, empty, first))
            return first


def _judge(plan: Plan, first: rows.FirstRead | None) -> Iterator[Row]:
    """Measure judging in a cluster of many templates; there others list the pods, too."""
    with tempfile.TemporaryDirectory(prefix="unshim-bench-") as name, ApiServer() as server:
        folder = Path(name)
        server.apply_manifest(ROOT / "deploy" / "base")
        token = server.service_account_token("unshim", "unshim")
        kubeconfig = str(server.kubeconfig(folder / "kubeconfig", token))
        empty = held_rows.resident_of_empty(Bench(folder), kubeconfig)
        target = _fill(server, Bench(folder), kubeconfig, plan, rows.templates_of(plan.pods))
        yield from rows.judging(target)
        yield from held_rows.rows(target, empty)
        if first is not None and plan.compares:
            yield rows.official_client(target, first)
        if first is not None and plan.one_liner:
            yield rows.one_liner(target, first)


def _fill(server: ApiServer, bench: Bench, kubeconfig: str, plan: Plan, deployments: int | None = None) -> rows.Target:
    _log(f"filling the API server with {plan.nodes:,} nodes and {plan.pods:,} pods")
    return rows.Target(bench, kubeconfig, server.fill(plan.nodes, plan.pods, deployments), plan)


def _tell(first: rows.FirstRead) -> None:
    _print(f"{first.size_bytes / 1e6:,.1f} MB of JSON in {first.requests} requests")
    _print(
        f"counted right in each of {len(first.reads.seconds)} reads: "
        + ", ".join(f"{n:,} {what}" for what, n in first.counts.items())
    )


def _print(text: str) -> None:
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()


def _log(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
