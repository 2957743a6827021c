"""Document to a Slack message."""

from dataclasses import dataclass
from typing import Any

from bot.core.buttons import Asked
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.mrkdwn import to_mrkdwn


@dataclass(frozen=True, slots=True)
class Message:
    """One Slack message: ``text`` says everything, ``blocks`` show it."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def to_message(
    document: Document, catalogue: Catalogue, asked: Asked, *, command: str = "/runtime", can_share: bool
) -> Message:
    """Return the document as a Slack message."""
    text = to_mrkdwn(document, catalogue, asked.words)
    return Message(text, ({"type": "section", "text": {"type": "mrkdwn", "text": text[:2900]}},))
