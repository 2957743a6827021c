"""The file of a team's own dates: what it may hold, one clear error for all else, and reading it again."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.adapters.own_dates import OwnDatesFile, read
from bot.core.affects import Affects
from bot.core.own_dates import FILE, OwnDate
from bot.core.runtimes import Runtime
from bot.core.versions import Version
from bot.errors import SettingsError
from tests.unit.clusters import known

CODES = set(known().guide_by_rule)
EXAMPLE = Path(__file__).parents[3] / "deploy" / "milestones.example.toml"
DATE = '[[date]]\nversion = "1.23"\ndate = 2021-11-01\n'
MILESTONE = """[[milestone]]
id = "gke-1.33"
title = "GKE 1.33"
date = 2027-01-31
kind = "end-of-support"
source = "https://example.com"
"""


def write(folder: Path, text: str) -> str:
    path = folder / "dates.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def dates(folder: Path, text: str) -> tuple[OwnDate, ...]:
    return read(write(folder, text), known().calendar, CODES)


def refused(folder: Path, text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        dates(folder, text)
    assert caught.value.values["path"] == str(folder / "dates.toml")
    return caught.value


def test_a_file_overrides_dates_and_adds_milestones(tmp_path: Path) -> None:
    first, second = dates(tmp_path, f'{DATE}note = "plan"\n{MILESTONE}')
    assert first == OwnDate("1.23", date(2021, 11, 1), FILE, "plan")
    assert (second.target, second.day) == ("gke-1.33", date(2027, 1, 31))
    assert second.new is not None
    assert second.new.titles == {"en": "GKE 1.33", "ko": "GKE 1.33"}
    assert (second.new.kind, second.new.affects, second.new.reference) == ("end-of-support", (), "https://example.com")


def test_an_empty_file_has_no_dates(tmp_path: Path) -> None:
    assert dates(tmp_path, "") == ()
    assert dates(tmp_path, "# only a comment\n") == ()


def test_the_example_can_be_used() -> None:
    found = read(str(EXAMPLE), known().calendar, CODES)
    assert [item.new is not None for item in found] == [False, True]


@pytest.mark.parametrize("version", ["1.23", "v1.23", "1.23.4"])
def test_a_version_may_be_written_as_people_do(version: str, tmp_path: Path) -> None:
    (found,) = dates(tmp_path, DATE.replace("1.23", version))
    assert found.target == "1.23"


def test_a_title_may_be_given_per_language_and_stands_for_the_one_that_is_missing(tmp_path: Path) -> None:
    for title, expected in (
        ('title = { en = "A", ko = "B" }', {"en": "A", "ko": "B"}),
        ('title.ko = "B"', {"en": "B", "ko": "B"}),
    ):
        (found,) = dates(tmp_path, MILESTONE.replace('title = "GKE 1.33"', title))
        assert found.new is not None
        assert found.new.titles == expected


def test_what_a_milestone_affects_has_the_keys_of_the_calendar(tmp_path: Path) -> None:
    clauses = (
        'affects = [{ runtime = "containerd", runtime_version_from = "1.7", runtime_version_below = "2.0" }, '
        '{ kubelet_from = "1.30", kubelet_below = "v1.34", findings = ["docker-socket"] }]'
    )
    (found,) = dates(tmp_path, MILESTONE + clauses)
    assert found.new is not None
    assert found.new.affects == (
        Affects(Runtime.CONTAINERD, runtime_version_from=Version(1, 7), runtime_version_below=Version(2, 0)),
        Affects(kubelet_from=Version(1, 30), kubelet_below=Version(1, 34), findings=("docker-socket",)),
    )


DATE_1, MILESTONE_1 = "[[date]] 1", "[[milestone]] 1 (gke-1.33)"


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        pytest.param("x =", "dates-not-toml", {}, id="not-toml"),
        pytest.param("x = 1", "dates-table", {"field": "x"}, id="another-key"),
        pytest.param("[date]\nversion = '1.23'", "dates-table", {"field": "date"}, id="no-list"),
        pytest.param("date = [1]", "dates-wrong", {"entry": DATE_1}, id="no-table"),
        pytest.param("[[dates]]", "dates-table", {"field": "dates"}, id="table-misspelled"),
        pytest.param("[[date]]", "dates-missing", {"entry": DATE_1, "field": "version"}, id="all-missing"),
        pytest.param(
            DATE.replace("date = 2021-11-01", ""),
            "dates-missing",
            {"entry": DATE_1, "field": "date"},
            id="date-missing",
        ),
        pytest.param(DATE + "day = 1", "dates-field", {"entry": DATE_1, "field": "day"}, id="unknown-field"),
        pytest.param(
            DATE.replace('"1.23"', "1.23"), "dates-wrong", {"entry": DATE_1, "field": "version"}, id="version-unquoted"
        ),
        pytest.param(
            DATE.replace("1.23", "newest"), "dates-wrong", {"entry": DATE_1, "field": "version"}, id="no-version"
        ),
        pytest.param(
            DATE.replace("2021-11-01", '"2021-11-01"'),
            "dates-wrong",
            {"entry": DATE_1, "field": "date"},
            id="date-quoted",
        ),
        pytest.param(
            DATE.replace("2021-11-01", "2021-11-01T08:00:00Z"),
            "dates-wrong",
            {"entry": DATE_1, "field": "date"},
            id="date-with-a-time",
        ),
        pytest.param(
            DATE + DATE.replace("1.23", "1.24").replace("2021-11-01", "2021-02-30"),
            "dates-wrong",
            {"entry": "[[date]] 2", "field": "date"},
            id="impossible-date",
        ),
        pytest.param(DATE + "note = 3", "dates-wrong", {"entry": DATE_1, "field": "note"}, id="note-of-the-wrong-type"),
        pytest.param(
            DATE.replace("1.23", "1.99"),
            "dates-unknown",
            {"entry": DATE_1, "field": "version", "target": "1.99"},
            id="version-not-in-the-calendar",
        ),
        pytest.param(
            DATE + DATE,
            "dates-twice",
            {"entry": "[[date]] 2", "field": "version", "target": "1.23"},
            id="version-twice",
        ),
        pytest.param(
            MILESTONE + MILESTONE,
            "dates-twice",
            {"entry": "[[milestone]] 2 (gke-1.33)", "field": "id", "target": "gke-1.33"},
            id="id-twice",
        ),
        pytest.param(
            MILESTONE.replace("gke-1.33", "kubernetes-1.23"),
            "dates-taken",
            {"entry": "[[milestone]] 1 (kubernetes-1.23)", "field": "id", "target": "kubernetes-1.23"},
            id="id-of-the-calendar",
        ),
        pytest.param(
            MILESTONE.replace("gke-1.33", "No Good"),
            "dates-wrong",
            {"entry": "[[milestone]] 1 (No Good)", "field": "id"},
            id="id-with-blanks",
        ),
        pytest.param(
            MILESTONE.replace('source = "https://example.com"', ""),
            "dates-missing",
            {"entry": MILESTONE_1, "field": "source"},
            id="source-missing",
        ),
        pytest.param(
            MILESTONE.replace("end-of-support", "removal"),
            "dates-wrong",
            {"entry": MILESTONE_1, "field": "kind"},
            id="kind-of-the-calendar-only",
        ),
        pytest.param(
            MILESTONE.replace('"GKE 1.33"', '{ de = "GKE" }'),
            "dates-wrong",
            {"entry": MILESTONE_1},
            id="title-in-another-language",
        ),
        pytest.param(
            MILESTONE.replace('"GKE 1.33"', "{}"),
            "dates-missing",
            {"entry": MILESTONE_1, "field": "title"},
            id="title-in-no-language",
        ),
        pytest.param(
            MILESTONE.replace('"GKE 1.33"', '"  "'),
            "dates-wrong",
            {"entry": MILESTONE_1, "field": "title"},
            id="title-blank",
        ),
        pytest.param(
            MILESTONE + 'affects = [{ runtime = "docker" }]',
            "dates-wrong",
            {"entry": MILESTONE_1, "field": "affects[0].runtime"},
            id="unknown-runtime",
        ),
        pytest.param(
            MILESTONE + 'affects = [{ kubelet = "1.24" }]',
            "dates-field",
            {"entry": MILESTONE_1, "field": "affects[0].kubelet"},
            id="unknown-clause-key",
        ),
        pytest.param(
            MILESTONE + 'affects = [{ kubelet_below = "soon" }]',
            "dates-wrong",
            {"entry": MILESTONE_1, "field": "affects[0].kubelet_below"},
            id="clause-without-a-version",
        ),
        pytest.param(
            MILESTONE + 'affects = [{ findings = ["docker-sock"] }]',
            "dates-unknown",
            {"entry": MILESTONE_1, "field": "affects.findings", "target": "docker-sock"},
            id="unknown-rule-code",
        ),
    ],
)
def test_what_cannot_be_used_names_the_entry_and_the_field(
    text: str, key: str, values: dict[str, Any], tmp_path: Path
) -> None:
    error = refused(tmp_path, text)
    assert error.key == key
    assert {name: error.values.get(name) for name in values} == values


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError) as caught:
            read(str(path), known().calendar, CODES)
        assert caught.value.key == "dates-unreadable"
    (tmp_path / "latin.toml").write_bytes(b'x = "\xe9"')
    with pytest.raises(SettingsError) as caught:
        read(str(tmp_path / "latin.toml"), known().calendar, CODES)
    assert (caught.value.key, caught.value.values["reason"]) == ("dates-not-toml", "not UTF-8")


def changed(path: str, text: str, second: int) -> None:
    """Write a file as if a second had passed for each change: some file systems count no finer."""
    Path(path).write_text(text, encoding="utf-8")
    os.utime(path, (second, second))


def test_a_file_that_breaks_keeps_the_last_good_dates_and_is_logged_once(tmp_path: Path) -> None:
    path = write(tmp_path, DATE)
    file = OwnDatesFile(path, known().calendar, CODES)
    good = file.current()
    with structlog.testing.capture_logs() as logs:
        changed(path, DATE + "day = 1", 1)
        assert [file.current() for _ in range(3)] == [good] * 3
        Path(path).unlink()
        assert [file.current() for _ in range(3)] == [good] * 3
    assert [(line["log_level"], line["why"]) for line in logs] == [
        ("warning", "dates-field"),
        ("warning", "dates-unreadable"),
    ]
    assert (logs[0]["entry"], logs[0]["field"], logs[0]["path"]) == (DATE_1, "day", path)
    changed(path, DATE.replace("2021-11-01", "2021-11-02"), 2)
    assert [item.day for item in file.current()] == [date(2021, 11, 2)]


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = OwnDatesFile(write(tmp_path, DATE), known().calendar, CODES)
    monkeypatch.setattr("bot.adapters.own_dates.read", lambda *_: pytest.fail("read again"))
    assert len(file.current()) == 1


def test_a_broken_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        OwnDatesFile(write(tmp_path, "[[date]]"), known().calendar, CODES)
