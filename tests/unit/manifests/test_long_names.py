"""Names of any length are shown short, and two that differ stay two."""

import copy
import json
from typing import Any

import pytest

from bot.core.names import NAME_CHARS, bounded
from bot.core.seen import Seen
from bot.core.view import ClusterView
from bot.render.csv_ import workloads_csv
from bot.render.data import scan_data
from bot.render.sarif import sarif
from tests.factories import JsonObject, make_deployment, make_namespace
from tests.unit.adapters.test_damaged import places
from tests.unit.clusters import catalogue, text_of, view_of
from tests.unit.manifests.judging import judge
from tests.unit.manifests.test_wrong_types import BESIDE, OBJECTS, OTHERS

#: Twice what the outputs of these objects take.
MOST = 60_000
LONG = "x" * 200_000
ITEMS = {kind: {"kind": kind, **item} for kind, item in (OBJECTS | {"Workflow": OTHERS["Workflow"][0]}).items()}


def outputs(view: ClusterView) -> list[str]:
    data = scan_data(view, view.with_findings, catalogue("en"))
    seen = Seen(view.as_of, view.name, view.kinds, view.gaps)
    return [
        json.dumps(data),
        json.dumps(sarif(data, catalogue("en"), {}, None)["runs"][0]["results"]),
        workloads_csv(view.with_findings, seen, has_places=True),
    ]


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "StatefulSet", "Workflow"])
def test_no_text_of_an_object_makes_an_answer_long(kind: str) -> None:
    long = []
    for place in places(ITEMS[kind]):
        item: Any = copy.deepcopy(ITEMS[kind])
        parent = item
        for step in place[:-1]:
            parent = parent[step]
        if isinstance(parent[place[-1]], str):
            parent[place[-1]] += LONG
        elif place[-1] in ("labels", "annotations"):
            parent[place[-1]] = {key + LONG: value for key, value in parent[place[-1]].items()}
        else:
            continue
        view = judge(json.dumps({"kind": "List", "items": [item, *BESIDE]}))
        long += [(place, number) for number, text in enumerate(outputs(view)) if len(text) > MOST]
    assert long == []


def test_names_that_differ_behind_what_is_shown_stay_two() -> None:
    one, other = (make_deployment(LONG + end, host_paths={"/run/docker.sock": "/s"}) for end in "ab")
    view = judge(json.dumps({"kind": "List", "items": [one, other]}))
    names = {workload.key.name for workload in view.with_findings}
    assert len(names) == 2
    assert {len(name) for name in names} == {NAME_CHARS}
    fingerprints = [
        result["partialFingerprints"]["unshim/v1"]
        for result in sarif(scan_data(view, view.with_findings, catalogue("en")), catalogue("en"), {}, None)["runs"][0][
            "results"
        ]
    ]
    assert len(set(fingerprints)) == 2


def test_a_name_as_long_as_kubernetes_takes_is_whole() -> None:
    assert bounded("x" * NAME_CHARS) == "x" * NAME_CHARS
    assert bounded("x" * (NAME_CHARS + 1)).startswith("x" * 240)
    assert len(bounded("🐳" * 300)) == NAME_CHARS


def test_an_owner_of_any_length_is_bounded_in_a_cluster_too() -> None:
    namespace = make_namespace("default")
    namespace["metadata"]["labels"] = {"team": LONG}
    deployment: JsonObject = make_deployment("web", namespace="default", host_paths={"/run/docker.sock": "/s"})
    view = view_of(namespace, deployment)
    assert len(json.dumps(scan_data(view, view.with_findings, catalogue("en")))) < MOST
    assert text_of(view, "status")


@pytest.mark.parametrize("key", ["a", "b"])
def test_a_key_that_is_there_twice_is_told_short(key: str) -> None:
    view = judge(f"apiVersion: v1\nkind: X\n{key}{LONG[:900]}: 1\n{key}{LONG[:900]}: 2\n")
    (gap,) = view.gaps
    assert gap.problem is not None
    assert len(str(gap.problem.values["name"])) <= NAME_CHARS
