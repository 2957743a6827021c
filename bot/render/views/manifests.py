"""Judged manifests: the verdict, then each workload with the lines that decide it and what to do."""

from collections.abc import Mapping
from datetime import datetime

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
from bot.render.parts import gap_why, guide_line, names_line, risk


def compose(
    view: ClusterView,
    manifests: Manifests,
    workloads: tuple[Workload, ...],
    guides: Mapping[str, GuideEntry],
    catalogue: Catalogue,
) -> Document:
    """Return every workload with any finding, worst first; nothing is cut. ``guides``: by code."""
    at_risk = [workload for workload in workloads if workload.is_at_risk]
    to_check = [workload for workload in workloads if workload.is_to_check]
    excepted = [workload for workload in workloads if workload.is_excepted]
    sentence = risk(catalogue, len(at_risk), to_check, excepted, is_complete=view.is_complete)
    files = catalogue.say("in-files.count", n=manifests.files)
    key = "in-files.summary" if view.is_complete else "in-files.summary-partial"
    elements: list[Element] = [Verdict(catalogue.say(key, risk=sentence, files=files, n=len(view.gaps)))]
    for workload in workloads:
        elements.append(Heading(_heading(workload, catalogue)))
        for finding in workload.findings:
            elements.append(Facts(_finding(finding, guides, catalogue)))
    if not workloads:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements.append(_footer(view, manifests, catalogue))
    return tuple(elements)


def _heading(workload: Workload, catalogue: Catalogue) -> Line:
    key = workload.key
    name = "/".join(part for part in key[:3] if part)
    place: Line = (Name(workload.place.text),) if workload.place else ()
    severity = catalogue.say(f"severity.{workload.severity}")
    if workload.owner is None:
        return catalogue.say("in-files.workload", name=name, severity=severity, place=place)
    return catalogue.say(
        "in-files.workload-owned", name=name, severity=severity, place=place, owner=workload.owner.name
    )


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


def _footer(view: ClusterView, manifests: Manifests, catalogue: Catalogue) -> Footer:
    time: datetime = view.as_of
    counts = catalogue.say("in-files.objects", n=manifests.objects)
    if manifests.others:
        others = catalogue.say("in-files.others", n=manifests.others)
        counts = catalogue.say("in-files.both", objects=counts, others=others)
    files = catalogue.say("in-files.count", n=manifests.files)
    if not view.gaps:
        line = catalogue.say("in-files.complete", time=time, files=files, counts=counts)
        return Footer((Paragraph(line, is_faint=True),))
    line = catalogue.say("in-files.partial", time=time, files=files, counts=counts)
    lost = tuple(catalogue.say("in-files.lost", place=gap.what, why=gap_why(catalogue, gap)) for gap in view.gaps)
    return Footer((Paragraph(line, is_warning=True), Bullets(lost)))
