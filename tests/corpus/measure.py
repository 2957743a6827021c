"""Judges the labelled corpus (``make accuracy``): precision and recall, in all and by rule.

Beside it stand the re-stated rules of two other detectors on the same corpus.

What counts:

* *At risk* is decided for each workload: right when the program and the label agree on at risk (a ``blocker`` or
  ``degraded`` finding) or not. Precision is the share of those called at risk that are, recall the share of those at
  risk that were called so. Workloads that no label names count as not at risk.
* *A code* is decided for each workload and code: a hit is a labelled code whose worst finding has a labelled severity.
  A labelled code that is missing, or has another severity, is a miss. An unlabelled finding above ``info``, one of any
  severity that the label rules out (``never``), and a labelled code at another severity are false alarms. Codes the
  label leaves open (``may``), and unlabelled ``info``, count for nothing.
* *The socket rules* are the hits, misses and false alarms of three codes together.

A share of nothing is not 1: a rule that finds nothing has no precision, and where nothing is to be found no recall.

Two sets are judged: the cases that the rules were finished by (``cases/``), and those held out (``held_out/``);
``--held-out`` judges the second alone. Fails where the first set falls below 0.98 precision or recall on at risk, or
below 1.00 on the socket rules; the second is a figure to read, not a gate. ``--report`` only prints.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.rules import Severity
from bot.core.view import Workload
from tests.corpus.labelled import CODES, HELD_OUT, SOCKET_RULES, Case, Label, cases
from tests.corpus.others import host_path_substring, mount_path_substring, pod_specs
from tests.unit.clusters import table, view_of

#: Precision and recall wanted on at risk against not at risk, and of each rule.
WANTED = 0.98

NOTHING = Label(("none",), {})

#: Names of the other detectors' rules, as the tables show them.
OTHERS: Mapping[str, Callable[[dict[str, Any]], bool]] = {
    "hostPath contains docker.sock or dockershim.sock": host_path_substring,
    "mountPath contains docker.sock or dockershim.sock": mount_path_substring,
}


@dataclass(slots=True)
class Score:
    """Hits, false alarms and misses."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    def count(self, wanted: bool, got: bool) -> None:
        """Count one decision."""
        self.hits += wanted and got
        self.false_alarms += got and not wanted
        self.misses += wanted and not got

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right; None where nothing was found."""
        found = self.hits + self.false_alarms
        return self.hits / found if found else None

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found; None where nothing is there."""
        there = self.hits + self.misses
        return self.hits / there if there else None

    def reaches(self, wanted: float) -> bool:
        """Whether both are as good as wanted."""
        return (self.precision or 0) >= wanted and (self.recall or 0) >= wanted

    def __add__(self, other: "Score") -> "Score":
        return Score(self.hits + other.hits, self.false_alarms + other.false_alarms, self.misses + other.misses)


@dataclass(frozen=True, slots=True)
class Failure:
    """A workload that was judged otherwise than labelled; ``wanted`` and ``got`` are for people."""

    case: str
    workload: str
    wanted: str
    got: str


@dataclass(slots=True)
class Result:
    """What came of the corpus.

    ``at_risk`` and ``to_check``: by workload; a workload whose label leaves open whether it is to check is not in
    ``to_check``. ``codes``: by rule. ``others``: at risk, by the other detectors' names. ``positives`` and
    ``look_alikes``: labels by code.
    """

    at_risk: Score = field(default_factory=Score)
    to_check: Score = field(default_factory=Score)
    codes: dict[str, Score] = field(default_factory=lambda: {code: Score() for code in CODES})
    others: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in OTHERS})
    positives: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CODES, 0))
    look_alikes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CODES, 0))
    failures: list[Failure] = field(default_factory=list)
    cases: int = 0
    workloads: int = 0

    @property
    def sockets(self) -> Score:
        """The socket rules together."""
        return sum((self.codes[code] for code in SOCKET_RULES), Score())

    @property
    def is_good_enough(self) -> bool:
        """Whether the figures are met, also by each rule: few workloads hang on one rule alone."""
        codes = (score for code, score in self.codes.items() if self.positives[code])
        return (
            self.at_risk.reaches(WANTED) and self.sockets.reaches(1.0) and all(score.reaches(WANTED) for score in codes)
        )

    def add(self, case: str, workload: str, label: Label, got: Mapping[str, Severity]) -> None:
        """Count one workload. ``got``: the worst severity found by code."""
        self.workloads += 1
        wanted_risk, got_risk = label.is_at_risk, any(severity.is_at_risk for severity in got.values())
        self.at_risk.count(wanted_risk, got_risk)
        is_right = wanted_risk == got_risk
        if len(label.risks) == 1:
            is_to_check = not got_risk and Severity.REVIEW in got.values()
            self.to_check.count(label.risks == ("check",), is_to_check)
        for code in sorted({*label.findings, *got}):
            is_hit, is_alarm = _judged(label, code, got.get(code))
            score = self.codes.setdefault(code, Score())
            score.count(code in label.findings, is_hit)
            score.false_alarms += is_alarm
            is_right &= not is_alarm and is_hit == (code in label.findings)
        for code in CODES:
            self.positives[code] += label.is_positive(code)
            self.look_alikes[code] += label.is_look_alike(code)
        if not is_right:
            self.failures.append(Failure(case, workload, _wanted(label), _got(got)))


def _judged(label: Label, code: str, got: Severity | None) -> tuple[bool, bool]:
    """Return (is a hit, is a false alarm) for one code."""
    wanted = label.findings.get(code)
    if got is None or code in label.may:
        return False, False
    if wanted is not None:
        return got in wanted, got not in wanted
    return False, code in label.never or got is not Severity.INFO


def _wanted(label: Label) -> str:
    parts = [f"{code}:{'|'.join(severities)}" for code, severities in label.findings.items()]
    parts += [f"never {code}" for code in sorted(label.never)]
    return f"{'|'.join(label.risks)} ({', '.join(parts) or 'nothing'})"


def _got(found: Mapping[str, Severity]) -> str:
    return ", ".join(f"{code}:{severity}" for code, severity in found.items()) or "nothing"


def measure(corpus: Iterable[Case] | None = None) -> Result:
    """Judge every case, each as a cluster of its own."""
    result = Result()
    read = {(resource.kind, resource.group) for resource in table()}
    for case in cases() if corpus is None else corpus:
        result.cases += 1
        # Of a kind nobody lists a cluster shows only what the pods' owner references tell.
        seen = [item for item in case.objects if (item["kind"], item["apiVersion"].rpartition("/")[0]) in read]
        found = {_key(workload): worst(workload) for workload in view_of(*seen).workloads}
        specs = pod_specs(case.objects)
        for workload in [*case.labels, *(key for key in found if key not in case.labels)]:
            label = case.labels.get(workload, NOTHING)
            result.add(case.id, workload, label, found.get(workload, {}))
            for name, rule in OTHERS.items():
                result.others[name].count(label.is_at_risk, any(map(rule, specs.get(workload, ()))))
    return result


def worst(workload: Workload) -> dict[str, Severity]:
    """Return the worst severity of each code that was found."""
    found: dict[str, Severity] = {}
    for finding in workload.findings:  # worst first
        found.setdefault(finding.code, finding.severity)
    return found


def _key(workload: Workload) -> str:
    return f"{workload.key.kind} {workload.key.namespace}/{workload.key.name}"


def report(result: Result) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{result.cases} cases, {result.workloads} workloads"
    yield f"\n{'':<52}{'precision':>12}{'recall':>8}{'hits':>7}{'false':>7}{'missed':>8}"
    rows = {"at risk": result.at_risk, **{f"  {name}": score for name, score in result.others.items()}}
    for name, score in {**rows, "the socket rules": result.sockets, "to check": result.to_check}.items():
        yield f"{name:<52}{_share(score.precision):>12}{_share(score.recall):>8}{_counts(score)}"
    heads = f"{'positives':>12}{'look-alikes':>16}{'precision':>12}{'recall':>8}{'hits':>7}{'false':>7}{'missed':>8}"
    yield f"\n{'code':<24}{heads}"
    for code, score in result.codes.items():
        counted = f"{result.positives.get(code, 0):>12}{result.look_alikes.get(code, 0):>16}"
        yield f"{code:<24}{counted}{_share(score.precision):>12}{_share(score.recall):>8}{_counts(score)}"
    if result.failures:
        yield f"\n{len(result.failures)} of {result.workloads} workloads judged otherwise than labelled:"
    for failure in result.failures:
        yield f"  {failure.case}: {failure.workload}\n    expected {failure.wanted}\n    got      {failure.got}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{int(share * 1000) / 1000:.3f}"  # never rounded up to a figure that is not met


def _counts(score: Score) -> str:
    return f"{score.hits:>7}{score.false_alarms:>7}{score.misses:>8}"


def readme_table(beside: Result, held_out: Result) -> str:
    """Return the tables of README.md between its ``accuracy`` marks: both sets side by side."""
    head = f"{beside.workloads} workloads beside the rules | {held_out.workloads} workloads held out"
    rows = [f"| At risk or not: precision and recall | {head} |", "| --- | --- | --- |"]
    rows.append(f"| **Unshim** | {_pair(beside.at_risk)} | {_pair(held_out.at_risk)} |")
    rows.append(f"| Unshim, the socket rules alone | {_pair(beside.sockets)} | {_pair(held_out.sockets)} |")
    for name, score in beside.others.items():
        rows.append(f"| a rule of others: {name} | {_pair(score)} | {_pair(held_out.others[name])} |")
    rows += [
        "",
        "| Code | Beside the rules: positives, look-alikes | Precision and recall | Held out | Precision and recall |",
    ]
    rows.append("| --- | --- | --- | --- | --- |")
    for code in beside.codes:
        cells = (
            f"{result.positives.get(code, 0)}, {result.look_alikes.get(code, 0)} | {_pair(result.codes[code])}"
            for result in (beside, held_out)
        )
        rows.append(f"| `{code}` | {' | '.join(cells)} |")
    return "\n".join(rows)


def _pair(score: Score) -> str:
    return f"{_share(score.precision)}, {_share(score.recall)}"


def main() -> int:
    """Print the reports; 1 where a figure of the cases beside the rules is below what is wanted."""
    arguments = sys.argv[1:]
    is_good_enough = True
    if "--held-out" not in arguments:
        beside = measure()
        is_good_enough = beside.is_good_enough
        _print("Labelled beside the rules", beside)
    _print("Held out", measure(cases(HELD_OUT)))
    return 0 if "--report" in arguments or is_good_enough else 1


def _print(title: str, result: Result) -> None:
    print(f"{title}\n{'=' * len(title)}")  # noqa: T201  a command's output
    for line in report(result):
        print(line)  # noqa: T201
    print()  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
