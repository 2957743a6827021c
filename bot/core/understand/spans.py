"""From words to the moment a change is asked from: a day, or so many days back; English and Korean."""

import re
from collections.abc import Iterable
from datetime import date

from bot.core.questions import Changes

#: As long as history is kept: who asks from further back gets all of it.
MOST_DAYS = 400

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN = re.compile(r"(\d{1,4})\s*(d|days?|일|w|weeks?|주)(?![a-z])", re.ASCII)
_WEEKS = re.compile(r"w|weeks?|주", re.ASCII)

#: Words for a number of days, longest first where one begins another.
_SAID = (
    (re.compile(r"\b(?:last|past|a|this) week\b|지난\s?주|이번\s?주|일주일", re.ASCII), 7),
    (re.compile(r"\b(?:last|past|a|this) month\b|지난\s?달|이번\s?달|한\s?달", re.ASCII), 30),
)


def changes_in(text: str) -> Changes:
    """Return what is asked of changes: since the first day or span named, else of the last 24 hours."""
    text = text.lower()
    for found in _DAY.findall(text):
        try:
            return Changes(since=date.fromisoformat(found))
        except ValueError:  # the 30th of February: no day, so none was named
            continue
    if span := _SPAN.search(text):
        days = int(span[1]) * (7 if _WEEKS.fullmatch(span[2]) else 1)
        return Changes(days=min(max(days, 1), MOST_DAYS))
    return next((Changes(days=days) for said, days in _SAID if said.search(text)), Changes())


def is_span(words: Iterable[str]) -> bool:
    """Whether words say nothing but from when on: ``since 2026-11-20``, ``7d``, ``3 weeks``."""
    return all(
        word in ("since", "last", "days", "day", "weeks", "week", "일", "주")
        or word.isdecimal()
        or bool(_DAY.fullmatch(word) or _SPAN.fullmatch(word))
        for word in words
    )
