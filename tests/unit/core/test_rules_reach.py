"""What a volume lets a container reach: the volume's path decides, with subPath, and whether anybody mounts it."""

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.factories import JsonObject, make_container
from tests.unit.clusters import codes, judged, the_finding

SOCKET = "/var/run/docker.sock"


def host_volume(path: str) -> JsonObject:
    return {"name": "host", "hostPath": {"path": path}}


def mount(**fields: str) -> JsonObject:
    return {"name": "host", "mountPath": "/host", **fields}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (SOCKET, "docker-socket"),
        ("/var/run/dockershim.sock", "dockershim-socket"),
        ("/var/run", "socket-parent-dir"),
        ("/var/lib/docker", "docker-data"),
        ("/var/lib/docker/containers", "docker-logs"),
        ("/etc/docker", "docker-config"),
        ("/etc/docker/certs.d", "docker-config"),
    ],
)
def test_a_volume_nobody_mounts_is_worth_knowing_and_no_risk(path: str, code: str) -> None:
    workload = judged(volumes=[host_volume(path)])
    finding = the_finding(workload)
    assert (finding.code, finding.severity, finding.reason) == (code, Severity.INFO, "unmounted")
    assert (finding.grade, finding.containers) == (Grade.CERTAIN, ())
    assert not workload.is_at_risk
    assert not workload.is_to_check


@pytest.mark.parametrize(
    ("path", "sub_path", "code"),
    [
        pytest.param("/var/run", "docker.sock", "docker-socket", id="the-socket-out-of-its-directory"),
        pytest.param("/", "var/run/docker.sock", "docker-socket", id="the-socket-out-of-the-root"),
        pytest.param("/var", "run/docker.sock", "docker-socket", id="the-link-counts-after-joining"),
        pytest.param("/var", "run", "socket-parent-dir", id="a-directory-above-it"),
        pytest.param("/var/lib", "docker", "docker-data", id="data"),
        pytest.param("/var/lib/docker", "containers", "docker-logs", id="logs-out-of-data"),
        pytest.param("/etc", "docker/certs.d", "docker-config", id="certificates"),
    ],
)
def test_a_sub_path_is_judged_by_what_it_reaches(path: str, sub_path: str, code: str) -> None:
    finding = the_finding(judged(volumes=[host_volume(path)], mounts=[mount(subPath=sub_path)]))
    assert finding.code == code
    assert finding.value == f"{path} (subPath {sub_path})"


@pytest.mark.parametrize(
    ("path", "sub_path"),
    [
        pytest.param("/var/run", "my-app", id="another-directory"),
        pytest.param("/", "home/app", id="far-from-docker"),
        pytest.param("/var/lib", "dockerless", id="similar-name"),
        pytest.param("/srv", "../var/run/docker.sock", id="dot-dot-cannot-leave"),
    ],
)
def test_a_sub_path_that_leads_elsewhere_is_nothing(path: str, sub_path: str) -> None:
    assert judged(volumes=[host_volume(path)], mounts=[mount(subPath=sub_path)]).findings == ()


@pytest.mark.parametrize(
    ("path", "expression", "expected"),
    [
        pytest.param("/var/run", "docker.sock", ["docker-socket"], id="no-variable"),
        pytest.param("/var/lib/docker", "$(POD_NAME)", ["docker-data"], id="variable-first"),
        pytest.param("/var/lib", "docker/$(POD_NAME)", ["docker-data"], id="variable-last"),
        pytest.param("/var/run", "$(DIR)/docker.sock", ["socket-parent-dir"], id="anything-may-follow"),
        pytest.param("/var/log", "$(POD_NAME)", [], id="nothing-of-docker"),
        pytest.param("/var/run", "app/$(POD_NAME)", [], id="another-directory"),
    ],
)
def test_what_stands_before_a_variable_counts(path: str, expression: str, expected: list[str]) -> None:
    assert codes(judged(volumes=[host_volume(path)], mounts=[mount(subPathExpr=expression)])) == expected


def test_one_volume_mounted_in_two_ways_gives_one_finding_each() -> None:
    places = ({"subPath": "docker.sock"}, {"subPath": "app"}, {})
    mounts = [{**mount(**place), "mountPath": f"/host-{number}"} for number, place in enumerate(places)]
    assert codes(judged(volumes=[host_volume("/var/run")], mounts=mounts)) == ["docker-socket", "socket-parent-dir"]


def test_a_container_that_mounts_a_volume_twice_is_named_once() -> None:
    workload = judged(volumes=[host_volume(SOCKET)], mounts=[mount(), {"name": "host", "mountPath": "/again"}])
    assert the_finding(workload).containers == ("main",)


def test_every_container_that_mounts_it_is_named_in_manifest_order_init_containers_first() -> None:
    second = make_container("second", mounts=[mount()])
    bystander = make_container("bystander")
    setup = make_container("setup", mounts=[mount()])
    workload = judged(
        volumes=[host_volume(SOCKET)], mounts=[mount()], sidecars=[second, bystander], init_containers=[setup]
    )
    assert the_finding(workload).containers == ("setup", "main", "second")


def test_an_init_container_alone_is_enough() -> None:
    setup = make_container("setup", mounts=[mount()])
    assert the_finding(judged(volumes=[host_volume(SOCKET)], init_containers=[setup])).severity is Severity.BLOCKER


def test_an_ephemeral_container_alone_is_enough() -> None:
    debugger = {"name": "debugger", "image": "busybox", "volumeMounts": [mount()]}
    containers = [make_container()]
    spec = {"volumes": [host_volume(SOCKET)], "containers": containers, "ephemeralContainers": [debugger]}
    finding = the_finding(judged(spec=spec))
    assert (finding.severity, finding.containers) == (Severity.BLOCKER, ("debugger",))


def test_the_field_counts_every_volume_not_only_those_kept() -> None:
    volumes = [{"name": "cache", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "x"}}, host_volume(SOCKET)]
    finding = the_finding(judged(volumes=volumes, mounts=[mount()]))
    assert finding.field == "spec.template.spec.volumes[2].hostPath.path"


def test_the_mount_path_alone_is_nothing() -> None:
    volumes = [{"name": "cache", "emptyDir": {}}]
    mounts = [{"name": "cache", "mountPath": SOCKET}, {"name": "cache", "mountPath": "/var/lib/docker"}]
    assert judged(volumes=volumes, mounts=mounts).findings == ()


def test_a_mount_of_a_volume_that_is_not_there_is_nothing() -> None:
    assert judged(mounts=[mount()]).findings == ()


def test_mounting_one_volume_does_not_reach_another() -> None:
    other = {"name": "other", "hostPath": {"path": "/srv"}}
    workload = judged(volumes=[host_volume(SOCKET), other], mounts=[{"name": "other", "mountPath": SOCKET}])
    assert the_finding(workload).reason == "unmounted"


def test_two_volumes_at_one_place_are_two_findings() -> None:
    workload = judged(host_paths={SOCKET: "/a", "/run/docker.sock": "/b"})
    assert [finding.value for finding in workload.findings] == [SOCKET, "/run/docker.sock"]
