"""Rules about what containers run (facts 4.2, rows 13, 14, 19): told apart from what merely names Docker."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from bot.core.view import Finding
from tests.factories import make_container
from tests.unit.clusters import codes, judged

SOCKET = "/var/run/docker.sock"
HOST_PID = {"spec_fields": {"hostPID": True}}


def find(code: str, **options: Any) -> Finding | None:
    fields = options.pop("spec_fields", {})
    if fields:
        container = make_container(**{key: options.pop(key) for key in ("command", "args", "env") if key in options})
        options["spec"] = {"containers": [container], **fields}
    return next((finding for finding in judged(**options).findings if finding.code == code), None)


def found(code: str, **options: Any) -> Finding:
    finding = find(code, **options)
    assert finding is not None
    return finding


@pytest.mark.parametrize(
    ("options", "severity", "grade", "reason"),
    [
        pytest.param(
            {"command": ["docker", "ps"], "host_paths": {SOCKET: SOCKET}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="the-nodes-socket",
        ),
        pytest.param(
            {"command": ["sh", "-c", "docker ps"], "host_paths": {"/var/run": "/var/run"}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="where-the-client-looks-by-itself",
        ),
        pytest.param(
            {"command": ["sh", "-c", "docker ps"], "host_paths": {"/var/run": "/host/run"}},
            Severity.BLOCKER,
            Grade.LIKELY,
            "docker-cli",
            id="a-folder-above-elsewhere",
        ),
        pytest.param(
            {"command": ["docker", "ps"]}, Severity.REVIEW, Grade.POSSIBLE, "docker-cli-unknown", id="no-socket"
        ),
        pytest.param(
            {"command": ["docker", "-H", "tcp://builder:2375", "build", "."], "host_paths": {SOCKET: SOCKET}},
            Severity.INFO,
            Grade.LIKELY,
            "docker-cli-remote",
            id="told-to-ask-a-builder",
        ),
        pytest.param(
            {"command": ["docker", "build", "."], "sidecars": [make_container("d", image="docker:dind")]},
            Severity.INFO,
            Grade.LIKELY,
            "docker-cli-own",
            id="beside-dind",
        ),
        pytest.param(
            {"command": ["chroot", "/host", "docker", "ps"], "host_paths": {"/": "/host"}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="chroot-to-the-node",
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-m", "--", "sh", "-c", "docker images"], **HOST_PID},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="nsenter-with-the-nodes-pids",
        ),
        pytest.param(
            {
                "command": ["sh", "-c", 'chroot "$ROOT" docker ps'],
                "env": {"ROOT": "/rootfs"},
                "host_paths": {"/": "/rootfs"},
            },
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="chroot-to-a-folder-that-a-variable-names",
        ),
        pytest.param(
            {
                "command": ["sh", "-c", "docker -H ${WHERE} ps"],
                "env": {"WHERE": "unix:///x/docker.sock"},
                "host_paths": {"/run": "/x"},
            },
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="told-by-a-variable-of-the-shell",
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-m", "docker", "images"]},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-cli-unknown",
            id="nsenter-without",
        ),
        pytest.param(
            {"command": ["curl", "--unix-socket", SOCKET, "http://x/containers/json"], "host_paths": {SOCKET: SOCKET}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="its-api-by-curl",
        ),
        pytest.param(
            {"image": "docker:20.10", "args": ["ps"], "host_paths": {SOCKET: SOCKET}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-cli",
            id="the-image-puts-docker-before-its-args",
        ),
        pytest.param(
            {"image": "docker:20.10", "command": ["sleep", "infinity"]},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-cli-image",
            id="the-image-alone",
        ),
        pytest.param(
            {"image": "example.com/ci/docker-cli:1", "host_paths": {SOCKET: SOCKET}},
            Severity.BLOCKER,
            Grade.LIKELY,
            "docker-cli",
            id="the-image-and-the-socket",
        ),
        pytest.param(
            {"env": {"HOOK_COMMAND": "docker kill x"}},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-cli-unknown",
            id="in-a-variable-that-is-a-command",
        ),
    ],
)
def test_a_call_of_docker_is_judged_by_the_daemon_it_asks(
    options: dict[str, Any], severity: Severity, grade: Grade, reason: str
) -> None:
    finding = found("docker-cli", **options)
    assert (finding.severity, finding.grade, finding.reason) == (severity, grade, reason)


def test_a_script_in_a_variable_is_run_on_the_node_where_the_container_may_do_anything_there() -> None:
    container = make_container(env={"STARTUP_SCRIPT": "#! /bin/bash\ndocker pull x\n"}, privileged=True)
    for fields, severity in (({"hostPID": True}, Severity.BLOCKER), ({}, Severity.REVIEW)):
        findings = judged(spec={"containers": [container], **fields}).findings
        assert [(f.code, f.severity) for f in findings] == [("docker-cli", severity)]


def test_hooks_and_probes_say_where_they_stand() -> None:
    container = make_container()
    container["livenessProbe"] = {"exec": {"command": ["docker", "ps"]}}
    container["lifecycle"] = {"preStop": {"exec": {"command": ["sh", "-c", "sleep 1; docker kill x"]}}}
    findings = judged(spec={"containers": [container]}).findings
    below = "spec.template.spec.containers[0]"
    assert [(f.field, f.value) for f in findings] == [
        (f"{below}.lifecycle.preStop.exec.command[2]", "docker kill"),
        (f"{below}.livenessProbe.exec.command[0]", "docker ps"),
    ]


def test_a_script_of_many_calls_is_one_finding_for_each_daemon() -> None:
    script = "docker ps; docker rm x; docker -H tcp://builder:2375 pull y; docker logs z"
    findings = judged(command=["sh", "-c", script], host_paths={SOCKET: SOCKET}).findings
    assert [(f.severity, f.value) for f in findings if f.code == "docker-cli"] == [
        (Severity.BLOCKER, "docker ps"),
        (Severity.INFO, "docker pull"),
    ]


def test_a_shown_command_has_an_end_and_no_secret() -> None:
    words = "docker", "-H", "tcp://me:hunter2@" + "x" * 200 + ":2375", "login", "--password=hunter2"
    assert "hunter2" not in found("docker-cli", command=words).value
    setting = found("runtime-setting", args=["--docker-endpoint=tcp://me:hunter2@10.0.0.1:2375/" + "x" * 200])
    assert "hunter2" not in setting.value
    assert len(setting.value) <= 80


@pytest.mark.parametrize(
    ("options", "severity", "grade"),
    [
        pytest.param(
            {"command": ["chroot", "/host", "systemctl", "restart", "docker"], "host_paths": {"/": "/host"}},
            Severity.BLOCKER,
            Grade.CERTAIN,
            id="chroot",
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-m", "--", "systemctl", "restart", "docker"], **HOST_PID},
            Severity.BLOCKER,
            Grade.CERTAIN,
            id="nsenter",
        ),
        pytest.param(
            {"env": {"STARTUP_SCRIPT": "#!/bin/bash\nset -e\nsystemctl restart docker\n"}, **HOST_PID},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="a-startup-script-in-a-variable",
        ),
        pytest.param(
            {"command": ["sh", "-c", "kill -HUP $(pidof dockerd)"], **HOST_PID},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="kill",
        ),
        pytest.param(
            {"command": ["journalctl", "-fu", "docker"], "host_paths": {"/var/log/journal": "/var/log/journal"}},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="the-nodes-journal",
        ),
        pytest.param(
            {
                "command": ["nsenter", "--mount=/host/proc/1/ns/mnt", "systemctl", "stop", "docker"],
                "host_paths": {"/proc": "/host/proc"},
            },
            Severity.BLOCKER,
            Grade.CERTAIN,
            id="nsenter-through-a-mount",
        ),
        pytest.param({"command": ["journalctl", "-fu", "docker"]}, Severity.REVIEW, Grade.POSSIBLE, id="own-journal"),
        pytest.param(
            {"command": ["chroot", "/rootfs", "systemctl", "restart", "docker"]},
            Severity.REVIEW,
            Grade.POSSIBLE,
            id="a-root-in-the-image",
        ),
        pytest.param(
            {"command": ["chroot", "/opt/rootfs", "service", "docker", "restart"], "host_paths": {"/": "/host"}},
            Severity.REVIEW,
            Grade.POSSIBLE,
            id="another-root-than-the-mounted",
        ),
        pytest.param(
            {"command": ["chroot", "/rootfs", "systemctl", "restart", "docker"], **HOST_PID},
            Severity.REVIEW,
            Grade.POSSIBLE,
            id="the-nodes-processes-are-no-root",
        ),
        pytest.param(
            {
                "command": ["chroot", "/rootfs", "systemctl", "restart", "docker"],
                "host_paths": {"/run/systemd": "/rootfs/run/systemd"},
            },
            Severity.BLOCKER,
            Grade.LIKELY,
            id="a-root-of-its-own-with-the-nodes-socket",
        ),
        pytest.param(
            {"command": ["chroot", "$ROOT", "systemctl", "restart", "docker"], "host_paths": {"/": "/host"}},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="a-root-nobody-knows-and-one-that-is-mounted",
        ),
        pytest.param(
            {"command": ["systemctl", "restart", "docker"], **HOST_PID}, Severity.BLOCKER, Grade.LIKELY, id="host-pid"
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-n", "-i", "--", "pkill", "dockerd"], **HOST_PID},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="the-network-alone-but-a-signal",
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-m", "--", "systemctl", "restart", "docker"]},
            Severity.REVIEW,
            Grade.POSSIBLE,
            id="its-own-first-process",
        ),
        pytest.param(
            {"command": ["nsenter", "-t", "1", "-a", "systemctl", "restart", "docker"], **HOST_PID},
            Severity.BLOCKER,
            Grade.CERTAIN,
            id="all-namespaces",
        ),
        pytest.param({"command": ["service", "docker", "start"]}, Severity.REVIEW, Grade.POSSIBLE, id="own-service"),
    ],
)
def test_the_docker_service_is_the_nodes_where_the_container_can_reach_it(
    options: dict[str, Any], severity: Severity, grade: Grade
) -> None:
    finding = found("docker-service", **options)
    assert (finding.severity, finding.grade) == (severity, grade)


def test_an_empty_folder_is_no_root_of_the_node() -> None:
    main = make_container(
        command=["chroot", "/rootfs", "systemctl", "restart", "docker"], mounts=[{"name": "r", "mountPath": "/rootfs"}]
    )
    findings = judged(spec={"containers": [main], "volumes": [{"name": "r", "emptyDir": {}}]}).findings
    assert [(f.code, f.severity) for f in findings] == [("docker-service", Severity.REVIEW)]


DECOYS = [
    ["sh", "-c", "# docker ps\nexec app"],
    ["sh", "-c", 'echo "docker ps"'],
    ["/docker-entrypoint.sh", "docker"],
    ["/opt/docker/bin/app"],
    ["dockerize", "-wait", "tcp://db:5432", "app"],
    ["skopeo", "copy", "docker://a", "docker://b"],
    ["kubectl", "create", "secret", "docker-registry", "x"],
    ["/kaniko/executor", "--dockerfile=Dockerfile"],
    ["sh", "-c", "apt-get install -y docker-ce-cli"],
    ["sh", "-c", "which docker || command -v docker"],
    ["sh", "-c", "alias docker=podman; podman ps"],
    ["app", "--docker-registry=docker.io/library"],
    ["sh", "-c", "ps aux | grep docker"],
    ["sh", "-c", "cd /docker && git clone https://example.com/docker"],
    ["service", "docker-registry", "start"],
    ["systemctl", "status", "docker-registry"],
    ["app", "--image", "docker.io/library/nginx"],
    ["app", '{"cmd": "docker ps"}'],
    ["sh", "-c", "cat <<EOF > run.sh\ndocker ps\nEOF"],
    ["docker", "--version"],
    ["docker", "context", "ls"],
    ["app", "--providers.docker=false"],
    ["app", "--runtime=runc", "--container-runtime=containerd"],
]


@pytest.mark.parametrize("command", DECOYS, ids=["-".join(words[:3])[:40].replace("\n", " ") for words in DECOYS])
def test_what_merely_names_docker_is_nothing(command: list[str]) -> None:
    assert codes(judged(command=command, host_paths={"/srv": "/srv"})) == []


def test_a_daemon_that_a_container_runs_itself_is_its_own() -> None:
    workload = judged(image="example.com/builder:1", command=["sh", "-c", "dockerd & sleep 5; docker build ."])
    assert [(finding.code, finding.severity) for finding in workload.findings] == [("docker-cli", Severity.INFO)]


CLEAN = "echo 'docker system prune -f' > /o/clean.sh"
ON_NODE = "nsenter -t 1 -m sh /opt/bin/clean.sh"


@pytest.mark.parametrize(
    ("script", "paths", "severity", "grade"),
    [
        pytest.param(
            "cat > /t.sh <<E\ndocker ps\nE\nsh /t.sh",
            {"/var/run": "/var/run"},
            Severity.BLOCKER,
            Grade.CERTAIN,
            id="a-script-of-its-own",
        ),
        pytest.param(f"{CLEAN}; {ON_NODE}", {"/opt/bin": "/o"}, Severity.BLOCKER, Grade.CERTAIN, id="run-on-the-node"),
        pytest.param(f"{CLEAN}; {ON_NODE}", {"/opt": "/o"}, None, None, id="another-folder-of-the-node"),
        pytest.param(f"{CLEAN}; {ON_NODE}", {}, None, None, id="in-the-image"),
        pytest.param(f"{CLEAN}; ls /o", {"/opt/bin": "/o"}, None, None, id="not-run"),
        pytest.param(
            "chroot /host sh -c 'echo docker ps > /opt/x'; sh /h/x",
            {"/": "/host", "/opt": "/h"},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="one-file-by-two-mounts",
        ),
        pytest.param(
            "echo '0 4 * * * root docker ps' > /c/clean",
            {"/etc/cron.d": "/c"},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="the-nodes-cron",
        ),
        pytest.param(
            "printf '#!/bin/sh\\ndocker ps' | tee /host/etc/cron.weekly/clean",
            {"/etc": "/host/etc"},
            Severity.BLOCKER,
            Grade.LIKELY,
            id="a-weekly-script-of-the-node",
        ),
        pytest.param("echo '0 4 * * * root docker ps' > /c/clean", {"/etc/cron": "/c"}, None, None, id="no-cron"),
        pytest.param(
            "echo '0 4 * * * root podman ps # docker' > /c/clean", {"/etc/cron.d": "/c"}, None, None, id="no-docker"
        ),
        pytest.param(
            "echo '0 4 * * * docker ps' | crontab -", {}, Severity.REVIEW, Grade.POSSIBLE, id="its-own-crontab"
        ),
        pytest.param(
            "echo '0 4 * * * root docker ps' > /etc/cron.d/x; crond -f",
            {"/opt": "/o"},
            Severity.REVIEW,
            Grade.POSSIBLE,
            id="its-own-cron",
        ),
    ],
)
def test_what_a_script_writes_is_judged_by_who_runs_it(
    script: str, paths: dict[str, str], severity: Severity | None, grade: Grade | None
) -> None:
    volumes = [{"name": f"v{n}", "hostPath": {"path": path}} for n, path in enumerate(paths)]
    main = make_container(
        command=["sh", "-c", script],
        mounts=[{"name": f"v{n}", "mountPath": at} for n, at in enumerate(paths.values())],
    )
    findings = judged(spec={"containers": [main], "volumes": volumes, "hostPID": True}).findings
    finding = next((finding for finding in findings if finding.code == "docker-cli"), None)
    assert (finding and finding.severity, finding and finding.grade) == (severity, grade)
    if finding is not None:
        assert finding.field.endswith("command[2]")


def test_a_script_that_is_written_and_run_raises_the_folder_above_the_socket() -> None:
    for run, severity in (("sh /t.sh", Severity.BLOCKER), ("ls /t.sh", Severity.REVIEW)):
        command = ["sh", "-c", f"cat > /t.sh <<E\ndocker ps\nE\n{run}"]
        assert found("socket-parent-dir", command=command, host_paths={"/var/run": "/var/run"}).severity is severity


@pytest.mark.parametrize(
    "command",
    [
        ["powershell.exe", "-Command", "Restart-Service docker -Force"],
        ["powershell", "-Command", "Get-Service docker | Stop-Service"],
        ["cmd", "/c", "net stop docker && net start docker"],
        ["net", "stop", "docker"],
        ["sc.exe", "stop", "docker"],
        ["pwsh", "-c", "Stop-Service -Name 'docker'"],
    ],
)
def test_a_host_process_container_acts_on_the_windows_nodes_service(command: list[str]) -> None:
    host_process = {"securityContext": {"windowsOptions": {"hostProcess": True}}}
    finding = found("docker-service", command=command, spec_fields=host_process)
    assert (finding.severity, finding.grade, finding.reason) == (Severity.BLOCKER, Grade.CERTAIN, "docker-service")
    inside = found("docker-service", command=command)
    assert (inside.severity, inside.reason) == (Severity.REVIEW, "docker-service-unknown")


def test_a_host_process_container_may_still_ask_a_daemon_elsewhere() -> None:
    host_process = {"securityContext": {"windowsOptions": {"hostProcess": True}}}
    command = ["powershell", "-c", "docker -H tcp://builder.example.com:2376 build .; Restart-Service docker-proxy"]
    assert found("docker-cli", command=command, spec_fields=host_process).severity is Severity.INFO
    assert find("docker-service", command=command, spec_fields=host_process) is None


def test_systemd_may_be_asked_over_the_bus() -> None:
    manager = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1"]
    restart = "org.freedesktop.systemd1.Manager.RestartUnit"
    dbus_send = ["dbus-send", "--system", f"--dest={manager[0]}", manager[1], restart]
    for command, value in (
        (["busctl", "call", *manager, restart, "ss", "docker.service", "replace"], "busctl call docker.service"),
        ([*dbus_send, "string:docker.service", "string:replace"], None),
    ):
        finding = found("docker-service", command=command, host_paths={"/run/dbus": "/run/dbus"})
        assert (finding.severity, finding.grade) == (Severity.BLOCKER, Grade.LIKELY)
        assert value in (None, finding.value)
    other = [*dbus_send, "string:docker-registry.service", "string:replace"]
    assert find("docker-service", command=other, host_paths={"/run/dbus": "/run/dbus"}) is None
