"""A field of a wrong type is never passed over: what is found stays the same, or it is told what was not judged.

Of objects with a finding in nearly every field that the judge reads, each field in turn is replaced by a value of
another type; from files, and from a dump as the API's objects are.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from tests.factories import JsonObject, make_claim, make_persistent_volume, make_runtime_class
from tests.unit.adapters.test_damaged import places
from tests.unit.adapters.test_files import reader
from tests.unit.clusters import assessor
from tests.unit.manifests.judging import judge

Path_ = tuple[str | int, ...]
CONTAINERS = {"containers", "initContainers", "ephemeralContainers"}

#: One value of each type, and lists of each: what a place holds is replaced by all that are not of its own type.
VALUES: tuple[Any, ...] = (True, 7, "x", [], {}, ["x"], [{}], {"x": {}})

CONTAINER: JsonObject = {
    "name": "main",
    "image": "docker:20.10",
    "command": ["sh", "-c", "docker ps"],
    "args": ["docker", "-H", "tcp://$(NODE):2375", "info"],
    "env": [
        {"name": "DOCKER_HOST", "value": "tcp://172.17.0.1:2375"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        {"name": "DOCKER_CERT_PATH", "valueFrom": {"secretKeyRef": {"name": "docker", "key": "certs"}}},
        {"name": "DOCKER_TLS", "valueFrom": {"configMapKeyRef": {"name": "docker", "key": "tls"}}},
    ],
    "envFrom": [{"secretRef": {"name": "more"}}],
    "volumeMounts": [
        {"name": "sock", "mountPath": "/docker.sock"},
        {"name": "host", "mountPath": "/host", "subPath": "lib/docker"},
        {"name": "host", "mountPath": "/by-name", "subPathExpr": "lib/$(NODE)"},
        {"name": "claim", "mountPath": "/claim"},
        {"name": "own", "mountPath": "/own"},
        {"name": "dir", "mountPath": "/var/lib/docker"},
    ],
    "securityContext": {
        "privileged": True,
        "appArmorProfile": {"type": "Localhost", "localhostProfile": "docker-default"},
        "windowsOptions": {"hostProcess": False},
    },
    "lifecycle": {
        "postStart": {"exec": {"command": ["docker", "pull", "x"]}},
        "preStop": {"exec": {"command": ["docker", "stop", "x"]}},
    },
    "livenessProbe": {"exec": {"command": ["docker", "ps"]}},
    "readinessProbe": {"exec": {"command": ["docker", "info"]}},
    "startupProbe": {"exec": {"command": ["docker", "version"]}},
}
SPEC: JsonObject = {
    "hostPID": True,
    "hostNetwork": True,
    "runtimeClassName": "docker",
    "nodeName": "n1",
    "securityContext": {
        "appArmorProfile": {"type": "Localhost", "localhostProfile": "docker-default"},
        "windowsOptions": {"hostProcess": False},
    },
    "volumes": [
        {"name": "sock", "hostPath": {"path": "/var/run/docker.sock", "type": "Socket"}},
        {"name": "host", "hostPath": {"path": "/var"}},
        {"name": "claim", "persistentVolumeClaim": {"claimName": "c"}},
        {"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": {"volumeName": "pv"}}}},
        {"name": "dir", "emptyDir": {}},
    ],
    "containers": [CONTAINER, {"name": "dind", "image": "docker:dind", "volumeMounts": [CONTAINER["volumeMounts"][5]]}],
    "initContainers": [{"name": "first", "image": "x", "command": ["docker", "ps"]}],
    "ephemeralContainers": [{"name": "debug", "image": "x", "env": [CONTAINER["env"][0]]}],
}
META: JsonObject = {
    "name": "web",
    "namespace": "shop",
    "labels": {"team": "storefront"},
    "annotations": {"container.apparmor.security.beta.kubernetes.io/first": "localhost/docker-default"},
}
BELOW: JsonObject = {"metadata": {key: META[key] for key in ("labels", "annotations")}, "spec": SPEC}
CLAIMS = [{"metadata": {"name": "dir"}, "spec": {"volumeName": "pv"}}]
OBJECTS: dict[str, JsonObject] = {
    "Pod": {"apiVersion": "v1", "metadata": META, "spec": SPEC},
    "Deployment": {"apiVersion": "apps/v1", "metadata": META, "spec": {"replicas": 1, "template": BELOW}},
    "StatefulSet": {
        "apiVersion": "apps/v1",
        "metadata": META,
        "spec": {"template": BELOW, "volumeClaimTemplates": CLAIMS},
    },
    "CronJob": {
        "apiVersion": "batch/v1",
        "metadata": META,
        "spec": {"jobTemplate": {"spec": {"template": BELOW}}},
    },
}
#: Of kinds nobody has told us of, what holds the pod spec: only what stands in it has a type that is known.
OTHERS: dict[str, tuple[JsonObject, Path_]] = {
    "CloneSet": (
        {"apiVersion": "apps.kruise.io/v1alpha1", "metadata": META, "spec": {"template": BELOW}},
        ("spec", "template", "spec"),
    ),
    "Workflow": (
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "metadata": META,
            "spec": {"volumes": SPEC["volumes"], "templates": [{"name": "t", "container": CONTAINER}]},
        },
        ("spec", "templates", 0, "container"),
    ),
    "Task": (
        {
            "apiVersion": "tekton.dev/v1",
            "metadata": META,
            "spec": {"volumes": SPEC["volumes"], "steps": [CONTAINER, SPEC["containers"][1]]},
        },
        ("spec", "steps", 0),
    ),
}
BESIDE = (
    make_claim("c", namespace="shop", volume="pv"),
    make_persistent_volume("pv", host_path="/var/lib/docker"),
    make_runtime_class("docker"),
)


def replaced(item: JsonObject, place: Path_) -> Iterator[tuple[Any, JsonObject]]:
    """Yield the object with one field replaced by each value that is of another type, in it or below it."""
    now: Any = item
    for step in place:
        now = now[step]
    for value in VALUES:
        if is_other(now, value):
            changed = copy.deepcopy(item)
            parent: Any = changed
            for step in place[:-1]:
                parent = parent[step]
            parent[place[-1]] = value
            yield value, changed
    if isinstance(place[-1], int):
        changed = copy.deepcopy(item)
        parent = changed
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = None
        yield None, changed


def is_other(now: Any, value: Any) -> bool:
    if type(now) is not type(value):
        return True
    # A list of other things than it held is of another type, an empty one of the same; of an object it is never sure.
    return isinstance(now, list) and bool(now) and bool(value) and type(now[0]) is not type(value[0])


def told(view: ClusterView) -> list[Any]:
    return [
        (
            workload.key,
            workload.owner,
            [(f.code, f.severity, f.field, f.value, f.containers) for f in workload.findings],
        )
        for workload in view.with_findings
    ]


def of_dump(*objects: JsonObject, folder: Path) -> tuple[list[Any], int]:
    path = folder / "dump.json"
    path.write_text(json.dumps({"kind": "List", "items": objects}), encoding="utf-8")
    view = assessor().assess(reader(path).read())
    return told(view), sum(gap.cause in (Cause.MALFORMED, Cause.PARTLY) for gap in view.gaps)


def of_file(*objects: JsonObject) -> tuple[list[Any], int]:
    view = judge(json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}))
    assert all(gap.place is not None for gap in view.gaps)
    return told(view), len(view.gaps)


def silent(
    item: JsonObject, judged: Callable[..., tuple[list[Any], int]], wanted: Callable[[Path_], bool]
) -> list[tuple[Path_, Any]]:
    """Return what was replaced without a trace of it."""
    whole = judged(item, *BESIDE)
    assert (len(whole[0]), whole[1]) == (1, 0)
    return [
        (place, value)
        for place in places(item)
        if wanted(place)
        for value, changed in replaced(item, place)
        if (now := judged(changed, *BESIDE)) != whole and not now[1]
    ]


@pytest.mark.parametrize("kind", OBJECTS)
def test_nothing_of_a_kind_that_is_known_is_passed_over(kind: str, tmp_path: Path) -> None:
    item = {"kind": kind, **OBJECTS[kind]}

    def wanted(place: Path_) -> bool:
        # What is below the containers is the same whatever holds them.
        return place != ("kind",) and (kind == "Pod" or CONTAINERS.isdisjoint(place[:-1]))

    assert silent(item, of_file, wanted) == []
    assert silent(item, partial(of_dump, folder=tmp_path), wanted) == []


@pytest.mark.parametrize("kind", OTHERS)
def test_nothing_of_a_pod_spec_in_another_kind_is_passed_over(kind: str) -> None:
    item, below = {"kind": kind, **OTHERS[kind][0]}, OTHERS[kind][1]

    def wanted(place: Path_) -> bool:
        is_same = kind == "CloneSet" and not CONTAINERS.isdisjoint(place[:-1])
        return place[: len(below)] == below and len(place) > len(below) and not is_same

    # An image in parts makes it somebody's own mapping rather than a container.
    found = [(place, value) for place, value in silent(item, of_file, wanted) if place != (*below, "image")]
    assert found == []


@pytest.mark.parametrize("number", range(len(BESIDE)))
def test_nothing_beside_the_pods_is_passed_over(number: int, tmp_path: Path) -> None:
    item = {"kind": "Pod", **OBJECTS["Pod"]}
    others = [other for at, other in enumerate(BESIDE) if at != number]
    for judged in (of_file, partial(of_dump, folder=tmp_path)):
        whole, _ = judged(item, *BESIDE)
        passed_over = [
            (place, value)
            for place in places(BESIDE[number])
            if place not in (("kind",), ("metadata", "name"), ("metadata", "namespace"))
            for value, changed in replaced(BESIDE[number], place)
            if (now := judged(item, changed, *others)) != (whole, 0) and not now[1]
        ]
        assert passed_over == []


TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        - {name: main, image: x, volumeMounts: [{name: v, mountPath: /v}]}
      volumes: [{name: v, hostPath: {path: /run/docker.sock}}]
"""


def test_what_is_told_names_the_object_and_its_fields_in_the_line_of_the_first() -> None:
    text = TEXT.replace("image: x,", "image: x, env: {A: b}, command: docker ps,") + "      initContainers: [null, 7]\n"
    view = judge(text)
    assert [finding.code for finding in view.with_findings[0].findings] == ["docker-socket"]
    (gap,) = view.gaps
    assert gap.problem is not None
    assert gap.problem.key == "field"
    assert gap.problem.values["name"] == "Deployment/web"
    prefix = "spec.template.spec"
    assert gap.problem.values["fields"] == ", ".join(
        f"{prefix}.{field}"
        for field in ("initContainers[0]", "initContainers[1]", "containers[0].command", "containers[0].env")
    )
    assert gap.what == "m.yaml:10"


@pytest.mark.parametrize("kind", ["Pod", "Workflow"])
def test_what_was_moved_to_be_judged_is_told_where_it_stands(kind: str) -> None:
    item: JsonObject = {"kind": kind, **copy.deepcopy((OBJECTS | {"Workflow": OTHERS["Workflow"][0]})[kind])}
    holder = item["spec"]["containers"][0] if kind == "Pod" else item["spec"]["templates"][0]["container"]
    holder["args"] = "x"
    if kind == "Pod":
        item["spec"]["volumes"].append(None)
    (gap,) = judge(json.dumps(item)).gaps
    assert gap.problem is not None
    wanted = "spec.volumes[5], spec.containers[0].args" if kind == "Pod" else "spec.templates[0].container.args"
    assert gap.problem.values["fields"] == wanted


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        pytest.param("items: {a: b}", "list", id="a mapping"),
        pytest.param("items: web", "list", id="a text"),
        pytest.param("items: 7", "list", id="a number"),
        pytest.param("x: []", "list", id="missing"),
        pytest.param("items: [7]", "item", id="an item that is a number"),
        pytest.param("items: [null]", "item", id="an item that is null"),
        pytest.param("items: [[]]", "item", id="an item that is a list"),
        pytest.param("items: null", None, id="null"),
        pytest.param("items: []", None, id="empty"),
    ],
)
@pytest.mark.parametrize("kind", ["List", "DeploymentList"])
def test_a_list_that_is_none_is_told(kind: str, items: str, problem: str | None) -> None:
    view = judge(f"apiVersion: v1\nkind: {kind}\n{items}\n", TEXT)
    line = 3 if "items" in items else 1
    assert [(gap.what, gap.problem and gap.problem.key) for gap in view.gaps] == (
        [(f"m.yaml:{line}", problem)] if problem else []
    )
    assert len(view.with_findings) == 1


def test_an_item_without_a_kind_and_a_bare_list_of_objects_are_told() -> None:
    item = json.loads(json.dumps(OBJECTS["Deployment"]))
    assert [gap.problem and gap.problem.key for gap in judge(json.dumps({"kind": "List", "items": [item]})).gaps] == [
        "no-kind"
    ]
    bare = judge(json.dumps([{"kind": "Deployment", **item}]))
    assert [gap.problem and gap.problem.key for gap in bare.gaps] == ["array"]
    assert len(bare.with_findings) == 1
    patches = judge("- {op: replace, path: /spec/replicas, value: 3}\n")
    assert patches.gaps == ()


def test_a_kind_of_ones_own_that_is_called_a_list_is_none() -> None:
    assert judge("apiVersion: x.y/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {cidrs: []}\n").gaps == ()


@pytest.mark.parametrize("value", ["[a, b]", "x", "{a: 1}", "{a: true}", "7", "{a: {b: c}}", "{a: null}"])
@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize("kind", ["Deployment", "Pod"])
def test_labels_of_a_wrong_type_cost_no_finding(kind: str, field: str, value: str) -> None:
    text = TEXT.replace("name: web,", f"name: web, {field}: {value},")
    if kind == "Pod":
        head, _, spec = text.partition("  template:\n    spec:\n")
        text = head.replace("apps/v1", "v1").replace("Deployment", "Pod") + spec
    view = judge(text)
    assert [(gap.what, gap.problem and gap.problem.key) for gap in view.gaps] == [("m.yaml:3", "labels")]
    assert [finding.code for finding in view.with_findings[0].findings] == ["docker-socket"]


def test_an_object_of_many_wrong_fields_is_judged_all_the_same() -> None:
    many = ", ".join(f"{{name: A{number}, value: {number}}}" for number in range(200))
    view = judge(TEXT.replace("image: x,", f"image: x, env: [{many}],"))
    assert [finding.code for finding in view.with_findings[0].findings] == ["docker-socket"]
    assert view.gaps[0].problem is not None
    assert view.gaps[0].problem.values["n"] == 200


NAMELESS: JsonObject = {"name": None, "image": None, "command": ["docker", "ps"]}
NODES = [{"name": "sock", "hostPath": {"path": "/var/run/docker.sock"}}]


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CloneSet"])
@pytest.mark.parametrize(
    ("containers", "labels"),
    [
        pytest.param([{**NAMELESS, "volumeMounts": [{"name": "sock", "mountPath": "/s"}]}], ["x"], id="labels"),
        pytest.param([{**NAMELESS, "volumeMounts": "x"}], {}, id="mounts"),
        pytest.param([None, NAMELESS], {}, id="a container that is null"),
        pytest.param("x", {}, id="no list"),
        pytest.param([None], {}, id="none at all"),
    ],
)
def test_containers_without_name_and_image_are_judged_as_those_of_a_dump(
    kind: str, containers: Any, labels: Any, tmp_path: Path
) -> None:
    item = copy.deepcopy({"kind": kind, **(OBJECTS | {"CloneSet": OTHERS["CloneSet"][0]})[kind]})
    item["metadata"]["labels"] = labels
    below = item if kind == "Pod" else item["spec"]["template"]
    below["spec"] = {"volumes": NODES, "containers": containers}
    found, gaps = of_file(item)
    assert gaps
    if kind == "CloneSet":  # no dump has it: it is found as in a Deployment
        wanted, _ = of_dump({**item, "kind": "Deployment", "apiVersion": "apps/v1"}, folder=tmp_path)
        assert [[finding[0] for finding in row[2]] for row in found] == [
            [finding[0] for finding in row[2]] for row in wanted
        ]
    else:
        assert (found, 1) == of_dump(item, folder=tmp_path)


def test_a_pod_that_lists_no_containers_is_hollow_whatever_else_it_has() -> None:
    for spec in ("{}", "{containers: []}", "{volumes: [{name: a}]}", "null", "[]"):
        view = judge(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n")
        assert [gap.problem and gap.problem.key for gap in view.gaps] == ["hollow"]


SPEC = """
    volumes:
    - name: s
      hostPath:
        path: /var/run/docker.sock
        type: Gadget
    containers: [{name: a, image: x, volumeMounts: [{name: s, mountPath: /s}]}]
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec:" + SPEC, 9, id="a-pod"),
        pytest.param(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: odd}\nspec:\n  template:\n   spec:" + SPEC,
            11,
            id="a-template",
        ),
        pytest.param(
            "apiVersion: x.io/v1\nkind: Thing\nmetadata: {name: odd}\nspec:\n  below:\n   spec:" + SPEC,
            11,
            id="a-kind-of-others",
        ),
    ],
)
def test_a_hostpath_type_that_there_is_none_of_is_judged_and_told_with_its_line(text: str, line: int) -> None:
    view = judge(text)
    assert [workload.is_at_risk for workload in view.workloads] == [True]
    (gap,) = view.gaps
    assert gap.problem is not None
    assert gap.place is not None
    assert (gap.problem.key, gap.place.line) == ("field", line)
    assert str(gap.problem.values["fields"]).endswith("volumes[0].hostPath.type")


def test_a_restart_policy_that_there_is_none_of_is_told_with_its_line() -> None:
    view = judge("""\
apiVersion: x.io/v1
kind: Thing
metadata: {name: odd}
spec:
  below:
    initContainers:
      - name: a
        restartPolicy: Allways
    containers: [{name: b, image: b}]
""")
    (gap,) = view.gaps
    assert gap.problem is not None
    assert gap.place is not None
    assert (gap.problem.key, gap.place.line) == ("field", 8)
    assert gap.problem.values["fields"] == "spec.below.initContainers[0].restartPolicy"


@pytest.mark.parametrize("mounts", ["[{name: null, mountPath: /s}]", "[{name: 7}]", "{name: s}", "[s]"])
def test_a_volume_is_not_said_to_be_unmounted_where_a_mount_cannot_be_read(mounts: str) -> None:
    view = judge(f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: odd}}
spec:
  template:
    spec:
      containers: [{{name: a, image: a, volumeMounts: {mounts}}}]
      volumes: [{{name: s, hostPath: {{path: /run/docker.sock}}}}]
""")
    (workload,) = view.with_findings
    assert [(finding.code, finding.reason == "unmounted") for finding in workload.findings] == [
        ("docker-socket", False)
    ]
    assert [gap.problem.key for gap in view.gaps if gap.problem] == ["field"]
