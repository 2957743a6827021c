"""Rules about known agents, and what several signs say together (facts 4.2 row 25, and 4.3)."""

from typing import Any

import pytest

from bot.core.agents import Verdict
from bot.core.rules import Severity
from tests.unit.clusters import codes, judged, known

SOCKET = "/var/run/docker.sock"
LOGS = {"/var/lib/docker/containers": "/docker", "/var/log": "/logs"}
BOTH = {SOCKET: "/docker.sock", "/run/containerd/containerd.sock": "/containerd.sock"}


def severities(**options: Any) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in reversed(judged(**options).findings)}


@pytest.mark.parametrize(
    ("image", "agent"),
    [
        ("gcr.io/datadoghq/agent:7", "datadog"),
        ("mirror.example.com:5000/hub/datadog/agent:7", "datadog"),
        ("602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.11.4", "vpc-cni"),
        ("docker.elastic.co/beats/filebeat:8.11.0", "filebeat"),
        ("docker.io/weaveworks/scope:1.13.2", "weave-scope"),
        ("fluent/fluent-bit@sha256:0a1b", "fluent-bit"),
    ],
)
def test_an_agent_is_known_by_whole_parts_of_its_image(image: str, agent: str) -> None:
    found = known().agents.find(
        image.partition("@")[0].rpartition(":")[0] if "@" not in image else image.partition("@")[0]
    )
    assert found is not None
    assert found.id == agent


@pytest.mark.parametrize(
    "repository", ["example.com/agent", "mydatadog/agent", "example.com/filebeat-exporter", "", "agent"]
)
def test_an_image_that_only_looks_so_is_none(repository: str) -> None:
    assert known().agents.find(repository) is None


def test_every_agent_has_its_source_its_images_and_a_topic_that_exists() -> None:
    topics = {topic.id for topic in known().load_topics()}
    for agent in known().agents.known:
        assert agent.images, agent.id
        assert agent.topic is None or agent.topic in topics, agent.id
        assert not agent.must_be_told or agent.told, agent.id
    assert len({agent.id for agent in known().agents.known}) == len(known().agents.known)


@pytest.mark.parametrize(
    ("image", "env", "verdict"),
    [
        ("datadog/agent:7.27.0", {}, Verdict.READY),
        ("datadog/agent:7.50.3-jmx", {}, Verdict.READY),
        ("datadog/agent:7.26.9", {}, Verdict.OLD),
        ("datadog/agent:7.23.1", {"DD_CRI_SOCKET_PATH": "/run/containerd/containerd.sock"}, Verdict.READY),
        ("datadog/agent:latest", {}, Verdict.UNSURE),
        ("datadog/agent:7", {}, Verdict.UNSURE),
        ("datadog/agent@sha256:0a1b", {}, Verdict.UNSURE),
        ("registry.twistlock.com/twistlock/defender:defender_22_12_415", {}, Verdict.UNSURE),
        (
            "fluent/fluentd-kubernetes-daemonset:v1.16-debian-1",
            {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "cri"},
            Verdict.READY,
        ),
        ("fluent/fluentd-kubernetes-daemonset:v1.16-debian-1", {}, Verdict.UNTOLD),
        ("fluent/fluentd-kubernetes-daemonset:v1.11", {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "cri"}, Verdict.OLD),
        ("falcosecurity/falco:0.36.0", {}, Verdict.READY),
        ("containrrr/watchtower:1.7.1", {}, Verdict.NEVER),
    ],
)
def test_the_version_deployed_decides(image: str, env: dict[str, str], verdict: Verdict) -> None:
    finding = next(
        f for f in judged(image=image, env=env, host_paths={SOCKET: "/s"}).findings if f.code == "known-agent"
    )
    assert finding.reason == f"known-agent-{verdict}"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {"image": "datadog/agent:7.50.3", "host_paths": {"/var/run": "/host/run", **LOGS}},
            {"socket-parent-dir": Severity.INFO, "docker-logs": Severity.INFO, "known-agent": Severity.INFO},
            id="a-current-datadog",
        ),
        pytest.param(
            {"image": "datadog/agent:7.23.1", "host_paths": {"/var/run": "/host/run"}},
            {"socket-parent-dir": Severity.BLOCKER, "known-agent": Severity.DEGRADED},
            id="an-old-datadog-does-open-the-socket",
        ),
        pytest.param(
            {"image": "falcosecurity/falco:0.36.0", "host_paths": BOTH},
            {"docker-socket": Severity.INFO, "known-agent": Severity.INFO},
            id="falco-with-both-sockets",
        ),
        pytest.param(
            {"image": "falcosecurity/falco:0.36.0", "host_paths": {SOCKET: "/s"}},
            {"docker-socket": Severity.DEGRADED, "known-agent": Severity.INFO},
            id="falco-with-no-other-socket",
        ),
        pytest.param(
            {"image": "example.com/own:1", "host_paths": BOTH}, {"docker-socket": Severity.BLOCKER}, id="unknown"
        ),
        pytest.param(
            {"image": "amazon-k8s-cni:v1.11.4", "host_paths": {"/var/run/dockershim.sock": "/s"}},
            {"dockershim-socket": Severity.BLOCKER, "known-agent": Severity.DEGRADED},
            id="an-old-vpc-cni",
        ),
        pytest.param(
            {"image": "amazon-k8s-cni:v1.12.0", "host_paths": {"/var/run/dockershim.sock": "/s"}},
            {"dockershim-socket": Severity.INFO, "known-agent": Severity.INFO},
            id="a-mount-left-over",
        ),
        pytest.param(
            {"image": "prom/node-exporter:v1.7.0", "host_paths": {"/": "/host"}},
            {"socket-parent-dir": Severity.INFO},
            id="the-node-exporter",
        ),
        pytest.param(
            {"image": "gcr.io/cadvisor/cadvisor:v0.47", "host_paths": {"/var/lib/docker": "/d"}},
            {"docker-data": Severity.INFO},
            id="cadvisor",
        ),
        pytest.param(
            {
                "image": "gcr.io/cadvisor/cadvisor:v0.47",
                "host_paths": {"/var/lib/docker": "/d"},
                "args": ["--docker_only"],
            },
            {"docker-data": Severity.DEGRADED, "runtime-setting": Severity.DEGRADED},
            id="cadvisor-told-to-use-docker",
        ),
        pytest.param(
            {"image": "falcosecurity/falco:0.36.0", "host_paths": {"/run/user/1000/docker.sock": "/s"}},
            {"docker-socket": Severity.INFO, "known-agent": Severity.INFO},
            id="a-socket-of-another-engine-is-not-what-it-asks",
        ),
        pytest.param({"image": "containrrr/watchtower:1"}, {"known-agent": Severity.BLOCKER}, id="needs-no-other-sign"),
        pytest.param({"image": "datadog/agent:7.50.3"}, {"known-agent": Severity.INFO}, id="nothing-of-docker-here"),
        pytest.param({"image": "falcosecurity/falco:0.36"}, {}, id="an-agent-that-never-needed-docker"),
        pytest.param({"image": "datadog/agent:latest"}, {}, id="nothing-of-docker-here-and-no-version"),
        pytest.param({"image": "datadog/agent:7.23.1"}, {"known-agent": Severity.REVIEW}, id="too-old-with-no-sign"),
        pytest.param({"image": "fluent/fluent-bit:1.7"}, {}, id="an-old-collector-with-no-sign"),
        pytest.param({"image": "weaveworks/scope:1.13.2", "args": ["--mode=app"]}, {}, id="told-nothing-and-no-sign"),
        pytest.param(
            {
                "image": "docker.elastic.co/beats/filebeat:8.11.0",
                "host_paths": {SOCKET: "/var/run/docker.sock", **LOGS},
            },
            {"docker-socket": Severity.BLOCKER, "docker-logs": Severity.INFO, "known-agent": Severity.INFO},
            id="a-collector-that-asks-docker-for-metadata",
        ),
        pytest.param(
            {
                "image": "prom/node-exporter:v1.7.0",
                "args": ["--collector.filesystem.ignored-mount-points=^/(dev|proc|sys|var/lib/docker/.+)($|/)"],
                "host_paths": {"/": "/"},
            },
            {"socket-parent-dir": Severity.INFO},
            id="a-pattern-is-no-path",
        ),
        pytest.param(
            {
                "image": "datadog/agent:7.50.3",
                "env": {"DOCKER_HOST": "unix:///host/var/run/docker.sock"},
                "host_paths": {"/var/run": "/host/var/run"},
            },
            {"socket-parent-dir": Severity.INFO, "docker-host-env": Severity.INFO, "known-agent": Severity.INFO},
            id="a-variable-left-over",
        ),
    ],
)
def test_signs_are_read_together(options: Any, expected: dict[str, Severity]) -> None:
    assert severities(**options) == expected


@pytest.mark.parametrize(
    "image",
    [
        "grafana/promtail:2.9.3",
        "otel/opentelemetry-collector-contrib:0.90.1",
        "docker.elastic.co/beats/elastic-agent:8.11.0",
        "timberio/vector:0.34.1-distroless-libc",
        "docker.elastic.co/beats/filebeat:8.11.0",
        "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.0",
        "fluent/fluent-bit:2.1.10",
    ],
)
def test_a_collector_that_reads_every_format_carries_on(image: str) -> None:
    assert severities(image=image, host_paths=LOGS) == {"docker-logs": Severity.INFO, "known-agent": Severity.INFO}


def test_a_host_path_type_that_stops_the_pod_is_a_blocker_whatever_the_agent() -> None:
    volumes = [
        {"name": "a", "hostPath": {"path": SOCKET, "type": "Socket"}},
        {"name": "b", "hostPath": {"path": "/run/containerd"}},
        {"name": "c", "hostPath": {"path": "/var/lib/docker/containers", "type": "Directory"}},
        {"name": "d", "hostPath": {"path": "/var/log"}},
    ]
    mounts = [{"name": v["name"], "mountPath": f"/{v['name']}"} for v in volumes]
    found = severities(image="datadog/agent:7.50.3", volumes=volumes, mounts=mounts)
    assert found == {"docker-socket": Severity.BLOCKER, "docker-logs": Severity.BLOCKER, "known-agent": Severity.INFO}


def test_a_directory_above_the_socket_is_a_blocker_where_the_container_uses_it() -> None:
    mounted = {"host_paths": {"/var/run": "/host/run"}}
    assert severities(**mounted) == {"socket-parent-dir": Severity.REVIEW}
    used = judged(command=["sh", "-c", "docker ps"], **mounted)
    assert [(f.code, f.severity, f.reason) for f in used.findings] == [
        ("docker-cli", Severity.BLOCKER, "docker-cli"),
        ("socket-parent-dir", Severity.BLOCKER, "socket-parent-dir-used"),
    ]
    assert (
        severities(env={"DOCKER_HOST": "unix:///host/run/docker.sock"}, **mounted)["socket-parent-dir"]
        is Severity.BLOCKER
    )
    assert severities(args=["--sock=/host/run/docker.sock"], **mounted) == {"socket-parent-dir": Severity.BLOCKER}
    assert severities(args=["--sock=/other/docker.sock"], **mounted) == {"socket-parent-dir": Severity.REVIEW}


def test_another_container_that_uses_docker_raises_nothing() -> None:
    sidecar = {"name": "cli", "image": "x", "command": ["docker", "ps"]}
    found = severities(host_paths={"/var/run": "/host/run"}, sidecars=[sidecar])
    assert found == {"socket-parent-dir": Severity.REVIEW, "docker-cli": Severity.REVIEW}


def test_an_own_daemon_raises_nothing() -> None:
    dind = {"name": "d", "image": "docker:dind"}
    options: Any = {"env": {"DOCKER_HOST": "tcp://localhost:2375"}, "command": ["docker", "ps"], "sidecars": [dind]}
    workload = judged(host_paths={"/var/run": "/host/run"}, **options)
    assert not workload.is_at_risk
    assert codes(workload) == ["socket-parent-dir", "dind", "docker-cli", "docker-host-env"]
