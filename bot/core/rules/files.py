"""Docker's files: data, logs, configuration, programs (facts 4.2, rows 5 to 8 and 27).

Each is found where a volume leads there, where a volume leads above it and what the container runs or is told names
it, and where what runs on the node itself does.
"""

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from bot.core.agents import Verdict
from bot.core.paths import is_within
from bot.core.rules.agents import deployed
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case, Reach, first_of_each, gone_match, in_place, match_of
from bot.core.rules.evidence import words
from bot.core.rules.inside import NODE, Inside
from bot.core.rules.log_lines import told_docker_lines
from bot.core.rules.on_node import named_on_node
from bot.core.runtimes import Grade

# On Windows Docker keeps its data below ProgramData (docs.docker.com dockerd "data-root", read 2026-11-29).
_DATA = ("/var/lib/docker", "/run/docker", "c:/programdata/docker")
_LOGS = ("/var/lib/docker/containers", "c:/programdata/docker/containers")
_CONFIG = "/etc/docker"
#: What systemd is told of dockerd: its unit and what is dropped in beside it.
_UNIT = re.compile(r"(?:/etc|/run|(?:/usr)?/lib)/systemd/system/docker\.(?:service|socket)(?:\.d)?(?:/|$)")
_POD_LOGS = ("/var/log/pods", "c:/var/log/pods")
_BINARY = re.compile(
    r"(?:/usr(?:/local)?)?/s?bin/(?:docker|dockerd|docker-containerd[\w-]*|docker-runc|nvidia-docker2?)"
    r"|/opt/bin/dockerd?"
)


def is_data(path: str) -> bool:
    """Whether a path on the node is in Docker's data, its logs left out."""
    return any(is_within(path, data) for data in _DATA) and not is_logs(path)


def is_logs(path: str) -> bool:
    """Whether a path on the node is in the folder of Docker's log files."""
    return any(is_within(path, logs) for logs in _LOGS)


def docker_data(case: Case) -> Iterator[Match]:
    """Find Docker's data; what a daemon of the pod's own keeps there is its own."""
    code = "docker-data"
    for reach in case.reaches:
        if is_data(reach.path):
            if reach.by and all(inside.is_daemon for inside in reach.containers):
                yield match_of(code, Severity.INFO, Grade.LIKELY, reach, "docker-data-own")
            else:
                yield gone_match(code, Severity.DEGRADED, Grade.LIKELY, reach, Failure.STALE)
        elif named := _named(reach, is_data):
            yield match_of(code, Severity.DEGRADED, Grade.LIKELY, named, code, Failure.STALE)
    yield from _on_node(case, is_data, code, Severity.DEGRADED, Failure.STALE)


def docker_logs(case: Case) -> Iterator[Match]:
    """Find Docker's log files; what reads the other runtimes' lines as well, and sees them, carries on."""
    code = "docker-logs"
    for reach in case.reaches:
        is_below = is_logs(reach.path)
        read = reach if is_below else _named(reach, is_logs)
        if read is None:
            continue
        is_checked = is_below and read.is_checked
        if not is_checked and read.by and all(_reads_cri_logs(inside, case) for inside in read.containers):
            yield match_of(code, Severity.INFO, Grade.LIKELY, read, "docker-logs-cri")
        elif not is_below:  # the other runtimes' logs may lie below the same folder: it cannot simply go
            yield match_of(code, Severity.DEGRADED, Grade.LIKELY, read, code, Failure.FORMAT, has_instead=None)
        else:
            instead = in_place(map(sees_pod_logs, read.containers))
            yield gone_match(code, Severity.DEGRADED, Grade.LIKELY, read, Failure.FORMAT, has_instead=instead)
    yield from _on_node(case, is_logs, code, Severity.DEGRADED, Failure.FORMAT)


def _reads_cri_logs(inside: Inside, case: Case) -> bool:
    """Whether a container runs a known reader of CRI log lines, sees where they are written and is not told another."""
    found = deployed(inside, case)
    is_ready = found is not None and found.verdict is Verdict.READY and found.agent.reads_container_logs
    return is_ready and sees_pod_logs(inside) and not told_docker_lines(inside)


def sees_pod_logs(inside: Inside) -> bool:
    """Whether a container sees the log files that every kubelet writes."""
    return any(mount.kind == NODE and any(is_within(logs, mount.path) for logs in _POD_LOGS) for mount in inside.mounts)


def sees_container_logs(inside: Inside) -> bool:
    """Whether a container sees container logs, Docker's own or those of every kubelet."""
    return sees_pod_logs(inside) or any(mount.kind == NODE and is_logs(mount.path) for mount in inside.mounts)


def docker_config(case: Case) -> Iterator[Match]:
    """Find Docker's configuration."""
    code = "docker-config"
    for reach in case.reaches:
        if _is_config(reach.path):
            # containerd's default config_path also looks into certs.d (containerd docs/hosts.md, read 2026-08-22).
            if _is_certs(reach.path) and not reach.is_checked:
                yield match_of(code, Severity.BLOCKER, Grade.POSSIBLE, reach, "docker-config-certs", Failure.STALE)
            else:
                yield gone_match(code, Severity.BLOCKER, Grade.LIKELY, reach, Failure.STALE)
        elif named := _named(reach, lambda path: _is_config(path) and not _is_certs(path)):
            yield match_of(code, Severity.BLOCKER, Grade.LIKELY, named, code, Failure.STALE)
        elif named := _named(reach, _is_certs):
            yield match_of(code, Severity.BLOCKER, Grade.POSSIBLE, named, "docker-config-certs", Failure.STALE)
    yield from _on_node(case, _is_config, code, Severity.BLOCKER, Failure.STALE)


def _is_config(path: str) -> bool:
    return is_within(path, _CONFIG) or _UNIT.match(path) is not None


def _is_certs(path: str) -> bool:
    return is_within(path, _CONFIG + "/certs.d")


def docker_binary(case: Case) -> Iterator[Match]:
    """Find the node's own docker and dockerd; without a command that names it, nobody may run it."""
    code = "docker-binary"
    for reach in case.reaches:
        if _is_binary(reach.path):
            runs = [run.call.program for inside, _ in reach.by for run in inside.runs]
            is_run = any(program.startswith(("docker", "nvidia-docker")) for program in runs)
            grade = Grade.LIKELY if is_run or reach.is_checked else Grade.POSSIBLE
            yield gone_match(code, Severity.BLOCKER, grade, reach, Failure.PROGRAM)
        elif named := _named(reach, _is_binary):
            yield match_of(code, Severity.BLOCKER, Grade.LIKELY, named, code, Failure.PROGRAM)
    yield from _on_node(case, _is_binary, code, Severity.BLOCKER, Failure.PROGRAM)


def _is_binary(path: str) -> bool:
    return _BINARY.fullmatch(path) is not None


def _named(reach: Reach, wanted: Callable[[str], bool]) -> Reach | None:
    """Return a reach of a folder above by those containers that name something wanted below it; None where none does.

    A folder such as /var/lib is mounted for many reasons: a path in what the container runs or is told says which.
    """
    by = tuple(
        (inside, mount)
        for inside, mount in reach.by
        if any(
            (spot := inside.spot(path)).kind == NODE and spot.name == mount.name and wanted(spot.path)
            for path in inside.named
        )
    )
    return replace(reach, by=by) if by else None


def _on_node(
    case: Case, wanted: Callable[[str], bool], code: str, severity: Severity, failure: Failure
) -> Iterator[Match]:
    """Yield what runs on the node and names something wanted there."""
    return first_of_each(
        Match(
            code,
            severity,
            Grade.POSSIBLE if _is_certs(named.path) else Grade.LIKELY,
            named.run.field,
            words((named.run.call.program, named.word)),
            (inside.name,),
            f"{code}-certs" if _is_certs(named.path) else code,
            failure=failure,
        )
        for inside in case.insides
        for named in named_on_node(inside)
        if wanted(named.path)
    )
