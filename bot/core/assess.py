"""Snapshot to ClusterView: which runtime, which pool, which workload, what depends on Docker, who owns it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.core.agents import Agents
from bot.core.objects import NO_HINTS, Node, OwnerHints, Pod, Template
from bot.core.owners import merge, owner_of
from bot.core.pools import PoolTable, cluster_provider, pool_of, provider_of
from bot.core.rules import Evident, Match, Severity, judge
from bot.core.rules.evidence import shown
from bot.core.runtimes import Runtime, runtime_of
from bot.core.snapshot import RESOURCES, Snapshot
from bot.core.versions import parse
from bot.core.view import ClusterView, Finding, NodeFact, PodCounts, Pool, Workload, likely, ordered
from bot.core.volumes import ClaimIndex
from bot.core.workloads import ControllerIndex, WorkloadKey, key_of

#: (node, pods there), in order.
_Placement = tuple[tuple[str, int], ...]

#: What makes two matches the same thing to know: code, value, severity.
_Noted = tuple[str, str, Severity]

#: Findings of one code that a workload's live pods add at the most.
_FINDINGS = 20


class Assessor(Struct, frozen=True):
    """Turns a snapshot into a view, with the knowledge it needs.

    Args:
        pools: provider and pool table.
        agents: known agents.
        guides: guide id by rule code.
    """

    pools: PoolTable
    agents: Agents
    guides: Mapping[str, str]

    def assess(self, snapshot: Snapshot) -> ClusterView:
        """Return the view of a snapshot. Each distinct template is judged once."""
        nodes, provider = self._nodes(snapshot.nodes)
        tallies = self._tallies(snapshot, {node.name: node.runtime for node in nodes})
        owners = {namespace.name: namespace.owner for namespace in snapshot.namespaces}
        shared: dict[_Placement, Mapping[str, int]] = {}
        workloads = [tally.close(key, owners.get(key.namespace), shared) for key, tally in tallies.items()]
        seen = {key.namespace for key in tallies} | {namespace.name for namespace in snapshot.namespaces}
        return ClusterView(
            as_of=snapshot.as_of,
            clock=snapshot.clock,
            name=snapshot.cluster_name,
            version=snapshot.version,
            provider=provider,
            nodes=nodes,
            pools=_pools(nodes),
            workloads=tuple(sorted(workloads, key=lambda workload: workload.sort_key)),
            namespaces=tuple(sorted(seen)),
            gaps=snapshot.gaps,
            kinds=len(RESOURCES),
        )

    def _nodes(self, nodes: Iterable[Node]) -> tuple[tuple[NodeFact, ...], str | None]:
        facts, providers = [], []
        for node in nodes:
            provider = provider_of(node, self.pools)
            providers.append(provider)
            runtime = runtime_of(node)
            kubelet = parse(node.kubelet_version)
            facts.append(
                NodeFact(
                    name=node.name,
                    runtime=runtime.runtime,
                    grade=runtime.grade,
                    runtime_version=runtime.version,
                    kubelet_version=node.kubelet_version,
                    minor=kubelet.short if kubelet else None,
                    pool=pool_of(node, provider, runtime.runtime, self.pools),
                    is_ready=node.is_ready,
                    is_unschedulable=node.is_unschedulable,
                    os_image=node.os_image,
                )
            )
        return tuple(sorted(facts, key=lambda fact: fact.name)), cluster_provider(providers)

    def _tallies(self, snapshot: Snapshot, runtimes: Mapping[str, Runtime]) -> dict[WorkloadKey, "_Tally"]:
        index = ControllerIndex(snapshot.controllers)
        judged = _Judge(snapshot, self.agents)
        tallies: dict[WorkloadKey, _Tally] = defaultdict(lambda: _Tally(self.guides))
        for item in snapshot.controllers:
            key = index.top(key_of(item))
            tally = tallies[key]
            is_known = key == key_of(item)
            tally.add_hints(item.hints, is_own=is_known)
            if index.speaks_for_itself(item):
                matches = judged(item.template, item.namespace)
                tally.add_template(matches, item.template, item.template_field, f"{item.kind}/{item.name}")
        for pod in snapshot.pods:
            key = index.workload_of(pod)
            tally = tallies[key]
            tally.add_hints(pod.hints, is_own=False)
            tally.add_pod(pod, judged(pod.template, pod.namespace), runtimes)
        return tallies


class _Judge:
    """Judges each distinct template once; follows claims and runtime classes to what is behind them first."""

    def __init__(self, snapshot: Snapshot, agents: Agents) -> None:
        self._agents = agents
        self._known: dict[Template, tuple[Match, ...]] = {}
        self._claims = ClaimIndex(snapshot)
        self._handlers = {item.name: item.handler for item in snapshot.runtime_classes}

    def __call__(self, template: Template, namespace: str) -> tuple[Match, ...]:
        if not template.volumes and not template.containers:
            return ()
        template = self._claims.followed(template, namespace)
        if template.runtime_class and (handler := self._handlers.get(template.runtime_class)):
            template = msgspec.structs.replace(template, runtime_handler=handler)
        matches = self._known.get(template)
        if matches is None:
            matches = self._known[template] = judge(template, self._agents)
        return matches


@dataclass(slots=True)
class _Tally:
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

    def add_pod(self, pod: Pod, matches: tuple[Match, ...], runtimes: Mapping[str, Runtime]) -> None:
        """Note a live pod. A finished one is evidence only where no template of its workload can be read."""
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
        self.pods_by_node[(pod.node, runtimes.get(pod.node), is_at_risk)] += 1
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
        self, key: WorkloadKey, namespace_owner: str | None, shared: dict[_Placement, Mapping[str, int]]
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


def _shared(counts: Mapping[str, int], shared: dict[_Placement, Mapping[str, int]]) -> Mapping[str, int]:
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


def _pools(nodes: Iterable[NodeFact]) -> tuple[Pool, ...]:
    by_pool: dict[str | None, list[NodeFact]] = defaultdict(list)
    for node in nodes:
        by_pool[node.pool].append(node)
    pools = [
        Pool(name, len(held), ordered(Counter(node.runtime for node in held)), likely(held))
        for name, held in by_pool.items()
    ]
    return tuple(sorted(pools, key=lambda pool: (-pool.on_docker, pool.name is None, pool.name or "")))
