"""The labelled corpus is well formed, and it is counted as tests/corpus/measure.py says.

Whether the figures are met is for ``make accuracy`` to say, not for these tests.
"""

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

import tests.corpus.measure
from bot.core.rules import RULES, Severity
from bot.core.snapshot import Cause
from tests.corpus.labelled import CODES, HELD_OUT, SOCKET_RULES, Case, Label, cases
from tests.corpus.measure import Result, Score, measure, readme_table, report
from tests.corpus.others import host_path_substring, mount_path_substring, owner_keys, pod_specs
from tests.unit.clusters import table, view_of

LEAST_CASES = 150
LEAST_HELD_OUT = 90
LEAST_POSITIVES = 5
LEAST_LOOK_ALIKES = 3


@cache
def corpus() -> tuple[Case, ...]:
    return tuple(cases())


@cache
def held_out() -> tuple[Case, ...]:
    return tuple(cases(HELD_OUT))


@cache
def measured() -> Result:
    return measure(corpus())


def test_there_are_enough_cases_and_no_two_share_an_id() -> None:
    assert len(corpus()) >= LEAST_CASES
    assert len(held_out()) >= LEAST_HELD_OUT
    assert [name for name, count in Counter(case.id for case in (*corpus(), *held_out())).items() if count > 1] == []


def test_every_case_says_what_it_is_after_whose_words_it_has_and_what_is_right() -> None:
    for case in (*corpus(), *held_out()):
        assert case.title, case.id
        assert case.labels, case.id
        assert case.objects, case.id
        assert case.source.startswith(("after ", "made up")), case.id
        assert case.source.startswith("made up") or case.source.endswith("; own words"), case.id


def test_every_labelled_workload_is_in_its_manifests() -> None:
    for case in (*corpus(), *held_out()):
        assert set(case.labels) <= set(owner_keys(case.objects)), case.id
        assert set(case.labels) <= set(pod_specs(case.objects)), case.id


def test_the_cluster_sees_every_labelled_workload_and_reads_every_manifest() -> None:
    kinds = {resource.kind for resource in table()}
    for case in (*corpus(), *held_out()):
        view = view_of(*(item for item in case.objects if item["kind"] in kinds))
        assert [gap for gap in view.gaps if gap.cause in (Cause.MALFORMED, Cause.PARTLY)] == [], case.id
        seen = {f"{w.key.kind} {w.key.namespace}/{w.key.name}" for w in view.workloads}
        assert set(case.labels) == seen, case.id


def test_a_label_is_of_one_mind() -> None:
    """What is expected of the codes and of the workload fits together, and nothing is both wanted and ruled out."""
    for case in (*corpus(), *held_out()):
        for workload, label in case.labels.items():
            where = f"{case.id}: {workload}"
            assert not ("at-risk" in label.risks and len(label.risks) > 1), where
            assert not set(label.findings) & (label.never | label.may), where
            assert not label.never & label.may, where
            surely = {code for code, found in label.findings.items() if all(s.is_at_risk for s in found)}
            perhaps = {code for code, found in label.findings.items() if any(s.is_at_risk for s in found)}
            assert bool(surely) == label.is_at_risk, where
            assert bool(perhaps) == label.is_at_risk, where
            if label.risks == ("check",):
                assert any(found == (Severity.REVIEW,) for found in label.findings.values()), where
            if label.risks == ("none",):
                assert all(found == (Severity.INFO,) for found in label.findings.values()), where


def test_every_code_has_positives_and_look_alikes() -> None:
    assert {rule.code for rule in RULES} <= set(CODES)
    result = measured()
    assert {code: n for code, n in result.positives.items() if n < LEAST_POSITIVES} == {}
    assert {code: n for code, n in result.look_alikes.items() if n < LEAST_LOOK_ALIKES} == {}


def test_nothing_but_chance_tells_workloads_at_risk_from_the_others_by_number() -> None:
    """A corpus of positives only would make every detector look good."""
    at_risk = [label.is_at_risk for case in corpus() for label in case.labels.values()]
    assert 0.3 <= sum(at_risk) / len(at_risk) <= 0.7


def test_measuring_twice_says_the_same() -> None:
    assert list(report(measure(corpus()))) == list(report(measured()))


LABEL = Label(
    ("at-risk",),
    {"docker-socket": (Severity.BLOCKER,), "docker-data": (Severity.DEGRADED, Severity.BLOCKER)},
    never=frozenset({"dind"}),
    may=frozenset({"known-agent"}),
)


@pytest.mark.parametrize(
    ("got", "hits", "false_alarms", "misses"),
    [
        ({"docker-socket": Severity.BLOCKER, "docker-data": Severity.DEGRADED}, 2, 0, 0),
        ({"docker-socket": Severity.BLOCKER, "docker-data": Severity.BLOCKER}, 2, 0, 0),
        ({"docker-socket": Severity.BLOCKER}, 1, 0, 1),
        ({"docker-socket": Severity.REVIEW, "docker-data": Severity.DEGRADED}, 1, 1, 1),
        ({}, 0, 0, 2),
    ],
    ids=["all", "either severity", "one missing", "another severity", "nothing"],
)
def test_a_code_counts_at_its_labelled_severity(
    got: dict[str, Severity], hits: int, false_alarms: int, misses: int
) -> None:
    result = Result()
    result.add("case", "Pod a/b", LABEL, got)
    scores = result.codes.values()
    assert sum(score.hits for score in scores) == hits
    assert sum(score.false_alarms for score in scores) == false_alarms
    assert sum(score.misses for score in scores) == misses
    assert bool(result.failures) == bool(false_alarms or misses)


@pytest.mark.parametrize(
    ("extra", "is_alarm"),
    [
        ({"dind": Severity.INFO}, True),
        ({"docker-cli": Severity.REVIEW}, True),
        ({"docker-cli": Severity.INFO}, False),
        ({"known-agent": Severity.BLOCKER}, False),
        ({"a-new-code": Severity.REVIEW}, True),
    ],
    ids=["ruled out", "unlabelled", "unlabelled info", "left open", "a code of no label"],
)
def test_what_a_label_does_not_want_is_a_false_alarm_unless_it_is_open(
    extra: dict[str, Severity], is_alarm: bool
) -> None:
    result = Result()
    right = {"docker-socket": Severity.BLOCKER, "docker-data": Severity.BLOCKER}
    result.add("case", "Pod a/b", LABEL, {**right, **extra})
    assert sum(score.false_alarms for score in result.codes.values()) == is_alarm
    assert bool(result.failures) == is_alarm


def test_a_workload_of_no_label_is_of_no_risk_and_a_finding_in_it_a_false_alarm() -> None:
    case = next(case for case in corpus() if case.id == "docker-socket-build-agent")
    result = measure([dataclasses.replace(case, labels={})])
    assert (result.at_risk.hits, result.at_risk.false_alarms, result.at_risk.misses) == (0, 1, 0)
    assert result.codes["docker-socket"].false_alarms == 1


def test_finding_nothing_is_not_a_perfect_score() -> None:
    nothing = Result()
    assert not nothing.is_good_enough
    right = Result()
    for code in SOCKET_RULES:
        wanted = Label(("at-risk",), {code: (Severity.BLOCKER,)})
        right.add("case", "Pod a/b", wanted, {code: Severity.BLOCKER})
    assert right.is_good_enough
    right.add("case", "Pod a/c", LABEL, {"docker-data": Severity.BLOCKER})
    assert not right.is_good_enough, "a socket was missed, although the workload was called at risk"


def test_a_rule_that_is_gone_is_not_good_enough_however_few_it_alone_finds() -> None:
    result = measured()
    assert result.is_good_enough
    lost = dataclasses.replace(result, codes={**result.codes, "docker-bridge": Score(misses=6)})
    assert lost.at_risk.reaches(1.0)
    assert not lost.is_good_enough


def test_a_share_is_never_rounded_up_to_a_figure_that_is_not_met() -> None:
    result = Result()
    result.at_risk.hits, result.at_risk.misses = 97999, 2001
    assert "0.979" in next(line for line in report(result) if line.startswith("at risk"))


def test_the_other_rules_look_at_what_they_say() -> None:
    case = {case.id: case for case in corpus()}

    def flagged(name: str) -> tuple[bool, bool]:
        (specs,) = pod_specs(case[name].objects).values()
        return any(map(host_path_substring, specs)), any(map(mount_path_substring, specs))

    assert flagged("docker-socket-build-agent") == (True, True)
    assert flagged("docker-socket-other-mount-path") == (True, False)
    assert flagged("docker-socket-init-container") == (True, False)
    assert flagged("docker-socket-lookalike-emptydir-file") == (False, True)
    assert flagged("docker-socket-lookalike-unmounted") == (True, False)
    assert flagged("workload-deployment-config-history") == (False, False)


def test_the_readme_table_has_a_row_for_each_code_and_each_detector() -> None:
    text = readme_table(measured(), measure(cases(HELD_OUT)))
    for name in [*CODES, *measured().others]:
        assert f"{name}" in text
    for rows in text.split("\n\n"):
        assert len({line.count("|") for line in rows.splitlines()}) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Pod\n", "before the first case"),
        ("- a\n", "not a mapping"),
        ("id: a\ntitle: b\nsource: c\n", "expected"),
        ("id: a\ntitle: b\nsource: c\nlabel: {Pod a/b: {risk: none, colour: red}}\n", "no such key"),
        ("id: a\ntitle: b\nsource: c\nlabel: {Pod a/b: {risk: perhaps}}\n", "no such risk"),
        ("id: a\ntitle: b\nsource: c\nlabel: {Pod a/b: {risk: none, never: [sock]}}\n", "no such risk or code"),
        ("id: a\ntitle: b\nsource: c\nlabel: {Pod a/b: {risk: none, findings: {dind: bad}}}\n", "bad"),
    ],
)
def test_a_file_of_another_form_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "topic.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        list(cases(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "fails", "titles", "code"),
    [
        ([], (), ["Labelled beside the rules", "Held out"], 0),
        ([], ("beside",), ["Labelled beside the rules", "Held out"], 1),
        ([], ("held out",), ["Labelled beside the rules", "Held out"], 0),
        (["--report"], ("beside", "held out"), ["Labelled beside the rules", "Held out"], 0),
        (["--held-out"], ("beside", "held out"), ["Held out"], 0),
    ],
    ids=["both good", "the gate", "no gate", "only print", "alone"],
)
def test_the_gate_stands_on_the_first_set_and_the_held_out_figure_is_printed_beside_it(
    arguments: list[str],
    fails: tuple[str, ...],
    titles: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fake(corpus: Iterable[Case] | None = None) -> Result:
        name = "beside" if corpus is None else "held out"
        result = Result()
        for socket in SOCKET_RULES:
            got = {} if name in fails else {socket: Severity.BLOCKER}
            result.add(name, "Pod a/b", Label(("at-risk",), {socket: (Severity.BLOCKER,)}), got)
        return result

    monkeypatch.setattr(tests.corpus.measure, "measure", fake)
    monkeypatch.setattr(sys, "argv", ["measure", *arguments])
    assert tests.corpus.measure.main() == code
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line in {"Labelled beside the rules", "Held out"}] == titles
