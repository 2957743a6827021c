"""Manifests as Snapshots: the objects of files through the same table and slimmer as those of a cluster, with lines."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from bot.adapters import wire
from bot.adapters.binding import only_fitting
from bot.adapters.embedded import PodSpec, pod_specs
from bot.adapters.files import as_utf8
from bot.adapters.json_nodes import read_json
from bot.adapters.manifest_files import read_paths
from bot.adapters.marked import Document, MarkedList, MarkedMap, NodeError, fields
from bot.adapters.mending import decode
from bot.adapters.resources import Resource, resource_table
from bot.adapters.slim import Slimmer
from bot.adapters.yaml_nodes import read_yaml
from bot.core.manifests import Layer, Manifests, Origin
from bot.core.objects import Claim, Controller, Namespace, PersistentVolume, RuntimeClass
from bot.core.owners import OwnerKeys
from bot.core.placing import FieldLines, Place, Problem
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.core.workloads import OLD_GROUPS, WorkloadKey

#: Kinds that hold no pod spec of their own, whatever their text says: not looked into, Secrets least of all.
_PASSED_OVER: Final = frozenset({"ConfigMap", "Secret", "CustomResourceDefinition", "Node"})

#: Kinds that are read elsewhere as what runs now; in a file one is what will run, a template of its own.
_AS_TEMPLATE: Final = "Pod"

#: What only Helm's own templates hold; other ``{{`` are the text of rules, dashboards and workflows.
_HELM: Final = re.compile(
    rb"\{\{-?\s*(?:\(?\s*)(?:\$?\.(?:Values|Release|Chart|Capabilities|Files)\b|include\s|tpl\s|toYaml\s)"
)

#: How many problems of one file are told.
PROBLEMS: Final = 100

_BINARY_BYTES: Final = 8192
_TEMPLATED: Final = msgspec.json.Decoder(wire.WireController)


@dataclass(frozen=True, slots=True)
class ManifestFiles:
    """Reads files, folders and standard input.

    Args:
        paths: as the command line has them; ``-`` for standard input.
        as_of: what time the answer carries.
        name: what to call the cluster they are meant for.
    """

    paths: Sequence[str]
    as_of: datetime
    name: str | None
    owners: OwnerKeys
    pools: PoolTable

    def read(self) -> Manifests:
        """Return the objects, and a gap for each document that cannot be read.

        Raises: UsageError: a path does not exist, or cannot be read.
        """
        return gather(read_paths(self.paths), self.as_of, self.name, self.owners, self.pools)


def gather(
    files: Iterable[tuple[str, bytes | Problem]],
    as_of: datetime,
    name: str | None,
    owners: OwnerKeys,
    pools: PoolTable,
) -> Manifests:
    """Return the objects of named texts, wherever they come from."""
    gatherer = _Gatherer(Slimmer(owners, pools))
    for file, data in files:
        gatherer.add_file(file, data)
    return Manifests(
        layers=tuple(gatherer.layers(as_of, name)),
        files=gatherer.files,
        objects=gatherer.objects,
        others=gatherer.others,
        gaps=tuple(gatherer.gaps),
    )


@dataclass(slots=True)
class _Layer:
    origins: dict[WorkloadKey, Origin] = field(default_factory=dict)
    controllers: list[Controller] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An object that is no workload: its slim form, and what stands in the file."""

    slim: Any
    data: MarkedMap


class _Gatherer:
    """Sorts the objects of documents into layers, in which each name is there once."""

    def __init__(self, slimmer: Slimmer) -> None:
        self._slimmer = slimmer
        self._table = {(resource.group, resource.kind): resource for resource in resource_table()}
        self._layers: list[_Layer] = [_Layer()]
        self._seen: dict[WorkloadKey, int] = {}
        self._kept: dict[str, dict[WorkloadKey, list[_Kept]]] = {}
        self._unrendered: set[str] = set()
        self._told = 0
        self.gaps: list[Gap] = []
        self.files = self.objects = self.others = 0

    def add_file(self, file: str, data: bytes | Problem) -> None:
        """Take in the documents of a file."""
        self.files += 1
        self._told = 0
        if isinstance(data, Problem):
            self._lose(file, 1, data.key, **data.values)
            return
        data = as_utf8(data)
        if b"\x00" in data[:_BINARY_BYTES]:
            self._lose(file, 1, "binary")
            return
        for document in _documents(file, data):
            is_object = isinstance(document.data, MarkedMap) and "kind" in document.data
            for error in document.errors:
                if is_object or error.key != "duplicate":  # of no concern in a file of somebody else's
                    self._note(file, error, document.text)
            if document.data is not None:
                self._add(file, document.data, "", "")
        if self._told > PROBLEMS:
            self._told = 0
            self._lose(file, 1, "more", n=PROBLEMS)

    def layers(self, as_of: datetime, name: str | None) -> Iterator[Layer]:
        """Yield the layers; what is no workload stands in each, its first or its own."""
        for number, layer in enumerate(self._layers):
            volumes, claims = self._nth("PersistentVolume", number), self._nth("PersistentVolumeClaim", number)
            bound, guessed = _bound(volumes, claims)
            snapshot = Snapshot(
                as_of=as_of,
                cluster_name=name,
                namespaces=_slims(self._nth("Namespace", number), Namespace),
                controllers=tuple(layer.controllers),
                persistent_volumes=tuple(_unplaced(volumes, claims)),
                claims=bound,
                runtime_classes=_slims(self._nth("RuntimeClass", number), RuntimeClass),
            )
            yield Layer(snapshot, layer.origins, guessed)

    def _add(self, file: str, data: Any, api_version: str, kind: str) -> None:
        """Take in an object; ``api_version`` and ``kind``: of its list, where it names none itself."""
        if not isinstance(data, MarkedMap):
            self.others += data is not None
            return
        named = data.get("kind", kind), data.get("apiVersion", api_version)
        kind, api_version = (value if isinstance(value, str) else "" for value in named)
        items = data.get("items")
        if kind.endswith("List") and isinstance(items, MarkedList):
            below = kind.removesuffix("List")
            for item in items:
                self._add(file, item, api_version if below else "", below)
            return
        if not kind:
            if api_version:
                self._lose(file, data.line, "no-kind")
            self.others += not api_version
            return
        group = api_version.rpartition("/")[0]
        resource = self._table.get((OLD_GROUPS.get(group, group), kind)) if api_version else None
        if not api_version and not any(kind == known for _, known in self._table):
            self.others += 1
            return
        self.objects += 1
        if kind in _PASSED_OVER:
            return
        lines = FieldLines(fields(data), data.line)
        origin = Origin(file, lines)
        if resource is None or kind == _AS_TEMPLATE:
            self._add_embedded(origin, data, group, kind)
        else:
            self._add_known(origin, data, resource)

    def _add_known(self, origin: Origin, data: MarkedMap, resource: Resource) -> None:
        _name(data)
        slim = self._decoded(origin, data, lambda raw: resource.slim(self._slimmer, resource.one.decode(raw)))
        if isinstance(slim, Controller):
            key = WorkloadKey(slim.namespace, slim.kind, slim.name, slim.group)
            self._place(key, origin, [slim])
            if not slim.template.containers and slim.controller is None:
                self._lose(origin.file, origin.lines.start, "hollow", name=f"{slim.kind}/{slim.name}")
        elif slim is not None:
            key = WorkloadKey(getattr(slim, "namespace", ""), resource.kind, slim.name)
            self._kept.setdefault(resource.kind, {}).setdefault(key, []).append(_Kept(slim, data))

    def _add_embedded(self, origin: Origin, data: MarkedMap, group: str, kind: str) -> None:
        specs = list(pod_specs(data))
        if not specs:
            if kind == _AS_TEMPLATE or any(kind == known for _, known in self._table):
                self._lose(origin.file, origin.lines.start, "hollow", name=f"{kind}/{_name(data)}")
            return
        _name(data)
        slims: list[Controller] = []
        moved: dict[str, str] = {}
        for found in specs:
            slim = self._decoded(origin, _as_controller(data, found), self._reader(group, kind), found.path)
            if slim is not None:
                slims.append(msgspec.structs.replace(slim, template_field=found.path))
                moved.update((f"{found.path}.{place}", true) for place, true in found.moved.items())
        if slims:
            first = slims[0]
            key = WorkloadKey(first.namespace, kind, first.name, group)
            self._place(key, Origin(origin.file, origin.lines, moved), slims)

    def _reader(self, group: str, kind: str) -> Callable[[Raw], Controller]:
        return lambda raw: self._slimmer.controller(_TEMPLATED.decode(raw), group, kind)

    def _decoded(self, origin: Origin, data: MarkedMap, read: Callable[[Raw], Any], path: str = "") -> Any:
        """Return the slim object; what of it had to be mended, or that it could not be, is noted."""

        def checked(raw: Raw) -> Any:
            if _HELM.search(bytes(raw)):
                self._unrendered_at(origin.file, origin.lines.start)
            return read(raw)

        slim, mended = decode(data, checked)
        if mended:
            shown = mended[0].replace("spec.template.spec", path, 1) if path else mended[0]
            line = origin.lines.line(shown)
            if slim is None:
                self._lose(origin.file, line, "malformed")
            elif shown == "metadata":
                self._lose(origin.file, line, "labels")
            else:
                self._lose(origin.file, line, "field", field=shown, n=len(mended))
        return slim

    def _place(self, key: WorkloadKey, origin: Origin, slims: list[Controller]) -> None:
        number = self._seen[key] = self._seen.get(key, -1) + 1
        if number == len(self._layers):
            self._layers.append(_Layer())
        self._layers[number].origins[key] = origin
        self._layers[number].controllers += slims

    def _nth(self, kind: str, number: int) -> list[_Kept]:
        return [found[min(number, len(found) - 1)] for found in self._kept.get(kind, {}).values()]

    def _note(self, file: str, error: NodeError, text: bytes) -> None:
        if error.key != "duplicate" and b"{{" in text:
            self._unrendered_at(file, error.line)
        else:
            self._lose(file, error.line, error.key, **error.values)

    def _unrendered_at(self, file: str, line: int) -> None:
        if file not in self._unrendered:
            self._unrendered.add(file)
            self._lose(file, line, "template")

    def _lose(self, file: str, line: int, key: str, **values: str | int) -> None:
        self._told += 1
        if self._told > PROBLEMS:
            return
        place = Place(file, line)
        self.gaps.append(Gap(place.text, Cause.MALFORMED, is_partial=True, problem=Problem(key, values), place=place))


def _documents(file: str, data: bytes) -> Iterator[Document]:
    """Yield the documents of a text. JSON is told by how it begins, since YAML takes no tabs, which JSON may have."""
    start = data.lstrip()[:2]
    if file.lower().endswith(".json"):
        yield from read_json(data)
        return
    if start[:1] in (b"{", b"[") and start != b"{{":
        found = list(read_json(data))
        if not any(error.key in ("not-json", "cut", "encoding") for document in found for error in document.errors):
            yield from found
            return
        if any(error.key == "cut" for document in found for error in document.errors) and b"\n---" not in data:
            yield from found
            return
    yield from read_yaml(data)


def _name(data: MarkedMap) -> str:
    """Return the object's name; one that the API server is to make up begins with it."""
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return "?"
    if not metadata.get("name") and isinstance(metadata.get("generateName"), str):
        metadata["name"] = metadata["generateName"]
    return str(metadata.get("name", "?"))


def _as_controller(data: MarkedMap, found: PodSpec) -> MarkedMap:
    """Return the object in the form of a Deployment, as far as that is judged."""
    shaped = MarkedMap(data.line)
    metadata = data.get("metadata")
    shaped["metadata"] = dict(metadata) if isinstance(metadata, dict) else {}
    references = shaped["metadata"].get("ownerReferences")
    if isinstance(references, list):  # the mirror of a static pod names its node, which is nobody's workload
        kept = [item for item in references if not (isinstance(item, dict) and item.get("kind") == "Node")]
        shaped["metadata"]["ownerReferences"] = kept
    shaped["spec"] = {"template": {"metadata": dict(found.metadata), "spec": dict(found.spec)}}
    return shaped


def _slims(kept: Iterable[_Kept], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(item.slim for item in kept if isinstance(item.slim, kind))


def _bound(volumes: Sequence[_Kept], claims: Sequence[_Kept]) -> tuple[tuple[Claim, ...], frozenset[str]]:
    """Return the claims with the volume each will get, and the volumes that no name says so of."""
    bound, guessed = [], set()
    named = {item.slim.volume for item in claims}
    free = [item.data for item in volumes if item.slim.name not in named and item.slim.claim is None]
    for item in claims:
        claim = item.slim
        if not claim.volume and (name := only_fitting(item.data, free)):
            claim = msgspec.structs.replace(claim, volume=name)
            guessed.add(name)
        bound.append(claim)
    return tuple(bound), frozenset(guessed)


def _unplaced(volumes: Sequence[_Kept], claims: Sequence[_Kept]) -> Iterator[PersistentVolume]:
    """Yield the volumes; one reserved for a claim that is there without a namespace means that one."""
    known = {(item.slim.namespace, item.slim.name) for item in claims}
    for item in volumes:
        volume: PersistentVolume = item.slim
        if volume.claim and volume.claim not in known and ("", volume.claim[1]) in known:
            volume = msgspec.structs.replace(volume, claim=("", volume.claim[1]))
        yield volume
