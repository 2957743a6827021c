"""When digests and reminders are due: time zones, summer time, weekends, leap days, moved dates."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.schedule import LEFT, Kind, Occurrence, due, instant, is_quiet, renewed, upcoming
from bot.core.subscriptions import EVERY_DAY, LEADS, Quiet, Subscription
from tests.unit.reminders.world import milestone

START = datetime(2021, 5, 1, tzinfo=UTC)
CALENDAR = [milestone("kubernetes-1.22", date(2021, 8, 4)), milestone("kubernetes-1.23", date(2021, 12, 7))]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Asia/Seoul", date(2021, 11, 8), "2021-11-08T00:00:00+00:00"),
        ("America/New_York", date(2021, 11, 5), "2021-11-05T13:00:00+00:00"),
        ("America/New_York", date(2021, 11, 8), "2021-11-08T14:00:00+00:00"),
        ("Asia/Kathmandu", date(2024, 2, 29), "2024-02-29T03:15:00+00:00"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_there_summer_and_winter(zone: str, day: date, expected: str) -> None:
    assert instant(day, time(9), ZoneInfo(zone)).isoformat() == expected


def test_a_time_that_does_not_come_or_comes_twice_comes_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert instant(date(2026, 3, 29), time(2, 30), berlin).isoformat() == "2026-03-29T01:30:00+00:00"
    assert instant(date(2026, 10, 25), time(2, 30), berlin).isoformat() == "2026-10-25T00:30:00+00:00"
    subscription = Subscription("C1", START, days=EVERY_DAY, at=time(2, 30), zone="Europe/Berlin", leads=())
    found = due(subscription, (), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))
    assert [occurrence.day.day for occurrence in found] == [24, 25, 26]


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Seoul", 0), ("America/New_York", None)])
def test_reminders_of_2021_come_at_each_lead_time_at_nine_there(zone: str, hour: int | None) -> None:
    subscription = Subscription("C1", START, days=(), zone=zone)
    found = due(subscription, CALENDAR, START, datetime(2022, 1, 1, tzinfo=UTC))
    told = [(id_, (day - occurrence.day).days) for occurrence in found for id_, day in occurrence.leads]
    assert told == [(milestone_.id, lead) for milestone_ in CALENDAR for lead in LEADS]
    assert {occurrence.at.astimezone(ZoneInfo(zone)).time() for occurrence in found} == {time(9)}
    if hour is not None:
        assert {occurrence.at.hour for occurrence in found} == {hour}
    else:
        assert {occurrence.at.hour for occurrence in found} == {13, 14}, "both sides of the change to winter time"


def test_at_a_weekend_without_posts_the_friday_before_tells() -> None:
    calendar = [milestone("a-1.24", date(2026, 11, 29)), milestone("b-1.25", date(2026, 11, 30))]  # Sunday, Monday
    subscription = Subscription("C1", START, days=EVERY_DAY, leads=(1, 0), is_weekdays_only=True)
    found = due(subscription, calendar, datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    shown = [(occurrence.kind, occurrence.day.day, [id_ for id_, _ in occurrence.leads]) for occurrence in found]
    assert shown == [
        (Kind.DIGEST, 26, []),
        (Kind.DIGEST, 27, []),
        (Kind.REMINDER, 27, ["a-1.24", "b-1.25"]),
        (Kind.DIGEST, 30, []),
        (Kind.REMINDER, 30, ["b-1.25"]),
    ]


def test_a_digest_of_a_weekend_without_posts_comes_on_the_friday() -> None:
    weekend = Subscription("C1", START, days=(5, 6), leads=(), nudges=True, is_weekdays_only=True)
    found = due(weekend, (), datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 6, tzinfo=UTC))
    friday, next_friday = date(2026, 11, 27), date(2026, 12, 4)
    assert [(each.kind, each.day) for each in found] == [
        (kind, day) for day in (friday, next_friday) for kind in (Kind.DIGEST, Kind.REMINDER)
    ]


def test_milestones_of_one_day_make_one_reminder() -> None:
    calendar = [milestone("a-1.24", date(2026, 11, 10)), milestone("b-1.25", date(2026, 11, 12))]
    subscription = Subscription("C1", START, days=(), leads=(7, 5))
    found = due(subscription, calendar, datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC))
    assert [occurrence.leads for occurrence in found] == [
        (("a-1.24", date(2026, 11, 10)), ("b-1.25", date(2026, 11, 12)))
    ]


def test_nothing_from_before_the_subscription_in_a_pause_or_where_it_stopped() -> None:
    until = START + timedelta(days=30)
    every = Subscription("C1", START + timedelta(days=20), days=EVERY_DAY)
    assert min(occurrence.at for occurrence in due(every, (), START, until)) > every.since
    paused = Subscription("C1", START, days=EVERY_DAY, paused_until=date(2021, 5, 20))
    assert min(occurrence.day for occurrence in due(paused, (), START, until)) == date(2021, 5, 20)
    assert due(Subscription("C1", START, days=EVERY_DAY, stopped="is_archived"), (), START, until) == ()


def test_a_leap_day_is_a_day() -> None:
    subscription = Subscription("C1", START, days=(), leads=(1,))
    calendar = [milestone("a-1.24", date(2024, 3, 1))]
    [occurrence] = due(subscription, calendar, datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC))
    assert occurrence.day == date(2024, 2, 29)


@given(
    zone=st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe"]),
    minutes=st.integers(0, 1439),
    days=st.integers(1, 400),
    cuts=st.lists(st.integers(1, 9600), max_size=5),
)
def test_however_the_time_is_cut_every_post_is_due_once(zone: str, minutes: int, days: int, cuts: list[int]) -> None:
    subscription = Subscription("C1", START, days=EVERY_DAY, at=time(*divmod(minutes, 60)), zone=zone)
    end = START + timedelta(days=days)
    whole = due(subscription, CALENDAR, START, end)
    moments = sorted({START, end, *(min(START + timedelta(hours=cut), end) for cut in cuts)})
    parts = [found for a, b in pairwise(moments) for found in due(subscription, CALENDAR, a, b)]
    assert parts == list(whole)
    keys = [occurrence.key for occurrence in whole]
    assert len(set(keys)) == len(keys)


def test_quiet_hours_may_span_midnight() -> None:
    subscription = Subscription("C1", START, zone="Asia/Seoul", quiet=Quiet(time(22), time(7)))
    at = lambda hour: datetime(2026, 11, 2, hour, tzinfo=ZoneInfo("Asia/Seoul"))  # noqa: E731
    assert [is_quiet(subscription, at(hour)) for hour in (21, 22, 0, 6, 7)] == [False, True, True, True, False]


def test_the_next_of_each_kind_is_known() -> None:
    digest, reminder = upcoming(Subscription("C1", START), CALENDAR, START)
    assert digest is not None
    assert reminder is not None
    assert (digest.day, reminder.day) == (date(2021, 5, 3), date(2021, 5, 6))


def test_the_next_is_not_what_is_put_off_or_begun() -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
    calendar = [milestone("a-1.24", date(2026, 11, 16)), milestone("b-1.25", date(2026, 11, 19))]
    fortnight = Subscription("C1", now, leads=(14, 11))

    def coming(subscription: Subscription = fortnight, **how: Any) -> list[tuple[str, list[str]]]:
        found = upcoming(subscription, calendar, now, **how)
        return [(each.key, [id_ for id_, _ in each.leads]) for each in found if each is not None]

    assert coming() == [("digest:2026-11-02", []), ("reminder:2026-11-02", ["a-1.24"])]
    put_off = [("a-1.24", date(2026, 11, 10))]
    assert coming(woken=put_off)[1] == ("reminder:2026-11-05", ["b-1.25"]), "that of the 5th is of the other alone"
    both = [*put_off, ("b-1.25", date(2026, 11, 12))]
    assert coming(woken=both)[1] == ("reminder:2026-11-10", ["a-1.24"])
    assert coming(woken=[("a-1.24", date(2026, 11, 2))])[1][0] == "reminder:2026-11-02", "it is over"
    assert coming(replace(fortnight, nudges=True), woken=both)[1] == ("reminder:2026-11-02", [])
    assert coming(begun={"digest:2026-11-02"}) == [("digest:2026-11-09", []), ("reminder:2026-11-02", ["a-1.24"])]
    assert coming(begun={"reminder:2026-11-02"}, woken=put_off[:0])[1][0] == "reminder:2026-11-05"


def told(subscription: Subscription, woken: list[tuple[str, date]], first: date, last: date) -> list[tuple[int, str]]:
    """Return (day, milestone) of the reminders of a calendar with one date, far away."""
    calendar = [milestone("a-1.24", date(2027, 12, 1))]
    after, until = (datetime.combine(day, time(0), UTC) for day in (first, last))
    found = due(subscription, calendar, after, until, woken=woken)
    return [(occurrence.day.day, id_) for occurrence in found for id_, _ in occurrence.leads]


def test_what_was_put_off_is_told_on_the_day_that_was_chosen_and_once() -> None:
    every = Subscription("C1", START, days=())
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    assert told(every, [("a-1.24", date(2026, 11, 11))], first, last) == [(11, "a-1.24")]
    assert told(every, [("gone-1.0", date(2026, 11, 11))], first, last) == []
    assert told(replace(every, leads=()), [("a-1.24", date(2026, 11, 11))], first, last) == []
    for start in (date(2026, 11, 11), date(2026, 11, 12)):
        assert told(every, [("a-1.24", date(2026, 11, 11))], start, last) == [(11, "a-1.24")][: start.day == 11]


def test_a_day_without_posts_is_made_up_for_on_the_next() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    saturday = [("a-1.24", date(2026, 11, 14))]
    assert told(Subscription("C1", START, days=(), is_weekdays_only=True), saturday, first, last) == [(16, "a-1.24")]
    paused = Subscription("C1", START, days=(), paused_until=date(2026, 11, 25))
    assert told(paused, saturday, first, last) == [(25, "a-1.24")]


def test_a_lead_of_the_same_day_is_told_once() -> None:
    calendar = [milestone("a-1.24", date(2026, 11, 18))]
    subscription = Subscription("C1", START, days=(), leads=(7,))
    woken = [("a-1.24", date(2026, 11, 11))]
    after, until = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
    (occurrence,) = due(subscription, calendar, after, until, woken=woken)
    assert occurrence.leads == (("a-1.24", date(2026, 11, 18)),)


def test_what_moves_in_a_pause_is_told_after_it() -> None:
    moved = [("kubernetes-1.22", datetime(2021, 5, 10, tzinfo=UTC))]
    paused = Subscription("C1", START, days=(), leads=(1,), paused_until=date(2021, 5, 20))
    [found] = due(paused, CALENDAR, START, START + timedelta(days=40), moved)
    assert (found.day, found.moves) == (date(2021, 5, 20), ("kubernetes-1.22",))
    assert due(paused, CALENDAR, datetime(2021, 5, 21, tzinfo=UTC), START + timedelta(days=40), moved) == ()


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 4 * 24 * 60),
        st.times(timezones=st.none()).map(lambda moment: moment.replace(second=0, microsecond=0, fold=0)),
        st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Pacific/Auckland", "Pacific/Honolulu"]),
    ),
    max_size=12,
).map(lambda changes: sorted(changes, key=lambda change: change[0]))


def posted(
    subscription: Subscription,
    changes: list[tuple[int, time, str]],
    blind: int,
    moved: Sequence[tuple[str, datetime]] = (),
    woken: Sequence[tuple[str, date]] = (),
) -> list[Occurrence]:
    """Return what is posted within ten days by somebody who looks every half hour, but for ``blind`` minutes around
    each change: each key once, as the ledger has it."""
    calendar = [milestone(id_, date(2031, 1, 1)) for id_, _ in (*moved, *woken)]
    found: dict[str, Occurrence] = {}
    pending = list(changes)
    for minute in range(0, 10 * 24 * 60, 30):
        now = START + timedelta(minutes=minute)
        while pending and pending[0][0] <= minute:
            at, (_, to, zone) = START + timedelta(minutes=pending[0][0]), pending.pop(0)
            subscription = renewed(subscription, replace(subscription, at=to, zone=zone), at)
        if not blind or all(abs(minute - moment) > blind for moment, *_ in changes):
            seen = [each for each in moved if each[1] <= now]
            for occurrence in due(subscription, calendar, now - LEFT, now, seen, woken):
                found.setdefault(occurrence.key, occurrence)
    return list(found.values())


@settings(max_examples=40)
@given(changes=CHANGES, blind=st.integers(1, 90))
def test_changes_of_time_and_zone_lose_no_digest_however_long_nobody_looks(
    changes: list[tuple[int, time, str]], blind: int
) -> None:
    daily = Subscription("C1", START, days=EVERY_DAY, leads=())
    assert {each.key for each in posted(daily, changes, blind)} == {each.key for each in posted(daily, changes, 0)}


@settings(max_examples=60)
@given(
    changes=CHANGES,
    blind=st.integers(0, 90),
    noticed=st.lists(st.integers(1, 4 * 24 * 60), max_size=3),
    wakes_on=st.lists(st.integers(0, 4), max_size=3),
)
def test_changes_of_time_and_zone_tell_what_moved_and_what_came_back_once(
    changes: list[tuple[int, time, str]], blind: int, noticed: list[int], wakes_on: list[int]
) -> None:
    moved = [(f"moved-{number}", START + timedelta(minutes=minute)) for number, minute in enumerate(noticed)]
    woken = [(f"woken-{number}", START.date() + timedelta(days=day)) for number, day in enumerate(wakes_on)]
    found = posted(Subscription("C1", START, days=()), changes, blind, moved, woken)
    told = [id_ for each in found for id_ in (*each.moves, *(id_ for id_, _ in each.leads))]
    assert sorted(told) == sorted(id_ for id_, _ in (*moved, *woken))
