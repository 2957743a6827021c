"""``ask --batch``: a line each, fresh each time; a broken one costs only itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_deployment, make_node
from tests.unit.cli.program import AS_OF, SOCKET, batch, dump, every_kind, run
from tests.unit.render.hostile import check_mrkdwn, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return dump(tmp_path, *every_kind(), make_deployment("builder", namespace="ci", host_paths=SOCKET))


def answers(path: Path, *texts: str, code: int = 0) -> list[Any]:
    result = run("ask", "--batch", batch(path.parent, *texts), "--snapshot", path, "--as-of", AS_OF)
    assert (result.code, result.err) == (code, "")
    return result.lines


def test_a_line_is_answered_with_its_id_and_its_question(path: Path) -> None:
    (line,) = answers(path, "pods ci")
    assert list(line) == ["id", "answer", "question"]
    assert line["id"] == 1
    assert line["question"] == {
        "kind": "at-risk",
        "namespace": "ci",
        "workload": None,
        "owner": None,
        "code": None,
        "pool": None,
    }
    assert line["answer"].startswith("In `ci`: 1 workload at risk.")


@pytest.mark.parametrize("id_", [0, 7, "a-1", "한글", "", None, True, 1.5, [1, "x"], {"a": 1}], ids=repr)
def test_every_id_is_echoed(id_: Any, path: Path) -> None:
    lines = json.dumps({"id": id_, "q": "help", "more": "ignored"}).encode()
    result = run("ask", "--batch", "-", "--snapshot", path, stdin=lines)
    assert result.code == 0
    assert [line["id"] for line in result.lines] == [id_]


def test_lines_are_answered_in_order_each_in_its_language(path: Path) -> None:
    lines = answers(path, "status", "상태", "explain builder", "왜 builder")
    assert [line["id"] for line in lines] == [1, 2, 3, 4]
    assert ["도커" in line["answer"] for line in lines] == [False, True, False, True]


def test_every_line_is_a_fresh_conversation(path: Path) -> None:
    alone = {text: answers(path, text)[0]["answer"] for text in ("status", "explain builder", "help", "nodes a")}
    together = answers(path, *alone, *reversed(alone))
    assert [line["answer"] for line in together] == [*alone.values(), *reversed(alone.values())]


def test_slack_forms_ask_the_same_question(path: Path) -> None:
    plain, *others = answers(
        path,
        "explain ci/builder",
        "<@U1> explain ci/builder",
        "explain <http://ci/builder|ci/builder>",
        "/runtime explain `ci/builder`",
        "<!here>  explain\nci/builder",
    )
    assert all(line["question"] == plain["question"] for line in others)
    assert all(line["answer"] == plain["answer"] for line in others)


@pytest.mark.parametrize(
    "text", ["", " ", "<@U1>", "?", "``", "explain ``", "nodes ``", "pods ``", "status ``", "\u200b"]
)
def test_an_empty_question_is_answered(text: str, path: Path) -> None:
    (line,) = answers(path, text)
    check_mrkdwn(line["answer"])


@pytest.mark.parametrize(
    "broken",
    [
        b"not json",
        b"{",
        b"[]",
        b'"status"',
        b"{}",
        b'{"id": 2}',
        b'{"q": "status"}',
        b'{"id": 2, "q": null}',
        b'{"id": 2, "q": 3}',
        b'{"id": 2, "q": ["status"]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_a_broken_line_is_named_and_the_others_are_answered(broken: bytes, path: Path) -> None:
    lines = b"\n".join([b'{"id": 1, "q": "help"}', broken, b'{"id": 3, "q": "status"}'])
    result = run("ask", "--batch", "-", "--snapshot", path, stdin=lines)
    assert result.code == 2
    assert [line["id"] for line in result.lines] == [1, 3]
    assert result.err.count("\n") == 1
    assert "line 2 of the batch" in result.err


@pytest.mark.parametrize("line", [b'{"id": 1, "q": "\\ud800"}', b'{"id": "\\ud800", "q": "help"}'])
def test_a_lone_surrogate_costs_only_its_own_line(line: bytes, path: Path) -> None:
    result = run("ask", "--batch", "-", "--snapshot", path, stdin=line + b'\n{"id": 2, "q": "help"}')
    assert 2 in [answered["id"] for answered in result.lines]


def test_blank_lines_and_windows_line_ends_are_no_questions(path: Path) -> None:
    lines = b'\r\n\n{"id": 1, "q": "help"}\r\n  \n{"id": 2, "q": "help"}'
    result = run("ask", "--batch", "-", "--snapshot", path, stdin=lines)
    assert (result.code, [line["id"] for line in result.lines]) == (0, [1, 2])


def test_a_batch_of_nothing_answers_nothing(path: Path) -> None:
    result = run("ask", "--batch", "-", "--snapshot", path, stdin=b"")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_without_a_cluster_only_what_needs_it_fails(tmp_path: Path) -> None:
    questions = batch(tmp_path, "status", "help", "guide socket", "pods", "milestones")
    result = run("ask", "--batch", questions, "--kubeconfig", tmp_path / "nowhere")
    assert result.code == 3
    said = {line["id"]: line["answer"] for line in result.lines}
    assert "Nothing was read" in said[1]
    assert "Nothing was read" in said[4]
    assert said[2].startswith("What can be asked")
    assert "unknown" in said[5].partition("\n")[0]


def test_a_snapshot_that_is_none_ends_the_batch(tmp_path: Path) -> None:
    result = run("ask", "--batch", batch(tmp_path, "status"), "--snapshot", tmp_path / "nowhere")
    assert (result.code, result.out) == (2, "")


def test_every_answer_fits_a_message_however_large_the_cluster(tmp_path: Path) -> None:
    deployments = [make_deployment(f"{n:0200d}", namespace=f"ns-{n}", host_paths=SOCKET) for n in range(60)]
    nodes = [make_node(f"{n:0200d}", runtime="docker://20.10", labels={"agentpool": f"p-{n}"}) for n in range(60)]
    path = dump(tmp_path, *nodes, *deployments)
    words = ["status", "nodes", "pods", "pods ns-1", "milestones", "guide", "help", f"explain {7:0200d}", "status p-1"]
    for line in answers(path, *words, *(f"{text} 한" for text in words)):
        check_mrkdwn(line["answer"])


@settings(max_examples=10)
@given(st.lists(texts, min_size=20, max_size=30))
def test_no_question_gets_an_empty_long_or_harmful_answer(asked: list[str]) -> None:
    stdin = "\n".join(json.dumps({"id": number, "q": text}) for number, text in enumerate(asked)).encode()
    result = run("ask", "--batch", "-", "--demo", stdin=stdin)
    assert result.code == 0
    assert [line["id"] for line in result.lines] == list(range(len(asked)))
    for line in result.lines:
        check_mrkdwn(line["answer"])
