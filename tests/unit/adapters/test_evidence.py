"""What is kept of commands, variables, probes and hooks, and that nothing of the others is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.fitting import fit
from bot.adapters.wire import WireContainer
from bot.core.objects import NO_EVIDENCE, Container, EnvVar, Exec
from tests.factories import JsonObject, make_container, make_pod
from tests.unit.clusters import known, snapshot_of


def containers(*wires: JsonObject, **spec: Any) -> tuple[Container, ...]:
    (pod,) = snapshot_of(make_pod("web", spec={"containers": list(wires), **spec})).pods
    return pod.template.containers


def main(**fields: Any) -> Container:
    return containers({"name": "main", "image": "app", **fields})[0]


def env(name: str, value: str) -> JsonObject:
    return {"name": name, "value": value}


def test_a_container_that_says_nothing_of_docker_keeps_nothing() -> None:
    probe = {"exec": {"command": ["pg_isready"]}}
    made = main(command=["sh", "-c", "echo hi && true"], args=["--x"], env=[env("A", "1")], livenessProbe=probe)
    assert made.evidence is NO_EVIDENCE
    assert main().evidence is NO_EVIDENCE


def test_equal_containers_share_what_was_read() -> None:
    words = {"command": ["docker", "ps"], "image": "x"}
    one, other, last = containers({"name": "a", **words}, {"name": "b", "image": "x"}, {"name": "c", **words})
    assert one.evidence is last.evidence
    assert other.evidence is NO_EVIDENCE


def test_words_of_an_image_that_is_docker_are_kept_whatever_they_are() -> None:
    words = {"args": ["ps"]}
    one, other = containers({"name": "a", "image": "app", **words}, {"name": "b", "image": "docker:20.10", **words})
    assert one.evidence is NO_EVIDENCE
    assert other.evidence.args == ("ps",)


def test_all_that_known_agents_are_told_is_kept() -> None:
    for agent in known().agents.known:
        for told in agent.told:
            name = told.name.partition("(")[0].replace("\\", "")
            fields = {"env": [env(name, "x")]} if told.is_env else {"args": [name]}
            assert main(**fields).evidence is not NO_EVIDENCE, (agent.id, name)


def test_a_word_is_not_taken_for_another_fields() -> None:
    assert main(command=["docker"]).evidence.command == ("docker",)
    assert main(args=["docker"]).evidence.args == ("docker",)


def test_probes_and_hooks_keep_their_places() -> None:
    made = main(
        livenessProbe={"exec": {"command": ["docker", "ps"]}},
        readinessProbe={"httpGet": {"port": 1}},
        startupProbe={"exec": {"command": ["true"]}},
        lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}, "postStart": None},
    )
    assert made.evidence.execs == (
        Exec("livenessProbe.exec.command", ("docker", "ps")),
        Exec("startupProbe.exec.command", ("true",)),
        Exec("lifecycle.preStop.exec.command", ("sleep", "5")),
    )


def test_only_variables_that_count_are_kept_with_those_they_refer_to() -> None:
    secret = {"name": "DOCKER_CERT_PATH", "valueFrom": {"secretKeyRef": {"name": "certs", "key": "path"}}}
    address = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    made = main(
        env=[env("PASSWORD", "hunter2"), address, env("PORT", "2375"), env("DOCKER_HOST", "$(HOST_IP):$(PORT)"), secret]
    )
    assert made.evidence.env == (
        EnvVar("HOST_IP", "env[1].valueFrom", None, "field status.hostIP"),
        EnvVar("PORT", "env[2].value", "2375"),
        EnvVar("DOCKER_HOST", "env[3].value", "$(HOST_IP):$(PORT)"),
        EnvVar("DOCKER_CERT_PATH", "env[4].valueFrom", None, "Secret certs/path"),
    )
    assert "hunter2" not in repr(made)


def test_variables_of_a_command_and_of_a_sub_path_are_kept() -> None:
    made = main(args=["docker", "-H", "$WHERE"], env=[env("WHERE", "here"), env("OTHER", "x")])
    assert [variable.name for variable in made.evidence.env] == ["WHERE"]
    mount = {"name": "host", "mountPath": "/h", "subPathExpr": "$(S)"}
    volume = {"name": "host", "hostPath": {"path": "/run"}}
    wire = {"name": "main", "image": "x", "env": [env("S", "sock"), env("T", "x")], "volumeMounts": [mount]}
    (made,) = containers(wire, volumes=[volume])
    assert [variable.name for variable in made.evidence.env] == ["S"]


def test_an_escaped_letter_hides_nothing_and_an_ampersand_is_none() -> None:
    # What the API server writes is not what a dump must hold.
    page = '{"kind":"PodList","items":[{"metadata":{"name":"p"},"spec":{"containers":[{"name":"m","args":[%s]}]}}]}'
    from tests.unit.adapters.test_malformed import collector, pods
    from tests.unit.clusters import AS_OF

    for args, is_kept in ((r'"\u0064ocker ps"', True), (r'"a \u0026\u0026 b"', False)):
        read = collector()
        read.add_page(pods(), (page % args).encode())
        (pod,) = read.snapshot(AS_OF, None, None).pods
        assert (pod.template.containers[0].evidence is not NO_EVIDENCE) is is_kept


@pytest.mark.parametrize("word", ['d"ocker" ps', "do'cker' ps", "do\\cker ps", "'d'\"ocker\" ps"])
def test_quotes_inside_a_word_hide_nothing(word: str) -> None:
    assert main(args=["sh", "-c", word]).evidence is not NO_EVIDENCE
    assert main(env=[env("X_SCRIPT", word)]).evidence is not NO_EVIDENCE
    assert main(args=["sh", "-c", word.replace("o", "o ")]).evidence is NO_EVIDENCE


def test_pods_of_one_template_stay_one_template() -> None:
    socket = {"name": "s", "hostPath": {"path": "/run/docker.sock"}}
    made = []
    for name in ("one", "two"):
        token = {"name": f"kube-api-access-{name}", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
        config = {"name": "config", "mountPath": "/etc/app"}
        mounts = [{"name": "s", "mountPath": "/s"}, token, config]
        volumes = [socket, {"name": token["name"], "projected": {}}, {"name": "config", "configMap": {"name": "c"}}]
        made.append(make_pod(name, spec={"volumes": volumes, "containers": [make_container(mounts=mounts)]}))
    one, two = (pod.template for pod in snapshot_of(*made).pods)
    assert one is two
    assert [mount.path for mount in one.containers[0].mounts] == ["/s", "/etc/app"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["docker", "$(X)", "${", "exec"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "valueFrom", "exec", "command", "preStop", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            key: json_values
            for key in (
                "command",
                "args",
                "env",
                "envFrom",
                "lifecycle",
                "livenessProbe",
                "readinessProbe",
                "startupProbe",
            )
        },
    )
)
def test_whatever_stands_there_is_read_without_an_error_and_counted_where_it_does_not_fit(
    fields: dict[str, Any],
) -> None:
    container = {"name": "main", "image": "docker", **fields}
    snapshot = snapshot_of(make_pod("p", spec={"containers": [container]}))
    assert [pod.name for pod in snapshot.pods] == ["p"]
    assert bool(snapshot.gaps) is bool(fit(container, WireContainer)[1])
