"""The whole bot in HTTP mode: only what Slack signed a moment ago gets in, and nothing else does harm."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from bot.playground.slack import SlackSimulator
from bot.playground.slack.http_delivery import sign
from tests.integration.bots import ThreadBot

PATH = "/slack/events"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture
def bot(slack: SlackSimulator) -> Iterator[ThreadBot]:
    """Yield a bot in HTTP mode."""
    with ThreadBot(slack, "http") as running:
        yield running


def headers(slack: SlackSimulator, body: bytes, kind: str = JSON, at: float | None = None) -> dict[str, str]:
    """Return the headers Slack would send at that time."""
    stamp = str(int(time.time() if at is None else at))
    signature = sign(slack.signing_secret, stamp, body)
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


COMMAND = urlencode(
    {"command": "/runtime", "text": "status", "user_id": "U0ALICE", "channel_id": "C0GENERAL", "team_id": "T0TEAM"}
).encode()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"X-Slack-Signature": "v0=" + "0" * 64}, id="another-signature"),
        pytest.param({"X-Slack-Signature": ""}, id="no-signature"),
        pytest.param({"X-Slack-Signature": "v0="}, id="half-a-signature"),
        pytest.param({"X-Slack-Signature": "v0=ünsïgned".encode().decode("latin-1")}, id="not-ascii"),
        pytest.param({"X-Slack-Request-Timestamp": ""}, id="no-time"),
        pytest.param({"X-Slack-Request-Timestamp": "soon"}, id="a-time-in-words"),
        pytest.param({"X-Slack-Request-Timestamp": "-1"}, id="a-negative-time"),
        pytest.param({"X-Slack-Request-Timestamp": "1e9"}, id="a-time-with-an-exponent"),
        pytest.param({"X-Slack-Request-Timestamp": "9" * 5000}, id="a-time-without-end"),
        pytest.param({"X-Slack-Request-Timestamp": "١٢٣٤٥٦٧٨٩".encode().decode("latin-1")}, id="other-digits"),
    ],
)
def test_a_forged_request_is_refused_and_does_nothing(
    slack: SlackSimulator, bot: ThreadBot, change: dict[str, str]
) -> None:
    status, text = bot.request("POST", PATH, COMMAND, {**headers(slack, COMMAND, FORM), **change})
    assert (status, text) == (401, "not signed by Slack\n")
    assert_nothing_happened(slack, bot)


def test_a_request_signed_for_another_body_is_refused(slack: SlackSimulator, bot: ThreadBot) -> None:
    other = COMMAND.replace(b"status", b"pods")
    assert bot.request("POST", PATH, other, headers(slack, COMMAND, FORM))[0] == 401
    assert_nothing_happened(slack, bot)


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_request_of_another_time_is_refused(slack: SlackSimulator, bot: ThreadBot, seconds: int) -> None:
    at = time.time() + seconds + (1 if seconds > 0 else -1)
    assert bot.request("POST", PATH, COMMAND, headers(slack, COMMAND, FORM, at))[0] == 401
    assert_nothing_happened(slack, bot)


def test_a_clock_that_is_a_little_off_is_no_reason(slack: SlackSimulator, bot: ThreadBot) -> None:
    slack.faults.clock_skew_seconds = -200
    slack.command("status")
    slack.wait_messages(1)


def test_a_clock_that_is_far_off_is_seen_in_the_log_and_the_metrics_not_in_an_answer(
    slack: SlackSimulator, bot: ThreadBot
) -> None:
    slack.faults.clock_skew_seconds = -400
    command = slack.command("status")
    assert command.wait(lambda: command.error == "dispatch_failed", 3)
    assert command.status == 401
    slack.faults.clear()
    assert_nothing_happened(slack, bot)


def test_the_address_is_verified_when_slack_asks(slack: SlackSimulator, bot: ThreadBot) -> None:
    delivery = slack.deliver("events_api", {"type": "url_verification", "challenge": "3eZbrw1aB"})
    assert delivery.wait_ack()
    assert delivery.ack_payload == {"challenge": "3eZbrw1aB"}


def test_nobody_else_gets_the_address_verified(slack: SlackSimulator, bot: ThreadBot) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "planted"}).encode()
    status, text = bot.request("POST", PATH, body, {"Content-Type": JSON})
    assert status == 401
    assert "planted" not in text


def test_slacks_look_at_the_certificate_is_answered(slack: SlackSimulator, bot: ThreadBot) -> None:
    """Slack's words: it will now and then send ``ssl_check=1`` to a command's address, to be answered with 200."""
    body = b"ssl_check=1&token=verification-token"
    assert bot.request("POST", PATH, body, headers(slack, body, FORM))[0] == 200
    assert bot.request("POST", PATH, body, {"Content-Type": FORM})[0] == 401
    assert_nothing_happened(slack, bot)


@pytest.mark.parametrize("size", [1_000_001, 5_000_000])
def test_a_body_that_is_too_long_is_refused_before_it_is_looked_at(
    slack: SlackSimulator, bot: ThreadBot, size: int
) -> None:
    body = b"x" * size
    stamp = str(int(time.time()))
    head = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + "0" * 64, "Content-Type": JSON}
    with contextlib.suppress(OSError):  # refused while it was still being sent
        assert bot.request("POST", PATH, body, head)[0] == 413
    assert_nothing_happened(slack, bot)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_allowed(bot: ThreadBot, method: str) -> None:
    assert bot.request(method, PATH)[0] in ((200, 405) if method == "OPTIONS" else (405,))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"", JSON, id="nothing"),
        pytest.param(b"{", JSON, id="half-json"),
        pytest.param(b"[1, 2]", JSON, id="a-list"),
        pytest.param(b'"text"', JSON, id="a-text"),
        pytest.param(b"null", JSON, id="null"),
        pytest.param(b"\xff\xfe\x00", JSON, id="not-utf-8"),
        pytest.param(b"payload=%7B", FORM, id="half-a-payload"),
        pytest.param(b"payload=%5B%5D", FORM, id="a-payload-that-is-a-list"),
        pytest.param(b"a=1&a=2&command", FORM, id="odd-form"),
        pytest.param(b"<xml/>", "text/xml", id="xml"),
        pytest.param(b'{"type":"event_callback","event":null}', JSON, id="event-that-is-null"),
        pytest.param(b'{"type":"event_callback","event":{"type":"app_mention","channel":{}}}', JSON, id="odd-event"),
        pytest.param(b"[" * 100_000, JSON, id="deep"),
    ],
)
def test_garbage_signed_by_slack_is_survived(slack: SlackSimulator, bot: ThreadBot, body: bytes, kind: str) -> None:
    status, text = bot.request("POST", PATH, body, headers(slack, body, kind))
    assert status in (200, 400, 401, 404)
    assert "Traceback" not in text
    assert_nothing_happened(slack, bot)


def test_bytes_that_are_no_request_are_survived(slack: SlackSimulator, bot: ThreadBot) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n", b"\r\n" * 50, b"A" * 300_000):
        with socket.create_connection(("127.0.0.1", bot.port), 2) as raw, contextlib.suppress(OSError):
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            raw.recv(1000)
    assert_nothing_happened(slack, bot)


def test_idle_connections_keep_nobody_out(slack: SlackSimulator, bot: ThreadBot) -> None:
    """An ingress keeps hundreds of connections open; waitress by itself takes a hundred and then nobody."""
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(socket.create_connection(("127.0.0.1", bot.port), 2))
        assert bot.get("/healthz") == (200, "ok\n")
        assert_nothing_happened(slack, bot)


def test_other_paths_are_not_there(bot: ThreadBot) -> None:
    assert [bot.get(path)[0] for path in ("/", "/slack", "/slack/install", "/static/x", "/slack/events/")] == [404] * 5


def test_slacks_endpoint_is_not_there_in_socket_mode(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket") as bot:
        assert bot.request("POST", PATH, COMMAND, headers(slack, COMMAND, FORM))[0] == 404


def test_the_health_of_the_process_is_told_without_a_signature(bot: ThreadBot) -> None:
    assert bot.get("/healthz") == (200, "ok\n")
    assert bot.get("/readyz") == (200, "ok\n")
    assert bot.get("/metrics")[0] == 200


def assert_nothing_happened(slack: SlackSimulator, bot: ThreadBot) -> None:
    """Nothing was said or asked of Slack on behalf of a request, and the bot still answers."""
    assert [message.text for message in slack.messages] == []
    assert {call.method for call in slack.calls} == {"auth.test"}
    command = slack.command("help")
    assert command.wait_ack()
    slack.wait_messages(1)
