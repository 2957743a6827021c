"""From when on changes are asked: days, spans, and words for them; and back to a command."""

from datetime import date

import pytest

from bot.core.questions import Changes
from bot.core.understand import words_of
from bot.core.understand.spans import MOST_DAYS
from tests.unit.clusters import understanding


@pytest.mark.parametrize(
    ("text", "by", "question"),
    [
        ("changes", "command", Changes()),
        ("changes 7d", "command", Changes(days=7)),
        ("changes 7 days", "command", Changes(days=7)),
        ("changes last 2 weeks", "command", Changes(days=14)),
        ("changes since 2026-11-01", "command", Changes(since=date(2026, 11, 1))),
        ("변경 3일", "command", Changes(days=3)),
        ("changes 9999 days", "command", Changes(days=MOST_DAYS)),
        ("changes since 2026-02-30", "command", Changes()),
        ("what changed since yesterday?", "sentence", Changes()),
        ("what changed since 2026-11-01?", "sentence", Changes(since=date(2026, 11, 1))),
        ("what changed since last week", "sentence", Changes(days=7)),
        ("what has changed in the last 3 weeks?", "sentence", Changes(days=21)),
        ("지난주에 뭐가 바뀌었어?", "sentence", Changes(days=7)),
        ("최근 5일 동안 바뀐 거 있어?", "sentence", Changes(days=5)),
    ],
)
def test_from_when_on_changes_are_asked(text: str, by: str, question: Changes) -> None:
    found = understanding().read(text)
    assert (found.question, found.by) == (question, by)


@pytest.mark.parametrize("question", [Changes(), Changes(days=30), Changes(since=date(2026, 11, 1))])
def test_a_question_for_changes_is_a_command_again(question: Changes) -> None:
    assert understanding().again(words_of(question)) == question
