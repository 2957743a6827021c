"""Calls that need the node's Docker, told from those that only name it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.docker_tables import SETTINGS, VERBS
from bot.core.docker_words import Kind, Use, all_uses, uses_docker
from bot.core.endpoints import read_endpoint
from bot.core.shell import Call, calls, script_calls


def uses(text: str) -> list[Use]:
    """Every use in a script."""
    return [use for call in script_calls(text) for use in all_uses(call)]


def kinds(text: str) -> list[tuple[Kind, str]]:
    """What a script needs, by kind and words."""
    return [(use.kind, " ".join(use.words)) for use in uses(text)]


@pytest.mark.parametrize("verb", sorted(VERBS - {"buildx", "compose"}))
def test_a_verb_asks_the_daemon(verb: str) -> None:
    assert kinds(f"docker {verb} x") == [(Kind.CLI, f"docker {verb}")]
    assert kinds(f"docker -l debug --config /x {verb} x") == [(Kind.CLI, f"docker {verb}")]
    assert kinds(f"docker {verb} --help") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("docker run x --help", "docker run", id="help-of-what-runs"),
        pytest.param("docker image ls", "docker image", id="management-verb"),
        pytest.param("docker compose -f x.yml up -d", "docker compose up", id="compose"),
        pytest.param("docker-compose -p x --profile y down", "docker-compose down", id="compose-1"),
        pytest.param("docker buildx build .", "docker buildx build", id="buildx"),
        pytest.param("docker buildx create --use", "docker buildx create", id="buildx-create"),
        pytest.param("docker buildx --builder default bake", "docker buildx bake", id="buildx-default-builder"),
        pytest.param("docker version", "docker version", id="version"),
        pytest.param("docker version --format '{{.Server.Version}}'", "docker version", id="version-of-the-server"),
        pytest.param("docker login -u x -p secret", "docker login", id="login-without-its-password"),
        pytest.param("docker $ARGS", "docker $ARGS", id="verb-in-a-variable"),
        pytest.param("nvidia-docker run x", "nvidia-docker run", id="nvidia-docker"),
        pytest.param("/usr/local/bin/docker ps", "docker ps", id="by-its-path"),
    ],
)
def test_the_command_line_asks_the_daemon(text: str, shown: str) -> None:
    assert kinds(text) == [(Kind.CLI, shown)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("docker", id="bare"),
        pytest.param("docker --version; docker -v; docker --help; docker help ps", id="version-and-help"),
        pytest.param("docker version --format '{{.Client.Version}}'", id="version-of-the-client"),
        pytest.param("docker context use x; docker context ls", id="context"),
        pytest.param("docker logout; docker manifest inspect x; docker trust sign x", id="registry"),
        pytest.param("docker image ls --help", id="help-of-a-verb"),
        pytest.param("docker compose config -q; docker compose version; docker compose --help", id="compose"),
        pytest.param("docker-compose config; docker-compose --version; docker-compose", id="compose-1"),
        pytest.param("docker buildx build --builder remote .; docker buildx --builder=x build", id="builder"),
        pytest.param("BUILDX_BUILDER=remote docker buildx build .", id="builder-in-a-variable"),
        pytest.param("docker buildx create --driver kubernetes --use", id="builder-in-the-cluster"),
        pytest.param("docker buildx version; docker buildx imagetools inspect x", id="buildx"),
        pytest.param("docker scan x; docker scout cves x", id="plugins"),
        pytest.param("dockerd --host unix:///x; dockerd-entrypoint.sh", id="own-daemon"),
        pytest.param("podman run x; nerdctl ps; docker-credential-ecr-login get", id="other-programs"),
        pytest.param("dockerize -wait tcp://db:1 docker ps", id="dockerize"),
        pytest.param("/docker-entrypoint.sh app; /opt/docker/bin/app ps", id="paths"),
        pytest.param("kaniko --dockerfile x; /kaniko/executor --dockerfile=/docker", id="kaniko"),
        pytest.param("app docker.io/library/nginx --docker-registry=docker.io --docker-config /x", id="registry-flags"),
        pytest.param("app --docker=true --docker --docker-username x", id="switches-that-name-docker"),
        pytest.param("service docker-registry restart; systemctl status docker-registry", id="registry-unit"),
        pytest.param("systemctl restart dockershim docker-distribution.service", id="other-units"),
        pytest.param("systemctl restart kubelet; systemctl list-units | grep docker", id="no-unit"),
        pytest.param("systemctl -H node restart docker; systemctl --host=node stop docker", id="another-machine"),
        pytest.param("journalctl -u kubelet -u containerd; journalctl -u docker-registry", id="other-journals"),
        pytest.param("kill -HUP 1; pkill docker-proxy; killall node; pidof dockerd", id="other-processes"),
        pytest.param("socat UNIX-LISTEN:/x TCP:db:1; curl http://x:8080; wget http://x:23750", id="other-addresses"),
        pytest.param("crictl --runtime-endpoint unix:///run/containerd/containerd.sock ps; crictl ps", id="containerd"),
        pytest.param("app --container-runtime=containerd --runtime dockerx --container-runtime remote", id="values"),
        pytest.param("app --docker_only=false --probe.docker=false --providers.docker=false", id="switched-off"),
        pytest.param("app --providers.dockerswarm --providers.kubernetescrd --docker.domain=x", id="traefik"),
        pytest.param("app --config.system-log-monitor=/config/kernel-monitor.json", id="kernel-monitor"),
        pytest.param(
            "echo --container-runtime=docker; kubectl x --runtime=docker; helm x --docker-host /x", id="quiet"
        ),
        pytest.param("docker scan --container-runtime=docker", id="flags-of-docker"),
    ],
)
def test_a_call_needs_no_docker(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "endpoint", "context"),
    [
        pytest.param("docker -H tcp://u:secret@h:2375 ps", "tcp://h:2375", None, id="short"),
        pytest.param("docker -Hssh://me@h ps", "ssh://h", None, id="attached"),
        pytest.param("docker --host=unix:///x.sock ps", "unix:///x.sock", None, id="long"),
        pytest.param("docker --host h:1 ps", "tcp://h:1", None, id="without-a-scheme"),
        pytest.param("DOCKER_HOST=tcp://a:1 docker ps", "tcp://a:1", None, id="variable"),
        pytest.param("DOCKER_HOST=tcp://a:1 docker -H tcp://b:2 ps", "tcp://b:2", None, id="option-over-variable"),
        pytest.param(
            "docker -H tcp://$(hostname):2375 ps", "tcp://$(hostname):2375", None, id="host-in-a-substitution"
        ),
        pytest.param("docker -H $X ps", "$X", None, id="unknown"),
        pytest.param("docker -H u:secret@$X ps", "", None, id="unknown-host-with-a-user"),
        pytest.param("docker -H 'u secret@ h' ps", "", None, id="unreadable-with-a-user"),
        pytest.param("docker --context far ps", None, "far", id="context"),
        pytest.param("DOCKER_HOST=tcp://a:1 docker -c far ps", None, "far", id="context-over-variable"),
        pytest.param("DOCKER_CONTEXT=far docker ps", None, "far", id="context-in-a-variable"),
        pytest.param("docker --context default ps", None, None, id="default-context"),
        pytest.param("docker-compose -H tcp://a:1 up", "tcp://a:1", None, id="compose-1"),
        pytest.param("docker -H tcp://a:1 compose up", "tcp://a:1", None, id="compose"),
        pytest.param("docker run -H x -c y z", None, None, id="options-of-run"),
        pytest.param("docker ps", None, None, id="left-to-the-container"),
    ],
)
def test_a_call_names_its_daemon(text: str, endpoint: str | None, context: str | None) -> None:
    (use,) = uses(text)
    assert (use.kind, use.endpoint, use.context) == (Kind.CLI, endpoint, context)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("systemctl restart docker", "systemctl restart docker", id="systemctl"),
        pytest.param("systemctl --no-block stop docker.service x", "systemctl stop docker.service", id="unit"),
        pytest.param("systemctl is-active --quiet docker.socket", "systemctl is-active docker.socket", id="socket"),
        pytest.param("systemctl restart kubelet docker", "systemctl restart docker", id="second-unit"),
        pytest.param("service docker restart", "service docker restart", id="service"),
        pytest.param("/etc/init.d/docker restart", "/etc/init.d/docker restart", id="init-script"),
        pytest.param("initctl restart docker", "initctl restart docker", id="upstart"),
        pytest.param("rc-service docker restart", "rc-service docker restart", id="openrc"),
        pytest.param("journalctl -fu docker", "journalctl -u docker", id="journal"),
        pytest.param(
            "journalctl -u kubelet --unit=docker.service", "journalctl -u docker.service", id="second-journal"
        ),
        pytest.param("journalctl _SYSTEMD_UNIT=docker.service", "journalctl -u docker.service", id="journal-field"),
        pytest.param("kill -HUP $(pidof dockerd)", "kill $(pidof dockerd)", id="kill"),
        pytest.param("kill -HUP `cat /var/run/docker.pid`", "kill `cat /var/run/docker.pid`", id="pid-file"),
        pytest.param("pkill -HUP -x dockerd", "pkill dockerd", id="pkill"),
        pytest.param("killall /usr/bin/dockerd", "killall /usr/bin/dockerd", id="killall"),
        pytest.param("sudo systemctl restart docker", "systemctl restart docker", id="behind-sudo"),
    ],
)
def test_a_call_needs_the_service(text: str, shown: str) -> None:
    assert kinds(text) == [(Kind.SERVICE, shown)]


def test_services_of_windows_and_of_cri_dockerd() -> None:
    (call,) = calls(("powershell", "-Command", "Restart-Service Docker"))
    assert uses_docker(call) == Use(Kind.SERVICE, ("restart-service", "Docker"))
    (call,) = calls(("cmd", "/c", "net stop docker"))
    assert uses_docker(call) == Use(Kind.SERVICE, ("net", "stop", "docker"))
    assert kinds("systemctl restart cri-docker.service") == [
        (Kind.CRI_DOCKERD_SERVICE, "systemctl restart cri-docker.service")
    ]
    assert kinds("journalctl -u cri-docker") == [(Kind.CRI_DOCKERD_SERVICE, "journalctl -u cri-docker")]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        pytest.param("curl -s --unix-socket /var/run/docker.sock http://x/info", "/var/run/docker.sock", id="curl"),
        pytest.param("curl --unix-socket=/x http://x", "/x", id="curl-in-one-word"),
        pytest.param("socat - UNIX-CONNECT:/var/run/docker.sock", "/var/run/docker.sock", id="socat"),
        pytest.param("socat TCP-LISTEN:1,fork unix:/x,mode=1", "/x", id="socat-short"),
        pytest.param("nc -U /x", "/x", id="netcat"),
        pytest.param("curl http://u:secret@172.17.0.1:2375/info", "tcp://172.17.0.1:2375", id="port"),
        pytest.param("wget -qO- localhost:2375/version", "tcp://localhost:2375", id="port-without-a-scheme"),
    ],
)
def test_a_call_talks_to_a_socket(text: str, endpoint: str) -> None:
    (use,) = uses(text)
    assert (use.kind, use.endpoint) == (Kind.SOCKET, endpoint)
    assert "secret" not in " ".join(use.words)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("crictl --runtime-endpoint unix:///var/run/dockershim.sock ps", Kind.DOCKERSHIM, id="crictl"),
        pytest.param("crictl -r=unix:///var/run/dockershim.sock ps", Kind.DOCKERSHIM, id="crictl-short"),
        pytest.param("ctr -a /run/cri-dockerd.sock ps", Kind.CRI_DOCKERD, id="ctr"),
        pytest.param("CONTAINER_RUNTIME_ENDPOINT=/run/dockershim.sock crictl ps", Kind.DOCKERSHIM, id="variable"),
        pytest.param("kubeadm reset --cri-socket /var/run/dockershim.sock", Kind.DOCKERSHIM, id="kubeadm"),
        pytest.param("agent -probe.cri.endpoint='unix:///run/dockershim.sock'", Kind.DOCKERSHIM, id="weave-scope"),
        pytest.param("kubelet --container-runtime-endpoint=npipe:////./pipe/dockershim", Kind.DOCKERSHIM, id="pipe"),
    ],
)
def test_a_call_uses_the_socket_of_a_shim(text: str, kind: Kind) -> None:
    assert [use.kind for use in uses(text)] == [kind]


@pytest.mark.parametrize(
    ("argv", "shown", "is_stopping"),
    [
        pytest.param(("--container-runtime=docker",), "--container-runtime=docker", True, id="one-word"),
        pytest.param(("kubelet", "--container-runtime", "docker"), "--container-runtime docker", True, id="two-words"),
        pytest.param(("x", '--container-runtime="docker"'), '--container-runtime="docker"', True, id="quoted"),
        pytest.param(("chaos-daemon", "--runtime", "docker"), "--runtime docker", True, id="chaos-mesh"),
        pytest.param(
            ("workflow-controller", "--container-runtime-executor", "docker"),
            "--container-runtime-executor docker",
            True,
            id="argo",
        ),
        pytest.param(("gitlab-runner", "register", "--executor=docker"), "--executor=docker", True, id="gitlab-runner"),
        pytest.param(("x", "--docker-endpoint=tcp://u:p@h:1"), "--docker-endpoint=tcp://h:1", True, id="endpoint"),
        pytest.param(("x", "-docker=unix:///x"), "-docker=unix:///x", False, id="cadvisor-endpoint"),
        pytest.param(
            ("x", "--docker-socket=/host/run/docker.sock"),
            "--docker-socket=/host/run/docker.sock",
            True,
            id="as-it-is-written",
        ),
        pytest.param(("x", "--docker-host", "/run/d.sock"), "--docker-host /run/d.sock", True, id="as-two-words"),
        pytest.param(("x", "--docker-host", "tcp://u:p@h:1"), "--docker-host tcp://h:1", True, id="two-without-user"),
        pytest.param(("x", "--docker-host=tcp://u:p@h x"), "--docker-host", True, id="what-may-hold-a-password"),
        pytest.param(("x", "--docker_only"), "--docker_only", False, id="cadvisor"),
        pytest.param(("x", "--docker_only=true"), "--docker_only=true", False, id="cadvisor-true"),
        pytest.param(("x", "--probe.docker=true"), "--probe.docker=true", False, id="weave-scope"),
        pytest.param(("traefik", "--providers.docker"), "--providers.docker", False, id="traefik"),
        pytest.param(
            ("traefik", "--providers.docker.tls.key=secret"), "--providers.docker.tls.key", False, id="below-traefik"
        ),
        pytest.param(
            ("x", "--config.system-log-monitor=/a.json,/config/docker-monitor.json"),
            "--config.system-log-monitor=/a.json,/config/docker-monitor.json",
            False,
            id="node-problem-detector",
        ),
    ],
)
def test_a_setting_expects_docker(argv: tuple[str, ...], shown: str, is_stopping: bool) -> None:
    (use,) = (use for call in calls(argv) for use in all_uses(call))
    assert (use.kind, " ".join(use.words), use.is_stopping) == (Kind.SETTING, shown, is_stopping)


def test_every_setting_of_a_call_is_told() -> None:
    (call,) = calls(("cadvisor", "--docker_only", "--docker=unix:///x", "--port=1"))
    assert [use.words for use in all_uses(call)] == [("--docker_only",), ("--docker=unix:///x",)]
    assert uses_docker(call) == Use(Kind.SETTING, ("--docker_only",), is_stopping=False)


def test_settings_are_written_in_the_form_they_are_looked_up_in() -> None:
    for setting in SETTINGS:
        assert setting.flag == setting.flag.lower().replace("_", "-").lstrip("-")


WORDS = (
    "docker", "-H", "-c", "--host=", "ps", "$X", "compose", "buildx", "--builder", "create", "--driver", "version",
    "-f", "systemctl", "docker.service", "journalctl", "-u", "-fu", "kill", "$(pidof dockerd)", "curl",
    "--unix-socket", "socat", "UNIX:", "--docker", "--runtime-endpoint", "--", "-", "=", "", "tcp://u:p@h",
    "--providers.docker.x", "--help",
)  # fmt: skip


@given(
    st.sampled_from(WORDS),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=20)), max_size=8),
    st.lists(st.tuples(st.sampled_from(["DOCKER_HOST", "DOCKER_CONTEXT", "A"]), st.text(max_size=20)), max_size=2),
)
def test_no_call_raises(program: str, args: list[str], environment: list[tuple[str, str]]) -> None:
    for use in all_uses(Call(program, program, tuple(args), tuple(environment))):
        assert use.words
        assert use.endpoint is None or isinstance(str(read_endpoint(use.endpoint)), str)
        assert "u:p@" not in (use.endpoint or "")
