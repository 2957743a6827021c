"""A template made ready for judging: what each container can reach of its node's files."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from bot.core.agents import Agents
from bot.core.objects import Template, Volume
from bot.core.paths import normalise
from bot.core.rules.base import Evident, Failure, Match, MountPoint, Severity
from bot.core.rules.evidence import shown
from bot.core.rules.inside import Inside, Shown, look_inside
from bot.core.runtimes import Grade

# hostPath types whose check by the kubelet fails when the socket or file is absent; the others let the runtime
# create an empty directory in its place (containerd internal/cri/opts/spec_linux_opts.go, read 2026-08-22).
_CHECKED_TYPES = frozenset({"Socket", "File", "CharDevice", "BlockDevice", "Directory"})


class Reach(Struct, frozen=True):
    """A path on the node and the containers that can reach it through one volume.

    ``is_unmounted``: there are containers, all that they mount is known, and none of them mounts the volume.
    ``is_all``: nothing else of the volume is mounted.
    """

    volume: Volume
    path: str
    sub_path: str
    by: tuple[tuple[Inside, Shown], ...]
    is_unmounted: bool = False
    is_all: bool = True

    @property
    def containers(self) -> tuple[Inside, ...]:
        """The containers, each once."""
        return tuple({id(inside): inside for inside, _ in self.by}.values())

    @property
    def value(self) -> str:
        """The evidence as written in the manifest."""
        written = self.volume.host_path or ""
        return f"{written} (subPath {self.sub_path})" if self.sub_path else written

    def evident(self, has_instead: bool | None) -> Evident:
        """Return the volume and its mounts as the manifest has them; ``has_instead`` as there."""
        mounts = tuple(
            MountPoint(
                f"{inside.container.field}.volumeMounts[{shown.mount.index}]",
                shown.mount.path,
                shown.mount.sub_path or shown.mount.sub_path_expr,
                bool(shown.mount.sub_path_expr),
            )
            for inside, shown in self.by
        )
        volume = self.volume
        return Evident(volume.host_path or "", volume.host_type, volume.claim, mounts, self.is_all, has_instead)

    @property
    def is_checked(self) -> bool:
        """Whether the kubelet looks for this very path before the pod starts: with a subPath it looks above it only."""
        return self.volume.host_type in _CHECKED_TYPES and not self.sub_path


class Case(Struct, frozen=True):
    """A template made ready for judging: computed once, looked at by every rule.

    Args:
        daemons: the containers that run a Docker daemon of their own beside the others.
        found: what was found out of a container so far, by what it is about and the id of its Inside.
    """

    template: Template
    insides: tuple[Inside, ...]
    reaches: tuple[Reach, ...]
    agents: Agents
    daemons: tuple[Inside, ...] = ()
    found: dict[tuple[str, int], Any] = field(default_factory=dict)


def case_of(template: Template, agents: Agents) -> Case:
    """Return the case of a template."""
    insides = tuple(look_inside(container, template) for container in template.containers)
    daemons = tuple(inside for inside in insides if inside.is_daemon and not inside.container.ends_first)
    return Case(template, insides, tuple(_reaches(template, insides)), agents, daemons)


def _reaches(template: Template, insides: tuple[Inside, ...]) -> Iterator[Reach]:
    """Yield what each volume lets containers reach: the host path decides, never the mount path alone."""
    is_known = bool(insides) and not template.has_odd_mounts
    for volume in template.volumes:
        if volume.host_path is None:
            continue
        reached: dict[tuple[str, str], list[tuple[Inside, Shown]]] = {}
        for inside in insides:
            for mount in inside.mounts:
                if mount.volume is volume:
                    reached.setdefault((mount.path, mount.sub_path), []).append((inside, mount))
        if not reached:
            yield Reach(volume, normalise(volume.host_path), "", (), is_unmounted=is_known)
        for (path, sub_path), by in reached.items():
            yield Reach(volume, path, sub_path, tuple(by), is_all=len(reached) == 1)


def match_of(
    code: str,
    severity: Severity,
    grade: Grade,
    reach: Reach,
    reason: str,
    failure: Failure | None = None,
    *,
    has_instead: bool | None = False,
) -> Match:
    """Return the match for a reached path; a volume that no container mounts is worth knowing, not a risk."""
    if reach.is_unmounted:
        severity, grade, reason, failure = Severity.INFO, Grade.CERTAIN, "unmounted", None
    names = tuple(inside.name for inside in reach.containers)
    volume = reach.volume
    return Match(
        code,
        severity,
        grade,
        volume.field,
        shown(reach.value),
        names,
        reason,
        volume.persistent_volume,
        failure,
        reach.evident(has_instead),
    )


def in_place(sees: Iterable[bool]) -> bool | None:
    """Return whether all containers see what takes the place of something; None where only some of them do."""
    seen = set(sees)
    return None if len(seen) > 1 else True in seen


def gone_match(
    code: str,
    severity: Severity,
    grade: Grade,
    reach: Reach,
    failure: Failure,
    *,
    has_instead: bool | None = False,
) -> Match:
    """Return the match for a path that is not there without Docker: its hostPath type decides how that shows.

    Where the kubelet looks for it, the pod does not start, whatever it wanted there: a blocker.
    """
    if reach.is_checked:
        return match_of(code, Severity.BLOCKER, grade, reach, f"{code}-checked", Failure.MOUNT, has_instead=has_instead)
    return match_of(code, severity, grade, reach, code, failure, has_instead=has_instead)


def first_of_each(matches: Iterable[Match]) -> Iterator[Match]:
    """Yield the first match of each place and severity: a script of twenty docker calls is one thing to know."""
    seen: set[tuple[str, str]] = set()
    for match in matches:
        place = match.field.rpartition("[")[0] if match.field.endswith("]") else match.field
        key = (place, match.severity)
        if key not in seen:
            seen.add(key)
            yield match
