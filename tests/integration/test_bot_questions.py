"""The whole bot: every question by command, mention and direct message, in both modes, with the same answer."""

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bot.adapters import knowledge
from bot.app import catalogues, reading, understanding
from bot.core.buttons import Asked
from bot.core.understand import normalise
from bot.core.view import ClusterView
from bot.playground.slack import Delivery, Message, SlackSimulator
from bot.render.blocks import to_message
from bot.render.compose import compose
from bot.render.parts import SLACK
from bot.service import Service
from bot.settings import Settings
from tests.integration.bots import DEMO, Mode, ThreadBot

QUESTIONS = [
    pytest.param("help", id="help"),
    pytest.param("status", id="status"),
    pytest.param("status gpu", id="status-of-a-pool"),
    pytest.param("nodes docker", id="nodes"),
    pytest.param("pods", id="pods"),
    pytest.param("pods web", id="pods-of-a-namespace"),
    pytest.param("explain monitoring/datadog-agent", id="explain"),
    pytest.param("explain no-such-workload", id="explain-what-is-not-there"),
    pytest.param("guide", id="guide"),
    pytest.param("milestones", id="milestones"),
    pytest.param("아직 도커를 쓰는 노드가 있나요?", id="korean"),
    pytest.param("is payments still on docker?", id="free-words"),
]


class Fixed:
    """A view port that gives one view."""

    def __init__(self, view: ClusterView) -> None:
        self._view = view

    def newest(self) -> ClusterView | None:
        """Return nothing: no menu is asked for here."""
        return None

    def view(self) -> ClusterView:
        """Return it."""
        return self._view


@pytest.fixture(scope="module")
def service() -> Service:
    """Return the service over the demo cluster, without a bot around it."""
    known = knowledge.load_knowledge()
    reader, assessor = reading(Settings(_env_file=None, cluster_name="tested"), DEMO, known)
    view = assessor.assess(reader.read())
    return Service(Fixed(view), known, today=lambda: datetime.now(UTC).date(), now=lambda: datetime.now(UTC))


@pytest.fixture(scope="module", params=["socket", "http"])
def running(request: pytest.FixtureRequest) -> Iterator[tuple[SlackSimulator, ThreadBot]]:
    """Yield one bot for all questions of a mode; answers of earlier tests stay, so tests look at their own."""
    mode: Mode = request.param
    with SlackSimulator(ack_seconds=3.0) as slack, ThreadBot(slack, mode) as bot:
        yield slack, bot
        assert slack.faults_found == []


def expected(service: Service, words: str, language: str) -> str:
    """Return the text that the service's answer makes, without a bot around it."""
    read = understanding(knowledge.load_knowledge()).read(words, service.names)
    answer = service.ask(read.question, language)
    catalogue = catalogues()(language)
    asked = Asked(normalise(words), language)
    return to_message(compose(answer, catalogue, SLACK), catalogue, asked, command="/runtime").text


def ask(slack: SlackSimulator, say: Callable[[], Delivery]) -> tuple[Delivery, Message]:
    """Return what was delivered and the one message that came after it."""
    before = len(slack.messages)
    delivery = say()
    assert delivery.wait_ack()
    (message,) = slack.wait_messages(before + 1)[before:]
    return delivery, message


def language_of(words: str) -> str:
    return "ko" if "도커" in words else "en"


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_command_gets_the_services_answer_for_its_asker_alone(
    running: tuple[SlackSimulator, ThreadBot], service: Service, words: str
) -> None:
    slack, _ = running
    _, message = ask(slack, lambda: slack.command(words))
    assert (message.via, message.channel, message.ephemeral_for) == ("response_url", "C0GENERAL", "U0ALICE")
    assert message.text == expected(service, words, language_of(words))


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_mention_gets_the_services_answer_in_its_thread(
    running: tuple[SlackSimulator, ThreadBot], service: Service, words: str
) -> None:
    slack, _ = running
    said, message = ask(slack, lambda: slack.mention(words))
    assert (message.via, message.channel, message.thread_ts) == ("chat.postMessage", "C0GENERAL", said.ts)
    assert message.ephemeral_for is None
    assert message.text == expected(service, words, language_of(words))


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_direct_message_gets_the_services_answer(
    running: tuple[SlackSimulator, ThreadBot], service: Service, words: str
) -> None:
    slack, _ = running
    _, message = ask(slack, lambda: slack.message(words))
    assert (message.via, message.channel, message.thread_ts) == ("chat.postMessage", "D0ALICE", None)
    assert message.text == expected(service, words, language_of(words))


def test_a_mention_within_a_thread_is_answered_in_that_thread(running: tuple[SlackSimulator, ThreadBot]) -> None:
    slack, _ = running
    root, _ = ask(slack, lambda: slack.mention("status"))
    _, message = ask(slack, lambda: slack.mention("pods", thread_ts=root.ts))
    assert message.thread_ts == root.ts


def test_somebody_whose_slack_is_korean_is_answered_in_korean(running: tuple[SlackSimulator, ThreadBot]) -> None:
    slack, _ = running
    _, message = ask(slack, lambda: slack.command("status", user="U0MINJI"))
    assert "노드" in message.text
    assert message.ephemeral_for == "U0MINJI"


def test_acknowledgements_take_less_than_a_tenth_of_a_second(
    running: tuple[SlackSimulator, ThreadBot], note: Callable[[str], None]
) -> None:
    """One after the other: what one person waits for."""
    slack, _ = running
    times = []
    for _ in range(20):
        delivery, _ = ask(slack, lambda: slack.command("status"))
        times.append(delivery.ack_ms or 0.0)
    note(f"ack of single commands: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")
    assert statistics.median(times) < 100
    assert sorted(times)[-2] < 100  # one of twenty may meet a busy machine


def test_thirty_commands_at_once_are_acknowledged_within_a_second_and_all_answered(
    running: tuple[SlackSimulator, ThreadBot], note: Callable[[str], None]
) -> None:
    slack, _ = running
    before = len(slack.messages)
    deliveries = [slack.command("status") for _ in range(30)]
    assert all(delivery.wait_ack() for delivery in deliveries)
    times = [delivery.ack_ms or 0.0 for delivery in deliveries]
    note(f"ack of 30 at once: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    assert max(times) < 1000
    answers = slack.wait_messages(before + 30)[before:]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert all(answer.via == "response_url" for answer in answers)
