"""The words of the rule table: severity, how it fails, match, rule. Judges nothing."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.core.runtimes import Grade

if TYPE_CHECKING:
    from bot.core.rules.case import Case


class Severity(StrEnum):
    """What happens when the workload's node leaves Docker; ``rank`` sorts the worst first."""

    BLOCKER = "blocker"
    DEGRADED = "degraded"
    REVIEW = "review"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]

    @property
    def is_at_risk(self) -> bool:
        """Whether a workload with such a finding counts as at risk."""
        return self in (Severity.BLOCKER, Severity.DEGRADED)


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Failure(StrEnum):
    """How it shows once Docker is gone; `bot.core.failing` says it for a runtime.

    MOUNT: the hostPath type asks for what is no longer there. EMPTY: the runtime makes an empty directory in its place.
    CONNECT: nothing answers at an address. PROGRAM: a program or a unit is not there. STALE: files stay, nobody writes
    them any more. FORMAT: log lines look otherwise. SETTING: a tool looks for Docker. PROFILE: the node has no such
    handler or profile.
    """

    MOUNT = "mount"
    EMPTY = "empty"
    CONNECT = "connect"
    PROGRAM = "program"
    STALE = "stale"
    FORMAT = "format"
    SETTING = "setting"
    PROFILE = "profile"


class MountPoint(Struct, frozen=True):
    """Where a container mounts a volume: its field, and mountPath and subPath (or subPathExpr) as written."""

    field: str
    path: str
    sub_path: str = ""
    is_expression: bool = False


class Evident(Struct, frozen=True):
    """The volume that a match is about, as the manifest has it.

    Args:
        path: on the node, as written; of a claim that of the PersistentVolume behind it.
        host_type: hostPath ``type``, empty when unset.
        claim: the claim's name, None for a hostPath.
        mounts: where containers mount what the match is about.
        is_all: whether nothing else of the volume is mounted anywhere.
        has_instead: whether those containers see already what takes its place without Docker; None: only some do.
    """

    path: str
    host_type: str = ""
    claim: str | None = None
    mounts: tuple[MountPoint, ...] = ()
    is_all: bool = True
    has_instead: bool | None = False


class Match(Struct, frozen=True):
    """One rule that matched one template.

    Args:
        field: path inside the pod spec, such as ``volumes[0].hostPath.path``; one that starts with ``spec.`` or
            ``metadata.`` stands outside it.
        value: what stands there, as written in the manifest; never a secret, and cut where it is long.
        containers: names of the containers it reaches, in manifest order.
        reason: entry of the message catalogue below ``why.`` that says what would happen.
        persistent_volume: the volume behind the claim at ``field``, when there is one.
        failure: how it would show; None where nothing fails.
        volume: what leads there, for a match about a path of the node.
        is_whole: of an option or a variable, whether ``value`` is all that stands at ``field``, and in the word after
            it for an option of two words; a variable's is after ``NAME=``.
    """

    code: str
    severity: Severity
    grade: Grade
    field: str
    value: str
    containers: tuple[str, ...]
    reason: str
    persistent_volume: str | None = None
    failure: Failure | None = None
    volume: Evident | None = None
    is_whole: bool = False


class Rule(Struct, frozen=True):
    """One entry of the table. ``code`` is public and never reused; ``severities`` are those it can give.

    A volume that no container mounts is ``info`` under every code, and so is what a recognised agent does without.
    """

    code: str
    severities: tuple[Severity, ...]
    judge: "Callable[[Case], Iterator[Match]]"
