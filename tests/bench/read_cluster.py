"""The budgets of reading a cluster (DESIGN, section 5), against a real API server: ``make bench``.

Each thing runs in fresh processes, beside a reference that takes turns with it, so a slow or busy machine slows both.
Exit codes: 1 a budget is exceeded or the program counted wrong; 2 there is no API server to measure against.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import rows
from tests.bench.measure import ROOT, Bench, MeasureError
from tests.bench.table import Row, to_text
from tests.integration.apiserver import ASSETS, ApiServer


def main(argv: Sequence[str]) -> int:
    """Measure, print the table and return the exit code."""
    arguments = _parse(argv)
    if not os.environ.get(ASSETS):
        _log(f"{ASSETS} is not set: it must name a folder with kube-apiserver and etcd to measure against.")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the API server is ended and cleaned up, too
    size = f"{arguments.nodes:,} nodes, {arguments.pods:,} pods"
    _print(
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}: {size}"
    )
    table = []
    try:
        for measure, deployments in ((_measure, None), (_judge, rows.templates_of(arguments.pods))):
            if arguments.only not in (None, measure.__name__.strip("_")):
                continue
            with tempfile.TemporaryDirectory(prefix="unshim-bench-") as folder, ApiServer() as server:
                for row in measure(_target(server, Path(folder), arguments, deployments), arguments):
                    _log(f"{row.what}: {row.measured}")
                    table.append(row)
    except (MeasureError, rows.WrongCountError) as error:
        _log(str(error))
        return 1
    except RuntimeError as error:  # of the API server: it could not be started or filled
        _log(str(error))
        return 2
    _print(to_text(table, arguments.tolerance))
    return 1 if any(row.is_failed(arguments.tolerance) for row in table) else 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.read_cluster", allow_abbrev=False)
    parser.add_argument("--nodes", type=_positive, default=rows.MEDIUM_NODES)
    parser.add_argument("--pods", type=_positive, default=rows.MEDIUM_PODS)
    parser.add_argument("--tolerance", type=float, default=1.0, help="factor by which a budget may be exceeded")
    parser.add_argument("--full", action="store_true", help="compare with the official client at any size")
    parser.add_argument("--only", choices=["measure", "judge"], help="leave out the other half, and its filling")
    parser.add_argument("--one-liner", action="store_true", help="compare with the documentation's shell one-liner")
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _target(server: ApiServer, folder: Path, arguments: argparse.Namespace, deployments: int | None) -> rows.Target:
    _log(f"filling the API server with {arguments.nodes:,} nodes and {arguments.pods:,} pods")
    filled = server.fill(arguments.nodes, arguments.pods, deployments)
    server.apply_manifest(ROOT / "deploy" / "base")
    kubeconfig = server.kubeconfig(folder / "kubeconfig", server.service_account_token("unshim", "unshim"))
    return rows.Target(Bench(folder), str(kubeconfig), filled)


def _measure(target: rows.Target, arguments: argparse.Namespace) -> Iterator[Row]:
    first = rows.first_read(target)
    _print(f"{first.size_bytes / 1e6:,.1f} MB of JSON in {first.requests} requests")
    _print(
        f"counted right in each of {len(first.reads.seconds)} reads: "
        + ", ".join(f"{n:,} {what}" for what, n in first.counts.items())
    )
    yield first.row
    yield rows.memory(target)
    yield rows.command_line(target.bench)
    if arguments.full or arguments.pods <= rows.MEDIUM_PODS:
        yield rows.official_client(target, first)
    if arguments.one_liner:
        yield rows.one_liner(target, first)


def _judge(target: rows.Target, _: argparse.Namespace) -> Iterator[Row]:
    yield from rows.judging(target)


def _print(text: str) -> None:
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()


def _log(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
