"""The first line of a message as ``rich_text``: bold, with names as code, and nothing in it is ever parsed."""

from typing import Any

from bot.render import text as plain_text
from bot.render.document import Code, Command, Line, Link, Name, Place, Segment, Snippet, User, visible

#: rich_text is literal. Should a client of Slack parse it after all, there is no token in these.
_LOOK_ALIKES = str.maketrans("<>", "‹›")


_BOLD = {"bold": True}


def rich_text(line: Line, program: str) -> dict[str, Any]:
    """Return a ``rich_text`` block of one section."""
    elements: list[dict[str, Any]] = []
    for segment in line:
        element = _element(segment, program)
        if element is None:
            continue
        if elements and element["type"] == "text" and elements[-1].get("style") == element["style"] == _BOLD:
            elements[-1]["text"] += element["text"]
        else:
            elements.append(element)
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def preformatted(snippet: Snippet) -> dict[str, Any]:
    """Return a ``rich_text`` block of what lines are and the lines as they are, with Slack's button to copy them."""
    parts = (
        ("rich_text_section", plain_text.plain(snippet.about).translate(_LOOK_ALIKES)),
        ("rich_text_preformatted", snippet.text),
    )
    elements = [{"type": kind, "elements": [{"type": "text", "text": text}]} for kind, text in parts]
    return {"type": "rich_text", "elements": elements}


def _element(segment: Segment, program: str) -> dict[str, Any] | None:
    if isinstance(segment, Link):
        return {"type": "link", "url": segment.url, "text": segment.text, "style": {"bold": True}}
    if isinstance(segment, User):
        return {"type": "user", "user_id": segment.id}
    if isinstance(segment, Place) and segment.is_channel:
        return {"type": "channel", "channel_id": segment.id}
    if isinstance(segment, Place):
        return _text(segment.id, "code")
    if isinstance(segment, Name | Code):
        return _text(visible(segment.text).translate(_LOOK_ALIKES), "code")
    if isinstance(segment, Command):
        words = segment.words if segment.is_whole else f"{program} {segment.words}"
        return _text(visible(words, plain_text.COMMAND_CHARS).translate(_LOOK_ALIKES), "code")
    return _text(segment.text, "bold")


def _text(text: str, style: str) -> dict[str, Any] | None:
    return {"type": "text", "text": text, "style": {style: True}} if text else None
