"""Blocks to HTML, one function a kind. Of a block of an unknown kind only the kind is shown, nothing that it holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.playground.preview.mrkdwn import Names, code, emoji, escaped, link, mention, mrkdwn, preformatted, quote

Block = Mapping[str, Any]

_STYLES = (("bold", "b"), ("italic", "i"), ("strike", "s"))


def block(held: Block, names: Names) -> str:
    """Return one block as HTML.

    Args:
        names: what stands for ids of users and channels.
    """
    kind = str(held.get("type"))
    if kind not in _DRAWN:
        return f'<div class="block unknown">{escaped(kind)}</div>'
    return f'<div class="block {kind}">{_DRAWN[kind](held, names)}</div>'


def _text(held: Block, names: Names) -> str:
    """Return a text object."""
    text = str(held.get("text", ""))
    return mrkdwn(text, names) if held.get("type") == "mrkdwn" else escaped(text)


def _header(held: Block, names: Names) -> str:
    return _text(held.get("text", {}), names)


def _section(held: Block, names: Names) -> str:
    parts = []
    if "text" in held:
        parts.append(f'<div class="text">{_text(held["text"], names)}</div>')
    if "fields" in held:
        fields = "".join(f'<div class="text">{_text(field, names)}</div>' for field in held["fields"])
        parts.append(f'<div class="fields">{fields}</div>')
    beside = f'<div class="accessory">{_element(held["accessory"], names)}</div>' if "accessory" in held else ""
    return f'<div class="main">{"".join(parts)}</div>{beside}'


def _context(held: Block, names: Names) -> str:
    items = held.get("elements", ())
    return "".join(
        _image(item, names) if item.get("type") == "image" else f'<div class="text">{_text(item, names)}</div>'
        for item in items
    )


def _actions(held: Block, names: Names) -> str:
    return "".join(_element(item, names) for item in held.get("elements", ()))


def _context_actions(held: Block, names: Names) -> str:
    return "".join(_thumbs(item) for item in held.get("elements", ()) if item.get("type") == "feedback_buttons")


def _thumbs(held: Block) -> str:
    """Return feedback buttons: a thumb each, as Slack shows them; their labels are there to be read aloud."""
    shown = []
    for key, thumb in (("positive_button", "👍"), ("negative_button", "👎")):
        half = held.get(key, {})
        label = f'<span class="spoken">{escaped(str(half.get("text", {}).get("text", "")))}</span>'
        marks = _marks({"action": held.get("action_id"), "value": half.get("value")}, half)
        shown.append(f'<button type="button" class="thumb"{marks}>{thumb}{label}</button>')
    return "".join(shown)


def _divider(held: Block, names: Names) -> str:
    return "<hr>"


def _image(held: Block, names: Names) -> str:
    """Return a frame with the words that stand for the image: nothing is fetched from anywhere."""
    return f'<div class="picture" role="img">{escaped(str(held.get("alt_text", "")))}</div>'


def _markdown(held: Block, names: Names) -> str:
    return f'<div class="text">{escaped(str(held.get("text", "")))}</div>'


def _table(held: Block, names: Names) -> str:
    settings = [setting or {} for setting in held.get("column_settings", ())]
    rows = [list(row) for row in held.get("rows", ())]
    drawn = ("".join(_cell(cell, settings[n : n + 1], names) for n, cell in enumerate(row)) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in drawn)}</table>"


def _cell(held: Block, setting: Sequence[Block], names: Names) -> str:
    align = setting[0].get("align", "left") if setting else "left"
    side = align if align in ("center", "right") else "left"
    wrap = " wrapped" if setting and setting[0].get("is_wrapped") else ""
    shown = _rich_text(held, names) if held.get("type") == "rich_text" else escaped(str(held.get("text", "")))
    return f'<td class="{side}{wrap}">{shown}</td>'


def _rich_text(held: Block, names: Names) -> str:
    return "".join(_rich_part(part, names) for part in held.get("elements", ()))


def _rich_part(held: Block, names: Names) -> str:
    """Return a section, a list, a quotation or a code block."""
    kind, items = held.get("type"), held.get("elements", ())
    if kind == "rich_text_list":
        tag = "ol" if held.get("style") == "ordered" else "ul"
        return f"<{tag}>{''.join(f'<li>{_rich_part(item, names)}</li>' for item in items)}</{tag}>"
    shown = "".join(_rich_element(item, names) for item in items)
    if kind == "rich_text_preformatted":
        return preformatted(shown)
    return quote(shown) if kind == "rich_text_quote" else f'<div class="text">{shown}</div>'


def _rich_element(held: Block, names: Names) -> str:
    style = held.get("style") or {}
    shown = _rich_content(held, names, is_code=bool(style.get("code")))
    for name, tag in _STYLES:
        if style.get(name):
            shown = f"<{tag}>{shown}</{tag}>"
    return shown


def _rich_content(held: Block, names: Names, *, is_code: bool) -> str:
    kind, text = held.get("type"), str(held.get("text", ""))
    if kind == "text":
        return code(text) if is_code else escaped(text)
    if kind == "link":
        url = str(held.get("url", ""))
        return link(url, text or url)
    if kind in ("user", "channel"):
        key = str(held.get(f"{kind}_id", ""))
        return mention(f"{'@' if kind == 'user' else '#'}{names.get(key, key)}")
    if kind == "broadcast":
        return mention(f"@{held.get('range', '')}")
    if kind == "emoji":
        return emoji(f":{held.get('name', '')}:")
    return escaped(str(held.get("fallback", kind)))


def _element(held: Block, names: Names) -> str:
    """Return a button; whatever else can be pressed looks like one here, a menu with what is chosen in it."""
    if held.get("type") == "image":
        return _image(held, names)
    chosen = ", ".join(_text(option["text"], names) for option in held.get("initial_options", ()))
    label = chosen or _text(held.get("text") or held.get("placeholder") or {}, names)
    style = held.get("style")
    look = f"button {style}" if style in ("primary", "danger") else "button"
    marks = _marks({"action": held.get("action_id"), "value": held.get("value"), "url": held.get("url")}, held)
    return f'<button type="button" class="{look}"{marks}>{label}</button>'


def _marks(data: Mapping[str, Any], held: Block) -> str:
    """Return attributes: what a button carries, and what is read aloud in place of its label."""
    marks = "".join(f' data-{key}="{escaped(str(value))}"' for key, value in data.items() if value is not None)
    about = held.get("accessibility_label")
    return f'{marks} aria-label="{escaped(str(about))}"' if about else marks


_DRAWN: Mapping[str, Callable[[Block, Names], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
    "table": _table,
    "rich_text": _rich_text,
}
