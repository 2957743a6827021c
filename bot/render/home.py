"""Somebody's Home: a message, and the menu in which they choose the namespaces it shows."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.core.buttons import CHOOSE, CHOSEN, Asked
from bot.render.blocks import Block, Message, to_message
from bot.render.document import Document, visible
from bot.render.limits import OPTION_CHARS, OPTION_VALUE_CHARS, OPTIONS
from bot.render.messages import Catalogue
from bot.render.mrkdwn import PROGRAM
from bot.render.text import plain


def to_home(
    document: Document, catalogue: Catalogue, asked: Asked, chosen: Sequence[str] | None, *, command: str = PROGRAM
) -> Message:
    """Return a document as somebody's Home.

    Args:
        chosen: the namespaces they chose; None where no choice can be kept, so that none is offered.
    """
    message = to_message(document, catalogue, asked, command=command)
    if chosen is None:
        return message
    kinds = [block["type"] for block in message.blocks]
    at = kinds.index("actions") if "actions" in kinds else len(kinds)
    return replace(message, blocks=(*message.blocks[:at], _picker(chosen, catalogue), *message.blocks[at:]))


def _picker(chosen: Sequence[str], catalogue: Catalogue) -> Block:
    """Return the menu as a block. It asks the bot for its options: a cluster has more than a menu may list."""
    menu: Block = {
        "type": "multi_external_select",
        "action_id": CHOOSE,
        "placeholder": _plain_text(plain(catalogue.say("home.placeholder"))),
        "min_query_length": 0,
        "max_selected_items": CHOSEN,
    }
    if initial := matching("", chosen):
        menu["initial_options"] = initial
    return {"type": "section", "text": _plain_text(plain(catalogue.say("home.choose"))), "accessory": menu}


def matching(query: str, names: Sequence[str]) -> list[Block]:
    """Return the names that hold the query as options, those that begin with it first, as many as a menu takes."""
    wanted = query.strip().lower()
    found = [name for name in names if wanted in name.lower() and 0 < len(name) <= OPTION_VALUE_CHARS]
    found.sort(key=lambda name: (not name.lower().startswith(wanted), name) if wanted else (False, ""))
    return [{"text": _plain_text(visible(name, OPTION_CHARS)), "value": name} for name in found[:OPTIONS]]


def _plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
