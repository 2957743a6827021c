"""What Slack makes of typed text, turned back: mentions, links, entities, length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.questions import AtRisk, Explain, Help, Status
from bot.core.understand import QUESTION_CHARS, normalise, understand
from tests.unit.clusters import grammar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<@U1> status", "status", id="user"),
        pytest.param("<@U1|bot> status", "status", id="user-with-a-label"),
        pytest.param("status <!channel>", "status", id="channel"),
        pytest.param("status <!subteam^S1|@oncall>", "status", id="user-group"),
        pytest.param("status <#C1|general>", "status", id="channel-link"),
        pytest.param("explain <http://web.example.com|web.example.com>", "explain web.example.com", id="link-text"),
        pytest.param("explain <http://x|x>", "explain x", id="short-link"),
        pytest.param("explain <https://web.example.com>", "explain https://web.example.com", id="link-without-text"),
        pytest.param("explain <mailto:a@b.c|a@b.c>", "explain a@b.c", id="mail-address"),
        pytest.param("explain a&amp;b", "explain a&b", id="ampersand"),
        pytest.param("explain &lt;!channel&gt;", "explain <!channel>", id="a-mention-somebody-only-typed"),
        pytest.param("explain &amp;lt;", "explain &lt;", id="entities-are-decoded-once"),
        pytest.param("  status \u00a0 pool-a\r\n", "status pool-a", id="white-space"),
        pytest.param("a < b > c", "a < b > c", id="plain-signs"),
        pytest.param("<status>", "<status>", id="brackets-that-are-no-link"),
    ],
)
def test_slacks_own_forms_are_turned_back(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_a_link_slack_made_of_a_name_is_a_name_again() -> None:
    question = understand("<@U1> explain <http://payments/web|payments/web>", grammar())
    assert question == Explain("payments/web")


def test_a_mention_is_never_part_of_a_name() -> None:
    assert understand("pods <!channel>payments", grammar()) == AtRisk("payments")


def test_a_mention_alone_is_help() -> None:
    assert understand("<!everyone>", grammar()) == Help()


def test_a_paste_is_not_read_to_its_end() -> None:
    question = understand("status " + "x" * (3 * QUESTION_CHARS), grammar())
    assert question == Status("x" * (QUESTION_CHARS - len("status ")))


def test_a_long_unknown_text_is_help() -> None:
    question = understand("word " * QUESTION_CHARS, grammar())
    assert isinstance(question, Help)
    assert question.unknown is not None
    assert len(question.unknown) <= QUESTION_CHARS


@given(st.text(alphabet="<>@#!|:&;ahtp/ \n`\"'?.lgtm"))
def test_no_mixture_of_slacks_signs_makes_it_raise_or_grow(text: str) -> None:
    assert len(normalise(text)) <= len(text)
    assert understand(text, grammar()) is not None


@pytest.mark.parametrize("piece", ["<a:", "<", "<a:|", "&amp", "`", "<@", "a/"])
def test_a_long_run_of_one_sign_is_answered_all_the_same(piece: str) -> None:
    assert understand("explain " + piece * QUESTION_CHARS, grammar()) is not None
