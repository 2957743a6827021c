"""The rule table: what in a pod template ties it to the node's Docker, how badly, and how sure that is.

Each rule is a small pure function from a template to its matches. A rule sees no pod, no node and no
cluster: equal templates are judged once, and where the pods run is decided elsewhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.objects import Container, Template, Volume
from bot.core.paths import is_within, join, normalise
from bot.core.runtimes import Grade
from bot.core.versions import parse


class Severity(StrEnum):
    """What happens when the workload's node leaves Docker; ``rank`` sorts the worst first."""

    BLOCKER = "blocker"
    DEGRADED = "degraded"
    REVIEW = "review"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    @property
    def is_at_risk(self) -> bool:
        """Whether a workload with such a finding counts as at risk."""
        return self in (Severity.BLOCKER, Severity.DEGRADED)


@dataclass(frozen=True, slots=True)
class Match:
    """One rule that matched one template.

    Args:
        field: path inside the pod spec, such as ``volumes[0].hostPath.path``.
        value: what stands there, as written in the manifest.
        containers: names of the containers it reaches, in manifest order.
        reason: entry of the message catalogue below ``why.`` that says what would happen.
        persistent_volume: the volume behind the claim at ``field``, when there is one.
    """

    code: str
    severity: Severity
    grade: Grade
    field: str
    value: str
    containers: tuple[str, ...]
    reason: str
    persistent_volume: str | None = None


@dataclass(frozen=True, slots=True)
class LogParser:
    """An image whose shipped configuration reads CRI log lines, from a version on (None: every version)."""

    image: str
    since: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """A path on the node and the containers that can reach it through one volume.

    ``is_unmounted``: there are containers, and none of them mounts the volume.
    """

    volume: Volume
    path: str
    sub_path: str
    containers: tuple[Container, ...]
    is_unmounted: bool = False

    @property
    def value(self) -> str:
        """The evidence as written in the manifest."""
        written = self.volume.host_path or ""
        return f"{written} (subPath {self.sub_path})" if self.sub_path else written


@dataclass(frozen=True, slots=True)
class Case:
    """A template made ready for judging: computed once, looked at by every rule."""

    template: Template
    reaches: tuple[Reach, ...]
    log_parsers: tuple[LogParser, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the table. ``code`` is public and never reused; ``severities`` are those it can give.

    A volume that no container mounts is ``info`` under every code.
    """

    code: str
    severities: tuple[Severity, ...]
    judge: Callable[[Case], Iterator[Match]]


# hostPath types whose check by the kubelet fails when the socket or file is absent; the others let the runtime
# create an empty directory in its place (containerd internal/cri/opts/spec_linux_opts.go, read 2026-08-22).
_CHECKED_TYPES = frozenset({"Socket", "File", "CharDevice", "BlockDevice", "Directory"})

#: The one rule whose socket is gone on cri-dockerd as well, which is Docker but has no dockershim.
DOCKERSHIM_SOCKET = "dockershim-socket"

_SOCKETS = ("/run/docker.sock", "pipe:docker_engine")
_SHIM_SOCKETS = ("/run/dockershim.sock", "pipe:dockershim")
_SHIM_STATE = "/var/lib/dockershim"
_PARENTS = ("/run", "/var", "/")
_DATA = ("/var/lib/docker", "/run/docker")
_LOGS = "/var/lib/docker/containers"
_CONFIG = "/etc/docker"
_POD_LOGS = "/var/log/pods"


def judge(template: Template, log_parsers: tuple[LogParser, ...] = ()) -> tuple[Match, ...]:
    """Return every match of every rule in a template, worst first."""
    case = Case(template, tuple(_reaches(template)), log_parsers)
    matches = [match for rule in RULES for match in rule.judge(case)]
    return tuple(sorted(matches, key=lambda match: (match.severity.rank, match.code, match.field)))


def _reaches(template: Template) -> Iterator[Reach]:
    """Yield what each volume lets containers reach: the host path decides, never the mount path alone."""
    for volume in template.volumes:
        if volume.host_path is None:
            continue
        reached: dict[tuple[str, str], list[Container]] = {}
        for container in template.containers:
            for mount in container.mounts:
                if mount.volume == volume.name:
                    # In and behind the first part with a $(VAR) anything may follow; the folder before it is certain.
                    fixed, variable, _ = mount.sub_path_expr.partition("$(")
                    sub_path = mount.sub_path or (fixed.rpartition("/")[0] if variable else fixed)
                    seen = reached.setdefault((join(volume.host_path, sub_path), sub_path), [])
                    if container not in seen:
                        seen.append(container)
        if not reached:
            yield Reach(volume, normalise(volume.host_path), "", (), is_unmounted=bool(template.containers))
        for (path, sub_path), containers in reached.items():
            yield Reach(volume, path, sub_path, tuple(containers))


def _match(code: str, severity: Severity, grade: Grade, reach: Reach, reason: str) -> Match:
    """Return the match for a reached path; a volume that no container mounts is worth knowing, not a risk."""
    if reach.is_unmounted:
        severity, grade, reason = Severity.INFO, Grade.CERTAIN, "unmounted"
    names = tuple(container.name for container in reach.containers)
    volume = reach.volume
    return Match(code, severity, grade, volume.field, reach.value, names, reason, volume.persistent_volume)


def _fails_as(code: str, reach: Reach) -> str:
    """Return the reason that tells apart a pod that cannot start from one that starts and cannot connect."""
    return f"{code}-checked" if reach.volume.host_type in _CHECKED_TYPES else code


def _docker_socket(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _SOCKETS:
            reason = _fails_as("docker-socket", reach)
            yield _match("docker-socket", Severity.BLOCKER, Grade.CERTAIN, reach, reason)


def _dockershim_socket(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _SHIM_SOCKETS or is_within(reach.path, _SHIM_STATE):
            yield _match(DOCKERSHIM_SOCKET, Severity.BLOCKER, Grade.CERTAIN, reach, DOCKERSHIM_SOCKET)


def _socket_parent_dir(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _PARENTS:
            yield _match("socket-parent-dir", Severity.REVIEW, Grade.POSSIBLE, reach, "socket-parent-dir")


def _docker_data(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if any(is_within(reach.path, data) for data in _DATA) and not is_within(reach.path, _LOGS):
            yield _match("docker-data", Severity.DEGRADED, Grade.LIKELY, reach, "docker-data")


def _docker_logs(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if not is_within(reach.path, _LOGS):
            continue
        if reach.containers and all(_reads_cri_logs(container, case) for container in reach.containers):
            yield _match("docker-logs", Severity.INFO, Grade.LIKELY, reach, "docker-logs-cri")
        else:
            yield _match("docker-logs", Severity.DEGRADED, Grade.LIKELY, reach, "docker-logs")


def _reads_cri_logs(container: Container, case: Case) -> bool:
    """Whether the image ships a parser for CRI log lines and the container also sees where they are written."""
    sees_pod_logs = any(is_within(_POD_LOGS, reach.path) for reach in case.reaches if container in reach.containers)
    return sees_pod_logs and any(_is_parser(container.image, parser) for parser in case.log_parsers)


def _is_parser(image: str, parser: LogParser) -> bool:
    repository, tag = split_image(image)
    if repository.rpartition("/")[2] != parser.image:
        return False
    if parser.since is None:
        return True
    deployed, needed = parse(tag), parse(parser.since)
    return deployed is not None and needed is not None and deployed >= needed


def _docker_config(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if is_within(reach.path, _CONFIG):
            # containerd's default config_path also looks into certs.d (containerd docs/hosts.md, read 2026-08-22).
            is_certs = is_within(reach.path, _CONFIG + "/certs.d")
            grade = Grade.POSSIBLE if is_certs else Grade.LIKELY
            reason = "docker-config-certs" if is_certs else "docker-config"
            yield _match("docker-config", Severity.BLOCKER, grade, reach, reason)


def _dind(case: Case) -> Iterator[Match]:
    for container in case.template.containers:
        repository, tag = split_image(container.image)
        name = repository.rpartition("/")[2]
        if name.endswith("dind") or (name == "docker" and "dind" in tag):
            grade = Grade.CERTAIN if container.privileged else Grade.LIKELY
            field = f"{container.field}.image"
            yield Match("dind", Severity.INFO, grade, field, container.image, (container.name,), "dind")


def split_image(image: str) -> tuple[str, str]:
    """Return (repository, tag) of an image reference; the tag is empty for a digest or when left out."""
    image = image.partition("@")[0]
    repository, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:  # the colon of registry:port
        return image, ""
    return repository, tag


RULES = (
    Rule("docker-socket", (Severity.BLOCKER,), _docker_socket),
    Rule(DOCKERSHIM_SOCKET, (Severity.BLOCKER,), _dockershim_socket),
    Rule("socket-parent-dir", (Severity.REVIEW,), _socket_parent_dir),
    Rule("docker-data", (Severity.DEGRADED,), _docker_data),
    Rule("docker-logs", (Severity.DEGRADED, Severity.INFO), _docker_logs),
    Rule("docker-config", (Severity.BLOCKER,), _docker_config),
    Rule("dind", (Severity.INFO,), _dind),
)
