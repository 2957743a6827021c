"""The scan as SARIF: valid against the standard's own schema, and what readers of it rely on."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.knowledge import load_catalogue
from bot.render.sarif import sarif, uri
from tests.factories import make_deployment
from tests.unit.cli.program import AS_OF, DATA, PARENT, SOCKET, dump, every_kind, run

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())

pytestmark = pytest.mark.usefixtures("no_settings")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: main, image: x, volumeMounts: [{name: v, mountPath: /v}]}]
      volumes:
        - name: v
          hostPath: {path: PATH}
"""


def checked(log: Any) -> Any:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(log)]
    assert errors == []
    return log["runs"][0]


def scan_files(*paths: Path, code: int = 1) -> Any:
    result = run("scan", "-o", "sarif", "--as-of", AS_OF, "-f", *paths)
    assert (result.code, result.err) == (code, "")
    return checked(result.json)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return write(tmp_path, "web.yaml", DEPLOYMENT.replace("PATH", "/var/run/docker.sock"))


def test_the_schema_refuses_what_is_no_sarif(socket: Path) -> None:
    log = run("scan", "-o", "sarif", "-f", socket).json
    log["runs"][0]["results"][0]["level"] = "blocker"
    assert not VALIDATOR.is_valid(log)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_demo_cluster_is_valid_sarif_in_both_languages(language: str) -> None:
    log = checked(run("scan", "--demo", "-o", "sarif", "--lang", language).json)
    assert log["language"] == language
    assert len(log["results"]) > 10
    assert not any("physicalLocation" in place for result in log["results"] for place in result["locations"])


def test_severities_are_levels_and_what_is_worth_knowing_is_no_failure(tmp_path: Path) -> None:
    objects = [
        make_deployment("a", namespace="web", host_paths=SOCKET),
        make_deployment("b", namespace="web", host_paths=DATA),
        make_deployment("c", namespace="web", host_paths=PARENT),
        make_deployment("d", namespace="web", image="docker:dind"),
    ]
    log = checked(run("scan", "-o", "sarif", "--snapshot", dump(tmp_path, *every_kind(), *objects)).json)
    assert [(r["ruleId"], r["level"], r["kind"]) for r in log["results"]] == [
        ("docker-socket", "error", "fail"),
        ("docker-data", "warning", "fail"),
        ("socket-parent-dir", "note", "fail"),
        ("dind", "none", "informational"),
    ]
    rules = log["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in log["results"])
    assert all(rule["help"]["text"] and rule["helpUri"].startswith("https://") for rule in rules)
    assert all(result["suppressions"] == [] for result in log["results"])


def test_a_finding_in_a_file_has_its_line_and_a_finding_of_a_cluster_its_name(socket: Path, tmp_path: Path) -> None:
    (result,) = scan_files(socket)["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 10}
    (logical,) = location["logicalLocations"]
    assert logical["fullyQualifiedName"].startswith("shop/Deployment/web/spec.template.spec.volumes[0]")
    assert result["message"]["text"].startswith("shop/Deployment/web: /var/run/docker.sock. ")


def test_the_fingerprint_stays_when_lines_move_and_differs_between_findings(socket: Path) -> None:
    before = scan_files(socket)["results"][0]["partialFingerprints"]
    text = socket.read_text(encoding="utf-8")
    moved = text.replace("        - name: v\n", "        - {name: other, emptyDir: {}}\n        - name: v\n")
    socket.write_text("# one line more\n" + moved, encoding="utf-8")
    result = scan_files(socket)["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 12}
    assert "volumes[1]" in result["properties"]["field"]
    assert result["partialFingerprints"] == before
    socket.write_text(text.replace("/var/run/docker.sock", "/run/docker.sock"), encoding="utf-8")
    assert scan_files(socket)["results"][0]["partialFingerprints"] != before


def test_paths_are_uris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "my charts/쇼핑 #1%.yaml", DEPLOYMENT.replace("PATH", "/run/docker.sock"))
    (result,) = scan_files(Path("my charts"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "my%20charts/%EC%87%BC%ED%95%91%20%231%25.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    absolute = scan_files(tmp_path / "my charts")["results"][0]["locations"][0]["physicalLocation"]
    assert absolute["artifactLocation"]["uri"].startswith("file:///")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_every_name_of_a_file_makes_a_valid_uri(name: str) -> None:
    shown = uri(name)
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", shown.removeprefix("file:"))
    parts = urlsplit(shown)
    assert (parts.scheme, parts.query, parts.fragment) == ("file" if name.startswith("/") else "", "", "")
    assert unquote(shown.removeprefix("file://")) == name


def test_what_could_not_be_read_is_told_and_the_run_no_success(tmp_path: Path) -> None:
    path = write(tmp_path, "web.yaml", DEPLOYMENT.replace("PATH", "/tmp/x") + "---\na: 1\nb: [\n")
    (invocation,) = scan_files(path, code=4)["invocations"]
    assert not invocation["executionSuccessful"]
    assert [n["locations"][0]["physicalLocation"]["region"] for n in invocation["toolExecutionNotifications"]] == [
        {"startLine": 13}
    ]


def test_an_exception_is_a_suppression() -> None:
    scan = run("scan", "--demo", "-o", "json").json
    excepted = {"reason": "node pool goes next week", "by": "U1", "until": "2026-12-01"}
    scan["workloads"][0]["findings"][0]["excepted"] = excepted
    log = sarif(scan, load_catalogue("en"), {}, None)
    (suppression,) = checked(log)["results"][0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == excepted["reason"]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("PATH", "/run/docker.sock").replace("name: web", 'name: "<b>{0}%s\\u202e[x](y)"')
    (result,) = scan_files(write(tmp_path, "x.yaml", text))["results"]
    assert "{0}%s" in result["message"]["text"]
