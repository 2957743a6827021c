"""Until when a reminder can be put off, and how that is written."""

from datetime import date

import pytest

from bot.adapters.knowledge import load_grammar, load_knowledge
from bot.core.guide_choice import for_date
from bot.core.orders import Order, Verb, words_of
from bot.core.own_dates import find
from bot.core.snoozes import last_day, problems, usual_day, wakes
from bot.core.subscription_words import Problem
from bot.core.understand import ordered
from tests.factories import make_node
from tests.unit.clusters import view_of
from tests.unit.reminders.world import milestone

TODAY = date(2026, 11, 16)
LAST = date(2026, 12, 15)


def snooze(target: str = "1.38", day: str = "", note: str = "", problem: str = "") -> Order:
    return Order(Verb.SNOOZE, target=target, day=day, note=note, problem=Problem(problem) if problem else None)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("snooze 1.38 until 2026-12-01 because it rains", snooze(day="2026-12-01", note="it rains")),
        ("/runtime snooze v1.38 2026-12-01 it rains", snooze("v1.38", "2026-12-01", "it rains")),
        ("미루기 1.38 2026-12-01까지 이유: 비가 와서", snooze(day="2026-12-01", note="비가 와서")),
        ("snooze 1.38", snooze()),
        ("snooze 1.38 until", snooze(problem="snooze-until")),
        ("snooze 1.38 until 2026-12-01", snooze(day="2026-12-01", problem="snooze-reason")),
        ("snooze", snooze("", problem="target")),
        ("snooze 1.38 off", Order(Verb.WAKE, target="1.38")),
        ("snooze containerd-2.3 해제", Order(Verb.WAKE, target="containerd-2.3")),
        ("mine 1.38", Order(Verb.MINE, target="1.38")),
        ("맡기 kubernetes-1.38", Order(Verb.MINE, target="kubernetes-1.38")),
        ("mine 1.38 now", Order(Verb.MINE, target="1.38", problem=Problem("too-much", "now"))),
        ('mine id="Our own plan"', Order(Verb.MINE, target="Our own plan")),
        ("mine are which?", None),
        ("mine 1.38?", None),
        ("snooze the reminders", None),
        ("what does snooze 1.38 do", None),
    ],
)
def test_what_is_ordered_about_a_reminder(text: str, order: Order | None) -> None:
    assert ordered(text, load_grammar()) == order


def test_a_long_reason_is_cut_and_a_button_means_its_date_whatever_that_is_called() -> None:
    order = ordered("snooze 1.38 until 2026-12-01 " + "x" * 500, load_grammar())
    assert order is not None
    assert len(order.note) == 200
    for id_ in ("upgrade", "Our own plan", "kubernetes-1.38"):
        own = milestone(id_, LAST)
        order = ordered(words_of(Verb.MINE, own), load_grammar())
        assert order is not None
        assert find([milestone("other", LAST), own], order.target) is own


@pytest.mark.parametrize(
    ("until", "reason", "found"),
    [
        ("2026-11-17", "x", {}),
        ("2026-12-15", "x", {}),
        ("2026-12-16", "x", {"until": Problem("snooze-late", "2026-12-15")}),
        ("2026-11-16", "x", {"until": Problem("snooze-soon", "2026-11-16")}),
        ("", " ", {"until": Problem("snooze-until"), "reason": Problem("snooze-reason")}),
        ("2026-02-30", "x", {"until": Problem("date", "2026-02-30")}),
    ],
)
def test_what_is_wrong_with_putting_off(until: str, reason: str, found: dict[str, Problem]) -> None:
    assert problems(until, reason, TODAY, LAST) == found


def test_two_weeks_are_offered_and_never_more_than_there_are() -> None:
    december = milestone("kubernetes-1.38", date(2026, 12, 16))
    assert last_day(december) == LAST
    assert usual_day(TODAY, LAST) == date(2026, 11, 30)
    assert usual_day(date(2026, 12, 10), LAST) == LAST


def test_a_date_that_came_nearer_ends_it_earlier() -> None:
    put_off = {"a-1.1": date(2026, 12, 1), "b-1.2": date(2026, 12, 1), "gone-1.3": date(2026, 12, 1)}
    calendar = [milestone("a-1.1", date(2027, 1, 1)), milestone("b-1.2", date(2026, 11, 20))]
    assert wakes(calendar, put_off) == {"a-1.1": date(2026, 12, 1), "b-1.2": date(2026, 11, 19)}


def test_every_date_has_a_guide_and_a_provider_its_own_first() -> None:
    known = load_knowledge()
    docker = view_of(make_node("a", kubelet="v1.23.1", runtime="docker://20.10.24"))
    gke = view_of(make_node("a", kubelet="v1.30.1-gke.1", runtime="containerd://1.7.3", provider_id="gce://p/z/a"))
    for found in known.calendar:
        assert known.guide(for_date(found, docker)[0]) is not None, found.id
        assert all(known.guide(id_) for id_ in found.guides)
    by_id = {found.id: found for found in known.calendar}
    assert for_date(by_id["kubernetes-1.24"], docker)[0] == "to-containerd"
    assert for_date(by_id["kubernetes-1.38"], docker)[0] == "containerd-2"
    assert gke.provider == "gke"
    assert for_date(by_id["kubernetes-1.38"], gke)[0] == "gke-containerd-2"
    assert for_date(milestone("own", LAST), docker) == ("to-containerd",)
