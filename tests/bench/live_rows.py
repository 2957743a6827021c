"""What is measured of the live view, one function for some rows of the table; knows their budgets."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests import factories
from tests.bench import stream
from tests.bench.held import ONE_WATCH_SECONDS, Held, holding
from tests.bench.held_rows import ANSWER_MS, answer_rows, asked, memory
from tests.bench.measure import Durations, Latencies
from tests.bench.plan import Plan
from tests.bench.rows import FIRST_READ, FIRST_READ_AT_FULL_SIZE, FirstRead, Target, check
from tests.bench.stream import Audit, BareWatch
from tests.bench.table import Row
from tests.bench.watcher import PROBE
from tests.integration import load
from tests.integration.apiserver import ApiServer
from tests.integration.churn import Churn
from tests.integration.watching import WatchProcess

FIX_SECONDS = 2.0
EVENTS_A_SECOND = 10_000
#: The fastest of so many counts: what else the machine does only makes it slower.
REPLAYS = 3

#: A program that does not keep up falls behind by as much of each second as it is too slow: a fortieth is seen here.
LAG_GROWTH = 0.025
PROBE_PAUSE_SECONDS = 0.2

#: What the load of a busy cluster is, and of one that is busier than any API server makes it.
CHURN_RATE, REPLAY_RATE = 500, 5_000
#: A stream is replayed for longer than all answers take.
REPLAYED_SECONDS_AN_ANSWER = 0.04

WATCHED_USER = "system:serviceaccount:unshim:unshim"
_WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class Live:
    """What the rows of the live view are measured with."""

    target: Target
    server: ApiServer
    audit: Audit
    empty_bytes: int
    first: FirstRead | None

    @property
    def plan(self) -> Plan:
        """How much to measure."""
        return self.target.plan

    def holding(self) -> Any:
        """Return a context: a fresh process with a live view of the filled cluster."""
        return holding(self.target.bench, self.target.kubeconfig)


def rows(live: Live) -> Iterator[Row]:
    """Yield all rows; what changes the cluster comes last.

    Raises: WrongCountError: the view counts something else than was filled in.
    """
    with live.holding() as (held, viewed):
        check(viewed["counts"], live.target.filled)
        yield memory(live.target, held, live.empty_bytes)
        yield _first_view(live, viewed["seconds"])
        began = datetime.now(UTC)
        started = time.monotonic()
        quiet = asked(live.plan, held)
        demo = asked(live.plan, held, is_demo=True)
        yield from answer_rows("quiet", quiet, "the same of the demo cluster", demo)
        time.sleep(max(0.0, live.plan.steady_seconds - (time.monotonic() - started)))
        yield from _steady(live, began, datetime.now(UTC))
    yield from _replays(live, quiet)
    yield from _busy(live, quiet)
    yield _fixes(live)


def _first_view(live: Live, seconds: float) -> Row:
    plan, first = live.plan, live.first
    downloads = first.downloads if first else Durations([live.target.worker("download")[0]["seconds"]])
    ratio = seconds / downloads.median
    return Row(
        "first live view, of lists that watches go on from",
        f"{seconds:.3f} s",
        f"bare download {downloads}",
        ratio,
        ratio,
        FIRST_READ_AT_FULL_SIZE if plan.is_full else FIRST_READ,
        note="(once)",
        is_binding=False,
    )


# What the API server is asked


def _steady(live: Live, began: datetime, ended: datetime) -> Iterator[Row]:
    """Judge what the API server was asked for in a while in which the bot answered, and nothing changed."""
    lists, gets, others, watches = 0, 0, 0, defaultdict(list)
    starts: dict[str, tuple[str, datetime]] = {}
    for entry in live.audit.entries():
        at, about = _moment(entry["stageTimestamp"]), entry.get("objectRef", {})
        kind = f"{about.get('apiGroup', '')}/{about.get('resource', '')}"
        if entry["verb"] == "watch":
            # ResponseStarted is of no use: kube-apiserver 1.20 logs it with the first event, or at the end.
            begun = _moment(entry["requestReceivedTimestamp"])
            starts[entry["auditID"]] = (kind, begun)
            if entry["stage"] == "ResponseComplete":
                del starts[entry["auditID"]]
                watches[kind].append((begun, at))
        elif entry["stage"] == "ResponseComplete" and began <= at <= ended:
            lists += entry["verb"] == "list"
            gets += entry["verb"] == "get" and "name" in about
            others += entry["verb"] != "list" and "name" not in about
    for kind, at in starts.values():
        watches[kind].append((at, ended))
    during = {
        kind: [(start, end) for start, end in found if start <= ended and end >= began]
        for kind, found in watches.items()
    }
    most = max((most_at_once(found) for found in during.values()), default=0)
    opened = sum(began <= start for found in during.values() for start, _ in found)
    seconds = (ended - began).total_seconds()
    yield Row(f"LISTs in {seconds:.0f} s of a steady cluster", str(lists), value=lists, budget=0)
    yield Row(
        "watches of a kind at once",
        str(most),
        f"{len([1 for found in during.values() if found])} kinds, {opened} watches opened",
        value=most,
        budget=1,
    )
    yield Row("GETs of single objects", str(gets), f"other requests {others}", value=gets, budget=0)


#: A watch that the server ended is logged as over a moment after the client saw it end, and opened the next.
_ENDING_SECONDS = 0.1


def most_at_once(watches: Sequence[tuple[datetime, datetime]]) -> int:
    """Return how many of some watches, given by beginning and end, were open at once at most."""
    return max(
        (
            sum(start <= moment and (end - moment).total_seconds() > _ENDING_SECONDS for start, end in watches)
            for moment, _ in watches
        ),
        default=0,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# A recorded stream


@dataclass(frozen=True)
class Replayed:
    """One replay: events, seconds, and CPU seconds of the whole program."""

    count: int
    seconds: float
    cpu: float


def _replays(live: Live, quiet: dict[str, Latencies]) -> Iterator[Row]:
    plan, bench, folder = live.plan, live.target.bench, live.target.bench.folder
    recorded = stream.record(live.server, live.target.filled, plan.lives)
    with WatchProcess() as other:
        version = stream.copy(live.server, other, folder)
        other.jump(version)
        kubeconfig = str(other.kubeconfig(folder / "replaying"))
        file = folder / "lines"
        count = stream.write(file, recorded, version, plan.replayed)
        with ThreadPoolExecutor(1) as reader:
            bare = reader.submit(
                lambda: Target(bench, kubeconfig, live.target.filled, plan).worker(
                    "lines", stream.PODS, str(version), str(count)
                )
            )
            other.wait_for_watches(stream.PODS, 1, _WAIT_SECONDS)
            other.replay(stream.PODS, file)
            split = bare.result()[0]
        while other.open_watches():
            time.sleep(0.05)
        with holding(bench, kubeconfig, ONE_WATCH_SECONDS) as (held, viewed):
            check(viewed["counts"], live.target.filled)
            other.wait_for_watches(stream.PODS, 1, _WAIT_SECONDS)
            rounds = []
            taken = held.ask("taken")
            for number in range(REPLAYS):
                if number:
                    version += count
                    stream.write(file, recorded, version, count)
                before, began = taken, time.monotonic()
                other.replay(stream.PODS, file)
                taken = held.ask("take", count=before["count"] + count, seconds=_WAIT_SECONDS)
                rounds.append(Replayed(count, taken["at"] - began, taken["cpu"] - before["cpu"]))
            yield _replay_row(rounds, taken["odd"], split)
            time.sleep(1.0)  # for the view of the last events
            check(held.ask("counts"), live.target.filled)
            long = int(REPLAY_RATE * plan.answers * len(ANSWER_MS) * REPLAYED_SECONDS_AN_ANSWER)
            total = taken["count"] + stream.write(file, recorded, version + count, long)
            other.replay(stream.PODS, file, REPLAY_RATE, wait=False)
            before = held.ask("take", count=taken["count"] + REPLAY_RATE, seconds=_WAIT_SECONDS)[
                "count"
            ]  # it is running
            started = time.monotonic()
            answers = asked(live.plan, held)
            after = held.ask("taken")
            rate = (after["count"] - before) / (time.monotonic() - started)
            is_over = after["count"] >= total
            note = f"({rate:,.0f} events a second came{'; it ended too early' if is_over else ''})"
            yield from answer_rows(f"{REPLAY_RATE:,} events/s replayed", answers, "quiet", quiet, note)


def _replay_row(rounds: Sequence[Replayed], odd: dict[str, int], split: dict[str, Any]) -> Row:
    rates = sorted(each.count / each.seconds for each in rounds)
    bare, size = split["lines"] / split["seconds"], split["bytes"] / split["lines"]
    cpu = statistics.median(each.cpu / each.count for each in rounds)
    return Row(
        "events of a recorded stream, decoded and applied",
        f"{rates[-1]:,.0f} a second, at least {rates[0]:,.0f}",
        f"only split into lines {bare:,.0f} a second",
        rates[-1] / bare,
        rates[-1],
        EVENTS_A_SECOND,
        " a second",
        f"({cpu * 1e6:.0f} us of CPU each, {size / 1000:.1f} kB{f'; odd: {odd}' if odd else ''})",
        is_least=True,
    )


# A busy API server


def _busy(live: Live, quiet: dict[str, Latencies]) -> Iterator[Row]:
    with live.holding() as (held, _):
        with Churn(live.server, CHURN_RATE, seed=1) as churn:
            time.sleep(2.0)
            before, started = held.ask("taken")["count"], time.monotonic()
            answers = asked(live.plan, held)
            rate = (held.ask("taken")["count"] - before) / (time.monotonic() - started)
            churn.stop()
        note = f"({rate:,.0f} events a second came)"
        yield from answer_rows(f"{CHURN_RATE} changes/s in the API server", answers, "quiet", quiet, note)
        yield from _pace(live, held)


def _pace(live: Live, held: Held) -> Iterator[Row]:
    """Keep the API server as busy as it can be, and see how long pods written meanwhile take to be in the view."""
    seconds = live.plan.pace_seconds
    written: dict[str, float] = {}
    before = held.ask("taken")["count"]
    with Churn(live.server, 1e6, seed=2) as churn:
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            name = f"{PROBE}{len(written)}"
            live.server.request("POST", "/api/v1/namespaces/default/pods", factories.make_pod(name))
            written[name] = time.monotonic()
            time.sleep(PROBE_PAUSE_SECONDS)
        came = held.ask("taken")["count"] - before
        took = time.monotonic() - began
        report = churn.stop()
    put = held.ask("probes", names=list(written), seconds=_WAIT_SECONDS)
    lags = [max(0.0, put[name] - at) for name, at in written.items()]
    quarter = max(1, len(lags) // 4)
    first, last = statistics.median(lags[:quarter]), statistics.median(lags[-quarter:])
    yield Row(
        "events taken in at the API server's own pace",
        f"{came / took:,.0f} a second",
        f"changes made {report.succeeded / report.seconds:,.0f} a second",
        (came / took) / (report.succeeded / report.seconds),
    )
    yield Row(
        f"growth of the lag over {seconds:.0f} s of that",
        f"{(last - first) * 1000:+.1f} ms",
        f"lag at first {first * 1000:.1f} ms, at last {last * 1000:.1f} ms",
        value=max(0.0, last - first) * 1000,
        budget=seconds * LAG_GROWTH * 1000,
        unit=" ms",
        note=f"(longest lag {max(lags) * 1000:.0f} ms of {len(lags)} pods)",
    )


# A fix


def _fixes(live: Live) -> Row:
    """Delete what is at risk last, again and again, and see how long the status takes to be clean."""
    server, chance = live.server, random.Random(1)
    load.mend(server, live.target.filled)
    seconds: list[float] = []
    bare: list[float] = []
    with live.holding() as (held, _), BareWatch(server, stream.DAEMONSETS) as watch:
        for number in range(live.plan.fixes):
            name = f"last-{number}"
            path = {factories.DOCKER_SOCKET: factories.DOCKER_SOCKET}
            # The status names namespaces.
            made = server.create(factories.make_daemonset(namespace=name, host_paths=path))
            held.ask("until", word=name, is_there=True, seconds=_WAIT_SECONDS)
            time.sleep(chance.uniform(0.0, 0.3))
            began = time.monotonic()
            server.delete(made)
            seconds.append(held.ask("until", word=name, is_there=False, seconds=_WAIT_SECONDS) - began)
            bare.append(_seen(watch, b'"DELETED"', name.encode()) - began)
    fixed, seen = Latencies(seconds), Latencies(bare)
    p99 = fixed.quantile(0.99)
    return Row(
        "a fix in the cluster, seen in the status",
        str(fixed),
        f"seen by a bare watch, p99 {seen.quantile(0.99) * 1000:.1f} ms",
        p99 / seen.quantile(0.99),
        p99,
        FIX_SECONDS,
        " s",
    )


def _seen(watch: BareWatch, *words: bytes) -> float:
    deadline = time.monotonic() + _WAIT_SECONDS
    while (at := watch.seen(*words)) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"a bare watch has not seen {words} in {_WAIT_SECONDS} s")
        time.sleep(0.005)
    return at
