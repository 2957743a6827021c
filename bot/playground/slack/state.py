"""What all Web API methods share: the workspace, tokens, scopes, faults, and how a method refuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack.faults import Faults
from bot.playground.slack.limits import MESSAGE_CHARS, Surface, problems, visible_chars
from bot.playground.slack.responses import Responses
from bot.playground.slack.workspace import BOT_USER, Block, Channel, Workspace

#: What the bot's manifest asks for.
SCOPES = (
    "assistant:write",
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)

Params = dict[str, Any]
Body = dict[str, Any]


class RefusedError(Exception):
    """An error answer. ``error`` is Slack's name, ``extra`` what stands beside it."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call. ``token``: ``bot``, ``app``, ``none`` or ``unknown``; ``at``: monotonic seconds."""

    method: str
    params: Params
    token: str
    error: str | None
    at: float


@dataclass(slots=True)
class State:
    """Everything the methods read and change.

    Args:
        root: the HTTP server's URL without a slash at the end.
        open_socket: makes a single-use WebSocket URL.
    """

    workspace: Workspace
    faults: Faults
    responses: Responses
    root: Callable[[], str]
    open_socket: Callable[[], str]
    bot_token: str
    app_token: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    calls: list[Call] = field(default_factory=list)

    def need(self, scope: str) -> None:
        """Raises: RefusedError: the token has not this scope."""
        if scope not in self.scopes:
            raise RefusedError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def visible(self, channel: str) -> Channel:
        """Return a channel the bot can know of.

        Raises: RefusedError: there is none, or it is private and the bot is not in it.
        """
        found = self.workspace.channels.get(channel)
        if found is None or (found.is_private and BOT_USER not in found.members):
            raise RefusedError("channel_not_found")
        return found

    def direct(self, user: str) -> Channel:
        """Return the direct channel with a user. Raises: RefusedError: there is no such user."""
        if user not in self.workspace.users:
            raise RefusedError("user_not_found")
        return self.workspace.channels["D" + user[1:]]

    def writable(self, channel: str, *, is_public_enough: bool = False) -> Channel:
        """Return a channel the bot may post to; the id of a user means the direct channel with them.

        Args:
            is_public_enough: a public one need not have the bot.
        """
        found = self.direct(channel) if channel in self.workspace.users else self.visible(channel)
        if BOT_USER not in found.members and not is_public_enough:
            raise RefusedError("not_in_channel")
        if found.is_archived:
            raise RefusedError("is_archived")
        return found

    def checked(self, method: str, params: Params) -> tuple[str, list[Block]]:
        """Return text and blocks of a message.

        Raises: RefusedError: there is neither, or Slack would not take them.
        """
        blocks = params.get("blocks") or []
        found = str(params.get("text") or "")
        if not isinstance(blocks, list):
            raise RefusedError("invalid_blocks_format")
        self.check_blocks(blocks)
        if visible_chars(blocks) > MESSAGE_CHARS:
            raise RefusedError("msg_blocks_too_long")
        if not found and not blocks:
            raise RefusedError("no_text")
        if blocks and not found:
            self.workspace.found(f"{method}: blocks without text")
        return found, blocks

    def check_blocks(self, blocks: Any, surface: Surface = "message") -> None:
        """Raises: RefusedError: ``invalid_blocks`` with every problem."""
        wrong = [str(problem) for problem in problems(blocks, surface=surface)]
        if wrong:
            raise RefusedError("invalid_blocks", errors=wrong, response_metadata={"messages": wrong})


def text(params: Params, name: str) -> str:
    """Return a required parameter. Raises: RefusedError: it is missing or empty."""
    value = params.get(name)
    if value in (None, "", []):
        raise RefusedError("invalid_arguments", response_metadata={"messages": [f"missing required field: {name}"]})
    return str(value)


def flag(params: Params, name: str) -> bool:
    """Return a parameter that is true or false, however it was written."""
    return str(params.get(name, "")).lower() in ("1", "true")


def page(items: Iterable[Any], params: Params, default: int = 100) -> tuple[list[Any], str]:
    """Return one page of a list and the cursor of the next one, empty at the end. Raises: RefusedError."""
    known = list(items)
    try:
        start = int(str(params.get("cursor") or "0"))
        limit = int(str(params.get("limit") or default))
    except ValueError as error:
        raise RefusedError("invalid_cursor") from error
    end = start + limit
    return known[start:end], str(end) if end < len(known) else ""
