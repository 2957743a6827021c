"""What people feed as a dump: lists inside lists, pieces put together, pages cut short."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.snapshot import Cause
from tests.factories import JsonObject, make_dependents, make_deployment, make_node, make_pod
from tests.unit.adapters.test_files import read
from tests.unit.adapters.test_malformed import HEALTHY

SOCKET_POD = make_pod("agent", host_paths={"/var/run/docker.sock": "/s"})


def written(*items: Any, **more: Any) -> bytes:
    """Return a List with one object of each kind and the items."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [*HEALTHY.values(), *items], **more}).encode()


@pytest.mark.parametrize("kind", ["List", "PodList"])
def test_a_list_inside_a_list_is_read(kind: str, tmp_path: Path) -> None:
    inner = {"apiVersion": "v1", "kind": kind, "items": [SOCKET_POD]}
    snapshot = read(written(inner), tmp_path)
    assert "agent" in {pod.name for pod in snapshot.pods}
    assert snapshot.gaps == ()


def test_an_object_that_stands_twice_is_counted_once(tmp_path: Path) -> None:
    snapshot = read(written(make_node("n"), make_node("n"), SOCKET_POD, SOCKET_POD, SOCKET_POD), tmp_path)
    assert [node.name for node in snapshot.nodes].count("n") == 1
    assert [pod.name for pod in snapshot.pods].count("agent") == 1


def test_pods_that_stand_before_their_replica_set_read_as_those_after_it(tmp_path: Path) -> None:
    replicaset, pod = make_dependents(make_deployment("web", pod_labels={"team": "shop"}), ["n"])
    inner = {"apiVersion": "v1", "kind": "PodList", "items": [pod]}
    for before in (pod, inner):
        assert read(written(before, replicaset), tmp_path) == read(written(replicaset, before), tmp_path)


def test_a_known_kind_without_its_api_version_is_a_gap(tmp_path: Path) -> None:
    anonymous: JsonObject = {key: value for key, value in make_deployment("d").items() if key != "apiVersion"}
    gap = read(written(anonymous), tmp_path).gaps[0]
    assert (gap.what, gap.cause, gap.objects) == ("items", Cause.MALFORMED, ("default/d",))


def test_a_kind_nobody_judges_is_no_gap(tmp_path: Path) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    assert read(written(service), tmp_path).gaps == ()


def test_the_first_page_of_a_list_is_not_the_list(tmp_path: Path) -> None:
    page = {"apiVersion": "v1", "kind": "PodList", "metadata": {"continue": "token"}, "items": [SOCKET_POD]}
    gap = read(written(page), tmp_path).gaps[0]
    assert (gap.what, gap.cause, gap.is_whole_kind) == ("pods", Cause.CUT, False)


def test_a_pod_without_a_spec_is_kept_and_named(tmp_path: Path) -> None:
    hollow = {**make_pod("hollow"), "spec": None}
    snapshot = read(written(hollow), tmp_path)
    assert "hollow" in {pod.name for pod in snapshot.pods}
    assert [gap.objects for gap in snapshot.gaps] == [("default/hollow",)]
