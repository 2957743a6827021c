"""The Slack simulator: what was said in a channel, read page by page, and calls that are lost at random."""

import logging
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.slack import Message, SlackSimulator
from bot.playground.slack.chances import Break, Chances

HISTORY = {"channels:history", "groups:history"}
METADATA = {"event_type": "unshim_post", "event_payload": {"id": "abc"}}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between test and simulator, and no log of the connections that tests break on purpose."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    """Yield a simulator in which channels can be read."""
    with SlackSimulator() as simulator:
        simulator.scopes |= HISTORY
        yield simulator


@pytest.fixture
def web(slack: SlackSimulator) -> WebClient:
    """Return a client with the bot token."""
    return WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5, retry_handlers=[])


def post(web: WebClient, **arguments: Any) -> str:
    return str(web.chat_postMessage(**{"channel": "C0GENERAL", "text": "hello", **arguments})["ts"])


def shown(web: WebClient, **arguments: Any) -> list[str]:
    """Return the time stamps in a channel, all pages of them."""
    found = []
    for page in web.conversations_history(channel="C0GENERAL", **arguments):
        found += [message["ts"] for message in page["messages"]]
    return found


def refused(method: str, web: WebClient, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, params=arguments)
    return str(caught.value.response["error"])


# What was said.


def test_the_newest_comes_first_and_what_is_in_threads_does_not(slack: SlackSimulator, web: WebClient) -> None:
    first, second = post(web), post(web)
    post(web, thread_ts=first)
    web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", text="for one")
    web.chat_delete(channel="C0GENERAL", ts=post(web))
    said = Message("C0GENERAL", slack.workspace.new_ts(), "U0ALICE", "hi", "x")
    slack.workspace.post(said)
    post(web, channel="D0ALICE")
    assert shown(web) == [said.ts, second, first]


def test_a_thread_is_its_first_message_and_the_replies_oldest_first(slack: SlackSimulator, web: WebClient) -> None:
    parent = post(web)
    one, two = post(web, thread_ts=parent), post(web, thread_ts=parent)
    post(web)
    answer = web.conversations_replies(channel="C0GENERAL", ts=parent)
    assert [message["ts"] for message in answer["messages"]] == [parent, one, two]
    assert refused("conversations.replies", web, channel="C0GENERAL", ts="1.000001") == "thread_not_found"


def test_a_thread_under_what_a_person_said_can_be_read(slack: SlackSimulator, web: WebClient) -> None:
    said = slack.mention("status").ts
    reply = post(web, thread_ts=said)
    answer = web.conversations_replies(channel="C0GENERAL", ts=str(said))
    assert [message["ts"] for message in answer["messages"]] == [reply]


@pytest.mark.parametrize("method", ["history", "replies"])
def test_pages_follow_each_other_and_hold_everything_once(web: WebClient, method: str) -> None:
    parent = post(web)
    thread = {} if method == "history" else {"thread_ts": parent}
    everything = [parent, *(post(web, **thread) for _ in range(6))]
    found, sizes, cursor = [], [], None
    while True:
        asked = {"channel": "C0GENERAL", "limit": 3, "cursor": cursor, "ts": parent}
        data = web.api_call(f"conversations.{method}", params={key: value for key, value in asked.items() if value})
        sizes.append(len(data["messages"]))
        found += [message["ts"] for message in data["messages"]]
        cursor = (data.get("response_metadata") or {}).get("next_cursor")
        assert data["has_more"] is bool(cursor)
        if not cursor:
            break
        if method == "history":
            post(web)  # what is new does not move the pages that follow
    assert sizes == [3, 3, 1]
    assert sorted(found) == everything


def test_a_span_of_time_is_cut_out(web: WebClient) -> None:
    first, second, third = post(web), post(web), post(web)
    assert shown(web, oldest=first) == [third, second]
    assert shown(web, oldest=first, inclusive=True) == [third, second, first]
    assert shown(web, latest=second) == [first]
    assert shown(web, oldest=first, latest=third, inclusive=True) == [third, second, first]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "now"}, "invalid_ts_latest"),
        ({"cursor": "?"}, "invalid_cursor"),
        ({"limit": "0"}, "invalid_arguments"),
        ({"limit": "1000"}, "invalid_arguments"),
    ],
)
def test_what_cannot_be_read_is_refused(web: WebClient, arguments: dict[str, str], error: str) -> None:
    post(web)
    assert refused("conversations.history", web, channel="C0GENERAL", **arguments) == error


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
@pytest.mark.parametrize(
    ("channel", "scope"),
    [("C0GENERAL", "channels:history"), ("C0OURS", "groups:history"), ("D0ALICE", "im:history")],
)
def test_each_kind_of_channel_has_its_scope(
    slack: SlackSimulator, web: WebClient, method: str, channel: str, scope: str
) -> None:
    slack.add_channel("C0OURS", "ours", members={slack.bot_user}, is_private=True)
    asked = {"channel": channel, "ts": post(web, channel=channel)}
    assert web.api_call(method, params=asked)["ok"]
    slack.scopes = {*slack.scopes, *HISTORY} - {scope}
    assert refused(method, web, **asked) == "missing_scope"


@pytest.mark.parametrize(("channel", "error"), [("C0NOBOT", "not_in_channel"), ("C0PRIVATE", "channel_not_found")])
def test_channels_without_the_bot_are_not_read(web: WebClient, channel: str, error: str) -> None:
    assert refused("conversations.history", web, channel=channel) == error


def test_the_scopes_of_the_manifest_do_not_open_channels() -> None:
    with SlackSimulator() as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        assert refused("conversations.history", web, channel="C0GENERAL") == "missing_scope"


def test_metadata_is_shown_to_who_asks_for_it(web: WebClient) -> None:
    parent = post(web, metadata=METADATA)
    for call in (web.conversations_history, lambda **asked: web.conversations_replies(ts=parent, **asked)):
        [without] = call(channel="C0GENERAL")["messages"]
        [with_it] = call(channel="C0GENERAL", include_all_metadata=True)["messages"]
        assert ("metadata" in without, with_it["metadata"]) == (False, METADATA)


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("x", "invalid_metadata_format"),
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_schema"),
    ],
)
def test_metadata_has_a_form(slack: SlackSimulator, web: WebClient, metadata: Any, error: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        web.api_call("chat.postMessage", json={"channel": "C0GENERAL", "text": "x", "metadata": metadata})
    assert (caught.value.response["error"], slack.messages) == (error, [])


def test_a_file_is_shown_with_its_name_in_its_thread(web: WebClient) -> None:
    parent = post(web)
    web.files_upload_v2(channel="C0GENERAL", filename="a.png", content=b"a", thread_ts=parent)
    _, reply = web.conversations_replies(channel="C0GENERAL", ts=parent)["messages"]
    assert [file["name"] for file in reply["files"]] == ["a.png"]
    assert (reply["user"], reply["bot_id"]) == ("U0BOT", "B0BOT")


# What was taken, and what was lost.


def test_what_was_taken_is_counted_whatever_was_answered(slack: SlackSimulator, web: WebClient) -> None:
    post(web)
    web.chat_delete(channel="C0GENERAL", ts=post(web, metadata=METADATA))
    for fail in (slack.faults.fail_after, slack.faults.fail_before):
        fail("chat.postMessage", "drop")
        with pytest.raises(OSError, match=r"closed|aborted|reset"):
            post(web, metadata=METADATA)
    assert slack.workspace.accepted() == {("C0GENERAL", "abc"): 2}
    assert [call.error for call in slack.calls] == [None, None, None, None, "lost"]


@pytest.mark.parametrize("is_taken", [True, False])
def test_silence_lasts_as_long_as_it_should(slack: SlackSimulator, web: WebClient, is_taken: bool) -> None:
    slack.faults.silence_seconds = 0.4
    (slack.faults.fail_after if is_taken else slack.faults.fail_before)("chat.postMessage", "silence")
    began = time.monotonic()
    with pytest.raises(OSError, match=r"closed|aborted|reset"):
        post(web)
    assert time.monotonic() - began >= 0.4
    assert len(slack.messages) == is_taken
    post(web)


def test_a_client_that_was_faster_than_the_end_of_its_connection_is_no_error(
    slack: SlackSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """As one that is killed while it waits."""
    slack.faults.silence_seconds = 0.2
    slack.faults.fail_before("api.test", "silence")
    place = urlsplit(slack.url)
    with socket.create_connection((place.hostname, place.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"POST /api/api.test HTTP/1.1\r\nHost: slack\r\nContent-Length: 0\r\n\r\n")
        slack.wait_for(lambda: slack.calls)
    time.sleep(0.5)
    assert [record.getMessage() for record in caplog.records] == []


def test_a_share_of_the_calls_is_lost_half_of_them_after_they_were_taken(slack: SlackSimulator, web: WebClient) -> None:
    slack.faults.chances.set("chat.postMessage", 0.4, taken=0.5, hows=("500", "drop"), seed=7)
    lost = 0
    for number in range(60):
        try:
            post(web, metadata={"event_type": "x", "event_payload": {"id": f"{number}"}})
        except (SlackApiError, OSError):
            lost += 1
    taken = slack.workspace.accepted()
    assert set(taken.values()) == {1}
    assert 12 < lost < 36
    assert 60 - lost < len(taken) < 60
    slack.faults.clear()
    for _ in range(20):
        post(web)


def test_a_seed_loses_the_same_calls_again_and_methods_do_not_disturb_each_other() -> None:
    def drawn(seed: int, *, is_disturbed: bool = False) -> list[Any]:
        chances = Chances()
        for method in ("chat.postMessage", "files.completeUploadExternal"):
            chances.set(method, 0.3, seed=seed)
        found = []
        for _ in range(100):
            found.append(chances.draw("chat.postMessage"))
            if is_disturbed:
                chances.draw("files.completeUploadExternal")
        return found

    assert drawn(1) == drawn(1) == drawn(1, is_disturbed=True) != drawn(2)
    assert Chances().draw("chat.postMessage") is None


@pytest.mark.parametrize(("rate", "n"), [(0.0, 0), (1.0, 50)])
@pytest.mark.parametrize("how", ["500", "drop", "silence"])
def test_none_and_all_are_rates(rate: float, n: int, how: Break) -> None:
    chances = Chances()
    chances.set("x", rate, taken=1.0, hows=(how,))
    losses = [loss for loss in (chances.draw("x") for _ in range(50)) if loss]
    assert len(losses) == n
    assert all((loss.is_taken, loss.how) == (True, how) for loss in losses)
