"""Rules about places on the node: other sockets, programs, hostPath types, what mounts hide, what commands name."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.factories import JsonObject
from tests.unit.clusters import codes, judged, the_finding


def at(path: str, type_: str | None = None, **mount: Any) -> Any:
    """Return the options of a pod that mounts one path of its node at /host."""
    volume: JsonObject = {"name": "host", "hostPath": {"path": path}}
    if type_ is not None:
        volume["hostPath"]["type"] = type_
    return {"volumes": [volume], "mounts": [{"name": "host", "mountPath": "/host", **mount}]}


@pytest.mark.parametrize(
    ("path", "code", "severity", "grade"),
    [
        ("/run/cri-dockerd.sock", "cri-dockerd-socket", Severity.REVIEW, Grade.CERTAIN),
        ("/var/run/cri-dockerd.sock", "cri-dockerd-socket", Severity.REVIEW, Grade.CERTAIN),
        (r"\\.\pipe\cri-dockerd", "cri-dockerd-socket", Severity.REVIEW, Grade.CERTAIN),
        ("/run/user/1000/docker.sock", "docker-socket", Severity.REVIEW, Grade.POSSIBLE),
        ("/run/balena-engine.sock", "docker-socket", Severity.REVIEW, Grade.POSSIBLE),
        ("/var/run/balena.sock", "docker-socket", Severity.REVIEW, Grade.POSSIBLE),
        ("/usr/bin/docker", "docker-binary", Severity.BLOCKER, Grade.POSSIBLE),
        ("/usr/local/bin/docker", "docker-binary", Severity.BLOCKER, Grade.POSSIBLE),
        ("/usr/bin/dockerd", "docker-binary", Severity.BLOCKER, Grade.POSSIBLE),
        ("/usr/bin/docker-containerd-ctr", "docker-binary", Severity.BLOCKER, Grade.POSSIBLE),
        ("/usr/bin/nvidia-docker", "docker-binary", Severity.BLOCKER, Grade.POSSIBLE),
        (r"C:\ProgramData\docker", "docker-data", Severity.DEGRADED, Grade.LIKELY),
        (r"C:\ProgramData\docker\containers", "docker-logs", Severity.DEGRADED, Grade.LIKELY),
    ],
)
def test_places_of_docker(path: str, code: str, severity: Severity, grade: Grade) -> None:
    finding = the_finding(judged(**at(path)))
    assert (finding.code, finding.severity, finding.grade) == (code, severity, grade)


@pytest.mark.parametrize(
    "path",
    [
        "/run/cri-dockerd.sock.bak",
        "/run/user/docker.sock",
        "/run/user/1000/podman.sock",
        "/usr/bin/docker-compose",
        "/usr/bin/dockerize",
        "/usr/bin",
        "/usr/share/docker",
        "/run/docker.sock ",
        r"C:\ProgramData\docker-registry",
    ],
)
def test_places_that_only_look_so(path: str) -> None:
    assert judged(**at(path)).findings == ()


def test_a_program_that_a_command_names_is_likely_run() -> None:
    finding = the_finding(judged(**at("/usr/bin/docker"), command=["/host/docker", "--version"]))
    assert (finding.code, finding.grade) == ("docker-binary", Grade.LIKELY)


@pytest.mark.parametrize("type_", ["Directory", "File", "Socket", "CharDevice", "BlockDevice"])
@pytest.mark.parametrize(
    "path",
    [
        "/run/docker.sock",
        "/run/dockershim.sock",
        "/var/lib/docker",
        "/var/lib/docker/containers",
        "/etc/docker",
        "/etc/docker/certs.d",
        "/usr/bin/docker",
    ],
)
def test_a_type_that_fails_the_mount_is_a_blocker_on_all_that_goes_with_docker(path: str, type_: str) -> None:
    finding = the_finding(judged(**at(path, type_)))
    assert finding.severity is Severity.BLOCKER
    assert finding.reason == f"{finding.code}-checked"
    assert finding.failure == "mount"


@pytest.mark.parametrize("type_", ["", "DirectoryOrCreate", "FileOrCreate", None, "Odd"])
def test_any_other_type_lets_the_pod_start(type_: str | None) -> None:
    assert the_finding(judged(**at("/var/lib/docker", type_))).reason == "docker-data"
    assert the_finding(judged(**at("/run/docker.sock", type_))).failure == "empty"


def test_the_type_is_checked_above_a_sub_path() -> None:
    finding = the_finding(judged(**at("/", "Directory", subPath="var/run/docker.sock")))
    assert (finding.reason, finding.grade, finding.failure) == ("docker-socket", Grade.CERTAIN, "empty")


def test_a_sub_path_through_the_link_in_var_is_less_sure() -> None:
    assert the_finding(judged(**at("/var", subPath="run/docker.sock"))).grade is Grade.LIKELY


def expression(text: str, *env: JsonObject, path: str = "/var/run") -> list[str]:
    options = at(path, subPathExpr=text)
    container = {"name": "main", "image": "app", "env": list(env), "volumeMounts": options["mounts"]}
    return codes(judged(spec={"containers": [container], "volumes": options["volumes"]}))


def test_a_sub_path_expression_is_followed_as_far_as_its_variables_are_known() -> None:
    pod_name = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    secret = {"name": "S", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
    assert expression("$(S)", {"name": "S", "value": "docker.sock"}) == ["docker-socket"]
    assert expression("$(A)/$(B)", {"name": "A", "value": "x"}, {"name": "B", "value": "y"}) == []
    assert expression("$(S)", secret) == ["socket-parent-dir"]
    assert expression("$(NOBODY)/docker.sock") == ["socket-parent-dir"]
    assert expression("$$(S)/docker.sock", {"name": "S", "value": "."}) == []
    assert expression("$(POD)/x", pod_name, path="/var") == []
    assert expression("docker/$(POD)", pod_name, path="/var/lib") == ["docker-data"]


def test_a_deeper_mount_hides_the_socket() -> None:
    empty = {"name": "e", "emptyDir": {}}
    host = {"name": "r", "hostPath": {"path": "/var/run"}}
    below = [{"name": "r", "mountPath": "/var/run"}, {"name": "e", "mountPath": "/run/docker.sock"}]
    hidden = the_finding(judged(volumes=[host, empty], mounts=below))
    assert (hidden.severity, hidden.reason) == (Severity.INFO, "socket-parent-dir-hidden")
    beside = [{"name": "r", "mountPath": "/host"}, {"name": "e", "mountPath": "/run/docker.sock"}]
    assert the_finding(judged(volumes=[host, empty], mounts=beside)).severity is Severity.REVIEW


@pytest.mark.parametrize(
    ("path", "command", "expected"),
    [
        ("/var/lib", ["sh", "-c", "du -sh /host/docker/overlay2"], ["docker-data"]),
        ("/var/lib", ["sh", "-c", "du -sh /host/etcd"], []),
        ("/var/lib", ["sh", "-c", "du -sh /var/lib/docker"], []),
        ("/etc", ["cp", "daemon.json", "/host/docker/daemon.json"], ["docker-config"]),
        ("/usr/bin", ["/host/docker", "--version"], ["docker-binary"]),
        ("/usr/bin", ["/host/dockerize"], []),
        ("/var/lib", [], []),
    ],
)
def test_a_folder_above_counts_where_a_command_names_what_is_below(
    path: str, command: list[str], expected: list[str]
) -> None:
    assert codes(judged(**at(path), command=command)) == expected


def test_a_daemon_of_the_pods_own_may_keep_its_data_on_the_node() -> None:
    workload = judged(image="docker:24-dind", privileged=True, host_paths={"/var/lib/docker": "/var/lib/docker"})
    assert [(f.code, f.severity) for f in workload.findings] == [
        ("dind", Severity.INFO),
        ("docker-data", Severity.INFO),
    ]


@pytest.mark.parametrize(
    ("image", "is_daemon"),
    [
        ("summerwind/actions-runner:v2-dind", True),
        ("example.com/my-dind:1", True),
        ("example.com/handind:1", False),
        ("rodind:2", False),
        ("notdind", False),
        ("example.com/dind-helper:1", True),
    ],
)
def test_dind_is_a_word_of_its_own(image: str, *, is_daemon: bool) -> None:
    assert ("dind" in codes(judged(image=image))) is is_daemon
