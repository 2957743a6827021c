"""What several signs together say: they raise each other, and what a known agent does without is no risk."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from bot.core.agents import AgentKind, Verdict
from bot.core.rules.agents import Deployed, deployed
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.commands import CLI
from bot.core.rules.environment import CODE as HOST_ENV
from bot.core.rules.files import sees_pod_logs
from bot.core.rules.inside import NODE, Inside
from bot.core.rules.known import CODE as KNOWN_AGENT
from bot.core.rules.sockets import DOCKER_SOCKETS, DOCKERSHIM_SOCKET, PARENTS, sees_other_socket
from bot.core.runtimes import Grade

PARENT = "socket-parent-dir"

#: What a known agent that needs no Docker may mount or be told all the same. A collector of logs with a socket asks it
#: for more than logs; those have a rule of their own.
_CARRIED = {
    AgentKind.RUNTIME: frozenset(
        {"docker-socket", DOCKERSHIM_SOCKET, "cri-dockerd-socket", PARENT, "docker-data", HOST_ENV}
    ),
    AgentKind.NEUTRAL: frozenset({PARENT, "docker-data"}),
    AgentKind.LOGS: frozenset({"docker-data"}),
    AgentKind.DOCKER: frozenset(),
}

#: Signs that a container does use Docker, whatever its image could do without.
_USING = frozenset({CLI, "docker-service", "docker-binary", "runtime-setting", "docker-log-parser"})


def combined(matches: Iterable[Match], case: Case) -> list[Match]:
    """Return the matches of a template as they stand together."""
    matches = list(matches)
    if not matches:
        return matches
    agents = {inside.name: found for inside in case.insides if (found := deployed(inside, case)) is not None}
    if agents:
        using = _containers(match for match in matches if match.code in _USING and match.severity.is_at_risk)
        matches = [_carried(match, agents, using) for match in matches]
        matches = [kept for match in matches if (kept := _concerned(match, matches, agents)) is not None]
    if any(match.code == PARENT for match in matches):
        raising = _containers(match for match in matches if _raises(match, agents))
        raising |= {inside.name for inside in case.insides if _names_socket(inside)}
        matches = [_raised(match, raising) for match in matches]
    return matches


def _containers(matches: Iterable[Match]) -> set[str]:
    return {name for match in matches for name in match.containers}


def _carried(match: Match, agents: Mapping[str, Deployed], using: set[str]) -> Match:
    """Lower what known agents do without: not where the pod cannot start, nor beside a sign that they use it."""
    if match.failure is Failure.MOUNT or not match.containers or using & set(match.containers):
        return match
    found = [agents[name] for name in match.containers if name in agents]
    if len(found) < len(match.containers) or not all(_does_without(one, match.code) for one in found):
        return match
    is_asked = match.code == "docker-socket" and match.severity is Severity.BLOCKER
    if is_asked and not all(_has_other_socket(one) for one in found):
        reason = "agent-without-socket"
        return replace(match, severity=Severity.DEGRADED, grade=Grade.LIKELY, reason=reason, failure=Failure.EMPTY)
    if match.severity is Severity.INFO:
        return match
    return replace(match, severity=Severity.INFO, grade=Grade.LIKELY, reason="agent-carries-on", failure=None)


def _does_without(found: Deployed, code: str) -> bool:
    """Whether an agent works the same without what a match is about."""
    if found.verdict is not Verdict.READY or code not in _CARRIED[found.agent.kind]:
        return False
    return found.agent.kind is not AgentKind.LOGS or sees_pod_logs(found.inside)


def _has_other_socket(found: Deployed) -> bool:
    """Whether an agent that asks the runtime sees another runtime's socket, or the folder that holds it."""
    return not found.agent.needs_socket or sees_other_socket(found.inside)


def _concerned(match: Match, matches: list[Match], agents: Mapping[str, Deployed]) -> Match | None:
    """Return a match about a known agent as far as something else in its container has to do with Docker.

    What does nothing without Docker needs no other sign. An agent that is too old may still be set up for another
    runtime where no pod spec shows it.
    """
    if match.code != KNOWN_AGENT:
        return match
    (name,) = match.containers
    found = agents[name]
    if found.verdict is Verdict.NEVER:
        return match
    if any(other.code != KNOWN_AGENT and name in other.containers for other in matches):
        return match
    if found.verdict is Verdict.READY and found.agent.kind is AgentKind.RUNTIME and found.agent.has_a_limit:
        return match
    if found.agent.kind is AgentKind.LOGS or found.verdict is not Verdict.OLD:
        return None
    return replace(match, severity=Severity.REVIEW, grade=Grade.POSSIBLE)


def _raises(match: Match, agents: Mapping[str, Deployed]) -> bool:
    """Whether a match says that its container does open the socket below a folder it mounts."""
    if match.code == KNOWN_AGENT:
        found = agents[match.containers[0]]
        return match.severity.is_at_risk and found.agent.kind is not AgentKind.LOGS
    return match.code in (CLI, HOST_ENV) and match.severity is Severity.BLOCKER


def _names_socket(inside: Inside) -> bool:
    """Whether a container names Docker's socket below a folder of the node that it mounts."""
    return any(
        (spot := inside.spot(path)).kind == NODE
        and spot.path in DOCKER_SOCKETS
        and any(mount.name == spot.name and mount.path in PARENTS for mount in inside.mounts)
        for path in inside.named
    )


def _raised(match: Match, raising: set[str]) -> Match:
    if match.code != PARENT or match.severity is not Severity.REVIEW or not raising & set(match.containers):
        return match
    names = tuple(name for name in match.containers if name in raising)
    return replace(
        match,
        severity=Severity.BLOCKER,
        grade=Grade.LIKELY,
        containers=names,
        reason=f"{PARENT}-used",
        failure=Failure.CONNECT,
    )
