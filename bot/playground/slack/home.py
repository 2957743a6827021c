"""Homes: views.publish, and what Slack delivers when somebody opens one, clicks or types in it. Knows no network."""

from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import APP, BOT, TEAM, Block, User, Workspace

REMOTE = "multi_external_select"

#: Characters that a menu waits for before it asks for options, unless it says otherwise.
QUERY_CHARS = 3

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
    state.workspace.chosen = {key: held for key, held in state.workspace.chosen.items() if key[0] != user}
    state.workspace.changed.notify_all()
    return {"view": _shown(state.workspace, user)}


def opened(workspace: Workspace, user: User, tab: str) -> dict[str, Any]:
    """Return an ``app_home_opened`` event; the Home tab comes with the view, once there is one."""
    has_view = tab == "home" and user.id in workspace.homes
    return {
        "type": "app_home_opened",
        "user": user.id,
        "channel": "D" + user.id[1:],
        "tab": tab,
        "event_ts": workspace.new_ts(),
        **({"view": _shown(workspace, user.id)} if has_view else {}),
    }


def click(workspace: Workspace, user: User, wanted: str) -> dict[str, Any] | None:
    """Return the ``block_actions`` body of a button or an option of a menu; None when there is no such."""
    button = payloads.find_button(workspace.homes[user.id]["blocks"], wanted)
    return _action(workspace, user, button) if button else None


def choose(workspace: Workspace, user: User, action_id: str, values: list[str]) -> dict[str, Any]:
    """Return the ``block_actions`` body of a menu in which exactly these values are chosen now.

    Raises: LookupError: there is no such menu, it has not offered one of the values, or takes no more than some.
    """
    block, menu = find_menu(workspace, user.id, action_id)
    most = menu.get("max_selected_items", len(values))
    if len(values) > most:
        raise LookupError(f"{action_id} takes no more than {most} options")
    offered = {option["value"]: option for option in menu.get("initial_options", ())}
    offered |= workspace.offered.get((user.id, action_id), {})
    if strange := [value for value in values if value not in offered]:
        raise LookupError(f"{action_id} has not offered {user.id} {strange}: `suggest` asks it for options")
    workspace.chosen[user.id, action_id] = options = [offered[value] for value in values]
    return _action(workspace, user, (block, {**menu, "selected_options": options}))


def suggestion(workspace: Workspace, user: User, action_id: str, query: str) -> dict[str, Any]:
    """Return the ``block_suggestion`` body of somebody who types into a menu, or opens it with an empty query.

    Raises: LookupError: there is no such menu, or it waits for more characters.
    """
    block, menu = find_menu(workspace, user.id, action_id)
    least = menu.get("min_query_length", QUERY_CHARS)
    if len(query) < least:
        raise LookupError(f"{action_id} asks for options from {least} characters on")
    asked = {"action_id": action_id, "block_id": block["block_id"], "value": query}
    body = payloads.interaction(workspace, "block_suggestion", user)
    del body["trigger_id"]  # nothing can be opened from it
    return {**body, **_where(workspace, user), **asked}


def find_menu(workspace: Workspace, user: str, action_id: str) -> tuple[Block, Block]:
    """Return block and element of a menu that asks the bot for its options. Raises: LookupError."""
    for block, item in payloads.held(workspace.homes[user]["blocks"]):
        if item.get("type") == REMOTE and item.get("action_id") == action_id:
            return block, item
    raise LookupError(f"{user} sees no menu {action_id!r} in Home")


def _action(workspace: Workspace, user: User, button: tuple[Block, Block]) -> dict[str, Any]:
    body = payloads.interaction(workspace, "block_actions", user)
    return {**body, **_where(workspace, user), "actions": [payloads.action(workspace, button)]}


def _where(workspace: Workspace, user: User) -> dict[str, Any]:
    view = _shown(workspace, user.id)
    return {"api_app_id": APP, "container": {"type": "view", "view_id": view["id"]}, "view": view}


def _shown(workspace: Workspace, user: str) -> dict[str, Any]:
    """Return a view as Slack shows it: its blocks have ids, and it tells what is chosen in its menus."""
    view = workspace.homes[user]
    values: dict[str, dict[str, Any]] = {}
    for block, item in payloads.held(view["blocks"]):
        if item.get("type") == REMOTE:
            chosen = workspace.chosen.get((user, item["action_id"]), item.get("initial_options", []))
            state = {"type": REMOTE, "selected_options": chosen}
            values.setdefault(block["block_id"], {})[item["action_id"]] = state
    return {**view, "blocks": payloads.with_ids(view["blocks"]), "state": {"values": values}}
