"""Dumps of every shape that kubectl, PowerShell and people make."""

import codecs
import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.files import FileCluster
from bot.core.owners import OwnerKeys
from bot.core.snapshot import RESOURCES, Cause, Snapshot
from bot.errors import SnapshotError
from tests.factories import make_daemonset, make_deployment, make_node, make_pod
from tests.unit.clusters import AS_OF, dump_of, pool_table

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def reader(path: Path | str, **options: Any) -> FileCluster:
    values = {"as_of": AS_OF, "version": None, "name": None, **options}
    return FileCluster(str(path), owners=OwnerKeys(), pools=pool_table(), now=lambda: NOW, **values)


def read(data: bytes, tmp_path: Path, **options: Any) -> Snapshot:
    path = tmp_path / "dump.json"
    path.write_bytes(data)
    return reader(path, **options).read()


def list_of(kind: str, *items: dict[str, Any]) -> bytes:
    return json.dumps({"kind": kind, "apiVersion": "v1", "items": list(items)}).encode()


WHOLE = [make_node("n-1"), make_pod("web", node="n-1"), make_deployment("shop")]


def test_a_list_of_everything(tmp_path: Path) -> None:
    snapshot = read(dump_of(*WHOLE), tmp_path)
    assert [node.name for node in snapshot.nodes] == ["n-1"]
    assert [pod.name for pod in snapshot.pods] == ["web"]
    assert [(item.kind, item.name) for item in snapshot.controllers] == [("Deployment", "shop")]


def test_kinds_of_which_the_dump_holds_nothing_are_gaps(tmp_path: Path) -> None:
    gaps = read(dump_of(*WHOLE), tmp_path).gaps
    assert {gap.what for gap in gaps} == set(RESOURCES) - {"nodes", "pods", "deployments"}
    assert {gap.cause for gap in gaps} == {Cause.ABSENT}
    assert all(gap.is_whole_kind for gap in gaps)


def test_kinds_nobody_asked_about_are_ignored(tmp_path: Path) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"token": "aGlkZGVu"}}
    knative = {"apiVersion": "serving.knative.dev/v1", "kind": "Deployment", "metadata": {"name": "other"}}
    snapshot = read(dump_of(*WHOLE, secret, knative), tmp_path)
    assert [item.name for item in snapshot.controllers] == ["shop"]
    assert "hidden" not in repr(snapshot)
    assert "aGlkZGVu" not in repr(snapshot)


def test_a_typed_list_whose_items_do_not_repeat_their_kind(tmp_path: Path) -> None:
    pod = make_pod("web")
    del pod["kind"], pod["apiVersion"]
    assert [item.name for item in read(list_of("PodList", pod), tmp_path).pods] == ["web"]


def test_an_empty_typed_list_is_a_kind_that_was_read(tmp_path: Path) -> None:
    empty: tuple[list[Any] | None, ...] = ([], None)
    for items in empty:
        snapshot = read(json.dumps({"kind": "NodeList", "items": items}).encode(), tmp_path)
        assert "nodes" not in {gap.what for gap in snapshot.gaps}


def test_a_single_object(tmp_path: Path) -> None:
    snapshot = read(json.dumps(make_pod("web")).encode(), tmp_path)
    assert [pod.name for pod in snapshot.pods] == ["web"]
    assert "pods" not in {gap.what for gap in snapshot.gaps}


@pytest.mark.parametrize("version", ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"])
def test_a_deployment_of_an_old_api_version_is_a_deployment(version: str, tmp_path: Path) -> None:
    deployment = {**make_deployment("old"), "apiVersion": version}
    (found,) = read(dump_of(deployment), tmp_path).controllers
    assert (found.group, found.kind, found.name) == ("apps", "Deployment", "old")


def test_a_daemon_set_of_extensions_v1beta1_is_a_daemon_set(tmp_path: Path) -> None:
    daemonset = {**make_daemonset("old"), "apiVersion": "extensions/v1beta1"}
    (found,) = read(dump_of(daemonset), tmp_path).controllers
    assert (found.group, found.kind) == ("apps", "DaemonSet")


@pytest.mark.parametrize("version", ["batch/v1", "batch/v1beta1", "batch/v2alpha1"])
def test_a_cron_job_of_any_version(version: str, tmp_path: Path) -> None:
    cron_job = {"apiVersion": version, "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "x"}}
    (found,) = read(dump_of(cron_job), tmp_path).controllers
    assert (found.kind, found.name) == ("CronJob", "nightly")


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16-as-powershell-writes-it"),
        pytest.param(lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"), id="utf-16-little-endian"),
        pytest.param(lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), id="utf-16-big-endian"),
        pytest.param(lambda text: codecs.BOM_UTF8 + text.encode(), id="utf-8-with-byte-order-mark"),
        pytest.param(lambda text: text.replace(", ", ",\r\n").encode(), id="windows-line-ends"),
        pytest.param(lambda text: b"\n \t" + text.encode() + b"\n\n", id="white-space-around"),
    ],
)
def test_encodings_of_the_field(encode: Any, tmp_path: Path) -> None:
    snapshot = read(encode(dump_of(make_node("한글-n-1")).decode("unicode_escape")), tmp_path)
    assert [node.name for node in snapshot.nodes] == ["한글-n-1"]


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        pytest.param(b"", "snapshot-empty", None, id="empty"),
        pytest.param(b" \n\n", "snapshot-empty", None, id="blank"),
        pytest.param(codecs.BOM_UTF8, "snapshot-empty", None, id="byte-order-mark-alone"),
        pytest.param(codecs.BOM_UTF16_LE, "snapshot-empty", None, id="utf-16-mark-alone"),
        pytest.param(b"not json", "snapshot-not-json", 1, id="text"),
        pytest.param(b"apiVersion: v1\nkind: List\n", "snapshot-not-json", 1, id="yaml"),
        pytest.param(b'{\n "kind": "List",\n "items": [,]\n}', "snapshot-not-json", 3, id="wrong-on-line-3"),
        pytest.param(b'{"kind": "List", "items": []}}', "snapshot-not-json", 1, id="one-brace-too-many"),
        pytest.param(b'{\n"kind": "List",\n"items": [\n{"kind"', "snapshot-truncated", 4, id="cut-short-on-line-4"),
        pytest.param(b"{", "snapshot-truncated", 1, id="cut-short-at-once"),
        pytest.param(b'{"kind": "List", "items": [\xff]}', "snapshot-not-json", 1, id="not-utf-8"),
        pytest.param(b"\x00\x01\x02", "snapshot-not-json", 1, id="binary"),
        pytest.param(b'{"a":' * 100_000, "snapshot-not-json", 1, id="nested-objects-without-end"),
        pytest.param(b'{"kind":"List","items":[' + b"[" * 100_000, "snapshot-not-json", 1, id="a-nested-item"),
        pytest.param(b"[]", "snapshot-no-list", None, id="bare-array"),
        pytest.param(b"[" * 100_000, "snapshot-no-list", None, id="arrays-nested-without-end"),
        pytest.param(b"null", "snapshot-no-list", None, id="null"),
        pytest.param(b'"text"', "snapshot-no-list", None, id="string"),
        pytest.param(b"{}", "snapshot-no-list", None, id="empty-object"),
        pytest.param(b'{"kind": "List"}', "snapshot-no-list", None, id="list-without-items"),
        pytest.param(b'{"kind": "PodList"}', "snapshot-no-list", None, id="typed-list-without-items"),
        pytest.param(b'{"kind": "List", "items": []}', "snapshot-no-list", None, id="list-of-nothing"),
        pytest.param(b'{"kind": "List", "items": {}}', "snapshot-no-list", None, id="items-that-are-no-array"),
        pytest.param(b'{"kind": "Status", "code": 403}', "snapshot-no-list", None, id="an-error-of-the-api"),
        pytest.param(
            b'{"kind": "SecretList", "items": [{"metadata": {"name": "s"}}]}', "snapshot-no-list", None, id="secrets"
        ),
    ],
)
def test_what_is_no_dump_is_refused_with_the_reason_and_the_line(
    data: bytes, key: str, line: int | None, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError) as caught:
        read(data, tmp_path)
    assert caught.value.key == key
    assert caught.value.values.get("line") == line
    assert caught.value.values["path"] == str(tmp_path / "dump.json")
    assert caught.value.exit_code == 2


def test_every_cut_of_a_dump_is_refused(tmp_path: Path) -> None:
    whole = dump_of(make_node("n-1"))
    for length in range(len(whole)):
        with pytest.raises(SnapshotError) as caught:
            read(whole[:length], tmp_path)
        assert caught.value.key == ("snapshot-truncated" if length else "snapshot-empty"), whole[:length]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        reader(tmp_path / "nowhere.json").read()
    assert (caught.value.key, caught.value.values["reason"]) == ("snapshot-unreadable", "No such file or directory")


def test_a_folder_is_no_dump(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        reader(tmp_path).read()
    assert caught.value.key == "snapshot-unreadable"


def test_the_files_time_is_when_the_cluster_was_read(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_bytes(dump_of(make_node()))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    snapshot = reader(path, as_of=None).read()
    assert snapshot.as_of == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert snapshot.clock is None


def test_a_given_time_wins_and_is_today(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=9)))
    snapshot = read(dump_of(make_node()), tmp_path, as_of=moment)
    assert (snapshot.as_of, snapshot.clock) == (moment, moment)


def test_the_version_and_the_name_are_those_given(tmp_path: Path) -> None:
    snapshot = read(dump_of(make_node()), tmp_path)
    assert (snapshot.version, snapshot.cluster_name) == (None, None)
    snapshot = read(dump_of(make_node()), tmp_path, version="v1.20.2", name="prod")
    assert (snapshot.version, snapshot.cluster_name) == ("v1.20.2", "prod")
