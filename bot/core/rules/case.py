"""A template made ready for judging: what each container can reach of its node's files."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.objects import Container, Template, Volume
from bot.core.paths import join, normalise
from bot.core.rules.base import Match, Severity
from bot.core.rules.images import LogParser
from bot.core.runtimes import Grade

# hostPath types whose check by the kubelet fails when the socket or file is absent; the others let the runtime
# create an empty directory in its place (containerd internal/cri/opts/spec_linux_opts.go, read 2026-08-22).
_CHECKED_TYPES = frozenset({"Socket", "File", "CharDevice", "BlockDevice", "Directory"})


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


def reaches_of(template: Template) -> Iterator[Reach]:
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


def match_of(code: str, severity: Severity, grade: Grade, reach: Reach, reason: str) -> Match:
    """Return the match for a reached path; a volume that no container mounts is worth knowing, not a risk."""
    if reach.is_unmounted:
        severity, grade, reason = Severity.INFO, Grade.CERTAIN, "unmounted"
    names = tuple(container.name for container in reach.containers)
    volume = reach.volume
    return Match(code, severity, grade, volume.field, reach.value, names, reason, volume.persistent_volume)


def fails_as(code: str, reach: Reach) -> str:
    """Return the reason that tells apart a pod that cannot start from one that starts and cannot connect."""
    return f"{code}-checked" if reach.volume.host_type in _CHECKED_TYPES else code
