"""Buttons as values: their action ids, the question or the verdict a button carries; knows no Slack client."""

import json
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.core.masking import masked

#: ``action_id`` of every button the bot sends. Two in one block need different ids, so some get ``-N`` appended.
ASK = "ask"
PREVIOUS = "previous"
NEXT = "next"
SHARE = "share"
RATE = "rate"
ORDER = "order"
ACTIONS = (ASK, PREVIOUS, NEXT, SHARE, RATE, ORDER)

#: ``callback_id`` of the entries in the menu of a message: a question, and manifests to judge.
SHORTCUT = "ask_about_this"
CHECK = "check_runtime_risk"

#: ``action_id`` of the menu in which somebody chooses namespaces, and how many they may choose.
CHOOSE = "choose"
CHOSEN = 10

#: Questions offered to begin with; the catalogues have as many (``agent.prompt-1`` and so on), and Slack takes no more.
PROMPTS = 4

#: Version of the value; buttons of another version are answered with the way to ask again.
VERSION = 1

#: Slack refuses longer values (docs.slack.dev, block elements, checked 2026-11-22).
VALUE_CHARS = 2000


class Asked(Struct, frozen=True):
    """What a message answers: enough to ask it again.

    Args:
        words: the question's words, as a person would type them after the command.
        language: ``en`` or ``ko``.
        page: page of its list, from 0.
    """

    words: str
    language: str
    page: int = 0


class Rating(Struct, frozen=True):
    """What somebody thinks of an answer.

    Args:
        question: the words that were asked; secrets are masked in the button already.
        language: ``en`` or ``ko``, of the answer.
        kind: what the question was understood as, such as ``nodes``.
        words: the same as words that ask it again; empty when there are none.
        asker: Slack id of whose question it is.
        is_good: whether the answer helped.
    """

    question: str
    language: str
    kind: str
    words: str
    asker: str = ""
    is_good: bool = True


def encode(asked: Asked) -> str | None:
    """Return the value of a button that asks this, None when it would be too long for one."""
    return _value({"q": asked.words, "l": asked.language, "p": asked.page})


def decode(value: str) -> Asked | None:
    """Return what a button asks, None for a value of another version or of another program."""
    try:
        data = _data(value)
        asked = Asked(data["q"], data["l"], data["p"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_valid = isinstance(asked.words, str) and asked.language in ("en", "ko")
    is_page = isinstance(asked.page, int) and not isinstance(asked.page, bool) and 0 <= asked.page < 10_000
    return asked if is_valid and is_page else None


def encode_rating(rating: Rating) -> tuple[str, str] | None:
    """Return the values of the buttons for good and for bad, None when they would be too long."""
    rating = replace(rating, question=masked(rating.question))
    about = {"q": rating.question, "l": rating.language, "k": rating.kind, "w": rating.words, "u": rating.asker}
    good, bad = (_value({**about, "g": is_good}) for is_good in (True, False))
    return (good, bad) if good and bad else None


def decode_rating(value: str) -> Rating | None:
    """Return the verdict of a button, None for a value of another version or of another program."""
    try:
        data = _data(value)
        rating = Rating(data["q"], data["l"], data["k"], data["w"], data["u"], data["g"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    are_texts = all(isinstance(text, str) for text in (rating.question, rating.kind, rating.words, rating.asker))
    return rating if are_texts and rating.language in ("en", "ko") and isinstance(rating.is_good, bool) else None


def _value(data: dict[str, object]) -> str | None:
    value = json.dumps({"v": VERSION, **data}, ensure_ascii=False, separators=(",", ":"))
    return value if len(value) <= VALUE_CHARS else None


def _data(value: str) -> dict[str, Any]:
    """Return what a value of this version holds. Raises: ValueError, KeyError, TypeError: it is none."""
    data: dict[str, Any] = json.loads(value)
    if data["v"] != VERSION or isinstance(data["v"], bool):  # True == 1
        raise ValueError(value)
    return data
