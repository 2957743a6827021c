"""The Slack adapters against the simulator: what Slack refuses, loses and delays, and what becomes of it."""

import gc
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.adapters import slack_messages, slack_web
from bot.adapters.knowledge import load_catalogue
from bot.adapters.slack_messages import Messenger
from bot.adapters.slack_web import MAX_PAUSE_SECONDS, Directory, call, identify, make_client
from bot.errors import ExpiredUrlError, SlackError, SlackRefusedError, SlackTokenError
from bot.playground.slack import SlackSimulator
from bot.render.blocks import Message
from bot.render.limits import MESSAGE_TEXT_CHARS

GOOD = Message("The answer.", ({"type": "section", "text": {"type": "mrkdwn", "text": "The answer."}},))
BAD_BLOCKS = Message("The answer, as text.", ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},))
PLAIN = Message("No blocks at all.", ())


class Counted:
    """What Slack refused."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, str]] = []

    def slack_failed(self, method: str, error: str) -> None:
        self.failures.append((method, error))


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between test and simulator, no log of connections broken on purpose, and no patience to wait for."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    monkeypatch.setattr(slack_web, "TIMEOUT_SECONDS", 1)
    monkeypatch.setattr(slack_messages, "TIMEOUT_SECONDS", 1)


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    """Yield a simulator."""
    with SlackSimulator() as simulator:
        yield simulator


@pytest.fixture
def counted() -> Counted:
    """Return what counts refusals."""
    return Counted()


@pytest.fixture
def web(slack: SlackSimulator) -> WebClient:
    """Return a client as the bot makes it."""
    return make_client(slack.api_url, slack.bot_token)


@pytest.fixture
def messenger(web: WebClient, counted: Counted) -> Messenger:
    """Return a messenger as the bot makes it."""
    return Messenger(web, counted)


@pytest.fixture
def directory(web: WebClient, counted: Counted) -> Directory:
    """Return a directory as the bot makes it."""
    return Directory(web, counted)


def url_of(slack: SlackSimulator, channel: str = "C0GENERAL") -> str:
    """Return the response_url of a command."""
    return slack.responses.create(channel, "U0ALICE", typed="/runtime status")


def methods(slack: SlackSimulator) -> list[str]:
    """Return the methods called, in order."""
    return [made.method for made in slack.calls]


def sentence(error: SlackError) -> str:
    """Return what a person reads of an error; every placeholder has its value."""
    return load_catalogue("en").plain(f"error.{error.key}", **error.values)


# Where messages go.


def test_a_message_is_posted_with_text_and_blocks(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD, "1.0")
    [message] = slack.messages
    assert (message.channel, message.text, message.thread_ts) == ("C0GENERAL", GOOD.text, "1.0")
    assert message.blocks == list(GOOD.blocks)


def test_links_in_a_report_are_not_unfurled(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD)
    params = slack.calls[-1].params
    assert (params["unfurl_links"], params["unfurl_media"]) == (False, False)


def test_an_ephemeral_message_is_for_one(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post_ephemeral("C0GENERAL", "U0ALICE", GOOD)
    assert [message.ephemeral_for for message in slack.messages] == ["U0ALICE"]


def test_a_message_is_replaced_by_its_ts(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD)
    messenger.update("C0GENERAL", slack.messages[0].ts, Message("Page two.", GOOD.blocks))
    assert [message.text for message in slack.messages] == ["Page two."]


def test_an_update_is_cut_to_what_slack_takes_at_the_end_of_a_line(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD)
    text = "\n".join("one &amp; another line" for _ in range(400))
    messenger.update("C0GENERAL", slack.messages[0].ts, Message(text, GOOD.blocks))
    [message] = slack.messages
    assert MESSAGE_TEXT_CHARS - 100 < len(message.text) <= MESSAGE_TEXT_CHARS
    assert message.text.endswith("one &amp; another line")


def test_one_long_line_is_cut_all_the_same(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD)
    messenger.update("C0GENERAL", slack.messages[0].ts, Message("x" * 5000, GOOD.blocks))
    assert len(slack.messages[0].text) == MESSAGE_TEXT_CHARS


def test_a_direct_conversation_is_opened(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post(messenger.direct_channel("U0ALICE"), GOOD)
    assert [message.channel for message in slack.messages] == ["D0ALICE"]


def test_a_file_goes_into_a_thread_with_its_comment(slack: SlackSimulator, messenger: Messenger) -> None:
    content = "kind,이름\n".encode()
    messenger.upload("C0GENERAL", "list.csv", content, "The list.", "1.0")
    [file] = slack.files
    assert (file.filename, file.content, file.channel, file.thread_ts) == ("list.csv", content, "C0GENERAL", "1.0")
    assert [message.text for message in slack.messages] == ["The list."]


def test_a_picture_says_what_it_shows_as_far_as_slack_takes_it(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.upload("C0GENERAL", "trend.png", b"png", "A trend.", alt="x" * 2000)
    [file] = slack.files
    assert (file.filename, file.alt_text) == ("trend.png", "x" * 1000)


# Through a response_url.


def test_a_command_is_answered_in_private(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.respond(url_of(slack), GOOD)
    [message] = slack.messages
    assert (message.via, message.ephemeral_for, message.text) == ("response_url", "U0ALICE", GOOD.text)


def test_an_answer_can_be_for_everybody(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.respond(url_of(slack), GOOD, in_channel=True, thread_ts="1.0")
    [message] = slack.messages
    assert (message.ephemeral_for, message.thread_ts) == (None, "1.0")


@pytest.mark.parametrize("is_ephemeral", [True, False])
def test_a_page_replaces_the_message_for_those_who_see_it(
    slack: SlackSimulator, messenger: Messenger, is_ephemeral: bool
) -> None:
    if is_ephemeral:
        messenger.post_ephemeral("C0GENERAL", "U0ALICE", GOOD)
    else:
        messenger.post("C0GENERAL", GOOD)
    url = slack.responses.create("C0GENERAL", "U0ALICE", original=slack.messages[0])
    messenger.respond(url, Message("Page two.", GOOD.blocks), replace=True)
    [message] = slack.messages
    assert (message.text, message.replaced) == ("Page two.", True)
    assert message.ephemeral_for == ("U0ALICE" if is_ephemeral else None)


def test_an_answer_to_a_click_leaves_the_message_that_was_clicked(slack: SlackSimulator, messenger: Messenger) -> None:
    messenger.post("C0GENERAL", GOOD)
    url = slack.responses.create("C0GENERAL", "U0ALICE", original=slack.messages[0])
    messenger.respond(url, Message("Another answer.", GOOD.blocks))
    assert [message.text for message in slack.messages] == [GOOD.text, "Another answer."]
    assert slack.faults_found == []


def test_the_sixth_answer_is_one_too_many(slack: SlackSimulator, messenger: Messenger, counted: Counted) -> None:
    url = url_of(slack)
    for _ in range(5):
        messenger.respond(url, GOOD)
    with pytest.raises(ExpiredUrlError):
        messenger.respond(url, GOOD)
    assert counted.failures == [("response_url", "used_url")]


@pytest.mark.parametrize("url", ["expired", "unknown"])
def test_an_answer_that_comes_too_late_is_told_from_other_failures(
    slack: SlackSimulator, messenger: Messenger, url: str
) -> None:
    known = url_of(slack)
    slack.expire_response_urls()
    with pytest.raises(ExpiredUrlError) as caught:
        messenger.respond(known if url == "expired" else f"{slack.url}/response/none", GOOD)
    assert sentence(caught.value)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        pytest.param(500, "internal_error", "no_answer", id="outage"),
        pytest.param(503, "<html>", "no_answer", id="a-proxy-speaks"),
        pytest.param(403, "action_prohibited", "action_prohibited", id="forbidden"),
        pytest.param(200, "no_text", "no_text", id="refused-with-200"),
    ],
)
def test_what_a_response_url_refuses_is_an_error_with_slacks_name(
    slack: SlackSimulator, messenger: Messenger, counted: Counted, status: int, error: str, expected: str
) -> None:
    slack.faults.refuse("response_url", error, status=status)
    with pytest.raises(SlackError) as caught:
        messenger.respond(url_of(slack), GOOD)
    assert not isinstance(caught.value, ExpiredUrlError)
    assert counted.failures[-1] == ("response_url", expected)
    assert "<html>" not in sentence(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "ok", None),
        (200, "", None),
        (200, '{"ok":true}', None),
        (200, '{"ok":false,"error":"used_url"}', "used_url"),
        (404, '{"ok":false,"error":"expired_url"}', "expired_url"),
        (404, "", "404"),
        (400, "invalid_blocks", "invalid_blocks"),
        (400, "invalid_payload\n", "invalid_payload"),
        (403, "<html>Forbidden</html>", "403"),
        (400, "[1]", "400"),
        (429, "", "ratelimited"),
        (500, '{"ok":false,"error":"expired_url"}', "no_answer"),
    ],
)
def test_what_response_urls_answer_is_read_as_slack_means_it(status: int, body: str, error: str | None) -> None:
    assert slack_messages._webhook_error(status, body) == error


# Blocks that Slack refuses.


@pytest.mark.parametrize("how", ["post", "ephemeral", "update", "response_url"])
def test_blocks_that_slack_refuses_leave_the_text(
    slack: SlackSimulator, messenger: Messenger, counted: Counted, how: str
) -> None:
    messenger.post("C0GENERAL", GOOD)
    ts = slack.messages[0].ts
    {
        "post": lambda: messenger.post("C0GENERAL", BAD_BLOCKS, "1.0"),
        "ephemeral": lambda: messenger.post_ephemeral("C0GENERAL", "U0ALICE", BAD_BLOCKS),
        "update": lambda: messenger.update("C0GENERAL", ts, BAD_BLOCKS),
        "response_url": lambda: messenger.respond(url_of(slack), BAD_BLOCKS),
    }[how]()
    message = slack.messages[-1]
    assert (message.text, message.blocks) == (BAD_BLOCKS.text, [])
    assert [error for _, error in counted.failures] == ["invalid_blocks"]


def test_blocks_that_are_too_long_together_leave_the_text(slack: SlackSimulator, messenger: Messenger) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    messenger.post("C0GENERAL", Message("In short.", (section,) * 6))
    assert [(message.text, message.blocks) for message in slack.messages] == [("In short.", [])]


def test_a_message_without_blocks_is_not_sent_twice(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.refuse("chat.postMessage", "invalid_blocks")
    with pytest.raises(SlackRefusedError):
        messenger.post("C0GENERAL", PLAIN)
    assert methods(slack) == ["chat.postMessage"]


def test_a_text_that_is_refused_as_well_is_an_error(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.refuse("chat.postMessage", "invalid_blocks")
    with pytest.raises(SlackRefusedError):
        messenger.post("C0GENERAL", GOOD)
    assert methods(slack) == ["chat.postMessage"] * 2


# Places and permissions that Slack refuses.


@pytest.mark.parametrize(
    ("channel", "key"),
    [
        pytest.param("C0NOBOT", "slack-not-in-channel", id="without-the-bot"),
        pytest.param("C0NONE", "slack-channel-gone", id="no-such-channel"),
        pytest.param("C0PRIVATE", "slack-channel-gone", id="private-without-the-bot"),
        pytest.param("C0ARCHIVED", "slack-archived", id="archived"),
    ],
)
def test_a_place_that_slack_refuses_has_a_sentence(
    slack: SlackSimulator, messenger: Messenger, channel: str, key: str
) -> None:
    with pytest.raises(SlackRefusedError) as caught:
        messenger.post(channel, GOOD)
    assert caught.value.key == key
    assert sentence(caught.value)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("restricted_action", "slack-restricted"),
        ("user_not_in_channel", "slack-not-in-channel"),
        ("file_uploads_disabled", "slack-no-files"),
        ("something_new", "slack-refused"),
    ],
)
def test_slacks_names_of_errors_become_sentences(
    slack: SlackSimulator, messenger: Messenger, code: str, key: str
) -> None:
    slack.faults.refuse("chat.postMessage", code)
    with pytest.raises(SlackRefusedError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert (caught.value.key, caught.value.code) == (key, code)
    assert sentence(caught.value)


@pytest.mark.parametrize(
    ("scope", "run"),
    [
        ("chat:write", lambda messenger: messenger.post("C0GENERAL", GOOD)),
        ("im:write", lambda messenger: messenger.direct_channel("U0ALICE")),
        ("files:write", lambda messenger: messenger.upload("C0GENERAL", "a.csv", b"x", "The list.")),
    ],
)
def test_a_missing_scope_is_named(
    slack: SlackSimulator, messenger: Messenger, scope: str, run: Callable[[Messenger], None]
) -> None:
    slack.scopes -= {scope}
    with pytest.raises(SlackRefusedError) as caught:
        run(messenger)
    assert (caught.value.key, caught.value.values["needed"]) == ("slack-missing-scope", scope)
    assert scope in sentence(caught.value)


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "token_expired"])
def test_a_token_that_does_not_work_is_an_error_of_its_own(
    slack: SlackSimulator, messenger: Messenger, error: str
) -> None:
    slack.faults.token_error = error
    with pytest.raises(SlackTokenError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.code == error
    assert sentence(caught.value)


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_file_that_is_refused_at_either_end_has_a_sentence(
    slack: SlackSimulator, messenger: Messenger, step: str
) -> None:
    slack.faults.refuse(step, "file_uploads_disabled")
    with pytest.raises(SlackRefusedError) as caught:
        messenger.upload("C0GENERAL", "a.csv", b"x", "The list.")
    assert caught.value.key == "slack-no-files"
    assert slack.files == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_whose_bytes_are_refused_is_no_answer(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.refuse("upload", "no", status=500)
    with pytest.raises(SlackError, match="slack-unreachable"):
        messenger.upload("C0GENERAL", "a.csv", b"x", "The list.")
    gc.collect()  # slack_sdk 3.47 leaves the answer of a refused upload open: closed here, where that is no error


# Slack is busy, slow or away.


def test_a_rate_limit_is_waited_for(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.rate_limit("chat.postMessage", times=1, retry_after=1)
    started = time.monotonic()
    messenger.post("C0GENERAL", GOOD)
    assert time.monotonic() - started >= 1
    assert len(slack.messages) == 1


def test_the_rate_limit_of_a_response_url_is_waited_for(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.refuse("response_url", "ratelimited", times=1, status=429)
    messenger.respond(url_of(slack), GOOD)
    assert len(slack.messages) == 1


def test_a_rate_limit_that_lasts_is_a_sentence(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.rate_limit("chat.postMessage", times=None, retry_after=0)
    with pytest.raises(SlackRefusedError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-rate-limited"
    assert methods(slack) == ["chat.postMessage"] * 3


def test_a_pause_nobody_would_wait_for_is_not_waited_for(slack: SlackSimulator, messenger: Messenger) -> None:
    slack.faults.rate_limit("chat.postMessage", times=None, retry_after=MAX_PAUSE_SECONDS + 1)
    started = time.monotonic()
    with pytest.raises(SlackRefusedError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-rate-limited"
    assert time.monotonic() - started < MAX_PAUSE_SECONDS
    assert methods(slack) == ["chat.postMessage"]


@pytest.mark.parametrize("how", ["500", "drop"])
def test_a_post_whose_answer_is_lost_is_sent_again(slack: SlackSimulator, messenger: Messenger, how: Any) -> None:
    """It may then appear twice, which for an answer beats not at all."""
    slack.faults.fail_after("chat.postMessage", how, times=1)
    messenger.post("C0GENERAL", GOOD)
    assert [message.text for message in slack.messages] == [GOOD.text] * 2


@pytest.mark.parametrize("how", ["500", "drop"])
def test_a_post_whose_answer_is_lost_each_time_is_no_answer(
    slack: SlackSimulator, messenger: Messenger, counted: Counted, how: Any
) -> None:
    slack.faults.fail_after("chat.postMessage", how, times=None)
    with pytest.raises(SlackError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-unreachable"
    assert counted.failures == [("chat.postMessage", "no_answer")]
    assert methods(slack) == ["chat.postMessage"] * 2


def test_an_answer_that_takes_too_long_is_no_answer(
    slack: SlackSimulator, messenger: Messenger, counted: Counted
) -> None:
    slack.faults.delay("chat.postMessage", 3.0)
    started = time.monotonic()
    with pytest.raises(SlackError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-unreachable"
    assert time.monotonic() - started < 3.0
    assert counted.failures == [("chat.postMessage", "no_answer")]


@pytest.mark.parametrize("how", ["refuse", "503"])
def test_slack_away_is_no_answer_for_every_call(
    slack: SlackSimulator, messenger: Messenger, directory: Directory, how: Any
) -> None:
    url = url_of(slack)
    slack.down(how)
    for run in (
        lambda: messenger.post("C0GENERAL", GOOD),
        lambda: messenger.respond(url, GOOD),
        lambda: messenger.upload("C0GENERAL", "a.csv", b"x", "The list."),
        lambda: messenger.direct_channel("U0ALICE"),
    ):
        with pytest.raises(SlackError) as caught:
            run()
        assert (caught.value.key, bool(sentence(caught.value))) == ("slack-unreachable", True)
    assert directory.user("U0ALICE") is None
    slack.up()
    messenger.post("C0GENERAL", GOOD)


# Answers that are none.


class _Odd(BaseHTTPRequestHandler):
    """Answers everything with one status and body."""

    status, body = 200, b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[Callable[[int, bytes], str]]:
    """Yield what starts a server that always answers the same, and returns its root."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> str:
        handler = type("Odd", (_Odd,), {"status": status, "body": body})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, b"<html>Sign in</html>", id="a-page"),
        pytest.param(502, b"<html>Bad gateway</html>", id="a-proxys-page"),
        pytest.param(200, b"", id="nothing"),
        pytest.param(200, b"[1]", id="a-list"),
        pytest.param(200, b'"ok"', id="a-word"),
        pytest.param(200, b'{"ok":', id="half-an-answer"),
        pytest.param(200, b"\xff\xfe", id="no-text"),
        pytest.param(404, b"not found", id="no-such-address"),
    ],
)
def test_what_something_in_between_says_is_no_answer(
    odd: Callable[[int, bytes], str], counted: Counted, status: int, body: bytes
) -> None:
    root = odd(status, body)
    messenger = Messenger(make_client(root, "xoxb-1"), counted)
    with pytest.raises(SlackError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-unreachable"
    assert counted.failures == [("chat.postMessage", "no_answer")]


@pytest.mark.parametrize("body", [b'{"ok":true}', b'{"ok":true,"channel":null}', b'{"ok":true,"channel":{}}'])
def test_a_conversation_without_an_id_is_no_answer(
    odd: Callable[[int, bytes], str], counted: Counted, body: bytes
) -> None:
    messenger = Messenger(make_client(odd(200, body), "xoxb-1"), counted)
    with pytest.raises(SlackError):
        messenger.direct_channel("U0ALICE")


@pytest.mark.parametrize(
    "channel", [b"null", b"{}", b'{"id":"C1","name":"x"}', b'{"is_ext_shared":null}', b'{"is_ext_shared":"no"}']
)
def test_a_channel_of_which_slack_does_not_say_whether_it_is_shared_is_not_known(
    odd: Callable[[int, bytes], str], counted: Counted, channel: bytes
) -> None:
    directory = Directory(make_client(odd(200, b'{"ok":true,"channel":' + channel + b"}"), "xoxb-1"), counted)
    assert directory.channel("C1") is None


@pytest.mark.parametrize("user", [b"null", b"{}", b'{"team_id":null}', b'{"enterprise_user":null}', b'{"locale":7}'])
def test_a_user_of_whom_slack_says_nothing_has_no_home(
    odd: Callable[[int, bytes], str], counted: Counted, user: bytes
) -> None:
    directory = Directory(make_client(odd(200, b'{"ok":true,"user":' + user + b"}"), "xoxb-1"), counted)
    facts = directory.user("U1")
    assert facts is None or facts.teams == frozenset()


def test_a_port_nobody_listens_on_is_no_answer(counted: Counted) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    messenger = Messenger(make_client(f"http://127.0.0.1:{port}/api", "xoxb-1"), counted)
    with pytest.raises(SlackError) as caught:
        messenger.post("C0GENERAL", GOOD)
    assert caught.value.key == "slack-unreachable"


# Users and channels.


def test_a_users_home_and_language_are_told(directory: Directory) -> None:
    minji, guest = directory.user("U0MINJI"), directory.user("U0GUEST")
    assert minji is not None
    assert guest is not None
    assert (minji.teams, minji.locale) == ({"T0TEAM"}, "ko-KR")
    assert guest.teams == {"T0OTHER"}


def test_on_enterprise_grid_the_organisation_counts_as_home(odd: Callable[[int, bytes], str], counted: Counted) -> None:
    user = {"team_id": "T0SISTER", "enterprise_user": {"enterprise_id": "E0ORG", "id": "W1"}, "locale": "en-GB"}
    directory = Directory(make_client(odd(200, json.dumps({"ok": True, "user": user}).encode()), "x"), counted)
    facts = directory.user("W1")
    assert facts is not None
    assert (facts.teams, facts.locale) == ({"T0SISTER", "E0ORG"}, "en-GB")


@pytest.mark.parametrize(("channel", "is_shared"), [("C0GENERAL", False), ("C0NOBOT", False), ("C0SHARED", True)])
def test_whether_a_channel_is_shared_is_told(directory: Directory, channel: str, is_shared: bool) -> None:
    facts = directory.channel(channel)
    assert facts is not None
    assert facts.is_shared is is_shared


def test_a_channel_that_is_about_to_be_shared_counts_as_shared(
    odd: Callable[[int, bytes], str], counted: Counted
) -> None:
    channel = {"is_ext_shared": False, "is_pending_ext_shared": True}
    directory = Directory(make_client(odd(200, json.dumps({"ok": True, "channel": channel}).encode()), "x"), counted)
    facts = directory.channel("C1")
    assert facts is not None
    assert facts.is_shared


@pytest.mark.parametrize("channel", ["C0PRIVATE", "C0NONE"])
def test_a_channel_slack_does_not_show_is_not_known(directory: Directory, channel: str) -> None:
    assert directory.channel(channel) is None


def test_without_the_scope_nothing_is_known(slack: SlackSimulator, directory: Directory, counted: Counted) -> None:
    slack.scopes -= {"users:read", "channels:read"}
    assert (directory.user("U0ALICE"), directory.channel("C0GENERAL")) == (None, None)
    assert counted.failures == [("users.info", "missing_scope"), ("conversations.info", "missing_scope")]


def test_what_is_known_is_not_asked_again(slack: SlackSimulator, directory: Directory) -> None:
    for _ in range(3):
        directory.user("U0ALICE")
        directory.channel("C0GENERAL")
    assert methods(slack) == ["users.info", "conversations.info"]


def test_before_something_public_slack_is_asked_anew_whatever_is_known(
    slack: SlackSimulator, directory: Directory
) -> None:
    assert directory.channel("C0GENERAL") == directory.channel("C0GENERAL", is_fresh=True)
    slack.workspace.channels["C0GENERAL"].is_ext_shared = True
    known, fresh = directory.channel("C0GENERAL"), directory.channel("C0GENERAL", is_fresh=True)
    assert known is not None
    assert fresh is not None
    assert (known.is_shared, fresh.is_shared) == (False, True)
    slack.faults.refuse("conversations.info", "fatal_error", times=1)
    assert directory.channel("C0GENERAL", is_fresh=True) is None


def test_a_refusal_that_lasts_is_not_asked_for_again_at_once(slack: SlackSimulator, directory: Directory) -> None:
    assert directory.channel("C0NOWHERE") is None
    assert directory.channel("C0NOWHERE") is None
    assert len(slack.calls) == 1


def test_once_invited_the_bot_is_told_of_the_channel_where_everybody_is_to_read(
    slack: SlackSimulator, directory: Directory
) -> None:
    slack.faults.refuse("conversations.info", "channel_not_found", times=1)
    assert directory.channel("C0GENERAL", is_fresh=True) is None
    assert directory.channel("C0GENERAL", is_fresh=True) is not None
    assert directory.channel("C0GENERAL") is not None


def test_what_slack_did_not_tell_is_asked_again(slack: SlackSimulator, directory: Directory) -> None:
    slack.faults.refuse("users.info", "fatal_error", times=1)
    assert directory.user("U0ALICE") is None
    assert directory.user("U0ALICE") is not None
    slack.faults.refuse("conversations.info", "internal_error", times=1)
    assert directory.channel("C0GENERAL") is None
    assert directory.channel("C0GENERAL") is not None


def test_many_threads_that_ask_at_once_are_all_told(directory: Directory) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(directory.user("U0ALICE"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 16
    assert None not in found


# Who the bot is.


def test_the_bot_knows_its_workspace_scopes_and_slacks_clock(slack: SlackSimulator, web: WebClient) -> None:
    identity = identify(web)
    assert (identity.team, identity.teams) == ("T0TEAM", {"T0TEAM"})
    assert (identity.bot_user, identity.bot) == ("U0BOT", "B0BOT")
    assert identity.scopes == slack.scopes
    assert identity.date.endswith("GMT")


def test_the_organisation_is_the_bots_own_as_well(odd: Callable[[int, bytes], str]) -> None:
    answer = {"ok": True, "team_id": "T0HQ", "enterprise_id": "E0ORG", "user_id": "U1", "bot_id": "B1", "team": "HQ"}
    identity = identify(make_client(odd(200, json.dumps(answer).encode()), "xoxb-1"))
    assert identity.teams == {"T0HQ", "E0ORG"}


@pytest.mark.parametrize("root", ["http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"])
def test_the_address_of_the_api_may_end_with_a_slash_or_not(root: str) -> None:
    assert make_client(root, None).base_url == "http://127.0.0.1:9/api/"


def test_a_call_that_returns_is_passed_through() -> None:
    assert call("x", lambda: 7) == 7
