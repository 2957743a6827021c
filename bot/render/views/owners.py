"""Who has to act: each owner's share, or who owns one thing."""

from bot.core.people_answers import OwnerAnswer, OwnersAnswer, OwnerShare
from bot.core.questions import UNOWNED
from bot.core.view import Workload
from bot.render.document import Ask, Command, Document, Element, Line, Name, Paragraph, Table, Text, Verdict, visible
from bot.render.messages import Catalogue
from bot.render.parts import ROW_NAME_CHARS, Limits, asks, names_line, no_owner, owner_line, paged, seen
from bot.render.risks import checks, not_counted, risk


def compose(answer: OwnersAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return how much each owner has at risk, worst first."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.shares:
        shown, rest = paged(catalogue, answer.shares, limits.rows, limits, Command("unshim scan", is_whole=True))
        headers = ("owners.owner", "owners.at-risk", "owners.to-check", "owners.workloads")
        table = Table(
            headers=tuple(catalogue.say(key) for key in headers),
            rows=tuple(_row(share, answer, catalogue, limits) for share in shown),
            asks=tuple(Ask(catalogue.say("ask.list"), f'pods owner="{share.owner or UNOWNED}"') for share in shown),
        )
        elements += [table, *rest]
    elements += not_counted(catalogue, answer.excepted)
    if answer.unowned:
        elements.append(Paragraph(catalogue.say("owners.unowned-hint"), is_faint=True))
    elements += asks(catalogue, limits, ("pods", "pods"), ("status", "status"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def compose_one(answer: OwnerAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return who owns a workload or what is in a namespace, and what says so."""
    elements: list[Element] = [Verdict(_owner_verdict(answer, catalogue, limits))]
    at_risk = [workload for workload in answer.workloads if workload.is_at_risk]
    if at_risk and not answer.is_namespace and len(answer.workloads) == 1:
        severity = catalogue.say(f"severity.{at_risk[0].severity}")
        elements.append(Paragraph(catalogue.say("owners.at-risk-itself", severity=severity)))
    elif at_risk:
        names = names_line(catalogue, [workload.key.full_name for workload in at_risk], limits.names)
        elements.append(Paragraph(catalogue.say("owners.left", n=len(at_risk), names=names)))
    elif all(workload.owner is None for workload in answer.workloads):
        elements.append(Paragraph(catalogue.say("owners.unowned-hint"), is_faint=True))
    if to_check := checks(catalogue, [workload for workload in answer.workloads if workload.is_to_check]):
        elements.append(Paragraph((*to_check, Text("."))))
    elements += not_counted(catalogue, [workload for workload in answer.workloads if workload.is_excepted])
    where = f"pods {answer.name}" if answer.is_namespace else f"explain {answer.workloads[0].key.full_name}"
    elements += asks(catalogue, limits, ("details", where))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: OwnersAnswer, catalogue: Catalogue) -> Line:
    partial = "-partial" if answer.seen.gaps else ""
    if not answer.at_risk and answer.to_check:
        sentence = risk(catalogue, 0, answer.to_check, (), is_complete=not answer.seen.gaps)
        return catalogue.say("risk.whole" if answer.seen.scope is None else "risk.scoped", risk=sentence)
    if not answer.at_risk:
        return catalogue.say(f"owners.none{partial}")
    line = _most(answer, catalogue)
    return (*line, Text(" "), *checks(catalogue, answer.to_check), Text(".")) if answer.to_check else line


def _most(answer: OwnersAnswer, catalogue: Catalogue) -> Line:
    """Return how much is at risk, and who has the most of it."""
    partial = "-partial" if answer.seen.gaps else ""
    seen_only = catalogue.say("owners.in-sight") if answer.seen.gaps else ()
    owned = [share for share in answer.shares if share.owner is not None and share.at_risk]
    percent = round(100 * answer.unowned / answer.at_risk)
    unowned = catalogue.say(f"owners.unowned{partial}", part=answer.unowned, n=answer.at_risk, percent=percent)
    if not owned:
        return catalogue.say(f"owners.nobody{partial}", n=answer.at_risk)
    first, *others = owned
    key = "verdict" if others else "verdict-only"
    if others and len(others[0].at_risk) == len(first.at_risk):
        key = "verdict-tie"
    line = catalogue.say(
        f"owners.{key}",
        n=answer.at_risk,
        seen=seen_only,
        owners=len(owned),
        owner=visible(first.owner or "", ROW_NAME_CHARS),
        most=len(first.at_risk),
    )
    return (*line, *unowned) if answer.unowned else line


def _row(share: OwnerShare, answer: OwnersAnswer, catalogue: Catalogue, limits: Limits) -> tuple[Line, ...]:
    nobody = no_owner(catalogue, is_complete=not answer.seen.gaps)
    owner: Line = (Name(visible(share.owner, ROW_NAME_CHARS)),) if share.owner else nobody
    owner = owner_line(catalogue, owner, answer.places.get(share.owner or ""))
    to_look_at = [w for w in answer.to_check if (w.owner.name if w.owner else None) == share.owner]
    names = names_line(catalogue, [w.key.short_name for w in (*share.at_risk, *to_look_at)], limits.names)
    at_risk = catalogue.say("owners.n-at-risk", n=len(share.at_risk))
    to_check = catalogue.say("owners.n-to-check", n=share.to_check) if share.to_check else ()
    return (owner, at_risk, to_check, names)


def _owner_verdict(answer: OwnerAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    owners = dict.fromkeys(workload.owner for workload in answer.workloads)
    named = [owner for owner in owners if owner is not None]
    if not named:
        key = "owners.namespace-nobody" if answer.is_namespace else "owners.workload-nobody"
        return catalogue.say(key, name=_shown(answer))
    if len(named) == 1 and None not in owners:
        source = catalogue.say(f"owner-source.{named[0].source}")
        shown: Line = (Name(visible(named[0].name, ROW_NAME_CHARS)),)
        owner = owner_line(catalogue, shown, answer.places.get(named[0].name))
        return catalogue.say("owners.is", name=_shown(answer), owner=owner, source=source)
    names = list(dict.fromkeys(visible(owner.name, ROW_NAME_CHARS) for owner in named))
    without = sum(workload.owner is None for workload in answer.workloads)
    key = "owners.several" if len(names) > 1 else "owners.partly"
    line = catalogue.say(key, name=_shown(answer), owners=names_line(catalogue, names, limits.names))
    return (*line, *catalogue.say("owners.without", n=without)) if without else line


def _shown(answer: OwnerAnswer) -> str:
    first: Workload | None = answer.workloads[0] if len(answer.workloads) == 1 else None
    return first.key.full_name if first is not None and not answer.is_namespace else answer.name
