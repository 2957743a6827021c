"""Any one field of any object replaced by anything: nothing raises, and no object is lost without a gap."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.snapshot import RESOURCES, Snapshot
from bot.errors import SnapshotError
from tests.factories import JsonObject
from tests.unit.adapters.test_files import reader
from tests.unit.adapters.test_malformed import HEALTHY
from tests.unit.clusters import assessor, table, text_of

REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "x",
    "🐳",
    [],
    [None],
    ["x"],
    {},
    {"x": None},
    {"name": 3},
    [[]],
    [{}],
)


def places(item: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every field below an object."""
    steps = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for step, below in steps:
        yield (*above, step)
        yield from places(below, (*above, step))


PLACES = [(what, place) for what, item in HEALTHY.items() for place in places(item)]


def damaged(what: str, place: tuple[str | int, ...], value: Any) -> JsonObject:
    """Return a dump with one healthy object of each kind, and one more of ``what`` with a field replaced."""
    bad: Any = json.loads(json.dumps(HEALTHY[what]))
    bad["metadata"]["name"] = "damaged"
    parent = bad
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    return {"apiVersion": "v1", "kind": "List", "items": [*HEALTHY.values(), bad]}


def read(dump: Any, folder: Path) -> Snapshot:
    path = folder / "dump.json"
    path.write_text(json.dumps(dump), encoding="utf-8")
    return reader(path).read()


def count(snapshot: Snapshot) -> int:
    return sum(len(getattr(snapshot, bucket)) for bucket in {resource.bucket for resource in table()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@given(st.sampled_from(PLACES), st.sampled_from(REPLACEMENTS))
def test_a_damaged_object_is_read_or_named(folder: Path, place: tuple[str, tuple[str | int, ...]], value: Any) -> None:
    what, where = place
    snapshot = read(damaged(what, where, value), folder)
    is_another_kind = where[0] in ("kind", "apiVersion") and isinstance(value, str) and value
    if not is_another_kind:
        assert count(snapshot) == len(RESOURCES) + 1 or snapshot.gaps, (what, where, value)
    view = assessor().assess(snapshot)
    for text in ("status", "pods", "nodes", "milestones"):
        assert text_of(view, text)


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["List", "PodList", "Pod"])
_KEYS = st.sampled_from(["kind", "items", "metadata", "name", "apiVersion", "spec"])


@given(st.recursive(_LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=4)))
def test_any_json_at_all_is_read_or_refused(folder: Path, value: Any) -> None:
    try:
        snapshot = read(value, folder)
    except SnapshotError:
        return
    assert snapshot.gaps
    assert text_of(assessor().assess(snapshot), "status")


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_refused(folder: Path, data: bytes) -> None:
    (folder / "dump.json").write_bytes(data)
    with pytest.raises(SnapshotError):
        reader(folder / "dump.json").read()
