"""Settings of a subscription, as people write them and as they are kept."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.schedule import LEFT, MOST_BEFORE, Kind, due, is_quiet, renewed
from bot.core.subscription_words import Problem, changed, is_days, near_zones, read_date, read_day, read_zone, zones
from bot.core.subscriptions import EVERY_DAY, Quiet, Scope, ScopeKind, Subscription, from_data, to_data
from tests.unit.reminders.world import milestone

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
BASE = Subscription("C1", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"days": "mon,thu"}, {"days": (0, 3)}),
        ({"days": "Friday Monday"}, {"days": (0, 4)}),
        ({"days": "daily"}, {"days": EVERY_DAY}),
        ({"days": "none"}, {"days": ()}),
        ({"at": "7:05"}, {"at": time(7, 5)}),
        ({"zone": "seoul"}, {"zone": "Asia/Seoul"}),
        ({"zone": "america/new_york"}, {"zone": "America/New_York"}),
        ({"language": "Korean"}, {"language": "ko"}),
        ({"namespaces": "ci, web"}, {"scope": Scope(ScopeKind.NAMESPACES, ("ci", "web"))}),
        ({"owner": "team-a"}, {"scope": Scope(ScopeKind.OWNER, ("team-a",))}),
        ({"leads": "7, 30 7"}, {"leads": (30, 7)}),
        ({"leads": "none"}, {"leads": ()}),
        ({"quiet": "22:00-07:00"}, {"quiet": Quiet(time(22), time(7))}),
        ({"quiet": "off"}, {"quiet": None}),
        ({"weekdays": "on", "unchanged": "yes", "nudge": "on"}, {"is_weekdays_only": True, "skips_unchanged": True}),
    ],
)
def test_settings_are_read_as_people_write_them(words: dict[str, str], expected: dict[str, object]) -> None:
    after = changed(BASE, words)
    assert isinstance(after, Subscription)
    assert {name: getattr(after, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"at": "99:99"}, Problem("time", "99:99")),
        ({"at": "24:00"}, Problem("time", "24:00")),
        ({"at": "nine"}, Problem("time", "nine")),
        ({"days": "mon,someday"}, Problem("day", "someday")),
        ({"days": "t"}, Problem("day", "t")),
        ({"zone": "Mars/Olympus"}, Problem("zone", "Mars/Olympus")),
        ({"zone": ""}, Problem("zone", "")),
        ({"language": "fr"}, Problem("language", "fr")),
        ({"leads": "7,-1"}, Problem("leads", "7,-1")),
        ({"leads": "1000"}, Problem("leads", "1000")),
        ({"quiet": "22:00"}, Problem("quiet", "22:00")),
        ({"quiet": "09:00-09:00"}, Problem("quiet", "09:00-09:00")),
        ({"quiet": "08:00-10:00"}, Problem("quiet-at", "09:00")),
        ({"namespaces": " "}, Problem("namespaces", "50")),
        ({"colour": "red"}, Problem("unknown", "colour")),
        ({"weekdays": "maybe"}, Problem("flag", "maybe")),
    ],
)
def test_what_cannot_be_is_named(words: dict[str, str], problem: Problem) -> None:
    assert changed(BASE, words) == problem


def test_a_pause_ends_on_a_day_that_comes() -> None:
    today = date(2026, 11, 28)
    assert read_day("2026-12-24", today) == date(2026, 12, 24)
    assert read_day("2026-02-30", today) == Problem("date", "2026-02-30")
    assert read_day("2026-11-27", today) == Problem("date-past", "2026-11-27")


@given(
    days=st.sets(st.integers(0, 6)),
    at=st.times(timezones=st.none()).map(lambda moment: moment.replace(second=0, microsecond=0, fold=0)),
    zone=st.sampled_from(sorted(available_timezones())),
    leads=st.sets(st.integers(0, 366), max_size=16),
    names=st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=3),
    paused=st.none() | st.dates(),
)
def test_what_is_kept_comes_back(
    days: set[int], at: time, zone: str, leads: set[int], names: list[str], paused: date | None
) -> None:
    subscription = Subscription(
        "C1",
        BASE.since,
        days=tuple(sorted(days)),
        at=at,
        zone=zone,
        scope=Scope(ScopeKind.NAMESPACES, tuple(names)),
        leads=tuple(sorted(leads, reverse=True)),
        paused_until=paused,
        by="U1",
        before=replace(BASE, before=replace(BASE, days=EVERY_DAY)),
        told_until=NOON,
        told_day=NOON.date(),
    )
    assert from_data("C1", BASE.since, "U1", to_data(subscription)) == subscription


def test_a_city_of_two_countries_is_asked_for_whole() -> None:
    assert isinstance(read_zone("nowhere"), Problem)
    assert read_zone("UTC") == "UTC"


@pytest.mark.parametrize(
    "words", [{"days": "wed"}, {"at": "10:00"}, {"zone": "Asia/Seoul"}, {"leads": "3"}, {"weekdays": "on"}]
)
def test_what_changes_when_something_is_due_brings_nothing_of_the_past(words: dict[str, str]) -> None:
    after = changed(BASE, words)
    assert isinstance(after, Subscription)
    assert renewed(BASE, after, NOON).since == NOON
    days = [found.day for found in due(renewed(BASE, after, NOON), (), NOON - timedelta(days=30), NOON)]
    assert days == [date(2026, 11, 2)] * ("days" not in words), "what was due before the change, by the settings before"


@pytest.mark.parametrize("words", [{"at": "15:00"}, {"zone": "America/New_York"}, {"days": "mon,thu"}, {"leads": "3"}])
def test_what_was_due_a_moment_before_a_change_stays_due_and_is_not_due_twice(words: dict[str, str]) -> None:
    moment = datetime(2026, 11, 2, 9, 0, 3, tzinfo=UTC)
    after = changed(BASE, words)
    assert isinstance(after, Subscription)
    found = due(renewed(BASE, after, moment), (), moment - timedelta(days=1), moment + timedelta(days=1))
    assert [(each.day, each.at) for each in found] == [(date(2026, 11, 2), datetime(2026, 11, 2, 9, tzinfo=UTC))]
    assert not [each for each in due(renewed(BASE, after, moment), (), moment, moment + timedelta(days=1))]


@pytest.mark.parametrize("change", [{"days": (1,)}, {"paused_until": date(2026, 11, 3)}])
def test_what_is_not_wanted_any_more_is_not_left(change: dict[str, Any]) -> None:
    moment = datetime(2026, 11, 2, 9, 0, 3, tzinfo=UTC)
    after = renewed(BASE, replace(BASE, **change), moment)
    assert due(after, (), moment - timedelta(days=1), moment) == ()
    assert due(renewed(after, BASE, moment), (), moment - timedelta(days=1), moment) == (), "nor when taken back"


def test_of_many_changes_only_the_last_are_kept() -> None:
    after, now = BASE, datetime(2026, 11, 2, 9, 0, 3, tzinfo=UTC)
    for minute in range(30):
        after = renewed(after, replace(after, at=time(10, minute)), now + timedelta(seconds=minute))
        kept = [found.at for found in due(after, (), now - timedelta(days=1), now)]
        assert kept == [now.replace(second=0)] * (minute < MOST_BEFORE)
    assert str(to_data(after)).count("'before'") == MOST_BEFORE
    later = renewed(after, replace(after, at=time(11)), now + LEFT + timedelta(hours=1))
    assert later.before is not None
    assert later.before.before is None


def test_a_zone_set_right_before_the_first_hour_has_come_loses_no_day() -> None:
    made = Subscription("C1", datetime(2026, 11, 4, 0, 30, tzinfo=UTC), days=(), at=time(21), leads=(7,))
    moved = renewed(made, replace(made, zone="America/New_York"), datetime(2026, 11, 4, 0, 31, tzinfo=UTC))
    found = due(moved, [milestone("kubernetes-1.38", date(2026, 11, 10))], made.since, NOON)
    assert [each.day for each in found] == [date(2026, 11, 3)]


def test_in_a_pause_that_began_meanwhile_nothing_late_is_posted() -> None:
    """What was due on a Wednesday in Auckland, while it is Tuesday in Honolulu and the pause ends on Wednesday."""
    paused = replace(BASE, zone="Pacific/Honolulu", paused_until=date(2026, 11, 4))
    assert is_quiet(paused, datetime(2026, 11, 3, 21, tzinfo=UTC))
    assert not is_quiet(paused, datetime(2026, 11, 4, 21, tzinfo=UTC))


def test_a_pause_after_many_changes_is_a_pause() -> None:
    after = replace(BASE, days=EVERY_DAY)
    for day in range(2, 9):
        after = renewed(after, replace(after, at=time(day)), datetime(2026, 11, day, 12, tzinfo=UTC))
    after = renewed(after, replace(after, paused_until=date(2026, 11, 30)), datetime(2026, 11, 9, 12, tzinfo=UTC))
    now = datetime(2026, 11, 10, 20, tzinfo=UTC)
    after = renewed(after, replace(after, paused_until=None), now)
    assert due(after, (), now - timedelta(days=1), now) == ()
    assert str(to_data(after)).count("'before'") <= 3, "a change a day leaves those of two days"


def test_what_was_turned_off_is_not_told_with_what_is_left() -> None:
    """All at nine; turned off three seconds later."""
    calendar = [milestone("kubernetes-1.38", date(2026, 11, 16)), milestone("kubernetes-1.39", date(2028, 1, 1))]
    before = replace(BASE, days=(), leads=(14,), nudges=True)
    nine, moved = datetime(2026, 11, 2, 9, tzinfo=UTC), [("kubernetes-1.39", datetime(2026, 11, 1, 20, tzinfo=UTC))]

    def left(**change: Any) -> list[tuple[int, int, bool]]:
        after = renewed(before, replace(before, **change), nine + timedelta(seconds=3))
        found = due(after, calendar, nine - timedelta(days=1), nine, moved)
        return [(len(each.leads), len(each.moves), each.is_nudge) for each in found]

    assert left(at=time(15)) == [(1, 1, True)]
    assert left(nudges=False) == [(1, 1, False)]
    assert left(leads=()) == [(0, 0, True)]
    assert left(leads=(), nudges=False) == []


def test_settings_that_count_are_not_lost_for_those_before_them_that_cannot_be_read() -> None:
    data = to_data(replace(BASE, before=replace(BASE, days=EVERY_DAY)))
    for damage in ({"zone": "Mars/Olympus"}, {"scope": {"kind": "galaxy", "names": []}}, {"since": 7}, {"days": None}):
        kept = from_data("C1", BASE.since, "", {**data, "before": {**data["before"], **damage}})
        assert kept == BASE
    assert from_data("C1", BASE.since, "", {**data, "before": "x"}) == BASE


@pytest.mark.parametrize("noticed", [timedelta(days=2), timedelta(hours=-12)])
def test_what_moved_while_nothing_could_be_posted_is_told_after_it(noticed: timedelta) -> None:
    """Or before the reminder that was refused, at nine."""
    stopped = renewed(BASE, replace(BASE, stopped="is_archived"), NOON)
    again = renewed(stopped, replace(stopped, stopped=None), NOON + timedelta(days=7))
    calendar = [milestone("kubernetes-1.38", date(2028, 12, 16))]
    moved = [("kubernetes-1.38", NOON + noticed)]
    found = due(again, calendar, BASE.since, NOON + timedelta(days=30), moved)
    assert [each.day for each in found if each.moves] == [date(2026, 11, 12)]


@pytest.mark.parametrize("words", [{}, {"language": "ko"}, {"owner": "a"}, {"quiet": "22:00-07:00"}])
def test_what_changes_nothing_of_that_leaves_what_is_due(words: dict[str, str]) -> None:
    after = changed(BASE, words)
    assert isinstance(after, Subscription)
    assert renewed(BASE, after, NOON).since == BASE.since


def test_the_end_of_a_pause_brings_nothing_that_lay_in_it() -> None:
    paused = replace(BASE, paused_until=date(2027, 1, 1))
    assert due(renewed(paused, replace(paused, paused_until=None), NOON), (), BASE.since, NOON) == ()


def test_what_moved_before_or_in_a_pause_that_is_ended_is_told_after_it() -> None:
    """Noticed before: after the last post before the pause."""
    calendar = [milestone("kubernetes-1.38", date(2028, 12, 16))]
    for noticed in (NOON - timedelta(hours=1), NOON + timedelta(days=2)):
        paused = renewed(BASE, replace(BASE, paused_until=date(2027, 1, 1)), NOON)
        again = renewed(paused, replace(paused, paused_until=None), NOON + timedelta(days=7))
        moved = [("kubernetes-1.38", noticed)]
        found = due(again, calendar, BASE.since, NOON + timedelta(days=30), moved)
        told = [(each.day, each.moves) for each in found if each.kind is Kind.REMINDER]
        assert told == [(date(2026, 11, 12), ("kubernetes-1.38",))]


def test_what_came_back_in_a_pause_that_is_ended_is_told_after_it() -> None:
    paused = renewed(BASE, replace(BASE, paused_until=date(2027, 1, 1)), NOON)
    again = renewed(paused, replace(paused, paused_until=None), NOON + timedelta(days=7))
    woken = [("kubernetes-1.38", date(2026, 11, 6))]
    calendar = [milestone("kubernetes-1.38", date(2028, 12, 16))]
    found = due(again, calendar, BASE.since, NOON + timedelta(days=30), (), woken)
    assert [each.day for each in found if each.kind is Kind.REMINDER] == [date(2026, 11, 12)]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Asia/Soul", "Asia/Seoul"),
        ("asia/seol", "Asia/Seoul"),
        ("New York City", "America/New_York"),
        ("Europe/Belin", "Europe/Berlin"),
    ],
)
def test_near_time_zones_are_named(text: str, near: str) -> None:
    assert isinstance(read_zone(text), Problem)
    assert near in near_zones(text)


def test_time_zones_are_found_by_their_city_first() -> None:
    assert zones("seo")[0] == "Asia/Seoul"
    assert zones("new york")[0] == "America/New_York"
    assert set(zones("")) == available_timezones()
    assert zones("nowhere at all") == ()


@pytest.mark.parametrize(
    ("text", "days"),
    [("월", (0,)), ("월요일,금", (0, 4)), ("매일", EVERY_DAY), ("평일", (0, 1, 2, 3, 4)), ("Mondays,tues", (0, 1))],
)
def test_days_in_korean_and_in_the_plural(text: str, days: tuple[int, ...]) -> None:
    assert is_days(text)
    after = changed(BASE, {"days": text})
    assert isinstance(after, Subscription)
    assert after.days == days


@pytest.mark.parametrize("text", ["none", "all", "", "x", "t", ",", "9:00", "seoul"])
def test_other_words_can_mean_something_else(text: str) -> None:
    assert not is_days(text)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-1", "20260101", "2026-W01-1", "1999-01-01", "tomorrow", ""])
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) == Problem("date", text)
