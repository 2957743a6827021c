"""``unshim questions`` on a real file: what is listed, in what order, in what shape."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import questions
from bot.core.kept import Why
from bot.render import terminal
from tests.unit.cli.kept import ALICE, BOB, CAKE, EVE, HOSTILE, MOVED, rated, rows, unanswered
from tests.unit.cli.program import Result, run

NOW = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
SINCE = "2026-08-22"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the list go back from a day that does not change while a test runs."""
    monkeypatch.setattr(questions, "now", lambda: NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database with three questions: a frequent old one, one voted down, one new one."""
    unanswered(CAKE, ALICE, BOB, ALICE, days_ago=3)
    rated("which nodes then", BOB, ALICE)
    rated("status", EVE, is_good=True)
    unanswered(MOVED, ALICE, why=Why.ASKED_BACK, days_ago=-0.01)
    return tmp_path / "unshim.db"


def listed(*options: str) -> list[str]:
    return [item["question"] for item in run("questions", "--json", *options).json["questions"]]


def table(result: Result) -> list[str]:
    """Return the lines of the table, headers first."""
    return result.out.split("\n\n")[1].splitlines()


def test_each_question_says_how_often_by_how_many_when_and_why(path: Path) -> None:
    ((last,),) = rows(path, "SELECT substr(max(at), 1, 10) FROM unanswered WHERE question = ?", [CAKE])
    result = run("questions")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"3 questions since {SINCE} deserve a better answer.\n\n")
    headers, *lines = (line.split() for line in table(result))
    assert headers == ["TIMES", "PEOPLE", "LAST", "LANG", "WHY", "UNDERSTOOD", "AS", "QUESTION"]
    assert lines[0] == ["3", "2", last, "en", "not", "understood", *CAKE.split()]
    assert lines[1][:2] == ["2", "2"]
    assert lines[1][3:] == ["en", "voted", "down", "nodes", "docker", "which", "nodes", "then"]
    assert lines[2][3:] == ["ko", "asked", "back", *MOVED.split()]


def test_the_end_says_where_an_answer_is_added(path: Path) -> None:
    end = run("questions").out.split("\n\n")[2]
    assert all(word in end for word in ("bot/data/faq", "bot/data/phrases", "CONTRIBUTING.md", "unshim ask --json"))
    assert "Questions are kept for 90 days (UNSHIM_FEEDBACK_DAYS), in unshim.db." in end
    for folder in ("faq", "phrases"):
        assert (Path(terminal.__file__).parents[1] / "data" / folder).is_dir()


def test_it_is_korean_when_asked_for(path: Path) -> None:
    result = run("questions", "--lang", "ko")
    assert result.out.startswith(f"{SINCE}부터 더 나은 답이 필요한 질문이 3개 있습니다.\n\n")
    assert table(result)[0].split() == ["횟수", "사람", "마지막", "언어", "이유", "이해한", "내용", "질문"]
    assert "낮은 평가   nodes docker  which nodes then" in table(result)[2]


def test_the_column_of_what_was_understood_is_there_only_when_something_was(tmp_path: Path) -> None:
    unanswered(CAKE, ALICE)
    assert "UNDERSTOOD" not in run("questions").out
    assert table(run("questions"))[1].endswith(f"en    not understood  {CAKE}")


def test_the_most_frequent_or_the_newest_come_first(path: Path) -> None:
    assert listed() == listed("--order", "frequent") == [CAKE, "which nodes then", MOVED]
    assert listed("--order", "newest") == [MOVED, "which nodes then", CAKE]
    shown = run("questions", "--order", "newest").out
    assert shown.index(MOVED) < shown.index("which nodes then") < shown.index(CAKE)


@pytest.mark.parametrize(
    ("options", "verdict", "command"),
    [
        (["--limit", "2"], "The 2 most frequent of the questions since", "unshim questions --limit 4"),
        (["--limit", "1", "--order", "newest"], "The newest of the ", "unshim questions --order newest --limit 2"),
    ],
)
def test_what_the_limit_cuts_off_is_said(options: list[str], verdict: str, command: str, path: Path) -> None:
    result = run("questions", *options)
    assert result.out.startswith(verdict)
    assert len(table(result)) == 1 + int(options[1])
    assert f"There are more: {command}\n" in result.out
    assert run("questions", "--json", *options).json["more"] is True


def test_a_limit_that_is_just_enough_cuts_nothing_off(path: Path) -> None:
    assert "There are more" not in run("questions", "--limit", "3").out
    assert run("questions", "--json", "--limit", "3").json["more"] is False


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "٣", "1000000", "", HOSTILE])
def test_a_limit_that_is_no_number_from_1_on_is_wrong_usage(limit: str, path: Path) -> None:
    for language in ("en", "ko"):
        result = run("questions", "--lang", language, f"--limit={limit}")
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
        assert result.err.startswith("unshim: --limit")
        assert result.err.strip().isprintable()


@pytest.mark.parametrize("words", [["--order", "oldest"], ["--demo"], ["words"]])
def test_it_takes_no_other_order_and_no_cluster(words: list[str]) -> None:
    result = run("questions", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: unshim")


def test_the_json(path: Path) -> None:
    data: dict[str, Any] = run("questions", "--json").json
    assert list(data) == ["schema", "since", "days", "order", "more", "questions"]
    assert (data["schema"], data["since"]) == ("unshim.questions/v1", f"{SINCE}T23:59:00Z")
    assert (data["days"], data["order"], data["more"]) == (90, "frequent", False)
    first, second, _ = data["questions"]
    assert datetime.fromisoformat(first.pop("last_at")).tzinfo is not None
    assert first == {
        "question": CAKE,
        "language": "en",
        "why": "not-understood",
        "kind": None,
        "words": None,
        "times": 3,
        "users": 2,
    }
    assert (second["why"], second["kind"], second["words"]) == ("down-voted", "nodes", "nodes docker")


def test_no_user_id_is_listed(path: Path) -> None:
    shown = run("questions").out + run("questions", "--json").out
    assert not any(user in shown for user in (ALICE, BOB, EVE))


def test_an_empty_list_says_so_and_since_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rated("status", EVE, is_good=True)
    monkeypatch.setenv("UNSHIM_FEEDBACK_DAYS", "30")
    result = run("questions")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "No unanswered and no down-voted question is kept since 2026-10-21.\n\n"
        "Questions are kept for 30 days (UNSHIM_FEEDBACK_DAYS), in unshim.db.\n"
    )
    assert "2026-10-21부터" in run("questions", "--lang", "ko").out
    assert run("questions", "--json").json["questions"] == []


def test_when_nothing_is_kept_it_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rated("status", EVE, is_good=True)
    monkeypatch.setenv("UNSHIM_FEEDBACK_DAYS", "0")
    assert run("questions").out == "No question is kept: UNSHIM_FEEDBACK_DAYS is 0.\n"
    assert run("questions", "--json").json["days"] == 0


@pytest.mark.parametrize("column", ["question", "language", "why"])
def test_what_harms_a_terminal_is_spelled_out_wherever_it_stands(column: str, path: Path) -> None:
    rows(path, f"UPDATE unanswered SET {column} = ?", [HOSTILE])
    rows(path, "UPDATE feedback SET kind = ?, words = ?", [HOSTILE, HOSTILE])
    for language in ("en", "ko"):
        out = run("questions", "--lang", language).out
        assert "\\x1b" in out
        assert "\\u202e" in out
        assert {char for char in out if unicodedata.category(char) in ("Cc", "Cf")} == {"\n"}
    assert HOSTILE in run("questions", "--json").json["questions"][0].values()
    assert "\x1b" not in run("questions", "--json").out


def test_every_reason_has_its_words_and_a_newer_one_is_shown_as_it_is(path: Path) -> None:
    for why in Why:
        unanswered(f"question {why}", ALICE, why=why)
    rows(path, "UPDATE unanswered SET why = 'of-tomorrow' WHERE question = ?", [CAKE])
    for language in ("en", "ko"):
        lines = table(run("questions", "--lang", language))
        assert not any(f"  {why}  " in line for why in Why for line in lines)
        assert "  of-tomorrow  " in lines[1]


def test_a_missing_file_is_wrong_settings_and_an_unusable_one_3(tmp_path: Path) -> None:
    missing = run("questions")
    assert (missing.code, missing.out, missing.err.count("\n")) == (2, "", 1)
    assert "UNSHIM_DATABASE_URL" in missing.err
    assert list(tmp_path.glob("unshim.db*")) == []
    (tmp_path / "unshim.db").write_bytes(b"not a database " * 99)
    broken = run("questions", "--json")
    assert (broken.code, broken.out, broken.err.count("\n")) == (3, "", 1)
    assert "unshim.db" in broken.err


def test_looking_removes_nothing_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unanswered(CAKE, ALICE, days_ago=60)
    monkeypatch.setenv("UNSHIM_FEEDBACK_DAYS", "30")
    run("questions")
    assert rows(tmp_path / "unshim.db", "SELECT question FROM unanswered") == [(CAKE,)]
