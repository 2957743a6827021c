"""The parts every check of blocks is made of: problems, keys, lists, text objects, and finding all texts."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. ``pointer``: where, as a JSON pointer such as ``/blocks/0/text``."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


@dataclass(frozen=True, slots=True)
class Shape:
    """Keys an object must have, and those it may have besides."""

    required: Set[str]
    optional: Set[str] = frozenset()


def missing_keys(value: dict[str, Any], shape: Shape, at: str, optional: Set[str] = frozenset()) -> Iterator[Problem]:
    """Yield required keys that are not there and keys Slack does not know.

    Args:
        optional: required keys of the shape that may be left out all the same.
    """
    for key in sorted(shape.required - optional - value.keys()):
        yield Problem(at, f"missing required field: {key}")
    for key in sorted(value.keys() - shape.required - shape.optional):
        yield Problem(at, f"invalid additional property: {key}")


def filled(value: Any, at: str, limit: int) -> Iterator[Problem]:
    """Yield what is wrong with a string of 1 to ``limit`` characters."""
    if not isinstance(value, str):
        yield Problem(at, "must be a string")
    elif not value:
        yield Problem(at, "must be more than 0 characters")
    elif len(value) > limit:
        yield Problem(at, f"must be less than {limit + 1} characters")


def listed(value: Any, at: str, limit: int) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each item; a Problem as the value when the list itself is wrong."""
    if not isinstance(value, list | tuple):
        yield at, Problem(at, "must be an array")
        return
    if isinstance(value, list) and not value:
        yield at, Problem(at, "no less than 1 items allowed")
    if len(value) > limit:
        yield at, Problem(at, f"no more than {limit} items allowed")
    for number, item in enumerate(value):
        yield f"{at}/{number}", item


def text_object(value: Any, at: str, limit: int, *, plain: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with a text object; ``plain`` allows no mrkdwn."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield Problem(at, f"must be a text object of type {' or '.join(kinds)}")
        return
    extra = "emoji" if value["type"] == "plain_text" else "verbatim"
    yield from missing_keys(value, Shape({"type", "text"}, {extra}), at)
    if extra in value and not isinstance(value[extra], bool):
        yield Problem(f"{at}/{extra}", "must be a boolean")
    if "text" in value:
        yield from filled(value["text"], f"{at}/text", limit)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text people see in blocks or parts of blocks."""
    if isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("text", "alt_text") and isinstance(item, str):
                yield item
            elif key not in ("confirm", "options", "option_groups"):
                yield from texts_of(item)
