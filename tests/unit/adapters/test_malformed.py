"""Objects that are not as the API makes them: one bad object never costs the others, nor passes unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import DecodeError

from bot.adapters.collecting import Collector
from bot.core.owners import Owner, OwnerKeys
from bot.core.rules import Severity
from bot.core.snapshot import RESOURCES, Cause, Gap, Snapshot
from tests.factories import (
    JsonObject,
    make_claim,
    make_cronjob,
    make_daemonset,
    make_deployment,
    make_job,
    make_namespace,
    make_node,
    make_persistent_volume,
    make_pod,
    make_replicaset,
    make_replication_controller,
    make_runtime_class,
    make_statefulset,
)
from tests.unit.adapters.test_files import read
from tests.unit.clusters import AS_OF, dump_of, named, pool_table, snapshot_of, table, text_of, view_of

#: One healthy object of each kind, in the order of RESOURCES.
HEALTHY: dict[str, JsonObject] = {
    "nodes": make_node("bad"),
    "namespaces": make_namespace("bad"),
    "deployments": make_deployment("bad"),
    "replicasets": make_replicaset("bad"),
    "daemonsets": make_daemonset("bad", namespace="default"),
    "statefulsets": make_statefulset("bad"),
    "replicationcontrollers": make_replication_controller("bad"),
    "jobs": make_job("bad"),
    "cronjobs": make_cronjob("bad"),
    "persistentvolumes": make_persistent_volume("bad"),
    "persistentvolumeclaims": make_claim("bad"),
    "runtimeclasses": make_runtime_class("bad"),
    "pods": make_pod("bad"),
}


def changed(item: JsonObject, path: str, value: Any) -> JsonObject:
    """Return a copy with one field replaced; digits in the path are places in a list."""
    copy: JsonObject = json.loads(json.dumps(item))
    place: Any = copy
    *parents, last = path.split(".")
    for step in parents:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return copy


def names(snapshot: Snapshot, what: str) -> list[str]:
    """Return the names of the objects of a resource in a snapshot."""
    resource = next(resource for resource in table() if resource.name == what)
    items = getattr(snapshot, resource.bucket)
    return [item.name for item in items if getattr(item, "kind", resource.kind) == resource.kind]


def test_there_is_a_healthy_object_of_every_kind() -> None:
    assert tuple(HEALTHY) == RESOURCES
    snapshot = snapshot_of(*HEALTHY.values())
    assert snapshot.gaps == ()
    assert all(names(snapshot, what) == ["bad"] for what in RESOURCES)


def full_name(what: str) -> str:
    namespace = HEALTHY[what]["metadata"].get("namespace")
    return f"{namespace}/bad" if namespace else "bad"


BREAKS: dict[str, tuple[str, Any]] = {
    "nodes": ("status.nodeInfo", []),
    "namespaces": ("metadata.labels", 3),
    "deployments": ("spec.template", []),
    "replicasets": ("spec.replicas", "many"),
    "daemonsets": ("spec.template.spec.containers", {}),
    "statefulsets": ("spec.template.spec.containers.0.name", None),
    "replicationcontrollers": ("spec", []),
    "jobs": ("spec.template.metadata.labels", {"app": 1}),
    "cronjobs": ("spec.jobTemplate", "x"),
    "persistentvolumes": ("spec.hostPath", {"path": 5}),
    "persistentvolumeclaims": ("spec.volumeName", 7),
    "runtimeclasses": ("handler", {}),
    "pods": ("spec.volumes", [{"name": "x", "hostPath": "/run"}]),
}


@pytest.mark.parametrize("what", RESOURCES)
def test_one_malformed_object_is_counted_by_name_and_the_rest_is_kept(what: str, tmp_path: Path) -> None:
    # What runs containers is itself kept, for the rest of it can be judged.
    is_judged = what in CONTAINERS
    bad = changed(HEALTHY[what], *BREAKS[what])
    good = changed(HEALTHY[what], "metadata.name", "good")
    others = [item for name, item in HEALTHY.items() if name != what]
    lost = Gap(what, Cause.PARTLY if is_judged else Cause.MALFORMED, objects=(full_name(what),), count=1)
    for snapshot in (snapshot_of(*others, bad, good), read(dump_of(*others, bad, good), tmp_path)):
        assert snapshot.gaps == (lost,)
        assert not lost.is_whole_kind
        assert names(snapshot, what) == (["bad", "good"] if is_judged else ["good"])
        assert all(names(snapshot, name) == ["bad"] for name in RESOURCES if name != what)


SOCKET = {"name": "sock", "hostPath": {"path": "/run/docker.sock"}}
MAIN = {"name": "main", "image": "x", "volumeMounts": [{"name": "sock", "mountPath": "/s"}]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("containers", [MAIN, {**MAIN, "name": None}], id="container-without-a-name"),
        pytest.param("containers", [None, MAIN], id="container-that-is-null"),
        pytest.param("containers", [MAIN, "x"], id="container-that-is-text"),
        pytest.param("initContainers", {"name": "x"}, id="init-containers-that-are-no-list"),
        pytest.param("volumes", [None, SOCKET], id="volume-that-is-null"),
        pytest.param("volumes", [SOCKET, {"hostPath": {"path": "/run"}, "name": 3}], id="volume-named-by-a-number"),
        pytest.param("volumes", [SOCKET, {"name": "x", "hostPath": {"path": None}}], id="path-that-is-null"),
        pytest.param("volumes", [{"name": "sock", "hostPath": {"path": "/run/docker.sock", "type": 7}}], id="type"),
        pytest.param("hostPID", "yes", id="host-pid-that-is-text"),
        pytest.param("runtimeClassName", ["x"], id="runtime-class-that-is-a-list"),
    ],
)
def test_one_field_that_does_not_fit_does_not_hide_what_the_rest_of_a_pod_does(field: str, value: Any) -> None:
    pod = make_pod("bad", spec={"volumes": [SOCKET], "containers": [MAIN], field: value})
    view = view_of(pod, make_pod("good"))
    (gap,) = [gap for gap in view.gaps if gap.count]
    assert (gap.what, gap.objects) == ("pods", ("default/bad",))
    (finding,) = [f for f in named(view, "bad").findings if f.code == "docker-socket"]
    assert finding.severity is Severity.BLOCKER
    assert "main" in finding.containers
    place = value.index(SOCKET) if isinstance(value, list) and SOCKET in value else 0
    assert finding.field == f"spec.volumes[{place}].hostPath.path"


def test_a_label_that_is_no_text_costs_that_label_only() -> None:
    labels = {"app": 1, "team": "a"}
    deployment = changed(make_deployment("bad", host_paths={"/run/docker.sock": "/s"}), "metadata.labels", labels)
    view = view_of(changed(deployment, "spec.template.metadata.annotations", {"x": {}}))
    assert named(view, "bad").is_at_risk
    assert named(view, "bad").owner == Owner("a", "label")


@pytest.mark.parametrize(
    "odd",
    [{"command": "docker"}, {"args": [1, None]}, {"env": {"A": "b"}}, {"env": [{"name": 1}]}, {"lifecycle": []}],
    ids=str,
)
def test_odd_commands_and_variables_are_damage_whatever_they_say(odd: JsonObject) -> None:
    for image in ("docker", "x"):
        snapshot = snapshot_of(make_pod("odd", spec={"containers": [{"name": "main", "image": image, **odd}]}))
        assert [gap.objects for gap in snapshot.gaps] == [("default/odd",)]
        assert [pod.name for pod in snapshot.pods] == ["odd"]


@pytest.mark.parametrize("what", RESOURCES)
def test_an_object_without_a_name_is_counted_all_the_same(what: str, tmp_path: Path) -> None:
    for field, value in (("metadata", None), ("metadata", {}), ("metadata.name", 3)):
        (gap,) = [gap for gap in read(dump_of(changed(HEALTHY[what], field, value)), tmp_path).gaps if gap.count]
        is_named = what in CONTAINERS and value == 3  # which may well be its name
        assert (gap.what, gap.cause, gap.count) == (what, Cause.PARTLY if is_named else Cause.MALFORMED, 1)


def test_many_lost_objects_are_counted_and_the_first_five_named() -> None:
    bad = [changed(make_pod(f"p-{n}"), "spec.containers", "x") for n in range(8)]
    (gap,) = snapshot_of(*bad).gaps
    assert (gap.count, gap.objects) == (8, tuple(f"default/p-{n}" for n in range(5)))


NULLS = {
    "nodes": "metadata.labels metadata.annotations metadata.ownerReferences spec spec.providerID spec.unschedulable "
    "status status.nodeInfo status.nodeInfo.containerRuntimeVersion status.nodeInfo.kubeletVersion "
    "status.nodeInfo.osImage status.conditions",
    "namespaces": "metadata.labels spec status",
    "pods": "metadata.labels metadata.annotations metadata.ownerReferences metadata.namespace spec spec.nodeName "
    "spec.volumes spec.initContainers spec.containers spec.ephemeralContainers spec.containers.0.image "
    "spec.containers.0.volumeMounts spec.containers.0.securityContext status status.phase",
    "deployments": "metadata.labels spec spec.replicas spec.template spec.template.metadata "
    "spec.template.metadata.labels spec.template.spec spec.template.spec.containers",
    "replicasets": "spec spec.replicas spec.template",
    "daemonsets": "spec spec.template",
    "statefulsets": "spec spec.template spec.replicas",
    "replicationcontrollers": "spec spec.template",
    "jobs": "spec spec.template",
    "cronjobs": "spec spec.jobTemplate spec.jobTemplate.spec spec.jobTemplate.spec.template",
    "persistentvolumes": "spec spec.hostPath spec.local spec.nfs spec.claimRef",
    "persistentvolumeclaims": "spec spec.volumeName metadata.namespace",
    "runtimeclasses": "handler spec",
}


CONTAINERS = {
    "pods": "spec.containers",
    **dict.fromkeys(
        ("deployments", "replicasets", "daemonsets", "statefulsets", "replicationcontrollers", "jobs"),
        "spec.template.spec.containers",
    ),
    "cronjobs": "spec.jobTemplate.spec.template.spec.containers",
}


@pytest.mark.parametrize(
    ("what", "field"), [(what, field) for what, fields in NULLS.items() for field in fields.split()]
)
def test_a_field_that_is_null_is_a_field_that_is_not_there(what: str, field: str) -> None:
    snapshot = snapshot_of(changed(HEALTHY[what], field, None))
    # Without containers nobody can say what it does: it is kept, and named.
    assert bool(snapshot.gaps) is f"{CONTAINERS.get(what, '')}.".startswith(f"{field}.")
    assert names(snapshot, what) == ["bad"]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(changed(make_deployment("bad"), "apiVersion", None), id="null-api-version"),
        pytest.param(changed(make_deployment("bad"), "kind", 3), id="kind-that-is-a-number"),
        pytest.param({"metadata": {"name": "bad"}}, id="no-kind"),
        pytest.param(None, id="null"),
        pytest.param("text", id="string"),
    ],
)
def test_an_item_whose_kind_cannot_be_read_leaves_the_view_partial(item: Any, tmp_path: Path) -> None:
    dump = json.dumps({"kind": "List", "items": [*HEALTHY.values(), item]}).encode()
    assert read(dump, tmp_path).gaps != ()


def page(*items: Any, kind: str = "PodList", **fields: Any) -> bytes:
    return json.dumps({"kind": kind, "items": list(items), **fields}).encode()


def pods() -> Any:
    return next(resource for resource in table() if resource.name == "pods")


def collector() -> Collector:
    return Collector(OwnerKeys(), pool_table())


def test_a_page_names_the_next_one() -> None:
    taker = collector()
    assert taker.add_page(pods(), page(make_pod("a"), metadata={"continue": "token"})) == "token"
    assert taker.add_page(pods(), page(make_pod("b"), metadata={"continue": ""})) is None
    assert taker.add_page(pods(), page(metadata=None)) is None
    assert [pod.name for pod in taker.snapshot(AS_OF, None, None).pods] == ["a", "b"]


def test_a_page_with_a_malformed_object_still_names_the_next_one() -> None:
    bad = changed(make_pod("bad"), "spec.containers", 3)
    assert collector().add_page(pods(), page(bad, metadata={"continue": "token"})) == "token"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"kind": "PodList"}', id="no-items"),
        pytest.param(b'{"kind": "Status", "items": []}', id="another-kind"),
        pytest.param(b'{"kind": "NodeList", "items": []}', id="another-list"),
        pytest.param(b'{"items": []}', id="no-kind"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"kind": "PodList", "items": [', id="cut-short"),
        pytest.param(b'{"kind": "PodList", "items": {}}', id="items-that-are-no-array"),
    ],
)
def test_what_is_no_list_of_the_kind_never_reads_as_an_empty_one(data: bytes) -> None:
    taker = collector()
    with pytest.raises(DecodeError):
        taker.add_page(pods(), data)
    assert taker.snapshot(AS_OF, None, None).pods == ()


def test_gaps_stand_in_the_order_of_reading() -> None:
    taker = collector()
    for what in ("pods", "version", "nodes"):
        taker.add_gap(Gap(what, Cause.FORBIDDEN, 403))
    assert [gap.what for gap in taker.snapshot(AS_OF, None, None).gaps] == ["version", "nodes", "pods"]


def test_what_was_judged_all_the_same_is_told_apart_from_what_is_lost() -> None:
    misfit = changed(make_pod("misfit", namespace="shop", host_paths={"/run/docker.sock": "/s"}), "metadata.labels", 3)
    nameless = changed(make_pod("nameless", namespace="shop"), "metadata.name", None)
    view = view_of(misfit, make_pod("hollow", namespace="shop", spec={"containers": []}), nameless)
    assert [(gap.what, gap.cause, gap.objects) for gap in view.gaps] == [
        ("pods", Cause.MALFORMED, ("?",)),
        ("pods", Cause.PARTLY, ("shop/misfit", "shop/hollow")),
    ]
    assert named(view, "misfit").is_at_risk
    english, korean = text_of(view, "status"), text_of(view, "status", "ko")
    assert "1 object among the pods could not be decoded: ?." in english
    wanted = "2 objects among the pods could be read only in part, and were judged as far as that goes: "
    assert f"{wanted}shop/misfit, shop/hollow." in english
    assert "pods 중 오브젝트 2개는 일부만 읽혀, 읽힌 만큼만 판단했습니다: shop/misfit, shop/hollow." in korean


def with_type(host_type: str, name: str = "odd") -> JsonObject:
    volume = {"name": "s", "hostPath": {"path": "/run/docker.sock", "type": host_type}}
    return make_pod(name, namespace="shop", volumes=[volume], mounts=[{"name": "s", "mountPath": "/s"}])


def with_restart(word: str) -> JsonObject:
    pod = make_pod("odd", namespace="shop")
    pod["spec"]["initContainers"] = [{"name": "side", "image": "a", "restartPolicy": word}]
    return pod


def deployed(pod: JsonObject) -> JsonObject:
    deployment = make_deployment("odd", namespace="shop")
    deployment["spec"]["template"]["spec"] = pod["spec"]
    return deployment


@pytest.mark.parametrize(
    ("item", "what"),
    [
        pytest.param(with_type("Gadget"), "pods", id="a-hostPath-type"),
        pytest.param(deployed(with_type("Gadget")), "deployments", id="in-a-template"),
        pytest.param(make_pod("odd", namespace="shop", phase="Sleeping"), "pods", id="a-phase"),
        pytest.param(with_restart("Allways"), "pods", id="a-restart-policy"),
        pytest.param(deployed(with_restart("always")), "deployments", id="a-restart-policy-in-a-template"),
    ],
)
def test_a_word_that_the_api_does_not_have_is_judged_and_counted_as_read_in_part(
    item: JsonObject, what: str, tmp_path: Path
) -> None:
    resource = next(resource for resource in table() if resource.name == what)
    taker = collector()
    taker.add_page(resource, page(item, kind=f"{resource.kind}List"))
    for gaps in (taker.snapshot(AS_OF, None, None).gaps, snapshot_of(item).gaps):
        assert [(gap.what, gap.cause, gap.objects) for gap in gaps] == [(what, Cause.PARTLY, ("shop/odd",))]
    view = view_of(item)
    assert named(view, "odd").is_at_risk == ("hostPath" in json.dumps(item))
    assert "shop/odd" in text_of(view, "status")


def test_a_persistent_volumes_type_counts_as_well() -> None:
    volume = make_persistent_volume("pv-1", host_path="/run/docker.sock")
    volume["spec"]["hostPath"]["type"] = "Gadget"
    assert [(gap.what, gap.cause) for gap in snapshot_of(volume).gaps] == [("persistentvolumes", Cause.PARTLY)]


@pytest.mark.parametrize(
    "item",
    [
        *(
            pytest.param(with_type(word), id=word or "unset")
            for word in (
                "",
                "DirectoryOrCreate",
                "Directory",
                "FileOrCreate",
                "File",
                "Socket",
                "CharDevice",
                "BlockDevice",
            )
        ),
        *(pytest.param(with_restart(word), id=f"restart-{word}") for word in ("Always", "OnFailure", "Never")),
        *(
            pytest.param(make_pod("odd", phase=word), id=word)
            for word in ("Pending", "Running", "Succeeded", "Failed", "Unknown")
        ),
        pytest.param({key: value for key, value in make_pod("odd").items() if key != "status"}, id="no-status"),
    ],
)
def test_the_words_of_the_api_are_whole(item: JsonObject) -> None:
    assert snapshot_of(item).gaps == ()


@pytest.mark.parametrize("mounts", [[{"name": None, "mountPath": "/s"}], [{"name": ["s"]}], {"name": "s"}, ["s"]])
def test_a_volume_is_not_said_to_be_unmounted_where_a_mount_cannot_be_read(mounts: Any) -> None:
    pod = with_type("Socket")
    pod["spec"]["containers"][0]["volumeMounts"] = mounts
    (finding,) = named(view_of(pod), "odd").findings
    assert (finding.code, finding.severity, finding.reason == "unmounted") == ("docker-socket", "blocker", False)
    assert [gap.cause for gap in snapshot_of(pod).gaps] == [Cause.PARTLY]
