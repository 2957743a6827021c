"""Manifests as Snapshots: the objects of files through the same table and slimmer as those of a cluster, with lines."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from bot.adapters import wire
from bot.adapters.binding import BINDING, Kept, bound, unplaced
from bot.adapters.embedded import PodSpec, as_controller, pod_specs
from bot.adapters.files import as_utf8
from bot.adapters.fitting import fit
from bot.adapters.json_nodes import read_json
from bot.adapters.manifest_files import read_paths
from bot.adapters.marked import Document, MarkedList, MarkedMap, NodeError, fields
from bot.adapters.partial import unknown_words, with_doubt
from bot.adapters.resources import Resource, resource_table
from bot.adapters.slim import Slimmer
from bot.adapters.unjudged import claims_of, on_node, unjudged
from bot.adapters.yaml_nodes import read_yaml
from bot.core.manifests import Layer, Manifests, Origin
from bot.core.names import bounded
from bot.core.objects import Controller, Namespace, RuntimeClass
from bot.core.owners import OwnerKeys
from bot.core.placing import FieldLines, Place, Problem
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.core.workloads import OLD_GROUPS, WorkloadKey

#: Kinds that hold no pod spec of their own, whatever their text says: not looked into, Secrets least of all.
_PASSED_OVER: Final = frozenset({"ConfigMap", "Secret", "CustomResourceDefinition", "Node"})

#: Kinds that are read elsewhere as what runs now; in a file one is what will run, a template of its own.
_AS_TEMPLATE: Final = "Pod"

#: API groups of policies, which speak of paths of the node to forbid them.
_POLICIES: Final = ("kyverno.io", "gatekeeper.sh")

#: What only Helm's own templates hold; other ``{{`` are the text of rules, dashboards and workflows.
_HELM: Final = re.compile(
    rb"\{\{-?\s*(?:\(?\s*)(?:\$?\.(?:Values|Release|Chart|Capabilities|Files)\b|include\s|tpl\s|toYaml\s)"
)

#: How many problems of one file are told.
PROBLEMS: Final = 100

#: How many fields of one object are named where they are of wrong types; the rest is counted.
FIELDS: Final = 5

#: Fields that hold labels or annotations.
_TEXTS: Final = re.compile(r"(?:^|\.)metadata\.(?:labels|annotations)(?:$|\.)")

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


class _Gatherer:
    """Sorts the objects of documents into layers, in which each name is there once."""

    def __init__(self, slimmer: Slimmer) -> None:
        self._slimmer = slimmer
        self._table = {(resource.group, resource.kind): resource for resource in resource_table()}
        self._layers: list[_Layer] = [_Layer()]
        self._seen: dict[WorkloadKey, int] = {}
        self._kept: dict[str, dict[WorkloadKey, list[Kept]]] = {}
        self._unrendered: set[str] = set()
        self._told = 0
        self._claims: list[tuple[Origin, str, tuple[str, str], str]] = []
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
                self._add_document(file, document.data)
        if self._told > PROBLEMS:
            self._told = 0
            self._lose(file, 1, "more", n=PROBLEMS)

    def layers(self, as_of: datetime, name: str | None) -> Iterator[Layer]:
        """Yield the layers; what is no workload stands in each, its first or its own."""
        for number, layer in enumerate(self._layers):
            volumes, claims = self._nth("PersistentVolume", number), self._nth("PersistentVolumeClaim", number)
            claimed, guessed = bound(volumes, claims)
            snapshot = Snapshot(
                as_of=as_of,
                cluster_name=name,
                namespaces=_slims(self._nth("Namespace", number), Namespace),
                controllers=tuple(layer.controllers),
                persistent_volumes=tuple(unplaced(volumes, claims)),
                claims=claimed,
                runtime_classes=_slims(self._nth("RuntimeClass", number), RuntimeClass),
            )
            yield Layer(snapshot, layer.origins, guessed)
            hosted = on_node(snapshot.claims, snapshot.persistent_volumes)
            for each in [each for each in self._claims if each[2] in hosted]:
                self._claims.remove(each)
                origin, name, _, path = each
                self._lose(origin.file, origin.lines.line(path), "host-path", name=name, field=bounded(path))

    def _add_document(self, file: str, data: Any) -> None:
        if isinstance(data, MarkedList) and any(isinstance(item, MarkedMap) and _is_object(item) for item in data):
            self._lose(file, data.line, "array")
            for item, line in zip(data, data.lines, strict=True):
                self._add(file, item, line, is_item=True)
        elif isinstance(data, MarkedMap):
            self._add(file, data, data.line)
        else:
            self.others += data is not None

    def _add(
        self, file: str, data: Any, line: int, api_version: str = "", kind: str = "", *, is_item: bool = False
    ) -> None:
        """Take in an object; ``api_version`` and ``kind``: of its list, where it names none itself."""
        if not isinstance(data, MarkedMap):
            self._lose(file, line, "item")
            return
        named = data.get("kind", kind), data.get("apiVersion", api_version)
        kind, api_version = (value if isinstance(value, str) else "" for value in named)
        below = kind.removesuffix("List")
        if below != kind and ("items" in data or not below or self._is_known(below)):
            self._add_items(file, data, api_version if below else "", kind)
            return
        if not kind:
            # A Chart.yaml and other formats have an apiVersion, too, but neither of Kubernetes' parts.
            is_meant = is_item or (api_version and any(part in data for part in ("kind", "metadata", "spec")))
            if is_meant:
                self._lose(file, data.line, "no-kind")
            self.others += not is_meant
            return
        kind, group = bounded(kind), bounded(api_version.rpartition("/")[0])
        resource = self._table.get((OLD_GROUPS.get(group, group), kind)) if api_version else None
        if not api_version:
            if not (is_item or self._is_known(kind)):
                self.others += 1
                return
            self._lose(file, data.line, "no-version", name=f"{kind}/{_name(data)}")
        self.objects += 1
        if kind in _PASSED_OVER:
            return
        lines = FieldLines(fields(data), data.line)
        origin = Origin(file, lines)
        if resource is None or kind == _AS_TEMPLATE:
            self._add_embedded(origin, data, group, kind)
        else:
            self._add_known(origin, data, resource)

    def _add_items(self, file: str, data: MarkedMap, api_version: str, kind: str) -> None:
        items = data.get("items")
        if isinstance(items, MarkedList):
            for item, line in zip(items, items.lines, strict=True):
                self._add(file, item, line, api_version, kind.removesuffix("List"), is_item=True)
        elif items is not None or "items" not in data:  # null is an empty list to kubectl, too
            self._lose(file, data.lines.get("items", data.line), "list", name=kind)

    def _is_known(self, kind: str) -> bool:
        return any(kind == known for _, known in self._table)

    def _add_known(self, origin: Origin, data: MarkedMap, resource: Resource) -> None:
        _name(data)
        slim = self._decoded(origin, data, resource, lambda raw: resource.slim(self._slimmer, resource.one.decode(raw)))
        if isinstance(slim, Controller):
            key = WorkloadKey(slim.namespace, slim.kind, slim.name, slim.group)
            self._place(key, origin, [slim])
            if not slim.template.containers and slim.controller is None:
                self._lose(origin.file, origin.lines.start, "hollow", name=f"{slim.kind}/{slim.name}")
        elif slim is not None:
            key = WorkloadKey(getattr(slim, "namespace", ""), resource.kind, slim.name)
            self._kept.setdefault(resource.kind, {}).setdefault(key, []).append(Kept(slim, data))

    def _add_embedded(self, origin: Origin, data: MarkedMap, group: str, kind: str) -> None:
        is_pod = kind == _AS_TEMPLATE and not group
        specs = list(pod_specs(data, is_pod=is_pod))
        if not (is_pod or group.endswith(_POLICIES)):
            self._note_unjudged(origin, data, specs, f"{kind}/{_name(data)}")
        if not specs:
            if kind == _AS_TEMPLATE or self._is_known(kind):
                self._lose(origin.file, origin.lines.start, "hollow", name=f"{kind}/{_name(data)}")
            return
        _name(data)
        slims: list[Controller] = []
        moved: dict[str, str] = {}
        for found in specs:
            moved_here = {f"{found.path}.{place}": true for place, true in found.moved.items()}
            slim = self._decoded(
                Origin(origin.file, origin.lines, moved_here),
                as_controller(data, found),
                kind,
                self._reader(group, kind),
                found.path,
            )
            if slim is not None:
                slims.append(msgspec.structs.replace(slim, template_field=found.path))
                moved.update(moved_here)
        if slims:
            first = slims[0]
            key = WorkloadKey(first.namespace, kind, first.name, group)
            self._place(key, Origin(origin.file, origin.lines, moved), slims)
            if is_pod and not first.template.containers:
                self._lose(origin.file, origin.lines.start, "hollow", name=f"{kind}/{_name(data)}")

    def _note_unjudged(self, origin: Origin, data: MarkedMap, specs: list[PodSpec], name: str) -> None:
        if found := unjudged(data, specs):
            line, field_ = origin.lines.line(found.path), bounded(found.path)
            self._lose(origin.file, line, "host-path" if found.is_path else "beside", name=name, field=field_)
        self._claims += [(origin, name, claim, path) for claim, path in claims_of(data, specs)]

    def _reader(self, group: str, kind: str) -> Callable[[Raw], Controller]:
        return lambda raw: self._slimmer.controller(_TEMPLATED.decode(raw), group, kind)

    def _decoded(
        self, origin: Origin, data: MarkedMap, of: Resource | str, read: Callable[[Raw], Any], path: str = ""
    ) -> Any:
        """Return the slim object; what of it is of a wrong type, or that it could not be decoded, is noted.

        Args:
            of: what it is; a kind for what was put into the form of a controller.
            path: of the pod spec of such a one.
        """
        raw = Raw(msgspec.json.encode(data))
        if _HELM.search(bytes(raw)):
            self._unrendered_at(origin.file, origin.lines.start)
        binding = BINDING.get(of.kind) if isinstance(of, Resource) else None
        told = fit(data, binding)[1] if binding else ()
        kind, wire_type = (of, wire.WireController) if isinstance(of, str) else (of.kind, of.wire_type)
        try:
            slim = read(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            fitted, misfits = fit(data, wire_type)
            told = tuple(dict.fromkeys((*misfits, *told)))
            try:
                slim = with_doubt(read(Raw(msgspec.json.encode(fitted))), misfits)
            except (msgspec.DecodeError, UnicodeDecodeError):
                slim = None
        told = (*told, *unknown_words(slim))
        if slim is None or told:
            self._lose_fields(origin, f"{kind}/{_name(data)}", [_true(step, path, origin) for step in told], slim)
        return slim

    def _lose_fields(self, origin: Origin, name: str, told: list[str], slim: Any) -> None:
        told = list(dict.fromkeys(told))
        line = origin.lines.line(told[0]) if told else origin.lines.start
        if slim is None:
            self._lose(origin.file, line, "malformed", name=name)
        elif all(_TEXTS.search(step) for step in told):
            self._lose(origin.file, line, "labels", name=name)
        else:
            shown = [bounded(step) for step in told[:FIELDS]]
            self._lose(origin.file, line, "field", name=name, fields=", ".join(shown), n=len(told))

    def _place(self, key: WorkloadKey, origin: Origin, slims: list[Controller]) -> None:
        number = self._seen[key] = self._seen.get(key, -1) + 1
        if number == len(self._layers):
            self._layers.append(_Layer())
        self._layers[number].origins[key] = origin
        self._layers[number].controllers += slims

    def _nth(self, kind: str, number: int) -> list[Kept]:
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
        if "name" in values:  # a key, an anchor or an object, at any length
            values["name"] = bounded(str(values["name"]))
        place = Place(file, line)
        gap = Gap(place.text, Cause.MALFORMED, is_partial=True, problem=Problem(key, values), place=place)
        if gap not in self.gaps[-1:]:  # what several pod specs of one object have in common
            self.gaps.append(gap)


def _true(path: str, spec: str, origin: Origin) -> str:
    """Return where a field stands of what was put into the form of a controller."""
    if path.startswith("spec.template.spec") and spec:
        return origin.field(spec + path.removeprefix("spec.template.spec"))
    if path.startswith("spec.template.metadata") and spec:
        above = spec.rpartition(".")[0]
        return f"{above}.metadata{path.removeprefix('spec.template.metadata')}".lstrip(".")
    return path


def _is_object(data: MarkedMap) -> bool:
    return isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)


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
    name = metadata.get("name")
    return bounded(name) if isinstance(name, str) and name else "?"


def _slims(kept: Iterable[Kept], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(item.slim for item in kept if isinstance(item.slim, kind))
