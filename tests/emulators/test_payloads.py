"""What the Slack simulator delivers has the shape of what local-slack delivers, but for what is listed here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.playground.slack import SlackSimulator
from tests.emulators import local_slack
from tests.emulators.local_slack import ALICE, GENERAL, LocalSlack
from tests.emulators.running import eventually

BUTTON = {"type": "button", "action_id": "next", "text": {"type": "plain_text", "text": "Next"}, "value": "2"}
POSTED: dict[str, Any] = {"text": "x", "blocks": [{"type": "actions", "block_id": "b", "elements": [BUTTON]}]}

_EVENT = {
    *("retry_attempt", "retry_reason"),
    *(f"payload.{key}" for key in ("context_team_id", "context_enterprise_id", "event_context")),
    *("payload.event.team", "payload.event.client_msg_id"),
}

#: Keys that only the simulator has; Slack's reference has them all.
ONLY_SIMULATOR: dict[str, set[str]] = {
    "hello": {"debug_info.approximate_connection_time", "debug_info.build_number"},
    "command": set(),
    "mention": _EVENT,
    "direct": _EVENT,
    "click": {"payload.enterprise", "payload.message.team"},
    "private click": {"payload.enterprise"},
}

#: Keys that only local-slack has. It takes a click on a private message for one on a public one; Slack leaves the
#: message out there (docs.slack.dev, block_actions payload).
ONLY_LOCAL_SLACK: dict[str, set[str]] = {"hello": {"debug_info.started"}, "click": {"payload.message.channel"}}


class Listener:
    """Slack's own client on Socket Mode; it acknowledges all and keeps every message as it came."""

    def __init__(self, app_token: str, api_url: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.client = SocketModeClient(app_token, web_client=WebClient(base_url=api_url, timeout=5))
        self.client.message_listeners.append(lambda client, message, raw: self.messages.append(message))
        self.client.socket_mode_request_listeners.append(self._acknowledge)
        self.client.connect()
        self.last("hello")

    def last(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Return the last message of a kind once there are so many."""
        eventually(lambda: len(self._of(kind)) >= count, f"{count} of {kind}")
        return self._of(kind)[-1]

    def close(self) -> None:
        """End it; the server has hung up before, else it would wait three seconds."""
        self.client.auto_reconnect_enabled = False
        self.client.close()

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message.get("type") == kind]

    def _acknowledge(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))


@pytest.fixture(scope="module")
def simulated() -> dict[str, dict[str, Any]]:
    """Return one message of each kind from the simulator."""
    with SlackSimulator() as slack:
        listener = Listener(slack.app_token, slack.api_url)
        web = WebClient(token=slack.bot_token, base_url=slack.api_url)
        found = {"hello": listener.last("hello")}
        slack.command("x")
        found["command"] = listener.last("slash_commands")
        slack.mention("x", thread_ts="1.000001")
        found["mention"] = listener.last("events_api")
        slack.message("x")
        found["direct"] = listener.last("events_api", 2)
        web.chat_postMessage(channel="C0GENERAL", **POSTED)
        slack.click(slack.messages[-1], "next")
        found["click"] = listener.last("interactive")
        web.chat_postEphemeral(channel="C0GENERAL", user="U0ALICE", **POSTED)
        slack.click(slack.messages[-1], "next")
        found["private click"] = listener.last("interactive", 2)
        listener.client.auto_reconnect_enabled = False
        slack.drop_sockets()
        listener.close()
        return found


@pytest.fixture(scope="module")
def independent(local_slack_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the same from local-slack."""
    with LocalSlack(local_slack_binary, tmp_path_factory.mktemp("local-slack")) as slack:
        listener = Listener(local_slack.APP_TOKEN, slack.api_url)
        web = WebClient(token=local_slack.BOT_TOKEN, base_url=slack.api_url)
        found = {"hello": listener.last("hello")}
        slack.command("x")
        found["command"] = listener.last("slash_commands")
        slack.mention("x", thread_ts="1.000001")  # a message of the channel, then the mention
        found["mention"] = listener.last("events_api", 2)
        slack.say("x", ALICE)
        found["direct"] = listener.last("events_api", 3)
        web.chat_postMessage(channel=GENERAL, **POSTED)
        slack.click(slack.messages()[-1], "next")
        found["click"] = listener.last("interactive")
        web.chat_postEphemeral(channel=GENERAL, user=ALICE, **POSTED)
        slack.click(slack.messages()[-1], "next")
        found["private click"] = listener.last("interactive", 2)
        listener.client.auto_reconnect_enabled = False
    listener.close()
    return found


def keys(value: Any, at: str = "") -> Iterator[str]:
    """Yield the place of every value in nested objects; items of a list share one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from keys(item, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and value:
        for item in value:
            yield from keys(item, f"{at}[]")
    else:
        yield at


@pytest.mark.parametrize("kind", ONLY_SIMULATOR)
def test_the_simulator_delivers_every_key_that_local_slack_delivers(
    simulated: dict[str, dict[str, Any]], independent: dict[str, dict[str, Any]], kind: str
) -> None:
    missing = set(keys(independent[kind])) - set(keys(simulated[kind]))
    if kind == "private click":
        assert {key.removeprefix("payload.message.") for key in missing} > {"text", "ts", "blocks[].type"}
        assert all(key.startswith("payload.message.") for key in missing)
    else:
        assert missing == ONLY_LOCAL_SLACK.get(kind, set())


@pytest.mark.parametrize("kind", ONLY_SIMULATOR)
def test_what_the_simulator_delivers_besides_is_written_down(
    simulated: dict[str, dict[str, Any]], independent: dict[str, dict[str, Any]], kind: str
) -> None:
    assert set(keys(simulated[kind])) - set(keys(independent[kind])) == ONLY_SIMULATOR[kind]
