"""Posts that are due once, against bare sockets and the simulator: what each end of a call says of the message."""

import json
import logging
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.adapters import slack_calls
from bot.adapters.slack_calls import ALL_SECONDS, CALL_SECONDS, MAX_PAUSE_SECONDS, PAUSE_SECONDS
from bot.adapters.slack_posts import ALT_CHARS, EVENT_TYPE, PAGE, PAGES, Posts, file_name
from bot.adapters.slack_web import OUT_OF_ORDER, Identity
from bot.playground.slack import Message as Said
from bot.playground.slack import SlackSimulator
from bot.playground.slack.chances import BREAKS, Break
from bot.reminders.mending import LEASE
from bot.reminders.ports import CannotLookError, LimitedError, NotSentError, Picture, Sender, UnknownError
from bot.render.blocks import Message
from tests.integration.raw import (
    Raw,
    Serve,
    answering,
    break_off,
    deaf,
    dribbling,
    hang_up,
    reset,
    reset_early,
    silent,
    sluggish,
)

ID = "1a2b3c4d5e6f708192a3b4c5d6e7f809"
OTHER_ID = "ffffffffffffffffffffffffffffffff"
IDENTITY = Identity("T0TEAM", "Playground", frozenset({"T0TEAM"}), "U0BOT", "B0BOT", frozenset(), "")
GOOD = Message("12 days left.", ({"type": "section", "text": {"type": "mrkdwn", "text": "12 days left."}},))
BAD_BLOCKS = Message("12 days left, as text.", ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},))
HUGE = Message("x" * 20_000_000, ())
CHART = Picture("unshim-trend.png", b"\x89PNG not really", "Trend", "Nodes by runtime since May")
HISTORY = {"channels:history", "groups:history"}

#: How long the calls of these tests may take.
SECONDS = 0.6


class Counted:
    """What failed."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, str]] = []

    def slack_failed(self, method: str, error: str) -> None:
        self.failures.append((method, error))


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between test and server, and little patience."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    monkeypatch.setattr(slack_calls, "CALL_SECONDS", SECONDS)
    monkeypatch.setattr(slack_calls, "ALL_SECONDS", 3 * SECONDS)


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    """Yield a simulator in which channels can be read."""
    with SlackSimulator() as simulator:
        simulator.scopes |= HISTORY
        simulator.faults.silence_seconds = SECONDS + 0.5
        yield simulator


@pytest.fixture
def counted() -> Counted:
    """Return what counts failures."""
    return Counted()


@pytest.fixture
def posts(slack: SlackSimulator, counted: Counted) -> Posts:
    """Return the adapter, and that it is what the reminders need."""
    made = Posts(WebClient(slack.bot_token, slack.api_url), IDENTITY, counted)
    _: Sender = made
    return made


def posts_to(url: str) -> Posts:
    return Posts(WebClient("xoxb-1", url), IDENTITY, Counted())


def serving(serve: Serve, **options: Any) -> AbstractContextManager[Raw]:
    return Raw(serve, **options)


def unknown(posts: Posts, message: Message = GOOD) -> str:
    """Return why nobody knows whether a post was taken."""
    with pytest.raises(UnknownError) as caught:
        posts.post("C0GENERAL", message, ID, None)
    return caught.value.code


def not_sent(posts: Posts) -> str:
    """Return why a post was certainly not taken."""
    with pytest.raises(NotSentError) as caught:
        posts.post("C0GENERAL", GOOD, ID, None)
    return caught.value.code


def ago(**units: float) -> datetime:
    return datetime.now(UTC) - timedelta(**units)


def methods(slack: SlackSimulator) -> list[str]:
    return [made.method for made in slack.calls]


# What is sent.


def test_a_post_carries_its_id_and_nothing_else_in_its_metadata(slack: SlackSimulator, posts: Posts) -> None:
    ts = posts.post("C0GENERAL", GOOD, ID, "1.000001")
    [message] = slack.messages
    assert (message.ts, message.text, message.blocks) == (ts, GOOD.text, list(GOOD.blocks))
    assert message.thread_ts == "1.000001"
    assert message.metadata == {"event_type": EVENT_TYPE, "event_payload": {"id": ID}}
    params = slack.calls[-1].params
    assert (params["unfurl_links"], params["unfurl_media"]) == (False, False)


def test_a_post_to_a_user_goes_to_the_direct_conversation(slack: SlackSimulator, posts: Posts) -> None:
    posts.post("U0ALICE", GOOD, ID, None)
    assert [message.channel for message in slack.messages] == ["D0ALICE"]
    assert methods(slack) == ["conversations.open", "chat.postMessage"]


def test_where_blocks_are_refused_the_text_goes_alone_under_the_same_id(slack: SlackSimulator, posts: Posts) -> None:
    ts = posts.post("C0GENERAL", BAD_BLOCKS, ID, None)
    [message] = slack.messages
    assert (message.ts, message.text, message.blocks) == (ts, BAD_BLOCKS.text, [])
    assert slack.workspace.accepted() == {("C0GENERAL", ID): 1}


def test_an_edit_takes_the_place_of_a_post_and_leaves_its_id(slack: SlackSimulator, posts: Posts) -> None:
    ts = posts.post("C0GENERAL", GOOD, ID, None)
    posts.update("C0GENERAL", ts, Message("Done since 2026-11-24.", ()))
    (message,) = slack.messages
    assert (message.ts, message.text, message.blocks) == (ts, "Done since 2026-11-24.", [])
    assert message.metadata == {"event_type": EVENT_TYPE, "event_payload": {"id": ID}}
    assert posts.find("C0GENERAL", ID, datetime.now(UTC) - timedelta(minutes=5), None) == ts


def test_an_edit_whose_blocks_are_refused_or_whose_text_is_long_comes_all_the_same(
    slack: SlackSimulator, posts: Posts
) -> None:
    ts = posts.post("D0ALICE", GOOD, ID, None)
    posts.update("U0ALICE", ts, BAD_BLOCKS)
    assert slack.messages[0].text == BAD_BLOCKS.text
    posts.update("D0ALICE", ts, Message("\n".join(["x" * 99] * 100), ()))
    assert slack.messages[0].text == "\n".join(["x" * 99] * 40)[: len(slack.messages[0].text)]
    assert 3900 <= len(slack.messages[0].text) <= 4000


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message"])
def test_an_edit_that_is_refused_says_why(slack: SlackSimulator, posts: Posts, code: str) -> None:
    ts = posts.post("C0GENERAL", GOOD, ID, None)
    slack.faults.refuse("chat.update", code)
    with pytest.raises(NotSentError) as caught:
        posts.update("C0GENERAL", ts, BAD_BLOCKS)
    assert caught.value.code == code
    assert slack.messages[0].text == GOOD.text


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"])
def test_every_refusal_of_blocks_is_one(slack: SlackSimulator, posts: Posts, code: str) -> None:
    slack.faults.refuse("chat.postMessage", code, times=1)
    posts.post("C0GENERAL", GOOD, ID, None)
    assert [message.blocks for message in slack.messages] == [[]]


def test_text_without_blocks_is_not_sent_again_for_its_blocks(slack: SlackSimulator, posts: Posts) -> None:
    slack.faults.refuse("chat.postMessage", "invalid_blocks")
    with pytest.raises(NotSentError):
        posts.post("C0GENERAL", Message("No blocks.", ()), ID, None)
    assert methods(slack) == ["chat.postMessage"]


def test_the_text_alone_may_be_lost_too(slack: SlackSimulator, posts: Posts) -> None:
    slack.faults.refuse("chat.postMessage", "invalid_blocks", times=1)
    slack.faults.fail_after("chat.postMessage", times=2)  # the first is the refusal
    assert unknown(posts) == "http_500"
    assert len(methods(slack)) == 1


# Certainly not taken.


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C0NOBOT", "not_in_channel"),
        ("C0PRIVATE", "channel_not_found"),
        ("C0ARCHIVED", "is_archived"),
        ("U0NOBODY", "user_not_found"),
    ],
)
def test_a_refusal_is_certain_and_says_why(slack: SlackSimulator, posts: Posts, channel: str, code: str) -> None:
    with pytest.raises(NotSentError) as caught:
        posts.post(channel, GOOD, ID, None)
    assert caught.value.code == code
    assert slack.messages == []


def test_a_refused_token_is_certain(slack: SlackSimulator, posts: Posts, counted: Counted) -> None:
    slack.faults.token_error = "token_revoked"
    assert not_sent(posts) == "token_revoked"
    assert counted.failures == [("chat.postMessage", "token_revoked")]


@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_a_refusal_is_one_under_any_status_of_refusals(status: int) -> None:
    with serving(answering(status, {"ok": False, "error": "no_permission"})) as raw:
        assert not_sent(posts_to(raw.url)) == "no_permission"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ("Retry-After: 17\r\n", 17),
        ("", PAUSE_SECONDS),
        ("Retry-After: soon\r\n", PAUSE_SECONDS),
        ("Retry-After: 99999999999999999999\r\n", MAX_PAUSE_SECONDS),
    ],
)
@pytest.mark.parametrize(("status", "body"), [(429, {"ok": False, "error": "ratelimited"}), (429, b"slow down")])
def test_slack_gets_the_pause_it_asks_for(headers: str, seconds: float, status: int, body: Any) -> None:
    with serving(answering(status, body, headers=headers)) as raw, pytest.raises(LimitedError) as caught:
        posts_to(raw.url).post("C0GENERAL", GOOD, ID, None)
    assert caught.value.seconds == seconds


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
def test_a_limit_without_its_status_is_one(code: str) -> None:
    with serving(answering(200, {"ok": False, "error": code})) as raw, pytest.raises(LimitedError) as caught:
        posts_to(raw.url).post("C0GENERAL", GOOD, ID, None)
    assert caught.value.seconds == PAUSE_SECONDS


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:{port}/api/", id="refused"),
        pytest.param("http://nobody.invalid/api/", id="no-such-name"),
        pytest.param("ftp://127.0.0.1/api/", id="no-http"),
        pytest.param("http://[::1/api/", id="no-address"),
    ],
)
def test_without_a_connection_nothing_was_sent(url: str) -> None:
    assert not_sent(posts_to(url.format(port=closed_port()))) == "unreachable"


def test_a_proxy_that_lets_nothing_through_is_no_connection() -> None:
    with serving(answering_connect) as proxy:
        web = WebClient("xoxb-1", "https://slack.invalid/api/", proxy=f"http://127.0.0.1:{proxy.port}")
        assert not_sent(Posts(web, IDENTITY, Counted())) == "unreachable"


def answering_connect(raw: Raw, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def plain_text(raw: Raw, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 this port speaks no TLS\r\n\r\n")


@pytest.mark.parametrize("serve", [plain_text, break_off, lambda raw, connection: raw.gave_up.wait(3)])
def test_until_tls_is_agreed_upon_nothing_was_sent(serve: Serve) -> None:
    with serving(serve) as raw:
        began = time.monotonic()
        assert not_sent(posts_to(raw.url.replace("http:", "https:"))) == "unreachable"
        raw.gave_up.set()
        assert time.monotonic() - began < SECONDS + 1.5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and its certificate for 127.0.0.1, which nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    try:
        subprocess.run([*command.split(), "-keyout", "key", "-out", "crt"], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to serve with")
    both = folder / "both.pem"
    both.write_text((folder / "key").read_text() + (folder / "crt").read_text())
    return both


def over_tls(certificate: Path, serve: Serve) -> Serve:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve_tls(raw: Raw, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            serve(raw, secure)

    return serve_tls


def test_a_certificate_that_is_not_trusted_gets_nothing(certificate: Path) -> None:
    with serving(over_tls(certificate, answering(200, {"ok": True, "ts": "1.1"}))) as raw:
        assert not_sent(posts_to(raw.url.replace("http:", "https:"))) == "unreachable"
        assert raw.requests == []


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (answering(200, {"ok": True, "ts": "1.1"}), None),
        (silent, "timeout"),
        (dribbling, "timeout"),
        (hang_up, "disconnected"),
        (reset, "disconnected"),
        (reset_early, "disconnected"),
    ],
)
def test_once_tls_is_agreed_upon_it_may_have_arrived(certificate: Path, serve: Serve, code: str | None) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(over_tls(certificate, serve)) as raw:
        web = WebClient("xoxb-1", raw.url.replace("http:", "https:"), ssl=trusting)
        posts = Posts(web, IDENTITY, Counted())
        if code is None:
            assert posts.post("C0GENERAL", GOOD, ID, None) == "1.1"
        else:
            assert unknown(posts) == code
        assert "slack-once" not in {thread.name for thread in threading.enumerate()}
        raw.gave_up.set()


def test_a_connection_that_does_not_come_about_in_time_was_not_used() -> None:
    with serving(silent, backlog=0, is_accepting=False) as raw:
        held = [socket.socket() for _ in range(4)]
        for waiting in held:  # they fill the queue: whoever comes next is not answered
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", raw.port))
        try:
            assert not_sent(posts_to(raw.url)) == "unreachable"
        finally:
            for waiting in held:
                waiting.close()


def test_a_name_that_is_found_too_late_leads_to_no_request(
    slack: SlackSimulator, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, is_slow = socket.getaddrinfo, threading.Event()

    def slowly(*arguments: Any, **options: Any) -> Any:
        is_slow.wait(5)
        return found(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    assert not_sent(posts) == "unreachable"
    is_slow.set()  # now the connection comes about, and nobody waits for it
    for thread in [thread for thread in threading.enumerate() if thread.name == "slack-once"]:
        thread.join(5)
    assert (methods(slack), slack.messages) == ([], [])


# Nobody knows.


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        pytest.param(silent, "timeout", id="no-answer"),
        pytest.param(dribbling, "timeout", id="an-answer-that-takes-for-ever"),
        pytest.param(hang_up, "disconnected", id="hung-up"),
        pytest.param(reset, "disconnected", id="reset"),
        pytest.param(reset_early, "disconnected", id="reset-early"),
        pytest.param(answering(500, b"oh"), "http_500", id="500"),
        pytest.param(answering(502, b"<html>"), "http_502", id="502-html"),
        pytest.param(answering(503, {"ok": False, "error": "not_in_channel"}), "http_503", id="503-with-a-refusal"),
        pytest.param(answering(500, {"ok": True, "ts": "1.1"}), "http_500", id="500-with-ok"),
        pytest.param(answering(200, b"<html>log in</html>"), "unreadable", id="html"),
        pytest.param(answering(404, b"<html>gone</html>"), "http_404", id="404-html"),
        pytest.param(answering(407, b""), "http_407", id="proxy-wants-a-password"),
        pytest.param(answering(400, {"ok": True, "ts": "1.1"}), "http_400", id="400-with-ok"),
        pytest.param(answering(200, b""), "unreadable", id="empty"),
        pytest.param(answering(200, b"\xff\xfe\x00"), "unreadable", id="no-text"),
        pytest.param(answering(200, [1]), "unreadable", id="no-object"),
        pytest.param(answering(200, {"ts": "1.1"}), "unreadable", id="neither-ok-nor-not"),
        pytest.param(answering(200, {"ok": "yes", "ts": "1.1"}), "unreadable", id="ok-that-is-no-boolean"),
        pytest.param(answering(200, {"ok": False}), "unreadable", id="a-refusal-without-a-name"),
        pytest.param(answering(200, {"ok": False, "error": "<b>No!</b>"}), "unreadable", id="no-name-of-an-error"),
        pytest.param(answering(200, {"ok": True}), "no_ts", id="ok-without-ts"),
        pytest.param(answering(200, {"ok": True, "ts": 17}), "no_ts", id="ts-of-another-type"),
        pytest.param(
            answering(200, {"ok": True, "ts": "1.1"}, length=5000), "disconnected", id="shorter-than-promised"
        ),
        pytest.param(answering(200, b'{"ok": true, "ts": "1.', length=22), "unreadable", id="cut-off"),
    ],
)
def test_what_is_no_answer_of_slack_tells_nothing(serve: Serve, code: str) -> None:
    with serving(serve) as raw:
        began = time.monotonic()
        assert unknown(posts_to(raw.url)) == code
        assert time.monotonic() - began < SECONDS + 1.5
        assert "slack-once" not in {thread.name for thread in threading.enumerate()}  # the connection is over, too
        raw.gave_up.set()
        assert len(raw.requests) <= 1  # nothing is sent again


@pytest.mark.parametrize("code", sorted(OUT_OF_ORDER))
def test_slack_out_of_order_says_not_whether_it_took_it(code: str) -> None:
    with serving(answering(200, {"ok": False, "error": code})) as raw:
        assert unknown(posts_to(raw.url)) == code
        assert len(raw.requests) == 1


def test_a_request_that_does_not_get_out_may_have_arrived() -> None:
    with serving(deaf) as raw:
        began = time.monotonic()
        assert unknown(posts_to(raw.url), HUGE) == "timeout"
        assert time.monotonic() - began < SECONDS + 1.5
        raw.gave_up.set()


def test_a_request_on_its_way_is_broken_off() -> None:
    with serving(sluggish) as raw:
        assert unknown(posts_to(raw.url), HUGE) == "timeout"
        raw.gave_up.set()
        time.sleep(0.5)
        assert raw.late_bytes < len(HUGE.text) / 2  # what the system had taken in on the server's side


def test_what_was_not_delivered_in_time_is_not_delivered_later() -> None:
    with serving(deaf, receive_bytes=4096) as raw:
        # All of it leaves the program, and stays in the system until the server reads.
        assert unknown(posts_to(raw.url), Message("x" * 200_000, ())) == "timeout"
        raw.gave_up.set()
        time.sleep(0.5)
        assert raw.requests == []


def test_a_redirect_is_not_followed() -> None:
    with serving(answering(200, {"ok": True, "ts": "1.1"})) as other:
        for status in (301, 302, 303, 307, 308):
            with serving(answering(status, b"", headers=f"Location: {other.url}\r\n")) as raw:
                assert unknown(posts_to(raw.url)) == f"http_{status}"
        assert other.requests == []


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("is_taken", [True, False])
def test_slack_may_have_taken_what_it_did_not_answer(
    slack: SlackSimulator, posts: Posts, counted: Counted, how: Break, is_taken: bool
) -> None:
    fail = slack.faults.fail_after if is_taken else slack.faults.fail_before
    fail("chat.postMessage", how)
    code = {"500": "http_500", "drop": "disconnected", "silence": "timeout"}[how]
    assert unknown(posts) == code
    assert len(slack.messages) == is_taken
    assert counted.failures == [("chat.postMessage", code)]
    assert (posts.find("C0GENERAL", ID, ago(minutes=5), None) is not None) == is_taken


# Before the post itself.


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (silent, "unreachable"),
        (hang_up, "unreachable"),
        (answering(500, b""), "unreachable"),
        (answering(200, {"ok": True}), "unreachable"),
        (answering(200, {"ok": False, "error": "internal_error"}), "unreachable"),
        (answering(200, {"ok": False, "error": "user_disabled"}), "user_disabled"),
        (answering(429, b"", headers="Retry-After: 3\r\n"), "ratelimited"),
    ],
)
def test_a_direct_conversation_that_does_not_open_gets_no_post(serve: Serve, code: str) -> None:
    with serving(serve) as raw:
        with pytest.raises(NotSentError) as caught:
            posts_to(raw.url).post("U0ALICE", GOOD, ID, None)
        raw.gave_up.set()
    assert caught.value.code == code
    assert [request.split(b" ")[1] for request in raw.requests] == [b"/api/conversations.open"]


def test_all_calls_of_a_post_end_in_time_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_calls, "CALL_SECONDS", 5)
    monkeypatch.setattr(slack_calls, "ALL_SECONDS", 0.7)
    slow = SlackSimulator()
    with slow:
        slow.faults.delay("conversations.open", 0.5)
        slow.faults.delay("chat.postMessage", 5, times=1)
        began = time.monotonic()
        with pytest.raises(UnknownError):
            Posts(WebClient(slow.bot_token, slow.api_url), IDENTITY, Counted()).post("U0ALICE", GOOD, ID, None)
        assert time.monotonic() - began < 2.5


def test_one_look_and_one_post_are_over_before_a_claim_is() -> None:
    assert CALL_SECONDS <= 10  # what the reminders count on
    assert LEASE.total_seconds() > 2 * (ALL_SECONDS + 3)  # three calls, each a second to close its connection


# Pictures.


def test_a_picture_goes_into_the_thread_with_the_id_in_its_name(slack: SlackSimulator, posts: Posts) -> None:
    posts.upload("C0GENERAL", CHART, ID, "1.000001")
    [file] = slack.files
    assert file.filename == "unshim-trend-1a2b3c4d.png" == file_name(CHART.name, ID)
    assert (file.content, file.title, file.alt_text) == (CHART.content, CHART.title, CHART.alt)
    assert (file.channel, file.thread_ts) == ("C0GENERAL", "1.000001")
    assert slack.workspace.accepted() == {("C0GENERAL", "unshim-trend-1a2b3c4d.png"): 1}


def test_a_picture_for_a_user_goes_to_the_direct_conversation(slack: SlackSimulator, posts: Posts) -> None:
    posts.upload("U0ALICE", CHART, ID, None)
    assert [file.channel for file in slack.files] == ["D0ALICE"]


def test_what_a_picture_shows_is_cut_to_what_slack_takes(slack: SlackSimulator, posts: Posts) -> None:
    posts.upload("C0GENERAL", Picture("a.png", b"a", "A", "x" * 2000), ID, None)
    assert len(slack.files[0].alt_text) == ALT_CHARS


def upload(posts: Posts) -> None:
    posts.upload("C0GENERAL", CHART, ID, None)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload"])
@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("is_taken", [True, False])
def test_until_its_last_step_a_picture_was_not_shared(
    slack: SlackSimulator, posts: Posts, method: str, how: Break, is_taken: bool
) -> None:
    (slack.faults.fail_after if is_taken else slack.faults.fail_before)(method, how)
    with pytest.raises(NotSentError) as caught:
        upload(posts)
    assert caught.value.code == "unreachable"
    assert "files.completeUploadExternal" not in methods(slack)


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("is_taken", [True, False])
def test_after_its_last_step_nobody_knows_whether_a_picture_was_shared(
    slack: SlackSimulator, posts: Posts, how: Break, is_taken: bool
) -> None:
    fail = slack.faults.fail_after if is_taken else slack.faults.fail_before
    fail("files.completeUploadExternal", how)
    with pytest.raises(UnknownError):
        upload(posts)
    assert (posts.find("C0GENERAL", ID, ago(minutes=5), None) is not None) == is_taken


@pytest.mark.parametrize(
    ("method", "error", "code"),
    [
        ("files.getUploadURLExternal", "file_uploads_disabled", "file_uploads_disabled"),
        ("files.getUploadURLExternal", "internal_error", "unreachable"),
        ("files.completeUploadExternal", "not_in_channel", "not_in_channel"),
    ],
)
def test_a_picture_is_refused_in_any_step(
    slack: SlackSimulator, posts: Posts, method: str, error: str, code: str
) -> None:
    slack.faults.refuse(method, error)
    with pytest.raises(NotSentError) as caught:
        upload(posts)
    assert caught.value.code == code


@pytest.mark.parametrize(("status", "code"), [(400, "upload_refused"), (503, "unreachable")])
def test_bytes_are_refused(slack: SlackSimulator, posts: Posts, status: int, code: str) -> None:
    slack.faults.refuse("upload", "no", status=status)
    with pytest.raises(NotSentError) as caught:
        upload(posts)
    assert caught.value.code == code


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_limit_is_one_in_any_step(slack: SlackSimulator, posts: Posts, method: str) -> None:
    slack.faults.rate_limit(method, retry_after=7)
    with pytest.raises(LimitedError) as caught:
        upload(posts)
    assert caught.value.seconds == 7


def test_the_token_does_not_go_where_the_bytes_go() -> None:
    with serving(answering(200, b"OK")) as there:
        url = {"ok": True, "upload_url": there.url + "x", "file_id": "F1"}
        with serving(answering(200, url)) as raw:
            posts_to(raw.url).upload("C0GENERAL", CHART, ID, None)
    [request] = there.requests
    assert request.endswith(CHART.content)
    assert b"xoxb" not in request
    assert all(b"Bearer xoxb-1" in request for request in raw.requests)


# Looking for one.


def test_a_post_is_found_in_its_channel_or_its_thread(slack: SlackSimulator, posts: Posts) -> None:
    ts = posts.post("C0GENERAL", GOOD, ID, None)
    reply = posts.post("C0GENERAL", GOOD, OTHER_ID, ts)
    assert posts.find("C0GENERAL", ID, ago(minutes=5), None) == ts
    assert posts.find("C0GENERAL", OTHER_ID, ago(minutes=5), ts) == reply
    assert posts.find("C0GENERAL", OTHER_ID, ago(minutes=5), None) is None  # a reply is no message of the channel


@pytest.mark.parametrize("channel", ["U0ALICE", "D0ALICE"])
def test_a_direct_conversation_can_be_read_without_a_further_scope(
    slack: SlackSimulator, posts: Posts, channel: str
) -> None:
    slack.scopes -= HISTORY
    ts = posts.post(channel, GOOD, ID, None)
    assert posts.find(channel, ID, ago(minutes=5), None) == ts


def test_what_is_not_there_is_certainly_not_there(slack: SlackSimulator, posts: Posts) -> None:
    posts.post("C0GENERAL", GOOD, OTHER_ID, None)
    upload(posts)
    assert posts.find("C0GENERAL", "0" * 32, ago(minutes=5), None) is None


def test_only_what_was_sent_since_then_counts(slack: SlackSimulator, posts: Posts) -> None:
    posts.post("C0GENERAL", GOOD, ID, None)
    assert posts.find("C0GENERAL", ID, datetime.now(UTC) + timedelta(minutes=1), None) is None


def test_nobody_else_can_pass_a_message_off_as_the_bots(slack: SlackSimulator, posts: Posts) -> None:
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": ID}}
    slack.workspace.post(Said("C0GENERAL", slack.workspace.new_ts(), "U0ALICE", "x", "x", metadata=metadata))
    assert posts.find("C0GENERAL", ID, ago(minutes=5), None) is None


def test_a_deleted_post_is_not_there(slack: SlackSimulator, posts: Posts) -> None:
    posts.post("C0GENERAL", GOOD, ID, None)
    slack.messages[0].deleted = True
    assert posts.find("C0GENERAL", ID, ago(minutes=5), None) is None


def said(slack: SlackSimulator, n: int) -> None:
    for _ in range(n):
        slack.workspace.post(Said("C0GENERAL", slack.workspace.new_ts(), "U0ALICE", "hello", "x"))


def test_a_post_is_found_on_a_later_page(slack: SlackSimulator, posts: Posts) -> None:
    ts = posts.post("C0GENERAL", GOOD, ID, None)
    said(slack, 2 * PAGE + 1)
    assert posts.find("C0GENERAL", ID, ago(minutes=5), None) == ts
    assert methods(slack).count("conversations.history") == 3


def test_more_pages_than_are_read_are_not_certain(
    slack: SlackSimulator, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.slack_posts.PAGES", 2)
    assert PAGES > 2
    posts.post("C0GENERAL", GOOD, ID, None)
    said(slack, 2 * PAGE)
    assert blind(posts) == ("too_many_messages", False)


def blind(posts: Posts, channel: str = "C0GENERAL", thread_ts: str | None = None) -> tuple[str, bool]:
    """Return why it cannot be told whether a post is there, and whether that will last."""
    with pytest.raises(CannotLookError) as caught:
        posts.find(channel, "0" * 32, ago(minutes=5), thread_ts)
    return str(caught.value), caught.value.is_lasting


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C0PRIVATE", "channel_not_found"), ("C0NOBOT", "not_in_channel"), ("C0GENERAL", "missing_scope")],
)
def test_what_may_not_be_read_will_not_be(slack: SlackSimulator, posts: Posts, channel: str, code: str) -> None:
    if code == "missing_scope":
        slack.scopes -= HISTORY
    assert blind(posts, channel) == (code, True)


def test_a_private_channel_needs_a_scope_of_its_own(slack: SlackSimulator, posts: Posts) -> None:
    slack.add_channel("C0OURS", "ours", members={"U0BOT"}, is_private=True)
    assert posts.find("C0OURS", ID, ago(minutes=5), None) is None
    slack.scopes.discard("groups:history")
    assert blind(posts, "C0OURS") == ("missing_scope", True)


def test_a_thread_that_is_gone_tells_nothing(slack: SlackSimulator, posts: Posts) -> None:
    assert blind(posts, thread_ts="1.000001") == ("thread_not_found", False)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (lambda faults: faults.refuse("conversations.history", "invalid_auth"), "invalid_auth"),
        (lambda faults: faults.refuse("conversations.history", "internal_error"), "internal_error"),
        (lambda faults: faults.rate_limit("conversations.history"), "ratelimited"),
        (lambda faults: faults.fail_before("conversations.history"), "http_500"),
        (lambda faults: faults.fail_before("conversations.history", "drop"), "disconnected"),
        (lambda faults: faults.fail_before("conversations.history", "silence"), "timeout"),
    ],
)
def test_a_page_that_was_not_read_is_not_certain(
    slack: SlackSimulator, posts: Posts, monkeypatch: pytest.MonkeyPatch, fail: Any, code: str, is_first: bool
) -> None:
    said(slack, PAGE + 1)
    if is_first:
        fail(slack.faults)
    else:
        read = slack_calls.Calls.call

        def failing_later(calls: Any, method: str, arguments: Any, **how: Any) -> dict[str, Any]:
            data = read(calls, method, arguments, **how)
            fail(slack.faults)
            return data

        monkeypatch.setattr(slack_calls.Calls, "call", failing_later)
    assert blind(posts) == (code, False)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ({"ok": True, "messages": [], "has_more": True}, "incomplete"),
        ({"ok": True, "messages": [], "is_limited": True}, "incomplete"),
        ({"ok": True}, "unreadable"),
        ({"ok": True, "messages": ["x"]}, "unreadable"),
        ({"ok": True, "messages": [{"user": "U0BOT", "ts": "1.1", "files": [{"id": "F1"}]}]}, "nameless_file"),
        ({"ok": True, "messages": [{"bot_id": "B0BOT", "files": [{"name": "unshim-trend-00000000.png"}]}]}, "no_ts"),
    ],
)
def test_half_an_answer_is_not_certain(page: Any, code: str) -> None:
    with serving(answering(200, page)) as raw:
        assert blind(posts_to(raw.url)) == (code, False)


def test_pages_follow_each_other_until_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_calls, "ALL_SECONDS", 0.3)
    page = {"ok": True, "messages": [], "response_metadata": {"next_cursor": "again"}}

    def slowly(raw: Raw, connection: socket.socket) -> None:
        time.sleep(0.1)
        answering(200, page)(raw, connection)

    with serving(slowly) as raw:
        code, is_lasting = blind(posts_to(raw.url))
    assert code in ("timeout", "unreachable")
    assert not is_lasting


def test_what_is_asked_of_a_channel(slack: SlackSimulator) -> None:
    with serving(answering(200, {"ok": True, "messages": []})) as raw:
        since = datetime(2021, 5, 1, tzinfo=UTC)
        assert posts_to(raw.url).find("C0GENERAL", ID, since, None) is None
    form = parse_qs(raw.requests[0].rpartition(b"\r\n\r\n")[2].decode())
    assert form["oldest"] == [f"{since.timestamp():.6f}"]
    assert (form["include_all_metadata"], form["limit"], form["channel"]) == (["true"], ["100"], ["C0GENERAL"])


def test_a_bot_that_does_not_know_who_it_is_cannot_look(slack: SlackSimulator) -> None:
    nobody = Identity("", "", frozenset(), "", "", frozenset(), "")
    posts = Posts(WebClient(slack.bot_token, slack.api_url), nobody, Counted())
    assert blind(posts) == ("unknown_bot", False)


def test_the_sdks_retries_are_not_used(slack: SlackSimulator) -> None:
    # Its default one sends again after a connection that was closed.
    web = WebClient(slack.bot_token, slack.api_url)
    assert web.retry_handlers
    slack.faults.fail_after("chat.postMessage", "drop", times=None)
    with pytest.raises(UnknownError):
        Posts(web, IDENTITY, Counted()).post("C0GENERAL", GOOD, ID, None)
    assert len(slack.messages) == 1


def test_a_post_goes_through_the_proxy_of_the_environment(
    slack: SlackSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answering(200, {"ok": True, "ts": "1.000001"})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        posts = Posts(WebClient("xoxb-1", "http://slack.invalid/api/"), IDENTITY, Counted())
        assert posts.post("C0GENERAL", GOOD, ID, None) == "1.000001"
    assert proxy.requests[0].startswith(b"POST http://slack.invalid/api/chat.postMessage ")
    sent = json.loads(proxy.requests[0].rpartition(b"\r\n\r\n")[2])
    assert sent["text"] == GOOD.text
