"""A watched cluster under churn and faults: what the view claims meanwhile, and whether it is right afterwards. ::

    python -m tests.integration.soak --minutes 30 --rate 500 --kills 10 --cuts 100

A beacon is a node and a pod in which a number is written about twice a second; when the API server has acknowledged a
number, a view that says its kind is of a later moment must show it, or a newer one. Real parts: kube-apiserver and etcd
with fast compaction, login as the shipped ServiceAccount, a TCP proxy between them and the program.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3

from tests.bench.held import Held, ending
from tests.bench.measure import Bench
from tests.factories import make_node, make_pod
from tests.integration.apiserver import MERGE_PATCH, ApiError, ApiServer
from tests.integration.churn import Churn, Report
from tests.integration.dockerfile import image_env
from tests.integration.proxy import Proxy
from tests.integration.soaked import BEACON

BASE = Path(__file__).parents[2] / "deploy" / "base"
BINDING = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/unshim-reader"

#: What an API server may take from acknowledging a change to sending it to those who watch, busy as it is here.
DISPATCH_SECONDS = 1.0

#: So many numbers of a beacon are remembered, half an hour of them; and no view may be so old, in seconds.
REMEMBERED, OLDEST = 3600, 180.0

#: For so long a permission is gone, and an API server dead.
WITHDRAWN_SECONDS, DEAD_SECONDS = 20.0, 2.0


@dataclass
class Plan:
    """How long, and what goes wrong how often; it is spread evenly, in an order that the seed decides."""

    seconds: float
    rate: float = 500.0
    kills: int = 1
    cuts: int = 4
    withdrawals: int = 1
    half_opens: int = 1
    nodes: int = 50
    pods: int = 1500
    warm_seconds: float = 20.0
    seed: int = 1
    log: Path | None = None


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        claims: views looked at; false: what they claimed and did not know.
        oldest: the greatest age of a view, in seconds.
        partial, overdue: views that said so.
        memory: MiB of resident memory of the program once warm, and at the end.
        changes: what the churn did.
    """

    claims: int = 0
    false: list[str] = field(default_factory=list)
    oldest: float = 0.0
    partial: int = 0
    overdue: int = 0
    memory: tuple[float, float] = (0.0, 0.0)
    changes: Report | None = None
    settled_seconds: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)


class Beacon:
    """Writes numbers into a node and a pod, and knows which were acknowledged when."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._stop = threading.Event()
        self._acknowledged = {kind: deque[tuple[float, int]](maxlen=REMEMBERED) for kind in ("nodes", "pods")}
        server.create(make_node(BEACON, os_image="0"))
        server.create(make_pod(BEACON, namespace=BEACON, labels={"team": "0"}))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.5):
            number += 1
            self._write(
                "nodes", f"/api/v1/nodes/{BEACON}/status", {"status": {"nodeInfo": {"osImage": str(number)}}}, number
            )
            path = f"/api/v1/namespaces/{BEACON}/pods/{BEACON}"
            self._write("pods", path, {"metadata": {"labels": {"team": str(number)}}}, number)

    def _write(self, kind: str, path: str, patch: dict[str, object], number: int) -> None:
        with suppress(ApiError, urllib3.exceptions.HTTPError, OSError):
            self._server.request("PATCH", path, patch, content_type=MERGE_PATCH)
            self._acknowledged[kind].append((time.time(), number))

    def false_claims(self, seen: dict[str, Any]) -> list[str]:
        """Return what a view claims to be later than, and does not show (`tests.integration.soaked`)."""
        told = []
        for kind, heard in seen["heard"].items():
            number, until = seen[kind], heard - DISPATCH_SECONDS
            before = next((n for at, n in reversed(self._acknowledged[kind].copy()) if at < until), None)
            if before is not None and (number is None or number < before):
                at = datetime.fromtimestamp(heard, UTC)
                told.append(f"{kind} as of {at}: shows {number}, {before} was acknowledged before that")
        return told


def soak(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Run a plan; the caller looks at what came of it.

    Raises: MeasureError: the view does not come to what a fresh read gives, or the program ended.
    """
    outcome, random_ = Outcome(), random.Random(plan.seed)
    with tempfile.TemporaryDirectory() as folder, ApiServer(["--etcd-compaction-interval=30s"]) as server:
        server.apply_manifest(BASE)
        server.fill(plan.nodes, plan.pods)
        token = server.service_account_token("unshim", "unshim")
        beacon = Beacon(server)
        bench = Bench(Path(folder))
        with Proxy(server.port) as proxy, Churn(server, plan.rate, plan.seed) as churn:
            config = server.kubeconfig(Path(folder) / "config", token, port=proxy.port)
            log = plan.log or Path(folder) / "log"
            process = bench.start("-m", "tests.integration.soaked", str(config), log=log, env=image_env())
            with ending(process):
                look = _Looking(Held(process, log), beacon, outcome)
                time.sleep(plan.warm_seconds)
                first = look.ask("memory")
                say(f"warm: {_told(first)}")
                with _telling(look, say):
                    _go_wrong(plan, random_, server, proxy, say)
                proxy.heal()
                look.ask("whole", seconds=90.0)
                last = look.ask("memory")  # before the fresh read below, which has a second cluster in it
                outcome.changes = churn.stop()
                beacon.stop()
                say(f"at the end: {_told(last)}")
                outcome.memory = (first["resident"], last["resident"])
                ended = time.monotonic()
                look.ask("settle", seconds=90.0)
                outcome.settled_seconds = time.monotonic() - ended
                look.stop()
                outcome.metrics = look.ask("counted")
    return outcome


def _go_wrong(plan: Plan, random_: random.Random, server: ApiServer, proxy: Proxy, say: Callable[[str], None]) -> None:
    def kill() -> None:
        server.kill()
        time.sleep(DEAD_SECONDS)
        server.start()

    def withdraw() -> None:
        binding = server.request("GET", BINDING)
        server.request("DELETE", BINDING)
        proxy.cut()  # who watches already is not asked again
        time.sleep(WITHDRAWN_SECONDS)
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        server.request("POST", BINDING.rpartition("/")[0], binding)

    faults = {
        "kill": (kill, plan.kills),
        "cut": (lambda: proxy.cut(one=random_.random() < 0.7, reset=random_.random() < 0.5), plan.cuts),
        "half open": (proxy.half_open, plan.half_opens),
        "withdraw": (withdraw, plan.withdrawals),
    }
    order = [(name, fault) for name, (fault, times) in faults.items() for _ in range(times)]
    random_.shuffle(order)
    began = time.monotonic()
    for number, (name, fault) in enumerate(order):
        due = began + plan.seconds * (number + 0.5) / len(order)
        time.sleep(max(due - time.monotonic(), 0.0))
        say(f"{time.monotonic() - began:7.1f} s: {name}")
        fault()
    time.sleep(max(began + plan.seconds - time.monotonic(), 0.0))


class _Looking:
    """Asks every second what the views since claimed; whoever else has an order gives it through this."""

    def __init__(self, held: Held, beacon: Beacon, outcome: Outcome) -> None:
        self._held, self._beacon, self._outcome = held, beacon, outcome
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ask(self, do: str, **arguments: Any) -> Any:
        """Give an order and return its result, as `Held` does."""
        with self._lock:
            return self._held.ask(do, **arguments)

    def stop(self) -> None:
        """Look a last time."""
        self._stop.set()
        self._thread.join(30)
        self._look()

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            self._look()

    def _look(self) -> None:
        outcome = self._outcome
        outcome.oldest = max(outcome.oldest, self.ask("age"))
        for seen in self.ask("seen"):
            outcome.claims += 1
            outcome.false += self._beacon.false_claims(seen)
            outcome.partial += seen["is_partial"]
            outcome.overdue += seen["is_overdue"]


def _told(memory: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:,.1f}" if isinstance(value, float) else f"{name} {value:,}" for name, value in memory.items()
    )


@contextmanager
def _telling(look: _Looking, say: Callable[[str], None], seconds: float = 30.0) -> Iterator[None]:
    """Say now and then what memory there is."""
    began, stop = time.monotonic(), threading.Event()

    def run() -> None:
        while not stop.wait(seconds):
            say(f"{time.monotonic() - began:7.1f} s: {_told(look.ask('memory'))}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def main() -> int:
    """Run as told by the command line; 1: a view claimed too much or was too old, or memory grew by a tenth."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.soak", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=2.0)
    for name, value in (("rate", 500), ("kills", 1), ("cuts", 10), ("withdrawals", 1), ("half-opens", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--pods", type=int, default=15_000)
    parser.add_argument("--log", type=Path, help="where the program's log goes")
    given = parser.parse_args()
    plan = Plan(
        given.minutes * 60,
        given.rate,
        given.kills,
        given.cuts,
        given.withdrawals,
        given.half_opens,
        given.nodes,
        given.pods,
        warm_seconds=60.0,
        log=given.log,
    )
    outcome = soak(plan, lambda text: print(text, flush=True))  # noqa: T201
    first, last = outcome.memory
    print(  # noqa: T201
        f"churn: {outcome.changes}\n"
        f"views looked at: {outcome.claims}, of which partial {outcome.partial}, overdue {outcome.overdue}; "
        f"oldest {outcome.oldest:.1f} s\n"
        f"claimed more than was known: {len(outcome.false)} {outcome.false[:3]}\n"
        f"equal to a fresh read, object by object, {outcome.settled_seconds:.1f} s after the end\n"
        f"memory: {first:.1f} MiB once warm, {last:.1f} MiB at the end ({(last / first - 1) * 100:+.1f} %)\n"
        f"{outcome.metrics}"
    )
    is_bad = bool(outcome.false) or not outcome.claims or outcome.oldest > OLDEST or last > first * 1.1
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
