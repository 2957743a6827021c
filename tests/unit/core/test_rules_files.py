"""Rules about Docker's files: data, logs, configuration (facts 4.2, rows 5 to 7 and 27)."""

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.unit.clusters import codes, judged, the_finding

LOGS = "/var/lib/docker/containers"


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/docker",
        "/var/lib/docker/",
        "/var/lib/docker/overlay2",
        "/var/lib/docker/volumes/cache/_data",
        "/var/lib/docker/containersx",
        "/var/run/docker",
        "/run/docker/netns",
        "/var/run/docker/plugins",
    ],
)
def test_dockers_data_is_degraded_and_likely(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/data"}))
    assert (finding.code, finding.severity, finding.grade) == ("docker-data", Severity.DEGRADED, Grade.LIKELY)
    assert finding.reason == "docker-data"


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/docker-registry",
        "/var/lib/dockerd",
        "/var/lib",
        "/run/docker-registry",
        "/run/dockerd",
        "/srv/var/lib/docker",
        "/var/lib/containerd",
    ],
)
def test_a_name_that_merely_starts_like_dockers_data_is_nothing(path: str) -> None:
    assert judged(host_paths={path: "/data"}).findings == ()


@pytest.mark.parametrize("path", ["/etc/docker", "/etc/docker/daemon.json", "/etc/docker/key.json", "/etc//docker/"])
def test_dockers_configuration_is_a_likely_blocker(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/conf"}))
    assert (finding.code, finding.severity, finding.grade) == ("docker-config", Severity.BLOCKER, Grade.LIKELY)
    assert finding.reason == "docker-config"


@pytest.mark.parametrize("path", ["/etc/docker/certs.d", "/etc/docker/certs.d/registry.example.com"])
def test_registry_certificates_are_only_possible_for_containerd_may_read_them(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/conf"}))
    assert (finding.severity, finding.grade, finding.reason) == (
        Severity.BLOCKER,
        Grade.POSSIBLE,
        "docker-config-certs",
    )


@pytest.mark.parametrize("path", ["/etc/docker-registry", "/etc/dockerd", "/etc", "/etc/containerd/certs.d"])
def test_a_path_that_only_looks_like_dockers_configuration_is_nothing(path: str) -> None:
    assert judged(host_paths={path: "/conf"}).findings == ()


@pytest.mark.parametrize("path", [LOGS, LOGS + "/", LOGS + "/3f1a"])
def test_dockers_log_files_are_degraded_and_not_also_data(path: str) -> None:
    finding = the_finding(judged(host_paths={path: "/logs"}))
    assert (finding.code, finding.severity, finding.grade) == ("docker-logs", Severity.DEGRADED, Grade.LIKELY)
    assert finding.reason == "docker-logs"


def test_mounting_all_of_dockers_data_is_a_finding_about_data() -> None:
    assert codes(judged(host_paths={"/var/lib/docker": "/data"})) == ["docker-data"]


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("fluent/fluent-bit:1.8", id="first-version-that-reads-both"),
        pytest.param("fluent/fluent-bit:2.1.10", id="newer"),
        pytest.param("registry.example.com:5000/mirror/fluent-bit:1.9.3-debug", id="own-registry-with-a-port"),
        pytest.param("quay.io/signalfx/splunk-otel-collector:0.60.0", id="any-version-of-splunk"),
        pytest.param("quay.io/signalfx/splunk-otel-collector@sha256:0a1b", id="any-version-by-digest"),
    ],
)
@pytest.mark.parametrize("logs", ["/var/log", "/var/log/pods", "/var", "/"])
def test_a_parser_for_cri_lines_that_also_sees_var_log_carries_on(image: str, logs: str) -> None:
    workload = judged(image=image, host_paths={LOGS: "/docker", logs: "/logs"})
    finding = next(finding for finding in workload.findings if finding.code == "docker-logs")
    assert (finding.severity, finding.grade, finding.reason) == (Severity.INFO, Grade.LIKELY, "docker-logs-cri")
    assert not workload.is_at_risk


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("fluent/fluent-bit:1.7.9", id="too-old"),
        pytest.param("fluent/fluent-bit:latest", id="version-nobody-can-tell"),
        pytest.param("fluent/fluent-bit", id="no-tag"),
        pytest.param("fluent/fluent-bit@sha256:0a1b", id="digest-alone"),
        pytest.param("fluent/fluentd-kubernetes-daemonset:v1.14", id="another-collector"),
        pytest.param("example.com/my-fluent-bit:2.0", id="name-that-only-ends-so"),
        pytest.param("fluent-bit.example.com/app:2.0", id="name-in-the-registry"),
    ],
)
def test_an_image_not_known_to_parse_cri_lines_stays_at_risk(image: str) -> None:
    workload = judged(image=image, host_paths={LOGS: "/docker", "/var/log": "/logs"})
    finding = next(finding for finding in workload.findings if finding.code == "docker-logs")
    assert (finding.severity, finding.reason) == (Severity.DEGRADED, "docker-logs")


def test_a_parser_that_does_not_see_var_log_stays_at_risk() -> None:
    assert judged(image="fluent/fluent-bit:2.1.10", host_paths={LOGS: "/docker"}).is_at_risk


def test_a_second_container_without_a_parser_keeps_the_workload_at_risk() -> None:
    mounts = [{"name": "host-0", "mountPath": "/docker"}, {"name": "host-1", "mountPath": "/logs"}]
    reader = {"name": "reader", "image": "registry.example.com/reader:1", "volumeMounts": mounts}
    workload = judged(
        image="fluent/fluent-bit:2.1", host_paths={LOGS: "/docker", "/var/log": "/logs"}, sidecars=[reader]
    )
    finding = next(finding for finding in workload.findings if finding.code == "docker-logs")
    assert (finding.severity, finding.containers) == (Severity.DEGRADED, ("main", "reader"))


def test_var_log_in_another_container_does_not_help() -> None:
    reader = {"name": "reader", "image": "busybox", "volumeMounts": [{"name": "logs", "mountPath": "/logs"}]}
    volume = {"name": "logs", "hostPath": {"path": "/var/log"}}
    workload = judged(image="fluent/fluent-bit:2.1", host_paths={LOGS: "/docker"}, volumes=[volume], sidecars=[reader])
    assert workload.is_at_risk


@pytest.mark.parametrize("elsewhere", ["/var/log/audit", "/var/log/nginx", "/var/log/containers"])
def test_a_folder_of_var_log_without_pod_logs_does_not_help(elsewhere: str) -> None:
    assert judged(image="fluent/fluent-bit:2.1", host_paths={LOGS: "/docker", elsewhere: "/logs"}).is_at_risk


@pytest.mark.parametrize(
    ("args", "severity"),
    [
        (["-i", "tail", "-p", "parser=docker"], Severity.DEGRADED),
        (["-i", "tail", "-p", "multiline.parser=docker, cri"], Severity.INFO),
        (["-i", "tail", "-p", "parser=cri"], Severity.INFO),
    ],
)
def test_a_parser_for_cri_lines_that_is_told_dockers_does_not_carry_on(args: list[str], severity: Severity) -> None:
    workload = judged(image="fluent/fluent-bit:1.9.10", args=args, host_paths={LOGS: LOGS, "/var/log": "/var/log"})
    finding = next(finding for finding in workload.findings if finding.code == "docker-logs")
    assert finding.severity is severity
