"""A team's own dates over the calendar: which one wins, what is kept of the others, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.affects import Affects
from bot.core.milestones import states
from bot.core.own_dates import FILE, SLACK, NewMilestone, OwnDate, Problem, find, overlay, problem
from bot.core.versions import Version
from tests.factories import make_node
from tests.unit.clusters import known, view_of

CALENDAR = known().calendar
AT = datetime(2021, 9, 1, 8, 0, tzinfo=UTC)
DAY = date(2021, 11, 1)
PROVIDER = NewMilestone(
    {"en": "Provider ends 1.33", "ko": "1.33 종료"}, "end-of-support", (), "https://example.com/support?v=1.33"
)


def in_slack(day: date, minutes: int = 0, target: str = "1.23") -> OwnDate:
    return OwnDate(target, day, SLACK, by="U1", at=AT + timedelta(minutes=minutes))


@pytest.mark.parametrize("target", ["1.23", "v1.23", " 1.23 ", "kubernetes-1.23", "Kubernetes-1.23"])
def test_a_milestone_is_found_by_its_version_or_id(target: str) -> None:
    found = find(CALENDAR, target)
    assert found is not None
    assert found.id == "kubernetes-1.23"


def test_a_line_of_containerd_is_found_by_its_version_too() -> None:
    found = find(CALENDAR, "1.7")
    assert found is not None
    assert found.id == "containerd-1.7"


@pytest.mark.parametrize("target", ["", "1.99", "1.2", "1.230", "1.23.4", "x", "1.23; drop"])
def test_what_the_calendar_does_not_have_is_a_problem_that_names_what_it_has(target: str) -> None:
    assert find(CALENDAR, target) is None
    found = problem(CALENDAR, OwnDate(target, DAY, SLACK))
    assert isinstance(found, Problem)
    assert (found.what, found.target) == ("unknown", target)
    assert "1.23" in found.known
    assert overlay(CALENDAR, [OwnDate(target, DAY, SLACK)]) == CALENDAR


def test_an_own_date_takes_the_place_of_the_upstream_one_which_is_kept() -> None:
    own = OwnDate("1.23", DAY, FILE, "why")
    assert problem(CALENDAR, own) is None
    before, after = find(CALENDAR, "1.23"), find(overlay(CALENDAR, [own]), "1.23")
    assert before is not None
    assert after is not None
    assert (after.day, after.upstream, after.is_own) == (DAY, before.day, False)
    assert after.own is not None
    assert (after.own.source, after.own.note, after.own.by) == (FILE, "why", None)
    assert (after.texts, after.affects, after.sources) == (before.texts, before.affects, before.sources)
    others = [item for item in overlay(CALENDAR, [own]) if item.id != "kubernetes-1.23"]
    assert others == [item for item in CALENDAR if item.id != "kubernetes-1.23"]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_latest_of_slack_wins_over_the_file(*, is_reversed: bool) -> None:
    every = [OwnDate("1.23", DAY, FILE), in_slack(date(2021, 10, 1), 0), in_slack(date(2021, 12, 1), 5)]
    found = find(overlay(CALENDAR, reversed(every) if is_reversed else every), "1.23")
    assert found is not None
    assert (found.day, found.upstream) == (date(2021, 12, 1), date(2021, 12, 7))
    assert found.own is not None
    assert (found.own.source, found.own.by, found.own.at) == (SLACK, "U1", AT + timedelta(minutes=5))


def test_a_date_of_slack_wins_even_where_nobody_noted_when_it_was_set() -> None:
    found = find(overlay(CALENDAR, [OwnDate("1.23", date(2021, 10, 1), SLACK), OwnDate("1.23", DAY, FILE)]), "1.23")
    assert found is not None
    assert found.day == date(2021, 10, 1)


def test_a_milestone_can_be_added_and_concerns_every_node_unless_it_says_which() -> None:
    nodes = view_of(make_node("a", kubelet="v1.33.1"), make_node("b", kubelet="v1.34.1")).nodes
    for affects, expected in (((), ("a", "b")), ((Affects(kubelet_below=Version(1, 34)),), ("a",))):
        new = NewMilestone(PROVIDER.titles, PROVIDER.kind, affects, PROVIDER.reference)
        calendar = overlay(CALENDAR, [OwnDate("provider-1.33", DAY, FILE, new=new)])
        (state,) = [s for s in states(calendar, nodes, DAY) if s.milestone.id == "provider-1.33"]
        assert state.nodes == expected
        assert state.milestone.is_own
        assert state.milestone.texts["ko"]["title"] == "1.33 종료"
        assert state.milestone.checked is None


def test_an_id_that_is_taken_is_a_problem_and_changes_nothing() -> None:
    own = OwnDate("kubernetes-1.23", DAY, FILE, new=PROVIDER)
    found = problem(CALENDAR, own)
    assert found is not None
    assert found.what == "taken"
    assert overlay(CALENDAR, [own]) == CALENDAR


def test_slack_can_move_a_date_that_the_file_added() -> None:
    added = OwnDate("provider-1.33", DAY, FILE, new=PROVIDER)
    (found,) = [m for m in overlay(CALENDAR, [in_slack(AT.date(), target="provider-1.33"), added]) if m.is_own]
    assert found.day == AT.date()
    assert found.own is not None
    assert (found.own.source, found.own.upstream) == (SLACK, None)


@pytest.mark.parametrize(
    ("reference", "is_link"),
    [
        ("https://example.com/a?b=1#c", True),
        ("http://example.com/", False),
        ("https://example.com/|spoof>", False),
        ("https://example.com/ <!channel>", False),
        ("https://example.com/\u202e", False),
        ("our contract, page 3", False),
    ],
)
def test_only_a_plain_https_address_is_a_link(reference: str, *, is_link: bool) -> None:
    new = NewMilestone(PROVIDER.titles, "plan", (), reference)
    (found,) = [m for m in overlay((), [OwnDate("x", DAY, FILE, new=new)]) if m.is_own]
    assert found.own is not None
    assert (found.sources, found.own.reference) == (((reference,), "") if is_link else ((), reference))
