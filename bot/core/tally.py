"""What is gathered of one workload: its findings, its pods by node, its owner."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from bot.core.objects import NO_HINTS, OwnerHints, Pod, Template
from bot.core.owners import merge, owner_of
from bot.core.rules import Evident, Match, Severity
from bot.core.rules.evidence import shown
from bot.core.runtimes import Runtime
from bot.core.view import Finding, PodCounts, Workload
from bot.core.workloads import WorkloadKey

#: (node, pods there), in order.
Placement = tuple[tuple[str, int], ...]

#: What makes two matches the same thing to know: code, value, severity.
_Noted = tuple[str, str, Severity]

#: Findings of one code that a workload's live pods add at the most.
_FINDINGS = 20


@dataclass(slots=True)
class Tally:
    """What is gathered of one workload while a snapshot is walked."""

    guides: Mapping[str, str]
    own_hints: OwnerHints = NO_HINTS
    lower_hints: OwnerHints = NO_HINTS
    is_known: bool = False
    has_template: bool = False
    template_is_at_risk: bool = False
    findings: list[Finding] = field(default_factory=list)
    noted: dict[_Noted, frozenset[str]] = field(default_factory=dict)
    live: set[_Noted] = field(default_factory=set)
    pods: int = 0
    is_static: bool = False
    # Of 40,000 workloads and 150,000 pods, most of them the first on their node: a Counter is slow to make and to miss.
    pods_by_node: dict[tuple[str, Runtime | None, bool], int] = field(default_factory=lambda: defaultdict(int))
    with_empty_dir: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add_hints(self, hints: OwnerHints, *, is_own: bool) -> None:
        """Note owner hints: the workload's own, or those of an object below it, for when it was not read."""
        if is_own:
            self.own_hints, self.is_known, self.has_template = hints, True, True
        else:
            self.lower_hints = merge(self.lower_hints, hints)

    def add_template(self, matches: tuple[Match, ...], template: Template, template_field: str, seen_in: str) -> None:
        """Note what the template of the next pods carries, whoever holds it."""
        self.has_template = True
        self.template_is_at_risk = self.template_is_at_risk or any(match.severity.is_at_risk for match in matches)
        self._note(matches, template, template_field, seen_in, in_template=True)

    def add_pod(self, pod: Pod, matches: tuple[Match, ...], runtime: Runtime | None) -> None:
        """Note a live pod, and the runtime of its node, None where that is not known.

        A finished one is evidence only where no template of its workload can be read.
        """
        if matches and not (pod.is_finished and self.has_template):
            is_own = pod.controller is None or pod.is_static
            self._note(matches, pod.template, "spec", f"Pod/{pod.name}", in_template=is_own)
        if pod.is_finished:
            return
        self.pods += 1
        for match in matches:
            if (key := (match.code, match.value, match.severity)) in self.noted:
                self.live.add(key)
        self.is_static = pod.is_static
        is_at_risk = bool(matches) and any(match.severity.is_at_risk for match in matches)
        self.pods_by_node[(pod.node, runtime, is_at_risk)] += 1
        if pod.node and pod.template.has_empty_dir:
            self.with_empty_dir[pod.node] += 1

    def _note(
        self, matches: tuple[Match, ...], template: Template, prefix: str, seen_in: str, *, in_template: bool
    ) -> None:
        for match in matches:
            key = (match.code, match.value, match.severity)
            names = self.noted.get(key)
            containers = match.containers
            if names is not None:  # of what is known already only the difference: a container that a webhook put in
                containers = tuple(name for name in containers if name not in names)
                if not containers or (not in_template and self._has_many(match.code)):
                    continue
            elif not in_template and self._has_many(match.code):
                continue
            self.noted[key] = (names or frozenset()) | set(containers)
            self.findings.append(
                Finding(
                    code=match.code,
                    severity=match.severity,
                    grade=match.grade,
                    field=_full_field(prefix, match.field),
                    value=match.value,
                    containers=containers,
                    reason=match.reason,
                    guide=self.guides.get(match.code),
                    seen_in=seen_in,
                    in_template=in_template,
                    persistent_volume=match.persistent_volume,
                    failure=match.failure,
                    images=tuple(shown(item.image) for item in template.containers if item.name in containers),
                    volume=match.volume and _evident(prefix, match.volume),
                    is_whole=match.is_whole,
                    run=_run(template, containers),
                )
            )

    def _has_many(self, code: str) -> bool:
        """Whether more of a code would tell nobody anything: values may be another in each of 10,000 pods."""
        return len(self.findings) >= _FINDINGS and sum(finding.code == code for finding in self.findings) >= _FINDINGS

    def _in_pods(self, finding: Finding) -> bool | None:
        return (finding.code, finding.value, finding.severity) in self.live if self.pods else None

    def close(
        self, key: WorkloadKey, namespace_owner: str | None, shared: dict[Placement, Mapping[str, int]]
    ) -> Workload:
        """Return the workload.

        A pod is at risk when its own spec, or the template its next pod is made from, carries a blocker
        or degraded finding. ``shared``: mappings of nodes that others have, so that 150,000 pods stay small.
        """
        # Of a controller that was not read nobody knows what its template says: its pods stand for it.
        seen = [
            replace(finding, in_pods=self._in_pods(finding), in_template=finding.in_template or not self.has_template)
            for finding in self.findings
        ]
        findings = tuple(sorted(seen, key=_worst_first))
        is_listed = any(finding.severity is not Severity.INFO for finding in findings)
        is_at_risk = any(finding.severity.is_at_risk for finding in findings)
        nodes: dict[str, int] = defaultdict(int)
        placed: dict[str, int] = defaultdict(int)
        exposed = off_docker = unknown = 0
        for (node, runtime, own_risk), count in self.pods_by_node.items():
            if node:
                placed[node] += count
            if not is_listed or (is_at_risk and not (own_risk or self.template_is_at_risk)):
                continue
            if node:
                nodes[node] += count
            if not is_at_risk:
                continue
            if runtime is None or runtime is Runtime.UNKNOWN:
                unknown += count
            elif runtime.is_docker:
                exposed += count
            else:
                off_docker += count
        return Workload(
            key=key,
            owner=owner_of(self.own_hints if self.is_known else self.lower_hints, namespace_owner),
            pods=PodCounts(self.pods, exposed, off_docker, unknown),
            findings=findings,
            nodes=_shared(nodes, shared),
            placed=_shared(placed, shared),
            is_static=self.is_static,
            with_empty_dir=_shared(self.with_empty_dir, shared),
        )


def _shared(counts: Mapping[str, int], shared: dict[Placement, Mapping[str, int]]) -> Mapping[str, int]:
    """Return counts in order of names, the same object for equal ones."""
    placement = tuple(sorted(counts.items()))
    known = shared.get(placement)
    if known is None:
        known = shared[placement] = dict(placement)
    return known


def _run(template: Template, containers: tuple[str, ...]) -> str:
    runs = [
        (item.evidence.command, item.evidence.args, item.evidence.execs, item.privileged)
        for item in template.containers
        if item.name in containers
    ]
    return sha256(msgspec.json.encode((runs, template.host_pid))).hexdigest()[:32]


def _full_field(prefix: str, field: str) -> str:
    """Return the path of a field from its object; ``prefix``: the path of the pod spec there."""
    if field.startswith("spec."):
        return field
    if field.startswith("metadata."):
        return f"{prefix.removesuffix('spec')}{field}"
    return f"{prefix}.{field}"


def _evident(prefix: str, volume: Evident) -> Evident:
    mounts = tuple(replace(mount, field=_full_field(prefix, mount.field)) for mount in volume.mounts)
    return replace(volume, mounts=mounts) if mounts else volume


def _worst_first(finding: Finding) -> tuple[int, str, str, str]:
    return (finding.severity.rank, finding.code, finding.field, finding.value)
