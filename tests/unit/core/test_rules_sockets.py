"""Rules about sockets and the directories above them (facts 4.2, rows 1 to 3 and 15)."""

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.factories import JsonObject
from tests.unit.clusters import judged, the_finding


def host_volume(path: str, type_: str | None = None) -> JsonObject:
    source: JsonObject = {"path": path}
    if type_ is not None:
        source["type"] = type_
    return {"name": "host", "hostPath": source}


MOUNT = {"name": "host", "mountPath": "/host"}


@pytest.mark.parametrize(
    "path",
    [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/var/run//docker.sock",
        "/var/run/../run/docker.sock",
        "/run/docker.sock/",
        "unix:///var/run/docker.sock",
        r"\\.\pipe\docker_engine",
        "//./pipe/docker_engine",
        "npipe:////./pipe/docker_engine",
    ],
)
def test_the_docker_socket_is_a_blocker_for_certain(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/sock"}))
    assert (finding.code, finding.severity, finding.grade) == ("docker-socket", Severity.BLOCKER, Grade.CERTAIN)
    assert finding.value == path  # as written, so that people find it in their manifest
    assert finding.field == "spec.template.spec.volumes[0].hostPath.path"
    assert finding.containers == ("main",)
    assert finding.guide == "check-impact"


@pytest.mark.parametrize(
    "path",
    [
        "/var/run/docker.sock.bak",
        "/var/run/docker.socket",
        "/var/run/notdocker.sock",
        "/srv/docker.sock",
        "/var/run/docker.sock/below",
        "/VAR/RUN/DOCKER.SOCK",
        r"\\.\pipe\docker_engine_linux",
        "/pipe/docker_engine",
        "/run/containerd/containerd.sock",
        r"\\.\pipe\containerd-containerd",
        "/var/run/crio/crio.sock",
    ],
)
def test_a_path_that_only_looks_like_the_docker_socket_is_nothing(path: str) -> None:
    assert judged(host_paths={path: "/sock"}).findings == ()


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        pytest.param(None, "docker-socket", id="no-type-starts-with-an-empty-directory"),
        pytest.param("", "docker-socket", id="empty-type"),
        pytest.param("DirectoryOrCreate", "docker-socket", id="directory-or-create"),
        pytest.param("FileOrCreate", "docker-socket", id="file-or-create"),
        pytest.param("Socket", "docker-socket-checked", id="socket-does-not-start"),
        pytest.param("File", "docker-socket-checked", id="file-does-not-start"),
        pytest.param("Directory", "docker-socket-checked", id="directory-does-not-start"),
        pytest.param("CharDevice", "docker-socket-checked", id="char-device"),
        pytest.param("BlockDevice", "docker-socket-checked", id="block-device"),
    ],
)
def test_the_host_path_type_decides_how_it_fails(type_: str | None, reason: str) -> None:
    workload = judged(volumes=[host_volume("/var/run/docker.sock", type_)], mounts=[MOUNT])
    assert the_finding(workload).reason == reason


@pytest.mark.parametrize(
    "path",
    [
        "/var/run/dockershim.sock",
        "/run/dockershim.sock",
        "/var/lib/dockershim",
        "/var/lib/dockershim/sandbox",
        "npipe:////./pipe/dockershim",
    ],
)
def test_dockershims_socket_and_state_are_a_blocker_for_certain(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/shim"}))
    assert (finding.code, finding.severity, finding.grade) == ("dockershim-socket", Severity.BLOCKER, Grade.CERTAIN)
    assert finding.reason == "dockershim-socket"


@pytest.mark.parametrize("path", ["/var/lib/dockershim2", "/run/dockershim", "/run/dockershim.sock.old"])
def test_a_path_that_only_looks_like_dockershims_is_nothing(path: str) -> None:
    assert judged(host_paths={path: "/shim"}).findings == ()


@pytest.mark.parametrize("path", ["/var/run", "/run", "/run/", "/var", "/", "//", "/var/run/."])
def test_a_directory_above_the_socket_is_to_be_checked(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/host"}))
    assert (finding.code, finding.severity, finding.grade) == ("socket-parent-dir", Severity.REVIEW, Grade.POSSIBLE)
    assert finding.reason == "socket-parent-dir"


@pytest.mark.parametrize("path", ["/var/lib", "/var/log", "/run/systemd", "/srv", "/home", "/running", r"C:\var\run"])
def test_a_directory_that_does_not_hold_the_socket_is_nothing(path: str) -> None:
    assert judged(host_paths={path: "/host"}).findings == ()


def test_each_rule_speaks_for_itself_when_several_match() -> None:
    paths = ["/var/run", "/run/dockershim.sock", "/run/docker.sock"]
    workload = judged(host_paths={path: f"/host{number}" for number, path in enumerate(paths)})
    assert [finding.code for finding in workload.findings] == [
        "docker-socket",
        "dockershim-socket",
        "socket-parent-dir",
    ]
    assert workload.severity is Severity.BLOCKER
