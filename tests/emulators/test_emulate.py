"""Every Web API call of the bot against emulate, which enforces scopes: those of our app are enough, and each is used.

emulate was written by others: what it refuses for want of a scope is their reading of Slack's reference, not ours.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.adapters.knowledge import load_slack_app
from bot.adapters.slack_messages import Messenger
from bot.adapters.slack_web import Directory, call, identify
from bot.core.slack_app import Scope
from bot.errors import SlackRefusedError
from bot.render.blocks import Message
from tests.emulators.emulate import BOT, BOT_USER, Emulate
from tests.integration.program import unshim

#: What the manifest asks for, but for what only admins by user group need: the emulator has no user groups.
SCOPES = frozenset(scope.name for scope in load_slack_app().needed(has_admin_groups=False))

MESSAGE = Message("20 of 30 nodes", ({"type": "section", "text": {"type": "mrkdwn", "text": "20 of 30 nodes"}},))

#: What is refused without each scope. Where nothing is, the scope is for something the emulator has not: slash
#: commands and events.
LOST: dict[str, set[str]] = {
    "chat:write": {"chat.postMessage", "a reply", "chat.postEphemeral", "chat.update"},
    "im:write": {"conversations.open"},
    "files:write": {"an upload"},
    "users:read": {"users.info"},
    "channels:read": {"conversations.info, public", "conversations.members, public"},
    "groups:read": {"conversations.info, private", "conversations.members, private"},
    "commands": set(),
    "app_mentions:read": set(),
    "im:history": set(),
}

#: Methods that a call of the bot is made of, where its name is not the method's.
METHODS = {
    "a reply": ("chat.postMessage",),
    "an upload": ("files.getUploadURLExternal", "files.completeUploadExternal"),
    "conversations.info, public": ("conversations.info",),
    "conversations.info, private": ("conversations.info",),
    "conversations.members, public": ("conversations.members",),
    "conversations.members, private": ("conversations.members",),
}

#: Methods not called here: the emulator has no surface for agents, and messages are read only by scopes beyond these.
UNCALLED = {
    *("assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts"),
    *("conversations.history", "conversations.replies"),
}


class Meter:
    """Keeps what the adapters counted last."""

    error = ""

    def slack_failed(self, method: str, error: str) -> None:
        """Note one failed call."""
        self.error = error


class Caller:
    """The bot's adapters with one token, and one message of the bot to change."""

    def __init__(self, slack: Emulate, token: str, posted: str) -> None:
        self.slack = slack
        self.meter = Meter()
        self.web: WebClient = slack.client(token)
        self.messenger = Messenger(self.web, self.meter)
        self.directory = Directory(self.web, self.meter)
        self.posted = posted

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return every call of the bot by name."""
        slack, messenger, directory = self.slack, self.messenger, self.directory
        return {
            "auth.test": lambda: identify(self.web),
            "chat.postMessage": lambda: messenger.post(slack.general, MESSAGE),
            "a reply": lambda: messenger.post(slack.private, MESSAGE, self.posted),
            "chat.postEphemeral": lambda: messenger.post_ephemeral(slack.general, slack.alice, MESSAGE),
            "chat.update": lambda: messenger.update(slack.general, self.posted, MESSAGE),
            "conversations.open": lambda: messenger.direct_channel(slack.alice),
            "an upload": lambda: messenger.upload(slack.general, "a.csv", b"a,b\n1,2\n", "The full list", self.posted),
            "users.info": lambda: directory.user(slack.alice),
            "conversations.info, public": lambda: directory.channel(slack.general),
            "conversations.info, private": lambda: directory.channel(slack.private),
            "conversations.members, public": lambda: self.members(slack.general),
            "conversations.members, private": lambda: self.members(slack.private),
        }

    def members(self, channel: str) -> object:
        """Ask who is in a channel."""
        return call("conversations.members", lambda: self.web.conversations_members(channel=channel), self.meter)

    def refused(self) -> dict[str, str]:
        """Make every call; return those refused, each with the error and the scope it names."""
        found = {}
        for name, run in self.calls().items():
            self.meter.error = ""
            try:
                run()
            except SlackRefusedError as error:
                found[name] = f"{error.code}: {error.values['needed']}"
            # What asks about people and channels raises nothing: it says that it does not know, and counts.
            if self.meter.error and name not in found:
                found[name] = self.meter.error
        return found


def without(scope: str) -> str:
    """Return the token that lacks one scope."""
    return f"xoxb-without-{scope.replace(':', '-')}"


@pytest.fixture(scope="module")
def slack(emulate_script: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulate]:
    """Yield the emulator with a token for all scopes of the app and one that lacks each."""
    tokens = {"xoxb-all": SCOPES} | {without(scope): SCOPES - {scope} for scope in SCOPES}
    with Emulate(emulate_script, tmp_path_factory.mktemp("emulate"), tokens) as slack:
        yield slack


@pytest.fixture(scope="module")
def posted(slack: Emulate) -> str:
    """Return the ts of a message of the bot."""
    return str(slack.client("xoxb-all").chat_postMessage(channel=slack.general, text="x")["ts"])


def test_the_scopes_of_the_app_are_enough_for_every_call(slack: Emulate, posted: str) -> None:
    assert Caller(slack, "xoxb-all", posted).refused() == {}


def test_every_scope_of_the_app_is_looked_at_here() -> None:
    assert LOST.keys() == SCOPES


@pytest.mark.parametrize("scope", LOST)
def test_without_a_scope_exactly_its_calls_are_refused(slack: Emulate, posted: str, scope: str) -> None:
    refused = Caller(slack, without(scope), posted).refused()
    assert refused.keys() == LOST[scope]
    assert set(refused.values()) <= {f"missing_scope: {scope}", "missing_scope"}


@pytest.mark.parametrize("scope", load_slack_app().needed(has_admin_groups=False), ids=lambda scope: scope.name)
def test_a_scope_is_for_the_methods_that_the_app_says(scope: Scope) -> None:
    called = {method for call in LOST[scope.name] for method in METHODS.get(call, (call,))}
    assert called == set(scope.methods) - UNCALLED


def test_identity_is_read_from_an_answer_nobody_here_wrote(slack: Emulate) -> None:
    identity = identify(slack.client("xoxb-all"))
    assert (identity.bot_user, identity.bot, identity.team_name) == (BOT_USER, BOT, "Emulated")


def test_an_upload_arrives_whole_in_its_thread(slack: Emulate, posted: str) -> None:
    content = "namespace,kind\n결제,DaemonSet\n".encode()
    Caller(slack, "xoxb-all", posted).messenger.upload(slack.general, "목록.csv", content, "The <full> list", posted)
    replies = slack.admin.conversations_replies(channel=slack.general, ts=posted)["messages"]
    (file,) = replies[-1]["files"]
    assert (replies[-1]["text"], file["name"], file["size"]) == ("The <full> list", "목록.csv", len(content))


def test_check_tells_channels_and_admins_apart(slack: Emulate) -> None:
    channels = (slack.general, slack.private, slack.no_bot, slack.secret, slack.archived)
    named = {"UNSHIM_ALLOWED_CHANNELS": ",".join(channels), "UNSHIM_ADMINS": slack.alice}
    tokens = {"SLACK_BOT_TOKEN": "xoxb-all", "SLACK_SIGNING_SECRET": "0" * 32, "SLACK_API_URL": slack.api_url}
    run = unshim("check", "--demo", env={**tokens, **named})
    said = {name: line.split()[0] for name in (*channels, slack.alice) for line in run.lines if name in line}
    wrong = dict.fromkeys((slack.no_bot, slack.secret, slack.archived), "WRONG")
    assert said == {slack.general: "ok", slack.private: "ok", slack.alice: "ok", **wrong}
