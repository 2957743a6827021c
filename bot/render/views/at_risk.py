"""Which workloads are at risk."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.core.answers import AtRiskAnswer
from bot.core.questions import UNOWNED
from bot.core.seen import Seen
from bot.core.view import Workload
from bot.render.document import (
    Ask,
    Command,
    Document,
    Element,
    Line,
    Name,
    Paragraph,
    Table,
    Text,
    Verdict,
    join,
    visible,
)
from bot.render.messages import Catalogue
from bot.render.parts import ROW_NAME_CHARS, Limits, asks, mark, names_line, no_owner, owner_line, paged, seen, severity
from bot.render.risks import risk, voided

HEADERS = ("table.severity", "table.workload", "table.pods", "table.owner", "table.findings")


#: For lists of owners that are mapped to no place.
NOWHERE: Mapping[str, str] = MappingProxyType({})


def compose(answer: AtRiskAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return at-risk workloads, worst first, then those to check, then what is excepted, each with owner and codes."""
    code = answer.asked.code if answer.asked is not None else None
    excepted = sorted((_by(code, workload) for workload in answer.excepted), key=lambda workload: workload.sort_key)
    elements: list[Element] = [Verdict(_verdict(answer, excepted, catalogue))]
    if answer.is_off_docker and answer.at_risk:
        elements.append(Paragraph(catalogue.say("risk.no-docker-nodes")))
    listed = (*answer.at_risk, *answer.to_check, *excepted)
    if listed:
        # In a message a namespace is the way to fewer rows; in a terminal the scan lists everything.
        again = Command("unshim scan", is_whole=True) if limits.has_details else Command("pods NAMESPACE")
        shown, rest = paged(catalogue, listed, limits.rows, limits, again)
        elements += [workload_table(shown, answer.seen, catalogue, answer.places), *rest]
        if answer.asked is not None and answer.asked.pool is not None:
            elements.append(Paragraph(catalogue.say("risk.pods-everywhere"), is_faint=True))
        if not limits.has_buttons:
            hint = catalogue.say("table.why", command=Command(f"explain {listed[0].key.full_name}"))
            elements.append(Paragraph(hint, is_faint=True))
    else:
        elements.append(Paragraph(catalogue.say("risk.of", n=answer.workloads)))
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    if others := [workload.key.short_name for workload in answer.excepted if workload.is_at_risk]:
        names = names_line(catalogue, others, limits.names)
        elements.append(Paragraph(catalogue.say("risk.by-others", names=names), is_warning=True))
    elements += voided(catalogue, (*answer.at_risk, *answer.to_check, *answer.excepted), code)
    if answer.info:
        elements.append(Paragraph(catalogue.say("risk.info", n=len(answer.info)), is_faint=True))
    questions = (("status", "status"), *((("export", "export"),) if listed else ()))
    elements += asks(catalogue, limits, *questions)
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def workload_table(
    workloads: Sequence[Workload], what: Seen, catalogue: Catalogue, places: Mapping[str, str] = NOWHERE
) -> Table:
    """Return the workloads as rows, each with the question that explains it.

    Args:
        places: the channel or person of an owner, by owner.
    """
    return Table(
        headers=tuple(catalogue.say(key) for key in HEADERS),
        rows=tuple(workload_row(workload, what, catalogue, places) for workload in workloads),
        lead=1,
        marks=tuple(mark(workload) for workload in workloads),
        asks=tuple(Ask(catalogue.say("ask.why"), f"explain {workload.key.full_name}") for workload in workloads),
    )


def workload_row(
    workload: Workload, what: Seen, catalogue: Catalogue, places: Mapping[str, str] = NOWHERE
) -> tuple[Line, ...]:
    """Return one workload: severity, name, pods, owner, codes."""
    if workload.owner:
        shown: Line = (Name(visible(workload.owner.name, ROW_NAME_CHARS)),)
        owner = owner_line(catalogue, shown, places.get(workload.owner.name))
    else:
        owner = no_owner(catalogue, is_complete=not what.gaps)
    codes = {finding.code: finding.excepted for finding in workload.findings}
    findings = join(
        [
            (Text(code),)
            if excepted is None or workload.is_excepted  # then the whole row says so
            else catalogue.say("table.code-excepted", code=Text(code), date=excepted.until)
            for code, excepted in codes.items()
        ],
        catalogue.say("join.list"),
    )
    name: Line = (Name(workload.key.full_name),)
    return (severity(catalogue, workload), name, _pods(workload, what, catalogue), owner, findings)


def _pods(workload: Workload, what: Seen, catalogue: Catalogue) -> Line:
    """Return the pods and how many of them are exposed; what is not known is not shown as none."""
    pods = workload.pods
    if not pods.total:
        return catalogue.say("table.no-pods" if what.is_whole("pods", workload.key.namespace) else "table.pods-unread")
    if not workload.has_risk:
        return catalogue.say("table.pods-only", n=pods.total)
    if pods.exposure_unknown:
        unknown = pods.exposure_unknown
        return catalogue.say("table.pods-unsure", exposed=pods.exposed, pods=pods.total, unknown=unknown)
    if pods.off_docker:
        off = pods.off_docker
        return catalogue.say("table.pods-off", exposed=pods.exposed, pods=pods.total, off=off)
    key = "table.pods-exposed"
    if pods.exposed == pods.total:
        key = "table.pods-exposed-one" if pods.total == 1 else "table.pods-exposed-all"
    return catalogue.say(key, exposed=pods.exposed, pods=pods.total)


def _by(code: str | None, workload: Workload) -> Workload:
    """Return an excepted workload with the findings that are meant by the question: of others it may be at risk."""
    return workload if code is None or workload.is_excepted else workload.of_code(code)


def _verdict(answer: AtRiskAnswer, excepted: Sequence[Workload], catalogue: Catalogue) -> Line:
    is_complete = not answer.seen.gaps
    sentence = risk(catalogue, len(answer.at_risk), answer.to_check, excepted, is_complete=is_complete)
    if place := _place(answer, catalogue):
        return catalogue.say("risk.filtered", place=place, risk=sentence)
    if answer.namespace is None:
        return catalogue.say("risk.whole" if answer.seen.scope is None else "risk.scoped", risk=sentence)
    return catalogue.say("risk.in-namespace", namespace=answer.namespace, risk=sentence)


def _place(answer: AtRiskAnswer, catalogue: Catalogue) -> Line:
    """Return which workloads were looked at, where a filter beside the namespace says so."""
    asked = answer.asked
    parts: list[Line] = []
    if asked is None:
        return ()
    if asked.owner is not None:
        is_unowned = asked.owner == UNOWNED
        parts.append(catalogue.say("risk.unowned") if is_unowned else catalogue.say("risk.of-owner", owner=asked.owner))
    if asked.code is not None:
        parts.append(catalogue.say("risk.with-code", code=asked.code))
    if asked.pool is not None:
        parts.append(catalogue.say("risk.on-pool", pool=asked.pool))
    if parts and asked.namespace is not None:
        parts.append(catalogue.say("risk.of-namespace", namespace=asked.namespace))
    return join(parts, catalogue.say("join.list"))
