"""The whole bot at its start and its end: Slack or the cluster absent, tokens refused, told to stop at any moment."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import Source
from bot.errors import SettingsError, SlackTokenError, UsageError
from bot.playground.slack import SlackSimulator
from handlers.asks import Ask
from handlers.desk import Desk
from tests.integration.bots import DEMO, Mode, ThreadBot
from tests.integration.faulty import FaultyServer


@pytest.mark.parametrize("how", ["refuse", "503"])
def test_slack_that_is_absent_is_awaited_said_and_found(slack: SlackSimulator, mode: Mode, how: str) -> None:
    slack.down(how)  # type: ignore[arg-type]
    with ThreadBot(slack, mode, is_awaited=False) as bot:
        text = bot.wait_readyz(lambda status, text: status == 503 and "cluster" not in text)
        assert text == "slack: not connected, or silent\n"
        assert bot.get("/healthz") == (200, "ok\n")
        slack.up()
        bot.wait_ready()
        slack.command("status")
        slack.wait_messages(1)


def test_a_cluster_that_is_absent_is_awaited_said_and_found(slack: SlackSimulator, mode: Mode, tmp_path: Path) -> None:
    with FaultyServer() as server:
        kubeconfig = server.kubeconfig(tmp_path / "config")
        port = server.server_address[1]
    with ThreadBot(slack, mode, Source(kubeconfig=str(kubeconfig)), is_awaited=False, refresh_seconds=0.1) as bot:
        text = bot.wait_readyz(lambda status, text: status == 503 and "slack" not in text)
        assert text == "cluster: no view, or an old one\n"
        assert bot.get("/healthz") == (200, "ok\n")
        slack.command("status")
        (told,) = slack.wait_messages(1)
        assert told.ephemeral_for == "U0ALICE"
        assert told.text.startswith("I could not answer: I cannot connect to the API server of the cluster.")
        slack.command("guide")
        assert "kubernetes.io" in slack.wait_messages(2)[1].text
        with FaultyServer(port):
            bot.wait_ready()
            slack.command("status")
            assert slack.wait_messages(3)[2].text.startswith("No node runs on Docker; nothing at risk found.")


def test_both_absent_are_both_named(slack: SlackSimulator, tmp_path: Path) -> None:
    with FaultyServer() as server:
        kubeconfig = server.kubeconfig(tmp_path / "config")
    slack.down()
    with ThreadBot(slack, "socket", Source(kubeconfig=str(kubeconfig)), is_awaited=False) as bot:
        assert bot.get("/readyz") == (503, "slack: not connected, or silent\ncluster: no view, or an old one\n")
    slack.up()


def test_a_kubeconfig_that_is_not_there_does_not_end_the_bot(slack: SlackSimulator, tmp_path: Path) -> None:
    with ThreadBot(slack, "socket", Source(kubeconfig=str(tmp_path / "none")), is_awaited=False) as bot:
        bot.wait_readyz(lambda status, text: "slack" not in text)
        slack.command("status")
        assert "I have no usable login for the cluster" in slack.wait_messages(1)[0].text


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_bot_token_that_slack_refuses_ends_the_bot(slack: SlackSimulator, mode: Mode, error: str) -> None:
    slack.faults.token_error = error
    with pytest.raises(SlackTokenError) as caught, ThreadBot(slack, mode, is_awaited=False) as bot:
        bot.thread.join(10)
    assert (caught.value.code, caught.value.exit_code) == (error, 2)


def test_an_app_token_that_slack_refuses_ends_the_bot(slack: SlackSimulator) -> None:
    with pytest.raises(SlackTokenError), ThreadBot(slack, "socket", is_awaited=False, SLACK_APP_TOKEN="xapp-x") as bot:
        bot.thread.join(10)


def test_no_tokens_are_no_bot(slack: SlackSimulator) -> None:
    with pytest.raises(SettingsError):
        ThreadBot(slack, "socket", SLACK_BOT_TOKEN="")
    with pytest.raises(SettingsError):
        ThreadBot(slack, "socket", SLACK_APP_TOKEN="")


def test_a_port_that_is_taken_is_no_bot(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket") as bot, pytest.raises(UsageError) as caught:
        ThreadBot(slack, "socket", http_port=bot.port)
    assert caught.value.values["port"] == str(bot.port)


def test_an_address_of_another_machine_is_no_bot(slack: SlackSimulator) -> None:
    with pytest.raises(UsageError) as caught:
        ThreadBot(slack, "socket", http_host="192.0.2.1")
    assert caught.value.values["host"] == "192.0.2.1"


def test_a_name_with_several_addresses_is_listened_on_at_the_first(
    slack: SlackSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``localhost`` is on most machines."""
    ask = socket.getaddrinfo

    def both(host: Any, *args: Any, **kwargs: Any) -> Any:
        found = ask("127.0.0.1" if host == "localhost" else host, *args, **kwargs)
        return [*found, *ask("127.0.0.2", *args, **kwargs)] if host == "localhost" else found

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with ThreadBot(slack, "socket", http_host="localhost") as bot:
        assert bot.get("/healthz") == (200, "ok\n")


def test_with_both_secrets_set_the_socket_is_used(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket", SLACK_SIGNING_SECRET=slack.signing_secret) as bot:
        slack.wait_connections(1)
        assert bot.request("POST", "/slack/events")[0] == 404


def test_told_to_stop_while_slack_is_absent_it_stops_at_once(slack: SlackSimulator, mode: Mode) -> None:
    slack.down()
    with ThreadBot(slack, mode, is_awaited=False) as bot:
        bot.wait_readyz(lambda status, _: status == 503)
        assert seconds_to_stop(bot) < 2
    slack.up()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
def test_told_to_stop_while_a_call_of_slack_hangs_it_stops_at_once(slack: SlackSimulator, method: str) -> None:
    slack.faults.delay(method, 3.0)
    with ThreadBot(slack, "socket", is_awaited=False) as bot:
        slack.wait_for(lambda: any(call.method == method for call in slack.calls))
        assert seconds_to_stop(bot) < 2
    slack.wait_connections(0)


def test_told_to_stop_it_finishes_twenty_slow_answers(
    slack: SlackSimulator, mode: Mode, note: Callable[[str], None]
) -> None:
    slack.faults.delay("response_url", 0.5)
    slack.faults.delay("chat.postMessage", 0.5)
    with ThreadBot(slack, mode) as bot:
        said = [*(slack.command("pods") for _ in range(10)), *(slack.mention("pods") for _ in range(10))]
        assert all(delivery.wait_ack() for delivery in said)
        seconds = seconds_to_stop(bot)
        note(f"stop with 20 answers of half a second under way ({mode}): {seconds:.1f} s")
        assert len(slack.messages) == 20
        assert all("workloads at risk" in message.text for message in slack.messages)
        assert seconds < 15
    assert slack.connections == []


def test_told_to_stop_it_answers_what_is_acknowledged_although_it_is_not_queued_yet(
    slack: SlackSimulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Desk.take

    def take_late(desk: Desk, ask: Ask) -> str | None:
        time.sleep(0.5)
        return take(desk, ask)

    monkeypatch.setattr(Desk, "take", take_late)
    with ThreadBot(slack, mode) as bot:
        assert slack.mention("status").wait_ack()
        bot.stop()
        assert [message.text.startswith("20 of 30 nodes") for message in slack.messages] == [True]


def test_told_to_stop_it_takes_nothing_more_from_the_socket(slack: SlackSimulator) -> None:
    slack.faults.delay("response_url", 1.0)
    with ThreadBot(slack, "socket") as bot:
        assert slack.command("status").wait_ack()
        stopping = threading.Thread(target=bot.stop)
        stopping.start()
        slack.wait_connections(0)
        late = slack.command("status")
        stopping.join(20)
        # Slack tells the asker at once, or gives it to the process that takes over.
        assert late.error == "dispatch_failed"
        assert len(slack.messages) == 1


def test_told_to_stop_it_leaves_events_to_its_successor_and_tells_who_types_a_command(slack: SlackSimulator) -> None:
    slack.faults.delay("response_url", 1.0)
    with ThreadBot(slack, "http") as bot:
        assert slack.command("status").wait_ack()
        bot.bot.stop()
        said, typed = slack.mention("status"), slack.command("pods")
        assert said.wait(lambda: said.status == 503, 2)
        assert typed.wait_ack()
        bot.stop()
        late = [message.text for message in slack.messages if message.via == "ack"]
        assert [text.startswith("I am being restarted: your question was not taken.") for text in late] in ([], [True])
        assert len(slack.messages) == 2


def test_told_to_stop_it_is_not_ready_before_it_is_gone(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("response_url", 1.0)
    with ThreadBot(slack, mode) as bot:
        assert slack.command("status").wait_ack()
        bot.bot.stop()
        status, text = bot.get("/readyz")
        assert (status, text.splitlines()[0]) == (503, "stopping")


def test_a_second_bot_takes_over_where_the_first_left(slack: SlackSimulator, mode: Mode) -> None:
    for number in (1, 2):
        with ThreadBot(slack, mode, DEMO):
            assert slack.mention("status").wait_ack()
            slack.wait_messages(number)


def test_nothing_of_it_runs_on_when_it_has_stopped(slack: SlackSimulator, mode: Mode) -> None:
    before = set(threading.enumerate())
    with ThreadBot(slack, mode):
        slack.mention("status")
        slack.wait_messages(1)
    slack.wait_for(lambda: left(before) == [])


def left(before: set[threading.Thread]) -> list[str]:
    """Return the threads that were not there before, but for those of the simulator that end with its connections."""
    return [thread.name for thread in set(threading.enumerate()) - before if not thread.name.startswith("Thread-")]


def seconds_to_stop(bot: ThreadBot) -> float:
    """Stop a bot and return how long it took."""
    started = time.monotonic()
    bot.stop()
    return time.monotonic() - started
