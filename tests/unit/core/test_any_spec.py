"""No pod spec, however odd, stops the judge; what it says of one is always complete."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.rules import RULES, Severity
from bot.core.rules.evidence import VALUE_CHARS
from tests.factories import make_claim, make_container, make_persistent_volume, make_pod, make_runtime_class
from tests.unit.clusters import view_of

WORDS = (
    "docker",
    "ps",
    "run",
    "-H",
    "--host",
    "tcp://localhost:2375",
    "unix:///var/run/docker.sock",
    "sh",
    "-c",
    "docker ps; $(X)",
    "systemctl restart docker",
    "nsenter",
    "-t",
    "1",
    "-m",
    "--",
    "chroot",
    "/host",
    "--container-runtime=docker",
    "--gpus=all",
    "$(HOST)",
    "$(",
    "$$(A)",
    "172.17.0.1",
    "Parser docker",
    "ssh://a:b@c",
    "@",
    "",
    "\0",
    "docker\n",
    "'",
    '"',
    "`",
)
PATHS = (
    "/",
    "/run",
    "/var/run",
    "/var",
    "/run/docker.sock",
    "/var/lib/docker",
    "/var/lib/docker/containers",
    "/etc/docker",
    "..",
    r"\\.\pipe\docker_engine",
    "C:\\",
    "",
    " ",
    "//",
    "/var/run/../..",
    "/usr/bin/docker",
    "x" * 3000,
    "/run/\0docker.sock",
)
IMAGES = (
    "docker:dind",
    "docker",
    "datadog/agent:7.20",
    "fluent/fluent-bit:2",
    "app@sha256:1",
    ":",
    "@",
    "",
    "a/b:c/d",
    "dind",
)
ENV = (
    "DOCKER_HOST",
    "DOCKER_SOCK",
    "A",
    "HOST",
    "X",
    "SCRIPT",
    "CONTAINER_RUNTIME",
    "FLUENT_CONTAINER_TAIL_PARSER_TYPE",
)

words = st.sampled_from(WORDS) | st.text(max_size=12)
odd: st.SearchStrategy[Any] = st.none() | st.integers() | st.booleans() | st.just([]) | st.just({})
CALLS = (
    ["docker", "ps"],
    ["sh", "-c", "docker ps; systemctl restart docker"],
    ["docker", "-H", "tcp://$(HOST):2375", "ps"],
    ["nsenter", "-t", "1", "-m", "--", "docker", "ps"],
)
argv = st.sampled_from(CALLS) | st.lists(words, max_size=5)
hook = st.fixed_dictionaries({}, optional={"exec": st.fixed_dictionaries({"command": argv}) | odd, "httpGet": odd})
source = st.fixed_dictionaries(
    {},
    optional={
        "fieldRef": st.fixed_dictionaries({"fieldPath": st.sampled_from(["status.hostIP", "status.podIP", "x"])}) | odd,
        "secretKeyRef": odd,
        "configMapKeyRef": st.just({"name": "a", "key": "b"}),
    },
)
variable = st.fixed_dictionaries({"name": st.sampled_from(ENV)}, optional={"value": words, "valueFrom": source})
mount = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b", "c", "d"]), "mountPath": st.sampled_from(PATHS)},
    optional={
        "subPath": st.sampled_from(PATHS),
        "subPathExpr": st.sampled_from(["$(A)", "$(HOST)/x", "$$(A)", "$(", "docker.sock"]),
    },
)
profile = st.fixed_dictionaries(
    {}, optional={"appArmorProfile": st.just({"localhostProfile": "docker-default"}), "privileged": st.booleans()}
)
container = st.fixed_dictionaries(
    {"name": st.sampled_from(["one", "two", ""]), "image": st.sampled_from(IMAGES)},
    optional={
        "command": argv | odd,
        "args": argv | odd,
        "env": st.lists(variable, max_size=4) | odd,
        "envFrom": odd,
        "volumeMounts": st.lists(mount, max_size=4),
        "livenessProbe": hook | odd,
        "lifecycle": st.fixed_dictionaries({"preStop": hook}) | odd,
        "securityContext": profile,
    },
)
volume = st.builds(
    lambda name, rest: {"name": name, **rest},
    st.sampled_from(["a", "b", "c", "d"]),
    st.one_of(
        st.builds(
            lambda p, t: {"hostPath": {"path": p, "type": t}},
            st.sampled_from(PATHS),
            st.sampled_from(["", "Socket", "Odd", None]),
        ),
        st.just({"emptyDir": {}}),
        st.just({"persistentVolumeClaim": {"claimName": "claim"}}),
        st.just({"ephemeral": {"volumeClaimTemplate": {"spec": {"volumeName": "pv"}}}}),
        st.just({"configMap": {}}),
    ),
)
spec = st.fixed_dictionaries(
    {"containers": st.lists(container, max_size=3), "volumes": st.lists(volume, max_size=4)},
    optional={
        "initContainers": st.lists(container, max_size=2),
        "ephemeralContainers": st.lists(container, max_size=1),
        "hostPID": st.booleans(),
        "hostNetwork": st.booleans(),
        "runtimeClassName": st.sampled_from(["docker", "x"]),
    },
)
OTHERS = (
    make_claim("claim", volume="pv"),
    make_persistent_volume("pv", host_path="/run/docker.sock"),
    make_runtime_class(),
)
SEVERITIES = {rule.code: {*rule.severities, Severity.INFO} for rule in RULES}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("docker" + "/" * 200_000, id="slashes"),
        pytest.param("docker/ " * 30_000, id="words"),
        pytest.param("/a/docker " * 20_000, id="paths"),
        pytest.param("parser docker" + " " * 200_000, id="spaces"),
        pytest.param("--docker-endpoint=x" + ":" * 200_000, id="colons"),
        pytest.param("docker$(A)" * 20_000, id="references"),
        pytest.param("172.17.0.1 docker0 " * 10_000, id="addresses"),
        pytest.param("docker ps;" * 6_500, id="calls"),
        pytest.param("@type json /var/log/containers/" * 5_000 + "docker", id="parsers"),
    ],
)
def test_absurd_lengths_are_judged_in_time_and_shown_short(text: str) -> None:
    container = make_container(
        command=["sh", "-c", text], args=[text], env={"DOCKER_HOST": text, "A": text, "A_SCRIPT": text}
    )
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in ("a", "b")]
    volumes = [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/run/" + text}}]
    start = time.process_time()
    view = view_of(make_pod("odd", spec={"containers": [{**container, "volumeMounts": mounts}], "volumes": volumes}))
    assert time.process_time() - start < 5
    assert all(len(finding.value) < VALUE_CHARS + 40 for finding in view.workloads[0].findings)


@settings(max_examples=300, deadline=None)
@given(spec)
def test_no_pod_spec_stops_the_judge(pod_spec: dict[str, Any]) -> None:
    view = view_of(make_pod("odd", spec=pod_spec), *OTHERS)
    names = {
        item["name"]
        for group in ("containers", "initContainers", "ephemeralContainers")
        for item in pod_spec.get(group, ())
    }
    (workload,) = view.workloads
    for finding in workload.findings:
        assert finding.severity in SEVERITIES[finding.code]
        assert set(finding.containers) <= names
        assert finding.guide
        assert len(finding.value) <= VALUE_CHARS + 40
        assert (finding.failure is not None) or not finding.severity.is_at_risk
