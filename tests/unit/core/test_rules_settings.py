"""Rules about settings, log parsers, runtime classes, profiles, GPUs (facts 4.2, rows 11, 12, 17, 21, 24)."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from tests.factories import make_container, make_deployment, make_pod, make_runtime_class
from tests.unit.clusters import codes, judged, named, the_finding, view_of


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        pytest.param({"args": ["--container-runtime=docker"]}, Severity.DEGRADED, id="a-part-of-a-tool"),
        pytest.param({"env": {"CONTAINER_RUNTIME": "docker"}}, Severity.DEGRADED, id="in-a-variable"),
        pytest.param({"args": ["--docker_only"]}, Severity.DEGRADED, id="a-switch"),
        pytest.param({"args": ["--probe.docker=true"]}, Severity.DEGRADED, id="weave-scopes-probe"),
        pytest.param({"args": ["--providers.docker"]}, Severity.DEGRADED, id="traefiks-provider"),
        pytest.param({"args": ["--docker-endpoint=unix:///var/run/docker.sock"]}, Severity.DEGRADED, id="an-endpoint"),
        pytest.param(
            {"args": ["--config.system-log-monitor=/config/kernel-monitor.json,/config/docker-monitor.json"]},
            Severity.DEGRADED,
            id="node-problem-detectors-monitor",
        ),
        pytest.param({"env": {"DD_CRI_SOCKET_PATH": "/var/run/docker.sock"}}, Severity.DEGRADED, id="an-agents-socket"),
        pytest.param({"env": {"ARGO_CONTAINER_RUNTIME_EXECUTOR": "docker"}}, Severity.BLOCKER, id="argos-executor"),
        pytest.param(
            {"args": ["--container-runtime-executor", "docker"]}, Severity.BLOCKER, id="the-same-as-an-option"
        ),
        pytest.param({"env": {"RUNNER_EXECUTOR": "docker"}}, Severity.BLOCKER, id="gitlab-runners-executor"),
        pytest.param({"env": {"RUNNER_EXECUTOR": "docker-windows"}}, Severity.BLOCKER, id="the-same-on-windows"),
        pytest.param({"args": ["--executor=docker-windows"]}, Severity.BLOCKER, id="on-windows-as-an-option"),
        pytest.param({"env": {"RUNNER_EXECUTOR": "docker+machine"}}, Severity.INFO, id="on-machines-of-its-own"),
        pytest.param({"args": ["--executor", "docker-autoscaler"]}, Severity.INFO, id="on-instances-of-its-own"),
        pytest.param(
            {"command": ["crictl", "--runtime-endpoint", "unix:///var/run/dockershim.sock", "ps"]},
            Severity.BLOCKER,
            id="dockershims-socket",
        ),
        pytest.param(
            {"env": {"CONTAINER_RUNTIME_ENDPOINT": "unix:///var/run/dockershim.sock"}},
            Severity.BLOCKER,
            id="dockershims-socket-in-a-variable",
        ),
        pytest.param(
            {"args": ["--container-runtime-endpoint=unix:///run/cri-dockerd.sock"]}, Severity.REVIEW, id="cri-dockerd"
        ),
    ],
)
def test_a_setting_says_what_a_tool_expects(options: Any, severity: Severity) -> None:
    finding = the_finding(judged(**options))
    assert (finding.code, finding.severity, finding.grade) == ("runtime-setting", severity, Grade.LIKELY)


def test_a_tool_that_works_with_docker_only_by_its_setting_is_blocked() -> None:
    workload = judged(
        image="ghcr.io/chaos-mesh/chaos-daemon:v2.6",
        args=["--runtime", "docker"],
        host_paths={"/run/docker.sock": "/s"},
    )
    assert [(f.code, f.severity) for f in workload.findings] == [
        ("docker-socket", Severity.BLOCKER),
        ("known-agent", Severity.BLOCKER),
        ("runtime-setting", Severity.BLOCKER),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"CONTAINER_RUNTIME": "containerd"}},
        {"env": {"CONTAINER_RUNTIME_ENDPOINT": "unix:///run/containerd/containerd.sock"}},
        {"env": {"SOCKET_PATH": "/run/containerd/containerd.sock"}},
        {"args": ["--docker=true", "--runtime=docker-registry"]},
        {"env": {"RUNTIME": "docker"}},  # mostly says that it runs in a container
    ],
)
def test_a_setting_for_something_else_is_nothing(options: Any) -> None:
    assert judged(**options).findings == ()


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json"}},
        {"args": ["-p", "Parser docker"]},
        {"args": ["-p", "parser=docker"]},
        {"command": ["filebeat", "-E", "filebeat.autodiscover.providers.0.type=docker"]},
        {"command": ["sh", "-c", "filebeat -E processors.0.add_docker_metadata=x"]},
        {"env": {"CONF": "<source>\n@type tail\npath /var/log/containers/*.log\n<parse>\n@type json\n</parse>"}},
    ],
)
def test_a_parser_of_dockers_lines_is_degraded(options: Any) -> None:
    finding = the_finding(judged(**options))
    assert (finding.code, finding.severity) == ("docker-log-parser", Severity.DEGRADED)


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "cri"}},
        {"env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "/^(?<time>.+) (?<stream>stdout|stderr) (?<log>.*)$/"}},
        {"args": ["-p", "multiline.parser docker, cri"]},
        {"args": ["--parser", "docker-compose"]},
        {
            "env": {
                "CONF": "path /var/log/containers/*.log\n<parse>\n@type cri\n<parse>\n@type json\n</parse>\n</parse>"
            }
        },
        {"env": {"CONF": "path /var/log/nginx/*.log\n@type json"}},
        {"args": ["--dockerfile-parser=docker.io"]},
    ],
)
def test_a_parser_of_every_format_is_nothing(options: Any) -> None:
    assert judged(**options).findings == ()


def test_a_runtime_class_is_judged_by_its_handler() -> None:
    for handler, expected in (("docker", ["runtime-class"]), ("nvidia", []), ("runsc", [])):
        view = view_of(make_runtime_class("docker", handler=handler), make_deployment("web", runtime_class="docker"))
        assert codes(named(view, "web")) == expected, handler
    named_so = view_of(make_runtime_class("legacy"), make_deployment("web", runtime_class="legacy"))
    finding = the_finding(named(named_so, "web"))
    assert (finding.severity, finding.grade, finding.containers) == (Severity.BLOCKER, Grade.LIKELY, ("main",))
    assert finding.field == "spec.template.spec.runtimeClassName"
    assert (
        codes(named(view_of(make_deployment("web", runtime_class="docker")), "web")) == []
    )  # nobody knows its handler


def _profile(name: str) -> Any:
    return {"appArmorProfile": {"type": "Localhost", "localhostProfile": name}}


def test_an_apparmor_profile_of_dockers_is_to_be_checked_wherever_it_is_named() -> None:
    below = "spec.template.spec."
    container = {**make_container(), "securityContext": _profile("docker-default")}
    finding = the_finding(judged(spec={"containers": [container]}))
    assert (finding.code, finding.severity, finding.grade) == ("apparmor-profile", Severity.REVIEW, Grade.LIKELY)
    assert finding.field == f"{below}containers[0].securityContext.appArmorProfile.localhostProfile"
    of_pod = the_finding(judged(spec={"containers": [make_container()], "securityContext": _profile("docker-default")}))
    assert of_pod.field == f"{below}securityContext.appArmorProfile.localhostProfile"
    key = "container.apparmor.security.beta.kubernetes.io/main"
    annotations = {key: "localhost/docker-default"}
    noted = view_of(make_deployment("web", pod_annotations=annotations), make_pod("bare", annotations=annotations))
    assert the_finding(named(noted, "web")).field == f"spec.template.metadata.annotations[{key}]"
    assert the_finding(named(noted, "bare")).field == f"metadata.annotations[{key}]"
    assert the_finding(named(noted, "bare")).value == "localhost/docker-default"  # as it stands there


def test_another_profile_is_nothing() -> None:
    for name in ("runtime/default", "docker-default-2", "cri-containerd.apparmor.d"):
        container = {**make_container(), "securityContext": _profile(name)}
        assert judged(spec={"containers": [container]}).findings == ()
    annotations = {"container.apparmor.security.beta.kubernetes.io/main": "docker-default"}  # not localhost/
    assert named(view_of(make_pod("bare", annotations=annotations)), "bare").findings == ()


def test_fluentds_image_reads_dockers_lines_unless_it_is_told_otherwise() -> None:
    image = "fluent/fluentd-kubernetes-daemonset:v1.16-debian-1"
    for options, expected in (
        ({"host_paths": {"/var/log": "/l"}}, ["docker-log-parser", "known-agent"]),
        ({}, []),  # it reads no container logs
        ({"host_paths": {"/var/log": "/l"}, "env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "cri"}}, []),
    ):
        assert codes(judged(image=image, **options)) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"command": ["sh", "-c", "apt-get install -y nvidia-docker2"]},
        {"command": ["nvidia-ctk", "runtime", "configure", "--runtime=docker"]},
        {"image": "nvcr.io/nvidia/k8s/container-toolkit:v1", "env": {"RUNTIME": "docker"}},
        {"image": "nvidia/nvidia-docker:2"},
        {"command": ["sh", "-c", "docker run --gpus all cuda nvidia-smi"]},
    ],
)
def test_a_gpu_through_docker_is_to_be_checked(options: Any) -> None:
    assert "gpu-runtime" in codes(judged(**options))


def test_an_option_of_another_tool_is_no_gpu_through_docker() -> None:
    assert judged(command=["nerdctl", "run", "--gpus", "all"]).findings == ()
    assert judged(args=["--gpus=2"], image="nvidia/cuda:12").findings == ()
    assert judged(command=["sh", "-c", "echo install nvidia-docker2"]).findings == ()
    assert judged(image="nvcr.io/nvidia/k8s/container-toolkit:v1", env={"RUNTIME": "containerd"}).findings == ()


@pytest.mark.parametrize("told", [{"env": {"RUNNER_EXECUTOR": "docker"}}, {"args": ["--executor", "docker"]}])
def test_gitlab_runners_executor_uses_the_daemon_that_its_container_talks_to(told: Any) -> None:
    dind = make_container("dind", image="docker:24-dind", privileged=True)
    workload = judged(image="gitlab/gitlab-runner:v16.1.0", sidecars=[dind], **told)
    assert [(f.severity, f.reason) for f in workload.findings if f.code == "runtime-setting"] == [
        (Severity.INFO, "runtime-setting-own")
    ]


@pytest.mark.parametrize("value", ["kubernetes", "shell", "docker-ssh-x", ""])
def test_any_other_executor_is_nothing(value: str) -> None:
    assert judged(env={"RUNNER_EXECUTOR": value}).findings == ()
