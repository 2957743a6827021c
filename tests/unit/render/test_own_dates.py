"""How a team's own dates are shown: whose they are, the upstream date beside them, people's words as words."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest

from bot.core.buttons import Asked
from bot.core.milestones import Milestone as Dated
from bot.core.own_dates import FILE, SLACK, NewMilestone, OwnDate, overlay
from bot.core.questions import Home, Milestone, Milestones, Question, Status
from bot.render.blocks import to_message
from bot.render.compose import compose
from bot.render.mrkdwn import to_mrkdwn
from bot.render.parts import MESSAGE, TERMINAL
from bot.render.parts import SLACK as IN_SLACK
from bot.render.text import to_text
from bot.service import Service
from tests.factories import make_node
from tests.unit.clusters import AS_OF, DOCKER, _Seen, catalogue, known, view_of

SET = OwnDate("1.24", date(2026, 12, 1), SLACK, "plan", "U1", datetime(2026, 11, 2, 8, tzinfo=UTC))
HOSTILE = "<!channel> *x* `y` \x1b[2J \u202egpj <https://evil.example|click>"


def calendar(own: Iterable[OwnDate]) -> tuple[Dated, ...]:
    return overlay(known().calendar, own)


def told(question: Question, *own: OwnDate, language: str = "en") -> tuple[str, str, str, str]:
    """Return an answer as a terminal, a batch and Slack show it: as text of the message, and all of its blocks."""
    view = view_of(make_node("old", runtime=DOCKER, kubelet="v1.23.17"))
    service = Service(_Seen(view), known(), today=lambda: AS_OF.date(), calendar=lambda: calendar(own))
    answer, words = service.ask(question, language), catalogue(language)
    message = to_message(compose(answer, words, IN_SLACK), words, Asked("milestones", language))
    return (
        to_text(compose(answer, words, TERMINAL)),
        to_mrkdwn(compose(answer, words, MESSAGE), words, "milestones"),
        message.text,
        str(message.blocks),
    )


@pytest.mark.parametrize("question", [Milestones(), Milestone("1.24"), Status()])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "your date, set by `U1` on 2026-11-02; upstream 2022-05-03"),
        ("ko", "자체 일정, `U1` 님이 2026-11-02에 설정, 업스트림 2022-05-03"),
    ],
)
def test_a_date_set_in_slack_says_by_whom_and_when(question: Question, language: str, said: str) -> None:
    _, batch, slack, blocks = told(question, SET, language=language)
    assert said in batch
    assert said in slack
    assert "U1" in blocks


def test_the_calendar_is_asked_for_with_every_answer() -> None:
    """The dates that people set change while the bot runs."""
    view = view_of(make_node("old", runtime=DOCKER, kubelet="v1.23.17"))
    own: list[OwnDate] = []
    service = Service(_Seen(view), known(), today=lambda: AS_OF.date(), calendar=lambda: calendar(own))
    for question in (Milestones(), Milestone("1.24"), Status(), Home(())):
        own.clear()
        before = service.ask(question, "en")
        own.append(SET)
        assert service.ask(question, "en") != before


@pytest.mark.parametrize("question", [Milestones(), Milestone(), Status()])
def test_words_of_people_are_never_markup(question: Question) -> None:
    new = NewMilestone({"en": HOSTILE, "ko": HOSTILE}, "end-of-support", (), HOSTILE)
    own = OwnDate("provider", date(2026, 11, 30), FILE, HOSTILE, new=new)
    moved = OwnDate("1.24", date(2026, 12, 1), FILE, HOSTILE)
    text, batch, slack, blocks = told(question, own, moved)
    assert "evil.example" in text
    for shown in (batch, slack):
        assert "<!channel>" not in shown
        assert "<https://evil" not in shown
    assert "'url': 'https://evil" not in blocks
    for shown in (text, batch, slack, blocks):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_own_end_of_support_that_is_past_is_overdue_everywhere(language: str) -> None:
    new = NewMilestone({"en": "Provider ends 1.23", "ko": "1.23 종료"}, "end-of-support", (), "contract")
    own = OwnDate("provider", date(2026, 11, 1), FILE, new=new)
    late = {"en": "verdue", "ko": "기한 지남"}[language]
    for question in (Milestones(), Status()):
        for shown in told(question, own, language=language):
            assert late in shown
            assert new.titles[language] in shown
