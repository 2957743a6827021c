"""The settings as a form: what it shows makes the same settings again, and each field tells what is wrong with it."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.forms import FIELDS, applied, values_of
from bot.core.subscription_words import Problem
from bot.core.subscriptions import LEADS, Quiet, Scope, ScopeKind, Subscription

BASE = Subscription("C1", datetime(2026, 11, 1, tzinfo=UTC), zone="Asia/Seoul")

minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
names = st.lists(st.text("abcdefghijk-", min_size=1, max_size=20), min_size=1, max_size=5, unique=True).map(tuple)
subscriptions = st.builds(
    Subscription,
    channel=st.just("C1"),
    since=st.just(BASE.since),
    days=st.sets(st.integers(0, 6)).map(lambda found: tuple(sorted(found))),
    at=minutes,
    zone=st.sampled_from(["UTC", "Asia/Seoul", "America/New_York"]),
    language=st.sampled_from(["en", "ko"]),
    scope=st.one_of(
        st.just(Scope()),
        st.builds(Scope, st.just(ScopeKind.NAMESPACES), names),
        st.builds(Scope, st.just(ScopeKind.OWNER), names),
    ),
    leads=st.sets(st.one_of(st.sampled_from(LEADS), st.integers(0, 366)), max_size=16).map(
        lambda found: tuple(sorted(found, reverse=True))
    ),
    quiet=st.none() | st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]).map(lambda p: Quiet(*p)),
    is_weekdays_only=st.booleans(),
    skips_unchanged=st.booleans(),
    nudges=st.booleans(),
).filter(lambda found: found.quiet is None or not found.quiet.includes(found.at))


@given(subscriptions)
def test_what_a_form_shows_makes_the_same_settings_again(found: Subscription) -> None:
    values = values_of(found)
    assert set(values) == set(FIELDS)
    assert applied(BASE, values) == (found, {})


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"at": ("99:99",)}, "at", Problem("time", "99:99")),
        ({"zone": ("Mars/Olympus",)}, "zone", Problem("zone", "Mars/Olympus")),
        ({"language": ("xx",)}, "language", Problem("language", "xx")),
        ({"scope": ("namespaces",)}, "namespaces", Problem("namespaces", "50")),
        ({"scope": ("owner",)}, "owners", Problem("owner")),
        ({"scope": ("everything",)}, "scope", Problem("scope", "everything")),
        ({"more": ("x",)}, "more", Problem("leads", "x")),
        ({"quiet": ("22",)}, "quiet", Problem("quiet", "22")),
        ({"quiet": ("08:00-10:00",)}, "quiet", Problem("quiet-at", "09:00")),
    ],
)
def test_each_field_tells_what_is_wrong_with_it(
    changes: dict[str, tuple[str, ...]], field: str, problem: Problem
) -> None:
    assert applied(BASE, {**values_of(BASE), **changes})[1] == {field: problem}


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {"at": ("x",), "quiet": ("x",), "more": ("x",), "scope": ("owner",)}
    assert set(applied(BASE, {**values_of(BASE), **wrong})[1]) == {"at", "quiet", "more", "owners"}


def test_a_new_time_is_judged_by_the_new_quiet_hours_alone() -> None:
    quiet = replace(BASE, quiet=Quiet(time(22), time(7)))
    values = {**values_of(quiet), "at": ("23:00",), "quiet": ("",)}
    after, problems = applied(quiet, values)
    assert (after.at, after.quiet, problems) == (time(23), None, {})


@given(st.dictionaries(st.sampled_from(FIELDS), st.lists(st.text(max_size=10), max_size=3).map(tuple)))
def test_whatever_a_form_holds_is_judged_without_an_error(values: dict[str, tuple[str, ...]]) -> None:
    applied(BASE, values)
