"""The messages: every key the code asks for exists, and every language says the same things."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot
from bot import errors
from bot.adapters.knowledge import LANGUAGES, load_catalogue, load_knowledge
from bot.core.failing import fails_as
from bot.core.fixes import fixes
from bot.core.rules import RULES, Failure, Severity
from bot.core.runtimes import Grade, Runtime
from bot.core.snapshot import RESOURCES, Cause
from bot.core.understand import LISTED
from bot.core.view import Finding
from bot.render.document import Text
from tests.factories import make_container, make_deployment, make_runtime_class
from tests.unit.adapters.test_knowledge import raw
from tests.unit.clusters import named, view_of

ROOT = Path(bot.__file__).parent


def modules(*parts: str) -> Iterator[ast.Module]:
    for path in ROOT.joinpath(*parts).rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def strings(*trees: ast.AST) -> set[str]:
    """Return every string that stands in the code by itself, docstrings included."""
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def keys(language: str) -> set[str]:
    return {f"{section}.{name}" for section, entries in raw(f"messages/{language}.toml").items() for name in entries}


def placeholders(entry: Any) -> set[str]:
    text = entry if isinstance(entry, str) else entry["other"]
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_every_language_has_every_key() -> None:
    for language in LANGUAGES:
        assert keys(language) == keys("en"), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_has_the_same_placeholders_in_every_language(language: str) -> None:
    english = raw("messages/en.toml")
    for section, entries in raw(f"messages/{language}.toml").items():
        for name, entry in entries.items():
            assert placeholders(entry) == placeholders(english[section][name]), f"{section}.{name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_a_text_or_a_plural_of_texts(language: str) -> None:
    for section, entries in raw(f"messages/{language}.toml").items():
        for name, entry in entries.items():
            forms = [entry] if isinstance(entry, str) else list(entry.values())
            assert all(isinstance(form, str) and form.strip() for form in forms), f"{section}.{name}"
            if not isinstance(entry, str):
                assert set(entry) in ({"one", "other"}, {"other"}), f"{section}.{name}"
                assert placeholders(entry) >= placeholders(entry.get("one", entry["other"])), f"{section}.{name}"


def test_every_key_written_in_the_code_exists() -> None:
    sections = {key.partition(".")[0] for key in keys("en")}
    shape = re.compile(rf"^(?:{'|'.join(sorted(sections))})\.[a-z][a-z-]*$")
    used = {text for text in strings(*modules()) if shape.match(text) and not text.endswith(".toml")}
    assert len(used) > 100  # the grep still finds what it is meant to find
    whole = {text for text in used if not text.endswith("-")}
    assert whole - keys("en") == set()
    # The beginning of a key that ends in what it is about: f"upgrade.why-{reason}".
    assert {text for text in used - whole if not any(key.startswith(text) for key in keys("en"))} == set()


def test_every_error_that_is_raised_has_its_sentence() -> None:
    names = {name for name in dir(errors) if name.endswith("Error")}
    raised: set[str] = set()
    for tree in modules():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in names and call.args:
                    raised |= _values(call.args[0], function)
    assert len(raised) > 20
    assert {f"error.{key}" for key in raised} - keys("en") == set()


def _values(argument: ast.expr, function: ast.AST) -> set[str]:
    """Return the strings an argument can be: itself, or what its name is set to in the function."""
    if isinstance(argument, ast.Name):
        assigned = [node.value for node in ast.walk(function) if isinstance(node, ast.Assign) and _sets(node, argument)]
        return {text for value in assigned for branch in _branches(value) for text in strings(branch)}
    return {text for branch in _branches(argument) for text in strings(branch)}


def _branches(value: ast.expr) -> list[ast.expr]:
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]


def _sets(node: ast.Assign, name: ast.Name) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name.id for target in node.targets)


def test_every_cause_of_a_gap_has_its_sentence() -> None:
    assert {f"gap.{cause}" for cause in Cause} | {"gap.line"} == {key for key in keys("en") if key.startswith("gap.")}


def test_every_resource_says_what_its_loss_costs() -> None:
    wanted = {f"loss.{what}" for what in (*RESOURCES, "version", "many", "objects", "parts")}
    assert wanted == {key for key in keys("en") if key.startswith("loss.")}


def test_every_severity_grade_rule_and_command_has_its_words() -> None:
    wanted = {f"severity.{severity}" for severity in Severity} | {f"grade.{grade}" for grade in Grade}
    wanted |= {f"severity-means.{severity}" for severity in Severity} | {f"help.{command}" for command in LISTED}
    wanted |= {f"owner-source.{source}" for source in ("label", "annotation", "namespace", "helm", "argo")}
    wanted |= {f"rule.{rule.code}" for rule in RULES}
    assert wanted - keys("en") == set()


def test_everything_that_may_not_be_found_has_its_sentence() -> None:
    calls = [
        node
        for tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotFoundAnswer"
    ]
    wanted = {f"not-found.{text}" for call in calls for text in strings(call.args[1])}
    assert len(wanted) >= 5
    assert wanted - keys("en") == set()


def _at(path: str, type_: str = "", **options: Any) -> Any:
    volume = {"name": "host", "hostPath": {"path": path, "type": type_}}
    return {"volumes": [volume], "mounts": [{"name": "host", "mountPath": "/x"}], **options}


SOCKET = "/var/run/docker.sock"
REMOTE = {"DOCKER_HOST": "tcp://builder.example.com:2376"}
DIND = {"name": "daemon", "image": "docker:dind"}
HOST = {"host_paths": {"/": "/host"}}


def _with_daemon(**options: Any) -> Any:
    return {"env": {"DOCKER_HOST": "tcp://localhost:2375"}, "sidecars": [DIND], **options}


#: A pod spec for every reason a rule can give.
REASONS: dict[str, Any] = {
    "unmounted": {"volumes": [{"name": "host", "hostPath": {"path": "/run/docker.sock"}}]},
    "docker-socket": _at("/run/docker.sock"),
    "docker-socket-checked": _at("/run/docker.sock", "Socket"),
    "docker-socket-other": _at("/run/user/1000/docker.sock"),
    "dockershim-socket": _at("/run/dockershim.sock"),
    "dockershim-socket-checked": _at("/run/dockershim.sock", "Socket"),
    "cri-dockerd-socket": _at("/run/cri-dockerd.sock"),
    "socket-parent-dir": _at("/run"),
    "socket-parent-dir-used": _at("/run", command=["docker", "-H", "unix:///x/docker.sock", "ps"]),
    "socket-parent-dir-hidden": {
        "volumes": [{"name": "r", "hostPath": {"path": "/run"}}, {"name": "e", "emptyDir": {}}],
        "mounts": [{"name": "r", "mountPath": "/run"}, {"name": "e", "mountPath": "/run/docker.sock"}],
    },
    "docker-data": _at("/var/lib/docker"),
    "docker-data-checked": _at("/var/lib/docker", "Directory"),
    "docker-data-own": _at("/var/lib/docker", image="docker:dind"),
    "docker-logs": _at("/var/lib/docker/containers"),
    "docker-logs-checked": _at("/var/lib/docker/containers", "Directory"),
    "docker-logs-cri": {
        "image": "fluent/fluent-bit:2.0",
        "host_paths": {"/var/lib/docker/containers": "/x", "/var/log": "/y"},
    },
    "docker-config": _at("/etc/docker"),
    "docker-config-checked": _at("/etc/docker", "Directory"),
    "docker-config-certs": _at("/etc/docker/certs.d"),
    "docker-binary": _at("/usr/bin/docker"),
    "docker-binary-checked": _at("/usr/bin/docker", "File"),
    "docker-host-env": {"env": {"DOCKER_HOST": "unix:///x/docker.sock"}, "host_paths": {"/run": "/x"}},
    "docker-host-env-own": _with_daemon(),
    "docker-host-env-remote": {"env": REMOTE},
    "docker-host-env-unmounted": {"env": {"DOCKER_HOST": f"unix://{SOCKET}"}},
    "docker-host-env-address": {"env": {"DOCKER_HOST": "tcp://10.0.0.1:2375"}},
    "docker-host-env-unknown": {"env": {"DOCKER_HOST": "$(WHERE)"}},
    "docker-host-env-kin": {"env": {"DOCKER_API_VERSION": "1.40"}},
    "docker-cli": {"command": ["docker", "ps"], "host_paths": {SOCKET: SOCKET}},
    "docker-cli-own": _with_daemon(command=["docker", "ps"]),
    "docker-cli-remote": {"env": REMOTE, "command": ["docker", "ps"]},
    "docker-cli-unknown": {"command": ["docker", "ps"]},
    "docker-cli-image": {"image": "docker:20.10", "command": ["sleep", "infinity"]},
    "docker-service": {"command": ["chroot", "/host", "systemctl", "restart", "docker"], **HOST},
    "docker-service-own": {"image": "docker:dind", "command": ["sh", "-c", "dockerd & service docker restart"]},
    "docker-service-unknown": {"command": ["systemctl", "restart", "docker"]},
    "docker-service-cri-dockerd": {"command": ["chroot", "/host", "systemctl", "restart", "cri-docker"], **HOST},
    "runtime-setting": {"args": ["--container-runtime=docker"]},
    "runtime-setting-dockershim": {"env": {"CONTAINER_RUNTIME_ENDPOINT": "unix:///var/run/dockershim.sock"}},
    "runtime-setting-cri-dockerd": {"env": {"CONTAINER_RUNTIME_ENDPOINT": "unix:///run/cri-dockerd.sock"}},
    "runtime-setting-own": _with_daemon(args=["--docker-endpoint=tcp://localhost:2375"]),
    "runtime-setting-remote": {"args": ["--docker-endpoint=tcp://builder.example.com:2375"]},
    "docker-log-parser": {"env": {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json"}},
    "docker-log-parser-default": {
        "image": "fluent/fluentd-kubernetes-daemonset:v1.16",
        "host_paths": {"/var/log": "/x"},
    },
    "dind": {"image": "docker:dind"},
    "known-agent-ready": {"image": "falcosecurity/falco:0.36", "host_paths": {SOCKET: "/x", "/run/containerd": "/y"}},
    "known-agent-old": {"image": "datadog/agent:7.23.1", "host_paths": {SOCKET: "/x"}},
    "known-agent-untold": {"image": "weaveworks/scope:1.13.2", "host_paths": {SOCKET: "/x"}},
    "known-agent-unsure": {"image": "datadog/agent:latest", "host_paths": {SOCKET: "/x"}},
    "known-agent-never": {"image": "containrrr/watchtower:1.7.1"},
    "agent-carries-on": {"image": "prom/node-exporter:v1.7.0", "host_paths": {"/": "/host"}},
    "agent-without-socket": {"image": "datadog/agent:7.50.3", "host_paths": {SOCKET: "/x"}},
    "runtime-class": {"runtime_class": "docker"},
    "apparmor-profile": {
        "spec": {
            "containers": [make_container()],
            "securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": "docker-default"}},
        },
    },
    "gpu-runtime": {"command": ["docker", "run", "--gpus=all", "cuda"]},
    "docker-bridge": {"args": ["--statsd=172.17.0.1:8125"]},
}


def found(reason: str) -> tuple[Finding, ...]:
    """Return the findings of the spec for a reason, in a cluster with a RuntimeClass called docker."""
    view = view_of(make_runtime_class(), make_deployment("web", **REASONS[reason]))
    return named(view, "web").findings


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_a_rule_gives_has_its_sentence(reason: str) -> None:
    assert reason in [finding.reason for finding in found(reason)]
    assert f"why.{reason}" in keys("en")


def test_everything_that_fails_says_how_it_shows_and_every_sentence_on_that_can_be_said() -> None:
    seen = [finding for reason in REASONS for finding in found(reason)]
    assert not [f for f in seen if f.severity.is_at_risk and f.failure is None]
    assert not [f for f in seen if f.severity is Severity.INFO and f.failure is not None]
    said = {f"fails.{fails_as(failure, runtime)}" for failure in Failure for runtime in (None, *Runtime)}
    assert said == {key for key in keys("en") if key.startswith("fails.")}
    assert {finding.failure for finding in seen} == {None, *Failure}


def test_everything_at_risk_has_advice_and_every_advice_can_be_given() -> None:
    specs = [*REASONS.values(), {"image": "cadvisor:v0.47.0", "args": ["--docker_only"]}]
    given = set()
    for spec in specs:
        workload = named(view_of(make_runtime_class(), make_deployment("web", **spec)), "web")
        found = fixes(workload, load_knowledge().agents)
        assert not [f for at, f in enumerate(workload.findings) if f.severity.is_at_risk and at not in found]
        given |= {f"todo.{fix.advice}" for fix in found.values()}
    assert given == {key for key in keys("en") if key.startswith("todo.")}


def test_no_reason_is_left_without_a_pod_spec_and_no_sentence_without_a_reason() -> None:
    assert {f"why.{reason}" for reason in REASONS} | {"why.through"} == {k for k in keys("en") if k.startswith("why.")}


def test_a_rule_gives_only_the_severities_it_declares() -> None:
    declared = {rule.code: {*rule.severities, Severity.INFO} for rule in RULES}
    seen = [finding for reason in REASONS for finding in found(reason)]
    assert {finding.code for finding in seen} == set(declared)
    assert all(finding.severity in declared[finding.code] for finding in seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_can_be_said(language: str) -> None:
    catalogue = load_catalogue(language)
    for section, entries in raw(f"messages/{language}.toml").items():
        for name, entry in entries.items():
            for number in (0, 1, 2, 1234):
                values: dict[str, Any] = {field: Text("x") for field in placeholders(entry)}
                if "n" in values:
                    values["n"] = number
                assert catalogue.say(f"{section}.{name}", **values), f"{section}.{name}"


@pytest.mark.parametrize(("language", "unseen"), [("en", "Not seen: "), ("ko", "검사했습니다. ")])
def test_what_a_scan_does_not_see_is_nothing_that_a_rule_reads(language: str, unseen: str) -> None:
    """Of variables only values that stand elsewhere are not seen, and of scripts those that come from there."""
    for key in ("status.limits", "in-files.limits"):
        looked_at, _, not_seen = load_catalogue(language).plain(key).partition(unseen)
        assert not_seen
        for word in ("commands", "probes", "variable", "명령", "프로브", "변수"):
            assert word not in not_seen
        assert "commands" in looked_at or "명령" in looked_at
