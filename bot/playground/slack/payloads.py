"""The bodies Slack delivers for commands, events, clicks and shortcuts. Knows no network."""

from collections.abc import Iterator
from typing import Any

from bot.playground.slack.elements import HALVES
from bot.playground.slack.workspace import APP, BOT_USER, TEAM, Block, Channel, Message, User, Workspace

VERIFICATION_TOKEN = "verification-token"
DOMAIN = "playground"

#: Parts of an element that a click does not repeat.
_UNSAID = {
    "confirm",
    "accessibility_label",
    "options",
    "initial_options",
    "min_query_length",
    "max_selected_items",
    "focus_on_load",
}


def command(
    workspace: Workspace, user: User, channel: Channel, name: str, text: str, response_url: str
) -> dict[str, str]:
    """Return the form of a slash command."""
    shown = "directmessage" if channel.im_user else "privategroup" if channel.is_private else channel.name
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": shown,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger(workspace, user),
    }


def event(workspace: Workspace, event: dict[str, Any], channel: Channel | None) -> dict[str, Any]:
    """Return the body around an event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(workspace.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        "event_context": workspace.new_id("4-"),
    }


def said(kind: str, user: User, channel: Channel, ts: str, text: str, thread_ts: str | None) -> dict[str, Any]:
    """Return an ``app_mention`` or ``message`` event; users of another workspace carry theirs."""
    found: dict[str, Any] = {
        "type": kind,
        "user": user.id,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "channel": channel.id,
        "team": user.team,
        "client_msg_id": f"00000000-0000-4000-8000-{ts.replace('.', '')[-12:]}",
    }
    if user.team != TEAM:
        found |= {"user_team": user.team, "source_team": user.team}
    if thread_ts:
        found["thread_ts"] = thread_ts
    if channel.im_user:
        found["channel_type"] = "im"
    return found


def click(
    workspace: Workspace, message: Message, button: tuple[Block, Block], user: User, response_url: str
) -> dict[str, Any]:
    """Return the ``block_actions`` body of a button, given its block and the element."""
    channel = workspace.channels[message.channel]
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    body: dict[str, Any] = {
        **interaction(workspace, "block_actions", user),
        "api_app_id": APP,
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.ephemeral_for is not None,
            **thread,
        },
        "channel": _place(channel),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action(workspace, button)],
    }
    if message.ephemeral_for is None:
        body["message"] = shown(message)
    return body


def shortcut(
    workspace: Workspace, callback_id: str, message: dict[str, Any], channel: Channel, user: User, response_url: str
) -> dict[str, Any]:
    """Return the ``message_action`` body of a message shortcut, given the message it was chosen on."""
    return {
        **interaction(workspace, "message_action", user),
        "callback_id": callback_id,
        "action_ts": workspace.new_ts(),
        "message_ts": message["ts"],
        "channel": _place(channel),
        "message": message,
        "response_url": response_url,
    }


def shown(message: Message) -> dict[str, Any]:
    """Return a message of the bot as payloads hold it: its blocks have ids."""
    blocks = {"blocks": with_ids(message.blocks)} if message.blocks else {}
    return {**message.as_slack(), **blocks}


def written(text: str, ts: str, author: str | None) -> dict[str, Any]:
    """Return a message of a person, or of another app when ``author`` is None, as payloads hold it."""
    base = {"type": "message", "ts": ts, "team": TEAM, "text": text}
    if author is None:
        return {**base, "subtype": "bot_message", "bot_id": "B0OTHER", "username": "another app"}
    return {**base, "user": author}


def find_button(blocks: list[Block], wanted: str) -> tuple[Block, Block] | None:
    """Return block and element of the button with that label or action id.

    Options of menus count by label, halves of ``feedback_buttons`` by label or by what a screen reader says.
    """
    for block, item in held(blocks):
        if item.get("type") == "button" and wanted in (item.get("action_id"), item["text"]["text"]):
            return block, item
        for half in (item[key] for key in HALVES if key in item):
            if wanted in (half["text"]["text"], half.get("accessibility_label")):
                pressed = {"text": half["text"], "value": half["value"]}
                return block, {"type": item["type"], "action_id": item["action_id"], **pressed}
        for option in item.get("options", ()):
            if option["text"]["text"] == wanted:
                return block, {**item, "selected_option": option}
    return None


def held(blocks: list[Block]) -> Iterator[tuple[Block, Block]]:
    """Yield each element with its block, both with their ids."""
    for block in with_ids(blocks):
        single = [block[key] for key in ("accessory", "element") if key in block]
        yield from ((block, item) for item in (*block.get("elements", ()), *single))


def with_ids(blocks: list[Block]) -> list[Block]:
    """Return the blocks with the block ids and action ids Slack gives those that have none."""
    found = []
    for number, block in enumerate(blocks):
        named = {"block_id": f"b{number}", **block}
        if named.get("type") in ("actions", "context_actions"):
            named["elements"] = [
                {"action_id": f"a{number}-{place}", **item} for place, item in enumerate(block["elements"])
            ]
        for key in ("accessory", "element"):
            if key in named:
                named[key] = {"action_id": f"a{number}", **named[key]}
        found.append(named)
    return found


def action(workspace: Workspace, button: tuple[Block, Block]) -> dict[str, Any]:
    """Return what ``block_actions`` says of a button, given its block and the element."""
    block, chosen = button
    kept = {key: value for key, value in chosen.items() if key not in _UNSAID}
    return kept | {"block_id": block["block_id"], "action_ts": workspace.new_ts()}


def interaction(workspace: Workspace, kind: str, user: User) -> dict[str, Any]:
    """Return what every interactive body holds."""
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": trigger(workspace, user),
    }


def _place(channel: Channel) -> dict[str, str]:
    return {"id": channel.id, "name": "directmessage" if channel.im_user else channel.name}


def trigger(workspace: Workspace, user: User) -> str:
    """Return a new trigger id of somebody."""
    made = f"{workspace.new_id('1')}.{workspace.new_id('2')}"
    with workspace.changed:
        workspace.triggers[made] = (user.id, workspace.clock())
    return made
