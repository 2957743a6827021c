"""Commands, hooks, probes and scripts that need Docker: its command line, its service (facts 4.2, rows 13, 14, 19)."""

from collections.abc import Iterator

from bot.core.docker_words import Kind, Use
from bot.core.paths import is_within, normalise
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case, first_of_each
from bot.core.rules.daemon import Daemon, Where, daemon_of, daemon_of_call
from bot.core.rules.evidence import shown, words
from bot.core.rules.images import is_cli_image
from bot.core.rules.inside import NODE, Inside
from bot.core.rules.on_node import is_on_node, is_start_script
from bot.core.rules.runs import Run
from bot.core.runtimes import Grade

CLI = "docker-cli"
SERVICE = "docker-service"

#: Talk to Docker through a socket of any name, or through one that only a look at the mounts tells.
_DOCKER_NAMES = ("docker.sock", "docker_engine")

#: Sockets of the node's init system: what asks one of them asks about the node's services.
_INIT = ("/run/systemd", "/run/dbus", "/run/systemd/private", "/run/dbus/system_bus_socket", "/run", "/")
_JOURNAL = ("/var/log/journal", "/run/log/journal", "/var/log", "/run/log")


def docker_cli(case: Case) -> Iterator[Match]:
    """Find calls of Docker's command line and of its API, and images that are there for them."""
    for inside in case.insides:
        found = list(first_of_each(_calls(inside, case)))
        yield from found
        if not found and is_cli_image(inside.container.image):
            yield _image(inside, case)


def docker_service(case: Case) -> Iterator[Match]:
    """Find what restarts, asks or kills the node's dockerd."""
    yield from first_of_each(
        _service(run, use, inside, case)
        for inside in case.insides
        for run, use in uses(inside)
        if use.kind in (Kind.SERVICE, Kind.CRI_DOCKERD_SERVICE)
    )


def uses(inside: Inside) -> Iterator[tuple[Run, Use]]:
    """Yield every use of Docker in what a container runs."""
    return ((run, use) for run in inside.runs for use in run.uses)


def _calls(inside: Inside, case: Case) -> Iterator[Match]:
    for run, use in uses(inside):
        daemon = daemon_of_call(use, run.call, inside, case)
        if daemon.where is Where.UNKNOWN and is_start_script(run, inside):
            daemon = Daemon(Where.NODE, Grade.LIKELY)
        if use.kind is Kind.CLI or (use.kind is Kind.SOCKET and _is_docker(use, daemon, inside)):
            yield _cli(run, use, daemon, inside)


def _is_docker(use: Use, daemon: Daemon, inside: Inside) -> bool:
    """Whether the socket that a call uses is Docker's: by what is mounted there, else by its name."""
    if daemon.where is Where.NODE or not (use.endpoint or "").startswith("/"):
        return True
    return (use.endpoint or "").endswith(_DOCKER_NAMES) and inside.spot(use.endpoint or "").kind != NODE


def _cli(run: Run, use: Use, daemon: Daemon, inside: Inside) -> Match:
    severity, failure = Severity.BLOCKER, Failure.CONNECT
    if daemon.where is Where.UNKNOWN:
        severity = Severity.REVIEW
    reason = CLI if daemon.where is Where.NODE else f"{CLI}-{daemon.where}"
    if daemon.where in (Where.OWN, Where.REMOTE):
        return Match(CLI, Severity.INFO, daemon.grade, run.field, words(use.words), (inside.name,), reason)
    return Match(CLI, severity, daemon.grade, run.field, words(use.words), (inside.name,), reason, failure=failure)


def _image(inside: Inside, case: Case) -> Match:
    """Return the match for the image of Docker's command line: what it runs is in the image, or in somebody's hands."""
    daemon = daemon_of(inside, case)
    field, value = f"{inside.container.field}.image", shown(inside.container.image)
    if daemon.where in (Where.OWN, Where.REMOTE):
        return Match(CLI, Severity.INFO, daemon.grade, field, value, (inside.name,), f"{CLI}-{daemon.where}")
    if daemon.where is Where.NODE and daemon.grade is Grade.CERTAIN:
        return Match(CLI, Severity.BLOCKER, Grade.LIKELY, field, value, (inside.name,), CLI, failure=Failure.CONNECT)
    reason = f"{CLI}-image"
    return Match(CLI, Severity.REVIEW, Grade.POSSIBLE, field, value, (inside.name,), reason, failure=Failure.CONNECT)


def _service(run: Run, use: Use, inside: Inside, case: Case) -> Match:
    severity, grade, reason, failure = Severity.REVIEW, Grade.POSSIBLE, f"{SERVICE}-unknown", Failure.PROGRAM
    if is_on_node(run.call, inside) or case.template.host_process:
        severity, grade, reason = Severity.BLOCKER, Grade.CERTAIN, SERVICE
    elif _may_reach(run, inside):
        severity, grade, reason = Severity.BLOCKER, Grade.LIKELY, SERVICE
    if use.kind is Kind.CRI_DOCKERD_SERVICE:
        severity, grade, reason = Severity.REVIEW, grade, f"{SERVICE}-cri-dockerd"
    elif inside.is_daemon and severity is Severity.REVIEW:
        return Match(
            SERVICE, Severity.INFO, Grade.LIKELY, run.field, words(use.words), (inside.name,), f"{SERVICE}-own"
        )
    return Match(SERVICE, severity, grade, run.field, words(use.words), (inside.name,), reason, failure=failure)


def _may_reach(run: Run, inside: Inside) -> bool:
    """Whether what is not run on the node most likely reaches its init system or its processes all the same."""
    call = run.call
    if inside.sees_processes and call.root is None:  # facts 4.1, row 14: with hostPID by whatever way
        return True
    root = normalise(inside.in_shell(call.root or "/"))
    root = "/" if "$" in root else root  # a root nobody knows may be any folder that is mounted
    return _sees(inside, _INIT, root) or (call.program == "journalctl" and _sees(inside, _JOURNAL, root))


def _sees(inside: Inside, places: tuple[str, ...], root: str) -> bool:
    return any(m.kind == NODE and m.path in places and is_within(m.at, root) for m in inside.mounts)
