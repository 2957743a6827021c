"""Modals: views.open and views.update, and what Slack delivers when somebody saves one or types in it."""

import json
from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.limits import view_problems
from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import APP, BOT, TEAM, Block, User, Workspace

#: How long a trigger id opens a modal (docs.slack.dev, modals), and how large a view may be.
TRIGGER_SECONDS, VIEW_BYTES = 3.0, 250_000

_ONE = ("static_select", "external_select", "radio_buttons")
_MANY = ("multi_static_select", "multi_external_select", "checkboxes")
_REMOTE = ("external_select", "multi_external_select")


def open_(state: State, params: Params) -> Body:
    """views.open: a trigger id opens one modal, for three seconds."""
    trigger = text(params, "trigger_id")
    workspace = state.workspace
    if trigger not in workspace.triggers:
        raise RefusedError("invalid_trigger_id")
    user, at = workspace.triggers[trigger]
    if at < 0:
        raise RefusedError("exchanged_trigger_id")
    if workspace.clock() - at > TRIGGER_SECONDS:
        raise RefusedError("expired_trigger_id")
    view = _checked(params)
    workspace.triggers[trigger] = (user, -1.0)
    return _put(workspace, user, workspace.new_id("V"), view)


def update(state: State, params: Params) -> Body:
    """views.update: of a modal that is open, unless it was changed since its ``hash``."""
    view_id = text(params, "view_id")
    held = state.workspace.modals.get(view_id)
    if held is None:
        raise RefusedError("not_found")
    if params.get("hash") and params["hash"] != held[1]["hash"]:
        raise RefusedError("hash_conflict")
    return _put(state.workspace, held[0], view_id, _checked(params))


def submission(workspace: Workspace, user: User, view: Block, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``view_submission`` body of a form with these fields changed. Raises: LookupError."""
    values: dict[str, dict[str, Any]] = {}
    fields = {block["block_id"]: (block, item) for block, item in payloads.held(view["blocks"]) if "label" in block}
    if unknown := set(changed) - set(fields):
        raise LookupError(f"no such fields: {sorted(unknown)}")
    if "submit" not in view or view["submit"] is None:
        raise LookupError("the form has nothing to save")
    for block_id, (block, item) in fields.items():
        held = _state(workspace, user.id, item, changed.get(block_id), is_changed=block_id in changed)
        if not block.get("optional") and not any(held.get(key) for key in held if key != "type"):
            raise LookupError(f"{block_id} may not be empty")
        values[block_id] = {item["action_id"]: held}
    shown = {**view, "blocks": payloads.with_ids(view["blocks"]), "state": {"values": values}}
    return {
        **payloads.interaction(workspace, "view_submission", user),
        "api_app_id": APP,
        "view": shown,
        "response_urls": [],
    }


def suggestion(workspace: Workspace, user: User, view: Block, block_id: str, query: str) -> dict[str, Any]:
    """Return the ``block_suggestion`` body of somebody who types into a menu of a form. Raises: LookupError."""
    for block, item in payloads.held(view["blocks"]):
        if block["block_id"] == block_id and item.get("type") in _REMOTE:
            body = payloads.interaction(workspace, "block_suggestion", user)
            del body["trigger_id"]  # nothing can be opened from it
            asked = {"action_id": item["action_id"], "block_id": block_id, "value": query}
            return {
                **body,
                "api_app_id": APP,
                "container": {"type": "view", "view_id": view["id"]},
                "view": view,
            } | asked
    raise LookupError(f"no menu {block_id!r} that asks for options")


def _checked(params: Params) -> dict[str, Any]:
    view = params.get("view")
    if wrong := [str(problem) for problem in view_problems(view)]:
        raise RefusedError("invalid_arguments", response_metadata={"messages": wrong})
    assert isinstance(view, dict)
    if len(json.dumps(view)) > VIEW_BYTES:
        raise RefusedError("view_too_large")
    return view


def _put(workspace: Workspace, user: str, view_id: str, view: dict[str, Any]) -> Body:
    made = {"id": view_id, "root_view_id": view_id, "hash": workspace.new_id("h"), "team_id": TEAM}
    shown = {"private_metadata": "", "callback_id": "", **view, **made, "app_id": APP, "bot_id": BOT}
    workspace.modals[view_id] = (user, shown)
    workspace.changed.notify_all()
    return {"view": shown}


def _state(workspace: Workspace, user: str, item: Block, now: Any, *, is_changed: bool) -> dict[str, Any]:
    """Return what a field holds, as ``state`` tells it."""
    kind = str(item["type"])
    if kind == "timepicker":
        return {"type": kind, "selected_time": now if is_changed else item.get("initial_time")}
    if kind == "datepicker":
        return {"type": kind, "selected_date": now if is_changed else item.get("initial_date")}
    if kind == "plain_text_input":
        return {"type": kind, "value": (now or None) if is_changed else item.get("initial_value")}
    initial = item.get("initial_options", [item["initial_option"]] if "initial_option" in item else [])
    known = {option["value"]: option for option in (*item.get("options", ()), *initial)}
    known |= workspace.offered.get((user, item["action_id"]), {})
    wanted = [now] if isinstance(now, str) else list(now or ())
    if missing := [value for value in wanted if value not in known]:
        raise LookupError(f"{item['action_id']} offers no {missing}")
    chosen = [known[value] for value in wanted] if is_changed else list(initial)
    if kind in _ONE:
        return {"type": kind, "selected_option": chosen[0] if chosen else None}
    assert kind in _MANY, kind
    return {"type": kind, "selected_options": chosen}
