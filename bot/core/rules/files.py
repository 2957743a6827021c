"""Docker's files: data, logs, configuration (facts 4.2, rows 5 to 7 and 27)."""

from collections.abc import Iterator

from bot.core.objects import Container
from bot.core.paths import is_within
from bot.core.rules.base import Match, Severity
from bot.core.rules.case import Case, match_of
from bot.core.rules.images import is_parser
from bot.core.runtimes import Grade

_DATA = ("/var/lib/docker", "/run/docker")
_LOGS = "/var/lib/docker/containers"
_CONFIG = "/etc/docker"
_POD_LOGS = "/var/log/pods"


def docker_data(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if any(is_within(reach.path, data) for data in _DATA) and not is_within(reach.path, _LOGS):
            yield match_of("docker-data", Severity.DEGRADED, Grade.LIKELY, reach, "docker-data")


def docker_logs(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if not is_within(reach.path, _LOGS):
            continue
        if reach.containers and all(_reads_cri_logs(container, case) for container in reach.containers):
            yield match_of("docker-logs", Severity.INFO, Grade.LIKELY, reach, "docker-logs-cri")
        else:
            yield match_of("docker-logs", Severity.DEGRADED, Grade.LIKELY, reach, "docker-logs")


def _reads_cri_logs(container: Container, case: Case) -> bool:
    """Whether the image ships a parser for CRI log lines and the container also sees where they are written."""
    sees_pod_logs = any(is_within(_POD_LOGS, reach.path) for reach in case.reaches if container in reach.containers)
    return sees_pod_logs and any(is_parser(container.image, parser) for parser in case.log_parsers)


def docker_config(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if is_within(reach.path, _CONFIG):
            # containerd's default config_path also looks into certs.d (containerd docs/hosts.md, read 2026-08-22).
            is_certs = is_within(reach.path, _CONFIG + "/certs.d")
            grade = Grade.POSSIBLE if is_certs else Grade.LIKELY
            reason = "docker-config-certs" if is_certs else "docker-config"
            yield match_of("docker-config", Severity.BLOCKER, grade, reach, reason)
