"""deploy/ agrees with itself and with the program: ports, paths, variables, users, names."""

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from bot.adapters.http import CONNECTIONS, HELD_BODY_BYTES, MAX_BODY_BYTES, SLACK_PATH, make_site
from bot.app.bot import ANSWERS_SECONDS
from bot.core.snapshot import CLUSTER_WIDE
from bot.settings import Settings, variable
from tests.generate import ROOT
from tests.integration.dockerfile import ignores, parse

DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "base"
EXAMPLE = DEPLOY / "overlays" / "example"
NAMESPACED = DEPLOY / "overlays" / "namespaced"
MANIFESTS = sorted([*BASE.rglob("*.yaml"), *(DEPLOY / "overlays").rglob("*.yaml")])

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
STAGES = parse(DOCKERFILE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


POD = load(BASE / "deployment.yaml")["spec"]["template"]["spec"]
(BOT,) = POD["containers"]


# The manifests among themselves.


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_a_manifest_is_one_document_and_holds_no_secret(path: Path) -> None:
    manifest = load(path)
    assert {"apiVersion", "kind"} <= manifest.keys()
    assert manifest["kind"] != "Secret"
    assert not re.search(r"xox[a-z]-\w|xapp-\w", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", [BASE, EXAMPLE, EXAMPLE / "http", NAMESPACED], ids=lambda folder: folder.name)
def test_a_kustomization_names_every_file_beside_it_and_no_other(folder: Path) -> None:
    kustomization = load(folder / "kustomization.yaml")
    named = {*kustomization["resources"], *(patch["path"] for patch in kustomization.get("patches", ()))}
    assert {folder / name for name in named if name.endswith(".yaml") and "/" not in name} == {
        path for path in folder.glob("*.yaml") if path.name != "kustomization.yaml"
    }
    assert all((folder / name).exists() for name in named)


def test_the_example_names_the_component_for_http_mode_in_a_comment() -> None:
    lines = (EXAMPLE / "kustomization.yaml").read_text(encoding="utf-8").splitlines()
    (start,) = (number for number, line in enumerate(lines) if line == "# components:")
    assert (EXAMPLE / lines[start + 1].removeprefix("#   - ") / "kustomization.yaml").exists()


def test_three_lines_of_the_example_are_to_be_edited() -> None:
    files = (EXAMPLE / "kustomization.yaml", EXAMPLE / "settings.yaml")
    assert sum(path.read_text(encoding="utf-8").count(" # EDIT: ") for path in files) == 3


@pytest.mark.parametrize(
    "path", [path for path in MANIFESTS if path.name != "kustomization.yaml"], ids=lambda p: p.name
)
def test_everything_is_called_unshim_and_lives_in_one_namespace(path: Path) -> None:
    manifest = load(path)
    metadata = manifest["metadata"]
    is_global = manifest["kind"] in ("Namespace", "ClusterRole", "ClusterRoleBinding")
    home = path.parent.name if path.parent.parent == NAMESPACED else "unshim"
    assert metadata.get("namespace") == (None if is_global else home)
    if path.name != "settings.yaml" and "$patch" not in manifest:  # patches
        assert metadata["labels"] == {"app.kubernetes.io/name": "unshim"}


def test_selectors_find_the_pod() -> None:
    deployment = load(BASE / "deployment.yaml")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert load(BASE / "service.yaml")["spec"]["selector"] == labels
    assert load(BASE / "networkpolicy.yaml")["spec"]["podSelector"]["matchLabels"] == labels


def test_the_pod_is_given_the_token_of_the_account_and_nobody_else_is() -> None:
    account = load(BASE / "serviceaccount.yaml")
    assert POD["serviceAccountName"] == account["metadata"]["name"]
    assert (account["automountServiceAccountToken"], POD["automountServiceAccountToken"]) == (False, True)


def test_patches_and_images_of_the_example_mean_the_container_of_the_base() -> None:
    (patched,) = load(EXAMPLE / "settings.yaml")["spec"]["template"]["spec"]["containers"]
    (image,) = load(EXAMPLE / "kustomization.yaml")["images"]
    assert patched["name"] == BOT["name"]
    assert f"{image['name']}:{image['newTag']}" == BOT["image"] == f"unshim:{PROJECT['version']}"


def test_the_secret_that_the_example_tells_to_create_is_the_one_the_pod_reads() -> None:
    (source,) = BOT["envFrom"]
    text = (EXAMPLE / "kustomization.yaml").read_text(encoding="utf-8")
    assert f"create secret generic {source['secretRef']['name']} --from-env-file=.env" in text
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# Some namespaces alone.


def test_the_role_of_a_namespace_grants_what_the_cluster_role_grants_in_one() -> None:
    def granted(path: Path) -> set[tuple[str, str, str]]:
        return {
            (group, resource, verb)
            for rule in load(path)["rules"]
            for group in rule.get("apiGroups", ())
            for resource in rule.get("resources", ())
            for verb in rule["verbs"]
        }

    everything = granted(BASE / "clusterrole.yaml")
    assert granted(NAMESPACED / "web" / "role.yaml") == {rule for rule in everything if rule[1] not in CLUSTER_WIDE}


def test_the_namespaces_of_the_overlay_are_those_that_the_bot_reads() -> None:
    (patched,) = load(NAMESPACED / "settings.yaml")["spec"]["template"]["spec"]["containers"]
    (names,) = [each["value"] for each in patched["env"] if each["name"] == "UNSHIM_NAMESPACES"]
    folders = {path.parent for path in NAMESPACED.glob("*/role.yaml")}
    assert names.split(",") == sorted(folder.name for folder in folders)
    binding = load(NAMESPACED / "web" / "rolebinding.yaml")
    assert binding["subjects"] == load(BASE / "clusterrolebinding.yaml")["subjects"]
    named = load(NAMESPACED / "kustomization.yaml")["resources"]
    assert {f"{folder.name}/{file}" for folder in folders for file in ("role.yaml", "rolebinding.yaml")} < set(named)


def test_nothing_of_the_overlay_reaches_the_whole_cluster() -> None:
    for name in ("clusterrole.yaml", "clusterrolebinding.yaml"):
        patch, whole = load(NAMESPACED / name), load(BASE / name)
        assert patch["$patch"] == "delete"
        assert (patch["kind"], patch["metadata"]["name"]) == (whole["kind"], whole["metadata"]["name"])


# How the pod is held.


def test_the_pod_has_no_right_that_it_does_not_need() -> None:
    """What the restricted level of Pod Security asks for, and a root file system that cannot be written."""
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] >= 10_000
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert BOT["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & POD.keys()


def test_only_folders_of_limited_size_can_be_written() -> None:
    """A temporary one, and the one where the image has the database."""
    mounts = {mount["mountPath"]: mount["name"] for mount in BOT["volumeMounts"]}
    assert mounts == {"/tmp": "tmp", "/var/lib/unshim": "data"}
    assert {volume["name"]: set(volume["emptyDir"]) for volume in POD["volumes"]} == {
        "tmp": {"sizeLimit"},
        "data": {"sizeLimit"},
    }
    (url,) = re.findall(r"UNSHIM_DATABASE_URL=(\S+)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    assert url == "sqlite:////var/lib/unshim/unshim.db"


def test_requests_that_nobody_has_signed_cannot_fill_what_the_pod_is_given() -> None:
    """Bodies are held before their signature can be checked, so anybody may open every connection with one."""
    volume = next(volume for volume in POD["volumes"] if volume["name"] == "tmp")
    assert mebibytes(volume["emptyDir"]["sizeLimit"]) * 2**20 >= CONNECTIONS * MAX_BODY_BYTES
    # 160 MiB is what it took at 1,500 nodes and 45,000 pods (README.md).
    held = CONNECTIONS * HELD_BODY_BYTES / 2**20
    assert mebibytes(BOT["resources"]["limits"]["memory"]) >= 1.25 * (160 + held)


def mebibytes(quantity: str) -> int:
    """Return a quantity such as ``256Mi``."""
    assert quantity.endswith("Mi")
    return int(quantity.removesuffix("Mi"))


def test_there_is_one_bot_at_a_time() -> None:
    spec = load(BASE / "deployment.yaml")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_memory_is_requested_in_full_and_cpu_is_not_limited() -> None:
    assert BOT["resources"]["limits"] == {"memory": BOT["resources"]["requests"]["memory"]}


def test_the_grace_period_leaves_time_for_the_answers_under_way() -> None:
    assert POD["terminationGracePeriodSeconds"] > 20 > ANSWERS_SECONDS


def test_a_restart_is_slow_to_come() -> None:
    probe = BOT["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 120


# The manifests and the program.


class Healthy:
    def problems(self) -> list[str]:
        return []


@pytest.mark.parametrize(("probe", "path"), [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")])
def test_a_probe_asks_a_path_that_the_bot_serves(probe: str, path: str) -> None:
    assert BOT[probe]["httpGet"] == {"path": path, "port": "http"}
    assert make_site(Healthy(), lambda: b"").test_client().get(path).status_code == 200


def test_every_port_is_the_one_the_bot_listens_on() -> None:
    (port,) = BOT["ports"]
    (service_port,) = load(BASE / "service.yaml")["spec"]["ports"]
    (ingress,) = load(BASE / "networkpolicy.yaml")["spec"]["ingress"]
    assert port["containerPort"] == Settings.model_fields["http_port"].default
    assert {service_port["targetPort"], *(item["port"] for item in ingress["ports"])} == {port["name"]}
    assert STAGES[-1].texts("EXPOSE") == [str(port["containerPort"])]


def test_the_ingress_shows_the_path_of_slack_only() -> None:
    (rule,) = load(EXAMPLE / "http" / "ingress.yaml")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == (SLACK_PATH, "Exact")


def test_the_bot_may_reach_names_slack_and_the_api_server_only() -> None:
    rules = load(BASE / "networkpolicy.yaml")["spec"]["egress"]
    assert {(item["protocol"], item["port"]) for rule in rules for item in rule["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
        ("TCP", 443),
        ("TCP", 6443),
    }


def test_every_variable_named_in_deploy_is_a_setting() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in [*MANIFESTS, DEPLOY / "Dockerfile"])
    named = set(re.findall(r"\b(?:SLACK|UNSHIM)_[A-Z][A-Z_]*[A-Z]\b", texts))
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "UNSHIM_CLUSTER_NAME"} <= named
    assert named <= {variable(name) for name in Settings.model_fields}


def test_kubernetes_adds_no_variable_that_could_be_taken_for_a_setting() -> None:
    """Of a Service named unshim it would make UNSHIM_PORT, UNSHIM_SERVICE_HOST and others."""
    assert POD["enableServiceLinks"] is False


# The Dockerfile.


def test_both_stages_start_from_one_slim_python_that_the_project_supports() -> None:
    build, run = STAGES
    match = re.fullmatch(r"python:3\.(\d+)-slim-\w+", build.base)
    assert run.base == build.base
    assert match
    assert PROJECT["requires-python"] == f">=3.{match[1]}", "the oldest Python supported is the one the tests run with"


def test_packages_are_installed_from_the_lock_with_their_hashes() -> None:
    (install,) = (text for text in STAGES[0].texts("RUN") if "pip install" in text)
    assert "--require-hashes" in install
    assert install.endswith("-r /build/requirements.lock")


def test_the_last_stage_runs_nothing_while_it_is_built() -> None:
    assert {word for word, _ in STAGES[-1].lines} == {"COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}


def test_the_user_is_a_number_and_the_one_of_the_pod() -> None:
    context = POD["securityContext"]
    assert STAGES[-1].texts("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"]


def test_the_command_is_in_exec_form_and_serves() -> None:
    assert STAGES[-1].texts("ENTRYPOINT") == ['["python", "-m", "bot"]']
    assert STAGES[-1].texts("CMD") == ['["serve"]']
    assert not {"command", "args"} & BOT.keys()


@pytest.mark.parametrize(
    ("path", "is_out"),
    [
        (".env", True),
        (".git/config", True),
        (".venv/bin/python", True),
        ("tests/conftest.py", True),
        ("bot/core/__pycache__/view.cpython-311.pyc", True),
        ("bot/data/demo.json", False),
        ("handlers/__init__.py", False),
        ("requirements.lock", False),
    ],
)
def test_the_context_of_a_build_is_the_program(path: str, is_out: bool) -> None:
    assert ignores((DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), PurePosixPath(path)) is is_out
