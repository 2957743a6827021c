"""Which pods count, and which of them are exposed."""

from typing import Any

import pytest

from bot.core.snapshot import Cause
from bot.core.view import PodCounts
from tests.factories import (
    JsonObject,
    PodSpec,
    make_cronjob,
    make_dependents,
    make_deployment,
    make_job,
    make_node,
    make_pod,
    make_statefulset,
)
from tests.unit.clusters import healthy_nodes, named, view_of

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
PARENT = {"/var/run": "/host/run"}
DIND = "docker:dind"


def counts(*objects: JsonObject | list[JsonObject], name: str = "web", **options: Any) -> PodCounts:
    return named(view_of(*healthy_nodes(), *objects, **options), name).pods


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(
            make_node("here", runtime="docker://20.10.24"), PodCounts(1, exposed=1), id="dockershim-is-exposed"
        ),
        pytest.param(
            make_node("here", runtime="docker://24.0.7", kubelet="v1.27.3"),
            PodCounts(1, exposed=1),
            id="cri-dockerd-is-exposed",
        ),
        pytest.param(make_node("here"), PodCounts(1, off_docker=1), id="containerd-is-off-docker"),
        pytest.param(make_node("here", runtime="cri-o://1.20.0"), PodCounts(1, off_docker=1), id="cri-o-is-off-docker"),
        pytest.param(make_node("here", runtime=""), PodCounts(1, exposure_unknown=1), id="unknown-runtime-is-unknown"),
        pytest.param(make_node("elsewhere"), PodCounts(1, exposure_unknown=1), id="a-node-nobody-saw-is-unknown"),
    ],
)
def test_exposure_is_decided_by_the_pods_node(node: JsonObject, expected: PodCounts) -> None:
    view = view_of(node, make_pod("web", node="here", host_paths=SOCKET))
    assert named(view, "web").pods == expected


def test_the_exposure_of_an_unscheduled_pod_is_unknown() -> None:
    pod = make_pod("web", node=None, phase="Pending", host_paths=SOCKET)
    assert counts(pod) == PodCounts(1, exposure_unknown=1)


def test_without_nodes_every_exposure_is_unknown() -> None:
    pod = make_pod("web", node="on-docker", host_paths=SOCKET)
    assert counts(pod, unread={"nodes": Cause.FORBIDDEN}) == PodCounts(1, exposure_unknown=1)


def test_pods_of_one_workload_are_counted_by_their_own_nodes() -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    below = make_dependents(deployment, ["on-docker", "on-docker", "off-docker", "gone"])
    found = named(view_of(*healthy_nodes(), deployment, below), "web")
    assert found.pods == PodCounts(4, exposed=2, off_docker=1, exposure_unknown=1)
    assert found.nodes == {"gone": 1, "off-docker": 1, "on-docker": 2}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_is_not_counted(phase: str) -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    assert counts(deployment, make_dependents(deployment, ["on-docker"], phase=phase)) == PodCounts(0)


@pytest.mark.parametrize("phase", ["Running", "Pending", "Unknown", ""])
def test_every_other_pod_is_counted(phase: str) -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    below = make_dependents(deployment, ["on-docker"], phase=phase)
    assert counts(deployment, below) == PodCounts(1, exposed=1)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="clean"),
        pytest.param({"host_paths": PARENT}, id="to-check"),
        pytest.param({"image": DIND}, id="info"),
    ],
)
def test_only_an_at_risk_workload_has_exposed_pods(options: PodSpec) -> None:
    deployment = make_deployment("web", **options)
    assert counts(deployment, make_dependents(deployment, ["on-docker"])) == PodCounts(1)


def test_a_workload_to_check_still_says_where_its_pods_run() -> None:
    deployment = make_deployment("web", host_paths=PARENT)
    below = make_dependents(deployment, ["on-docker", "off-docker"])
    view = view_of(*healthy_nodes(), deployment, below)
    assert named(view, "web").nodes == {"off-docker": 1, "on-docker": 1}


def test_a_workload_with_nothing_to_worry_about_says_nothing_of_nodes() -> None:
    deployment = make_deployment("web", image=DIND)
    view = view_of(*healthy_nodes(), deployment, make_dependents(deployment, ["on-docker"]))
    assert named(view, "web").nodes == {}


def test_a_workload_scaled_to_zero_is_at_risk_with_no_pods() -> None:
    view = view_of(*healthy_nodes(), make_deployment("web", replicas=0, host_paths=SOCKET))
    found = named(view, "web")
    assert found.is_at_risk
    assert found.pods == PodCounts(0)


def test_a_cron_job_that_is_not_running_is_at_risk_with_no_pods() -> None:
    found = named(view_of(*healthy_nodes(), make_cronjob("nightly", host_paths=SOCKET)), "nightly")
    assert (found.is_at_risk, found.pods) == (True, PodCounts(0))


def test_pods_of_a_cron_jobs_jobs_are_the_cron_jobs() -> None:
    cron_job = make_cronjob("nightly", host_paths=SOCKET)
    below = make_dependents(cron_job, ["on-docker", "off-docker"])
    assert counts(cron_job, below, name="nightly") == PodCounts(2, exposed=1, off_docker=1)


def test_a_finished_bare_pod_is_listed_and_not_counted() -> None:
    found = named(view_of(*healthy_nodes(), make_pod("once", phase="Succeeded", host_paths=SOCKET)), "once")
    assert (found.is_at_risk, found.pods) == (True, PodCounts(0))


def test_a_finished_job_keeps_its_finding_and_counts_no_pods() -> None:
    job = make_job("once", host_paths=SOCKET)
    found = named(view_of(*healthy_nodes(), job, make_dependents(job, ["on-docker"], phase="Succeeded")), "once")
    assert (found.is_at_risk, found.pods) == (True, PodCounts(0))


def test_during_a_fix_only_the_pods_not_yet_replaced_are_exposed() -> None:
    fixed = make_deployment("web")
    old = make_dependents(make_deployment("web", host_paths=SOCKET), ["on-docker", "on-docker"])
    new = make_dependents(fixed, ["on-docker"])
    new[0]["metadata"]["name"] = new[1]["metadata"]["ownerReferences"][0]["name"] = "web-new"
    new[1]["metadata"]["name"] = "web-new-1"
    assert counts(fixed, old, new) == PodCounts(3, exposed=2)


def test_during_a_break_every_pod_is_exposed_for_the_next_one_is_made_from_the_template() -> None:
    broken = make_deployment("web", host_paths=SOCKET)
    assert counts(broken, make_dependents(make_deployment("web"), ["on-docker", "on-docker"])) == PodCounts(
        2, exposed=2
    )


def test_only_the_pods_with_an_injected_mount_are_exposed() -> None:
    statefulset = make_statefulset("db")
    clean, injected = make_dependents(statefulset, ["on-docker", "on-docker"])
    injected["spec"]["volumes"] = [{"name": "sock", "hostPath": {"path": "/var/run/docker.sock"}}]
    injected["spec"]["containers"][0]["volumeMounts"] = [{"name": "sock", "mountPath": "/sock"}]
    assert counts(statefulset, clean, injected, name="db") == PodCounts(2, exposed=1)


def test_two_workloads_of_one_name_keep_their_pods_apart() -> None:
    deployment, statefulset = make_deployment("web", host_paths=SOCKET), make_statefulset("web", host_paths=SOCKET)
    below = [*make_dependents(deployment, ["on-docker"] * 3), *make_dependents(statefulset, ["off-docker"])]
    view = view_of(*healthy_nodes(), deployment, statefulset, below)
    assert named(view, "web", "Deployment").pods == PodCounts(3, exposed=3)
    assert named(view, "web", "StatefulSet").pods == PodCounts(1, off_docker=1)


def test_every_workload_says_where_its_unfinished_pods_run() -> None:
    deployment = make_deployment("web")
    finished = make_pod("done", node="on-docker", phase="Succeeded")
    view = view_of(*healthy_nodes(), deployment, make_dependents(deployment, ["on-docker", "on-docker"]), finished)
    assert named(view, "web").placed == {"on-docker": 2}
    assert named(view, "done").placed == {}


def test_workloads_on_the_same_nodes_share_one_mapping() -> None:
    first, second = make_deployment("first"), make_deployment("second")
    below = [make_dependents(item, ["on-docker", "off-docker"]) for item in (first, second)]
    view = view_of(*healthy_nodes(), first, second, *below)
    assert named(view, "first").placed is named(view, "second").placed
    assert named(view, "first").nodes is not named(view, "first").placed
