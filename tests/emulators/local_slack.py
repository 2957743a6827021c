"""Drives local-slack (npm ``local-slack-linux-x64``, MIT): a workspace with a bot, a person and a few channels.

It delivers through Socket Mode or as signed HTTP requests, and its control API plays the person. What it answers
otherwise than Slack is told in `differences`, what it delivers otherwise in `test_payloads`. Besides, unlike Slack, it
gives each envelope to every connection, delivers nothing twice, ends no connection, hands the app all messages of its
channels, puts what a response_url gets in no thread, and never lets a response_url expire.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.emulators.running import LOOPBACK, Program, eventually

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-local-slack", "xapp-local-slack", "local-slack-signing-secret"
TEAM, BOT_USER, ALICE, MINJI = "T01LOCAL", "U01RUNTIME", "U01ALICE", "U01MINJI"
GENERAL, NO_BOT, PRIVATE = "C01GENERAL", "C01NOBOT", "C01PRIVATE"

Message = dict[str, Any]


class LocalSlack(Program):
    """The emulator; a context manager.

    Args:
        folder: for its configuration and files.
        events_url: where deliveries are posted; without it they go through Socket Mode.
    """

    def __init__(self, binary: Path, folder: Path, events_url: str | None = None) -> None:
        (folder / "workspace.json").write_text(json.dumps(_workspace(events_url)), encoding="utf-8")
        options = {"--config": "workspace.json", "--port": "0", "--base-host": "127.0.0.1", "--files-dir": "files"}
        arguments = [part for option in options.items() for part in option]
        super().__init__([binary, *arguments], folder, {"BUN_OPTIONS": f"--preload={LOOPBACK}"})
        self.url = ""

    def get_ready(self) -> None:
        """Wait for its address."""
        self.url = self.wait_output(r"Web UI: +(http://127\.0\.0\.1:\d+)")[1]

    @property
    def api_url(self) -> str:
        """What a client takes as ``base_url``."""
        return self.url + "/api/"

    def command(self, text: str, channel: str = GENERAL, user: str = ALICE) -> None:
        """Type the slash command; returns once it is acknowledged, or after five seconds."""
        self.control("command", {"channel": channel, "user": user, "command": "/runtime", "text": text})

    def say(self, text: str, channel: str = GENERAL, user: str = ALICE, thread_ts: str | None = None) -> Message:
        """Say something in a channel, or with a user's id to the bot in a direct message; return the message."""
        said = {"channel": channel, "user": user, "text": text, "thread_ts": thread_ts}
        message: Message = self.control("message", said)["message"]
        return message

    def mention(self, text: str, channel: str = GENERAL, thread_ts: str | None = None) -> Message:
        """Say something to the bot in a channel."""
        return self.say(f"<@{BOT_USER}> {text}", channel, thread_ts=thread_ts)

    def click(self, message: Message, action_id: str) -> None:
        """Press the first button whose action id begins so. Raises: LookupError: there is none."""
        for block in message.get("blocks", ()):
            for button in buttons(block):
                if button.get("action_id", "").startswith(action_id):
                    action = {"block_id": block.get("block_id", "b"), **button}
                    clicked = {"channel": message["channel"], "messageTs": message["ts"], "user": ALICE}
                    self.control("interact", {**clicked, "action": action})
                    return
        raise LookupError(f"no button {action_id!r} in {message['text']!r}")

    def messages(self, channel: str = GENERAL) -> list[Message]:
        """Return what the bot said in a channel, in order."""
        found: list[Message] = self.control(f"messages/{channel}")["messages"]
        return [message for message in found if message["user"] == BOT_USER]

    def wait_messages(self, channel: str, is_so: Callable[[list[Message]], Any] = bool) -> list[Message]:
        """Return what the bot said in a channel once that holds of it. Raises: AssertionError: not in time."""
        eventually(lambda: is_so(self.messages(channel)), f"messages in {channel}; the traffic:\n{self.traffic()}")
        return self.messages(channel)

    def log(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the record of its traffic with the bot, all or some kinds of it; ``time`` is in milliseconds."""
        found: list[dict[str, Any]] = self.control("log")["log"]
        return [entry for entry in found if not kinds or entry["kind"] in kinds]

    def traffic(self) -> str:
        """Return the record of its traffic in lines."""
        return "\n".join(f"{entry['direction']:9} {entry['summary']}" for entry in self.log())

    def reset(self) -> None:
        """Forget messages, direct channels and the record."""
        self.control("reset", {})

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call its control API: GET without a body, else POST."""
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/_control/{path}", data), timeout=15) as response:
            return json.load(response)


def buttons(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the buttons of one block."""
    yield from (item for item in block.get("elements", ()) if item.get("type") == "button")
    if block.get("accessory", {}).get("type") == "button":
        yield block["accessory"]


def _workspace(events_url: str | None) -> dict[str, Any]:
    mode = {"mode": "events", "requestUrl": events_url} if events_url else {"mode": "socket"}
    app = {"appId": "A01RUNTIME", "botUserId": BOT_USER, "botName": "runtime", "botToken": BOT_TOKEN}
    people = [ALICE, MINJI]
    return {
        "workspace": {"name": "Local", "domain": "local", "teamId": TEAM},
        "app": {**app, "appToken": APP_TOKEN, "signingSecret": SECRET, **mode},
        "users": [{"id": ALICE, "name": "alice"}, {"id": MINJI, "name": "minji"}],
        "channels": [
            {"id": GENERAL, "name": "general", "members": [*people, BOT_USER]},
            {"id": NO_BOT, "name": "no-bot", "members": people},
            {"id": PRIVATE, "name": "private", "members": people, "is_private": True},
        ],
    }
