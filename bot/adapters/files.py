"""A ``kubectl get … -o json`` dump, or the demo shipped with the program, as a Snapshot."""

import codecs
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from bot.adapters.collecting import Collector
from bot.adapters.manifest_files import STDIN_NAME, shown
from bot.adapters.resources import Resource, WireList, absent, kind_of, resource_table
from bot.adapters.slim import string_map
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.core.workloads import OLD_GROUPS
from bot.errors import SnapshotError

_LIST = msgspec.json.Decoder(WireList[Raw])


class _DemoMeta(Struct):
    annotations: Raw = Raw()


class _Demo(Struct):
    metadata: _DemoMeta


@dataclass(frozen=True, slots=True)
class FileCluster:
    """Reads a dump.

    Args:
        path: file name, ``-`` for standard input.
        as_of: when the dump was made; None takes the file's time.
        version: the API server's version, which a dump does not hold.
        name: what to call the cluster.
        now: the clock, for standard input.
    """

    path: str
    as_of: datetime | None
    version: str | None
    name: str | None
    owners: OwnerKeys
    pools: PoolTable
    now: Callable[[], datetime]

    def read(self) -> Snapshot:
        """Return what the dump holds; kinds of which it holds no object are gaps.

        Raises: SnapshotError: missing, not readable, not JSON, cut short, empty, or no Kubernetes list.
        """
        try:
            if self.path == "-":
                if sys.stdin is None:  # closed by the caller
                    raise SnapshotError("snapshot-empty", path=STDIN_NAME)
                data, time = sys.stdin.buffer.read(), self.now()
            else:
                file = Path(self.path)
                data, time = file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except OSError as error:
            raise SnapshotError(
                "snapshot-unreadable", path=shown(self.path), reason=error.strerror or type(error).__name__
            ) from error
        collector = Collector(self.owners, self.pools)
        _collect(data, shown(self.path), collector)
        return collector.snapshot(self.as_of or time, self.name, self.version, clock=self.as_of)


@dataclass(frozen=True, slots=True)
class DemoCluster:
    """Reads the fictional cluster shipped with the program; its clock stands still so that its answers do, too."""

    as_of: datetime | None
    version: str | None
    name: str | None
    owners: OwnerKeys
    pools: PoolTable

    def read(self) -> Snapshot:
        """Return the demo cluster."""
        data = resources.files("bot.data").joinpath("demo.json").read_bytes()
        notes = string_map(msgspec.json.decode(data, type=_Demo).metadata.annotations)
        as_of = self.as_of or datetime.fromisoformat(notes["unshim.demo/as-of"])
        collector = Collector(self.owners, self.pools)
        _collect(data, "demo.json", collector)
        name, version = self.name or notes["unshim.demo/name"], self.version or notes["unshim.demo/version"]
        return collector.snapshot(as_of, name, version, clock=as_of)


def _collect(data: bytes, path: str, collector: Collector) -> None:
    data = as_utf8(data)
    if not data.strip():
        raise SnapshotError("snapshot-empty", path=path)
    try:
        items, list_kind, is_cut = _items(data)
    except msgspec.ValidationError as error:
        raise SnapshotError("snapshot-no-list", path=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        key = "snapshot-truncated" if "truncated" in str(error) else "snapshot-not-json"
        raise SnapshotError(key, path=path, line=_line_of(data, error)) from error
    dump = _Dump(collector)
    present = dump.add(items, list_kind, is_cut=is_cut)
    dump.add_pods()
    if not present:
        raise SnapshotError("snapshot-no-list", path=path)
    for gap in absent(present):
        collector.add_gap(gap)


class _Dump:
    """Sorts the items of a dump into the collector. Merged dumps repeat objects: the first of a name counts."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._by_kind = {(resource.group, resource.kind): resource for resource in resource_table()}
        self._present: set[str] = set()
        self._pods: list[tuple[Resource, Raw]] = []

    def add(self, items: list[Raw], list_kind: str, *, is_cut: bool) -> set[str]:
        """Take in the items of one list, and of lists among them; return the resources seen so far.

        Pods wait for `add_pods`.
        """
        of_list = next((item for item in self._by_kind.values() if list_kind == f"{item.kind}List"), None)
        if of_list is not None:
            self._present.add(of_list.name)
            if is_cut:
                self._collector.add_gap(Gap(of_list.name, Cause.CUT, is_partial=True))
        for item in items:
            named = kind_of(item)
            if named is not None and named[1].endswith("List"):
                self._add_list(item)
            elif named is None or not (named[1] or of_list):
                self._collector.add_unknown(item)
            else:
                self._add_object(item, named, of_list)
        return self._present

    def add_pods(self) -> None:
        """Take in the pods: after what controls them, as a live cluster is read, wherever they stand."""
        for resource, item in self._pods:
            self._collector.add_raw(resource, item)

    def _add_list(self, item: Raw) -> None:
        try:
            items, list_kind, is_cut = _page(item)
            self.add(items, list_kind, is_cut=is_cut)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._collector.add_unknown(item)

    def _add_object(self, item: Raw, named: tuple[str, str], of_list: Resource | None) -> None:
        group, kind = named
        # Items of a typed list, such as `kubectl get --raw` prints it, do not repeat their kind.
        resource = self._by_kind.get((OLD_GROUPS.get(group, group), kind)) if kind else of_list
        if resource is not None:
            self._present.add(resource.name)
            if resource.bucket == "pods":
                self._pods.append((resource, item))
            else:
                self._collector.add_raw(resource, item)
        elif not group and any(kind == known for _, known in self._by_kind):
            self._collector.add_unknown(item)  # a Deployment without an apiVersion may be anybody's


def _items(data: bytes) -> tuple[list[Raw], str, bool]:
    """Return the objects of a dump, its kind, and whether it is only the first pages of a list.

    A dump is a List, a typed list such as PodList, or a single object.
    """
    try:
        return _page(data)
    except msgspec.ValidationError:
        single = Raw(data)
        named = kind_of(single)
        if named is None or not named[1] or named[1].endswith("List"):
            raise
        return [single], "", False


def _page(data: bytes | Raw) -> tuple[list[Raw], str, bool]:
    page = _LIST.decode(data)
    return list(page.items or ()), page.kind, bool(page.metadata and page.metadata.continue_)


def as_utf8(data: bytes) -> bytes:
    """Return the dump as UTF-8: PowerShell's ``>`` writes UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _line_of(data: bytes, error: Exception) -> int:
    """Return the line an error stands in; the last one when the text just ends."""
    position = str(error).rpartition("(byte ")[2].rstrip(")")
    end = int(position) if position.isdigit() else len(data)
    return data.count(b"\n", 0, end) + 1
