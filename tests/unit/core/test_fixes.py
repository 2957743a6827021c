"""What to do about a finding: a patch is applied to the manifest it was made for, and what it is about is gone."""

import copy
import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.fixes import Fix, Patch, fixes, patch_of, version_of
from bot.core.paths import normalise
from bot.core.runtimes import Runtime
from bot.core.view import Workload
from tests.factories import (
    JsonObject,
    make_claim,
    make_container,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_job,
    make_persistent_volume,
    make_pod,
    make_statefulset,
)
from tests.unit.clusters import known, named, view_of
from tests.unit.core.patching import Refused, check_pod_spec, patched

LOGS, SHIM, SOCKET = "/var/lib/docker/containers", "/var/run/dockershim.sock", "/var/run/docker.sock"
ENDPOINT = {"CONTAINER_RUNTIME_ENDPOINT": f"unix://{SHIM}"}
FLUENTD = "fluent/fluentd-kubernetes-daemonset:v1.16"
SCOPE = "weaveworks/scope:1.13.2"
CHAOS = "ghcr.io/chaos-mesh/chaos-daemon:v2.6.2"


def volume(path: str, name: str = "host", **options: Any) -> JsonObject:
    return {"name": name, "hostPath": {"path": path, **options}}


def mount(path: str, name: str = "host", **options: Any) -> JsonObject:
    return {"name": name, "mountPath": path, **options}


#: A pod spec, the reasons of what is found there, and those of them that the patch takes away.
CASES: dict[str, tuple[dict[str, Any], set[str], set[str]]] = {
    "unmounted": ({"volumes": [volume(SOCKET)]}, {"unmounted"}, {"unmounted"}),
    "unmounted-twice": (
        {"volumes": [volume(SOCKET), volume("/srv", "data"), volume(LOGS, "logs")], "mounts": [mount("/d", "data")]},
        {"unmounted"},
        {"unmounted"},
    ),
    "logs": ({"host_paths": {LOGS: LOGS}}, {"docker-logs"}, {"docker-logs"}),
    "logs-elsewhere": ({"host_paths": {LOGS: "/logs"}}, {"docker-logs"}, {"docker-logs"}),
    "logs-beside-pod-logs": ({"host_paths": {"/var/log": "/var/log", LOGS: LOGS}}, {"docker-logs"}, {"docker-logs"}),
    "logs-checked": (
        {"volumes": [volume(LOGS, type="Directory")], "mounts": [mount(LOGS)]},
        {"docker-logs-checked"},
        {"docker-logs-checked"},
    ),
    "logs-of-two-containers": (
        {"host_paths": {LOGS: LOGS}, "sidecars": [make_container("side", mounts=[mount("/logs", "host-0")])]},
        {"docker-logs"},
        {"docker-logs"},
    ),
    "parser": (
        {"image": FLUENTD, "env": {"A": "b", "FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json", "C": "d"}},
        {"docker-log-parser", "known-agent-untold"},
        {"docker-log-parser", "known-agent-untold"},
    ),
    "dockershim": ({"host_paths": {SHIM: SHIM}}, {"dockershim-socket"}, {"dockershim-socket"}),
    "dockershim-checked": (
        {"volumes": [volume(SHIM, type="Socket")], "mounts": [mount("/cri.sock")]},
        {"dockershim-socket-checked"},
        {"dockershim-socket-checked"},
    ),
    "dockershim-named": (
        {"host_paths": {SHIM: SHIM}, "env": ENDPOINT},
        {"dockershim-socket", "runtime-setting-dockershim"},
        {"dockershim-socket", "runtime-setting-dockershim"},
    ),
    "dockershim-named-elsewhere": (
        {"host_paths": {SHIM: "/cri/dockershim.sock"}, "args": ["--runtime-endpoint", "unix:///cri/dockershim.sock"]},
        {"dockershim-socket", "runtime-setting-dockershim"},
        {"dockershim-socket", "runtime-setting-dockershim"},
    ),
    "dockershim-named-in-one-word": (
        {"host_paths": {SHIM: SHIM}, "args": ["-v", f"--runtime-endpoint=unix://{SHIM}"]},
        {"dockershim-socket", "runtime-setting-dockershim"},
        {"dockershim-socket", "runtime-setting-dockershim"},
    ),
    "cadvisor": (
        {"image": "gcr.io/cadvisor/cadvisor:v0.47.0", "args": ["--port=8080", "--docker_only"]},
        {"runtime-setting"},
        {"runtime-setting"},
    ),
    "argo-env": (
        {"image": "argoproj/argoexec:v3.2.0", "env": {"ARGO_CONTAINER_RUNTIME_EXECUTOR": "docker"}},
        {"runtime-setting", "known-agent-old"},
        {"runtime-setting", "known-agent-old"},
    ),
    "argo-args": (
        {"image": "argoproj/workflow-controller:v3.2.0", "args": ["--container-runtime-executor", "docker"]},
        {"runtime-setting", "known-agent-old"},
        {"runtime-setting", "known-agent-old"},
    ),
    "scope": (
        {"image": SCOPE, "host_paths": {SOCKET: SOCKET}, "args": ["--mode=probe", "--probe.docker=true", "app:80"]},
        {"docker-socket", "known-agent-untold", "runtime-setting"},
        {"docker-socket", "known-agent-untold", "runtime-setting"},
    ),
    "chaos-mesh": (
        {
            "image": CHAOS,
            "host_paths": {SOCKET: SOCKET},
            "env": {"CONTAINER_RUNTIME": "docker", "SOCKET_PATH": SOCKET},
        },
        {"docker-socket", "known-agent-untold", "runtime-setting"},
        {"docker-socket", "known-agent-untold", "runtime-setting"},
    ),
    "old-image": (
        {"image": "datadog/agent:7.23.1", "host_paths": {SOCKET: "/x", "/run/containerd": "/y"}},
        {"docker-socket", "known-agent-old"},
        {"known-agent-old"},
    ),
    "old-image-with-dockershim": (
        {"image": "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.7.5", "host_paths": {SHIM: SHIM}},
        {"dockershim-socket", "known-agent-old"},
        {"dockershim-socket", "known-agent-old"},
    ),
}


def fixed(workload: Workload, *runtimes: Runtime) -> tuple[dict[int, Fix], Patch | None]:
    found = fixes(workload, known().agents, runtimes)
    return found, patch_of(workload, found)


def patch(workload: Workload, *runtimes: Runtime) -> Patch:
    made = fixed(workload, *runtimes)[1]
    assert made is not None
    return made


def reasons(workload: Workload) -> set[str]:
    """Return what is at risk, or an unmounted volume."""
    return {f.reason for f in workload.findings if f.severity.is_at_risk or f.reason == "unmounted"}


def judged(item: JsonObject) -> Workload:
    return named(view_of(item), item["metadata"]["name"], item["kind"])


@pytest.mark.parametrize("make", [make_deployment, make_daemonset, make_statefulset, make_cronjob])
@pytest.mark.parametrize("name", CASES)
def test_what_a_patch_is_about_is_gone_once_it_is_applied(name: str, make: Any) -> None:
    options, before, gone = CASES[name]
    item = make("web", **options)
    workload = judged(item)
    assert reasons(workload) == before
    after = patched(item, patch(workload).operations)
    template = after["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else after["spec"]
    check_pod_spec(template["template"]["spec"])
    assert not reasons(judged(after)) & gone
    found, made = fixed(workload)
    covered = {workload.findings[number].reason for number, fix in found.items() if fix.is_covered}
    # Whether a log collector's parser is right is not seen: once it reads elsewhere nothing is found, and it may fail.
    in_part = {workload.findings[number].reason for number, fix in found.items() if fix.is_in_part}
    assert in_part == {reason for reason in gone if reason.startswith("docker-logs")}
    assert covered == gone - in_part
    assert made is not None
    assert made.in_part == len(in_part)
    assert (made.fixed, made.findings) == (sum(fix.is_covered for fix in found.values()), len(found))


@pytest.mark.parametrize("name", CASES)
def test_a_shell_hands_kubectl_exactly_the_patch(name: str) -> None:
    made = patch(judged(make_deployment("web", namespace="shop", **CASES[name][0])))
    assert all(line.isascii() and line.isprintable() for line in made.lines)
    *words, text = shlex.split("\n".join(made.lines))
    assert words == ["kubectl", "-n", "shop", "patch", "deployment", "web", "--type=json"]
    assert json.loads(text.removeprefix("-p=")) == [operation.data for operation in made.operations]


@pytest.mark.parametrize("name", CASES)
def test_a_patch_is_refused_where_the_spec_is_no_longer_the_same(name: str) -> None:
    item = make_deployment("web", **CASES[name][0])
    made = patch(judged(item))
    spec = item["spec"]["template"]["spec"]
    spec["volumes"] = [volume("/srv", "other"), *spec.get("volumes", ())]
    main = spec["containers"][0]
    for key in ("args", "env"):
        main[key] = [{"name": "X", "value": "x"} if key == "env" else "x", *main.get(key, ())]
    main["image"] = "x"
    with pytest.raises(Refused):
        patched(item, made.operations)


def test_nothing_in_a_manifest_can_leave_the_quotes_of_the_command() -> None:
    evil = "/logs'; touch /tmp/x; `id` $(id) <!channel> & \u202e\n"
    workload = judged(make_deployment("web", volumes=[volume(LOGS, "l")], mounts=[mount(f"{evil}", "l")]))
    finding = replace(
        workload.findings[0],
        volume=replace(workload.findings[0].volume, path=evil) if workload.findings[0].volume else None,
    )
    workload = replace(workload, findings=(replace(finding, reason="unmounted"),))
    made = patch(workload)
    assert not set("".join(made.lines[1:-1])) & set("'`<>&\n\u202e")
    assert json.loads(shlex.split("\n".join(made.lines))[-1].removeprefix("-p="))[0]["value"] == evil


@pytest.mark.parametrize("name", ["web; id", "$(id)", "Web", "-f", "", "웹"])
@pytest.mark.parametrize("part", ["name", "namespace"])
def test_a_name_that_is_none_of_kubernetes_gets_no_command(name: str, part: str) -> None:
    workload = judged(make_deployment("web", **CASES["logs"][0]))
    key = workload.key._replace(**{part: name})
    renamed = replace(
        workload, key=key, findings=tuple(replace(f, seen_in=f"{key.kind}/{key.name}") for f in workload.findings)
    )
    is_without = part == "namespace" and not name  # a manifest may leave it to whoever applies it
    assert (fixed(renamed)[1] is not None) is is_without


def test_where_the_pod_logs_are_seen_already_dockers_folder_only_goes() -> None:
    item = make_deployment("web", **CASES["logs-beside-pod-logs"][0])
    after = patched(item, patch(judged(item)).operations)["spec"]["template"]["spec"]
    assert [volume["hostPath"]["path"] for volume in after["volumes"]] == ["/var/log"]
    assert [mount["mountPath"] for mount in after["containers"][0]["volumeMounts"]] == ["/var/log"]


def test_where_the_parser_is_set_as_well_the_logs_are_wholly_taken_care_of() -> None:
    collector = {"image": FLUENTD, "env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json"}}
    item = make_deployment("web", host_paths={LOGS: LOGS}, **collector)
    found, made = fixed(judged(item))
    assert made is not None
    assert (made.fixed, made.in_part) == (made.findings, 0)
    assert all(fix.is_covered for fix in found.values())
    beside = make_deployment("web", host_paths={LOGS: LOGS}, sidecars=[make_container("side", **collector)])
    assert patch(judged(beside)).in_part == 1


UNPATCHED: dict[str, dict[str, Any]] = {
    "socket": {"host_paths": {SOCKET: SOCKET}},
    "data": {"host_paths": {"/var/lib/docker": "/d"}},
    "logs-by-sub-path": {"volumes": [volume(LOGS)], "mounts": [mount("/x", subPath="a")]},
    "logs-twice": {"volumes": [volume(LOGS)], "mounts": [mount("/x", subPath="a"), mount("/y")]},
    "logs-that-one-of-two-sees-already": {
        "volumes": [volume(LOGS), volume("/var/log/pods", "pods")],
        "mounts": [mount(LOGS), mount("/var/log/pods", "pods")],
        "sidecars": [make_container("side", mounts=[mount(LOGS)])],
    },
    "below-logs": {"host_paths": {f"{LOGS}/abc": "/x"}},
    "dockershim-state": {"host_paths": {"/var/lib/dockershim": "/x"}},
    "dockershim-beside-containerd": {"host_paths": {SHIM: SHIM, "/run/containerd": "/run/containerd"}, "env": ENDPOINT},
    "endpoint-without-mount": {"env": ENDPOINT},
    "setting-of-an-unknown-tool": {"env": {"CONTAINER_RUNTIME": "docker"}},
    "setting-in-a-script": {"image": "cadvisor", "command": ["sh", "-c", "cadvisor --docker_only"]},
    "chaos-mesh-with-a-folder": {"image": CHAOS, "host_paths": {"/var/run": "/r"}, "args": ["--runtime", "docker"]},
    "digest": {"image": f"datadog/agent:7.23.1@sha256:{'0' * 64}", "host_paths": {"/run": "/x"}},
    "suffix": {"image": "datadog/agent:7.23.1-jmx", "host_paths": {"/run": "/x"}},
}


@pytest.mark.parametrize("name", UNPATCHED)
def test_no_patch_is_guessed(name: str) -> None:
    found, made = fixed(judged(make_deployment("web", **UNPATCHED[name])))
    assert found
    assert made is None


def test_what_cannot_be_changed_where_it_stands_gets_advice_and_no_patch() -> None:
    options = CASES["logs"][0]
    for item in (make_job("web", **options), make_pod("web", **options)):
        found, made = fixed(judged(item))
        assert [fix.advice for fix in found.values()] == ["docker-logs"]
        assert made is None


def test_of_a_bare_pod_the_image_can_be_changed() -> None:
    options = CASES["old-image"][0]
    item = make_pod("web", **options)
    made = patch(judged(item))
    assert [operation.path for operation in made.operations] == ["/spec/containers/0/image"] * 2
    assert "known-agent-old" not in reasons(judged(patched(item, made.operations)))


def test_what_only_live_pods_have_is_not_to_be_patched_in_the_template() -> None:
    web = make_deployment("web")
    pods = make_dependents(web, ["node-1"])
    for item in pods if isinstance(pods, list) else [pods]:
        if item["kind"] == "Pod":
            spec = item["spec"]
            spec["volumes"] = [*spec.get("volumes", ()), volume(LOGS)]
            spec["containers"][0]["volumeMounts"] = [mount(LOGS)]
    found, made = fixed(named(view_of(web, pods), "web"))
    assert [fix.advice for fix in found.values()] == ["docker-logs"]
    assert made is None


def test_a_claim_that_nobody_mounts_is_removed_by_its_name() -> None:
    claim = {"name": "c", "persistentVolumeClaim": {"claimName": "sock"}}
    item = make_deployment("web", volumes=[claim])
    rest = (
        make_claim("sock", volume="pv"),
        make_persistent_volume("pv", host_path=SOCKET, claim="sock"),
    )
    workload = named(view_of(item, *rest), "web")
    after = patched(item, patch(workload).operations)
    assert after["spec"]["template"]["spec"]["volumes"] == []


def test_a_claim_that_is_mounted_is_left_alone() -> None:
    item = make_deployment("web", claims={"logs": "/logs"})
    rest = (make_claim("logs", volume="pv"), make_persistent_volume("pv", host_path=LOGS, claim="logs"))
    assert fixed(named(view_of(item, *rest), "web"))[1] is None


def test_where_only_crio_takes_over_nothing_names_containerd() -> None:
    workload = judged(make_deployment("web", **CASES["dockershim-named"][0]))
    assert fixed(workload, Runtime.DOCKERSHIM, Runtime.CRI_O)[1] is None
    assert patch(workload, Runtime.DOCKERSHIM, Runtime.CRI_O, Runtime.CONTAINERD)
    assert patch(judged(make_deployment("web", **CASES["logs"][0])), Runtime.CRI_O)


@pytest.mark.parametrize(
    ("name", "is_for_later"),
    [
        *((name, True) for name in ("logs", "parser", "dockershim", "scope")),
        *((name, False) for name in ("unmounted", "cadvisor", "argo-env", "old-image")),
    ],
)
def test_what_works_only_without_docker_says_so(name: str, is_for_later: bool) -> None:
    assert patch(judged(make_deployment("web", **CASES[name][0]))).is_for_later is is_for_later


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("datadog/agent:7.23.1", ("7.27", "7.23.1", False)),
        ("datadog/agent:7.50.3", ("7.27", "7.50.3", True)),
        ("datadog/agent:latest", ("7.27", "latest", None)),
        ("datadog/agent", ("7.27", "", None)),
    ],
)
def test_the_deployed_version_is_compared_with_the_first_that_needs_no_docker(image: str, wanted: Any) -> None:
    workload = judged(make_deployment("web", image=image, host_paths={SOCKET: "/x", "/run/containerd": "/y"}))
    (finding,) = (finding for finding in workload.findings if finding.code == "known-agent")
    version = version_of(finding, known().agents)
    assert version is not None
    assert (version.since, version.tag, version.is_enough) == wanted


def test_an_old_version_that_is_told_another_runtime_is_not_called_too_old() -> None:
    env = {"DD_CRI_SOCKET_PATH": "/run/containerd/containerd.sock"}
    workload = judged(make_deployment("web", image="datadog/agent:7.23.1", env=env, host_paths={SOCKET: "/x"}))
    (finding,) = (finding for finding in workload.findings if finding.code == "known-agent")
    assert finding.reason == "known-agent-ready"
    assert version_of(finding, known().agents) is None


@pytest.mark.parametrize(
    ("image", "first"),
    [
        ("datadog/agent:7.23.1", "datadog/agent:7.27.0"),
        ("datadog/agent:7.23", "datadog/agent:7.27"),
        ("r.example.com:5000/datadog/agent:v7.1.2", "r.example.com:5000/datadog/agent:v7.27.0"),
        ("datadog/agent:7.23.1-rc.1", None),
        ("datadog/agent", None),
        ("r.example.com:5000/datadog/agent", None),
        ("datadog/agent:latest", None),
        (
            "fluent/fluentd-kubernetes-daemonset:v1.11-debian-s3-1",
            "fluent/fluentd-kubernetes-daemonset:v1.12-debian-s3-1",
        ),
    ],
)
def test_the_first_image_is_named_where_the_tag_allows_it(image: str, first: str | None) -> None:
    agent = known().agents.find(image.rpartition(":")[0] if ":" in image.rpartition("/")[2] else image)
    assert agent is not None
    assert agent.first_image(image) == first


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Return options of a pod spec with several of the things that can be patched, in any order."""
    paths = [
        LOGS,
        f"{LOGS}/",
        SHIM,
        "/run/dockershim.sock",
        SOCKET,
        "/run/docker.sock",
        "/var/log",
        "/var/log/pods",
        "/run/containerd",
        "/srv",
    ]
    volumes, mounts, side = [], [], []
    for number, path in enumerate(draw(st.lists(st.sampled_from(paths), max_size=5, unique_by=normalise))):
        name = f"v{number}"
        volumes.append(volume(path, name, type=draw(st.sampled_from(["", "Socket", "Directory"]))))
        places = st.sampled_from([path.rstrip("/"), f"/x{number}", f"/m{number}/{path.rstrip('/').rpartition('/')[2]}"])
        for held in (mounts, side):
            if draw(st.booleans()):
                options = draw(st.sampled_from([{}, {}, {"subPath": "a"}]))
                held.append(mount(draw(places), name, **options))
    unique = [list({one["mountPath"]: one for one in held}.values()) for held in (mounts, side)]
    named_paths = [one["mountPath"] for one in unique[0]] or [SHIM]
    env = draw(
        st.dictionaries(
            st.sampled_from(["CONTAINER_RUNTIME_ENDPOINT", "SOCKET_PATH"]),
            st.sampled_from(named_paths).map(lambda path: f"unix://{path}"),
        )
    )
    env |= draw(st.sampled_from([{}, {"CONTAINER_RUNTIME": "docker"}, {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json"}]))
    args = draw(
        st.lists(
            st.sampled_from(
                [
                    "-v",
                    "--docker_only",
                    "--probe.docker=true",
                    "--runtime=docker",
                    "--container-runtime-executor=docker",
                ]
            ),
            max_size=4,
            unique=True,
        )
    )
    images = [SCOPE, CHAOS, FLUENTD, "x:1", "cadvisor:v0.47.0", "datadog/agent:7.1.0", "amazon-k8s-cni:v1.7.5"]
    return {
        "image": draw(st.sampled_from([*images, "fluent/fluentd-kubernetes-daemonset:v1.11-debian"])),
        "volumes": volumes,
        "mounts": unique[0],
        "env": env,
        "args": args,
        "sidecars": [make_container("side", mounts=unique[1])],
    }


@given(specs())
def test_every_patch_fits_and_takes_away_what_it_says(options: dict[str, Any]) -> None:
    item = make_daemonset("web", **copy.deepcopy(options))
    workload = judged(item)
    found, made = fixed(workload)
    if made is None:
        assert not any(fix.patch for fix in found.values())
        return
    after = patched(item, made.operations)
    check_pod_spec(after["spec"]["template"]["spec"])
    left = {(f.code, f.value, f.containers) for f in judged(after).findings if f.severity.is_at_risk}
    for number, fix in found.items():
        finding = workload.findings[number]
        if fix.patch:
            assert (finding.code, finding.value, finding.containers) not in left
