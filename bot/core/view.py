"""The ClusterView: what is known of a cluster, judged, counted and with its coverage."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from bot.core.owners import Owner
from bot.core.placing import Place
from bot.core.rules import DOCKERSHIM_SOCKET, Evident, Failure, Severity
from bot.core.runtimes import Grade, Runtime
from bot.core.snapshot import Gap, scope_of
from bot.core.workloads import WorkloadKey


class NodeFact(Struct, frozen=True, gc=False):
    """One node as answers show it. ``minor`` is the kubelet's ``1.23``, None when it cannot be parsed."""

    name: str
    runtime: Runtime
    grade: Grade
    runtime_version: str
    kubelet_version: str
    minor: str | None
    pool: str | None
    is_ready: bool | None
    is_unschedulable: bool
    os_image: str


class Pool(Struct, frozen=True):
    """A node group.

    Args:
        name: None for the nodes that have no pool.
        likely: of the nodes in ``by_runtime``, those whose runtime is not certain.
    """

    name: str | None
    total: int
    by_runtime: Mapping[Runtime, int]
    likely: Mapping[Runtime, int] = field(default_factory=dict)

    @property
    def on_docker(self) -> int:
        """Nodes of the pool whose containers run in Docker Engine."""
        return sum(count for runtime, count in self.by_runtime.items() if runtime.is_docker)


class Excepted(Struct, frozen=True):
    """That a finding is accepted: why, by whom (empty once they were forgotten), and the last UTC day it holds."""

    reason: str
    by: str
    until: date


class Voided(Struct, frozen=True):
    """An exception that does not hold, since something else is found than was accepted.

    Args:
        until: the last day it was to hold; at: when that was noted, None before.
    """

    code: str
    until: date
    at: datetime | None = None


class Finding(Struct, frozen=True, gc=False):
    """One rule that matched one workload.

    Args:
        field: full path inside the object named by ``seen_in``.
        reason: entry of the message catalogue below ``why.``.
        guide: id of guides.toml.
        seen_in: ``Kind/name`` of the object the field stands in; a live pod stands for all like it.
        in_template: whether the workload's own template carries it; False when that was read and only live pods do.
        failure: how it shows once Docker is gone; None where nothing fails.
        in_pods: whether any live pod carries it; None while there is none. A webhook may take out what a template has.
        images: of the containers, in their order; empty where the detector does not tell.
        excepted: the exception that covers it now, laid over the view by `bot.core.exceptions`.
        place: the line that decides it, for a finding in a file.
        volume: what leads to a path of the node, with the full paths of its mounts; None for other findings.
        is_whole: as in `bot.core.rules.Match`.
        run: a digest of what the containers run, whole, and whether privileged; the value shows a few words of it.
    """

    code: str
    severity: Severity
    grade: Grade
    field: str
    value: str
    containers: tuple[str, ...]
    reason: str
    guide: str | None
    seen_in: str
    in_template: bool
    persistent_volume: str | None = None
    failure: Failure | None = None
    in_pods: bool | None = None
    images: tuple[str, ...] = ()
    excepted: Excepted | None = None
    place: Place | None = None
    volume: Evident | None = None
    is_whole: bool = False
    run: str = ""

    @property
    def is_listed(self) -> bool:
        """Whether it is more than worth knowing, which is what can be excepted."""
        return self.severity is not Severity.INFO


class PodCounts(Struct, frozen=True, gc=False):
    """Pods of a workload that are not Succeeded or Failed.

    Of the at-risk ones: ``exposed`` run on a Docker node, ``off_docker`` on another runtime, and for
    ``exposure_unknown`` nobody can tell (unscheduled, or the node or its runtime is unknown).
    """

    total: int = 0
    exposed: int = 0
    off_docker: int = 0
    exposure_unknown: int = 0


class Workload(Struct, frozen=True, gc=False):
    """A workload with its findings, worst first.

    ``nodes`` counts the pods its findings concern by node, whatever the node's runtime: the at-risk pods of
    an at-risk workload, all running pods of one to check. Pods without a node are not in it.
    ``placed`` counts all its pods that are not finished by node, ``with_empty_dir`` those of them that have an emptyDir
    volume. Equal mappings are one object: never change them.
    ``is_static``: a pod that its node's kubelet runs from a file, and no controller can move.
    ``place``: where it begins, for a workload in a file.
    ``voided``: exceptions of what is found on it that do not hold; laid over the view like those that do.
    """

    key: WorkloadKey
    owner: Owner | None
    pods: PodCounts
    findings: tuple[Finding, ...]
    nodes: Mapping[str, int] = field(default_factory=dict)
    placed: Mapping[str, int] = field(default_factory=dict)
    is_static: bool = False
    with_empty_dir: Mapping[str, int] = field(default_factory=dict)
    place: Place | None = None
    voided: tuple[Voided, ...] = ()

    @property
    def is_excepted(self) -> bool:
        """Whether it has findings above ``info``, and exceptions cover every one of them."""
        listed = [finding.excepted for finding in self.findings if finding.is_listed]
        return bool(listed) and None not in listed

    @property
    def is_info(self) -> bool:
        """Whether all that was found is only worth knowing."""
        return bool(self.findings) and not any(finding.is_listed for finding in self.findings)

    @property
    def excepted_until(self) -> date | None:
        """The day on which the first of its exceptions holds last, None where it has none."""
        return min((f.excepted.until for f in self.findings if f.excepted and f.is_listed), default=None)

    @property
    def worst(self) -> Severity | None:
        """The severity of its worst finding, excepted or not; None for a workload with nothing found."""
        return min((finding.severity for finding in self.findings), key=lambda s: s.rank, default=None)

    @property
    def severity(self) -> Severity | None:
        """The worst finding's of those that no exception covers; of an excepted workload the worst of all.

        None for a workload with nothing found.
        """
        if not self.findings:
            return None
        return min((finding.severity for finding in self._counted()), key=lambda s: s.rank, default=None)

    @property
    def is_at_risk(self) -> bool:
        """Whether the worst finding that no exception covers is ``blocker`` or ``degraded``."""
        return any(finding.excepted is None and finding.severity.is_at_risk for finding in self.findings)

    @property
    def has_risk(self) -> bool:
        """Whether its severity is ``blocker`` or ``degraded``: it is at risk, or would be without its exceptions."""
        return self.severity is not None and self.severity.is_at_risk

    @property
    def is_in_no_pod(self) -> bool:
        """Whether all that is at risk in it stands in its template, and in none of its live pods."""
        risks = [finding for finding in self.findings if finding.severity.is_at_risk]
        return bool(risks) and all(finding.in_pods is False for finding in risks)

    @property
    def is_to_check(self) -> bool:
        """Whether the worst finding that no exception covers is ``review``."""
        severities = {finding.severity for finding in self.findings if finding.excepted is None}
        return Severity.REVIEW in severities and not self.is_at_risk

    @property
    def grade(self) -> Grade | None:
        """How sure the worst finding is: of several alike the surest; None for a workload with nothing found."""
        worst = self.severity
        return min((f.grade for f in self._counted() if f.severity is worst), key=list(Grade).index, default=None)

    def _counted(self) -> tuple[Finding, ...]:
        """Return the findings that decide how it is called."""
        counted = tuple(finding for finding in self.findings if finding.excepted is None)
        return counted if any(finding.is_listed for finding in counted) else self.findings

    @property
    def needs_dockershim(self) -> bool:
        """Whether something at risk in it is dockershim's own socket, which nothing serves on any other runtime."""
        return any(finding.code == DOCKERSHIM_SOCKET and finding.severity.is_at_risk for finding in self.findings)

    def of_code(self, code: str) -> "Workload":
        """Return it with the findings of one rule alone."""
        return replace(self, findings=tuple(finding for finding in self.findings if finding.code == code))

    @property
    def sort_key(self) -> tuple[int, str, str, str, str]:
        """Worst first, then by namespace, kind and name."""
        rank = self.severity.rank if self.severity else len(Severity)
        return (rank, self.key.namespace, self.key.kind, self.key.name, self.key.group)


class Overdue(Struct, frozen=True):
    """The view is older than it should be: every read since failed.

    Args:
        since: when the first of these reads failed.
        error: entry of the message catalogue below ``error.``; values: its placeholders, untrusted text.
    """

    since: datetime
    error: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class ClusterView(Struct, frozen=True, dict=True):
    """Everything answers are made from.

    Args:
        as_of: when the cluster was read.
        clock: what "today" means where it is not the real one (a demo, ``--as-of``).
        pools: worst first: most Docker nodes, then by name.
        workloads: every workload seen, with or without findings; those with findings first, worst first.
        gaps: what was not read; empty means everything was.
        kinds: number of kinds asked for.
        overdue: why there is no newer view although there should be one; None where it is the newest possible.
        heard: up to when each kind is known, where kinds are kept up to date each for itself; the oldest is ``as_of``.
    """

    as_of: datetime
    clock: datetime | None
    name: str | None
    version: str | None
    provider: str | None
    nodes: tuple[NodeFact, ...]
    pools: tuple[Pool, ...]
    workloads: tuple[Workload, ...]
    namespaces: tuple[str, ...]
    gaps: tuple[Gap, ...]
    kinds: int
    overdue: Overdue | None = None
    heard: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether everything asked for was read."""
        return not self.gaps

    @property
    def scope(self) -> tuple[str, ...] | None:
        """The namespaces that alone are read, sorted; None where all are."""
        return scope_of(self.gaps)

    def as_of_kinds(self, *kinds: str) -> datetime:
        """Return up to when some kinds are known, all of them."""
        return min((self.heard[kind] for kind in kinds if kind in self.heard), default=self.as_of)

    @property
    def nodes_known(self) -> bool:
        """Whether the nodes could be read at all."""
        return not any(gap.what == "nodes" and gap.is_whole_kind for gap in self.gaps)

    @property
    def by_runtime(self) -> Mapping[Runtime, int]:
        """Nodes by runtime, in the order of Runtime; runtimes with no node are left out."""
        return ordered(Counter(node.runtime for node in self.nodes))

    # Asked for several times an answer, of up to 40,000 workloads: hence once a view, and of those with findings alone.

    @cached_property
    def with_findings(self) -> tuple[Workload, ...]:
        """Workloads with any finding, worst first."""
        return tuple(workload for workload in self.workloads if workload.findings)

    @cached_property
    def at_risk(self) -> tuple[Workload, ...]:
        """Workloads with a blocker or degraded finding that no exception covers, worst first."""
        return tuple(workload for workload in self.with_findings if workload.is_at_risk)

    @cached_property
    def to_check(self) -> tuple[Workload, ...]:
        """Workloads whose worst finding that no exception covers is ``review``."""
        return tuple(workload for workload in self.with_findings if workload.is_to_check)

    @cached_property
    def excepted(self) -> tuple[Workload, ...]:
        """Workloads that would be at risk or to check, were not all of that accepted."""
        return tuple(workload for workload in self.with_findings if workload.is_excepted)


def likely(nodes: Iterable[NodeFact]) -> dict[Runtime, int]:
    """Count the nodes whose runtime is not certain, by the runtime that it most likely is."""
    return ordered(Counter(node.runtime for node in nodes if node.grade is not Grade.CERTAIN))


def ordered(counts: Mapping[Runtime, int]) -> dict[Runtime, int]:
    """Return counts in the order of Runtime without the zeros."""
    return {runtime: counts[runtime] for runtime in Runtime if counts.get(runtime)}
