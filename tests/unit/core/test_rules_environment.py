"""Rules about DOCKER_HOST and its kin: whose daemon a variable leads to (facts 4.2, rows 9, 10)."""

from typing import Any

import pytest

from bot.core.rules import Severity
from bot.core.runtimes import Grade
from bot.core.view import Finding
from tests.factories import JsonObject, make_container
from tests.unit.clusters import judged

SOCKET = "/var/run/docker.sock"
DIND = make_container("daemon", image="docker:24-dind", privileged=True)
PROXY = make_container("proxy", image="tecnativa/docker-socket-proxy:0.1", mounts=[{"name": "s", "mountPath": SOCKET}])
HOST_SOCKET = {"name": "s", "hostPath": {"path": SOCKET}}
EMPTY = {"name": "e", "emptyDir": {}}


def variable(name: str, **source: Any) -> JsonObject:
    return {"name": name, **source}


def field_ref(name: str, path: str) -> JsonObject:
    return variable(name, valueFrom={"fieldRef": {"fieldPath": path}})


def of(code: str, *env: JsonObject, **options: Any) -> Finding | None:
    """Return the first finding of a code of a container with these variables."""
    spec = options.pop("spec", {})
    main = make_container(mounts=options.pop("mounts", ()), image=options.pop("image", "app:1"))
    main["env"] = list(env)
    containers = [main, *options.pop("sidecars", ())]
    volumes = options.pop("volumes", [])
    assert not options
    workload = judged(spec={"containers": containers, "volumes": volumes, **spec})
    return next((finding for finding in workload.findings if finding.code == code), None)


def host(value: str, *before: JsonObject, **options: Any) -> Finding:
    found = of("docker-host-env", *before, variable("DOCKER_HOST", value=value), **options)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "options", "severity", "grade", "reason"),
    [
        pytest.param(
            "unix:///host/docker.sock",
            {
                "volumes": [{"name": "r", "hostPath": {"path": "/var/run"}}],
                "mounts": [{"name": "r", "mountPath": "/host"}],
            },
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-host-env",
            id="below-a-folder-of-the-node",
        ),
        pytest.param(
            "unix:///run/docker.sock",
            {"volumes": [HOST_SOCKET], "mounts": [{"name": "s", "mountPath": SOCKET}]},
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-host-env",
            id="the-socket-itself-in-another-spelling",
        ),
        pytest.param(
            f"unix://{SOCKET}", {}, Severity.REVIEW, Grade.POSSIBLE, "docker-host-env-unmounted", id="nothing-mounts-it"
        ),
        pytest.param(
            f"unix://{SOCKET}",
            {"volumes": [EMPTY], "mounts": [{"name": "e", "mountPath": "/var/run"}]},
            Severity.INFO,
            Grade.LIKELY,
            "docker-host-env-own",
            id="on-an-empty-dir",
        ),
        pytest.param(
            f"unix://{SOCKET}",
            {"image": "docker:dind"},
            Severity.INFO,
            Grade.LIKELY,
            "docker-host-env-own",
            id="in-the-daemons-own-container",
        ),
        pytest.param(
            "tcp://localhost:2375", {"sidecars": [DIND]}, Severity.INFO, Grade.LIKELY, "docker-host-env-own", id="dind"
        ),
        pytest.param(
            "tcp://127.0.0.1:2375",
            {"sidecars": [PROXY], "volumes": [HOST_SOCKET]},
            Severity.BLOCKER,
            Grade.LIKELY,
            "docker-host-env",
            id="a-proxy-before-the-nodes-socket",
        ),
        pytest.param(
            "tcp://localhost:2375",
            {"spec": {"hostNetwork": True}},
            Severity.BLOCKER,
            Grade.LIKELY,
            "docker-host-env",
            id="the-nodes-own-network",
        ),
        pytest.param(
            "tcp://localhost:2375", {}, Severity.REVIEW, Grade.POSSIBLE, "docker-host-env-unknown", id="nobody-there"
        ),
        pytest.param(
            "tcp://10.0.0.5:2375", {}, Severity.REVIEW, Grade.POSSIBLE, "docker-host-env-address", id="an-address"
        ),
        *(
            pytest.param(
                f"unix:///proc/1/root{path}",
                {"spec": {"hostPID": True}},
                Severity.BLOCKER,
                Grade.CERTAIN,
                "docker-host-env",
                id=f"through-the-first-process-{path}",
            )
            for path in ("/run/docker.sock", "/var/run/docker.sock")
        ),
        pytest.param(
            "unix:///proc/1/root/run/docker.sock",
            {},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-host-env-unmounted",
            id="its-own-first-process",
        ),
        pytest.param(
            "unix:///proc/10/root/run/docker.sock",
            {"spec": {"hostPID": True}},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-host-env-unmounted",
            id="another-process",
        ),
        *(
            pytest.param(
                f"tcp://{name}:2375",
                {},
                Severity.REVIEW,
                Grade.POSSIBLE,
                "docker-host-env-unknown",
                id=f"docker-desktops-{name}",
            )
            for name in ("host.docker.internal", "gateway.docker.internal")
        ),
        pytest.param(
            "tcp://docker.internal.example.com:2376",
            {},
            Severity.INFO,
            Grade.LIKELY,
            "docker-host-env-remote",
            id="a-name-like-docker-desktops",
        ),
        pytest.param(
            "tcp://dind.ci.svc:2376", {}, Severity.INFO, Grade.LIKELY, "docker-host-env-remote", id="a-service"
        ),
        pytest.param(
            "ssh://builder@10.0.0.9", {}, Severity.INFO, Grade.LIKELY, "docker-host-env-remote", id="over-ssh"
        ),
        pytest.param(
            "npipe:////./pipe/docker_engine",
            {
                "volumes": [{"name": "p", "hostPath": {"path": r"\\.\pipe\docker_engine"}}],
                "mounts": [{"name": "p", "mountPath": r"\\.\pipe\docker_engine"}],
            },
            Severity.BLOCKER,
            Grade.CERTAIN,
            "docker-host-env",
            id="the-pipe",
        ),
        pytest.param(
            "npipe:////./pipe/docker_engine",
            {},
            Severity.REVIEW,
            Grade.POSSIBLE,
            "docker-host-env-unmounted",
            id="a-pipe-nothing-mounts",
        ),
        pytest.param("no address", {}, Severity.REVIEW, Grade.POSSIBLE, "docker-host-env-unknown", id="nonsense"),
    ],
)
def test_docker_host_is_judged_by_the_daemon_it_leads_to(
    value: str, options: dict[str, Any], severity: Severity, grade: Grade, reason: str
) -> None:
    finding = host(value, **options)
    assert (finding.severity, finding.grade, finding.reason) == (severity, grade, reason)
    assert finding.field == "spec.template.spec.containers[0].env[0].value"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        pytest.param("status.hostIP", Severity.BLOCKER, id="the-nodes-address"),
        pytest.param("spec.nodeName", Severity.BLOCKER, id="the-nodes-name"),
        pytest.param("status.podIP", Severity.REVIEW, id="the-pods-own-address"),
        pytest.param("metadata.annotations['docker']", Severity.REVIEW, id="anything"),
    ],
)
@pytest.mark.parametrize("value", ["tcp://$(HOST_IP):2375", "$(HOST_IP):2375"])
def test_a_reference_to_the_downward_api_is_followed(value: str, path: str, severity: Severity) -> None:
    assert host(value, field_ref("HOST_IP", path)).severity is severity


def test_variables_in_variables_are_followed_in_their_order() -> None:
    port = variable("PORT", value="2375")
    assert host("tcp://$(NAME):$(PORT)", variable("NAME", value="localhost"), port, sidecars=[DIND]).reason == (
        "docker-host-env-own"
    )
    later = of("docker-host-env", variable("DOCKER_HOST", value="tcp://$(NAME):2375"), variable("NAME", value="docker"))
    assert later is not None
    assert later.reason == "docker-host-env-unknown"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"secretKeyRef": {"name": "certs", "key": "host"}}, "DOCKER_HOST from Secret certs/host"),
        ({"configMapKeyRef": {"name": "conf", "key": "host"}}, "DOCKER_HOST from ConfigMap conf/host"),
    ],
)
def test_a_value_from_elsewhere_is_unknown_and_named(source: JsonObject, value: str) -> None:
    finding = of("docker-host-env", variable("DOCKER_HOST", valueFrom=source))
    assert finding is not None
    assert (finding.severity, finding.grade, finding.value) == (Severity.REVIEW, Grade.POSSIBLE, value)


def test_a_process_of_a_windows_node_sees_its_pipe() -> None:
    for where in ({"spec": {"securityContext": {"windowsOptions": {"hostProcess": True}}}}, {}):
        finding = host("npipe:////./pipe/docker_engine", **where)
        assert (finding.severity is Severity.BLOCKER) is bool(where)


def test_an_empty_value_is_none() -> None:
    assert of("docker-host-env", variable("DOCKER_HOST", value="")) is None
    assert of("docker-host-env", variable("DOCKER_HOST")) is None


@pytest.mark.parametrize(
    "name", ["DOCKER_SOCK", "DOCKER_SOCKET", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION"]
)
def test_the_kin_of_docker_host_is_to_be_checked_and_no_risk_beside_an_own_daemon(name: str) -> None:
    alone = of("docker-host-env", variable(name, value="/certs/client"))
    assert alone is not None
    assert (alone.severity, alone.reason) == (Severity.REVIEW, "docker-host-env-kin")
    beside = of(
        "docker-host-env",
        variable(name, value="1"),
        variable("DOCKER_HOST", value="tcp://localhost:2376"),
        sidecars=[DIND],
    )
    assert beside is not None
    assert beside.severity is Severity.INFO


@pytest.mark.parametrize(
    "name",
    [
        "DOCKER_CONFIG",
        "DOCKER_BUILDKIT",
        "DOCKER_CLI_EXPERIMENTAL",
        "DOCKER_TLS_CERTDIR",
        "DOCKER_REGISTRY",
        "DOCKER_USERNAME",
        "DOCKER_DRIVER",
        "DOCKER_IMAGE",
        "DOCKERHUB_TOKEN",
        "MY_DOCKER_HOST",
        "docker_host",
        "DOCKER_HOST_IP",
    ],
)
def test_a_variable_that_merely_names_docker_is_nothing(name: str) -> None:
    assert of("docker-host-env", variable(name, value="tcp://10.0.0.1:2375")) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ssh://builder:pa55@10.0.0.9", "DOCKER_HOST=ssh://10.0.0.9"),
        ("tcp://user:hunter2@10.0.0.1:2375", "DOCKER_HOST=tcp://10.0.0.1:2375"),
        ("user:hunter2@@", "DOCKER_HOST=…"),
        ("unix://" + "x" * 9000, "DOCKER_HOST=unix://" + "x" * 504 + "…"),
    ],
)
def test_what_is_shown_holds_no_user_and_no_password_and_has_an_end(value: str, shown: str) -> None:
    assert host(value).value == shown


def test_the_bridge_is_told_apart_from_an_address_like_it() -> None:
    assert host("tcp://172.17.0.1:2375").severity is Severity.REVIEW
    bridge = of("docker-bridge", variable("DOCKER_HOST", value="tcp://172.17.0.1:2375"))
    assert bridge is not None
    assert (bridge.severity, bridge.grade, bridge.value) == (Severity.REVIEW, Grade.POSSIBLE, "172.17.0.1")
    for other in ("172.17.0.10:8125", "1172.17.0.1", "172.17.0.1.example.com:80", "docker01"):
        assert of("docker-bridge", variable("DOCKER_STATSD", value=other)) is None, other


def test_a_reference_to_a_later_variable_is_none_to_the_kubelet() -> None:
    ip = field_ref("HOST_IP", "status.hostIP")
    told = variable("DOCKER_HOST", value="tcp://$(HOST_IP):2375")
    later = of("docker-host-env", told, ip)
    assert later is not None
    assert (later.severity, later.grade, later.reason) == (
        Severity.REVIEW,
        Grade.POSSIBLE,
        "docker-host-env-unknown",
    )
    for value in ("tcp://$$(HOST_IP):2375", "tcp://$HOST_IP:2375"):
        assert host(value, ip).severity is Severity.REVIEW, value
    again = of("docker-host-env", ip, told, ip)
    assert again is not None
    assert again.severity is Severity.BLOCKER


def test_a_reference_in_a_reference_counts_by_where_the_first_stands() -> None:
    ip, address = field_ref("HOST_IP", "status.hostIP"), variable("ADDRESS", value="$(HOST_IP):2375")
    assert host("tcp://$(ADDRESS)", ip, address).severity is Severity.BLOCKER
    assert host("tcp://$(ADDRESS)", address, ip).severity is Severity.REVIEW


def test_of_two_values_of_a_variable_the_last_counts() -> None:
    own, node = variable("DOCKER_HOST", value="tcp://dind.ci.svc:2375"), field_ref("DOCKER_HOST", "status.hostIP")
    for first, last, severity, value in (
        (node, own, Severity.INFO, "DOCKER_HOST=tcp://dind.ci.svc:2375"),
        (own, node, Severity.BLOCKER, "DOCKER_HOST from field status.hostIP"),
    ):
        main = make_container()
        main["env"] = [first, last]
        (found,) = judged(spec={"containers": [main]}).findings
        assert (found.severity, found.value) == (severity, value)
        assert ".env[1]." in found.field


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        (f"socat UNIX-LISTEN:/shared/docker.sock,fork UNIX-CONNECT:{SOCKET}", Severity.BLOCKER),
        (f"exec socat -d unix-l:/shared/docker.sock,mode=666,fork unix:{SOCKET}", Severity.BLOCKER),
        ("socat UNIX-LISTEN:/shared/docker.sock,fork UNIX-CONNECT:/shared/other-docker.sock", Severity.INFO),
        (f"socat UNIX-LISTEN:/tmp/docker.sock,fork UNIX-CONNECT:{SOCKET}", Severity.INFO),
        (f"socat - UNIX-CONNECT:{SOCKET}", Severity.INFO),
        (f"ls /shared/docker.sock {SOCKET}", Severity.INFO),
    ],
)
def test_a_socket_in_an_empty_dir_is_the_nodes_where_it_is_passed_on(command: str, severity: Severity) -> None:
    mounts = [{"name": "s", "mountPath": SOCKET}, {"name": "e", "mountPath": "/shared"}]
    relay = make_container("relay", command=["sh", "-c", command], mounts=mounts)
    options = {"volumes": [HOST_SOCKET, EMPTY], "mounts": [{"name": "e", "mountPath": "/run/d"}]}
    finding = host("unix:///run/d/docker.sock", sidecars=[relay], **options)
    assert (finding.severity, finding.grade) == (severity, Grade.LIKELY)
    daemon = make_container("daemon", image="docker:dind", mounts=[{"name": "e", "mountPath": "/run/d"}])
    beside = host("unix:///run/d/own.sock", sidecars=[relay, daemon], **options)
    assert beside.severity is Severity.INFO


@pytest.mark.parametrize(
    ("policy", "place", "severity"),
    [
        pytest.param(None, "initContainers", Severity.REVIEW, id="over-before-the-others-start"),
        pytest.param("Never", "initContainers", Severity.REVIEW, id="told-so"),
        pytest.param("Always", "initContainers", Severity.INFO, id="a-sidecar"),
        pytest.param(None, "containers", Severity.INFO, id="beside"),
    ],
)
def test_a_daemon_that_has_ended_is_nobodys(policy: str | None, place: str, severity: Severity) -> None:
    daemon = {
        **make_container("dind", image="docker:24-dind", privileged=True),
        **({"restartPolicy": policy} if policy else {}),
    }
    main = make_container("main", env={"DOCKER_HOST": "tcp://localhost:2375"})
    spec = {"containers": [main]}
    spec[place] = [*spec.get(place, []), daemon]
    workload = judged(spec=spec)
    assert [f.severity for f in workload.findings if f.code == "docker-host-env"] == [severity]
    assert [f.severity for f in workload.findings if f.code == "dind"] == [Severity.INFO]


def test_an_init_container_asks_its_own_daemon_all_the_same() -> None:
    daemon = make_container(
        "dind",
        image="docker:24-dind",
        command=["sh", "-c", "dockerd & docker pull app; docker -H tcp://localhost:2375 ps"],
    )
    workload = judged(spec={"containers": [make_container("main")], "initContainers": [daemon]})
    assert {(f.code, f.severity) for f in workload.findings} == {("docker-cli", Severity.INFO), ("dind", Severity.INFO)}
