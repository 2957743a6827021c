"""Which objects a workload's findings come from: its template, live pods, claims behind volumes; never from history."""

import pytest

from bot.core.rules import Severity
from bot.core.snapshot import Cause
from tests.factories import (
    JsonObject,
    make_claim,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_job,
    make_persistent_volume,
    make_pod,
    make_replicaset,
    make_replication_controller,
    make_statefulset,
    owner_of,
)
from tests.unit.clusters import codes, healthy_nodes, named, the_finding, view_of

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
ROLLOUT = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "uid": "1"}}


@pytest.mark.parametrize(
    ("workload", "field"),
    [
        (make_deployment("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_daemonset("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_statefulset("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_replicaset("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_replication_controller("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_job("web", host_paths=SOCKET), "spec.template.spec.volumes[0].hostPath.path"),
        (make_cronjob("web", host_paths=SOCKET), "spec.jobTemplate.spec.template.spec.volumes[0].hostPath.path"),
        (make_pod("web", host_paths=SOCKET), "spec.volumes[0].hostPath.path"),
    ],
    ids=["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"],
)
def test_the_field_can_be_pasted_into_kubectl(workload: JsonObject, field: str) -> None:
    finding = the_finding(named(view_of(workload), "web"))
    assert (finding.field, finding.seen_in) == (field, f"{workload['kind']}/web")
    assert finding.in_template


def test_the_same_finding_in_template_and_pods_is_listed_once() -> None:
    deployment = make_deployment("web", host_paths=SOCKET)
    view = view_of(*healthy_nodes(), deployment, make_dependents(deployment, ["on-docker", "off-docker"]))
    assert the_finding(named(view, "web")).seen_in == "Deployment/web"


def test_a_finding_only_in_live_pods_says_so_and_names_one() -> None:
    deployment = make_deployment("web")
    replicaset, pod = make_dependents(deployment, ["on-docker"])
    pod["spec"]["volumes"] = [{"name": "sock", "hostPath": {"path": "/run/docker.sock"}}]
    finding = the_finding(named(view_of(deployment, replicaset, pod), "web"))
    assert (finding.in_template, finding.seen_in) == (False, f"Pod/{pod['metadata']['name']}")
    assert finding.field == "spec.volumes[0].hostPath.path"


def test_an_old_replica_set_is_not_judged() -> None:
    deployment = make_deployment("web")
    old = make_replicaset("web-old", replicas=0, owner=owner_of(deployment), host_paths=SOCKET)
    scaled_up = make_replicaset("web-older", replicas=2, owner=owner_of(deployment), host_paths=SOCKET)
    assert named(view_of(deployment, old, scaled_up), "web").findings == ()


def test_an_old_replica_set_of_an_unknown_controller_is_not_judged() -> None:
    old = make_replicaset("web-old", replicas=0, owner=owner_of(ROLLOUT), host_paths=SOCKET)
    current = make_replicaset("web-new", owner=owner_of(ROLLOUT))
    assert named(view_of(old, current), "web").findings == ()


def test_the_scaled_up_replica_set_of_an_unknown_controller_is_judged() -> None:
    current = make_replicaset("web-new", owner=owner_of(ROLLOUT), host_paths=SOCKET)
    finding = the_finding(named(view_of(current), "web"))
    assert (finding.seen_in, finding.in_template) == ("ReplicaSet/web-new", True)


@pytest.mark.parametrize(
    ("workload", "unread"),
    [
        pytest.param(make_deployment("web", host_paths=SOCKET), "deployments", id="replica-set-of-a-deployment"),
        pytest.param(make_cronjob("web", host_paths=SOCKET), "cronjobs", id="job-of-a-cron-job"),
    ],
)
def test_below_a_controller_that_was_not_read_the_next_template_is_judged(workload: JsonObject, unread: str) -> None:
    below, *_ = make_dependents(workload, ["on-docker"])
    found = named(view_of(workload, below, unread={unread: Cause.FORBIDDEN}), "web")
    assert (found.key.kind, the_finding(found).seen_in.partition("/")[0]) == (workload["kind"], below["kind"])


def test_a_replica_set_that_stands_alone_is_judged_even_at_zero() -> None:
    assert named(view_of(make_replicaset("web", replicas=0, host_paths=SOCKET)), "web").is_at_risk


def test_old_jobs_of_a_fixed_cron_job_are_not_judged() -> None:
    fixed = make_cronjob("nightly")
    old = make_job("nightly-1", owner=owner_of(fixed), host_paths=SOCKET)
    assert named(view_of(fixed, old), "nightly").findings == ()


def test_a_fixed_deployment_with_an_old_finished_pod_is_clean() -> None:
    fixed = make_deployment("web")
    old = make_dependents(make_deployment("web", host_paths=SOCKET), ["on-docker"], phase="Failed")
    assert named(view_of(*healthy_nodes(), fixed, old), "web").findings == ()


def test_a_fixed_deployment_with_an_old_live_pod_is_not() -> None:
    fixed = make_deployment("web")
    old = make_dependents(make_deployment("web", host_paths=SOCKET), ["on-docker"])
    assert not the_finding(named(view_of(*healthy_nodes(), fixed, old), "web")).in_template


def test_a_finished_pod_is_evidence_where_no_template_can_be_read() -> None:
    pod = make_pod("web-0", owner=owner_of(ROLLOUT), phase="Succeeded", host_paths=SOCKET)
    assert named(view_of(pod), "web").is_at_risk


@pytest.mark.parametrize("field", ["hostPath", "local"])
def test_a_claim_is_followed_to_the_path_behind_it(field: str) -> None:
    volume = make_persistent_volume("pv-1", claim="data")
    del volume["spec"]["nfs"]
    volume["spec"][field] = {"path": "/var/lib/docker/volumes"}
    deployment = make_deployment("web", claims={"data": "/data"})
    finding = the_finding(named(view_of(deployment, make_claim("data"), volume), "web"))
    assert (finding.code, finding.value) == ("docker-data", "/var/lib/docker/volumes")
    assert finding.persistent_volume == "pv-1"
    assert finding.field == "spec.template.spec.volumes[0].persistentVolumeClaim.claimName"


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([make_claim("data"), make_persistent_volume("pv-1")], id="a-volume-on-nfs"),
        pytest.param(
            [make_claim("data", volume=None), make_persistent_volume("pv-1", host_path="/run/docker.sock")],
            id="a-pending-claim",
        ),
        pytest.param([make_claim("data"), make_persistent_volume("pv-1", host_path="/srv")], id="another-path"),
        pytest.param([make_claim("data")], id="a-volume-nobody-saw"),
        pytest.param([make_persistent_volume("pv-1", host_path="/run/docker.sock")], id="a-claim-nobody-saw"),
        pytest.param(
            [
                make_claim("data", namespace="other"),
                make_persistent_volume("pv-1", host_path="/run/docker.sock", namespace="other"),
            ],
            id="another-namespaces-claim-of-that-name",
        ),
    ],
)
def test_a_claim_that_does_not_lead_to_docker_is_nothing(objects: list[JsonObject]) -> None:
    assert named(view_of(make_deployment("web", claims={"data": "/data"}), *objects), "web").findings == ()


def test_the_volumes_own_word_for_its_claim_counts_when_claims_were_not_read() -> None:
    volume = make_persistent_volume("pv-1", host_path="/var/lib/docker", claim="data")
    objects = [make_deployment("web", claims={"data": "/data"}), make_claim("data"), volume]
    view = view_of(*objects, unread={"persistentvolumeclaims": Cause.FORBIDDEN})
    assert the_finding(named(view, "web")).persistent_volume == "pv-1"


def test_a_volume_reserved_for_another_claim_is_nothing() -> None:
    volume = make_persistent_volume("pv-1", host_path="/var/lib/docker", claim="data", namespace="other")
    deployment = make_deployment("web", claims={"data": "/data"})
    assert named(view_of(deployment, make_claim("data", volume=None), volume), "web").findings == ()


def test_one_template_in_two_namespaces_is_judged_by_each_ones_claim() -> None:
    volume = make_persistent_volume("pv-1", host_path="/var/lib/docker")
    here = make_deployment("web", claims={"data": "/data"})
    there = make_deployment("shop", namespace="other", claims={"data": "/data"})
    there["spec"]["template"] = here["spec"]["template"]
    view = view_of(here, there, make_claim("data"), volume)
    assert (named(view, "web").is_at_risk, named(view, "shop").is_at_risk) == (True, False)


def test_a_stateful_sets_claims_are_found_by_its_pods() -> None:
    statefulset = make_statefulset("db")
    (pod,) = make_dependents(statefulset, ["on-docker"])
    pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    volume = make_persistent_volume("pv-1", host_path="/var/lib/docker/volumes/db")
    found = named(view_of(*healthy_nodes(), statefulset, pod, make_claim("data-db-0"), volume), "db")
    finding = the_finding(found)
    assert (finding.code, finding.in_template, finding.persistent_volume) == ("docker-data", False, "pv-1")
    assert found.pods.exposed == 1


def test_what_cannot_be_read_in_a_template_is_judged_by_live_pods() -> None:
    daemonset = make_daemonset("agent", host_paths=SOCKET)
    below = make_dependents(daemonset, ["on-docker"])
    view = view_of(*healthy_nodes(), daemonset, below, unread={"daemonsets": Cause.FORBIDDEN})
    found = named(view, "agent")
    assert (found.key.kind, found.is_at_risk, the_finding(found).in_template) == ("DaemonSet", True, True)


def test_nothing_is_said_of_a_template_that_was_not_read() -> None:
    pod = make_pod("cache-a", host_paths=SOCKET)
    owner = {
        "apiVersion": "apps.kruise.io/v1alpha1",
        "kind": "CloneSet",
        "name": "cache",
        "uid": "u",
        "controller": True,
    }
    pod["metadata"]["ownerReferences"] = [owner]
    finding = the_finding(named(view_of(*healthy_nodes(), pod), "cache"))
    assert (finding.in_template, finding.seen_in) == (True, "Pod/cache-a")


def test_findings_are_listed_worst_first_then_by_code() -> None:
    paths = ["/var/run", "/var/lib/docker", "/etc/docker", "/run/docker.sock"]
    view = view_of(make_deployment("web", host_paths={path: path for path in paths}))
    assert codes(named(view, "web")) == ["docker-config", "docker-socket", "docker-data", "socket-parent-dir"]


@pytest.mark.parametrize(
    ("paths", "severity", "is_at_risk", "is_to_check"),
    [
        pytest.param(["/run/docker.sock", "/var/run"], Severity.BLOCKER, True, False, id="blocker"),
        pytest.param(["/var/lib/docker", "/var/run"], Severity.DEGRADED, True, False, id="degraded"),
        pytest.param(["/var/run"], Severity.REVIEW, False, True, id="review"),
        pytest.param([], None, False, False, id="nothing"),
    ],
)
def test_a_workload_is_as_bad_as_its_worst_finding(
    paths: list[str], severity: Severity | None, *, is_at_risk: bool, is_to_check: bool
) -> None:
    found = named(view_of(make_deployment("web", host_paths={path: path for path in paths})), "web")
    assert (found.severity, found.is_at_risk, found.is_to_check) == (severity, is_at_risk, is_to_check)
