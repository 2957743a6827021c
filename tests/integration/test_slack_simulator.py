"""The Slack simulator, driven by Slack's own clients: what it refuses, delivers, redelivers and breaks."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest
from slack_bolt import Ack, App, Respond, Say
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.playground.slack import Delivery, SlackSimulator

BUTTONS = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "next", "text": {"type": "plain_text", "text": "Next page"}, "value": "2"}
    ],
}

THUMBS: dict[str, Any] = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "thumbs",
            "positive_button": {"text": {"type": "plain_text", "text": "Good answer"}, "value": "good"},
            "negative_button": {
                "text": {"type": "plain_text", "text": "👎"},
                "value": "bad",
                "accessibility_label": "Bad answer",
            },
        }
    ],
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between test and simulator, and no log of the connections that tests break on purpose."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    """Yield a simulator that is impatient enough for tests."""
    with SlackSimulator(ack_seconds=0.5, retry_pauses=(0.0, 0.1, 0.1)) as simulator:
        yield simulator


@pytest.fixture
def web(slack: SlackSimulator) -> WebClient:
    """Return a client with the bot token."""
    return WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5, retry_handlers=[])


class Bot:
    """A Socket Mode client that keeps what it gets and acknowledges while ``acks``."""

    def __init__(self, slack: SlackSimulator, payload: dict[str, Any] | None = None) -> None:
        self.got: list[SocketModeRequest] = []
        self.acks = True
        self._payload = payload
        self.client = SocketModeClient(
            slack.app_token, web_client=WebClient(base_url=slack.api_url, timeout=5), ping_interval=0.3
        )
        self.client.socket_mode_request_listeners.append(self._take)

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.got.append(request)
        if self.acks:
            payload = self._payload if request.accepts_response_payload else None
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


@pytest.fixture
def start(slack: SlackSimulator) -> Iterator[Callable[..., Bot]]:
    """Yield what connects a bot; all are closed in the end."""
    bots: list[Bot] = []

    def connect_one(**options: Any) -> Bot:
        bot = Bot(slack, **options)
        bots.append(bot)
        bot.client.connect()
        slack.wait_connections(len(bots))
        return bot

    yield connect_one
    close(slack, *bots)


def close(slack: SlackSimulator, *bots: Bot) -> None:
    """End the clients; each would wait three seconds for bytes on a connection that is still open."""
    for bot in bots:
        bot.client.auto_reconnect_enabled = False
    slack.drop_sockets()
    for bot in bots:
        bot.client.close()


def refused(run: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the error answer of a call."""
    with pytest.raises(SlackApiError) as caught:
        run(*args, **kwargs)
    data: dict[str, Any] = caught.value.response.data
    return data


class Receiver(ThreadingHTTPServer):
    """Keeps requests and answers each with the next of ``answers``, else as ``usual``: status, headers, body."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.usual: tuple[int, dict[str, str], bytes] = (200, {}, b"")
        super().__init__(("127.0.0.1", 0), Request)


class Request(BaseHTTPRequestHandler):
    """One delivery."""

    server: Receiver

    def do_POST(self) -> None:
        """Take it."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status, headers, answer = self.server.answers.pop(0) if self.server.answers else self.server.usual
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(slack: SlackSimulator) -> Iterator[Receiver]:
    """Yield an HTTP server that gets the deliveries."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        slack.events_url = f"http://127.0.0.1:{server.server_address[1]}/slack/events"
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture(params=["socket", "http"])
def bodies(request: pytest.FixtureRequest) -> Callable[[], list[dict[str, Any]]]:
    """Return what gives the bodies delivered so far, over either transport."""
    if request.param == "socket":
        bot: Bot = request.getfixturevalue("start")()
        return lambda: [got.payload for got in bot.got]
    receiver: Receiver = request.getfixturevalue("receiver")
    return lambda: [parsed(headers, body) for headers, body in receiver.got]


def parsed(headers: dict[str, str], body: str) -> dict[str, Any]:
    """Return the body of an HTTP delivery: JSON, JSON in a form, or a form."""
    form = {} if headers["content-type"] == "application/json" else dict(parse_qsl(body))
    found: dict[str, Any] = form if "command" in form else json.loads(form.get("payload", body))
    return found


# What the Web API answers and refuses.


def test_auth_test_tells_who_the_bot_is_and_what_it_may(slack: SlackSimulator, web: WebClient) -> None:
    answer = web.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0TEAM", "U0BOT", "B0BOT")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert set(headers["x-oauth-scopes"].split(",")) == slack.scopes
    assert "date" in headers


def test_the_clock_can_be_wrong(slack: SlackSimulator, web: WebClient) -> None:
    right = web.auth_test().headers["Date"]
    slack.faults.clock_skew_seconds = 86_400
    assert web.auth_test().headers["Date"][5:16] != right[5:16]


@pytest.mark.parametrize(
    ("token", "error"),
    [
        pytest.param(None, "not_authed", id="no-token"),
        pytest.param("xoxb-other", "invalid_auth", id="another-token"),
        pytest.param(SlackSimulator.app_token, "not_allowed_token_type", id="the-app-token"),
    ],
)
def test_a_wrong_token_is_refused(slack: SlackSimulator, token: str | None, error: str) -> None:
    client = WebClient(token=token, base_url=slack.api_url)
    assert refused(client.auth_test)["error"] == error
    assert refused(client.chat_postMessage, channel="C0GENERAL", text="x")["error"] == error
    assert slack.calls[-1].error == error


def test_sockets_are_opened_with_the_app_token_in_the_header_only(slack: SlackSimulator) -> None:
    client = WebClient(base_url=slack.api_url)
    form = urlencode({"token": slack.app_token}).encode()
    with urlopen(slack.api_url + "apps.connections.open", form, timeout=5) as answer:
        assert json.load(answer) == {"ok": False, "error": "not_authed"}
    assert refused(client.apps_connections_open, app_token=slack.bot_token)["error"] == "not_allowed_token_type"
    assert client.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://127.0.0.1:")


def test_a_token_can_be_revoked_while_the_bot_runs(slack: SlackSimulator, web: WebClient) -> None:
    web.auth_test()
    slack.faults.token_error = "token_revoked"
    assert refused(web.auth_test)["error"] == "token_revoked"
    slack.faults.clear()
    web.auth_test()


def test_an_unknown_method_is_refused(web: WebClient) -> None:
    assert refused(web.api_call, "chat.shout")["error"] == "unknown_method"
    assert web.api_test()["ok"]


def test_a_missing_scope_is_named(slack: SlackSimulator, web: WebClient) -> None:
    answer = refused(web.reactions_add, channel="C0GENERAL", name="eyes", timestamp="1.0")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "reactions:write")
    assert "chat:write" in answer["provided"].split(",")
    slack.scopes.add("reactions:write")
    web.reactions_add(channel="C0GENERAL", name="eyes", timestamp="1.0")
    slack.scopes = {"commands"}
    assert refused(web.users_info, user="U0ALICE")["needed"] == "users:read"
    assert refused(web.conversations_info, channel="C0GENERAL")["needed"] == "channels:read"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        pytest.param("C0NONE", "channel_not_found", id="no-such-channel"),
        pytest.param("C0PRIVATE", "channel_not_found", id="private-without-the-bot"),
        pytest.param("C0NOBOT", "not_in_channel", id="public-without-the-bot"),
        pytest.param("C0ARCHIVED", "is_archived", id="archived"),
    ],
)
def test_a_channel_the_bot_cannot_post_to(web: WebClient, slack: SlackSimulator, channel: str, error: str) -> None:
    assert refused(web.chat_postMessage, channel=channel, text="x")["error"] == error
    assert refused(web.chat_postEphemeral, channel=channel, user="U0ALICE", text="x")["error"] == error
    assert slack.messages == []


def test_channels_appear_and_go(web: WebClient, slack: SlackSimulator) -> None:
    slack.invite("C0NOBOT")
    web.chat_postMessage(channel="C0NOBOT", text="x")
    slack.remove_channel("C0NOBOT")
    assert refused(web.conversations_info, channel="C0NOBOT")["error"] == "channel_not_found"
    slack.add_channel("C0NEW", "new", {"U0BOT"}, is_private=True)
    assert web.conversations_info(channel="C0NEW")["channel"]["is_private"] is True


def test_channels_and_their_members_are_told(web: WebClient) -> None:
    shown = {name: web.conversations_info(channel=name)["channel"] for name in ("C0GENERAL", "C0NOBOT", "C0SHARED")}
    assert [shown[name]["is_member"] for name in shown] == [True, False, True]
    assert [shown[name]["is_ext_shared"] for name in shown] == [False, False, True]
    assert refused(web.conversations_info, channel="C0PRIVATE")["error"] == "channel_not_found"
    assert refused(web.conversations_info, channel="D0ALICE")["needed"] == "im:read"
    first = web.conversations_members(channel="C0GENERAL", limit=2)
    second = web.conversations_members(channel="C0GENERAL", cursor=first["response_metadata"]["next_cursor"])
    assert sorted(first["members"] + second["members"]) == ["U0ALICE", "U0BOT", "U0MINJI"]
    own = web.users_conversations(types="public_channel,private_channel", exclude_archived=True)["channels"]
    assert [channel["id"] for channel in own] == ["C0GENERAL", "C0SHARED"]


def test_users_and_groups_are_told(web: WebClient, slack: SlackSimulator) -> None:
    slack.add_user("U0ZOE", "zoe", "de-DE", "Europe/Berlin")
    slack.add_usergroup("S0OPS", ["U0ZOE"])
    assert web.users_info(user="U0MINJI", include_locale=True)["user"]["locale"] == "ko-KR"
    assert "locale" not in web.users_info(user="U0MINJI")["user"]
    assert web.users_info(user="U0GUEST")["user"]["team_id"] == "T0OTHER"
    assert web.users_info(user="U0ZOE")["user"]["tz"] == "Europe/Berlin"
    assert web.conversations_open(users="U0ZOE")["channel"]["id"] == "D0ZOE"
    assert web.usergroups_users_list(usergroup="S0OPS")["users"] == ["U0ZOE"]
    assert refused(web.users_info, user="U0NONE")["error"] == "user_not_found"
    assert refused(web.conversations_open, users="U0NONE")["error"] == "user_not_found"
    assert refused(web.api_call, "conversations.open")["error"] == "users_list_not_supplied"
    assert refused(web.usergroups_users_list, usergroup="S0NONE")["error"] == "no_such_subteam"


def test_ephemeral_messages_need_the_user_in_the_channel(web: WebClient, slack: SlackSimulator) -> None:
    for user in ("U0GUEST", "U0NOBODY"):
        answer = refused(web.chat_postEphemeral, channel="C0GENERAL", user=user, text="x")
        assert answer["error"] == "user_not_in_channel"
    ts = web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", text="x")["message_ts"]
    assert slack.messages[0].ephemeral_for == "U0ALICE"
    assert refused(web.chat_update, channel="C0GENERAL", ts=ts, text="y")["error"] == "message_not_found"


def test_a_message_needs_text_or_blocks_and_blocks_without_text_are_a_fault(
    web: WebClient, slack: SlackSimulator
) -> None:
    assert refused(web.api_call, "chat.postMessage", json={"channel": "C0GENERAL"})["error"] == "no_text"
    web.api_call("chat.postMessage", json={"channel": "C0GENERAL", "blocks": [{"type": "divider"}]})
    assert slack.faults_found == ["chat.postMessage: blocks without text"]
    assert slack.calls[-1].params["blocks"] == [{"type": "divider"}]


@pytest.mark.parametrize("how", ["json", "params"])
def test_bad_blocks_are_refused_with_their_place(web: WebClient, how: str) -> None:
    blocks: Any = [{"type": "divider"}, {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]
    body = {"channel": "C0GENERAL", "text": "x", "blocks": blocks if how == "json" else json.dumps(blocks)}
    answer = refused(web.api_call, "chat.postMessage", **{how: body})
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/1/text]" in answer["response_metadata"]["messages"][0]


def test_blocks_that_are_too_long_together_are_refused_but_not_through_a_response_url(
    web: WebClient, slack: SlackSimulator
) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}} for _ in range(4)]
    ts = web.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks[:3])["ts"]
    sent = {"channel": "C0GENERAL", "text": "x", "blocks": blocks}
    assert refused(web.chat_postMessage, **sent)["error"] == "msg_blocks_too_long"
    assert refused(web.chat_update, ts=ts, **sent)["error"] == "msg_blocks_too_long"
    assert refused(web.chat_postEphemeral, user="U0ALICE", **sent)["error"] == "msg_blocks_too_long"
    answer = WebhookClient(slack.responses.create("C0GENERAL", "U0ALICE")).send(text="x", blocks=blocks)
    assert (answer.status_code, answer.body) == (200, "ok")


def test_messages_are_changed_and_deleted(web: WebClient, slack: SlackSimulator) -> None:
    blocks = [{"type": "divider"}]
    ts = web.chat_postMessage(channel="C0GENERAL", text="one", blocks=blocks)["ts"]
    web.chat_update(channel="C0GENERAL", ts=ts, text="two")
    web.chat_update(channel="C0GENERAL", ts=ts, text="three", blocks=[])
    message = slack.messages[0]
    assert (message.text, message.blocks, message.via, message.replaced) == ("three", [], "update", True)
    assert [(old.text, old.blocks) for old in message.history] == [("one", blocks), ("two", [])]
    assert refused(web.chat_update, channel="C0GENERAL", ts=ts, text="x" * 4_001)["error"] == "msg_too_long"
    assert refused(web.chat_update, channel="C0GENERAL", ts="1.0", text="x")["error"] == "message_not_found"
    said = slack.mention("hello").ts or ""
    assert refused(web.chat_update, channel="C0GENERAL", ts=said, text="x")["error"] == "cant_update_message"
    web.chat_delete(channel="C0GENERAL", ts=ts)
    assert slack.messages == []


def test_home_is_published(web: WebClient, slack: SlackSimulator) -> None:
    view = {"type": "home", "blocks": [{"type": "divider"}] * 100}
    known = web.views_publish(user_id="U0ALICE", view=view)["view"]["hash"]
    web.views_publish(user_id="U0ALICE", view=view, hash=known)
    assert refused(web.views_publish, user_id="U0ALICE", view=view, hash=known)["error"] == "hash_conflict"
    slack.faults.home_is_off = True
    assert refused(web.views_publish, user_id="U0ALICE", view=view)["error"] == "not_enabled"


def test_files_are_uploaded_and_shared(web: WebClient, slack: SlackSimulator) -> None:
    web.files_upload_v2(
        channel="C0GENERAL", thread_ts="1.0", filename="a.json", title="A", content=b"{}\xff", initial_comment="Here"
    )
    (file,) = slack.files
    assert (file.content, file.filename, file.title) == (b"{}\xff", "a.json", "A")
    assert (file.channel, file.thread_ts) == ("C0GENERAL", "1.0")
    (message,) = slack.messages
    assert (message.via, message.text, message.files, message.thread_ts) == ("file", "Here", [file], "1.0")
    assert refused(web.files_info, file=file.id)["needed"] == "files:read"
    slack.scopes.add("files:read")
    assert web.files_info(file=file.id)["file"]["shares"]["public"]["C0GENERAL"][0]["ts"] == message.ts


def test_files_are_refused_where_the_bot_is_not(web: WebClient, slack: SlackSimulator) -> None:
    for channel, error in (("C0NOBOT", "not_in_channel"), ("U0ALICE", "channel_not_found")):
        assert refused(web.files_upload_v2, channel=channel, filename="a", content=b"x")["error"] == error
    assert refused(web.files_getUploadURLExternal, filename="a", length=0)["error"] == "missing_argument"
    never = web.files_getUploadURLExternal(filename="a", length=1)["file_id"]
    assert refused(web.files_completeUploadExternal, files=[{"id": never}])["error"] == "file_not_found"
    assert slack.files == []


def test_a_user_id_is_a_direct_channel_for_a_new_message_only(web: WebClient, slack: SlackSimulator) -> None:
    ts = web.chat_postMessage(channel="U0ALICE", text="x")["ts"]
    assert slack.messages[0].channel == "D0ALICE"
    assert refused(web.chat_update, channel="U0ALICE", ts=ts, text="y")["error"] == "channel_not_found"
    assert refused(web.conversations_info, channel="U0ALICE")["error"] == "channel_not_found"


def test_a_text_that_is_far_too_long_is_cut(web: WebClient, slack: SlackSimulator) -> None:
    assert web.chat_postMessage(channel="C0GENERAL", text="x" * 40_001)["warning"] == "message_truncated"
    assert len(slack.messages[0].text) == 40_000


# Faults a test switches on.


def test_a_rate_limit_passes_after_the_wait(slack: SlackSimulator) -> None:
    handler = RateLimitErrorRetryHandler(max_retry_count=1)
    slack.faults.rate_limit("chat.postMessage", times=1, retry_after=0)
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[handler])
    client.chat_postMessage(channel="C0GENERAL", text="x")
    assert [call.error for call in slack.calls] == ["ratelimited", None]
    slack.faults.rate_limit("chat.postMessage", times=2, retry_after=0)
    assert refused(client.chat_postMessage, channel="C0GENERAL", text="x")["error"] == "ratelimited"


def test_a_message_can_be_taken_and_the_answer_lost(web: WebClient, slack: SlackSimulator) -> None:
    slack.faults.fail_after("chat.postMessage", "500")
    with pytest.raises(SlackApiError):
        web.chat_postMessage(channel="C0GENERAL", text="one")
    slack.faults.fail_after("chat.postMessage", "drop")
    with pytest.raises(OSError):  # noqa: PT011 - the client's error has no text of its own
        web.chat_postMessage(channel="C0GENERAL", text="two")
    web.chat_postMessage(channel="C0GENERAL", text="three")
    assert [message.text for message in slack.messages] == ["one", "two", "three"]


def test_answers_can_be_refused_and_late(web: WebClient, slack: SlackSimulator) -> None:
    slack.faults.refuse("chat.postMessage", "restricted_action", times=1)
    assert refused(web.chat_postMessage, channel="C0GENERAL", text="x")["error"] == "restricted_action"
    slack.faults.delay("*", 0.2, times=1)
    began = time.monotonic()
    web.chat_postMessage(channel="C0GENERAL", text="x")
    assert time.monotonic() - began >= 0.2


def test_slack_can_be_down_and_come_back_at_the_same_address(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bot = start()
    slack.down()
    with pytest.raises(OSError):  # noqa: PT011
        web.auth_test()
    assert slack.connections == []
    slack.up()
    web.auth_test()
    assert comes_back(slack)
    slack.down("503")
    with pytest.raises(SlackApiError):
        web.auth_test()
    slack.up()
    assert comes_back(slack)
    assert len(bot.got) >= 2


def comes_back(slack: SlackSimulator) -> bool:
    """Return whether a command is acknowledged again; the SDK's client may give up a first connection for a second."""
    slack.wait_connections(1, timeout=5)
    return any(slack.command("status").wait_ack(2) for _ in range(3))


# Socket Mode.


def test_a_url_lets_one_connection_in(slack: SlackSimulator) -> None:
    url = WebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)["url"]
    with connect(url, open_timeout=2, proxy=None) as socket:
        hello = json.loads(socket.recv(timeout=2))
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"]["app_id"]
        with pytest.raises(InvalidStatus), connect(url, open_timeout=2, proxy=None):
            pass


def test_the_eleventh_connection_is_sent_away(slack: SlackSimulator) -> None:
    web = WebClient(base_url=slack.api_url)
    with ExitStack() as stack:
        for _ in range(11):
            url = web.apps_connections_open(app_token=slack.app_token)["url"]
            socket = stack.enter_context(connect(url, open_timeout=2, proxy=None))
            first = json.loads(socket.recv(timeout=2))
        assert (first["type"], first["reason"]) == ("disconnect", "too_many_websockets")
        assert len(slack.connections) == 10


def test_each_envelope_goes_to_one_of_three_connections(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bots = [start(), start(), start()]
    deliveries = [slack.command(f"question {number}") for number in range(12)]
    assert all(delivery.wait_ack(2) for delivery in deliveries)
    got = [request.envelope_id for bot in bots for request in bot.got]
    assert sorted(got) == sorted(delivery.envelope_id for delivery in deliveries)
    assert all(bot.got for bot in bots)
    assert all(delivery.attempts[0].acked_by == delivery.attempts[0].connection for delivery in deliveries)
    assert all((delivery.ack_ms or 999) < 500 for delivery in deliveries)


def test_commands_carry_what_slack_sends(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    delivery = slack.command("nodes", user="U0MINJI", channel="C0PRIVATE", enterprise_id="E1")
    assert delivery.wait_ack(2)
    body = bot.got[0].payload
    expected = {"command": "/runtime", "text": "nodes", "user_id": "U0MINJI", "enterprise_id": "E1"}
    assert {name: body[name] for name in expected} == expected
    assert (body["channel_name"], body["response_url"]) == ("privategroup", delivery.response_url)


def test_events_carry_what_slack_sends(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    delivery = slack.mention("status", user="U0GUEST", channel="C0SHARED", thread_ts="1.0")
    assert delivery.wait_ack(2)
    body = bot.got[0].payload
    assert body["event"]["text"] == "<@U0BOT> status"
    assert (body["event"]["user_team"], body["event"]["source_team"]) == ("T0OTHER", "T0OTHER")
    assert (body["event_id"], body["team_id"], body["is_ext_shared_channel"]) == (delivery.event_id, "T0TEAM", True)
    assert body["authorizations"][0]["user_id"] == "U0BOT"
    assert slack.message("help").wait_ack(2)
    assert bot.got[1].payload["event"]["channel_type"] == "im"
    assert slack.deliver("events_api", {"type": "app_home_opened", "user": "U0ALICE", "tab": "home"}).wait_ack(2)
    assert bot.got[2].payload["event"]["tab"] == "home"


def test_an_acknowledgement_can_carry_the_answer_of_a_command(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    start(payload={"text": "busy"})
    slack.command("nodes")
    (message,) = slack.wait_messages(1)
    assert (message.via, message.text, message.ephemeral_for) == ("ack", "busy", "U0ALICE")


def test_a_command_echoed_to_the_channel_is_the_users(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    start(payload={"response_type": "in_channel"})
    slack.command("nodes")
    (message,) = slack.wait_messages(1)
    assert (message.user, message.text, message.ephemeral_for) == ("U0ALICE", "/runtime nodes", None)


def test_an_event_nobody_acknowledges_comes_back_three_times(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bots = [start(), start()]
    for bot in bots:
        bot.acks = False
    delivery = slack.mention("status")
    assert delivery.wait(lambda: len(delivery.attempts) == 4 and delivery.attempts[-1].is_over, 5)
    assert not delivery.acked
    got = [request for bot in bots for request in bot.got]
    assert sorted((request.retry_attempt, request.retry_reason) for request in got) == [
        (0, ""),
        (1, "http_timeout"),
        (2, "http_timeout"),
        (3, "http_timeout"),
    ]
    assert {request.payload["event_id"] for request in got} == {delivery.event_id}
    assert len({request.envelope_id for request in got}) == 4
    assert delivery.attempts[0].connection != delivery.attempts[1].connection


def test_a_command_nobody_acknowledges_is_an_error_for_the_user(
    slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    lonely = slack.command("status")
    assert (lonely.error, lonely.acked) == ("dispatch_failed", False)
    start().acks = False
    delivery = slack.command("status")
    assert delivery.wait(lambda: delivery.error == "operation_timeout", 2)
    assert len(delivery.attempts) == 1


def test_an_event_without_any_connection_waits_for_one(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    delivery = slack.mention("status")
    bot = start()
    assert delivery.wait_ack(2)
    assert bot.got[0].retry_attempt == 1


def test_an_event_on_a_connection_that_dies_is_redelivered(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    bot.acks = False
    delivery = slack.mention("status")
    slack.wait_for(lambda: bot.got)
    bot.acks = True
    slack.drop_sockets()
    assert delivery.wait_ack(5)
    assert delivery.attempts[1].reason == "connection_failed"
    assert slack.connections[0].id == delivery.attempts[1].acked_by


def test_a_black_hole_swallows_envelopes_and_pongs_until_the_bot_connects_again(
    slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bot = start()
    slack.wait_for(lambda: bot.client.current_session and bot.client.current_session.last_ping_pong_time)
    slack.black_hole()
    (silent,) = slack.connections
    command, event = slack.command("status"), slack.mention("status")
    assert command.attempts[0].connection == silent.id
    assert command.wait(lambda: command.error == "operation_timeout", 2)
    assert bot.got == []
    # The client notices that pongs stay away and opens a connection, which works.
    slack.wait_for(lambda: any(item.id != silent.id for item in slack.connections), timeout=8)
    assert slack.mention("again").wait_ack(3)
    assert event.attempts[0].connection == silent.id


def test_an_event_lost_in_a_black_hole_reaches_another_connection(
    slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    start()
    slack.black_hole()
    (silent,) = slack.connections
    other = Bot(slack)
    other.client.connect()
    try:
        slack.wait_connections(2)
        events = [slack.mention("one"), slack.mention("two")]
        assert all(event.wait_ack(3) for event in events)
        assert {event.attempts[0].connection for event in events} > {silent.id}
        assert {request.payload["event_id"] for request in other.got} == {event.event_id for event in events}
    finally:
        close(slack, other)


def test_an_acknowledgement_does_not_leave_a_black_hole(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    bot.acks = False
    delivery = slack.command("status")
    slack.wait_for(lambda: bot.got)
    slack.black_hole()
    bot.client.send_socket_mode_response(SocketModeResponse(bot.got[0].envelope_id))
    assert not delivery.wait_ack(0.3)


def test_a_redelivery_goes_to_a_connection_that_has_not_had_the_event(
    slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bots = [start(), start()]
    for bot in bots:
        bot.acks = False
    event = slack.mention("status")
    command = slack.command("status")  # so that it would be the first connection's turn again
    assert event.wait_attempts(2, 2)
    slack.wait_for(lambda: event.attempts[1].connection)
    assert command.attempts[0].connection == event.attempts[1].connection != event.attempts[0].connection


def test_a_refreshed_socket_is_replaced(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    start()
    (old,) = slack.connections
    slack.refresh_sockets(grace_seconds=0.1)
    slack.wait_for(lambda: [item.id for item in slack.connections] not in ([], [old.id]), timeout=5)
    slack.wait_connections(1)
    assert slack.command("status").wait_ack(2)


def test_an_event_is_redelivered_on_demand(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    delivery = slack.mention("status")
    assert delivery.wait_ack(2)
    slack.redeliver(delivery)
    slack.wait_for(lambda: len(bot.got) == 2)
    assert bot.got[0].payload == bot.got[1].payload
    assert bot.got[1].retry_attempt == 1


def test_anything_can_be_delivered(slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    bot = start()
    bodies = [{"type": "shortcut", "callback_id": "old"}, {"type": "view_submission"}, {"type": "block_suggestion"}]
    for body in bodies:
        assert slack.deliver("interactive", body).wait_ack(2)
    assert [request.payload for request in bot.got] == bodies
    assert [request.accepts_response_payload for request in bot.got] == [False, True, True]


# response_urls and buttons.


def test_a_response_url_works_five_times(slack: SlackSimulator) -> None:
    url = slack.command("status").response_url or ""
    answers = [WebhookClient(url).send(text=f"{number}", replace_original=True) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert json.loads(answers[5].body) == {"ok": False, "error": "used_url"}
    assert [message.text for message in slack.messages] == ["0", "1", "2", "3", "4"]
    assert {message.ephemeral_for for message in slack.messages} == {"U0ALICE"}


def test_a_response_url_expires(slack: SlackSimulator) -> None:
    urls = [slack.command("status").response_url or "" for _ in range(2)]
    slack.expire_response_urls(urls[0])
    assert json.loads(WebhookClient(urls[0]).send(text="x").body)["error"] == "expired_url"
    assert WebhookClient(urls[1]).send(text="x", response_type="in_channel").status_code == 200
    slack.responses.max_age_seconds = 0
    assert json.loads(WebhookClient(urls[1]).send(text="x").body)["error"] == "expired_url"
    assert [message.ephemeral_for for message in slack.messages] == [None]


def test_a_response_url_takes_no_bad_message(slack: SlackSimulator) -> None:
    webhook = WebhookClient(slack.command("status").response_url or "")
    assert json.loads(webhook.send(text="x", blocks=[{"type": "chart"}]).body)["error"] == "invalid_blocks"
    assert json.loads(webhook.send_dict({"response_type": "ephemeral"}).body)["error"] == "no_text"
    slack.faults.refuse("response_url", "no_service", times=1, status=404)
    assert webhook.send(text="x").status_code == 404
    assert webhook.send(text="x").status_code == 200
    assert slack.faults_found == ["response_url: unsupported type: chart [json-pointer:/blocks/0]"]


def click(web: WebClient, slack: SlackSimulator, start: Callable[..., Bot], **options: Any) -> tuple[Delivery, Any]:
    bot = start()
    method = "chat.postEphemeral" if "user" in options else "chat.postMessage"
    web.api_call(method, json={"channel": "C0GENERAL", "text": "page 1", "blocks": [BUTTONS], **options})
    delivery = slack.click(slack.messages[0], "Next page")
    assert delivery.wait_ack(2)
    return delivery, bot.got[0].payload


def test_a_click_carries_what_slack_sends(web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]) -> None:
    delivery, body = click(web, slack, start, thread_ts="1.0")
    (message,) = slack.messages
    assert body["actions"][0]["value"] == "2"
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0GENERAL",
        "is_ephemeral": False,
        "thread_ts": "1.0",
    }
    assert (body["message"]["text"], body["user"]["team_id"]) == ("page 1", "T0TEAM")
    WebhookClient(delivery.response_url or "").send(text="page 2", replace_original=True)
    assert [(item.text, item.replaced, item.history[0].text) for item in slack.messages] == [("page 2", True, "page 1")]
    WebhookClient(delivery.response_url or "").send(text="more", replace_original=False)
    assert [item.text for item in slack.messages] == ["page 2", "more"]
    WebhookClient(delivery.response_url or "").send(delete_original=True)
    assert [item.text for item in slack.messages] == ["more"]
    assert slack.faults_found == []


def test_a_click_on_an_ephemeral_message_carries_no_message(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    delivery, body = click(web, slack, start, user="U0ALICE")
    assert "message" not in body
    assert body["container"]["is_ephemeral"] is True
    WebhookClient(delivery.response_url or "").send(text="page 2")
    assert [item.text for item in slack.messages] == ["page 2"]
    assert slack.faults_found == ["response_url: an answer to a click says nothing of replace_original"]
    with pytest.raises(LookupError):
        slack.click(slack.messages[0], "next")


def test_only_who_sees_a_button_can_press_it(web: WebClient, slack: SlackSimulator) -> None:
    web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", text="x", blocks=[BUTTONS])
    with pytest.raises(LookupError):
        slack.click(slack.messages[0], "next", user="U0MINJI")


@pytest.mark.parametrize(
    ("label", "value", "text"),
    [
        pytest.param("Good answer", "good", "Good answer", id="positive"),
        pytest.param("👎", "bad", "👎", id="negative"),
        pytest.param("Bad answer", "bad", "👎", id="negative-as-read-aloud"),
    ],
)
def test_either_half_of_feedback_buttons_can_be_pressed(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot], label: str, value: str, text: str
) -> None:
    bot = start()
    web.chat_postMessage(channel="C0GENERAL", text="x", blocks=[THUMBS])
    assert slack.click(slack.messages[0], label).wait_ack(2)
    body = bot.got[0].payload
    (action,) = body["actions"]
    assert {key: action[key] for key in action if key != "action_ts"} == {
        "type": "feedback_buttons",
        "action_id": "thumbs",
        "block_id": body["message"]["blocks"][0]["block_id"],
        "value": value,
        "text": {"type": "plain_text", "text": text},
    }
    with pytest.raises(LookupError):
        slack.click(slack.messages[0], "thumbs")  # of two halves none is the one


def test_feedback_buttons_without_an_action_id_are_given_one(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bot = start()
    (pair,) = THUMBS["elements"]
    nameless = {key: value for key, value in pair.items() if key != "action_id"}
    web.chat_postMessage(channel="C0GENERAL", text="x", blocks=[{**THUMBS, "elements": [nameless]}])
    assert slack.click(slack.messages[0], "Good answer").wait_ack(2)
    body = bot.got[0].payload
    assert body["actions"][0]["action_id"] == body["message"]["blocks"][0]["elements"][0]["action_id"]


def test_feedback_buttons_stand_in_messages_only(web: WebClient, slack: SlackSimulator) -> None:
    view = {"type": "home", "blocks": [THUMBS]}
    assert refused(web.views_publish, user_id="U0ALICE", view=view)["error"] == "invalid_blocks"
    url = slack.command("status").response_url or ""
    assert WebhookClient(url).send(text="x", blocks=[THUMBS]).status_code == 200


def test_a_message_shortcut_carries_the_message(
    web: WebClient, slack: SlackSimulator, bodies: Callable[[], list[dict[str, Any]]]
) -> None:
    web.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS], thread_ts="1.0")
    delivery = slack.shortcut(slack.messages[0], user="U0GUEST")
    assert delivery.wait_ack(2)
    (body,) = bodies()
    expected = {
        "type": "message_action",
        "callback_id": "ask_about_this",
        "channel": {"id": "C0GENERAL", "name": "general"},
        "message_ts": slack.messages[0].ts,
        "response_url": delivery.response_url,
    }
    assert {key: body[key] for key in expected} == expected
    assert (body["user"]["id"], body["user"]["team_id"], body["team"]["id"]) == ("U0GUEST", "T0OTHER", "T0TEAM")
    assert body["trigger_id"]
    message = body["message"]
    assert (message["type"], message["user"], message["bot_id"]) == ("message", "U0BOT", "B0BOT")
    assert (message["text"], message["ts"], message["thread_ts"]) == ("x", slack.messages[0].ts, "1.0")
    assert message["blocks"][0]["elements"][0]["action_id"] == "next"
    assert "actions" not in body


def test_a_message_shortcut_works_where_the_bot_is_not(
    web: WebClient, slack: SlackSimulator, bodies: Callable[[], list[dict[str, Any]]]
) -> None:
    delivery = slack.shortcut("is the build broken?", channel="C0PRIVATE")
    assert delivery.wait_ack(2)
    (body,) = bodies()
    message = body["message"]
    assert (message["user"], message["text"], body["channel"]["id"]) == ("U0MINJI", "is the build broken?", "C0PRIVATE")
    assert refused(web.chat_postMessage, channel="C0PRIVATE", text="x")["error"] == "channel_not_found"
    answer_in_thread = {"text": "yes", "thread_ts": message["ts"]}
    assert WebhookClient(delivery.response_url or "").send_dict(answer_in_thread).status_code == 200
    (answer,) = slack.messages
    assert (answer.channel, answer.ephemeral_for, answer.thread_ts) == ("C0PRIVATE", "U0ALICE", message["ts"])
    assert slack.faults_found == []


def test_a_message_shortcut_is_offered_on_whatever_the_user_sees(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bot = start()
    attachments = [{"title": "node down"}]
    assert slack.shortcut("", author=None, callback_id="other", attachments=attachments).wait_ack(2)
    body = bot.got[0].payload
    assert (body["callback_id"], body["message"]["attachments"]) == ("other", attachments)
    assert (body["message"]["subtype"], "user" in body["message"]) == ("bot_message", False)
    assert bot.got[0].accepts_response_payload is False
    answer = refused(web.chat_update, channel="C0GENERAL", ts=body["message_ts"], text="x")
    assert answer["error"] == "cant_update_message"
    web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", text="x")
    with pytest.raises(LookupError):
        slack.shortcut(slack.messages[0], user="U0MINJI")


# Homes.

HOME = {"type": "home", "blocks": [{"type": "divider"}, BUTTONS], "private_metadata": "page 1"}


def test_opening_a_tab_is_told(web: WebClient, slack: SlackSimulator, bodies: Callable[[], list[Any]]) -> None:
    def opened(tab: Literal["home", "messages"]) -> dict[str, Any]:
        assert slack.open_home("U0MINJI", tab).wait_ack(2)
        event: dict[str, Any] = bodies()[-1]["event"]
        assert (event["type"], event["user"], event["channel"]) == ("app_home_opened", "U0MINJI", "D0MINJI")
        assert (event["tab"], event["event_ts"] > "1") == (tab, True)
        return event

    assert "view" not in opened("home")
    web.views_publish(user_id="U0MINJI", view=HOME)
    view = opened("home")["view"]
    assert (view["private_metadata"], view["blocks"][1]["elements"][0]["action_id"]) == ("page 1", "next")
    assert "view" not in opened("messages")
    assert all(delivery.event_id for delivery in slack.deliveries)


def test_a_home_stays_the_same_view_of_its_user(web: WebClient, slack: SlackSimulator) -> None:
    first = web.views_publish(user_id="U0ALICE", view=HOME)["view"]
    again = web.views_publish(user_id="U0ALICE", view={**HOME, "private_metadata": "page 2"})["view"]
    other = web.views_publish(user_id="U0MINJI", view=HOME)["view"]
    assert first["id"] == again["id"] != other["id"]
    assert first["hash"] != again["hash"]
    assert {user: view["private_metadata"] for user, view in slack.homes.items()} == {
        "U0ALICE": "page 2",
        "U0MINJI": "page 1",
    }
    assert slack.homes["U0ALICE"]["blocks"] == HOME["blocks"]


def test_a_click_in_a_home_carries_the_view_and_no_channel(
    web: WebClient, slack: SlackSimulator, bodies: Callable[[], list[Any]]
) -> None:
    with pytest.raises(LookupError):
        slack.click_home("U0ALICE", "next")
    web.views_publish(user_id="U0ALICE", view=HOME)
    for wanted in ("next", "Next page"):
        assert slack.click_home("U0ALICE", wanted).wait_ack(2)
    for body in bodies():
        assert body["type"] == "block_actions"
        assert body["container"] == {"type": "view", "view_id": slack.homes["U0ALICE"]["id"]}
        assert (body["view"]["private_metadata"], body["view"]["hash"]) == ("page 1", slack.homes["U0ALICE"]["hash"])
        assert not body.keys() & {"channel", "message", "response_url", "state"}
        (action,) = body["actions"]
        assert (action["action_id"], action["value"]) == ("next", "2")
        assert action["block_id"] == body["view"]["blocks"][1]["block_id"]
        assert body["user"]["id"] == "U0ALICE"
    for user, wanted in (("U0MINJI", "next"), ("U0ALICE", "Previous page")):
        with pytest.raises(LookupError):
            slack.click_home(user, wanted)


# Menus in a Home that ask the bot for their options.


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def menu_home(**more: Any) -> dict[str, Any]:
    menu = {"type": "multi_external_select", "action_id": "find", "initial_options": [option("web")], **more}
    text = {"type": "plain_text", "text": "Namespaces"}
    return {"type": "home", "blocks": [{"type": "section", "block_id": "menu", "text": text, "accessory": menu}]}


@pytest.fixture(params=["socket", "http"])
def answering(request: pytest.FixtureRequest) -> Callable[[Any], Callable[[], list[dict[str, Any]]]]:
    """Return what makes the bot acknowledge all with a payload, over either transport; it returns as ``bodies``."""

    def answer(payload: Any) -> Callable[[], list[dict[str, Any]]]:
        if request.param == "socket":
            bot: Bot = request.getfixturevalue("start")(payload=payload)
            return lambda: [got.payload for got in bot.got]
        receiver: Receiver = request.getfixturevalue("receiver")
        receiver.usual = (200, {"Content-Type": "application/json"}, json.dumps(payload).encode())
        return lambda: [parsed(headers, body) for headers, body in receiver.got]

    return answer


def test_a_menu_asks_the_bot_for_its_options(
    web: WebClient, slack: SlackSimulator, answering: Callable[[Any], Callable[[], list[Any]]]
) -> None:
    bodies = answering({"options": [option("payments"), option("payroll")]})
    web.views_publish(user_id="U0ALICE", view=menu_home())
    assert slack.suggest("U0ALICE", "find", "pay") == [option("payments"), option("payroll")]
    (body,) = bodies()
    expected = {
        "type": "block_suggestion",
        "action_id": "find",
        "block_id": "menu",
        "value": "pay",
        "api_app_id": "A0RUNTIME",
    }
    assert {key: body[key] for key in expected} == expected
    assert (body["user"]["id"], body["team"]["id"]) == ("U0ALICE", "T0TEAM")
    view = slack.homes["U0ALICE"]
    assert body["container"] == {"type": "view", "view_id": view["id"]}
    assert (body["view"]["type"], body["view"]["hash"]) == ("home", view["hash"])
    assert not body.keys() & {"channel", "message", "response_url", "actions", "trigger_id"}
    assert slack.faults_found == []


def test_what_is_chosen_in_a_menu_is_told_whole(
    web: WebClient, slack: SlackSimulator, answering: Callable[[Any], Callable[[], list[Any]]]
) -> None:
    bodies = answering({"options": [option("payments")]})
    web.views_publish(user_id="U0ALICE", view=menu_home())
    slack.suggest("U0ALICE", "find", "pay")
    for selected in (["web", "payments"], []):
        assert slack.click_home("U0ALICE", "find", selected=selected).wait_ack(2)
        body = bodies()[-1]
        (action,) = body["actions"]
        options = [option(value) for value in selected]
        assert {key: action[key] for key in action if key != "action_ts"} == {
            "type": "multi_external_select",
            "action_id": "find",
            "block_id": "menu",
            "selected_options": options,
        }
        chosen = {"type": "multi_external_select", "selected_options": options}
        assert body["view"]["state"]["values"] == {"menu": {"find": chosen}}
    assert slack.suggest("U0ALICE", "find", "pay")
    assert bodies()[-1]["view"]["state"]["values"]["menu"]["find"]["selected_options"] == []
    view = web.views_publish(user_id="U0ALICE", view=menu_home())["view"]
    assert view["state"]["values"]["menu"]["find"]["selected_options"] == [option("web")]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param({"options": []}, None, id="none"),
        pytest.param({"options": [option("x")] * 101}, "no more than 100", id="101"),
        pytest.param({"options": [{"value": "x"}]}, "missing required field: text", id="no-text"),
        pytest.param({"text": "busy"}, "must be an array", id="a-text"),
    ],
)
def test_no_bad_options_are_shown(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot], answer: dict[str, Any], fault: str | None
) -> None:
    start(payload=answer)
    web.views_publish(user_id="U0ALICE", view=menu_home())
    assert slack.suggest("U0ALICE", "find", "pay") == []
    assert [fault in found for found in slack.faults_found if fault] == ([True] if fault else [])
    assert bool(slack.faults_found) == bool(fault)


def test_a_person_chooses_only_what_a_menu_offers(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    bot = start(payload={"options": [option("a"), option("b")]})
    with pytest.raises(LookupError, match="nothing is published"):
        slack.suggest("U0ALICE", "find", "pay")
    web.views_publish(user_id="U0ALICE", view=menu_home(max_selected_items=2, min_query_length=1))
    with pytest.raises(LookupError, match="from 1 characters on"):
        slack.suggest("U0ALICE", "find", "")
    with pytest.raises(LookupError, match="has not offered"):
        slack.click_home("U0ALICE", "find", selected=["a"])
    assert bot.got == []
    slack.suggest("U0ALICE", "find", "a")
    with pytest.raises(LookupError, match="no more than 2"):
        slack.click_home("U0ALICE", "find", selected=["web", "a", "b"])
    with pytest.raises(LookupError, match="no menu"):
        slack.click_home("U0ALICE", "other", selected=["a"])
    assert slack.click_home("U0ALICE", "find", selected=["a", "b"]).wait_ack(2)


def test_a_request_for_options_that_nobody_answers_is_over(
    web: WebClient, slack: SlackSimulator, start: Callable[..., Bot]
) -> None:
    web.views_publish(user_id="U0ALICE", view=menu_home())
    with pytest.raises(TimeoutError, match="dispatch_failed"):
        slack.suggest("U0ALICE", "find", "pay")
    start().acks = False
    with pytest.raises(TimeoutError, match="operation_timeout"):
        slack.suggest("U0ALICE", "find", "pay")


# What the bot is doing, and what to ask it.


def test_a_status_is_shown_until_the_bot_posts_in_the_thread(web: WebClient, slack: SlackSimulator) -> None:
    place = {"channel_id": "C0GENERAL", "thread_ts": "1.0"}
    web.assistant_threads_setStatus(**place, status="is reading", loading_messages=["nodes", "pods"])
    web.assistant_threads_setStatus(**place, status="is counting")
    web.assistant_threads_setStatus(channel_id="C0GENERAL", thread_ts="2.0", status="waits")
    assert [(item.text, item.is_shown) for item in slack.statuses] == [
        ("is reading", False),
        ("is counting", True),
        ("waits", True),
    ]
    assert slack.statuses[0].loading_messages == ("nodes", "pods")
    web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", text="x", thread_ts="1.0")
    web.chat_postMessage(channel="C0GENERAL", text="x")
    assert [item.is_shown for item in slack.statuses] == [False, True, True]
    web.chat_postMessage(channel="C0GENERAL", text="x", thread_ts="1.0")
    assert [item.is_shown for item in slack.statuses] == [False, False, True]
    web.assistant_threads_setStatus(channel_id="C0GENERAL", thread_ts="2.0", status="")
    assert [item.is_shown for item in slack.statuses] == [False, False, False]


def test_a_status_is_gone_after_two_minutes(web: WebClient, slack: SlackSimulator) -> None:
    web.assistant_threads_setStatus(channel_id="C0GENERAL", thread_ts="1.0", status="hangs")
    assert slack.statuses[0].is_shown
    slack.faults.clock_skew_seconds = 120
    assert not slack.statuses[0].is_shown


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"channel_id": "C0PRIVATE"}, "channel_not_found", id="channel"),
        pytest.param({"channel_id": "C0NOBOT"}, "not_in_channel", id="not-in-channel"),
        pytest.param({"thread_ts": "yesterday"}, "invalid_thread_ts", id="thread"),
        pytest.param({"loading_messages": ["x"] * 11}, "invalid_arguments", id="eleven-messages"),
        pytest.param({"status": None}, "invalid_arguments", id="no-status"),
    ],
)
def test_a_bad_status_is_refused(web: WebClient, slack: SlackSimulator, change: dict[str, Any], error: str) -> None:
    good = {"channel_id": "C0GENERAL", "thread_ts": "1.0", "status": "x", "loading_messages": ["x"] * 10}
    web.assistant_threads_setStatus(**good)
    assert refused(web.api_call, "assistant.threads.setStatus", json=good | change)["error"] == error
    slack.scopes.remove("chat:write")
    assert refused(web.assistant_threads_setStatus, **good)["needed"] == "chat:write"


PROMPTS = [{"title": "Which nodes?", "message": "Which nodes still run Docker?"}] * 4


def test_prompts_are_suggested(web: WebClient, slack: SlackSimulator) -> None:
    slack.scopes.add("assistant:write")
    web.assistant_threads_setSuggestedPrompts(channel_id="D0ALICE", prompts=PROMPTS, title="Ask me")
    form = {"channel_id": "D0ALICE", "prompts": json.dumps(PROMPTS[:1])}
    web.api_call("assistant.threads.setSuggestedPrompts", params=form)
    shown = [(item.channel, item.title, item.prompts) for item in slack.prompts]
    assert shown == [("D0ALICE", "Ask me", PROMPTS), ("D0ALICE", "", PROMPTS[:1])]
    assert slack.faults_found == []
    web.assistant_threads_setSuggestedPrompts(channel_id="D0ALICE", thread_ts="1.0", prompts=PROMPTS)
    assert len(slack.prompts) == 2
    assert "thread_ts" in slack.faults_found[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"channel_id": "D0NONE"}, "channel_not_found", id="channel"),
        pytest.param({"prompts": []}, "invalid_arguments", id="none"),
        pytest.param({"prompts": [*PROMPTS, PROMPTS[0]]}, "invalid_arguments", id="five"),
        pytest.param({"prompts": [{"title": "x"}]}, "invalid_arguments", id="no-message"),
        pytest.param({"prompts": [{"title": "", "message": "x"}]}, "invalid_arguments", id="empty-title"),
    ],
)
def test_bad_prompts_are_refused(web: WebClient, slack: SlackSimulator, change: dict[str, Any], error: str) -> None:
    slack.scopes.add("assistant:write")
    body = {"channel_id": "D0ALICE", "prompts": PROMPTS, **change}
    assert refused(web.api_call, "assistant.threads.setSuggestedPrompts", json=body)["error"] == error


def test_prompts_need_their_scope_and_an_agent(web: WebClient, slack: SlackSimulator) -> None:
    body = {"channel_id": "D0ALICE", "prompts": PROMPTS}
    slack.scopes.discard("assistant:write")
    assert refused(web.assistant_threads_setSuggestedPrompts, **body)["needed"] == "assistant:write"
    slack.scopes.add("assistant:write")
    slack.faults.agent_is_off = True
    assert refused(web.assistant_threads_setSuggestedPrompts, **body)["error"] == "not_agent_app"
    slack.faults.clear()
    web.assistant_threads_setSuggestedPrompts(**body)


# A Bolt app, and deliveries over HTTP.


def test_a_bolt_app_answers(slack: SlackSimulator, web: WebClient) -> None:
    app = App(client=web)

    @app.command("/runtime")
    def command(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="answer", blocks=[BUTTONS])

    @app.action("next")
    def action(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="next", replace_original=True)

    @app.event("app_mention")
    def mention(event: dict[str, Any], say: Say) -> None:
        say("reply", thread_ts=event["ts"])

    handler = SocketModeHandler(app, slack.app_token)
    handler.connect()
    try:
        slack.wait_connections(1)
        slack.command("status")
        slack.click(slack.wait_messages(1)[0], "next")
        slack.wait_for(lambda: slack.messages[0].replaced)
        said = slack.mention("status")
        assert slack.wait_messages(2)[1].thread_ts == said.ts
        assert [message.text for message in slack.messages] == ["next", "reply"]
    finally:
        handler.client.auto_reconnect_enabled = False
        slack.drop_sockets()
        handler.close()


def test_a_bolt_app_hears_thumbs_shortcuts_and_homes(slack: SlackSimulator, web: WebClient) -> None:
    app = App(client=web)

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view=menu_home())

    @app.options("find")
    def options(ack: Ack, payload: dict[str, Any]) -> None:
        ack(options=[option(payload["value"])])

    @app.action("find")
    def chosen(ack: Ack, action: dict[str, Any], client: WebClient, body: dict[str, Any]) -> None:
        ack()
        said = ", ".join(item["value"] for item in action["selected_options"])
        client.chat_postMessage(channel=body["user"]["id"], text=said, blocks=[THUMBS])

    @app.action("thumbs")
    def pressed(ack: Ack, payload: dict[str, Any], say: Say) -> None:
        ack()
        say(payload["value"])

    @app.message_shortcut("ask_about_this")
    def asked(ack: Ack, shortcut: dict[str, Any], respond: Respond) -> None:
        ack()
        respond(shortcut["message"]["text"])

    handler = SocketModeHandler(app, slack.app_token)
    handler.connect()
    try:
        slack.wait_connections(1)
        slack.open_home("U0ALICE")
        slack.wait_for(lambda: slack.homes)
        assert slack.suggest("U0ALICE", "find", "pay") == [option("pay")]
        slack.click_home("U0ALICE", "find", selected=["web", "pay"])
        slack.click(slack.wait_messages(1)[0], "Bad answer")
        slack.wait_messages(2)
        slack.shortcut("why?", channel="C0NOBOT")
        found = [(message.channel, message.text) for message in slack.wait_messages(3)]
        assert found == [("D0ALICE", "web, pay"), ("D0ALICE", "bad"), ("C0NOBOT", "why?")]
    finally:
        handler.client.auto_reconnect_enabled = False
        slack.drop_sockets()
        handler.close()


def test_http_deliveries_are_signed_and_formed_as_slack_does(
    slack: SlackSimulator, receiver: Receiver, web: WebClient
) -> None:
    web.chat_postMessage(channel="C0GENERAL", text="x", blocks=[BUTTONS])
    deliveries = [slack.mention("한 <b>"), slack.command("a & b"), slack.click(slack.messages[0], "next")]
    assert all(delivery.wait_ack(2) for delivery in deliveries)
    assert [delivery.status for delivery in deliveries] == [200, 200, 200]
    verifier = SignatureVerifier(slack.signing_secret)
    assert all(verifier.is_valid_request(body, headers) for headers, body in receiver.got)
    assert not verifier.is_valid_request(receiver.got[0][1] + " ", receiver.got[0][0])
    bodies = {headers["content-type"]: [] for headers, _ in receiver.got}
    for headers, body in receiver.got:
        bodies[headers["content-type"]].append(body)
    assert json.loads(bodies["application/json"][0])["event_id"] == deliveries[0].event_id
    forms = [parse_qs(body) for body in bodies["application/x-www-form-urlencoded"]]
    assert next(form for form in forms if "command" in form)["text"] == ["a & b"]
    assert json.loads(next(form for form in forms if "payload" in form)["payload"][0])["type"] == "block_actions"


def test_the_address_of_deliveries_can_be_verified(slack: SlackSimulator, receiver: Receiver) -> None:
    receiver.answers = [(200, {"Content-Type": "application/json"}, b'{"challenge": "c"}')]
    delivery = slack.deliver("events_api", {"type": "url_verification", "challenge": "c"})
    assert delivery.wait_ack(2)
    assert json.loads(receiver.got[0][1]) == {"type": "url_verification", "challenge": "c"}
    assert delivery.ack_payload == {"challenge": "c"}


def test_a_signature_carries_slacks_clock(slack: SlackSimulator, receiver: Receiver) -> None:
    slack.faults.clock_skew_seconds = -400
    assert slack.command("x").wait_ack(2)
    headers, body = receiver.got[0]
    assert not SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        pytest.param({"Content-Type": "application/json"}, b'{"text": "busy"}', id="json"),
        pytest.param({"Content-Type": "text/plain"}, b"busy", id="text"),
    ],
)
def test_the_http_answer_of_a_command_is_shown(
    slack: SlackSimulator, receiver: Receiver, headers: dict[str, str], answer: bytes
) -> None:
    receiver.answers = [(200, headers, answer)]
    slack.command("status")
    (message,) = slack.wait_messages(1)
    assert (message.text, message.via, message.ephemeral_for) == ("busy", "ack", "U0ALICE")


def test_an_event_answered_with_an_error_is_sent_again(slack: SlackSimulator, receiver: Receiver) -> None:
    receiver.answers = [(500, {}, b"")]
    delivery = slack.mention("status")
    assert delivery.wait_ack(3)
    assert "x-slack-retry-num" not in receiver.got[0][0]
    assert receiver.got[1][0]["x-slack-retry-num"] == "1"
    assert receiver.got[1][0]["x-slack-retry-reason"] == "http_error"


def test_a_command_answered_with_an_error_and_an_event_that_says_no_retry_are_not_sent_again(
    slack: SlackSimulator, receiver: Receiver
) -> None:
    receiver.answers = [(401, {}, b"")]
    command = slack.command("status")
    assert command.wait(lambda: command.error == "dispatch_failed", 2)
    receiver.answers = [(400, {"X-Slack-No-Retry": "1"}, b"")]
    event = slack.mention("status")
    assert event.wait(lambda: event.attempts[0].is_over, 2)
    assert not event.wait_attempts(2, 0.3)
    assert (command.status, event.status) == (401, 400)


def test_closing_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with SlackSimulator() as simulator:
        with connect(simulator.state.open_socket(), open_timeout=2, close_timeout=0.1, proxy=None) as socket:
            socket.recv(timeout=2)
            simulator.black_hole()
        simulator.mention("status")
    deadline = time.monotonic() + 3
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(threading.enumerate()) - before == set()


def test_a_file_of_a_person_is_handed_to_who_may_have_it_and_others_get_a_page(
    slack: SlackSimulator, web: WebClient
) -> None:
    shown = slack.add_file("deploy.yaml", b"kind: Pod\n")
    hidden = slack.add_file("other.yaml", b"kind: Pod\n", channel="C0NOBOT")

    def got(file: dict[str, Any], token: str) -> tuple[str, bytes]:
        request = HttpRequest(file["url_private_download"], headers={"Authorization": f"Bearer {token}"})
        with urlopen(request, timeout=5) as response:
            return response.headers["Content-Type"].partition(";")[0], response.read()

    assert got(shown, slack.bot_token)[0] == "text/html"
    slack.scopes |= {"files:read"}
    assert got(shown, slack.bot_token)[1] == b"kind: Pod\n"
    assert got(shown, "xoxb-other")[0] == "text/html"
    assert got(hidden, slack.bot_token)[0] == "text/html"
    assert web.files_info(file=shown["id"])["file"]["size"] == 10
    assert refused(web.files_info, file=hidden["id"])["error"] == "file_not_found"
