"""Messages that ask several things are taken apart; those that ask one thing in two clauses are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.questions import (
    Count,
    Drain,
    Explain,
    Milestone,
    NodeState,
    Owners,
    Progress,
    Question,
    Safe,
    Status,
    Upgrade,
    Where,
)
from bot.core.understand import Names
from bot.core.understand.clauses import MOST_QUESTIONS, questions_in
from tests.factories import make_daemonset, make_deployment, make_node
from tests.unit.clusters import understanding, view_of

VIEW = view_of(
    make_node("general-03", runtime="docker://20.10.24"),
    make_daemonset("fluentd", namespace="logging", host_paths={"/var/lib/docker/containers": "/l"}),
    make_deployment("web", namespace="payments"),
)
NAMES = Names.of(VIEW)
UNDERSTANDING = understanding()


def read(text: str) -> tuple[Question, ...]:
    """Return every question of a message."""
    understood = UNDERSTANDING.read(text, lambda: NAMES)
    return (understood.question, *understood.also)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("who owns fluentd and why is it flagged", (Owners, Explain)),
        ("how many nodes are on docker and when is the next deadline?", (Count, Milestone)),
        ("percent done, and what's the highest version we can upgrade to?", (Progress, Upgrade)),
        ("Hi, I'm new here. Is payments safe, and who owns fluentd?", (Safe, Owners)),
        ("is general-03 healthy and can I drain it?", (NodeState, Drain)),
        ("fluentd 담당자 누구고 어디서 돌아?", (Owners, Where)),
        ("payments 안전해? 그리고 fluentd 담당자는 누구야?", (Safe, Owners)),
        ("is payments safe, and is logging safe too?", (Safe, Safe)),
        ("are payments and logging safe?", (Safe, Safe)),
        ("is everything safe? who owns fluentd?", (Safe, Owners)),
        ("몇 퍼센트 됐고 다음 일정은 언제야?", (Progress, Milestone)),
    ],
)
def test_each_part_that_is_a_question_is_answered(text: str, kinds: tuple[type, ...]) -> None:
    assert tuple(type(question) for question in read(text)) == kinds


def test_a_part_speaks_of_what_the_part_before_named() -> None:
    assert read("who owns fluentd and why is it flagged") == (Owners("fluentd"), Explain("fluentd"))


@pytest.mark.parametrize(
    "text",
    [
        "why is fluentd flagged and what do I do?",
        "which nodes run docker and are not ready",
        "can we run docker and containerd nodes in the same cluster",
        "which teams still have work to do and how much",
        "grep for docker.sock found nothing. does that mean we are fine?",
        "지금 당장 올릴 수 있는 최고 버전이 뭐예요",
        "thanks! status please",
        "status",
        "",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert len(read(text)) == 1


def test_a_paste_is_not_taken_apart() -> None:
    assert questions_in("a b c. " * 10, Status(), lambda part, before: (Owners("x"), 1.0)) == ()


def test_what_is_not_sure_is_not_taken_apart() -> None:
    assert questions_in("who owns web and where is it", Owners("web"), lambda part, before: (Owners("x"), 0.5)) == ()


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    found = questions_in(text, Status(), lambda part, before: (Where(part) if len(part) % 2 else Owners(part), 1.0))
    assert len(found) in range(MOST_QUESTIONS + 1)
    assert len(found) != 1
