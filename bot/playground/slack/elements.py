"""What Slack refuses in the elements inside blocks: buttons, thumbs, menus, images, cells, rich text."""

import re
from collections.abc import Callable, Iterator, Set
from typing import Any

from bot.playground.slack.shapes import Problem, Shape, filled, listed, missing_keys, text_object

_BUTTON = Shape(
    {"type", "text"}, {"action_id", "value", "url", "style", "confirm", "accessibility_label", "agent_context"}
)
_MENU = frozenset({"action_id", "confirm", "placeholder", "focus_on_load"})
_STATIC = Shape({"type"}, _MENU | {"options", "option_groups", "initial_option", "initial_options"})
_REMOTE = Shape({"type"}, _MENU | {"min_query_length", "initial_option"})
_MULTI_REMOTE = Shape({"type"}, _MENU | {"min_query_length", "initial_options", "max_selected_items"})
_USERS = Shape({"type"}, _MENU | {"initial_user", "initial_conversation", "initial_channel", "filter"})
_CHOICE = Shape({"type", "options"}, _MENU - {"placeholder"} | {"initial_option", "initial_options"})
_TIME = Shape({"type"}, _MENU | {"initial_time", "timezone"})
_DATE = Shape({"type"}, _MENU | {"initial_date"})
_WRITTEN = Shape(
    {"type"},
    {
        "action_id",
        "placeholder",
        "focus_on_load",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
    },
)
_OVERFLOW = Shape({"type", "options"}, {"action_id", "confirm"})
_IMAGE = Shape({"type", "alt_text"}, {"image_url", "slack_file"})
_FEEDBACK = Shape({"type", "positive_button", "negative_button"}, {"action_id"})
_HALF = Shape({"text", "value"}, {"accessibility_label"})

#: The two halves of ``feedback_buttons``.
HALVES = ("positive_button", "negative_button")

_SHAPES = {
    "button": _BUTTON,
    "overflow": _OVERFLOW,
    "image": _IMAGE,
    "static_select": _STATIC,
    "multi_static_select": _STATIC,
    "external_select": _REMOTE,
    "multi_external_select": _MULTI_REMOTE,
    "users_select": _USERS,
    "conversations_select": _USERS,
    "channels_select": _USERS,
    "checkboxes": _CHOICE,
    "radio_buttons": _CHOICE,
    "feedback_buttons": _FEEDBACK,
    "timepicker": _TIME,
    "datepicker": _DATE,
    "plain_text_input": _WRITTEN,
}
#: ``icon_button`` is refused as unknown: the bot has no use for it.
CONTEXT_ACTIONS = frozenset({"feedback_buttons"})
ACCESSORIES = frozenset(_SHAPES) - CONTEXT_ACTIONS - {"plain_text_input"}
#: What an input block takes.
INPUTS = ACCESSORIES - {"button", "overflow", "image"} | {"plain_text_input"}
ACTIONS = ACCESSORIES - {"image", "multi_static_select", "multi_external_select"}

_PARTS = {"text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color", "team"}
_PART_KEYS = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "broadcast": "range",
    "date": "timestamp",
    "color": "value",
    "team": "team_id",
}
_STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}


def element(value: Any, at: str, allowed: Set[str]) -> Iterator[Problem]:
    """Yield what is wrong with one element of a block that takes the ``allowed`` types."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in allowed:
        yield Problem(at, f"unsupported type: {kind}")
        return
    yield from missing_keys(value, _SHAPES[kind], at)
    if "action_id" in value:
        yield from filled(value["action_id"], f"{at}/action_id", 255)
    if "placeholder" in value:
        yield from text_object(value["placeholder"], f"{at}/placeholder", 150, plain=True)
    if "confirm" in value:
        yield from _confirm(value["confirm"], f"{at}/confirm")
    yield from _CHECKS.get(kind, _nothing)(value, at)


def repeated_ids(block: dict[str, Any], at: str) -> Iterator[Problem]:
    """Yield action ids that one block holds twice."""
    held = block.get("elements")
    seen: set[str] = set()
    for number, item in enumerate(held if isinstance(held, list) else []):
        action = item.get("action_id") if isinstance(item, dict) else None
        if isinstance(action, str):
            if action in seen:
                yield Problem(f"{at}/elements/{number}/action_id", "action_id must be unique in a block")
            seen.add(action)


def suggestions(value: Any) -> Iterator[Problem]:
    """Yield what is wrong with the answer to an option request; no options are an answer too."""
    options = value.get("options") if isinstance(value, dict) else None
    if not isinstance(options, list):
        yield Problem("/options", "must be an array")
    elif options:
        yield from _options(100)(value, "")


def image(value: dict[str, Any], at: str) -> Iterator[Problem]:
    """Yield what is wrong with the picture of an image block or element."""
    if ("image_url" in value) == ("slack_file" in value):
        yield Problem(at, "exactly one of image_url and slack_file is required")
    if "image_url" in value:
        yield from filled(value["image_url"], f"{at}/image_url", 3000)
    if "slack_file" in value:
        file = value["slack_file"]
        ids = file.get("id", "") if isinstance(file, dict) else ""
        is_file = isinstance(file, dict) and ("url" in file or re.fullmatch(r"F[A-Z0-9]{8,}", str(ids)))
        if not is_file:
            yield Problem(f"{at}/slack_file", "invalid slack file")
    if "alt_text" in value:
        yield from filled(value["alt_text"], f"{at}/alt_text", 2000)


def cell(value: Any, at: str) -> Iterator[Problem]:
    """Yield what is wrong with one cell of a table."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "raw_text":
        yield from missing_keys(value, Shape({"type", "text"}), at)
        if "text" in value:
            yield from filled(value["text"], f"{at}/text", 3000)
    elif kind == "raw_number":
        yield from missing_keys(value, Shape({"type", "value"}, {"text"}), at)
    elif kind == "rich_text":
        yield from missing_keys(value, Shape({"type", "elements"}, {"block_id"}), at)
        yield from rich_text(value, at)
    else:
        yield Problem(at, f"unsupported type: {kind}")


def column_setting(value: Any, at: str) -> Iterator[Problem]:
    """Yield what is wrong with the settings of one column of a table."""
    if not isinstance(value, dict):
        yield Problem(at, "must be an object")
        return
    yield from missing_keys(value, Shape(frozenset(), {"align", "is_wrapped"}), at)
    if value.get("align", "left") not in ("left", "center", "right"):
        yield Problem(f"{at}/align", "must be left, center or right")
    if not isinstance(value.get("is_wrapped", False), bool):
        yield Problem(f"{at}/is_wrapped", "must be a boolean")


def rich_text(block: dict[str, Any], at: str) -> Iterator[Problem]:
    """Yield what is wrong with the elements of a rich_text block or cell."""
    for where, item in listed(block.get("elements", ()), f"{at}/elements", 1000):
        if isinstance(item, Problem):
            yield item
            continue
        kind = item.get("type") if isinstance(item, dict) else None
        if kind == "rich_text_list":
            if item.get("style") not in ("bullet", "ordered"):
                yield Problem(f"{where}/style", "must be bullet or ordered")
            for place, part in listed(item.get("elements"), f"{where}/elements", 1000):
                yield from [part] if isinstance(part, Problem) else _rich_section(part, place, {"rich_text_section"})
        else:
            yield from _rich_section(item, where, {"rich_text_section", "rich_text_preformatted", "rich_text_quote"})


def _rich_section(value: Any, at: str, kinds: Set[str]) -> Iterator[Problem]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in kinds:
        yield Problem(at, f"unsupported type: {kind}")
        return
    yield from missing_keys(value, Shape({"type", "elements"}, {"border", "language"}), at)
    held = value.get("elements", [])
    for number, part in enumerate(held if isinstance(held, list) else []):
        yield from _part(part, f"{at}/elements/{number}")
    if not isinstance(held, list):
        yield Problem(f"{at}/elements", "must be an array")


def _part(value: Any, at: str) -> Iterator[Problem]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in _PARTS:
        yield Problem(at, f"unsupported type: {kind}")
        return
    key = _PART_KEYS[str(kind)]
    if key not in value:
        yield Problem(at, f"missing required field: {key}")
    elif key == "timestamp":
        if not isinstance(value[key], int):
            yield Problem(f"{at}/{key}", "must be an integer")
    else:
        yield from filled(value[key], f"{at}/{key}", 100_000)
    style = value.get("style", {})
    if not isinstance(style, dict) or style.keys() - _STYLES:
        yield Problem(f"{at}/style", "unknown style")


def _button(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if "text" in value:
        yield from text_object(value["text"], f"{at}/text", 75, plain=True)
    for key, limit in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        if key in value:
            yield from filled(value[key], f"{at}/{key}", limit)
    if value.get("style", "primary") not in ("primary", "danger"):
        yield Problem(f"{at}/style", "must be primary or danger")


def _feedback(value: dict[str, Any], at: str) -> Iterator[Problem]:
    for key in HALVES:
        half, where = value.get(key, {}), f"{at}/{key}"
        if not isinstance(half, dict):
            yield Problem(where, "must be an object")
        elif key in value:
            yield from missing_keys(half, _HALF, where)
            yield from _button(half, where)


def _options(limit: int, key: str = "options") -> Callable[[dict[str, Any], str], Iterator[Problem]]:
    def check(value: dict[str, Any], at: str) -> Iterator[Problem]:
        if key not in value:
            return
        for where, item in listed(value[key], f"{at}/{key}", limit):
            yield from [item] if isinstance(item, Problem) else _option(item, where)

    return check


def _option(value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, "must be an object")
        return
    yield from missing_keys(value, Shape({"text", "value"}, {"description", "url"}), at)
    if "text" in value:
        yield from text_object(value["text"], f"{at}/text", 75)
    if "value" in value:
        yield from filled(value["value"], f"{at}/value", 150)
    if "description" in value:
        yield from text_object(value["description"], f"{at}/description", 75)
    if "url" in value:
        yield from filled(value["url"], f"{at}/url", 3000)


def _static(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if ("options" in value) == ("option_groups" in value):
        yield Problem(at, "exactly one of options and option_groups is required")
    yield from _options(100)(value, at)
    yield from _initial(value, at)
    if "option_groups" in value:
        for where, group in listed(value["option_groups"], f"{at}/option_groups", 100):
            if isinstance(group, Problem):
                yield group
            elif not isinstance(group, dict):
                yield Problem(where, "must be an object")
            else:
                yield from missing_keys(group, Shape({"label", "options"}), where)
                yield from text_object(group.get("label"), f"{where}/label", 75, plain=True)
                yield from _options(100)(group, where)


def _multi_remote(value: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from _options(100, "initial_options")(value, at)
    for key, least in (("min_query_length", 0), ("max_selected_items", 1)):
        number = value.get(key, least)
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            yield Problem(f"{at}/{key}", f"must be an integer of at least {least}")


def _confirm(value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, "must be an object")
        return
    yield from missing_keys(value, Shape({"title", "text", "confirm", "deny"}, {"style"}), at)
    for key, limit, plain in (("title", 100, True), ("text", 300, False), ("confirm", 30, True), ("deny", 30, True)):
        if key in value:
            yield from text_object(value[key], f"{at}/{key}", limit, plain=plain)


def _initial(value: dict[str, Any], at: str) -> Iterator[Problem]:
    """Yield initial options that are not among the options."""
    offered = value.get("options")
    held = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    if "initial_options" in value:
        yield from _options(100, "initial_options")(value, at)
    if isinstance(offered, list) and isinstance(held, list) and any(option not in offered for option in held):
        yield Problem(at, "initial options must be among the options")


def _choice(limit: int) -> Callable[[dict[str, Any], str], Iterator[Problem]]:
    def check(value: dict[str, Any], at: str) -> Iterator[Problem]:
        yield from _options(limit)(value, at)
        yield from _initial(value, at)

    return check


def _remote(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if "initial_option" in value:
        yield from _option(value["initial_option"], f"{at}/initial_option")
    number = value.get("min_query_length", 0)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        yield Problem(f"{at}/min_query_length", "must be an integer of at least 0")


def _time(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if "initial_time" in value and not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", str(value["initial_time"])):
        yield Problem(f"{at}/initial_time", "must be HH:mm")


def _date(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if "initial_date" in value and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value["initial_date"])):
        yield Problem(f"{at}/initial_date", "must be YYYY-MM-DD")


def _written(value: dict[str, Any], at: str) -> Iterator[Problem]:
    for key, least in (("min_length", 0), ("max_length", 1)):
        number = value.get(key, least)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= 3000:
            yield Problem(f"{at}/{key}", f"must be an integer from {least} to 3000")
    if "initial_value" in value:
        yield from filled(value["initial_value"], f"{at}/initial_value", 3000)


def _nothing(value: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from ()


_CHECKS: dict[str, Callable[[dict[str, Any], str], Iterator[Problem]]] = {
    "button": _button,
    "feedback_buttons": _feedback,
    "image": image,
    "overflow": _options(5),
    "checkboxes": _choice(10),
    "radio_buttons": _choice(10),
    "static_select": _static,
    "multi_static_select": _static,
    "external_select": _remote,
    "multi_external_select": _multi_remote,
    "timepicker": _time,
    "datepicker": _date,
    "plain_text_input": _written,
}
