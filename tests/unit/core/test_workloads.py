"""From a pod to the workload a user would name, along every chain of controllers the field knows."""

from typing import Any

import pytest

from bot.core.snapshot import Cause
from bot.core.workloads import WorkloadKey
from tests.factories import (
    JsonObject,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_job,
    make_pod,
    make_replicaset,
    make_replication_controller,
    make_statefulset,
    owner_of,
)
from tests.unit.clusters import named, view_of

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}


def keys(*objects: JsonObject | list[JsonObject], **options: Any) -> list[WorkloadKey]:
    return [workload.key for workload in view_of(*objects, **options).workloads]


def custom(api_version: str, kind: str, name: str = "web") -> JsonObject:
    """Return an object of a kind that is not read."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "default", "uid": "1"}}


@pytest.mark.parametrize(
    "workload",
    [
        make_deployment("web"),
        make_daemonset("web", namespace="default"),
        make_statefulset("web"),
        make_replicaset("web"),
        make_replication_controller("web"),
        make_job("web"),
        make_cronjob("web"),
    ],
    ids=lambda item: item["kind"],
)
def test_a_workload_and_everything_below_it_is_one_workload(workload: JsonObject) -> None:
    view = view_of(workload, make_dependents(workload, ["node-1", "node-2"]))
    (only,) = view.workloads
    assert (only.key.kind, only.key.name, only.pods.total) == (workload["kind"], "web", 2)


def test_a_pod_nobody_controls_is_its_own_workload() -> None:
    assert keys(make_pod("web")) == [WorkloadKey("default", "Pod", "web")]


def test_an_owner_that_is_no_controller_does_not_count() -> None:
    pod = make_pod("web", owner=owner_of(make_job("batch"), is_controller=False))
    assert keys(pod) == [WorkloadKey("default", "Pod", "web")]


def test_a_static_pod_is_its_own_workload() -> None:
    node = {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "1", "controller": True}
    assert keys(make_pod("etcd-node-1", namespace="kube-system", owner=node)) == [
        WorkloadKey("kube-system", "Pod", "etcd-node-1")
    ]


def test_a_node_of_another_api_group_is_no_static_pods_owner() -> None:
    assert keys(make_pod("web-0", owner=owner_of(custom("example.com/v1", "Node")))) == [
        WorkloadKey("default", "Node", "web", "example.com")
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "group"),
    [
        pytest.param("apps.kruise.io/v1alpha1", "CloneSet", "apps.kruise.io", id="openkruise-clone-set"),
        pytest.param("apps.kruise.io/v1alpha1", "DaemonSet", "apps.kruise.io", id="openkruise-daemon-set"),
        pytest.param("batch.volcano.sh/v1alpha1", "Job", "batch.volcano.sh", id="volcano-job"),
        pytest.param("argoproj.io/v1alpha1", "Workflow", "argoproj.io", id="argo-workflow"),
    ],
)
def test_a_kind_that_is_not_read_is_the_workload_by_its_kind_and_name(api_version: str, kind: str, group: str) -> None:
    pods = [make_pod(f"web-{n}", owner=owner_of(custom(api_version, kind))) for n in range(2)]
    assert keys(*pods) == [WorkloadKey("default", kind, "web", group)]


def test_a_replica_set_of_a_rollout_belongs_to_the_rollout() -> None:
    replicaset = make_replicaset("web-6f7d", owner=owner_of(custom("argoproj.io/v1alpha1", "Rollout")))
    assert keys(replicaset, make_dependents(replicaset, ["node-1"])) == [
        WorkloadKey("default", "Rollout", "web", "argoproj.io")
    ]


def test_a_volcano_job_and_a_job_of_the_same_name_are_two_workloads() -> None:
    job = make_job("web")
    volcano = make_pod("web-0", owner=owner_of(custom("batch.volcano.sh/v1alpha1", "Job")))
    assert keys(job, make_dependents(job, ["node-1"]), volcano) == [
        WorkloadKey("default", "Job", "web", "batch"),
        WorkloadKey("default", "Job", "web", "batch.volcano.sh"),
    ]


def test_two_kinds_may_share_a_name() -> None:
    assert keys(make_deployment("web"), make_statefulset("web"), make_pod("web")) == [
        WorkloadKey("default", "Deployment", "web", "apps"),
        WorkloadKey("default", "Pod", "web"),
        WorkloadKey("default", "StatefulSet", "web", "apps"),
    ]


def test_one_name_in_two_namespaces_is_two_workloads() -> None:
    assert len(keys(make_deployment("web"), make_deployment("web", namespace="other"))) == 2


def test_a_controller_is_sought_in_the_pods_own_namespace_only() -> None:
    deployment = make_deployment("web", namespace="other")
    replicaset, pod = make_dependents(make_deployment("web"), ["node-1"])
    found = keys(deployment, replicaset, pod)
    assert WorkloadKey("other", "Deployment", "web", "apps") in found
    assert WorkloadKey("default", "Deployment", "web", "apps") in found


def test_a_pod_whose_replica_set_was_not_read_ends_at_the_replica_set() -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    replicaset, pod = make_dependents(deployment, ["node-1"])
    view = view_of(deployment, replicaset, pod, unread={"replicasets": Cause.FORBIDDEN})
    assert {(w.key.kind, w.is_at_risk) for w in view.workloads} == {("Deployment", True), ("ReplicaSet", True)}


def test_a_replica_set_whose_deployment_was_not_read_is_still_the_deployments() -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    below = make_dependents(deployment, ["node-1"])
    view = view_of(deployment, below, unread={"deployments": Cause.FORBIDDEN})
    (only,) = view.workloads
    assert (only.key.kind, only.key.name, only.is_at_risk) == ("Deployment", "web", True)


def test_a_job_whose_cron_job_was_not_read_is_still_the_cron_jobs() -> None:
    cron_job = make_cronjob("nightly", host_paths=SOCKET)
    below = make_dependents(cron_job, ["node-1"])
    (only,) = view_of(cron_job, below, unread={"cronjobs": Cause.FORBIDDEN}).workloads
    assert (only.key.kind, only.key.name, only.is_at_risk) == ("CronJob", "nightly", True)


def test_a_controller_above_a_read_kind_is_followed() -> None:
    deployment = make_deployment("web", owner=owner_of(custom("example.com/v1", "Shop", "shop")))
    below = make_dependents(deployment, ["node-1"])
    assert keys(deployment, below) == [WorkloadKey("default", "Shop", "shop", "example.com")]


def test_an_operators_deployment_is_judged_under_the_operators_kind() -> None:
    deployment = make_deployment("web", owner=owner_of(custom("example.com/v1", "Shop", "shop")), host_paths=SOCKET)
    finding = named(view_of(deployment), "shop").findings[0]
    assert (finding.code, finding.seen_in) == ("docker-socket", "Deployment/web")


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_loop_of_references_ends_and_loses_nothing(length: int) -> None:
    sets = [make_replicaset(f"r{n}", host_paths=SOCKET) for n in range(length)]
    for number, item in enumerate(sets):
        item["metadata"]["ownerReferences"] = [owner_of(sets[(number + 1) % length])]
    pod = make_pod("below", owner=owner_of(sets[0]), host_paths=SOCKET)
    view = view_of(*sets, pod)
    assert sum(workload.pods.total for workload in view.workloads) == 1
    assert all(workload.is_at_risk for workload in view.workloads)


def test_a_reference_to_extensions_v1beta1_means_the_apps_kind() -> None:
    deployment = make_deployment("web")
    replicaset, pod = make_dependents(deployment, ["node-1"])
    replicaset["metadata"]["ownerReferences"][0]["apiVersion"] = "extensions/v1beta1"
    assert keys(deployment, replicaset, pod) == [WorkloadKey("default", "Deployment", "web", "apps")]
