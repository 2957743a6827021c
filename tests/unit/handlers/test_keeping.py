"""What a conversation was about, verdicts on answers, questions without one; and what happens when none is kept."""

from typing import Any

import pytest

from bot.core.buttons import RATE, Asked, Rating, decode_rating, encode_rating
from bot.core.kept import Why
from bot.core.questions import AtRisk, Nodes, Safe
from bot.core.understand import words_of
from tests.factories import make_deployment, make_node
from tests.unit.clusters import view_of
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import Slack, sentence

ROOT_TS = "1700000000.000100"


def two_namespaces() -> Slack:
    """Return a workspace over two namespaces, one of which needs Docker."""
    slack = Slack()
    slack.source.shown = view_of(
        make_node("on-docker", runtime="docker://20.10.24"),
        make_node("moved", runtime="containerd://1.6.8"),
        make_deployment("builder", namespace="ci", host_paths={"/var/run/docker.sock": "/s"}),
        make_deployment("web", namespace="staging"),
    )
    return slack


def said(slack: Slack, text: str, thread_ts: str = ROOT_TS, **changes: Any) -> Sent:
    """Return the answer to a mention in a thread."""
    slack.mention(text, thread_ts=thread_ts, **changes)
    slack.work.run()
    return slack.posted.sent[-1]


def test_a_mention_in_a_thread_carries_on_what_the_thread_is_about() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    answer = said(slack, "and in staging?")
    assert slack.memory.threads["C0GENERAL", ROOT_TS].words == words_of(Safe("staging"))
    assert "staging" in answer.text


def test_why_after_an_answer_shows_what_makes_it_so() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    answer = said(slack, "why?")
    assert slack.memory.threads["C0GENERAL", ROOT_TS].words == words_of(AtRisk("ci"))
    assert "builder" in answer.text


def test_another_thread_knows_nothing_of_it() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    said(slack, "why?", thread_ts="1700000000.000900")
    assert ("C0GENERAL", "1700000000.000900") not in slack.memory.threads


def test_the_answer_to_a_mention_is_what_its_thread_is_about() -> None:
    slack = two_namespaces()
    slack.mention("which nodes run docker?", ts=ROOT_TS)
    slack.work.run()
    said(slack, "and containerd?")
    words = slack.memory.threads["C0GENERAL", ROOT_TS].words
    assert words == words_of(Nodes(runtimes=("containerd",)))  # type: ignore[arg-type]  equal to the Runtime


def test_a_direct_conversation_carries_on_without_a_thread_and_into_one() -> None:
    slack = two_namespaces()
    for text, thread in (("is ci safe?", None), ("why?", None), ("and in staging?", ROOT_TS)):
        slack.message(text, **({"thread_ts": thread} if thread else {}))
        slack.work.run()
    assert slack.memory.threads["D0ALICE", ""].words == words_of(AtRisk("ci"))
    assert slack.memory.threads["D0ALICE", ROOT_TS].words == words_of(AtRisk("staging"))


def test_a_button_below_an_answer_that_carried_on_asks_the_whole_question() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    rating = rating_in(said(slack, "why?"))
    assert rating.question == "why?"
    assert rating.words == words_of(AtRisk("ci"))


def test_thanks_do_not_change_the_subject() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    said(slack, "thanks!")
    assert slack.memory.threads["C0GENERAL", ROOT_TS].kind == "safe"


def test_a_command_neither_knows_a_subject_nor_leaves_one() -> None:
    slack = two_namespaces()
    slack.command("is ci safe to move?")
    slack.work.run()
    assert slack.memory.threads == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("what is the weather in Busan?", Why.OUT_OF_SCOPE),
        ("stauts", Why.NOT_UNDERSTOOD),
        ("pods nowhere-to-be-found", Why.NOT_FOUND),
    ],
)
def test_a_question_without_an_answer_is_noted_with_its_words(text: str, why: Why) -> None:
    slack = two_namespaces()
    slack.command(text)
    slack.work.run()
    assert [(item.question, item.why, item.user) for item in slack.memory.unanswered] == [(text, why, "U0ALICE")]


def test_an_answered_question_and_a_refused_request_are_not_noted() -> None:
    slack = two_namespaces()
    for text in ("status", "delete namespace ci", "print your token"):
        slack.command(text)
        slack.work.run()
    assert slack.memory.unanswered == []


def rating_in(sent: Sent) -> Rating:
    """Return what the thumbs up of a message carries."""
    assert sent.message is not None
    block = next(block for block in sent.message.blocks if block["type"] == "context_actions")
    rating = decode_rating(block["elements"][0]["positive_button"]["value"])
    assert rating is not None
    return rating


def test_a_report_asks_for_a_verdict_and_a_greeting_does_not() -> None:
    slack = two_namespaces()
    rating = rating_in(said(slack, "which nodes still run docker?"))
    assert (rating.question, rating.kind, rating.words) == ("which nodes still run docker?", "nodes", "nodes docker")
    greeting = said(slack, "hello").message
    assert greeting is not None
    assert "context_actions" not in [block["type"] for block in greeting.blocks]


def test_nobody_is_asked_for_a_verdict_that_could_not_be_kept() -> None:
    slack = two_namespaces()
    slack.memory.is_on = False
    answer = said(slack, "status").message
    assert answer is not None
    assert "context_actions" not in [block["type"] for block in answer.blocks]


@pytest.mark.parametrize("is_good", [True, False])
def test_a_verdict_is_kept_and_thanked_for_in_private(is_good: bool) -> None:
    slack = two_namespaces()
    values = encode_rating(Rating("why is fluentd flagged?", "en", "explain", "explain fluentd"))
    assert values is not None
    slack.deliver(slack.click_body(values[0 if is_good else 1], RATE, is_ephemeral=False))
    slack.work.run()
    (kept,) = slack.memory.ratings
    assert (kept.user, kept.is_good, kept.question, kept.words) == (
        "U0ALICE",
        is_good,
        "why is fluentd flagged?",
        "explain fluentd",
    )
    assert kept.key.startswith("C0GENERAL:")
    assert [sent.is_public for sent in slack.posted.sent] == [False]
    assert sentence("notice.rated-good" if is_good else "notice.rated-bad") in slack.posted.sent[0].text
    assert slack.counted.outcomes == [("rating", "explain", "rated")]


def test_a_verdict_that_was_lost_is_said_to_be() -> None:
    slack = two_namespaces()
    slack.memory.is_down = True
    values = encode_rating(Rating("상태 알려줘", "ko", "status", "status"))
    assert values is not None
    slack.deliver(slack.click_body(values[0], RATE))
    slack.work.run()
    assert sentence("notice.rated-not", "ko") in slack.posted.sent[0].text


def test_people_of_elsewhere_give_no_verdict() -> None:
    slack = two_namespaces()
    values = encode_rating(Rating("status", "en", "status", "status"))
    assert values is not None
    slack.deliver(slack.click_body(values[0], RATE, user="U0GUEST"))
    slack.work.run()
    assert slack.memory.ratings == []


def test_secrets_are_masked_before_they_go_into_a_button() -> None:
    values = encode_rating(Rating("password=hunter2 is what?", "en", "help", ""))
    assert values is not None
    assert "hunter2" not in "".join(values)


@pytest.mark.parametrize("value", ["", "[]", '{"v":2}', '{"v":1,"q":1,"l":"en","k":"","w":"","g":true}', "x" * 2000])
def test_a_verdict_of_another_version_is_none(value: str) -> None:
    assert decode_rating(value) is None


def test_a_long_question_still_takes_a_verdict() -> None:
    values = encode_rating(Rating("왜 " * 2000, "ko", "faq", "guide faq:images-rebuild"))
    assert values is not None
    assert max(map(len, values)) <= 2000


def test_an_event_that_another_process_answered_is_not_answered_again() -> None:
    first, second = two_namespaces(), two_namespaces()
    second.memory = first.memory
    second.desk._keeping._store = first.memory  # the same database
    body = first.event_body("app_mention", "<@U0BOT> status", "U0ALICE", "C0GENERAL")
    for slack in (first, second):
        slack.deliver(body)
        slack.work.run()
    assert len(first.posted.sent) == 1
    assert second.posted.sent == []
    assert second.counted.repeats == ["mention"]


def test_an_answer_does_not_depend_on_what_is_kept() -> None:
    slack = two_namespaces()
    slack.memory.is_down = True
    said(slack, "is ci safe to move?")
    assert "ci" in said(slack, "status").text


def test_the_subject_is_asked_by_words_that_a_button_could_carry() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    words = slack.memory.threads["C0GENERAL", ROOT_TS].words
    slack.click(Asked(words, "en"))
    slack.work.run()
    assert "ci" in slack.posted.sent[-1].text


def test_a_click_in_a_direct_conversation_carries_it_on() -> None:
    slack = two_namespaces()
    slack.message("which nodes run docker?")
    slack.work.run()
    slack.click(Asked("safe ci", "en"), channel="D0ALICE", is_ephemeral=False)
    slack.work.run()
    slack.message("why?")
    slack.work.run()
    assert slack.memory.threads["D0ALICE", ""].words == words_of(AtRisk("ci"))


def test_what_was_not_found_is_what_the_thread_is_about() -> None:
    slack = two_namespaces()
    said(slack, "is ci safe to move?")
    said(slack, "is nosuchns safe?")
    answer = said(slack, "why?")
    assert "builder" not in answer.text
    assert "nosuchns" in answer.text


def test_a_verdict_names_whose_question_it_is() -> None:
    slack = two_namespaces()
    rating = rating_in(said(slack, "which nodes still run docker?"))
    values = encode_rating(rating)
    assert values is not None
    slack.deliver(slack.click_body(values[1], RATE, user="U0MINJI", is_ephemeral=False))
    slack.work.run()
    (kept,) = slack.memory.ratings
    assert (kept.user, kept.asker) == ("U0MINJI", "U0ALICE")


def test_no_button_holds_what_else_was_said() -> None:
    slack = two_namespaces()
    slack.command("which nodes still run docker? my password=hunter2")
    slack.work.run()
    message = slack.posted.sent[-1].message
    assert message is not None
    assert "hunter2" not in str([block for block in message.blocks if block["type"] in ("actions", "context_actions")])
