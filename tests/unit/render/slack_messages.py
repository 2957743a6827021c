"""What Slack is sent for a question, and what must hold of every message whatever it holds."""

import html
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from bot.core.buttons import Asked, decode
from bot.core.understand import normalise, understand
from bot.core.view import ClusterView
from bot.playground.slack.limits import MESSAGE_CHARS, problems, visible_chars
from bot.render import limits
from bot.render.blocks import Message, chars, to_message
from bot.render.compose import compose
from bot.render.document import Document
from bot.render.parts import SLACK
from tests.unit.clusters import ask, catalogue, grammar
from tests.unit.render.hostile import URLS, check_mrkdwn, check_plain


def document_of(view: ClusterView, text: str, language: str = "en", page: int = 0) -> Document:
    """Return the document that the bot draws for a text."""
    return compose(ask(view, text, language), catalogue(language), replace(SLACK, page=page))


def message_of(view: ClusterView, text: str, language: str = "en", page: int = 0, *, can_share: bool = True) -> Message:
    """Return the message that the bot sends for a text."""
    document = document_of(view, text, language, page)
    asked = Asked(normalise(text), language, page)
    return to_message(document, catalogue(language), asked, can_share=can_share)


def buttons(message: Message) -> list[dict[str, Any]]:
    """Return every button of a message, in order."""
    return [item for block in message.blocks for item in _held(block) if item["type"] == "button"]


def button(message: Message, action: str) -> dict[str, Any]:
    """Return the one button with that action id."""
    (found,) = (item for item in buttons(message) if item["action_id"] == action)
    return found


def asked_by(message: Message, action: str) -> Asked:
    """Return what the button with that action id asks."""
    asked = decode(button(message, action)["value"])
    assert asked is not None
    return asked


def mrkdwn_texts(message: Message) -> Iterator[str]:
    """Yield every text of the blocks that Slack parses."""
    for block in message.blocks:
        if block["type"] == "section":
            yield block["text"]["text"]
        elif block["type"] == "context":
            yield from (element["text"] for element in block["elements"])


def check_message(message: Message) -> None:
    """Fail when Slack would refuse the message, or anything in it notifies, links or formats unasked."""
    blocks = list(message.blocks)
    assert problems(blocks) == []
    assert len(blocks) <= limits.USED_BLOCKS
    assert visible_chars(blocks) <= MESSAGE_CHARS
    assert chars(blocks) <= limits.ALL_CHARS
    assert 0 < len(message.text) <= limits.MESSAGE_TEXT_CHARS
    check_mrkdwn(message.text)
    for text in mrkdwn_texts(message):
        check_mrkdwn(text)
    for block in blocks:
        if block["type"] == "rich_text":
            _check_rich(block)
    ids = [item["action_id"] for item in buttons(message)]
    assert len(ids) == len(set(ids)), ids
    for item in buttons(message):
        check_plain(item["text"]["text"])
        check_plain(item.get("accessibility_label", "-"))
        asked = decode(item["value"])
        assert asked is not None, item
        understand(asked.words, grammar())


def _check_rich(block: dict[str, Any]) -> None:
    kinds = [part["type"] for part in block["elements"]]
    assert kinds in (["rich_text_section"], ["rich_text_section", "rich_text_preformatted"]), kinds
    for element in (element for part in block["elements"] for element in part["elements"]):
        if element["type"] == "link":
            assert html.unescape(element["url"]) in URLS
        else:
            assert element["type"] == "text", element
            check_plain(f"-{element['text']}")
            assert not set(element["text"]) & set("<>"), element


def _held(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else ())]
