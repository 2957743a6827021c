"""What changed of a node between two reads, and what is never told: what was not read, or not reported."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.node_history import (
    VALUE_CHARS,
    NodeChange,
    NodeRecord,
    What,
    node_changes,
    record_of,
    runtime_parts,
    view_changes,
)
from bot.core.runtimes import Grade, Runtime
from bot.core.snapshot import Cause, Gap
from bot.core.view import NodeFact
from tests.factories import make_node
from tests.unit.clusters import DOCKER, view_of

FIRST = datetime(2026, 11, 29, 20, 50, tzinfo=UTC)
NEXT = FIRST + timedelta(minutes=1)
OLD = NodeFact("n1", Runtime.DOCKERSHIM, Grade.CERTAIN, "20.10.24", "v1.23.17", "1.23", "a", True, False, "Ubuntu")
NEW = replace(OLD, runtime=Runtime.CONTAINERD, runtime_version="1.6.33", kubelet_version="v1.24.2")


def records(*nodes: NodeFact) -> dict[str, NodeRecord]:
    return {node.name: record_of(node) for node in nodes}


def changed(before: Mapping[str, NodeRecord], *after: NodeFact) -> list[tuple[str, str, str, str]]:
    found, _ = node_changes(before, after, FIRST, NEXT)
    assert all((change.not_before, change.at) == (FIRST, NEXT) for change in found)
    return [(change.node, change.what, change.before, change.after) for change in found]


def test_a_node_that_moved_tells_from_what_to_what() -> None:
    assert changed(records(OLD), NEW) == [
        ("n1", "runtime", "dockershim://20.10.24", "containerd://1.6.33"),
        ("n1", "kubelet", "v1.23.17", "v1.24.2"),
    ]
    assert changed(records(NEW), NEW) == []


def test_its_state_is_told_too() -> None:
    cordoned = replace(OLD, is_ready=False, is_unschedulable=True)
    assert changed(records(OLD), cordoned) == [
        ("n1", "ready", "ready", "not-ready"),
        ("n1", "cordon", "schedulable", "cordoned"),
    ]
    assert changed(records(cordoned), replace(cordoned, is_ready=None)) == [("n1", "ready", "not-ready", "unknown")]


def test_a_node_that_comes_back_is_compared_with_what_it_was() -> None:
    found, left = node_changes(records(OLD), [], FIRST, NEXT)
    assert [(change.what, change.before) for change in found] == [(What.LEFT, "dockershim://20.10.24")]
    assert left == {"n1": replace(record_of(OLD), is_there=False)}
    assert [what for _, what, _, _ in changed(left, NEW)] == ["runtime", "kubelet", "joined"]
    assert changed(left) == [], "it has left already"


def test_what_a_node_does_not_report_has_not_changed() -> None:
    silent = replace(OLD, runtime=Runtime.UNKNOWN, runtime_version="", kubelet_version="")
    found, other = node_changes(records(OLD), [silent], FIRST, NEXT)
    assert (found, other) == ((), {})
    found, learnt = node_changes(records(silent), [OLD], FIRST, NEXT)
    assert (found, learnt) == ((), records(OLD))


def test_a_runtime_nobody_knows_is_one_all_the_same() -> None:
    odd = replace(OLD, runtime=Runtime.UNKNOWN, runtime_version="dockershim://9")
    assert changed(records(OLD), odd) == [("n1", "runtime", "dockershim://20.10.24", "unknown://dockershim://9")]
    assert runtime_parts("unknown://dockershim://9") == (Runtime.UNKNOWN, "dockershim://9")
    assert runtime_parts("podman://4") == (Runtime.UNKNOWN, "podman://4")


def test_the_first_read_of_all_changes_nothing() -> None:
    view = view_of(make_node("n1"))
    found, new = view_changes({}, view, None, NEXT)
    assert (found, list(new)) == ((), ["n1"])


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param([Gap("nodes", Cause.FORBIDDEN, 403)], id="forbidden"),
        pytest.param([Gap("nodes", Cause.TIMEOUT, is_partial=True)], id="first-pages-alone"),
        pytest.param([Gap("nodes", Cause.MALFORMED, objects=("n2",), count=1)], id="one-lost"),
        pytest.param([Gap("nodes", Cause.PARTLY, objects=("n1",), count=1)], id="one-in-part"),
        pytest.param([Gap("items", Cause.MALFORMED, count=1)], id="who-knows-what"),
    ],
)
def test_nodes_that_were_not_all_read_have_not_changed(gaps: list[Gap]) -> None:
    before = {node.name: record_of(node) for node in view_of(make_node("n1", runtime=DOCKER), make_node("n2")).nodes}
    after = view_of(make_node("n1"), gaps=gaps)
    assert view_changes(before, after, FIRST, NEXT) == ((), {})


def test_what_else_was_not_read_is_no_matter() -> None:
    before = {node.name: record_of(node) for node in view_of(make_node("n1")).nodes}
    found, _ = view_changes(before, view_of(make_node("n2"), unread={"pods": Cause.FORBIDDEN}), FIRST, NEXT)
    assert [(change.node, change.what) for change in found] == [("n2", What.JOINED), ("n1", What.LEFT)]


def test_a_change_found_by_reads_far_apart_is_not_told_to_the_minute() -> None:
    found, _ = node_changes(records(OLD), [NEW], FIRST, FIRST + timedelta(minutes=5))
    assert found[0].is_precise
    found, _ = node_changes(records(OLD), [NEW], FIRST, FIRST + timedelta(hours=2))
    assert not found[0].is_precise


def test_a_clock_that_went_back_makes_no_time_that_ends_before_it_begins() -> None:
    found, _ = node_changes(records(OLD), [NEW], NEXT, FIRST)
    assert {(change.not_before, change.at) for change in found} == {(FIRST, FIRST)}


def test_what_a_node_reports_is_kept_harmless_and_short() -> None:
    record = record_of(replace(OLD, kubelet_version="v1.23\x00\u202e" + "9" * 500, name="n1\x00"))
    assert (record.name, len(record.kubelet), record.kubelet[:6]) == ("n1", VALUE_CHARS, "v1.239")


# Whatever happened between two reads, the changes tell it.


def facts() -> st.SearchStrategy[list[NodeFact]]:
    runtimes = st.sampled_from(
        [
            (Runtime.DOCKERSHIM, "20.10.24"),
            (Runtime.CONTAINERD, "1.6.33"),
            (Runtime.CONTAINERD, "2.0.1"),
            (Runtime.UNKNOWN, "podman://4"),
            (Runtime.UNKNOWN, ""),
        ]
    )
    node: st.SearchStrategy[NodeFact] = st.builds(
        lambda name, runtime, kubelet, ready, cordoned: replace(
            OLD,
            name=name,
            runtime=runtime[0],
            runtime_version=runtime[1],
            kubelet_version=kubelet,
            is_ready=ready,
            is_unschedulable=cordoned,
        ),
        st.sampled_from(["a", "b", "c", "d"]),
        runtimes,
        st.sampled_from(["v1.23.17", "v1.24.2", ""]),
        st.sampled_from([True, False, None]),
        st.booleans(),
    )
    return st.lists(node, max_size=4, unique_by=lambda found: found.name)


#: Of a newcomer only the runtime is told; what was not known before is learnt without a change.
UNKNOWN: Any = {"runtime": "", "kubelet": "", "ready": "", "cordon": ""}


def replayed(before: Mapping[str, NodeRecord], changes: Iterable[NodeChange]) -> dict[str, NodeRecord]:
    """Return the records after some changes, told by the changes alone."""
    records = dict(before)
    for change in changes:
        record = records.get(change.node, NodeRecord(change.node, **UNKNOWN, is_there=False))
        if change.what in (What.JOINED, What.LEFT):
            assert record.is_there is (change.what is What.LEFT), "it came twice, or left twice"
            record = replace(record, is_there=change.what is What.JOINED, runtime=record.runtime or change.after)
        else:
            assert record.value(change.what) == change.before
            record = replace(record, **{change.what: change.after})
        records[change.node] = record
    return records


@given(facts(), facts(), facts())
def test_replaying_the_changes_over_one_read_gives_the_next(
    first: list[NodeFact], second: list[NodeFact], third: list[NodeFact]
) -> None:
    known = {record.name: record for record in map(record_of, first)}
    for read in (second, third, third):
        changes, other = node_changes(known, read, FIRST, NEXT)
        told, known = replayed(known, changes), {**known, **other}
        assert told.keys() == known.keys()
        for name, record in known.items():
            gaps = {field: getattr(record, field) for field in UNKNOWN if not getattr(told[name], field)}
            assert replace(told[name], **gaps) == record
        assert {name for name, record in known.items() if record.is_there} == {node.name for node in read}
    assert changes == ()
    assert other == {}
