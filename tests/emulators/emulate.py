"""Drives emulate (npm ``emulate``, Apache-2.0), whose Slack knows who may call what: tokens, scopes, memberships.

It has a Web API only. Tokens for the bot carry the scopes a test gives them; what is not enforced as Slack does is
told in `differences`.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from slack_sdk import WebClient

from tests.emulators.running import LOOPBACK, Program, free_port

BOT_USER, BOT, APP = "U0RUNTIME", "B0RUNTIME", "A0RUNTIME"

#: Scopes of a person who sets the workspace up.
_ADMIN_SCOPES = (
    "users:read",
    *(f"{kind}:{right}" for kind in ("channels", "groups") for right in ("read", "write")),
    "channels:manage",
    "chat:write",
    "channels:history",
    "groups:history",
    "im:history",
)


class Emulate(Program):
    """The emulator with scopes enforced; a context manager.

    Args:
        folder: for its seed.
        tokens: bot tokens and the scopes each is given.
    """

    def __init__(self, script: Path, folder: Path, tokens: Mapping[str, Iterable[str]]) -> None:
        self.port = free_port()
        (folder / "seed.json").write_text(json.dumps(_seed(tokens)), encoding="utf-8")
        url = f"http://127.0.0.1:{self.port}"
        options = {"--service": "slack", "--port": str(self.port), "--seed": "seed.json", "--base-url": url}
        arguments = [part for option in options.items() for part in option]
        super().__init__(["node", "--require", LOOPBACK, script, "start", *arguments], folder)
        self.api_url = url + "/api/"
        self.admin = self.client("xoxp-admin")
        self.alice = self.minji = self.general = self.no_bot = self.private = self.secret = self.archived = ""

    def client(self, token: str | None) -> WebClient:
        """Return a client that tries nothing again."""
        return WebClient(token=token, base_url=self.api_url, timeout=10, retry_handlers=[])

    def get_ready(self) -> None:
        """Wait for it, look up the ids that it makes up, and take the bot into two channels."""
        # What it prints comes before it listens.
        self.wait_port(self.port)
        users = {user["name"]: user["id"] for user in self.admin.users_list()["members"]}
        self.alice, self.minji = users["alice"], users["minji"]
        made = self.admin.conversations_list(types="public_channel,private_channel")["channels"]
        ids = {channel["name"]: channel["id"] for channel in made}
        self.general, self.no_bot, self.archived = ids["general"], ids["random"], ids["archived"]
        self.private, self.secret = ids["private"], ids["secret"]
        self.admin.conversations_invite(channel=self.general, users=f"{self.alice},{BOT_USER}")
        self.admin.conversations_invite(channel=self.private, users=BOT_USER)
        self.admin.conversations_archive(channel=self.archived)


def _seed(tokens: Mapping[str, Iterable[str]]) -> object:
    bot = {"type": "bot", "user_id": BOT_USER, "bot_id": BOT, "bot_user_id": BOT_USER, "app_id": APP}
    admin = {"token": "xoxp-admin", "type": "user", "user": "admin", "scopes": _ADMIN_SCOPES}
    return {
        "slack": {
            "strict_scopes": True,
            "team": {"name": "Emulated", "domain": "emulated"},
            "users": [{"name": "alice"}, {"name": "minji"}],
            "channels": [
                {"name": "private", "is_private": True},
                {"name": "secret", "is_private": True},
                {"name": "archived"},
            ],
            "oauth_apps": [
                {
                    "client_id": "1.1",
                    "client_secret": "client-secret",
                    "redirect_uris": [],
                    "name": "Runtime",
                    "app_id": APP,
                    "bot_id": BOT,
                    "bot_user_id": BOT_USER,
                    "bot_name": "runtime",
                    "scopes": [],
                }
            ],
            "tokens": [admin, *({"token": token, "scopes": sorted(given), **bot} for token, given in tokens.items())],
        }
    }
