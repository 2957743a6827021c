"""The whole bot and Slack's ways of delivering: bursts, redelivery, sockets that are refreshed, dropped or silent."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from websockets.sync.client import connect

from bot.adapters.slack_socket import Pace
from bot.playground.slack import Delivery, SlackSimulator
from tests.integration.bots import QUICK, Mode, ThreadBot


@pytest.fixture
def patient(no_settings: None) -> Iterator[SlackSimulator]:
    """Yield a simulator with Slack's own three seconds."""
    with SlackSimulator(retry_pauses=(0.0, 0.2, 0.5)) as simulator:
        yield simulator
        assert simulator.faults_found == []


def is_acknowledged(delivery: Delivery) -> bool:
    """Return whether the last attempt was acknowledged."""
    return delivery.attempts[-1].acked_at is not None


def answers(slack: SlackSimulator, said: list[Delivery]) -> list[int]:
    """Return how many answers each mention has; they stand in its thread."""
    threads = Counter(message.thread_ts for message in slack.messages)
    return [threads[delivery.ts] for delivery in said]


def wait_answered(slack: SlackSimulator, said: list[Delivery], seconds: float = 10.0) -> None:
    """Return once each mention has an answer, and another question asked after them, too."""
    slack.wait_for(lambda: all(answers(slack, said)), seconds)
    # Whatever would be answered a second time is in the queue before this one.
    last = slack.mention("help")
    slack.wait_for(lambda: answers(slack, [last]) == [1], seconds)


def test_two_hundred_commands_at_once_are_all_acknowledged_and_those_without_room_are_told(
    patient: SlackSimulator, mode: Mode, note: Callable[[str], None]
) -> None:
    patient.faults.delay("response_url", 0.3)
    with ThreadBot(patient, mode, answer_workers=8, answer_queue=64) as bot:
        deliveries = [patient.command("status") for _ in range(200)]
        patient.wait_messages(200, timeout=60)
        assert [delivery.error for delivery in deliveries] == [None] * 200
        told = [message for message in patient.messages if message.via == "ack"]
        answered = [message for message in patient.messages if message.via == "response_url"]
        worst = max(delivery.ack_ms or 0.0 for delivery in deliveries)
        note(f"200 commands at once ({mode}): {len(answered)} answered, {len(told)} told, worst ack {worst:.0f} ms")
        assert len(answered) >= 8 + 64
        assert len({message.text for message in told}) == 1
        assert told[0].text.startswith("Too many questions at once: yours was not taken.")
        assert bot.metric("unshim_busy_total") == len(told) > 0
        assert bot.metric("unshim_unacked_total") == 0


def test_a_mention_without_room_is_told_privately(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("chat.postMessage", 0.5)
    with ThreadBot(slack, mode, answer_workers=1, answer_queue=4):
        said = [slack.mention("status") for _ in range(9)]
        slack.wait_messages(9, timeout=10)
        told = [message for message in slack.messages if message.ephemeral_for == "U0ALICE"]
        assert all(delivery.acked for delivery in said)
        assert 3 <= len(told) <= 5  # one at work, four that wait, and whatever was done meanwhile
        assert all(message.text.startswith("Too many questions") for message in told)


def test_an_event_that_comes_again_is_not_answered_again(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode) as bot:
        said = [slack.mention("status"), slack.message("pods")]
        slack.wait_messages(2)
        for delivery in said:
            slack.redeliver(delivery)
            assert delivery.wait(partial(is_acknowledged, delivery), 2)
        slack.command("help")
        slack.wait_messages(3)
        assert len(slack.messages) == 3
        assert bot.metric("unshim_repeated_total") == 2


def test_an_event_that_comes_again_while_the_first_is_answered_is_not_answered_twice(
    slack: SlackSimulator, mode: Mode
) -> None:
    slack.faults.delay("users.info", 0.5)
    with ThreadBot(slack, mode):
        said = slack.mention("status")
        for _ in range(3):
            slack.redeliver(said)
        wait_answered(slack, [said])
        assert answers(slack, [said]) == [1]


def test_a_refresh_in_a_burst_loses_nothing(slack: SlackSimulator, note: Callable[[str], None]) -> None:
    """Slack announces the end of a connection and ends it a moment later; commands are never sent again."""
    with ThreadBot(slack, "socket") as bot:
        said, commands = [], []
        for round_ in range(3):
            for _ in range(8):
                said.append(slack.mention("status"))
                commands.append(slack.command("status"))
            if round_ < 2:
                slack.refresh_sockets(grace_seconds=0.5)
                slack.wait_for(lambda: any(not each.is_ending for each in slack.connections))
        wait_answered(slack, said)
        assert answers(slack, said) == [1] * len(said)
        assert [delivery.error for delivery in commands] == [None] * len(commands)
        worst = max(delivery.ack_ms or 0.0 for delivery in commands)
        note(f"refreshed twice within 24 commands and 24 mentions: worst ack {worst:.0f} ms")
        slack.wait_connections(1)
        bot.wait_ready()


@pytest.mark.parametrize("reason", ["warning", "link_disabled", "a-reason-of-tomorrow"])
def test_the_end_of_a_connection_is_followed_by_a_new_one_whatever_the_reason(
    slack: SlackSimulator, reason: str
) -> None:
    with ThreadBot(slack, "socket"):
        first = slack.wait_connections(1)[0].id
        slack.refresh_sockets(reason, grace_seconds=0.1)
        slack.wait_for(lambda: [each.id for each in slack.connections] not in ([], [first]))
        slack.wait_connections(1)
        slack.command("status")
        slack.wait_messages(1)


def test_a_connection_dropped_in_a_burst_loses_no_event_and_answers_none_twice(
    slack: SlackSimulator, note: Callable[[str], None]
) -> None:
    with ThreadBot(slack, "socket"):
        said = []
        for _ in range(4):
            said += [slack.mention("status") for _ in range(5)]
            slack.drop_sockets()
            started = time.monotonic()
            slack.wait_connections(1)
        note(f"dropped connection: a new one after {time.monotonic() - started:.2f} s")
        wait_answered(slack, said)
        assert answers(slack, said) == [1] * 20


def test_a_silent_connection_is_noticed_replaced_and_loses_no_event(
    slack: SlackSimulator, note: Callable[[str], None]
) -> None:
    with ThreadBot(slack, "socket") as bot:
        slack.mention("help")
        slack.wait_messages(1)
        time.sleep(QUICK.ping_seconds * 2)  # so that pongs were heard
        slack.black_hole()
        started = time.monotonic()
        said = [slack.mention("status") for _ in range(5)]
        text = bot.wait_readyz(lambda status, _: status == 503)
        lost = time.monotonic() - started
        assert text == "slack: not connected, or silent\n"
        slack.wait_for(lambda: any(not each.is_black_hole for each in slack.connections))
        replaced = time.monotonic() - started
        bot.wait_ready()
        wait_answered(slack, said)
        assert answers(slack, said) == [1] * 5
        note(f"silent connection, ping every {QUICK.ping_seconds} s: lost {lost:.2f} s, replaced {replaced:.2f} s")
        assert QUICK.lost_seconds - QUICK.ping_seconds - 0.2 < lost < replaced


def test_a_quiet_connection_that_answers_pings_is_kept(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket") as bot:
        (first,) = slack.wait_connections(1)
        time.sleep(QUICK.replace_seconds * 2)
        assert [each.id for each in slack.connections] == [first.id]
        assert bot.get("/readyz") == (200, "ok\n")


def test_a_connection_that_falls_silent_before_its_first_pong_is_replaced(slack: SlackSimulator) -> None:
    pace = Pace(look_seconds=0.05, ping_seconds=0.5, lost_seconds=0.8, replace_seconds=1.0, settled_seconds=0.3)
    with ThreadBot(slack, "socket", pace=pace, is_awaited=False) as bot:
        slack.wait_connections(1)
        slack.black_hole()
        slack.wait_for(lambda: any(not each.is_black_hole for each in slack.connections))
        bot.wait_ready()
        slack.command("status")
        slack.wait_messages(1)


def test_connections_that_are_refused_are_not_asked_for_in_a_tight_loop(slack: SlackSimulator) -> None:
    with ExitStack() as others:
        for _ in range(10):
            others.enter_context(connect(slack.state.open_socket(), proxy=None, close_timeout=0.1))
        slack.wait_connections(10)
        with ThreadBot(slack, "socket", is_awaited=False) as bot:

            def tries() -> int:
                return sum(call.method == "apps.connections.open" for call in slack.calls)

            slack.wait_for(tries)
            time.sleep(1.5)
            assert 2 <= tries() <= 12
            slack.drop_sockets()
            bot.wait_ready()
            slack.command("status")
            slack.wait_messages(1)


def test_slack_that_goes_away_is_awaited_and_found_again(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket") as bot:
        for goes_away in (partial(slack.down, "refuse"), partial(slack.down, "503")):
            goes_away()
            bot.wait_readyz(lambda status, text: status == 503 and text.startswith("slack"))
            slack.up()
            bot.wait_ready()
        slack.command("status")
        slack.wait_messages(1)


def test_an_app_token_revoked_meanwhile_makes_it_unready_and_a_new_one_is_not_needed_once_it_works(
    slack: SlackSimulator,
) -> None:
    with ThreadBot(slack, "socket") as bot:
        slack.faults.refuse("apps.connections.open", "token_revoked")
        slack.drop_sockets()
        bot.wait_readyz(lambda status, text: status == 503 and text.startswith("slack"))
        slack.faults.clear()
        bot.wait_ready()


def test_a_person_who_cannot_be_looked_up_and_other_errors_of_slack_cost_no_answer(
    slack: SlackSimulator, mode: Mode
) -> None:
    slack.faults.refuse("users.info", "internal_error")
    slack.faults.rate_limit("chat.postMessage", times=1)
    with ThreadBot(slack, mode):
        said = slack.mention("status")
        slack.wait_for(lambda: answers(slack, [said]) == [1])
