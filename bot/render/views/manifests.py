"""Judged manifests: the verdict, then each workload with the lines that decide it and what to do."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.manifests import Manifests
from bot.core.topic_answers import GuideEntry
from bot.core.view import ClusterView, Finding, Workload
from bot.render.document import (
    Bullets,
    Document,
    Element,
    Facts,
    Footer,
    Heading,
    Line,
    Name,
    Paragraph,
    Text,
    Verdict,
)
from bot.render.messages import Catalogue
from bot.render.parts import ALL, gap_why, guide_line, names_line, severity
from bot.render.risks import risk
from bot.render.views.exceptions import accepted_row


class Room(Struct, frozen=True):
    """How many findings, those of one workload, and places that could not be read are shown; the rest is counted."""

    findings: int = ALL
    of_one: int = ALL
    lost: int = ALL


#: Nothing is left out.
WHOLE = Room()


#: What a message of Slack holds of them, with names of a usual length.
MESSAGE = Room(findings=10, of_one=4, lost=6)


def compose(
    view: ClusterView,
    manifests: Manifests,
    workloads: tuple[Workload, ...],
    guides: Mapping[str, GuideEntry],
    catalogue: Catalogue,
    room: Room = WHOLE,
    files: Line = (),
) -> Document:
    """Return every workload with any finding, worst first.

    Args:
        guides: by code.
        files: what was read, where it is not files alone.
    """
    at_risk = [workload for workload in workloads if workload.is_at_risk]
    to_check = [workload for workload in workloads if workload.is_to_check]
    excepted = [workload for workload in workloads if workload.is_excepted]
    sentence = risk(catalogue, len(at_risk), to_check, excepted, is_complete=view.is_complete)
    files = files or catalogue.say("in-files.count", n=manifests.files)
    key = "in-files.summary" if view.is_complete else "in-files.summary-partial"
    if not manifests.objects and view.gaps:  # "nothing found" would say too much
        key = "in-files.unread"
    elements: list[Element] = [Verdict(catalogue.say(key, risk=sentence, files=files, n=len(view.gaps)))]
    elements += _workloads(workloads, guides, catalogue, room)
    if not workloads and manifests.objects:
        elements.append(Paragraph(catalogue.say("in-files.limits"), is_faint=True))
    elements.append(_footer(view, manifests, catalogue, room.lost, files))
    return tuple(elements)


def _workloads(
    workloads: tuple[Workload, ...], guides: Mapping[str, GuideEntry], catalogue: Catalogue, room: Room
) -> Iterator[Element]:
    left = room.findings
    for number, workload in enumerate(workloads):
        if left <= 0:
            hidden = workloads[number:]
            n = sum(len(each.findings) for each in hidden)
            findings = catalogue.say("in-files.cut-count", n=n)
            yield Paragraph(catalogue.say("in-files.cut", n=len(hidden), findings=findings))
            return
        shown = workload.findings[: min(room.of_one, left)]
        left -= len(shown)
        yield Heading(_heading(workload, catalogue))
        for finding in shown:
            yield Facts(_finding(finding, guides, catalogue), is_of_one=True)
        if len(workload.findings) > len(shown):
            n = len(workload.findings) - len(shown)
            yield Paragraph(catalogue.say("in-files.cut-findings", n=n, name=_name(workload)))


def _heading(workload: Workload, catalogue: Catalogue) -> Line:
    name = _name(workload)
    place: Line = (Name(workload.place.text),) if workload.place else ()
    shown = severity(catalogue, workload)
    if workload.owner is None:
        return catalogue.say("in-files.workload", name=name, severity=shown, place=place)
    return catalogue.say("in-files.workload-owned", name=name, severity=shown, place=place, owner=workload.owner.name)


def _name(workload: Workload) -> str:
    return "/".join(part for part in workload.key[:3] if part)


def _finding(finding: Finding, guides: Mapping[str, GuideEntry], catalogue: Catalogue) -> tuple[tuple[Line, Line], ...]:
    code = catalogue.say(
        "explain.finding",
        code=Text(finding.code),
        severity=catalogue.say(f"severity.{finding.severity}"),
        grade=catalogue.say(f"grade.{finding.grade}"),
    )
    where: Line = (Name(finding.place.text),) if finding.place else (Name(finding.seen_in),)
    rows: list[tuple[Line, Line]] = [
        (where, code),
        *accepted_row(finding, catalogue),
        (catalogue.say("explain.value"), (Name(finding.field), Text(" = "), Name(finding.value))),
    ]
    if finding.persistent_volume:
        through = catalogue.say("explain.through-volume", volume=finding.persistent_volume)
        rows.append((catalogue.say("explain.through"), through))
    if finding.containers:
        names = names_line(catalogue, finding.containers, len(finding.containers))
        rows.append((catalogue.say("explain.containers"), names))
    rows.append((catalogue.say("explain.why"), catalogue.say(f"why.{finding.reason}")))
    if finding.code in guides:
        rows.append((catalogue.say("in-files.do"), guide_line(catalogue, guides[finding.code])))
    return tuple(rows)


def _footer(view: ClusterView, manifests: Manifests, catalogue: Catalogue, room: int, files: Line) -> Footer:
    time: datetime = view.as_of
    counts = catalogue.say("in-files.objects", n=manifests.objects)
    if manifests.others:
        others = catalogue.say("in-files.others", n=manifests.others)
        counts = catalogue.say("in-files.both", objects=counts, others=others)
    if not view.gaps:
        line = catalogue.say("in-files.complete", time=time, files=files, counts=counts)
        return Footer((Paragraph(line, is_faint=True),))
    line = catalogue.say("in-files.partial", time=time, files=files, counts=counts)
    lost = [catalogue.say("in-files.lost", place=gap.what, why=gap_why(catalogue, gap)) for gap in view.gaps[:room]]
    if len(view.gaps) > room:
        lost.append(catalogue.say("in-files.cut-lost", n=len(view.gaps) - room))
    return Footer((Paragraph(line, is_warning=True), Bullets(tuple(lost))))
