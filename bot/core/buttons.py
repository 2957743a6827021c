"""Buttons as values: their action ids, and the question a button carries; knows no Slack client."""

import json
from dataclasses import dataclass

#: ``action_id`` of every button the bot sends. Two in one block need different ids, so some get ``-N`` appended.
ASK = "ask"
PREVIOUS = "previous"
NEXT = "next"
SHARE = "share"
ACTIONS = (ASK, PREVIOUS, NEXT, SHARE)

#: Version of the value; buttons of another version are answered with the way to ask again.
VERSION = 1

#: Slack refuses longer values (docs.slack.dev, block elements, checked 2026-11-22).
VALUE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message answers: enough to ask it again.

    Args:
        words: the question's words, as a person would type them after the command.
        language: ``en`` or ``ko``.
        page: page of its list, from 0.
    """

    words: str
    language: str
    page: int = 0


def encode(asked: Asked) -> str | None:
    """Return the value of a button that asks this, None when it would be too long for one."""
    value = json.dumps(
        {"v": VERSION, "q": asked.words, "l": asked.language, "p": asked.page},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return value if len(value) <= VALUE_CHARS else None


def decode(value: str) -> Asked | None:
    """Return what a button asks, None for a value of another version or of another program."""
    try:
        data = json.loads(value)
        if data["v"] != VERSION or isinstance(data["v"], bool):  # True == 1
            return None
        asked = Asked(data["q"], data["l"], data["p"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_valid = isinstance(asked.words, str) and asked.language in ("en", "ko")
    is_page = isinstance(asked.page, int) and not isinstance(asked.page, bool) and 0 <= asked.page < 10_000
    return asked if is_valid and is_page else None
