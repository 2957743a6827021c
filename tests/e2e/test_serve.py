"""``unshim serve`` as a process: it starts, answers, logs, and ends the way an operator expects."""

import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.sync.client import connect

from bot.app.reminding import TICK_SECONDS
from bot.playground.slack import SlackSimulator
from tests.factories import make_node
from tests.integration.apiserver import ApiServer
from tests.integration.bots import Mode, ProcessBot, tokens_of
from tests.integration.faulty import FaultyServer
from tests.integration.postgres import PostgresServer
from tests.integration.program import unshim

PLANTED = "xylophone-planted"


def serve(slack: SlackSimulator, mode: Mode, *arguments: str, is_demo: bool = True, **env: str) -> ProcessBot:
    """Start the program; in HTTP mode Slack is told where it listens."""
    bot = ProcessBot(*(["--demo"] if is_demo else []), *arguments, env={**tokens_of(slack, mode), **env})
    if mode == "http":
        slack.events_url = f"http://127.0.0.1:{bot.port}/slack/events"
    return bot


def test_it_answers_measures_and_logs_without_a_secret(
    slack: SlackSimulator, mode: Mode, note: Callable[[str], None]
) -> None:
    """The most talkative log, and everything that could slip into it: tokens, addresses to answer to, what is said."""
    started = time.monotonic()
    with serve(slack, mode, UNSHIM_LOG_LEVEL="debug") as bot:
        bot.wait_ready(20)
        note(f"serve --demo ({mode}): ready after {time.monotonic() - started:.1f} s")
        slack.command(f"explain {PLANTED}")
        slack.mention(f"explain {PLANTED}")
        slack.message("status")
        slack.wait_messages(3)
        slack.faults.refuse("response_url", "invalid_blocks", times=1)
        slack.command(f"is {PLANTED} ok?")
        slack.deliver("interactive", {"type": "block_actions", "actions": [{"action_id": PLANTED, "value": PLANTED}]})
        bot.request("POST", "/slack/events", PLANTED.encode(), {"X-Slack-Signature": PLANTED})
        for _ in range(3):
            assert slack.command("help").wait_ack()
        slack.wait_for(lambda: bot.metric("unshim_answers_total") >= 7)
        slack.wait_for(lambda: bot.metric("unshim_ack_seconds_count") >= 8)  # each is counted once it is sent
        assert bot.metric("unshim_view_age_seconds") >= 0
        assert bot.metric("unshim_unacked_total") == 0
        bot.terminate()
        assert bot.wait() == 0
        said = "\n".join(bot.lines)
        for secret in (slack.bot_token, slack.app_token, slack.signing_secret, "/response/R", "ticket-", PLANTED):
            assert secret not in said, secret
        questions = [entry for entry in bot.log if entry["event"] == "question"]
        assert len(questions) >= 7
        assert len({entry["request"] for entry in questions}) == len(questions)
        for entry in questions:
            assert {"surface", "question", "outcome", "user", "channel", "wait_ms", "answer_ms", "timestamp"} <= set(
                entry
            )


@pytest.mark.parametrize(
    ("mode", "number"),
    [
        pytest.param("socket", signal.SIGTERM, id="socket-sigterm"),
        pytest.param("http", signal.SIGTERM, id="http-sigterm"),
        pytest.param("socket", signal.SIGINT, id="socket-interrupt"),
    ],
)
def test_a_signal_lets_twenty_slow_answers_finish(
    slack: SlackSimulator, mode: Mode, number: signal.Signals, note: Callable[[str], None]
) -> None:
    slack.faults.delay("response_url", 0.8)
    slack.faults.delay("chat.postMessage", 0.8)
    with serve(slack, mode) as bot:
        bot.wait_ready(20)
        said = [*(slack.command("pods") for _ in range(10)), *(slack.mention("pods") for _ in range(10))]
        assert all(delivery.wait_ack() for delivery in said)
        started = time.monotonic()
        bot.process.send_signal(number)
        assert bot.wait() == 0
        seconds = time.monotonic() - started
        note(f"{number.name} with 20 answers of 0.8 s under way ({mode}): gone after {seconds:.1f} s")
        assert len(slack.messages) == 20
        assert all("workloads at risk" in message.text for message in slack.messages)
        assert bot.wait_log("stopped")["answers_finished"] is True
        assert seconds < 20


def test_an_answer_that_slack_never_takes_does_not_keep_it(slack: SlackSimulator) -> None:
    slack.faults.delay("response_url", 60.0)
    with serve(slack, "socket") as bot:
        bot.wait_ready(20)
        assert slack.command("pods").wait_ack()
        started = time.monotonic()
        bot.terminate()
        assert bot.wait() == 0
        assert time.monotonic() - started < 20
    slack.faults.clear()


def test_a_postgresql_that_froze_does_not_keep_it(
    slack: SlackSimulator, server: PostgresServer, database_url: str, note: Callable[[str], None]
) -> None:
    with serve(slack, "socket", UNSHIM_DATABASE_URL=database_url) as bot:
        bot.wait_ready(20)
        bot.wait_log("store opened")
        with server.frozen():
            time.sleep(TICK_SECONDS + 1)  # by then it has asked what is due, and waits
            started = time.monotonic()
            bot.terminate()
            assert bot.wait() == 0
            note(f"SIGTERM while PostgreSQL is frozen: gone after {time.monotonic() - started:.1f} s")


def test_a_notice_that_slack_never_takes_does_not_keep_it(slack: SlackSimulator) -> None:
    slack.faults.delay("response_url", 60.0)
    slack.faults.delay("chat.postEphemeral", 60.0)  # tried next, and there might be just time enough for it
    with serve(slack, "http") as bot:
        bot.wait_ready(20)
        assert slack.command("pods").wait_ack()
        started = time.monotonic()
        bot.terminate()
        bot.wait_log("stopping")
        button = {"type": "button", "action_id": "ask-1", "value": '{"v":1,"q":"status","l":"en","p":0}'}
        url = slack.responses.create("C0GENERAL", "U0ALICE")
        body = {"type": "block_actions", "user": {"id": "U0ALICE"}, "channel": {"id": "C0GENERAL"}, "actions": [button]}
        slack.deliver("interactive", {**body, "trigger_id": "1.2", "response_url": url})
        assert bot.wait() == 0
        assert time.monotonic() - started < 20
        assert [entry["surface"] for entry in bot.log if entry["event"] == "question not answered"] == ["command"]
    slack.faults.clear()


def test_the_language_of_the_call_counts_for_everybody(slack: SlackSimulator) -> None:
    with serve(slack, "socket", "--lang", "ko") as bot:
        bot.wait_ready(20)
        slack.command("status")
        (message,) = slack.wait_messages(1)
        assert "도커" in message.text


def test_killed_in_the_middle_the_next_one_answers_what_was_not_acknowledged(slack: SlackSimulator, mode: Mode) -> None:
    with serve(slack, mode) as bot:
        bot.wait_ready(20)
        slack.mention("status")
        slack.wait_messages(1)
        bot.process.kill()
        bot.wait()
    said = slack.mention("pods")
    assert said.wait(lambda: said.attempts[0].is_over, 5)
    with serve(slack, mode) as bot:
        bot.wait_ready(20)
        if not said.acked:  # Slack's last attempt may have come before the program was up again
            slack.redeliver(said)
        slack.wait_for(lambda: sum(message.thread_ts == said.ts for message in slack.messages) == 1)


def test_another_process_with_the_same_tokens_is_warned_of_and_a_connection_of_its_own_is_not(
    slack: SlackSimulator,
) -> None:
    """Slack gives each question to one of them: a second cluster's bot would answer for this one."""
    with serve(slack, "socket") as bot:
        assert bot.wait_log("slack connected", connections=1)["level"] == "info"
        slack.refresh_sockets(grace_seconds=1.0)
        assert bot.wait_log("slack connected", connections=2)["level"] == "info"
        slack.wait_connections(1)
        with connect(slack.state.open_socket(), proxy=None, close_timeout=0.1):
            slack.wait_connections(2)
            slack.connections[0].socket.close()
            assert bot.wait_log("slack connected", level="warning")["own"] == 1


def test_it_reads_a_real_cluster_as_the_shipped_service_account(
    slack: SlackSimulator, cluster: ApiServer, deployed: Path
) -> None:
    cluster.create(make_node("docker-1", runtime="docker://20.10.24", kubelet="v1.20.15"))
    with serve(slack, "socket", "--kubeconfig", str(deployed), is_demo=False) as bot:
        bot.wait_ready(20)
        slack.command("status")
        text = slack.wait_messages(1)[0].text
        assert text.startswith("1 of 1 node still runs on Docker")
        assert "complete: all 13 kinds were read." in text


def test_absent_slack_and_absent_cluster_are_awaited_and_the_log_says_so(slack: SlackSimulator, tmp_path: Path) -> None:
    with FaultyServer() as server:
        kubeconfig = str(server.kubeconfig(tmp_path / "config"))
        port = server.server_address[1]
    slack.down()
    arguments = ("--kubeconfig", kubeconfig)
    with serve(slack, "socket", *arguments, is_demo=False, UNSHIM_REFRESH_SECONDS="0.2") as bot:
        assert bot.wait_log("waiting for slack")["error"] == "slack-unreachable"
        assert bot.wait_log("cluster not reached")["error"] == "unreachable"
        assert bot.get("/readyz") == (503, "slack: not connected, or silent\ncluster: no view, or an old one\n")
        slack.up()
        bot.wait_log("slack accepts the tokens")
        with FaultyServer(port):
            bot.wait_ready(20)


@pytest.mark.parametrize("how", ["down", "hanging"])
def test_a_signal_while_slack_is_awaited_ends_it(slack: SlackSimulator, how: str) -> None:
    if how == "down":
        slack.down()
    else:
        slack.faults.delay("auth.test", 8.0)
    with serve(slack, "socket") as bot:
        if how == "down":
            bot.wait_log("waiting for slack")
        else:
            bot.wait_log("listening")
            slack.wait_for(lambda: any(call.method == "auth.test" for call in slack.calls))
        started = time.monotonic()
        bot.terminate()
        assert bot.wait() == 0
        assert time.monotonic() - started < 5
    slack.faults.clear()
    if how == "down":
        slack.up()


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked"])
def test_a_refused_token_ends_it_with_a_sentence(slack: SlackSimulator, mode: Mode, error: str) -> None:
    slack.faults.token_error = error
    with ProcessBot("--demo", env=tokens_of(slack, mode)) as bot:
        assert bot.wait() == 2
        assert any(line.startswith(f"unshim: Slack refused the token: {error}.") for line in bot.lines)
        assert "Traceback" not in "".join(bot.lines)
        assert slack.bot_token not in "".join(bot.lines)


def test_a_taken_port_ends_it_with_a_sentence(slack: SlackSimulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {**tokens_of(slack, "socket"), "UNSHIM_HTTP_HOST": "127.0.0.1", "UNSHIM_HTTP_PORT": str(port)}
        result = unshim("serve", "--demo", env=env)
    assert result.code == 2
    assert result.err.startswith(f"unshim: cannot listen on 127.0.0.1, port {port}: ")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("left", [(), ("SLACK_BOT_TOKEN",), ("SLACK_APP_TOKEN",)])
def test_without_its_tokens_it_says_which(slack: SlackSimulator, left: tuple[str, ...]) -> None:
    env = {name: value for name, value in tokens_of(slack, "socket").items() if name in left}
    result = unshim("serve", "--demo", env=env)
    assert result.code == 2
    assert result.err.startswith("unshim: the bot has no Slack tokens: set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN")


def test_a_dump_is_no_cluster_to_serve(slack: SlackSimulator, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(json.dumps({"kind": "List", "items": []}))
    result = unshim("serve", "--snapshot", str(tmp_path / "dump"), env=tokens_of(slack, "socket"))
    assert result.code == 2
    assert "not from a dump" in result.err
