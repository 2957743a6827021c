"""Options and variables that tell a tool to expect Docker, or its log format (facts 4.2, rows 11, 12, 21, 24)."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.core.agents import Verdict
from bot.core.docker_tables import ELSEWHERE_EXECUTORS, EXECUTORS
from bot.core.docker_words import Kind, Use
from bot.core.rules.agents import Deployed, deployed
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.commands import uses
from bot.core.rules.daemon import Daemon, Where, daemon_at, daemon_of
from bot.core.rules.evidence import address, shown, words
from bot.core.rules.files import sees_container_logs
from bot.core.rules.inside import Inside
from bot.core.rules.log_lines import told_docker_lines
from bot.core.rules.runs import Run
from bot.core.runtimes import Grade

SETTING = "runtime-setting"
PARSER = "docker-log-parser"

_DOCKERSHIM = re.compile(r"dockershim(?:\.sock)?$")
_CRI_DOCKERD = re.compile(r"cri-dockerd(?:\.sock)?$")


class _Variable(Struct, frozen=True):
    """A variable that counts when its whole value looks like this.

    ``is_client``: what it makes a client of Docker talks to the daemon that DOCKER_HOST leads to.
    """

    name: re.Pattern[str]
    value: re.Pattern[str]
    is_stopping: bool = False
    is_client: bool = False


# Argo's executor needs docker.sock (facts, row 12); Chaos Mesh and Litmus read CONTAINER_RUNTIME; the socket variables
# are those of CRI clients and agents (Datadog's DD_CRI_SOCKET_PATH).
_VARIABLES = (
    _Variable(re.compile(r"(?:ARGO_)?CONTAINER_RUNTIME_EXECUTOR"), re.compile(r"docker"), is_stopping=True),
    _Variable(re.compile(r"RUNNER_EXECUTOR"), EXECUTORS, is_stopping=True, is_client=True),
    _Variable(re.compile(r"(?:\w+_)?CONTAINER_RUNTIME"), re.compile(r"docker", re.IGNORECASE)),
    _Variable(
        re.compile(
            r"(?:\w+_)?(?:CONTAINER_RUNTIME|RUNTIME|IMAGE_SERVICE|CRI)_(?:ENDPOINT|SOCKET\w*|ADDRESS)|SOCKET_PATH"
        ),
        re.compile(r".*(?:docker(?:shim)?\.sock|docker_engine|dockershim|cri-dockerd(?:\.sock)?)"),
    ),
)


def runtime_setting(case: Case) -> Iterator[Match]:
    """Find what tells a tool to use Docker, dockershim or cri-dockerd."""
    for inside in case.insides:
        for variable in inside.env:
            value = (inside.values or {}).get(variable.name) or ""
            for setting in _VARIABLES:
                if setting.name.fullmatch(variable.name) and setting.value.fullmatch(value):
                    text = f"{variable.name}={address(variable.value or '')}"
                    field = f"{inside.container.field}.{variable.field}"
                    is_whole = text == f"{variable.name}={variable.value}"
                    kind = {"is_stopping": setting.is_stopping, "is_client": setting.is_client}
                    found = _setting(field, text, value, inside, case, **kind)
                    yield replace(found, is_whole=is_whole)
                    break
        for run, use in uses(inside):
            if use.kind in (Kind.SETTING, Kind.DOCKERSHIM, Kind.CRI_DOCKERD):
                text = words(use.words)
                place = _place(run, use, inside)
                kind = {"is_stopping": _is_executor(use), "is_client": _is_runner(use)}
                found = _setting(place or run.field, text, _where(use), inside, case, **kind)
                yield replace(found, is_whole=place is not None and text == " ".join(use.words))


def _place(run: Run, use: Use, inside: Inside) -> str | None:
    """Return the field of the option among the container's own words, None where it stands in a script or a hook."""
    evidence, count = inside.container.evidence, len(use.words)
    for name, argv in (("command", evidence.command), ("args", evidence.args)):
        place = f"{inside.container.field}.{name}"
        if run.field.startswith(f"{place}["):
            for at in range(len(argv)):
                if argv[at : at + count] == use.words:
                    return f"{place}[{at}]"
    return None


def _where(use: Use) -> str:
    return use.endpoint if use.endpoint is not None else use.words[-1].rpartition("=")[2]


def _is_executor(use: Use) -> bool:
    return "executor" in use.words[0].partition("=")[0]


def _is_runner(use: Use) -> bool:
    """Whether it is GitLab Runner's option, and not the one of Argo's controller."""
    return use.words[0].lstrip("-").partition("=")[0] == "executor"


def _setting(
    field: str, text: str, value: str, inside: Inside, case: Case, *, is_stopping: bool, is_client: bool
) -> Match:
    """Return the match for a setting: a blocker where the tool does nothing else, degraded where it loses a part."""
    found = deployed(inside, case)
    severity, grade, reason = Severity.DEGRADED, Grade.LIKELY, SETTING
    if is_stopping or (found is not None and found.agent.is_main):
        severity = Severity.BLOCKER
    if _DOCKERSHIM.search(value):
        severity, reason = Severity.BLOCKER, f"{SETTING}-dockershim"
    elif _CRI_DOCKERD.search(value):
        severity, reason = Severity.REVIEW, f"{SETTING}-cri-dockerd"
    elif is_client or "/" in value or ":" in value:
        daemon = daemon_of(inside, case) if is_client else daemon_at(value, inside, case)
        if value.lower() in ELSEWHERE_EXECUTORS:
            daemon = Daemon(Where.REMOTE, Grade.LIKELY)
        if daemon.where in (Where.OWN, Where.REMOTE):
            return Match(SETTING, Severity.INFO, daemon.grade, field, text, (inside.name,), f"{SETTING}-{daemon.where}")
    return Match(SETTING, severity, grade, field, text, (inside.name,), reason, failure=Failure.SETTING)


def docker_log_parser(case: Case) -> Iterator[Match]:
    """Find a log collector that is told to read Docker's format."""
    for inside in case.insides:
        lines = told_docker_lines(inside)
        for told in lines:
            yield replace(_found(told.field, words([told.words]), inside), is_whole=told.is_whole)
        known = deployed(inside, case)
        if not lines and known is not None and known.agent.reads_docker_lines and _is_untold(known, inside):
            field, image = f"{inside.container.field}.image", inside.container.image
            yield replace(_found(field, shown(image), inside), reason=f"{PARSER}-default")


def _is_untold(known: Deployed, inside: Inside) -> bool:
    """Whether a collector reads Docker's lines by default here, and container logs at all."""
    return known.verdict in (Verdict.OLD, Verdict.UNTOLD) and sees_container_logs(inside)


def _found(field: str, text: str, inside: Inside) -> Match:
    return Match(PARSER, Severity.DEGRADED, Grade.LIKELY, field, text, (inside.name,), PARSER, failure=Failure.FORMAT)
