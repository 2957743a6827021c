"""``unshim scan -f``: paths, exit codes, and what each output says of files."""

import csv
import io
import os
import re
import shlex
from pathlib import Path

import pytest

from bot.adapters import manifest_files
from bot.adapters.knowledge import LANGUAGES
from tests import generate
from tests.unit.cli.program import AS_OF, Result, run
from tests.unit.conftest import Golden

BAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: main, image: x, volumeMounts: [{name: v, mountPath: /v}]}]
      volumes:
        - name: v
          hostPath: {path: /var/run/docker.sock}
"""
DEGRADED = BAD.replace("/var/run/docker.sock", "/var/lib/docker")
REVIEW = BAD.replace("/var/run/docker.sock", "/var/run")
CLEAN = BAD.replace("/var/run/docker.sock", "/tmp")
BROKEN = "a: [\n"


def put(folder: Path, **texts: str | bytes) -> Path:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def places(result: Result) -> list[str]:
    return [f"{Path(w['file']).name}:{f['line']}" for w in result.json["workloads"] for f in w["findings"]]


@pytest.mark.parametrize("output", ["table", "json", "csv", "sarif"])
@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        pytest.param(BAD, "blocker", 1, id="found"),
        pytest.param(DEGRADED, "blocker", 0, id="below the limit"),
        pytest.param(DEGRADED, "degraded", 1, id="at the limit"),
        pytest.param(REVIEW, "review", 1, id="to check"),
        pytest.param(BAD, "never", 0, id="never"),
        pytest.param(CLEAN, "review", 0, id="clean"),
        pytest.param(f"{CLEAN}---\n{BROKEN}", "blocker", 4, id="not all read"),
        pytest.param(f"{BROKEN}---\n{BAD}", "blocker", 1, id="found wins over not all read"),
        pytest.param(f"{BROKEN}---\n{BAD}", "never", 4, id="never, and not all read"),
        pytest.param(BROKEN, "blocker", 4, id="nothing read"),
    ],
)
def test_exit_codes_are_those_of_a_scan(text: str, fail_on: str, code: int, output: str, tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, m_yaml=text), "--fail-on", fail_on, "-o", output)
    assert (result.code, result.err) == (code, "")
    assert result.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--demo"], "--demo"),
        (["--snapshot", "x.json"], "--snapshot"),
        (["--kubeconfig", "x"], "--kubeconfig"),
        (["--context", "x"], "--context"),
        (["--cluster-version", "v1.23.0"], "--cluster-version"),
    ],
)
def test_files_and_a_cluster_exclude_each_other(options: list[str], said: str, tmp_path: Path) -> None:
    result = run("scan", *options, "-f", put(tmp_path, m_yaml=BAD))
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "-f and" in result.err


def test_a_path_that_does_not_exist_is_named_and_nothing_judged(tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, m_yaml=BAD), tmp_path / "no-such.yaml")
    assert (result.code, result.out) == (2, "")
    assert f"{tmp_path}/no-such.yaml does not exist" in result.err


@pytest.mark.parametrize("texts", [{}, {"values_yaml": "replicas: 3\n"}, {"README_md": BAD}, {"x_yaml": "# nothing\n"}])
def test_nothing_of_kubernetes_is_wrong_usage_and_never_clean(texts: dict[str, str], tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, **texts))
    assert (result.code, result.out) == (2, "")
    assert "nothing of Kubernetes in" in result.err
    assert str(tmp_path) in result.err


def test_a_folder_is_searched_in_order_and_other_files_and_hidden_folders_are_not(tmp_path: Path) -> None:
    texts = {"b_yml": BAD, "a__c_yaml": BAD, "a__d_JSON": b'{"kind": "x"}', "x_txt": BROKEN, "y_tpl": BROKEN}
    put(tmp_path, **texts)
    put(tmp_path / ".git", x_yaml=BAD)
    assert places(run("scan", "-f", tmp_path, "-o", "json")) == ["c.yaml:10", "b.yml:10"]


def test_a_file_that_is_named_is_read_whatever_it_is_called_and_only_once(tmp_path: Path) -> None:
    put(tmp_path, x_txt=BAD)
    path = tmp_path / "x.txt"
    assert places(run("scan", "-f", path, path, tmp_path / "." / "x.txt", "-o", "json")) == ["x.txt:10"]


def test_symlinks_that_lead_in_circles_end_and_those_that_lead_on_are_followed(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", x_yaml=BAD)
    folder = put(tmp_path / "in", a_yaml=CLEAN)
    (folder / "self").symlink_to(folder)
    (folder / "up").symlink_to(tmp_path)
    (folder / "file.yaml").symlink_to(folder / "a.yaml")
    (folder / "dangling.yaml").symlink_to(folder / "nothing")
    result = run("scan", "-f", folder, "-o", "json")
    assert places(result) == ["x.yaml:10"]
    assert outside.exists()
    assert [Path(gap["file"]).name for gap in result.json["coverage"]["gaps"]] == ["dangling.yaml"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(put(tmp_path, a_yaml=CLEAN) / "b.yaml")
    assert run("scan", "-f", tmp_path).code == 0


def test_standard_input_is_a_file_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, a_yaml=BAD.replace("web", "other"))
    result = run("scan", "-f", "-", tmp_path / "a.yaml", "-o", "json", stdin=BAD.encode())
    assert places(result) == ["a.yaml:10", "stdin:10"]
    nothing = run("scan", "-f", "-", stdin=b"")
    assert nothing.code == 2
    assert "in stdin" in nothing.err


def test_a_file_beyond_the_limit_is_told_and_the_others_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest_files, "MAX_BYTES", 1000)
    result = run("scan", "-f", put(tmp_path, a_yaml=CLEAN + "#" * 1000, b_yaml=BAD), "-o", "json")
    assert (result.code, places(result)) == (1, ["b.yaml:10"])
    assert "larger than" in result.json["coverage"]["gaps"][0]["why"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_what_windows_writes_is_read(codec: str, tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, a_yaml=BAD.replace("\n", "\r\n").encode(codec)), "-o", "json")
    assert places(result) == ["a.yaml:10"]


def test_the_json_is_that_of_the_contract_with_file_and_line_added(tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, a_yaml=BAD), "-o", "json", "--as-of", AS_OF)
    data = result.json
    assert list(data) == ["schema", "as_of", "cluster", "coverage", "nodes", "workloads"]
    assert (data["schema"], data["as_of"]) == ("unshim.scan/v1", AS_OF)
    assert data["cluster"] == {"name": None, "version": None, "provider": None}
    assert data["coverage"] == {"complete": True, "gaps": []}
    assert data["nodes"] == {"total": 0, "by_runtime": {}, "pools": []}
    (workload,) = data["workloads"]
    assert [workload.pop(key) for key in ("pods", "pods_exposed", "excepted", "line")] == [0, 0, False, 1]
    assert workload.pop("file") == f"{tmp_path}/a.yaml"
    (finding,) = workload.pop("findings")
    assert workload == {
        "kind": "Deployment",
        "namespace": "shop",
        "name": "web",
        "severity": "blocker",
        "owner": None,
    }
    assert (finding["file"], finding["line"], finding["guide"]) == (f"{tmp_path}/a.yaml", 10, "check-impact")


def test_a_cluster_has_no_files_and_lines() -> None:
    (workload, *_) = run("scan", "--demo", "-o", "json").json["workloads"]
    assert not {"file", "line"} & {*workload, *workload["findings"][0]}
    assert "file" not in run("scan", "--demo", "-o", "csv").out.splitlines()[0].split(",")


def test_the_csv_has_file_and_line(tmp_path: Path) -> None:
    result = run("scan", "-f", put(tmp_path, a_yaml=f"{BAD}---\n{BROKEN}"), "-o", "csv")
    (row,) = csv.DictReader(io.StringIO(result.out))
    assert (row["file"], row["line"], row["complete"]) == (f"{tmp_path}/a.yaml", "10", "false")


def test_namespaces_are_chosen_as_in_a_cluster(tmp_path: Path) -> None:
    put(tmp_path, a_yaml=BAD, b_yaml=BAD.replace(", namespace: shop", ""))
    for namespace, names in (("shop", ["a.yaml:10"]), ("", ["b.yaml:10"])):
        assert places(run("scan", "-f", tmp_path, "-o", "json", "-n", namespace)) == names
    result = run("scan", "-f", tmp_path, "-n", "shpo")
    assert (result.code, result.out) == (2, "")
    assert "Near: shop" in result.err


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", [BAD, CLEAN, f"{BROKEN}---\n{REVIEW}---\n{DEGRADED.replace('web', 'x')}"])
def test_a_person_reads_the_verdict_first_and_every_place_with_what_to_do(
    text: str, language: str, tmp_path: Path
) -> None:
    put(tmp_path, a_yaml=text)
    lines = run("scan", "-f", tmp_path, "--lang", language).out.splitlines()
    told = "\n".join(lines)
    lost = text.startswith(BROKEN)
    assert re.search({"en": "risk", "ko": "위험"}[language], lines[0])
    assert ("NOT complete" in told) or ("누락 있음" in told) == lost or not lost
    assert told.count("https://kubernetes.io/") == len(re.findall("/var/(?:run|lib)", text))
    for match in re.finditer("path: /var/(?:run|lib)", text):
        line = text.count("\n", 0, match.start()) + 1
        assert f"{tmp_path}/a.yaml:{line}" in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        b"a:\n\tb: 1",
        b"a: \x01",
        b"\xff",
        b"\x00",
        b"a: [1\nb: 2",
        b"a: {b: [",
        b'a: "x',
        b"a: 1\n b: 2",
        b"a: 1\nfoo\nb: 2",
        b"a: @",
        b"a: *x",
        b"a: &x [*x]",
        b"a: &a [x]\nb: &b [*a]\n? *b\n: 1",
        b"[" * 300,
        b"<<: 1\na: 1",
        b"kind: X\napiVersion: v1\nkind: Y",
        b"{{ x }}",
        b"apiVersion: v1\nspec: {}",
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: x}",
        BAD.replace("image: x", "image: 1").encode(),
        BAD.replace("image: x", "image: {}").replace("kind: D", "kind: Dep").encode(),
        BAD.replace("name: web", "name: web, labels: {a: 1}").encode(),
        b'{"a": ',
        b'{"a": nul}',
    ],
)
def test_every_problem_has_its_sentence_and_its_place(text: bytes, language: str, tmp_path: Path) -> None:
    path = tmp_path / ("x.json" if text.startswith(b'{"') else "x.yaml")
    path.write_bytes(text)
    result = run("scan", "-f", path, "--lang", language, "--fail-on", "never")
    assert result.code == 4
    assert re.search(rf"{re.escape(str(path))}:\d+: \S", result.out)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_folder_of_everything_word_for_word(
    language: str, golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: build-, namespace: ci, labels: {team: tools, version: 1.2}}
spec:
  volumes: [{name: logs, hostPath: {path: /var/lib/docker/containers}}]
  templates:
    - {name: a, container: {image: "docker:24-dind"}}
    - {name: b, container: {image: x, volumeMounts: [{name: logs, mountPath: /l}]}}
"""
    chart = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n"
    put(
        tmp_path,
        web_yaml=f"{BAD}---\na:\n\tb: 1\n---\n{REVIEW.replace('web', 'shell')}",
        values_yaml="a: 1\na: 2\n",
        svc_json=b'{"apiVersion": "v1", "kind": "Service", "kind": "Service"}',
    )
    put(tmp_path, ci__build_yaml=workflow, chart__pod_yaml=chart)
    monkeypatch.chdir(tmp_path)
    result = run("scan", "-f", ".", "--lang", language, "--as-of", AS_OF)
    assert result.code == 1
    golden.check(f"scan-files.{language}.txt", result.out)


def test_hostile_names_of_files_are_spelled_out(tmp_path: Path) -> None:
    name = "\x1b[31m\u202eevil.yaml"
    (tmp_path / name).write_text(BAD, encoding="utf-8")
    for output in ("table", "csv"):
        shown = run("scan", "-f", tmp_path, "-o", output).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_what_the_readme_shows_is_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (generate.ROOT / "README.md").read_text(encoding="utf-8")
    (manifest,) = re.findall(r"```yaml\n(# deploy/cleaner\.yaml\n.*?)```", text, re.DOTALL)
    ((command, shown),) = re.findall(r"```console\n\$ (unshim scan -f deploy[^\n]*)\n(.*?)```", text, re.DOTALL)
    put(tmp_path, deploy__cleaner_yaml=manifest)
    monkeypatch.chdir(tmp_path)
    result = run(*shlex.split(command)[1:], "--as-of", "2026-11-29T09:00:00Z")
    assert (result.out, result.code) == (shown, 1)
