"""The sentence that counts what is at risk, to check and excepted, and names what it leaves out."""

from collections.abc import Sequence

from bot.core.view import Workload
from bot.render.document import Element, Line, Name, Paragraph, join
from bot.render.messages import Catalogue
from bot.render.parts import names_line

#: Names of workloads to check that the first sentence carries.
NAMED_TO_CHECK = 3


def risk(
    catalogue: Catalogue,
    at_risk: int,
    to_check: Sequence[Workload],
    excepted: Sequence[Workload],
    *,
    is_complete: bool,
) -> Line:
    """``4 workloads at risk, 1 to check: web/debug-shell, 1 excepted: web/legacy (until 2027-01-31)``.

    Below full coverage it never says more than was seen.
    """
    hedge = "" if is_complete else "-partial"
    if at_risk:
        line = catalogue.say(f"risk.some{hedge}", n=at_risk)
    else:
        line = catalogue.say(f"risk.none-else{hedge}" if excepted else f"risk.none{hedge}")
    if to_check:
        line = catalogue.say("risk.join", risk=line, check=checks(catalogue, to_check))
    if excepted:
        shown = catalogue.say("risk.excepted", n=len(excepted), names=excepted_names(catalogue, excepted))
        line = catalogue.say("risk.join", risk=line, check=shown)
    return line


def checks(catalogue: Catalogue, to_check: Sequence[Workload], kind: str = "risk.check") -> Line:
    """``1 to check: web/debug-shell``: the first of them, and how many more; nothing where there are none."""
    if not to_check:
        return ()
    names = names_line(catalogue, [workload.key.short_name for workload in to_check], NAMED_TO_CHECK)
    return catalogue.say(kind, n=len(to_check), names=names)


def excepted_names(catalogue: Catalogue, excepted: Sequence[Workload]) -> Line:
    """``web/legacy (until 2027-01-31), ci/build (until 2026-12-24)``: the first of them, and how many more."""
    shown = [
        catalogue.say("risk.excepted-until", name=workload.key.short_name, date=workload.excepted_until)
        if workload.excepted_until
        else (Name(workload.key.short_name),)
        for workload in excepted[:NAMED_TO_CHECK]
    ]
    if len(excepted) > NAMED_TO_CHECK:
        shown.append(catalogue.say("status.more", n=len(excepted) - NAMED_TO_CHECK))
    return join(shown, catalogue.say("join.list"))


def not_counted(catalogue: Catalogue, excepted: Sequence[Workload]) -> list[Element]:
    """Return what an answer leaves out for exceptions, where its first sentence does not say so."""
    if not excepted:
        return []
    names = excepted_names(catalogue, excepted)
    return [Paragraph(catalogue.say("risk.not-counted", n=len(excepted), names=names))]


def voided(catalogue: Catalogue, workloads: Sequence[Workload], code: str | None = None) -> list[Element]:
    """Return how many exceptions of some workloads are void, and so count, and which workloads those are.

    Args:
        code: the only rule that is asked for.
    """
    void = [[each for each in workload.voided if code in (None, each.code)] for workload in workloads]
    if not any(void):
        return []
    concerned = [workload.key.short_name for workload, each in zip(workloads, void, strict=True) if each]
    names = names_line(catalogue, concerned, NAMED_TO_CHECK)
    return [Paragraph(catalogue.say("risk.void", n=sum(map(len, void)), names=names), is_warning=True)]
