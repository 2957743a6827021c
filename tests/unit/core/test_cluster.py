"""The cluster that is kept judged: after whatever came in, its view is that of a cluster read anew."""

from collections.abc import Iterable
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from bot.core.cluster import Cluster, Reading, Slim
from bot.core.objects import (
    Claim,
    Container,
    Controller,
    Mount,
    Namespace,
    Node,
    OwnerHints,
    OwnerReference,
    PersistentVolume,
    Pod,
    RuntimeClass,
    Template,
    Volume,
)
from bot.core.view import ClusterView
from tests.unit.clusters import AS_OF, assessor

SOCKET = "/var/run/docker.sock"
READING = Reading(AS_OF, "test", "v1.20.15")

VOLUMES = (
    (),
    (Volume("sock", "volumes[0].hostPath.path", SOCKET),),
    (Volume("data", "volumes[0].persistentVolumeClaim.claimName", claim="data-0"),),
    (Volume("data", "volumes[0].ephemeral.volumeClaimTemplate.spec.volumeName", wanted="pv-0"),),
    (Volume("data", "spec.volumeClaimTemplates[0]", claim="data-", is_stem=True),),
)
_names = st.sampled_from(["a", "b"])
_namespaces = st.sampled_from(["x", "x", "x", "y"])
_templates = st.builds(
    lambda volumes, image, handler: Template(
        volumes,
        (Container("main", "containers[0]", image, False, tuple(Mount(v.name, "/in") for v in volumes)),),
        runtime_class=handler,
    ),
    st.sampled_from(VOLUMES),
    st.sampled_from(["nginx:1", "docker:dind"]),
    st.sampled_from(["", "", "kata"]),
)
_kinds = st.sampled_from(
    [
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "ReplicationController"),
        ("example.com", "Shop"),
        ("", "Pod"),
    ]
)
_references = st.none() | st.builds(lambda kind, name: OwnerReference(*kind, name), _kinds, _names)
_hints = st.sampled_from([OwnerHints(), OwnerHints(label="shop"), OwnerHints(annotation="pay")])

_pods = st.builds(
    Pod,
    _namespaces,
    _names,
    st.sampled_from(["n-a", "n-a", "n-b", ""]),
    st.sampled_from(["Running", "Succeeded"]),
    _references,
    st.booleans(),
    _templates,
    _hints,
)
_controllers = st.builds(
    lambda kind, namespace, name, template, replicas, above, hints, age: Controller(
        *kind, namespace, name, "spec.template.spec", template, replicas, above, hints, (age, "")
    ),
    _kinds.filter(lambda kind: kind[1] not in ("Shop", "Pod")),
    _namespaces,
    _names,
    _templates,
    st.sampled_from([None, 0, 2]),
    _references,
    _hints,
    st.integers(0, 3),
)

items: st.SearchStrategy[Slim] = st.one_of(
    _pods,
    _pods,
    _controllers,
    _controllers,
    st.builds(
        lambda name, runtime, ready: Node(f"n-{name}", runtime, "v1.20.15", "Debian", ready, False),
        _names,
        st.sampled_from(["docker://20.10.24", "containerd://1.6.0", ""]),
        st.sampled_from([True, False, None]),
    ),
    st.builds(Namespace, _namespaces, st.sampled_from([None, "shop"])),
    st.builds(
        PersistentVolume,
        st.sampled_from(["pv-0", "pv-1"]),
        st.sampled_from([None, SOCKET, "/var/lib/docker"]),
        st.none() | st.tuples(_namespaces, st.just("data-0")),
    ),
    st.builds(Claim, _namespaces, st.just("data-0"), st.sampled_from(["", "pv-0", "pv-9"])),
    st.builds(RuntimeClass, st.just("kata"), st.sampled_from(["kata", "docker"])),
)


def identity(item: Slim) -> tuple[str, str, str, str]:
    """Return (group, kind, namespace, name)."""
    fixed = {
        Pod: ("", "Pod"),
        Node: ("", "Node"),
        Namespace: ("", "Namespace"),
        PersistentVolume: ("", "PersistentVolume"),
        Claim: ("", "PersistentVolumeClaim"),
        RuntimeClass: ("node.k8s.io", "RuntimeClass"),
    }
    group, kind = (item.group, item.kind) if isinstance(item, Controller) else fixed[type(item)]
    return (group, kind, getattr(item, "namespace", ""), item.name)


def fresh(objects: Iterable[Slim]) -> ClusterView:
    cluster = Cluster(assessor().judging)
    for item in objects:
        cluster.put(item)
    return cluster.view(READING)


_what = st.sampled_from(["put", "put", "put", "drop", "look", "look"])
_steps = st.lists(st.tuples(_what, items), min_size=12, max_size=50)


@settings(max_examples=600, deadline=None)
@given(_steps, st.randoms(use_true_random=False))
def test_after_any_changes_the_view_is_that_of_a_cluster_read_anew(steps: list[tuple[str, Slim]], random: Any) -> None:
    cluster = Cluster(assessor().judging)
    held: dict[tuple[str, str, str, str], Slim] = {}
    for what, item in steps:
        name = identity(item)
        if what == "put":
            assert cluster.put(item) == (held.get(name) != item)
            held[name] = item
        elif what == "drop":
            assert cluster.drop(*name) == (held.pop(name, None) is not None)
        else:
            cluster.view(READING)
    objects = list(held.values())
    random.shuffle(objects)
    assert cluster.view(READING) == fresh(objects)
    assert not cluster.has_changed


@settings(max_examples=200, deadline=None)
@given(st.lists(items, max_size=30), st.lists(items, max_size=30))
def test_what_a_new_list_does_not_name_is_gone(before: list[Slim], after: list[Slim]) -> None:
    cluster = Cluster(assessor().judging)
    for item in before:
        cluster.put(item)
    cluster.view(READING)
    held = {identity(item): item for item in after}
    for item in held.values():
        cluster.put(item)
    for group, kind in {identity(item)[:2] for item in (*before, *after)}:
        names = {name[2:] for name in held if name[:2] == (group, kind)}
        cluster.retain(group, kind, names)
        assert set(cluster.names(group, kind)) == names
    assert cluster.view(READING) == fresh(held.values())


def test_what_is_the_same_changes_nothing() -> None:
    cluster = Cluster(assessor().judging)
    pod = Pod("x", "a", "n-a", "Running", None, False, Template(VOLUMES[1], (Container("main", "containers[0]", "i"),)))
    assert cluster.put(pod)
    first = cluster.view(READING)
    assert not cluster.put(pod)
    assert not cluster.has_changed
    assert cluster.view(READING).workloads is first.workloads
