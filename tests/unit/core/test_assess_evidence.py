"""Which evidence counts when several objects speak of the same workload or volume."""

from typing import Any

from tests.factories import make_claim, make_node, make_persistent_volume, make_pod, make_replicaset, owner_of
from tests.unit.clusters import view_of

SOCKET = {"/var/run/docker.sock": "/s"}
ROLLOUT = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r", "namespace": "default"}}


def rollout() -> dict[str, Any]:
    """Return the reference to a controller of a kind that is not read."""
    return owner_of({**ROLLOUT, "metadata": {**ROLLOUT["metadata"], "uid": "1"}})  # type: ignore[dict-item]


def test_a_finished_pod_of_an_old_replicaset_does_not_flag_a_fixed_rollout() -> None:
    old = make_replicaset("r-1", replicas=0, owner=rollout(), host_paths=SOCKET)
    new = make_replicaset("r-2", replicas=1, owner=rollout())
    evicted = make_pod("r-1-x", phase="Failed", owner=owner_of(old), host_paths=SOCKET)
    running = make_pod("r-2-x", owner=owner_of(new))
    assert view_of(make_node(), old, new, evicted, running).at_risk == ()


def test_a_claim_counts_before_what_a_released_volume_remembers() -> None:
    old = make_persistent_volume("old", host_path="/var/lib/docker", claim="c")
    new = make_persistent_volume("new", claim="c")
    pod = make_pod("web", claims={"c": "/data"})
    assert view_of(make_node(), old, new, make_claim("c", volume="new"), pod).at_risk == ()
    assert view_of(make_node(), old, make_claim("c", volume=None), pod).at_risk != ()


def test_a_generic_ephemeral_volume_is_followed_to_its_claim() -> None:
    volume = {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}
    pod = make_pod("p", volumes=[volume], mounts=[{"name": "v", "mountPath": "/v"}])
    claim, behind = make_claim("p-v", volume="pv"), make_persistent_volume("pv", host_path="/var/run/docker.sock")
    finding = view_of(make_node(), pod, claim, behind).at_risk[0].findings[0]
    assert (finding.code, finding.field) == ("docker-socket", "spec.volumes[0].ephemeral.volumeClaimTemplate")


def test_a_path_with_a_variable_reaches_only_the_folder_before_it() -> None:
    mount = {"name": "host-0", "mountPath": "/s", "subPathExpr": "docker$(X).sock"}
    pod = make_pod("p", volumes=[{"name": "host-0", "hostPath": {"path": "/var/run"}}], mounts=[mount])
    workload = view_of(make_node(), pod).to_check[0]
    assert [finding.code for finding in workload.findings] == ["socket-parent-dir"]
