"""Variables that say where Docker is: DOCKER_HOST and its kin (facts 4.2, rows 9, 10)."""

import re
from collections.abc import Iterator

from bot.core.endpoints import read_endpoint
from bot.core.objects import EnvVar
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.daemon import DOCKER_HOST, Daemon, Where, daemon_at, daemon_of
from bot.core.rules.evidence import address
from bot.core.rules.inside import Inside
from bot.core.runtimes import Grade

CODE = "docker-host-env"

_KIN = re.compile(r"DOCKER_SOCK\w*|DOCKER_CERT_PATH|DOCKER_TLS_VERIFY|DOCKER_API_VERSION")


def docker_host_env(case: Case) -> Iterator[Match]:
    """Find where a container is told that Docker listens, and whose Docker that is."""
    for inside in case.insides:
        for variable in inside.env:
            value = (inside.values or {}).get(variable.name)
            if value == "":  # as good as unset
                continue
            if variable.name == DOCKER_HOST:
                yield _host(variable, daemon_of(inside, case), inside, value)
            elif _KIN.fullmatch(variable.name):
                is_socket = value is not None and value.endswith(".sock") and read_endpoint(value) is not None
                daemon = daemon_at(value or "", inside, case, variable.name) if is_socket else daemon_of(inside, case)
                yield _kin(variable, daemon, inside)


def _host(variable: EnvVar, daemon: Daemon, inside: Inside, value: str | None) -> Match:
    if daemon.where is Where.NODE:
        return _match(variable, inside, Severity.BLOCKER, daemon.grade, CODE, Failure.CONNECT)
    if daemon.where is not Where.UNKNOWN:
        return _match(variable, inside, Severity.INFO, daemon.grade, f"{CODE}-{daemon.where}")
    reason = f"{CODE}-{daemon.hint}" if value is not None else f"{CODE}-unknown"
    return _match(variable, inside, Severity.REVIEW, Grade.POSSIBLE, reason, Failure.CONNECT)


def _kin(variable: EnvVar, daemon: Daemon, inside: Inside) -> Match:
    if daemon.where in (Where.OWN, Where.REMOTE):
        return _match(variable, inside, Severity.INFO, daemon.grade, f"{CODE}-{daemon.where}")
    return _match(variable, inside, Severity.REVIEW, Grade.POSSIBLE, f"{CODE}-kin", Failure.CONNECT)


def _match(
    variable: EnvVar, inside: Inside, severity: Severity, grade: Grade, reason: str, failure: Failure | None = None
) -> Match:
    value = variable.origin or address(variable.value or "")
    return Match(
        CODE,
        severity,
        grade,
        f"{inside.container.field}.{variable.field}",
        f"{variable.name}={value}" if not variable.origin else f"{variable.name} from {value}",
        (inside.name,),
        reason,
        failure=failure,
    )
