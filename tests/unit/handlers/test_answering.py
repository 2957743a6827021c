"""Words to an answer: the language, the page, the file that goes with an export."""

from dataclasses import dataclass

import pytest

from bot.core.buttons import Asked
from bot.core.view import ClusterView
from bot.service import Service
from handlers.answering import Answering
from tests.unit.clusters import AS_OF, catalogue, known, understanding
from tests.unit.handlers.slack import Slack, small_view


@dataclass(frozen=True)
class Seen:
    """The view port over the small cluster."""

    def newest(self) -> ClusterView | None:
        """Return nothing: no menu is asked for here."""
        return None

    def view(self) -> ClusterView:
        return small_view()


def answering(language: str = "auto") -> Answering:
    """Return what makes answers over the small cluster."""
    return Answering(Service(Seen(), known(), today=AS_OF.date), understanding(), catalogue, language, "/runtime")


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        pytest.param("status", "en-US", "en", id="english"),
        pytest.param("status", "ko-KR", "ko", id="a-korean-asks-in-english-words"),
        pytest.param("상태", "en-US", "ko", id="korean-words"),
        pytest.param("", "", "en", id="nothing-known"),
        pytest.param("status", "de-DE", "en", id="another-language"),
    ],
)
def test_the_language_is_the_questions_own_else_the_askers(text: str, locale: str, expected: str) -> None:
    assert answering().language(text, locale) == expected


def test_a_language_that_is_set_beats_both() -> None:
    assert answering("en").language("상태", "ko-KR") == "en"


def test_typed_words_are_asked_again_without_the_mention() -> None:
    assert answering().asked("<@U0BOT>  status &amp; more", "en") == Asked("status & more", "en")


@pytest.mark.parametrize(("words", "begin"), [("export", "unshim-workloads-"), ("export nodes", "unshim-nodes-")])
def test_an_export_brings_a_file_named_after_what_and_when(words: str, begin: str) -> None:
    file = answering().ask(Asked(words, "en")).file
    assert file is not None
    assert file.name == f"{begin}2026-11-23T0900Z.csv"
    assert file.content


@pytest.mark.parametrize("words", ["status", "nodes", "pods", "explain ci/builder", "guide", "milestones", "help", ""])
def test_no_other_answer_brings_a_file(words: str) -> None:
    assert answering().ask(Asked(words, "en")).file is None


@pytest.mark.parametrize(
    ("words", "is_report"),
    [
        ("status", True),
        ("owners", True),
        ("do we have to rebuild our images?", True),
        ("help", False),
        ("hello", False),
        ("restart ci/builder please", False),
        ("explain nothing-like-it", False),
    ],
)
def test_only_what_tells_something_may_be_worth_sharing(words: str, is_report: bool) -> None:
    assert answering().ask(Asked(words, "en")).is_report == is_report


def test_the_kind_of_a_question_has_a_stable_name() -> None:
    names = {words: answering().ask(Asked(words, "en")).kind for words in ("status", "pods", "export", "what now")}
    assert names == {"status": "status", "pods": "at-risk", "export": "export", "what now": "help"}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_message_has_a_text(language: str) -> None:
    made = answering()
    answered = made.ask(Asked("status", language))
    assert made.draw(answered.document, answered.asked, can_share=True).text.strip()


def test_a_message_that_asks_two_things_is_answered_twice() -> None:
    slack = Slack()
    slack.command("who owns builder and is ci safe to move?")
    slack.work.run()
    (answer,) = slack.posted.sent
    assert "builder" in answer.text
    assert "1 workload at risk" in answer.text
    assert answer.text.count("Read ") == 1
    assert answer.message is not None
    assert "1 workload at risk" in str(answer.message.blocks)


def test_the_first_line_of_a_second_answer_is_in_the_blocks_too() -> None:
    slack = Slack()
    slack.command("is ci safe to move and how many nodes run docker?")
    slack.work.run()
    (answer,) = slack.posted.sent
    assert answer.message is not None
    second = next(line for line in answer.text.splitlines() if "dockershim" in line)
    assert second.strip("*") in str(answer.message.blocks)


def test_a_thread_is_about_the_last_of_several_questions() -> None:
    slack = Slack()
    slack.mention("who owns builder and is ci safe to move?", thread_ts="1.1")
    slack.work.run()
    assert slack.memory.threads["C0GENERAL", "1.1"].kind == "safe"
