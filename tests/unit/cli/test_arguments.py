"""What can be typed: options anywhere between the words, languages, help."""

from itertools import permutations
from pathlib import Path

import pytest

from tests.factories import make_deployment
from tests.unit.cli.program import AS_OF, SOCKET, dump, every_kind, run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return dump(tmp_path, *every_kind(), make_deployment("builder", namespace="web", host_paths=SOCKET))


def test_options_may_stand_anywhere_between_the_words(path: Path) -> None:
    options = [["--snapshot", str(path)], ["--as-of", AS_OF], ["--lang", "en"]]
    expected = run("ask", "nodes", "docker", "a", *(word for option in options for word in option)).out
    assert "on-docker" in expected
    for first, second, third in permutations(options):
        assert run("ask", *first, "nodes", *second, "docker", *third, "a").out == expected
        assert run("ask", *first, *second, "nodes", "docker", *third, "a").out == expected


def test_words_may_be_one_argument_or_many(path: Path) -> None:
    source = ["--snapshot", str(path), "--as-of", AS_OF]
    assert run("ask", "explain web/builder", *source) == run("ask", "explain", "web/builder", *source)


@pytest.mark.parametrize(
    ("words", "options", "is_korean"),
    [
        pytest.param(["status"], [], False, id="english-question"),
        pytest.param(["상태"], [], True, id="korean-question"),
        pytest.param(["상태"], ["--lang", "auto"], True, id="auto-is-the-questions"),
        pytest.param(["status"], ["--lang", "ko"], True, id="english-question-korean-asked-for"),
        pytest.param(["상태"], ["--lang", "en"], False, id="korean-question-english-asked-for"),
    ],
)
def test_the_language_is_the_questions_or_the_one_asked_for(
    words: list[str], options: list[str], path: Path, *, is_korean: bool
) -> None:
    out = run("ask", *words, "--snapshot", path, *options).out
    assert ("노드" in out) is is_korean
    assert ("nodes" in out) is not is_korean


def test_a_scan_names_the_place_of_an_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_OWNER_CHANNELS", "shop=C0SHOP0000")
    path = dump(tmp_path, make_deployment("web", labels={"team": "shop"}, host_paths=SOCKET))
    assert "shop (C0SHOP0000)" in run("scan", "--snapshot", path).out


def test_a_scan_is_english_unless_korean_is_asked_for(path: Path) -> None:
    assert "at risk" in run("scan", "--snapshot", path).out
    assert "위험" in run("scan", "--snapshot", path, "--lang", "ko").out


def test_the_facts_are_the_same_in_every_language(path: Path) -> None:
    def data(language: str) -> object:
        shown = run("scan", "-o", "json", "--snapshot", path, "--as-of", AS_OF, "--lang", language).json
        for workload in shown["workloads"]:
            for finding in workload["findings"]:
                del finding["why"]
        return shown

    assert data("en") == data("ko")


@pytest.mark.parametrize(
    ("text", "as_of"),
    [
        ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z"),
        ("2026-11-20T18:00:00+09:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20 09:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"),
    ],
)
def test_the_time_of_a_dump_can_be_given(text: str, as_of: str, path: Path) -> None:
    assert run("scan", "-o", "json", "--snapshot", path, "--as-of", text).json["as_of"] == as_of


def test_the_time_given_is_also_today(path: Path) -> None:
    data = run("ask", "milestones", "--json", "--snapshot", path, "--as-of", "2022-05-02T23:00:00Z").json["data"]
    assert data["today"] == "2022-05-02"
    days = {state["milestone"]["id"]: state["days_left"] for state in data["states"]}
    assert days["kubernetes-1.24"] == 1


def test_the_version_of_a_dump_can_be_given(path: Path) -> None:
    plain = run("scan", "-o", "json", "--snapshot", path).json["cluster"]
    assert plain == {"name": None, "version": None, "provider": None}
    given = run("scan", "-o", "json", "--snapshot", path, "--cluster-version", "v1.20.2").json["cluster"]
    assert given["version"] == "v1.20.2"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--help"], ["ask", "scan", "check", "Exit codes"]),
        (["ask", "--help"], ["--json", "--batch", "--lang", "--snapshot", "--demo", "--kubeconfig", "--context"]),
        (["scan", "-h"], ["--output", "--namespace", "--fail-on", "--as-of"]),
        (["check", "--help"], ["--kubeconfig"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_help_is_printed_and_fine(argv: list[str], words: list[str]) -> None:
    result = run(*argv)
    assert (result.code, result.err) == (0, "")
    assert all(word in result.out for word in words)


@pytest.mark.parametrize(("words", "first"), [(["help"], "What can be asked:"), (["도움말"], None), (["?"], None)])
def test_asking_for_help_shows_every_command(words: list[str], first: str | None) -> None:
    out = run("ask", *words, "--demo").out
    assert first is None or out.startswith(first)
    for command in ("status", "pods", "explain", "nodes", "milestones", "guide", "help"):
        assert f"unshim ask {command}" in out
