"""The whole bot and odd input: one sentence for its asker alone, everything acknowledged, nothing lost."""

import json
from typing import Any

import pytest

from bot.core.buttons import Asked, encode
from bot.playground.slack import Delivery, Message, SlackSimulator
from tests.integration.bots import Mode, ThreadBot, answer_to

BY = {"user": {"id": "U0ALICE", "team_id": "T0TEAM"}, "team": {"id": "T0TEAM"}}

NOT_A_MEMBER = "I am not a member of that channel."


def click(message: Message | None = None, *, url: str = "", **action: Any) -> dict[str, Any]:
    """Return the body of a click on any button, below a message or below none that anybody remembers."""
    channel, ts = (message.channel, message.ts) if message else ("C0GENERAL", "1700000000.000001")
    return {
        "type": "block_actions",
        "user": {"id": "U0ALICE", "team_id": "T0TEAM"},
        "team": {"id": "T0TEAM"},
        "channel": {"id": channel},
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel,
            "is_ephemeral": bool(message and message.ephemeral_for),
        },
        "trigger_id": f"trigger-{json.dumps(action, sort_keys=True)}-{ts}",
        "actions": [{"type": "button", "block_id": "b0", "action_ts": "1700000001.000001", **action}],
        **({"response_url": url} if url else {}),
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("   \t ", id="blanks"),
        pytest.param("\u200b\u2060\ufeff", id="characters-nobody-sees"),
        pytest.param("x" * 4000, id="one-long-word"),
        pytest.param("why is my pod not running " * 154, id="four-thousand-characters"),
        pytest.param("explain " + "nginx-" * 600, id="a-long-name"),
        pytest.param("도커 " * 1300, id="long-korean"),
        pytest.param("<!channel> <@U0MINJI> <http://evil.example|click> &amp; `x`", id="live-tokens"),
        pytest.param("*_~`>&\\\x00\x1b[31m\u202e", id="odd-characters"),
        pytest.param("status; drop table nodes --", id="not-a-database"),
        pytest.param("\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace") * 50, id="broken-emoji"),
    ],
)
@pytest.mark.parametrize("how", ["command", "mention", "message"])
def test_any_text_gets_one_answer(slack: SlackSimulator, how: str, text: str) -> None:
    with ThreadBot(slack, "socket"):
        message = answer_to(slack, lambda: getattr(slack, how)(text))
        assert message.text.strip()
        assert len(message.text) <= 4000
        assert "<!channel>" not in message.text
        assert "<@U0MINJI>" not in message.text


@pytest.mark.parametrize(
    "action",
    [
        pytest.param({"action_id": "ask-0", "value": '{"v":99,"q":"status","l":"en","p":0}'}, id="another-version"),
        pytest.param({"action_id": "show_nodes", "value": "node-1"}, id="another-program"),
        pytest.param({"action_id": "ask", "value": "{"}, id="a-broken-value"),
        pytest.param({"action_id": "next", "value": '{"v":1,"q":"pods","l":"xx","p":0}'}, id="another-language"),
        pytest.param({"action_id": "share", "value": "x" * 2000}, id="a-long-value"),
    ],
)
def test_a_button_of_an_older_version_is_told_of(slack: SlackSimulator, mode: Mode, action: dict[str, Any]) -> None:
    with ThreadBot(slack, mode):
        message = answer_to(slack, lambda: slack.deliver("interactive", click(**action)))
        assert message.text.startswith("This button belongs to an older version of me and does nothing any more.")
        assert message.ephemeral_for == "U0ALICE"


def test_a_button_without_a_response_url_is_answered_all_the_same(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        value = encode(Asked("status", "en"))
        message = answer_to(slack, lambda: slack.deliver("interactive", click(action_id="ask-1", value=value)))
        assert message.text.startswith("20 of 30 nodes")
        assert (message.via, message.ephemeral_for) == ("chat.postEphemeral", "U0ALICE")


@pytest.mark.parametrize("action_id", ["ask-0", "next", "previous", "share"])
def test_a_button_whose_response_url_has_expired_is_answered_another_way(
    slack: SlackSimulator, mode: Mode, action_id: str
) -> None:
    with ThreadBot(slack, mode):
        shown = answer_to(slack, lambda: slack.command("pods"))
        url = slack.responses.create("C0GENERAL", "U0ALICE", original=shown)
        slack.expire_response_urls()
        value = encode(Asked("pods", "en"))
        body = click(shown, url=url, action_id=action_id, value=value)
        message = answer_to(slack, lambda: slack.deliver("interactive", body))
        assert "10 workloads at risk" in message.text


def test_a_command_whose_response_url_has_expired_is_answered_another_way(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("users.info", 0.3)
    with ThreadBot(slack, mode):

        def say() -> Delivery:
            delivery = slack.command("status")
            slack.expire_response_urls()
            return delivery

        message = answer_to(slack, say)
        assert message.text.startswith("20 of 30 nodes")
        assert (message.via, message.ephemeral_for) == ("chat.postEphemeral", "U0ALICE")


def test_a_command_where_neither_the_url_nor_the_channel_works_is_answered_in_a_direct_message(
    slack: SlackSimulator, mode: Mode
) -> None:
    slack.faults.delay("users.info", 0.3)
    with ThreadBot(slack, mode):

        def say() -> Delivery:
            delivery = slack.command("status", channel="C0NOBOT")
            slack.expire_response_urls()
            return delivery

        message = answer_to(slack, say)
        assert message.channel == "D0ALICE"
        assert "20 of 30 nodes" in message.text


@pytest.mark.parametrize("channel", ["C0NOBOT", "C0PRIVATE", "C0ARCHIVED"])
def test_a_command_needs_no_bot_in_the_channel(slack: SlackSimulator, mode: Mode, channel: str) -> None:
    with ThreadBot(slack, mode):
        message = answer_to(slack, lambda: slack.command("status", channel=channel))
        assert message.text.startswith("20 of 30 nodes")
        assert (message.channel, message.ephemeral_for) == (channel, "U0ALICE")


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        pytest.param("C0NOBOT", NOT_A_MEMBER, id="the-bot-is-not-in-it"),
        pytest.param("C0ARCHIVED", "that channel is archived.", id="archived"),
    ],
)
def test_a_mention_where_the_bot_cannot_post_is_answered_privately_with_the_reason_first(
    slack: SlackSimulator, mode: Mode, channel: str, reason: str
) -> None:
    with ThreadBot(slack, mode):
        message = answer_to(slack, lambda: slack.mention("status", channel=channel))
        assert message.text.startswith(f"I could not post this where you asked: {reason}")
        assert "20 of 30 nodes" in message.text
        assert message.channel == "D0ALICE"


def test_a_channel_deleted_meanwhile_is_told_of_privately(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("users.info", 0.3)
    slack.add_channel("C0GONE", "gone", {"U0ALICE", "U0BOT"})
    with ThreadBot(slack, mode):

        def say() -> Delivery:
            delivery = slack.mention("status", channel="C0GONE")
            slack.remove_channel("C0GONE")
            return delivery

        message = answer_to(slack, say)
        assert message.channel == "D0ALICE"
        assert message.text.startswith("I could not post this where you asked: that channel does not exist any more")


def test_an_administrator_who_forbids_it_is_told_of_privately(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.refuse("chat.postMessage", "restricted_action", times=1)
    with ThreadBot(slack, mode):
        message = answer_to(slack, lambda: slack.mention("status"))
        assert "an administrator of the workspace does not let apps post there" in message.text
        assert message.ephemeral_for == "U0ALICE"


def test_a_question_that_slack_takes_nothing_for_is_counted_and_the_next_one_answered(
    slack: SlackSimulator, mode: Mode
) -> None:
    with ThreadBot(slack, mode) as bot:
        for method in ("chat.postMessage", "chat.postEphemeral", "conversations.open"):
            slack.faults.refuse(method, "fatal_error")
        assert slack.mention("status").wait_ack()
        slack.wait_for(lambda: 'outcome="unsent"' in bot.get("/metrics")[1])
        slack.faults.clear()
        assert answer_to(slack, lambda: slack.mention("status")).text.startswith("20 of 30 nodes")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        pytest.param("slash_commands", {"command": "/other", "text": "x", "user_id": "U0ALICE"}, id="another-command"),
        pytest.param("interactive", {"type": "shortcut", "callback_id": "x"}, id="a-shortcut"),
        pytest.param("interactive", {"type": "message_action", "callback_id": "x"}, id="a-message-shortcut"),
        pytest.param(
            "interactive",
            {"type": "view_submission", **BY, "view": {"type": "modal", "callback_id": "x"}},
            id="a-modal",
        ),
        pytest.param("interactive", {"type": "view_closed", "view": {"callback_id": "x"}}, id="a-closed-modal"),
        pytest.param("interactive", {"type": "block_suggestion", "action_id": "x"}, id="a-menu"),
        pytest.param("interactive", {"type": "block_actions", "actions": [{"action_id": "x"}]}, id="half-a-click"),
        pytest.param("events_api", {"type": "team_join", "user": "U0NEW"}, id="an-event-nobody-listens-for"),
        pytest.param("events_api", {"type": "app_mention"}, id="a-mention-of-nobody"),
        pytest.param("events_api", {"type": "message", "channel_type": "im", "text": 7}, id="an-odd-message"),
        pytest.param("events_api", {"type": "app_rate_limited", "minute_rate_limited": 1}, id="a-rate-limit"),
    ],
)
def test_whatever_slack_delivers_is_acknowledged(
    slack: SlackSimulator, mode: Mode, kind: Any, payload: dict[str, Any]
) -> None:
    with ThreadBot(slack, mode) as bot:
        delivery = slack.deliver(kind, payload)
        assert delivery.wait_ack(), delivery.status
        assert len(delivery.attempts) == 1
        assert delivery.status in (None, 200)
        assert bot.metric("unshim_unacked_total") == 0
        answer_to(slack, lambda: slack.command("help"))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"type": "event_callback", "event": None}, id="no-event"),
        pytest.param({"type": "event_callback", "event": []}, id="a-list-of-events"),
        pytest.param({}, id="nothing"),
        pytest.param({"type": "block_actions", "actions": None, "user": None}, id="a-click-on-nothing"),
    ],
)
def test_an_envelope_that_makes_no_sense_is_acknowledged(slack: SlackSimulator, payload: dict[str, Any]) -> None:
    with ThreadBot(slack, "socket"):
        kind: Any = "interactive" if "actions" in payload else "events_api"
        delivery = slack._deliver(kind, payload, None)
        assert delivery.wait_ack(), delivery.attempts
        answer_to(slack, lambda: slack.command("help"))
