"""response_urls: what a post through one does to the messages people see. Knows no network."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.limits import problems
from bot.playground.slack.workspace import BOT_USER, Message, Workspace

#: Published limits of one response_url (docs.slack.dev, handling user interaction).
MAX_USES, MAX_AGE_SECONDS = 5, 1800.0

Answer = tuple[int, dict[str, Any] | str]


@dataclass(slots=True)
class ResponseUrl:
    """One response_url. ``original``: the message that was clicked; None for a slash command."""

    channel: str
    user: str
    original: Message | None
    typed: str
    created_at: float
    used: int = 0
    is_expired: bool = False


class Responses:
    """All response_urls handed out.

    Args:
        root: the URL they begin with, without a slash at the end.
        monotonic: seconds that only grow.
    """

    def __init__(self, workspace: Workspace, root: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._workspace = workspace
        self._root = root
        self._monotonic = monotonic
        self._urls: dict[str, ResponseUrl] = {}
        self.max_uses = MAX_USES
        self.max_age_seconds = MAX_AGE_SECONDS

    def create(self, channel: str, user: str, original: Message | None = None, typed: str = "") -> str:
        """Return a new URL. ``typed``: the slash command as it was typed."""
        key = self._workspace.new_id("R")
        with self._workspace.changed:
            self._urls[key] = ResponseUrl(channel, user, original, typed, self._monotonic())
        return f"{self._root()}/response/{key}"

    def expire(self, url: str | None = None) -> None:
        """End one URL, or all there are."""
        with self._workspace.changed:
            for key, known in self._urls.items():
                if url is None or url.endswith("/" + key):
                    known.is_expired = True

    def use(self, key: str, body: bytes) -> Answer:
        """Do what a post to a URL asks and return HTTP status and answer."""
        try:
            data = json.loads(body)
        except ValueError:
            return 400, "invalid_payload"
        if not isinstance(data, dict):
            return 400, "invalid_payload"
        with self._workspace.changed:
            known = self._urls.get(key)
            error = self._refusal(known)
            if known is None or error is not None:
                return 404, {"ok": False, "error": error or "invalid_url"}
            found = self.act(known, data, "response_url")
            if found is None:
                known.used += 1
                return 200, "ok"
            return found

    def _refusal(self, known: ResponseUrl | None) -> str | None:
        if known is None:
            return "invalid_url"
        if known.is_expired or self._monotonic() - known.created_at > self.max_age_seconds:
            return "expired_url"
        return "used_url" if known.used >= self.max_uses else None

    def acknowledge(self, url: str, payload: dict[str, Any]) -> Answer | None:
        """Do what the acknowledgement of a command carries; return the refusal, None when it was shown."""
        with self._workspace.changed:
            known = self._urls[url.rpartition("/")[2]]
            if not payload.get("text") and not payload.get("blocks"):
                if payload.get("response_type") == "in_channel":
                    ts = self._workspace.new_ts()
                    self._workspace.post(Message(known.channel, ts, known.user, known.typed, "ack"))
                return None
            return self.act(known, payload, "ack")

    def act(self, known: ResponseUrl, data: dict[str, Any], via: str) -> Answer | None:
        """Show, replace or delete; return the refusal, None when it worked."""
        text, blocks = str(data.get("text") or ""), data.get("blocks") or []
        original = known.original
        if original is not None and data.get("delete_original"):
            original.deleted = True
            self._workspace.changed.notify_all()
            return None
        wrong = problems(blocks)
        if wrong:
            self._workspace.found(f"{via}: {'; '.join(map(str, wrong))}")
            return 400, {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [*map(str, wrong)]}}
        if not text and not blocks:
            return 400, {"ok": False, "error": "no_text"}
        if blocks and not text:
            self._workspace.found(f"{via}: blocks without text")
        if original is not None and self._replaces(data):
            original.change(text, blocks, via)
            self._workspace.changed.notify_all()
            return None
        is_public = data.get("response_type") == "in_channel"
        self._workspace.post(
            Message(
                known.channel,
                self._workspace.new_ts(),
                BOT_USER,
                text,
                via,
                blocks,
                thread_ts=data.get("thread_ts"),
                ephemeral_for=None if is_public else known.user,
            )
        )
        return None

    def _replaces(self, data: dict[str, Any]) -> bool:
        if "replace_original" not in data:
            # Slack may overwrite the message that was clicked, so a bot has to say which it wants (botkit issue 444).
            self._workspace.found("response_url: an answer to a click says nothing of replace_original")
            return "response_type" not in data
        return bool(data["replace_original"])
