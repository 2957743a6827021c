"""Objects from files, judged: which object stands where, and a view of them whose findings know their lines."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from bot.core.assess import Assessor
from bot.core.placing import FieldLines, Place
from bot.core.runtimes import Grade
from bot.core.snapshot import Gap, Snapshot
from bot.core.view import ClusterView, Finding, Workload
from bot.core.workloads import WorkloadKey


class Origin(Struct, frozen=True):
    """Where an object stands.

    Args:
        lines: of its fields.
        moved: paths of what is judged, and where it really stands in the object, for kinds that spread a pod spec.
    """

    file: str
    lines: FieldLines
    moved: Mapping[str, str] = field(default_factory=dict)

    def field(self, path: str) -> str:
        """Return the true path of a field."""
        path = path.lstrip(".")  # a pod spec at the top of its object
        for shown, true in self.moved.items():
            shown = shown.lstrip(".")
            if path == shown or path.startswith((f"{shown}.", f"{shown}[")):
                return true + path.removeprefix(shown)
        return path

    def place(self) -> Place:
        """Return the line of the object itself."""
        return Place(self.file, self.lines.start)


class Layer(Struct, frozen=True):
    """Objects of which no two have the same name, as in one cluster; overlays of one application need several.

    Args:
        guessed: PersistentVolumes that fit a claim which does not name them.
    """

    snapshot: Snapshot
    origins: Mapping[WorkloadKey, Origin]
    guessed: frozenset[str] = frozenset()


class Manifests(Struct, frozen=True):
    """What was read of files.

    Args:
        files: how many were read; objects: how many of Kubernetes were in them; others: documents that are none.
        gaps: what could not be read or judged.
    """

    layers: tuple[Layer, ...]
    files: int
    objects: int
    others: int
    gaps: tuple[Gap, ...]


class Judged(Struct, frozen=True):
    """What was read of files, and its view."""

    manifests: Manifests
    view: ClusterView


def judge_manifests(manifests: Manifests, assessor: Assessor) -> ClusterView:
    """Return the view of manifests: no nodes, no pods, and each workload and finding with its place."""
    views = [assessor.assess(layer.snapshot) for layer in manifests.layers]
    workloads: list[Workload] = []
    for layer, view in zip(manifests.layers, views, strict=True):
        below = {(key.namespace, f"{key.kind}/{key.name}"): origin for key, origin in layer.origins.items()}
        workloads += [_placed(workload, layer, below) for workload in view.workloads]
    workloads.sort(key=lambda item: (*item.sort_key, item.place.file if item.place else ""))
    namespaces = {workload.key.namespace for workload in workloads}.union(*(view.namespaces for view in views))
    return replace(
        views[0], workloads=tuple(workloads), namespaces=tuple(sorted(namespaces)), gaps=_in_order(manifests.gaps)
    )


def _placed(workload: Workload, layer: Layer, below: Mapping[tuple[str, str], Origin]) -> Workload:
    tables: dict[int, Mapping[str, int]] = {}
    findings = tuple(_found(finding, workload.key, layer, below, tables) for finding in workload.findings)
    own = layer.origins.get(workload.key)
    place = own.place() if own else next((finding.place for finding in findings if finding.place), None)
    return replace(workload, findings=findings, place=place)


def _found(
    finding: Finding,
    key: WorkloadKey,
    layer: Layer,
    below: Mapping[tuple[str, str], Origin],
    tables: dict[int, Mapping[str, int]],
) -> Finding:
    """Return a finding with its place. ``tables``: the lines of the origins of one workload, each unpacked once."""
    if finding.persistent_volume in layer.guessed and finding.grade is Grade.CERTAIN:
        finding = replace(finding, grade=Grade.LIKELY)
    origin = layer.origins.get(key) if finding.seen_in == f"{key.kind}/{key.name}" else None
    # Else it stands in an object below the workload, such as a ReplicaSet of a Rollout.
    origin = origin or below.get((key.namespace, finding.seen_in))
    if origin is None:
        return finding
    table = tables.get(id(origin))
    if table is None:
        table = tables[id(origin)] = origin.lines.table()
    path = origin.field(finding.field)
    return replace(finding, field=path, place=Place(origin.file, origin.lines.nearest(path, table)))


def _in_order(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda gap: (gap.place.file, gap.place.line) if gap.place else ("", 0)))
