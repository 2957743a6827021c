"""What Slack refuses in the blocks of a message, a Home or a modal, by the published limits. Knows no network.

Blocks the bot has no use for (``video``, ``data_table``, ...) are refused as unknown: nothing here checks
them. Source: Slack's block and element reference, checked 2026-11-22; wording of the problems is ours.
"""

import sys
from collections.abc import Iterator
from typing import Any, Literal

from bot.playground.slack import elements
from bot.playground.slack.shapes import Problem, Shape, filled, listed, missing_keys, text_object, texts_of

MESSAGE_BLOCKS, HOME_BLOCKS, MODAL_BLOCKS = 50, 100, 100

Surface = Literal["message", "home", "modal"]

#: Refused anywhere else here: the bot has no use for it in other places.
MODALS_ONLY = frozenset({"input"})

#: Of a view: characters of its texts, of what comes back with it and of its name (docs.slack.dev, modal view).
_VIEW_CHARS = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}
_VIEW_TEXT_CHARS = 24

#: Refused anywhere else (docs.slack.dev, context actions block and markdown block).
MESSAGES_ONLY = frozenset({"context_actions", "markdown"})

#: Characters over all ``markdown`` blocks, and over all cells of a table (the latter seen by others, not published).
MARKDOWN_CHARS, TABLE_CHARS = 12_000, 10_000

#: chat.* refuse a message whose blocks hold more visible characters. Unpublished; the least refused that anyone
#: reported is 11,341 (slackapi/bolt-js issue 2867), and the reporter's next smaller one passed.
MESSAGE_CHARS = 11_300

_COMMON = frozenset({"type", "block_id"})
_SHAPES = {
    "input": Shape(_COMMON | {"label", "element"}, {"hint", "optional", "dispatch_action"}),
    "section": Shape(_COMMON, {"text", "fields", "accessory", "expand"}),
    "header": Shape(_COMMON | {"text"}, {"level"}),
    "context": Shape(_COMMON | {"elements"}),
    "actions": Shape(_COMMON | {"elements"}),
    "context_actions": Shape(_COMMON | {"elements"}),
    "divider": Shape(_COMMON),
    "image": Shape(_COMMON | {"alt_text"}, {"image_url", "slack_file", "title"}),
    "table": Shape(_COMMON | {"rows"}, {"column_settings"}),
    "rich_text": Shape(_COMMON | {"elements"}),
    "markdown": Shape(_COMMON | {"text"}),
}


def problems(blocks: Any, *, surface: Surface = "message") -> list[Problem]:
    """Return everything wrong with the blocks of one message or one Home, in their order."""
    limit = {"message": MESSAGE_BLOCKS, "home": HOME_BLOCKS, "modal": MODAL_BLOCKS}[surface]
    if not isinstance(blocks, list):
        return [Problem("/blocks", "must be an array")]
    found = [Problem("/blocks", f"no more than {limit} items allowed")] if len(blocks) > limit else []
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        found += _block(block, f"/blocks/{number}", surface)
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str) and block_id:
            if block_id in seen:
                found.append(Problem(f"/blocks/{number}/block_id", "block_id must be unique in a message"))
            seen.add(block_id)
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
    if kinds.count("table") > 1:
        found.append(Problem("/blocks", "only one table is allowed"))
    markdown = sum(len(block["text"]) for block in blocks if _is_markdown(block))
    if markdown > MARKDOWN_CHARS:
        found.append(Problem("/blocks", f"markdown blocks hold more than {MARKDOWN_CHARS} characters"))
    return found


def visible_chars(blocks: list[dict[str, Any]]) -> int:
    """Return the characters of all texts in the blocks: text objects, cells, rich text, markdown."""
    return sum(len(text) for text in texts_of(blocks))


def _is_markdown(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "markdown" and isinstance(block.get("text"), str)


def _block(block: Any, at: str, surface: Surface) -> Iterator[Problem]:
    kind = block.get("type") if isinstance(block, dict) else None
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    is_elsewhere = (surface != "message" and kind in MESSAGES_ONLY) or (surface != "modal" and kind in MODALS_ONLY)
    if shape is None or is_elsewhere:
        yield Problem(at, f"unsupported type: {kind}")
        return
    yield from missing_keys(block, shape, at, optional=frozenset({"block_id"}))
    if "block_id" in block:
        yield from filled(block["block_id"], f"{at}/block_id", 255)
    yield from _CHECKS[str(kind)](block, at)
    yield from elements.repeated_ids(block, at)


def view_problems(view: Any) -> list[Problem]:
    """Return everything wrong with a modal, in its order."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return [Problem("/view", "must be an object of type modal")]
    found: list[Problem] = []
    for key, is_needed in (("title", True), ("submit", False), ("close", False)):
        if key in view or is_needed:
            found += text_object(view.get(key), f"/view/{key}", _VIEW_TEXT_CHARS, plain=True)
    for key, limit in _VIEW_CHARS.items():
        if key in view:
            found += filled(view[key], f"/view/{key}", limit)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and "submit" not in view:
        found.append(Problem("/view/submit", "is required when there is an input block"))
    return [*found, *problems(blocks, surface="modal")]


def _input(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for key in ("label", "hint"):
        if key in block:
            yield from text_object(block[key], f"{at}/{key}", 2000, plain=True)
    if "element" in block:
        yield from elements.element(block["element"], f"{at}/element", elements.INPUTS)
    if not isinstance(block.get("optional", False), bool):
        yield Problem(f"{at}/optional", "must be a boolean")


def _section(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if "text" not in block and "fields" not in block:
        yield Problem(at, "missing required field: text or fields")
    if "text" in block:
        yield from text_object(block["text"], f"{at}/text", 3000)
    if "fields" in block:
        for where, item in listed(block["fields"], f"{at}/fields", 10):
            yield from [item] if isinstance(item, Problem) else text_object(item, where, 2000)
    if "accessory" in block:
        yield from elements.element(block["accessory"], f"{at}/accessory", elements.ACCESSORIES)


def _header(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if "text" in block:
        yield from text_object(block["text"], f"{at}/text", 150, plain=True)


def _context(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for where, item in listed(block.get("elements", ()), f"{at}/elements", 10):
        if isinstance(item, Problem):
            yield item
        elif isinstance(item, dict) and item.get("type") == "image":
            yield from elements.element(item, where, {"image"})
        else:
            yield from text_object(item, where, 3000)


def _actions(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for where, item in listed(block.get("elements", ()), f"{at}/elements", 25):
        yield from [item] if isinstance(item, Problem) else elements.element(item, where, elements.ACTIONS)


def _context_actions(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for where, item in listed(block.get("elements", ()), f"{at}/elements", 5):
        yield from [item] if isinstance(item, Problem) else elements.element(item, where, elements.CONTEXT_ACTIONS)


def _image(block: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from elements.image(block, at)
    if "title" in block:
        yield from text_object(block["title"], f"{at}/title", 2000, plain=True)


def _divider(block: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from ()


def _markdown(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if "text" in block:
        # Its limit is over all markdown blocks together: `problems` counts.
        yield from filled(block["text"], f"{at}/text", sys.maxsize)


def _table(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for where, row in listed(block.get("rows", ()), f"{at}/rows", 100):
        if isinstance(row, Problem):
            yield row
            continue
        for place, cell in listed(row, where, 20):
            yield from [cell] if isinstance(cell, Problem) else elements.cell(cell, place)
    if sum(len(text) for text in texts_of(block.get("rows", []))) > TABLE_CHARS:
        yield Problem(f"{at}/rows", f"cells hold more than {TABLE_CHARS} characters")
    if "column_settings" in block:
        for where, setting in listed(block["column_settings"], f"{at}/column_settings", 20):
            if isinstance(setting, Problem):
                yield setting
            elif setting is not None:
                yield from elements.column_setting(setting, where)


def _rich_text(block: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from elements.rich_text(block, at)


_CHECKS = {
    "input": _input,
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "divider": _divider,
    "image": _image,
    "table": _table,
    "rich_text": _rich_text,
    "markdown": _markdown,
}
