"""Docker's files as commands on the node itself name them, in its own namespaces or below a folder that is mounted."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.factories import make_container
from tests.unit.clusters import judged

NSENTER: Any = ("nsenter -t 1 -m -- ", {"spec": {"hostPID": True}})
CHROOT: Any = ("chroot /host ", {"host_paths": {"/": "/host"}})
CHROOT_TO_FIRST: Any = ("chroot /proc/1/root ", {"spec": {"hostPID": True}})


def found(script: str, code: str, **options: Any) -> list[tuple[Severity, Grade, str, str]]:
    workload = judged(command=["sh", "-c", script], **options)
    return [(f.severity, f.grade, f.reason, f.value) for f in workload.findings if f.code == code]


@pytest.mark.parametrize("entering", [NSENTER, CHROOT, CHROOT_TO_FIRST], ids=["nsenter", "chroot", "proc-1-root"])
@pytest.mark.parametrize(
    ("script", "code", "severity", "shown"),
    [
        ("sh -c 'echo {} > /etc/docker/daemon.json'", "docker-config", "blocker", "> /etc/docker/daemon.json"),
        ("tee -a /etc/docker/daemon.json", "docker-config", "blocker", "tee /etc/docker/daemon.json"),
        ("rm -rf /var/lib/docker/tmp", "docker-data", "degraded", "rm /var/lib/docker/tmp"),
        ("du -s /var/lib/docker/overlay2/*", "docker-data", "degraded", "du /var/lib/docker/overlay2/"),
        ("sh -c 'tail -F /var/lib/docker/containers/*/*.log'", "docker-logs", "degraded", None),
        ("ls -l /usr/bin/dockerd", "docker-binary", "blocker", "ls /usr/bin/dockerd"),
        ("sh -c 'cat > /etc/systemd/system/docker.service.d/proxy.conf'", "docker-config", "blocker", None),
    ],
)
def test_what_runs_on_the_node_names_the_nodes_own_paths(
    entering: Any, script: str, code: str, severity: str, shown: str | None
) -> None:
    prefix, options = entering
    (match,) = found(prefix + script, code, **options)
    assert match[:3] == (Severity(severity), Grade.LIKELY, code)
    assert shown in (None, match[3])


def test_certificates_on_the_node_are_only_possible() -> None:
    (match,) = found("nsenter -t 1 -m -- cp ca.crt /etc/docker/certs.d/r/ca.crt", "docker-config", **NSENTER[1])
    assert match[:3] == (Severity.BLOCKER, Grade.POSSIBLE, "docker-config-certs")


@pytest.mark.parametrize(
    ("script", "options"),
    [
        pytest.param("nsenter -t 1 -m -- rm -rf /var/lib/docker/tmp", {}, id="its-own-first-process"),
        pytest.param("nsenter -t 1 -n -- ls /var/lib/docker /etc/docker", NSENTER[1], id="the-network-alone"),
        pytest.param("rm -rf /var/lib/docker/tmp; echo {} > /etc/docker/daemon.json", NSENTER[1], id="in-the-image"),
        pytest.param("nsenter -t 1 -m -- cat /etc/os-release > /etc/docker/x", NSENTER[1], id="written-outside"),
        pytest.param("nsenter -t 1 -m -- echo 'was /etc/docker/daemon.json'", NSENTER[1], id="said-only"),
        pytest.param("nsenter -t 1 -m -- tar c --exclude=/var/lib/docker /", NSENTER[1], id="left-out"),
        pytest.param("nsenter -t 1 -m -- find / -path /var/lib/docker -prune -o -name x", NSENTER[1], id="pruned"),
        pytest.param("nsenter -t 1 -m -- rm -rf /var/lib/containerd/tmp", NSENTER[1], id="another-runtimes"),
        pytest.param("chroot /image sh -c 'echo {} > /etc/docker/daemon.json'", {}, id="a-root-in-the-image"),
        pytest.param("ls /proc/1/root/var/lib/docker", {}, id="its-own-root"),
    ],
)
def test_what_does_not_reach_the_nodes_files_is_nothing(script: str, options: Any) -> None:
    codes = {finding.code for finding in judged(command=["sh", "-c", script], **options).findings}
    assert not codes & {"docker-data", "docker-logs", "docker-config", "docker-binary"}


@pytest.mark.parametrize(
    "script",
    [
        "sh -c 'if [ -d /etc/docker ]; then echo d; else echo ok; fi'",
        "sh -c '[ -x /usr/bin/docker ] || exit 0'",
        "test -e /etc/docker/daemon.json",
        "git commit -m 'drop /etc/docker/daemon.json'",
        "git log --grep=/etc/docker/daemon.json",
        "wall 'see /etc/docker/daemon.json'",
        "systemd-cat -t x echo 'see /etc/docker/daemon.json'",
        "curl -d '/var/lib/docker is full' http://alert",
        "grep -v /var/lib/docker /proc/mounts",
        "grep -e /var/lib/docker -e /etc/docker /proc/mounts",
        "sed /var/lib/docker/d /proc/mounts",
        "awk '/docker/ {print $2}' /proc/mounts",
        "trivy rootfs --skip-dirs /var/lib/docker /",
        "restic backup / -e /var/lib/docker",
        "updatedb --prunepaths '/var/lib/docker /tmp'",
        "stat /var/lib/docker",
        "mkdir -p /etc/docker /etc/containerd",
        "rsync -a --exclude '/var/lib/docker' / backup:/",
        "du -x --exclude /var/lib/docker /var",
        "find /var -not -path /var/lib/docker -name x",
        "ls -I /var/lib/docker /var/lib",
        "sh -c 'echo /var/lib/docker is full | tee /tmp/x'",
    ],
)
def test_what_opens_nothing_of_dockers_is_nothing(script: str) -> None:
    findings = judged(command=["sh", "-c", NSENTER[0] + script], **NSENTER[1]).findings
    assert not {f.code for f in findings} & {"docker-data", "docker-logs", "docker-config", "docker-binary"}


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("grep -q mirror /etc/docker/daemon.json", "docker-config"),
        ("grep -e a -f /x /etc/docker/daemon.json", "docker-config"),
        ("sed -i s/a/b/ /etc/docker/daemon.json", "docker-config"),
        ("jq --arg m x '.a = $m' /etc/docker/daemon.json", "docker-config"),
        ("find /var/lib/docker -name x -delete", "docker-data"),
        ("tar -C /var/lib/docker -cf /x.tar .", "docker-data"),
        ("tar czf - --exclude /tmp /var/lib/docker", "docker-data"),
        ("cp -t /etc/docker /daemon.json", "docker-config"),
        ("dd if=/dev/zero of=/var/lib/docker/x", "docker-data"),
        ("rsync -a --ignore-existing /var/lib/docker/ /backup", "docker-data"),
        ("rm -rf -- /var/lib/docker/{tmp,containers}", "docker-data"),
    ],
)
def test_what_opens_files_of_dockers_is_found_among_its_options(script: str, code: str) -> None:
    assert found(NSENTER[0] + script, code, **NSENTER[1])


@pytest.mark.parametrize(
    "script",
    [
        "tar c --exclude=/host/var/lib/docker /host",
        "tar c --exclude /host/var/lib/docker /host",
        "E='--exclude=/host/var/lib/docker --exclude=/host/tmp'; tar c $E /host",
        "find /host -not -path '/host/var/lib/docker/*'",
        r"find /host \! -path '/host/var/lib/docker/*'",
        "find /host -path /host/var/lib/docker -prune -o -print",
        "trivy rootfs --skip-dirs /host/var/lib/docker /host",
        "updatedb --prunepaths '/host/tmp /host/var/lib/docker'",
        "sh -c 'trivy rootfs --skip-dirs \"/host/tmp,/host/var/lib/docker\" /host'",
    ],
)
def test_what_is_left_out_below_a_mounted_folder_is_nothing(script: str) -> None:
    assert not found(script, "docker-data", host_paths={"/": "/host"})


def test_what_a_variable_or_an_argument_leaves_out_below_a_mounted_folder_is_nothing() -> None:
    for options in (
        {"env": {"EXCLUDE_PATHS": "/host/var/lib/docker"}},
        {"args": ["--skip-dirs", "/host/tmp,/host/var/lib/docker", "/host"]},
    ):
        findings = judged(host_paths={"/": "/host"}, **options).findings
        assert "docker-data" not in {finding.code for finding in findings}


@pytest.mark.parametrize(
    "script",
    [
        "rm -rf /host/var/lib/docker/tmp --one-file-system",
        "rsync -a --ignore-existing /host/var/lib/docker/ /backup",
        "find /host -path '/host/var/lib/docker/*' -delete",
        "tar c --exclude=/host/tmp /host/var/lib/docker",
        'sh -c \'tar c --exclude "/host/tmp" "/host/var/lib/docker"\'',
    ],
)
def test_what_is_not_left_out_below_a_mounted_folder_is_found(script: str) -> None:
    assert found(script, "docker-data", host_paths={"/": "/host"})


def test_the_root_of_the_first_process_is_the_nodes() -> None:
    script = "ls /proc/1/root/var/lib/docker/volumes; cat x > /proc/1/root/etc/docker/daemon.json"
    assert found(script, "docker-data", spec={"hostPID": True}) == [
        (Severity.DEGRADED, Grade.LIKELY, "docker-data", "ls /proc/1/root/var/lib/docker/volumes")
    ]
    (match,) = found(script, "docker-config", spec={"hostPID": True})
    assert match[:2] == (Severity.BLOCKER, Grade.LIKELY)


def test_a_start_script_in_a_variable_runs_on_the_node() -> None:
    main = make_container(
        command=["/start"], env={"STARTUP_SCRIPT": "#! /bin/sh\necho {} > /etc/docker/daemon.json"}, privileged=True
    )
    (match,) = found("", "docker-config", spec={"hostPID": True, "containers": [main]})
    assert match[:3] == (Severity.BLOCKER, Grade.LIKELY, "docker-config")


@pytest.mark.parametrize("folder", ["/var/lib", "/var", "/"])
def test_logs_are_found_below_a_folder_that_is_mounted(folder: str) -> None:
    path = "/var/lib/docker/containers".removeprefix(folder.rstrip("/"))
    script = f"tail -F /host{path}/*/*.log"
    (match,) = found(script, "docker-logs", host_paths={folder: "/host"})
    assert match == (Severity.DEGRADED, Grade.LIKELY, "docker-logs", folder)


def test_logs_below_a_folder_are_no_risk_to_a_reader_of_the_other_format() -> None:
    found_there = judged(
        image="fluent/fluent-bit:3.1",
        args=["-i", "tail", "-p", "path=/host/log/containers/*.log,/host/lib/docker/containers/*/*.log"],
        host_paths={"/var": "/host"},
    ).findings
    assert [(f.severity, f.reason) for f in found_there if f.code == "docker-logs"] == [
        (Severity.INFO, "docker-logs-cri")
    ]
    assert not any(f.severity.is_at_risk for f in found_there)
