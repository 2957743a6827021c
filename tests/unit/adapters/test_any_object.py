"""Objects that run containers, with fields nobody would write: read from bytes, judged as far as they can be, counted.

Up to four fields of an odd but well-formed pod spec are replaced by anything. Beside them stands a container that
mounts the node's socket and is as it should be: whatever happens around it, it is found.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.fitting import fit
from bot.core.rules import Severity
from bot.core.snapshot import Cause
from bot.render.data import scan_data
from tests.factories import JsonObject, make_container, make_cronjob, make_deployment, make_pod, make_statefulset
from tests.unit.adapters.test_damaged import places
from tests.unit.clusters import assessor, catalogue, snapshot_of, table, text_of
from tests.unit.core.test_any_spec import OTHERS, spec

DEEP: Any = "x"
for _ in range(200):
    DEEP = [DEEP]

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "NoSuchValue",
    "$(" * 50,
    "/" + "docker/" * 5_000,
    "x" * 100_000,
    [],
    {},
    [None, 1, "docker"],
    [[]] * 300,
    {"name": None, "x": {"y": []}},
    {"path": ["/run/docker.sock"]},
    DEEP,
)

#: Of HostPathType in k8s.io/api core/v1.
HOST_TYPES = "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"

SURE = "sure"
KINDS: dict[str, tuple[Callable[..., JsonObject], tuple[str, ...]]] = {
    "Pod": (make_pod, ("spec",)),
    "Deployment": (make_deployment, ("spec", "template", "spec")),
    "StatefulSet": (make_statefulset, ("spec", "template", "spec")),
    "CronJob": (make_cronjob, ("spec", "jobTemplate", "spec", "template", "spec")),
}


@st.composite
def odd_specs(draw: st.DrawFn) -> JsonObject:
    """Draw a pod spec with something replaced somewhere."""
    pod_spec: JsonObject = json.loads(json.dumps(draw(spec)))
    for _ in range(draw(st.integers(0, 4))):
        if found := list(places(pod_spec)):
            put(pod_spec, draw(st.sampled_from(found)), draw(st.sampled_from(JUNK)))
    return pod_spec


def put(item: Any, place: tuple[str | int, ...], value: Any) -> None:
    """Replace one field by a copy of the value."""
    for step in place[:-1]:
        item = item[step]
    item[place[-1]] = copy.deepcopy(value)


def with_sure(pod_spec: JsonObject) -> JsonObject:
    """Return the spec with a volume and a container behind the others that nobody touched.

    Where the list itself is no list any more, the API's own place for it is taken.
    """
    sure = {
        "containers": make_container(SURE, mounts=[{"name": SURE, "mountPath": "/docker.sock"}]),
        "volumes": {"name": SURE, "hostPath": {"path": "/var/run/docker.sock"}},
    }
    lists = {key: found if isinstance(found := pod_spec.get(key), list) else [] for key in sure}
    return {**pod_spec, **{key: [*lists[key], item] for key, item in sure.items()}}


def fits(obj: JsonObject) -> bool:
    """Whether the object is as the API makes it, as far as anybody looks."""
    resource = next(resource for resource in table() if resource.kind == obj["kind"])
    pod_spec = obj
    for step in KINDS[obj["kind"]][1]:
        pod_spec = pod_spec[step]
    if fit(json.loads(json.dumps(obj)), resource.wire_type)[1]:
        return False
    volumes = [volume.get("hostPath") for volume in pod_spec["volumes"] if volume]
    return all((host_path.get("type") or "") in HOST_TYPES for host_path in volumes if host_path)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(KINDS)), odd_specs())
def test_no_object_stops_the_judge_nor_hides_what_is_sure(kind: str, pod_spec: JsonObject) -> None:
    make, _ = KINDS[kind]
    obj = make("odd", namespace="default", spec=with_sure(pod_spec))
    snapshot = snapshot_of(obj, make_pod("fine"), *OTHERS)
    view = assessor().assess(snapshot)
    lost = [gap for gap in snapshot.gaps if gap.cause is Cause.PARTLY]
    assert [(gap.count, gap.objects) for gap in lost] == ([] if fits(obj) else [(1, ("default/odd",))])
    odd, fine = sorted(view.workloads, key=lambda workload: workload.key.name, reverse=True)
    assert (odd.key.kind, fine.key.kind, fine.findings) == (kind, "Pod", ())
    found = [finding for finding in odd.findings if finding.code == "docker-socket" and SURE in finding.containers]
    assert [finding.severity for finding in found] == [Severity.BLOCKER]
    assert json.dumps(scan_data(view, view.workloads, catalogue("en")))
    for language in ("en", "ko"):
        assert text_of(view, "explain default/odd", language)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.sampled_from(JUNK), st.integers(1, 9))
@example("CronJob", DEEP, 3)
def test_a_whole_spec_of_anything_is_counted(kind: str, value: Any, depth: int) -> None:
    make, path = KINDS[kind]
    obj = json.loads(json.dumps(make("odd", namespace="default")))
    put(obj, path[:depth], value)
    snapshot = snapshot_of(obj, make_pod("fine"))
    assert [gap.objects for gap in snapshot.gaps if gap.cause is Cause.PARTLY] == [("default/odd",)]
    view = assessor().assess(snapshot)
    assert {workload.key.name for workload in view.workloads} == {"odd", "fine"}
    assert not view.is_complete
    assert text_of(view, "status")
