"""Lists as CSV (RFC 4180): one line a finding or a node, nothing a spreadsheet or a terminal would run."""

import csv
import io
from collections.abc import Iterable, Sequence

from bot.core.placing import Place
from bot.core.seen import Seen
from bot.core.view import Finding, NodeFact, Workload
from bot.render.document import spelled

#: A cell that begins with one of these is a formula to a spreadsheet; behind an apostrophe it is text
#: (owasp.org, CSV injection, checked 2026-11-25).
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

#: Spreadsheets take 32,767 characters in a cell; nothing in a pod spec that rules look at comes near.
CELL_CHARS = 32_000

WORKLOAD_COLUMNS = (
    "severity",
    "kind",
    "namespace",
    "name",
    "owner",
    "pods",
    "pods_exposed",
    "code",
    "finding_severity",
    "grade",
    "field",
    "value",
    "containers",
    "guide",
    "excepted",
    "excepted_until",
    "excepted_by",
    "excepted_reason",
)
PLACE_COLUMNS = ("file", "line")
NODE_COLUMNS = ("name", "runtime", "grade", "runtime_version", "kubelet_version", "pool", "ready", "cordoned", "os")

#: The last columns of every line: a list that left out what could not be read must not look whole in a spreadsheet.
#: They stand in a line of their own where nothing is listed and something was not read.
SEEN_COLUMNS = ("cluster", "as_of", "complete")


def workloads_csv(workloads: Iterable[Workload], seen: Seen, *, has_places: bool = False) -> str:
    """Return one line for each finding of each workload, in the order given; from files with file and line."""
    rows = (
        (
            workload.worst,
            workload.key.kind,
            workload.key.namespace,
            workload.key.name,
            workload.owner.name if workload.owner else "",
            workload.pods.total if seen.is_whole("pods", workload.key.namespace) else "",
            workload.pods.exposed if seen.is_whole("pods", workload.key.namespace) and seen.is_whole("nodes") else "",
            finding.code,
            finding.severity,
            finding.grade,
            finding.field,
            finding.value,
            " ".join(finding.containers),
            finding.guide or "",
            *_excepted(workload, finding),
            *(_place(finding.place) if has_places else ()),
        )
        for workload in workloads
        for finding in workload.findings
    )
    return _csv((*WORKLOAD_COLUMNS, *PLACE_COLUMNS) if has_places else WORKLOAD_COLUMNS, rows, seen)


def _excepted(workload: Workload, finding: Finding) -> tuple[str, str, str, str]:
    """Return whether the workload is excepted, and the exception of the finding: until when, by whom and why."""
    state, found = str(workload.is_excepted).lower(), finding.excepted
    return (state, found.until.isoformat(), found.by, found.reason) if found else (state, "", "", "")


def nodes_csv(nodes: Iterable[NodeFact], seen: Seen) -> str:
    """Return one line for each node; ``ready`` is empty where the node does not say."""
    rows = (
        (
            node.name,
            node.runtime,
            node.grade,
            node.runtime_version,
            node.kubelet_version,
            node.pool or "",
            "" if node.is_ready is None else str(node.is_ready).lower(),
            str(node.is_unschedulable).lower(),
            node.os_image,
        )
        for node in nodes
    )
    return _csv(NODE_COLUMNS, rows, seen)


def _place(place: Place | None) -> tuple[object, object]:
    return (place.file, place.line) if place else ("", "")


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]], seen: Seen) -> str:
    when = (seen.cluster or "", seen.as_of.isoformat(timespec="seconds"), str(not seen.gaps).lower())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*columns, *SEEN_COLUMNS))
    lines = [[_cell(value) for value in (*row, *when)] for row in rows]
    if not lines and seen.gaps:  # an empty list would look whole, whatever was not read
        lines = [["" for _ in columns] + [_cell(value) for value in when]]
    writer.writerows(lines)
    return out.getvalue()


def _cell(value: object) -> str:
    text = "".join(map(spelled, str(value)[:CELL_CHARS]))
    return f"'{text}" if text.startswith(_FORMULA) else text
