"""What is measured against a filled API server, one function per row of the table; knows the budgets."""

import itertools
import json
import shutil
from dataclasses import dataclass
from typing import Any

from tests.bench.measure import ROOT, Bench, Durations, Run
from tests.bench.plan import FULL_NODES, FULL_PODS, Plan
from tests.bench.table import Row, compared
from tests.integration.load import Filled

#: Turns of read and download: at least so many; a small cluster gives short and so noisy ones, and gets more.
READS = 5

FIRST_READ = 1.5
FIRST_READ_AT_FULL_SIZE = 1.3
COMMAND_LINE = 2.5
MEMORY_MIB = 120
MEMORY_MIB_AT_FULL_SIZE = 300

#: Of as many pods and templates as the issue names; fewer pods, and as few templates, get as much less time.
JUDGED_PODS, JUDGED_TEMPLATES = 150_000, 40_000
JUDGING_SECONDS = 8.0
JUDGING = 0.2

STATUS = ("-m", "bot", "ask", "status")
DEMO = ROOT / "bot" / "data" / "demo.json"
LIBRARIES = "import pydantic_settings, msgspec"

# kubernetes.io "Check whether dockershim removal affects you", section "Find docker.sock"; read 2026-11-22.
_ONE_LINER = (
    "kubectl get pods --all-namespaces -o=jsonpath='"
    r'{range .items[*]}{"\n"}{.metadata.namespace}{":\t"}{.metadata.name}{":\t"}'
    r"""{range .spec.volumes[*]}{.hostPath.path}{", "}{end}{end}' | sort | grep '/var/run/docker.sock'"""
)


class WrongCountError(Exception):
    """The program saw another cluster than the one that was filled in."""


@dataclass(frozen=True)
class Target:
    """A filled API server, the kubeconfig that logs in to it as the shipped ServiceAccount, and how much to measure."""

    bench: Bench
    kubeconfig: str
    filled: Filled
    plan: Plan

    def worker(self, task: str, *arguments: str) -> tuple[dict[str, Any], Run]:
        """Run a task of ``tests.bench.worker``; return its result and its process."""
        run = self.bench.python("-m", "tests.bench.worker", task, self.kubeconfig, *arguments)
        result: dict[str, Any] = json.loads(run.out)
        return result, run


@dataclass(frozen=True)
class FirstRead:
    """The first full reads and the bare downloads they took turns with, how much that was, and what was counted."""

    reads: Durations
    downloads: Durations
    requests: int
    size_bytes: int
    counts: dict[str, int]

    def row(self, plan: Plan) -> Row:
        """Return the row of the table."""
        budget = FIRST_READ_AT_FULL_SIZE if plan.is_full else FIRST_READ
        note = "" if plan.is_full else f"(at {FULL_NODES:,} nodes and {FULL_PODS:,} pods: {FIRST_READ_AT_FULL_SIZE})"
        return compared("first full read", self.reads, "bare download", self.downloads, budget, note)


def first_read(target: Target) -> FirstRead:
    """Measure reading and judging the whole cluster, from login to view, against downloading the same pages.

    Raises: WrongCountError: a read counted something else than was filled in.
    """
    target.worker("read")  # once unmeasured: byte code gets written, and the caches of server and system are warm
    orders = itertools.cycle((("download", "read"), ("read", "download")))
    turns: list[dict[str, dict[str, Any]]] = []
    spent = 0.0
    while len(turns) < READS or (len(turns) < target.plan.most_reads and spent < target.plan.reading_seconds):
        turn = {task: target.worker(task)[0] for task in next(orders)}
        check(turn["read"]["counts"], target.filled)
        spent += sum(result["seconds"] for result in turn.values())
        turns.append(turn)
    return FirstRead(
        reads=Durations([turn["read"]["seconds"] for turn in turns]),
        downloads=Durations([turn["download"]["seconds"] for turn in turns]),
        requests=turns[-1]["download"]["requests"],
        size_bytes=turns[-1]["download"]["bytes"],
        counts=turns[-1]["read"]["counts"],
    )


def templates_of(pods: int) -> int:
    """Return of how many templates so many pods are made: judging a pod is then as much work as at full size."""
    return max(1, round(pods * JUDGED_TEMPLATES / JUDGED_PODS))


def judging(target: Target) -> tuple[Row, Row, Row]:
    """Measure judging what was read, against its budget of CPU time and against downloading the same pages.

    What comes before it is a row of its own, and has no budget but that of the first read.

    Raises: WrongCountError: a read counted something else than was filled in.
    """
    target.worker("judge")  # once unmeasured, as above
    results: list[dict[str, Any]] = []
    spent = 0.0
    while len(results) < READS or (len(results) < target.plan.most_reads and spent < target.plan.reading_seconds):
        result = target.worker("judge")[0]
        check(result["counts"], target.filled)
        if result["templates"] != target.filled.deployments:
            raise WrongCountError(f"{result['templates']} templates of {target.filled.deployments} Deployments")
        spent += result["downloading"] + result["slimming"] + result["judging"]
        results.append(result)
    pods, templates = target.filled.pods, target.filled.deployments
    judged = Durations([result["judging"] for result in results])
    slimmed = Durations([result["slimming"] for result in results])
    what = f"{pods:,} pods of {templates:,} templates judged"
    cpu = Row(
        f"{what}, CPU",
        str(judged),
        value=judged.median,
        budget=JUDGING_SECONDS * pods / JUDGED_PODS,
        unit=" s",
        note=f"({judged.median / pods * 1e6:.1f} us a pod)",
    )
    downloads = Durations([result["downloading"] for result in results])
    reference = "download of the same pages"
    made = Row(
        "slim objects made of them, CPU", str(slimmed), f"{reference} {downloads}", slimmed.median / downloads.median
    )
    return made, cpu, compared(what, judged, reference, downloads, JUDGING)


def memory(target: Target) -> Row:
    """Measure the peak of the command a person would run; the highest of a few runs."""
    command = (*STATUS, "--kubeconfig", target.kubeconfig)
    peak = max(target.bench.python(*command).peak_mib for _ in range(target.plan.peaks))
    is_medium = target.plan.is_medium
    return Row(
        "peak memory of `unshim ask status`",
        f"{peak:.1f} MiB",
        value=peak,
        budget=MEMORY_MIB if is_medium else MEMORY_MIB_AT_FULL_SIZE,
        unit=" MiB",
        is_binding=is_medium,
        note="" if is_medium else "(not binding at this size)",
    )


def command_line(bench: Bench, starts: int) -> Row:
    """Measure the whole life of the program for an answer from the demo, against importing two of its libraries."""
    what = "`unshim ask status --demo`, whole process"
    if not DEMO.exists():
        return Row(what, note="skipped: there is no bot/data/demo.json")

    def turn() -> tuple[float, float]:
        return bench.python(*STATUS, "--demo").seconds, bench.python("-c", LIBRARIES).seconds

    turn()  # once unmeasured, as above
    ours, theirs = (Durations(seconds) for seconds in zip(*(turn() for _ in range(starts)), strict=True))
    return compared(what, ours, LIBRARIES, theirs, COMMAND_LINE)


def official_client(target: Target, first: FirstRead) -> Row:
    """Measure, for scale, the official client's typed list of the pods alone, once."""
    result, process = target.worker("typed")
    if result["pods"] != target.filled.pods:
        raise WrongCountError(f"the official client counted {result['pods']} of {target.filled.pods} pods")
    seconds = result["seconds"]
    return _for_scale("official client, typed list of pods", seconds, process, first)


def one_liner(target: Target, first: FirstRead) -> Row:
    """Measure, for scale, the shell one-liner of the Kubernetes documentation, once."""
    what = "shell one-liner of kubernetes.io"
    if shutil.which("kubectl") is None:
        return Row(what, note="skipped: there is no kubectl")
    process = target.bench.run(["sh", "-c", _ONE_LINER], {"KUBECONFIG": target.kubeconfig})
    found = len(process.out.splitlines())
    if found != target.filled.socket_pods:
        raise WrongCountError(f"the one-liner found {found} of {target.filled.socket_pods} pods with the socket")
    return _for_scale(what, process.seconds, process, first)


def _for_scale(what: str, seconds: float, process: Run, first: FirstRead) -> Row:
    measured = f"{seconds:.1f} s, {process.peak_mib:.0f} MiB"
    return Row(what, measured, f"first full read {first.reads.median:.3f} s", seconds / first.reads.median)


def check(counts: dict[str, int], filled: Filled) -> None:
    """Compare what was counted with what was filled in. Raises: WrongCountError."""
    expected = {
        "nodes": filled.nodes,
        "nodes on Docker": filled.docker_nodes,
        "workloads": filled.deployments + 1,  # the bot's own Deployment is in deploy/base, without a pod
        "pods": filled.pods,
        "workloads at risk": filled.socket_deployments,
        "pods exposed": filled.exposed_pods,
        "gaps": 0,
    }
    if counts != expected:
        raise WrongCountError(f"the program counted wrong:\n  {counts}, where there are\n  {expected}")
