"""The rule about known agents: does the version deployed need Docker? (facts 4.2, row 25, and 4.3)"""

from collections.abc import Iterator

from bot.core.agents import AgentKind, Verdict
from bot.core.rules.agents import Deployed, deployed
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.evidence import shown
from bot.core.runtimes import Grade

CODE = "known-agent"


def known_agent(case: Case) -> Iterator[Match]:
    """Find known agents; `bot.core.rules.combining` keeps those that have to do with Docker here."""
    for inside in case.insides:
        found = deployed(inside, case)
        if found is not None and found.agent.kind is not AgentKind.NEUTRAL:
            yield _match(found)


def _match(found: Deployed) -> Match:
    severity, grade = Severity.DEGRADED, Grade.LIKELY
    if found.verdict is Verdict.NEVER or (found.verdict is Verdict.UNTOLD and found.agent.is_main):
        severity = Severity.BLOCKER
    elif found.verdict is Verdict.READY:
        severity = Severity.INFO
    elif found.verdict is Verdict.UNSURE:
        severity, grade = Severity.REVIEW, Grade.POSSIBLE
    container = found.inside.container
    return Match(
        CODE,
        severity,
        grade,
        f"{container.field}.image",
        shown(container.image),
        (container.name,),
        f"{CODE}-{found.verdict}",
        failure=None if severity is Severity.INFO else Failure.SETTING,
    )
