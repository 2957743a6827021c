"""The repository agrees with the code: generated files, permissions, sizes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters import kube_check
from bot.settings import Settings, variable
from tests import generate

ROOT = generate.ROOT
MODULE_LINES = 400

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.mark.parametrize("path", generate.FILES, ids=lambda path: path.name)
def test_a_generated_file_is_what_would_be_made_now(path: Path) -> None:
    assert path.exists(), f"{path.name} is missing: make generated"
    assert path.read_text(encoding="utf-8") == generate.FILES[path](), f"{path.name} is out of date: make generated"


def test_the_example_names_every_setting_in_order() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^# ((?:UNSHIM|SLACK)_\w+)=", text, re.MULTILINE)
    assert named == [variable(name) for name in Settings.model_fields]


def test_the_example_with_everything_uncommented_sets_the_defaults(tmp_path: Path) -> None:
    text = generate.env_example()
    text = re.sub(r"^# ((?:UNSHIM|SLACK)_\w+=)", r"\1", text, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert Settings() == Settings.model_construct()


def manifest(name: str) -> Any:
    return yaml.safe_load((ROOT / "deploy" / "base" / name).read_text(encoding="utf-8"))


def granted() -> list[tuple[str, str, str]]:
    return sorted(
        (group, resource, verb)
        for rule in manifest("clusterrole.yaml")["rules"]
        for group in rule.get("apiGroups", [])
        for resource in rule.get("resources", [])
        for verb in rule["verbs"]
    )


def test_the_role_grants_exactly_what_is_needed() -> None:
    assert granted() == sorted(
        (item.group, item.resource, item.verb) for item in kube_check.needed() if not item.is_path
    )


def test_the_role_lets_the_version_be_read_and_no_other_url() -> None:
    others = [rule for rule in manifest("clusterrole.yaml")["rules"] if "resources" not in rule]
    assert others == [{"nonResourceURLs": ["/version"], "verbs": ["get"]}]
    assert [(item.resource, item.verb) for item in kube_check.needed() if item.is_path] == [("/version", "get")]


def test_the_role_holds_no_wildcard_no_secret_and_no_verb_that_changes_anything() -> None:
    text = (ROOT / "deploy" / "base" / "clusterrole.yaml").read_text(encoding="utf-8")
    rules = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert "*" not in rules
    assert not re.search("secret|configmap", rules, re.IGNORECASE)
    assert {verb for _, _, verb in granted()} == {"list", "watch"}


def test_every_rule_of_the_role_has_one_resource_and_its_reason() -> None:
    lines = (ROOT / "deploy" / "base" / "clusterrole.yaml").read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("  - ")]
    assert len(starts) == len(manifest("clusterrole.yaml")["rules"])
    assert all(lines[number - 1].lstrip().startswith("# ") for number in starts)
    assert all(len(rule.get("resources", ["x"])) == 1 for rule in manifest("clusterrole.yaml")["rules"])


def test_the_binding_gives_the_role_to_the_service_account_of_the_base() -> None:
    binding, account = manifest("clusterrolebinding.yaml"), manifest("serviceaccount.yaml")
    assert binding["roleRef"]["name"] == manifest("clusterrole.yaml")["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", **{key: account["metadata"][key] for key in ("name", "namespace")}}
    ]
    assert account["metadata"]["namespace"] == manifest("namespace.yaml")["metadata"]["name"]


def test_the_base_applies_every_manifest_beside_it() -> None:
    files = {path.name for path in (ROOT / "deploy" / "base").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(manifest("kustomization.yaml")["resources"]) == files


def test_no_module_grows_too_long() -> None:
    modules = [path for package in ("bot", "handlers") for path in (ROOT / package).rglob("*.py")]
    sizes = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*.py")
        if re.search(r"\bos\.(?:environ|getenv)|BaseSettings", path.read_text(encoding="utf-8"))
    }
    assert readers == {"bot/settings.py"}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_pins_by_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"--(?:extra-)?index-url|--find-links|https?://", text)
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert pinned
    assert sorted(pinned) == sorted(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE))
