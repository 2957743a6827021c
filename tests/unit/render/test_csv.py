"""Lists as CSV: what a program reads back, and what a spreadsheet must not run."""

import csv
import io

from hypothesis import HealthCheck, given, settings

from bot.core.seen import Seen
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.render.csv_ import NODE_COLUMNS, SEEN_COLUMNS, WORKLOAD_COLUMNS, nodes_csv, workloads_csv
from tests.factories import make_deployment, make_node
from tests.unit.clusters import view_of
from tests.unit.render.hostile import Names, names, view_with
from tests.unit.render.test_golden import VIEWS


def seen_of(view: ClusterView) -> Seen:
    return Seen(view.as_of, view.name, view.kinds, view.gaps)


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_finding_of_every_workload_has_a_line() -> None:
    view = VIEWS["mixed"]()
    lines = lines_of(workloads_csv(view.with_findings, seen_of(view)))
    assert [(line["namespace"], line["kind"], line["name"], line["code"]) for line in lines] == [
        (workload.key.namespace, workload.key.kind, workload.key.name, finding.code)
        for workload in view.with_findings
        for finding in workload.findings
    ]
    assert tuple(lines[0]) == (*WORKLOAD_COLUMNS, *SEEN_COLUMNS)


def test_names_of_every_script_stay_as_they_are_and_what_nobody_sees_is_spelled_out() -> None:
    view = view_of(make_node("a", runtime="docker://1", os_image="ทีมที่ हिन्दी 플랫폼 \x1b[31m\u202e"))
    (line,) = lines_of(nodes_csv(view.nodes, seen_of(view)))
    assert line["os"] == "ทีมที่ हिन्दी 플랫폼 \\x1b[31m\\u202e"


def test_every_node_has_a_line() -> None:
    view = VIEWS["mixed"]()
    lines = lines_of(nodes_csv(view.nodes, seen_of(view)))
    assert [(line["name"], line["runtime"], line["ready"], line["pool"]) for line in lines] == [
        (node.name, str(node.runtime), str(node.is_ready).lower(), node.pool) for node in view.nodes
    ]
    assert tuple(lines[0]) == (*NODE_COLUMNS, *SEEN_COLUMNS)


def test_a_list_from_a_partly_read_cluster_says_so_on_every_line() -> None:
    whole, partial = VIEWS["mixed"](), VIEWS["partial"]()
    assert {line["complete"] for line in lines_of(workloads_csv(whole.with_findings, seen_of(whole)))} == {"true"}
    assert {line["complete"] for line in lines_of(nodes_csv(partial.nodes, seen_of(partial)))} == {"false"}


def test_an_empty_list_says_all_the_same_how_far_the_cluster_was_seen() -> None:
    view = view_of()
    assert lines_of(workloads_csv(view.with_findings, seen_of(view))) == []
    view = view_of(unread={"pods": Cause.FORBIDDEN})
    for text in (workloads_csv(view.with_findings, seen_of(view)), nodes_csv(view.nodes, seen_of(view))):
        (line,) = lines_of(text)
        assert (line["complete"], line["as_of"]) == ("false", "2026-11-23T09:00:00+00:00")
        assert not any(value for name, value in line.items() if name not in ("cluster", "as_of", "complete"))


def test_pods_that_were_not_read_are_not_written_as_none() -> None:
    view = view_of(make_deployment("web", host_paths={"/run/docker.sock": "/s"}), unread={"pods": Cause.FORBIDDEN})
    (line,) = lines_of(workloads_csv(view.with_findings, seen_of(view)))
    assert (line["pods"], line["pods_exposed"]) == ("", "")


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    view = view_of(make_node("a", runtime="docker://1", os_image='=HYPERLINK("https://evil.example")'))
    (line,) = lines_of(nodes_csv(view.nodes, seen_of(view)))
    assert line["os"] == '\'=HYPERLINK("https://evil.example")'


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(names)
def test_no_name_becomes_a_formula_or_another_line(names: Names) -> None:
    view = view_with(names, is_partial=False)
    for text, count in (
        (workloads_csv(view.with_findings, seen_of(view)), sum(len(w.findings) for w in view.with_findings)),
        (nodes_csv(view.nodes, seen_of(view)), len(view.nodes)),
    ):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len(rows) == count + 1
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows[1:] for cell in row if cell[:1] in set("=+-@\t\r\n") - {""}]
