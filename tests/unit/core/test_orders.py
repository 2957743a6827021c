"""What is an order and what is a question, and how orders are read; nothing that people merely say is an order."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.knowledge import load_grammar
from bot.core.orders import NOTE_CHARS, Order, Verb, settings_in
from bot.core.subscription_words import Problem, changed
from bot.core.subscriptions import Subscription
from bot.core.understand import ordered
from tests.answers.measure import labelled
from tests.unit.clusters import understanding

BASE = Subscription("C1", datetime(2026, 11, 1, tzinfo=UTC))

EVERYTHING = (
    ("days", "mon,thu"),
    ("at", "09:00"),
    ("zone", "Asia/Seoul"),
    ("language", "ko"),
    ("leads", "30,7,1"),
    ("namespaces", "a,b"),
    ("quiet", "22:00-07:00"),
    ("weekdays", "on"),
    ("unchanged", "on"),
    ("nudge", "on"),
)


def order(text: str) -> Order | None:
    return ordered(text, load_grammar())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digest", Order(Verb.OPEN)),
        ("/runtime digest", Order(Verb.OPEN)),
        ("다이제스트", Order(Verb.OPEN)),
        ("<@U0BOT> digest off", Order(Verb.OFF)),
        ("Digest OFF", Order(Verb.OFF)),
        ("다이제스트 켜기", Order(Verb.ON)),
        ("digest show", Order(Verb.SHOW)),
        ("digest now", Order(Verb.NOW)),
        ("digest resume", Order(Verb.RESUME)),
        ("digest pause 2026-12-24", Order(Verb.PAUSE, day="2026-12-24")),
        ("digest pause until 2026-12-24", Order(Verb.PAUSE, day="2026-12-24")),
        ("digest pause", Order(Verb.PAUSE, problem=Problem("pause-until"))),
        ("digest off tomorrow", Order(Verb.OFF, problem=Problem("too-much", "tomorrow"))),
        (
            "digest on mon,thu 09:00 Asia/Seoul ko leads=30,7,1 namespaces=a,b quiet=22:00-07:00 "
            "weekdays=on unchanged=on nudge=on",
            Order(Verb.ON, settings=EVERYTHING),
        ),
        ("digest on mon, 목 18:30", Order(Verb.ON, settings=(("days", "mon,목"), ("at", "18:30")))),
        ("digest on 99:99", Order(Verb.ON, settings=(("at", "99:99"),))),
        ("digest on Asia/Soul", Order(Verb.ON, settings=(("zone", "Asia/Soul"),))),
        ('digest on owner="team x"', Order(Verb.ON, settings=(("owner", "team x"),))),
        ("digest on purple", Order(Verb.ON, problem=Problem("unknown", "purple"))),
        ("digest on colour=red", Order(Verb.ON, problem=Problem("unknown", "colour"))),
        ("digest on 09:00 10:00", Order(Verb.ON, problem=Problem("twice", "at"))),
        ("digest on owner=a namespaces=b", Order(Verb.ON, problem=Problem("scopes"))),
        ("milestones set 1.23 2021-11-01", Order(Verb.SET, target="1.23", day="2021-11-01")),
        (
            "milestones set v1.24 2027-01-01 because we are slow",
            Order(Verb.SET, target="v1.24", day="2027-01-01", note="we are slow"),
        ),
        ("milestones set 1.23", Order(Verb.SET, target="1.23", problem=Problem("date-missing", "1.23"))),
        ("milestones set", Order(Verb.SET, problem=Problem("target"))),
        ("일정 설정 1.24 2027-01-01", Order(Verb.SET, target="1.24", day="2027-01-01")),
        ("milestones unset kubernetes-1.24", Order(Verb.UNSET, target="kubernetes-1.24")),
    ],
)
def test_an_order_is_read(text: str, expected: Order) -> None:
    assert order(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "digest of the last week",
        "digests on which channels?",
        "digest on?",
        "digest off?",
        "is the digest off",
        "please digest off",
        "turn the digest off",
        "the digest shows nothing",
        "digest shows wrong numbers",
        "milestones",
        "milestones set for us",
        "milestones on",
        "digest set 1.24 2027-01-01",
        "milestones set 1.24 to when?",
        "what does digest off do",
        "status on",
        "off",
        "이미지 다이제스트 바뀌나요?",
    ],
)
def test_what_people_merely_say_is_no_order(text: str) -> None:
    assert order(text) is None


def test_no_labelled_question_is_an_order() -> None:
    questions = [question.text for question in labelled()]
    assert len(questions) > 1000
    assert [text for text in questions if order(text) is not None] == []


def test_a_long_reason_is_cut() -> None:
    found = order("milestones set 1.24 2027-01-01 because " + "x" * 5000)
    assert found is not None
    assert found.note == "x" * (NOTE_CHARS - 1) + "…"


@given(st.text(max_size=200))
@example("digest on \x00 =,=")
@example("digest on =")
@example("milestones set \u202e 1")
def test_any_text_is_read_without_an_error(text: str) -> None:
    for prefix in ("", "digest on ", "digest ", "milestones set ", "digest pause "):
        found = order(prefix + text)
        if found is not None and found.problem is None:
            changed(BASE, dict(found.settings))


@given(
    st.permutations(EVERYTHING),
    st.sampled_from(["{}={}", "{}"]),
)
def test_the_order_of_settings_means_nothing(settings: list[tuple[str, str]], shape: str) -> None:
    bare = {"days", "at", "zone", "language", "leads", "quiet"}
    words = [value if shape == "{}" and name in bare else f"{name}={value}" for name, value in settings]
    read = settings_in(words)
    assert not isinstance(read, Problem)
    assert changed(BASE, dict(read)) == changed(BASE, dict(EVERYTHING))


def test_a_terminal_says_that_this_is_done_in_slack() -> None:
    question = understanding().read("digest on mon").question
    assert question.__class__.__name__ == "Manage"
    assert understanding().read("what is a digest of an image").question.__class__.__name__ != "Manage"
