"""Exit codes and streams: results on standard output, one sentence of error on standard error."""

from pathlib import Path

import pytest

from tests.factories import make_deployment, make_namespace, make_node, make_pod
from tests.unit.cli.program import AS_OF, DATA, PARENT, SOCKET, Result, dump, every_kind, run

SEVERITIES = {
    "blocker": make_deployment("x", namespace="web", host_paths=SOCKET),
    "degraded": make_deployment("x", namespace="web", host_paths=DATA),
    "review": make_deployment("x", namespace="web", host_paths=PARENT),
    "info": make_deployment("x", namespace="web", image="docker:dind"),
    "clean": make_deployment("x", namespace="web"),
}
RANKS = {name: rank for rank, name in enumerate(SEVERITIES)}


def is_one_sentence(result: Result) -> bool:
    return result.out == "" and result.err.startswith("unshim: ") and result.err.count("\n") == 1


@pytest.mark.parametrize("fail_on", ["blocker", "degraded", "review", "never"])
@pytest.mark.parametrize("found", SEVERITIES)
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_scan_fails_from_the_severity_asked_for(found: str, fail_on: str, output: str, tmp_path: Path) -> None:
    path = dump(tmp_path, *every_kind(), SEVERITIES[found])
    result = run("scan", "--snapshot", path, "--fail-on", fail_on, "-o", output)
    assert result.code == (1 if fail_on != "never" and RANKS[found] <= RANKS[fail_on] else 0)
    assert result.out
    assert result.err == ""


@pytest.mark.parametrize(("found", "code"), [("blocker", 1), ("degraded", 0), ("review", 0)])
def test_a_scan_fails_on_blockers_when_nothing_else_is_said(found: str, code: int, tmp_path: Path) -> None:
    assert run("scan", "--snapshot", dump(tmp_path, *every_kind(), SEVERITIES[found])).code == code


def test_a_scan_of_a_partial_dump_is_4(tmp_path: Path) -> None:
    path = dump(tmp_path, make_node(), make_deployment("web"))
    result = run("scan", "--snapshot", path)
    assert (result.code, result.err) == (4, "")
    assert "in what I can see" in result.out


def test_a_finding_wins_over_partial_coverage(tmp_path: Path) -> None:
    path = dump(tmp_path, make_node(), make_deployment("web", host_paths=SOCKET))
    assert run("scan", "--snapshot", path).code == 1
    assert run("scan", "--snapshot", path, "--fail-on", "never").code == 4


def test_asking_a_partial_dump_is_fine(tmp_path: Path) -> None:
    path = dump(tmp_path, make_node(), make_deployment("web", host_paths=SOCKET))
    for words in (["status"], ["pods"], ["explain", "web"], ["explain", "nothing"], ["xyzzy"]):
        result = run("ask", *words, "--snapshot", path)
        assert (result.code, result.err) == (0, "")
        assert result.out


def test_a_scan_of_one_namespace_lists_and_judges_only_that(tmp_path: Path) -> None:
    path = dump(tmp_path, *every_kind(), make_namespace("empty"), make_pod("x", namespace="ci", host_paths=SOCKET))
    assert run("scan", "--snapshot", path, "-n", "ci").code == 1
    for namespace in ("web", "empty"):
        result = run("scan", "--snapshot", path, "-n", namespace, "-o", "json")
        assert (result.code, result.json["workloads"]) == (0, [])


def test_an_unknown_namespace_is_wrong_usage_never_clean(tmp_path: Path) -> None:
    result = run("scan", "--snapshot", dump(tmp_path, *every_kind()), "-n", "wep")
    assert result.code == 2
    assert is_one_sentence(result)
    assert "wep" in result.err
    assert "Near: web" in result.err


def test_a_namespace_that_may_only_be_unseen_is_partial(tmp_path: Path) -> None:
    path = dump(tmp_path, make_node(), make_deployment("web"))
    assert run("scan", "--snapshot", path, "-n", "elsewhere").code == 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(None, "cannot be read: No such file or directory", id="missing"),
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"NAME  STATUS\nn-1  Ready\n", "is not JSON (line 1)", id="a-kubectl-table"),
        pytest.param(b'{"kind": "List",\n"items": [', "ends in the middle (line 2)", id="truncated"),
        pytest.param(b'{"kind": "Status"}', "holds no Kubernetes objects", id="no-list"),
    ],
)
@pytest.mark.parametrize("command", [["ask", "status"], ["scan"], ["scan", "-o", "json"]])
def test_a_snapshot_that_is_none_is_2_with_the_line(
    data: bytes | None, said: str, command: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "dump.json"
    if data is not None:
        path.write_bytes(data)
    result = run(*command, "--snapshot", path)
    assert result.code == 2
    assert is_one_sentence(result)
    assert said in result.err
    assert str(path) in result.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["ask"], "nothing was asked"),
        (["ask", "--demo"], "nothing was asked"),
        (["ask", "status", "--demo", "--snapshot", "x"], "only one of"),
        (["scan", "--demo", "--kubeconfig", "x"], "only one of"),
        (["scan", "--snapshot", "x", "--context", "y"], "only one of"),
        (["ask", "status", "--batch", "x", "--demo"], "not both"),
        (["ask", "--batch", "-", "--snapshot", "-"], "cannot both read standard input"),
        (["ask", "--batch", "nowhere.jsonl", "--demo"], "cannot be read"),
        (["ask", "status", "--demo", "--as-of", "yesterday"], "yesterday is no date and time"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_call_is_2_in_one_sentence(argv: list[str], said: str) -> None:
    result = run(*argv)
    assert result.code == 2
    assert is_one_sentence(result)
    assert said in result.err


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["scan", "words"],
        ["ask", "status", "--nonsense"],
        ["ask", "status", "-x"],
        ["scan", "--snap", "x"],
        ["scan", "--fail-on", "info"],
        ["scan", "-o", "xml"],
        ["ask", "status", "--lang", "de"],
        ["check", "words"],
        ["scan", "--snapshot"],
    ],
    ids=" ".join,
)
def test_what_no_command_takes_is_2_with_the_usage(argv: list[str]) -> None:
    result = run(*argv)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: unshim")


def test_no_kubeconfig_is_3(tmp_path: Path) -> None:
    for command in (["ask", "status"], ["scan"]):
        result = run(*command, "--kubeconfig", tmp_path / "nowhere")
        assert result.code == 3
        assert is_one_sentence(result)
        assert str(tmp_path / "nowhere") in result.err
        assert "Nothing was read" in result.err


def test_checking_without_a_kubeconfig_is_3_and_looks_at_slack_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSHIM_HTTP_PORT", "1")
    result = run("check", "--kubeconfig", tmp_path / "nowhere")
    watch, slack = result.out.split("\n\n")
    assert watch == "Watch: no bot runs beside this: nothing answers on 127.0.0.1:1."
    assert (result.code, slack) == (3, "Slack: not looked at, since SLACK_BOT_TOKEN is not set.\n")
    assert result.err.startswith("unshim: ")
    assert result.err.count("\n") == 1


def test_what_needs_no_cluster_is_answered_without_one(tmp_path: Path) -> None:
    for words in (["help"], ["guide"], ["guide", "socket"], ["xyzzy"]):
        result = run("ask", *words, "--kubeconfig", tmp_path / "nowhere")
        assert (result.code, result.err) == (0, "")


def test_the_calendar_is_shown_without_a_cluster_and_says_what_is_missing(tmp_path: Path) -> None:
    result = run("ask", "milestones", "--kubeconfig", tmp_path / "nowhere")
    assert result.code == 3
    assert "Kubernetes 1.24 removed dockershim" in result.out
    assert "unknown" in result.out.partition("\n")[0]
    assert result.err.startswith("unshim: ")


def test_checking_a_dump_needs_no_permissions(tmp_path: Path) -> None:
    result = run("check", "--snapshot", dump(tmp_path, make_node()))
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("A dump needs no permissions.\n")
    assert "the dump holds no namespaces" in result.out
    assert run("check", "--snapshot", tmp_path / "missing.json").code == 2


def test_the_demo_needs_nothing() -> None:
    result = run("ask", "status", "--demo")
    assert (result.code, result.err) == (0, "")
    assert "still run on Docker" in result.out
    assert run("scan", "--demo").code == 1


def test_an_error_is_in_the_language_asked_for(tmp_path: Path) -> None:
    for option in (["--lang", "ko"], ["--lang=ko"]):
        result = run("ask", "status", "--snapshot", tmp_path / "nowhere", *option)
        assert result.code == 2
        assert "아무것도" in result.err


def test_a_dump_is_read_from_standard_input(tmp_path: Path) -> None:
    path = dump(tmp_path, *every_kind(), SEVERITIES["blocker"])
    options = ["-o", "json", "--as-of", AS_OF]
    from_stdin = run("scan", "--snapshot", "-", *options, stdin=path.read_bytes())
    assert from_stdin == run("scan", "--snapshot", path, *options)
    assert from_stdin.code == 1
    assert run("ask", "status", "--snapshot", "-", stdin=b"").code == 2
