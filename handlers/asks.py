"""From Slack's payloads to one Ask: who asks what, where, and how to answer. Knows shapes, does nothing.

Payload shapes: docs.slack.dev, slash commands, Events API, block_actions (checked 2026-11-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.core.buttons import NEXT, PREVIOUS, SHARE, Asked, decode


class Surface(StrEnum):
    """How a question arrived."""

    COMMAND = "command"
    MENTION = "mention"
    DIRECT = "direct"
    BUTTON = "button"
    PAGE = "page"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, whatever it arrived as.

    Args:
        keys: ids of the delivery and of what was said; seen again, it is not answered again.
        text: the words as Slack delivers them.
        asked: what a button asks; None for typed words, and for a button of another version.
        teams: workspaces the payload names for the asker; Slack's word on the user counts more.
        is_shared: whether the payload says the channel is shared with other organisations; None: it does not say.
        thread_ts: the thread the answer belongs in.
        message_ts: the message a button stands under; ephemeral ones cannot be addressed by it.
    """

    surface: Surface
    keys: tuple[str, ...]
    text: str
    user: str
    channel: str
    teams: frozenset[str]
    asked: Asked | None = None
    is_direct: bool = False
    is_shared: bool | None = None
    thread_ts: str | None = None
    message_ts: str | None = None
    is_ephemeral: bool = True
    response_url: str | None = None

    @property
    def is_private(self) -> bool:
        """Whether only the asker will see the answer."""
        if self.is_direct:
            return True
        return self.surface in (Surface.COMMAND, Surface.BUTTON) or (self.surface is Surface.PAGE and self.is_ephemeral)


def from_command(body: Mapping[str, Any]) -> Ask:
    """Return what a slash command asks."""
    channel = _text(body, "channel_id")
    return Ask(
        surface=Surface.COMMAND,
        keys=_keys(body.get("trigger_id")),
        text=_text(body, "text"),
        user=_text(body, "user_id"),
        channel=channel,
        teams=_ids(body.get("team_id"), body.get("enterprise_id")),
        is_direct=channel.startswith("D"),
        response_url=body.get("response_url"),
    )


def from_event(body: Mapping[str, Any]) -> Ask | None:
    """Return what a mention or a direct message asks; None for what no person said just now.

    Edits, deletions, joins and messages of bots arrive as the same event types.
    """
    event: Mapping[str, Any] = body.get("event") or {}
    is_said = event.get("subtype") in (None, "file_share", "thread_broadcast")
    if not is_said or event.get("bot_id") or not event.get("user") or not event.get("channel"):
        return None
    is_direct = event.get("channel_type") == "im" or _text(event, "channel").startswith("D")
    if event.get("type") == "message" and not is_direct:
        return None
    ts = _text(event, "ts")
    shared = body.get("is_ext_shared_channel")
    teams = _ids(event.get("user_team"), event.get("source_team")) or _ids(event.get("team"))
    if not teams and shared is False:  # nobody from elsewhere can be in the channel
        teams = _ids(body.get("team_id"), body.get("enterprise_id"))
    return Ask(
        surface=Surface.DIRECT if is_direct else Surface.MENTION,
        keys=_keys(body.get("event_id"), f"{event['channel']}:{ts}" if ts else None),
        text=_text(event, "text"),
        user=_text(event, "user"),
        channel=_text(event, "channel"),
        teams=teams,
        is_direct=is_direct,
        is_shared=shared if isinstance(shared, bool) else None,
        # In a channel the answer opens a thread; in a direct message it stays where the question is.
        thread_ts=event.get("thread_ts") or (None if is_direct else ts or None),
        is_ephemeral=False,
    )


def from_button(body: Mapping[str, Any]) -> Ask:
    """Return what a click asks."""
    action: Mapping[str, Any] = (body.get("actions") or [{}])[0]
    container: Mapping[str, Any] = body.get("container") or {}
    user: Mapping[str, Any] = body.get("user") or {}
    team: Mapping[str, Any] = body.get("team") or {}
    channel = _text(body.get("channel") or {}, "id") or _text(container, "channel_id")
    surface = {PREVIOUS: Surface.PAGE, NEXT: Surface.PAGE, SHARE: Surface.SHARE}.get(_text(action, "action_id"))
    asked = decode(_text(action, "value"))
    return Ask(
        surface=surface or Surface.BUTTON,
        keys=_keys(body.get("trigger_id")),
        text=asked.words if asked else "",
        user=_text(user, "id"),
        channel=channel,
        teams=_ids(user.get("team_id")) or _ids(team.get("id"), team.get("enterprise_id")),
        asked=asked,
        is_direct=channel.startswith("D"),
        thread_ts=container.get("thread_ts"),
        message_ts=container.get("message_ts"),
        is_ephemeral=bool(container.get("is_ephemeral")),
        response_url=body.get("response_url"),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _ids(*values: Any) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)


def _keys(*values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value)
