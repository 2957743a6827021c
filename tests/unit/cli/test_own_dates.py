"""UNSHIM_MILESTONES_FILE, as whoever runs the program meets it."""

from pathlib import Path

import pytest

from tests.factories import make_node
from tests.unit.cli.program import AS_OF, dump, run

TEXT = """[[date]]
version = "1.24"
date = {day}
note = "Upgrade *plan*"
[[milestone]]
id = "provider"
title.en = "Provider ends 1.23"
title.ko = "1.23 지원 종료"
date = 2027-01-31
kind = "end-of-support"
source = "contract, page 3"
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    return dump(tmp_path, make_node("old", runtime="docker://20.10", kubelet="v1.23.17"))


def own(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    path = folder / "dates.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("UNSHIM_MILESTONES_FILE", str(path))
    return path


def ask(cluster: Path, *words: str, language: str = "en") -> str:
    result = run("ask", *words, "--snapshot", cluster, "--as-of", AS_OF, "--lang", language)
    assert (result.code, result.err) == (0, "")
    return result.out


@pytest.mark.parametrize("words", [["milestones"], ["when", "1.24"], ["status"]])
@pytest.mark.parametrize(("language", "said"), [("en", "upstream 2022-05-03"), ("ko", "업스트림 2022-05-03")])
def test_an_own_date_is_shown_with_where_it_comes_from_and_the_upstream_one(
    words: list[str], language: str, said: str, cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said not in ask(cluster, *words, language=language)
    own(tmp_path, monkeypatch, TEXT.format(day="2026-12-01"))
    out = ask(cluster, *words, language=language)
    assert "2026-12-01" in out
    assert said in out
    assert {"en": "your date, from the milestones file", "ko": "자체 일정, 마일스톤 파일"}[language] in out


def test_a_release_is_waited_with_and_an_own_date_is_overdue(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(cluster, "milestones")
    assert "removes dockershim: released on 2022-05-03; concerns you when you upgrade to it" in before
    assert "overdue" not in before
    own(tmp_path, monkeypatch, TEXT.format(day="2026-11-01"))
    after = ask(cluster, "milestones")
    assert "concerns you when you upgrade" not in after
    assert "overdue; concerns 1 node" in after
    assert "Overdue: Kubernetes 1.24 removes dockershim" in after.partition("\n")[0]


def test_an_own_milestone_is_in_the_calendar_with_its_source_and_words_of_people_stay_words(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(tmp_path, monkeypatch, TEXT.format(day="2026-12-01"))
    out = ask(cluster, "milestones")
    for said in ("Provider ends 1.23, 2027-01-31", "contract, page 3", "Upgrade *plan*"):
        assert said in out
    assert "1.23 지원 종료" in ask(cluster, "milestones", language="ko")


@pytest.mark.parametrize("command", [("ask", "status"), ("check",), ("scan",)])
@pytest.mark.parametrize(("language", "said"), [("en", "date is missing"), ("ko", "date 필드가 없습니다")])
def test_a_broken_file_is_2_and_one_line_that_names_the_file_the_entry_and_the_field(
    command: tuple[str, ...], language: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own(tmp_path, monkeypatch, '[[date]]\nversion = "1.23"\n')
    result = run(*command, "--demo", "--lang", language)
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    for part in (str(path), "[[date]] 1", said):
        assert part in result.err


def test_a_bot_does_not_start_with_a_broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path, monkeypatch, "x")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-2-planted")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "planted")
    result = run("serve", "--demo")
    assert result.code == 2
    assert "dates.toml" in result.err
    assert "planted" not in result.err


@pytest.mark.parametrize(("language", "said"), [("en", "was read, 2 dates of your own"), ("ko", "자체 일정 2개")])
def test_check_mentions_the_file_where_one_is_set(
    language: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said not in run("check", "--demo", "--lang", language).out
    path = own(tmp_path, monkeypatch, TEXT.format(day="2026-12-01"))
    result = run("check", "--demo", "--lang", language)
    assert result.code == 0
    assert said in result.out
    assert str(path) in result.out
