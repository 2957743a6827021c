"""Homes: views.publish, and what Slack delivers when somebody opens one or clicks in it. Knows no network."""

from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import APP, BOT, TEAM, Block, User, Workspace

#: What a view holds where the bot gives nothing (docs.slack.dev, views.publish).
_EMPTY = {
    "close": None,
    "submit": None,
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
    "previous_view_id": None,
}


def publish(state: State, params: Params) -> Body:
    """views.publish: the view of a user keeps its id, its hash is new each time."""
    user, view = text(params, "user_id"), params.get("view")
    if user not in state.workspace.users:
        raise RefusedError("user_not_found")
    if state.faults.home_is_off:
        raise RefusedError("not_enabled")
    if not isinstance(view, dict) or view.get("type") != "home":
        raise RefusedError("invalid_arguments", response_metadata={"messages": ["view must be of type home"]})
    state.check_blocks(view.get("blocks"), "home")
    earlier: dict[str, Any] | None = state.workspace.homes.get(user)
    if params.get("hash") and earlier is not None and params["hash"] != earlier["hash"]:
        raise RefusedError("hash_conflict")
    known = earlier["id"] if earlier else state.workspace.new_id("V")
    made = {"id": known, "root_view_id": known, "hash": state.workspace.new_id("h"), "team_id": TEAM}
    state.workspace.homes[user] = {**_EMPTY, **view, **made, "app_id": APP, "bot_id": BOT}
    state.workspace.changed.notify_all()
    return {"view": _shown(state.workspace.homes[user])}


def opened(workspace: Workspace, user: User, tab: str) -> dict[str, Any]:
    """Return an ``app_home_opened`` event; the Home tab comes with the view, once there is one."""
    view = workspace.homes.get(user.id) if tab == "home" else None
    return {
        "type": "app_home_opened",
        "user": user.id,
        "channel": "D" + user.id[1:],
        "tab": tab,
        "event_ts": workspace.new_ts(),
        **({"view": _shown(view)} if view else {}),
    }


def click(workspace: Workspace, view: dict[str, Any], button: tuple[Block, Block], user: User) -> dict[str, Any]:
    """Return the ``block_actions`` body of a button in a Home, given its block and the element."""
    return {
        **payloads.interaction(workspace, "block_actions", user),
        "api_app_id": APP,
        "container": {"type": "view", "view_id": view["id"]},
        "view": _shown(view),
        "actions": [payloads.action(workspace, button)],
    }


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    """Return a view as Slack shows it: its blocks have ids."""
    return {**view, "blocks": payloads.with_ids(view["blocks"]), "state": {"values": {}}}
