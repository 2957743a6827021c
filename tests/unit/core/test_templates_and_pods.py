"""Every kind of workload: what its template says, what its live pods say, and the difference between the two."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from bot.core.snapshot import Cause
from bot.core.view import ClusterView, Workload
from tests.factories import (
    JsonObject,
    make_claim,
    make_cronjob,
    make_dependents,
    make_deployment,
    make_node,
    make_persistent_volume,
    make_pod,
    make_replicaset,
    make_replication_controller,
    make_statefulset,
)
from tests.unit.clusters import DOCKER, codes, named, the_finding, view_of

SOCKET = "/var/run/docker.sock"
MOUNTED = {SOCKET: SOCKET}
NODE = make_node("node-1", runtime=DOCKER)


def reference(kind: str, name: str, group: str = "argoproj.io/v1alpha1") -> JsonObject:
    return {"apiVersion": group, "kind": kind, "name": name, "uid": "1", "controller": True}


def replicaset(name: str, replicas: int, revision: str = "", created: str = "", **options: Any) -> JsonObject:
    made = make_replicaset(name, replicas=replicas, owner=reference("Rollout", "web"), **options)
    if revision:
        made["metadata"]["annotations"] = {"rollout.argoproj.io/revision": revision}
    if created:
        made["metadata"]["creationTimestamp"] = created
    return made


def test_of_a_rollout_at_zero_the_newest_template_speaks() -> None:
    old, new = replicaset("web-b", 0, "9"), replicaset("web-a", 0, "10", host_paths=MOUNTED)
    assert named(view_of(old, new), "web", "Rollout").is_at_risk
    old, new = replicaset("web-b", 0, "9", host_paths=MOUNTED), replicaset("web-a", 0, "10")
    assert named(view_of(old, new), "web", "Rollout").findings == ()


def test_without_a_revision_the_last_one_made_is_the_newest() -> None:
    old = replicaset("web-b", 0, created="2026-01-01T00:00:00Z")
    new = replicaset("web-a", 0, created="2026-01-02T00:00:00Z", host_paths=MOUNTED)
    assert named(view_of(new, old), "web", "Rollout").is_at_risk


def test_while_one_is_scaled_up_the_others_are_history() -> None:
    old, new = replicaset("web-a", 0, "10", host_paths=MOUNTED), replicaset("web-b", 2, "11")
    assert named(view_of(old, new), "web", "Rollout").findings == ()


def test_a_deployment_at_zero_that_cannot_be_read_speaks_through_its_newest_replicaset() -> None:
    deployment = make_deployment("web", replicas=0, host_paths=MOUNTED)
    replicaset = make_dependents(deployment, [])
    view = view_of(deployment, replicaset, unread={"deployments": Cause.FORBIDDEN})
    assert named(view, "web", "Deployment").is_at_risk


def test_an_old_replication_controller_of_a_deployment_config_is_history() -> None:
    owner = reference("DeploymentConfig", "web", "apps.openshift.io/v1")
    old = make_replication_controller("web-1", replicas=0, host_paths=MOUNTED)
    new = make_replication_controller("web-2", replicas=1)
    for made in (old, new):
        made["metadata"]["ownerReferences"] = [owner]
    assert named(view_of(old, new), "web", "DeploymentConfig").findings == ()
    alone = make_replication_controller("bare", replicas=0, host_paths=MOUNTED)
    assert named(view_of(alone), "bare").is_at_risk


def test_a_mirror_pod_without_an_owner_reference_is_static() -> None:
    for annotations, is_static in (({"kubernetes.io/config.mirror": "1a"}, True), ({"other": "1a"}, False)):
        workload = named(view_of(make_pod("agent-node-1", annotations=annotations, host_paths=MOUNTED)), "agent-node-1")
        assert workload.is_static is is_static


def injected(*deployment_options: Any, **options: Any) -> ClusterView:
    """Return a view of a Deployment whose live pod has another spec than its template."""
    deployment = make_deployment("web", **options)
    dependents = make_dependents(deployment, ["node-1"])
    for item in dependents:
        if item["kind"] == "Pod":
            for change in deployment_options:
                change(item["spec"])
    return view_of(NODE, deployment, dependents)


def add_sidecar(spec: JsonObject) -> None:
    mounts = [volume["name"] for volume in spec.get("volumes", []) if "hostPath" in volume]
    spec["containers"].append(
        {"name": "istio", "image": "x", "volumeMounts": [{"name": name, "mountPath": "/s"} for name in mounts]}
    )


def add_socket(spec: JsonObject) -> None:
    spec["volumes"] = [*spec.get("volumes", []), {"name": "injected", "hostPath": {"path": SOCKET}}]
    spec["containers"].append({"name": "spy", "image": "x", "volumeMounts": [{"name": "injected", "mountPath": "/s"}]})


def drop_volumes(spec: JsonObject) -> None:
    spec["volumes"] = []
    spec["containers"][0]["volumeMounts"] = []


def test_a_live_finding_tells_only_what_the_template_has_not() -> None:
    workload = named(injected(add_sidecar, host_paths=MOUNTED), "web")
    assert [(f.containers, f.in_template, f.in_pods) for f in workload.findings] == [
        (("main",), True, True),
        (("istio",), False, True),
    ]


def test_a_sidecar_that_only_live_pods_have_is_found_in_them() -> None:
    finding = the_finding(named(injected(add_socket), "web"))
    assert (finding.containers, finding.in_template, finding.severity) == (("spy",), False, Severity.BLOCKER)


def test_what_no_live_pod_has_is_told_apart_from_what_has_no_live_pod() -> None:
    assert the_finding(named(injected(drop_volumes, host_paths=MOUNTED), "web")).in_pods is False
    assert the_finding(named(injected(host_paths=MOUNTED), "web")).in_pods is True
    assert the_finding(named(view_of(make_deployment("web", host_paths=MOUNTED)), "web")).in_pods is None


def test_values_that_differ_in_every_pod_have_an_end() -> None:
    owner = reference("Runner", "ci")
    pods = [make_pod(f"r-{n}", owner=owner, host_paths={f"/var/lib/docker/volumes/r-{n}": "/d"}) for n in range(100)]
    workload = named(view_of(NODE, *pods), "ci", "Runner")
    assert len(workload.findings) == 20
    assert workload.pods.exposed == 100


def claimed(name: str = "sock", **spec: Any) -> JsonObject:
    """Return a StatefulSet at zero that makes a claim for each of its pods."""
    made = make_statefulset("db", replicas=0, mounts=[{"name": name, "mountPath": SOCKET}])
    made["spec"]["volumeClaimTemplates"] = [
        {"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"], **spec}}
    ]
    return made


VOLUME = make_persistent_volume("pv-1", host_path=SOCKET)


def test_a_claim_template_that_names_its_volume_is_followed() -> None:
    finding = the_finding(named(view_of(claimed(volumeName="pv-1"), VOLUME), "db"))
    assert (finding.code, finding.persistent_volume, finding.containers) == ("docker-socket", "pv-1", ("main",))
    assert finding.field == "spec.volumeClaimTemplates[0].spec.volumeName"


def test_the_claims_that_a_statefulset_left_are_followed_while_it_is_at_zero() -> None:
    claim = make_claim("sock-db-0", volume="pv-1")
    finding = the_finding(named(view_of(claimed(), claim, VOLUME), "db"))
    assert (finding.code, finding.field) == ("docker-socket", "spec.volumeClaimTemplates[0]")
    other = make_claim("sock-db-x", volume="pv-1")
    assert named(view_of(claimed(), other, VOLUME), "db").findings == ()


def test_an_ephemeral_volume_that_names_its_volume_is_followed_from_the_template() -> None:
    volume = {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {"volumeName": "pv-1"}}}}
    deployment = make_deployment("web", volumes=[volume], mounts=[{"name": "e", "mountPath": "/s"}])
    finding = the_finding(named(view_of(deployment, VOLUME), "web"))
    assert finding.field == "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.volumeName"
    assert finding.persistent_volume == "pv-1"


@pytest.mark.parametrize(("type_", "reason"), [("Socket", "docker-socket-checked"), ("", "docker-socket")])
def test_the_type_of_a_persistent_volumes_path_decides_how_it_fails(type_: str, reason: str) -> None:
    volume = make_persistent_volume("pv-1", host_path=SOCKET)
    volume["spec"]["hostPath"]["type"] = type_
    finding = the_finding(
        named(view_of(make_deployment("web", claims={"c": "/s"}), make_claim("c", volume="pv-1"), volume), "web")
    )
    assert (finding.reason, finding.grade) == (reason, Grade.CERTAIN)


def decoy(volume: JsonObject) -> Workload:
    return named(
        view_of(make_deployment("web", volumes=[{"name": "v", **volume}], mounts=[{"name": "v", "mountPath": SOCKET}])),
        "web",
    )


@pytest.mark.parametrize(
    "volume",
    [
        {"csi": {"driver": "host.csi.example.com", "volumeAttributes": {"path": SOCKET}}},
        {"flexVolume": {"driver": "example.com/host", "options": {"path": SOCKET}}},
        {"secret": {"secretName": "docker"}},
        {"projected": {"sources": []}},
        {"persistentVolumeClaim": {"claimName": "unbound"}},
    ],
)
def test_what_another_kind_of_volume_leads_to_is_not_guessed(volume: JsonObject) -> None:
    assert decoy(volume).findings == ()


def test_commands_and_variables_count_in_a_pod_behind_a_claim() -> None:
    options: Any = {"claims": {"c": "/host"}, "command": ["docker", "-H", "unix:///host/docker.sock", "ps"]}
    volume = make_persistent_volume("pv-1", host_path="/var/run")
    view = view_of(make_deployment("web", **options), make_claim("c", volume="pv-1"), volume)
    assert codes(named(view, "web")) == ["docker-cli", "socket-parent-dir"]


def test_a_suspended_cron_job_that_never_ran_is_judged() -> None:
    assert named(view_of(make_cronjob("nightly", command=["docker", "ps"], host_paths=MOUNTED)), "nightly").is_at_risk
