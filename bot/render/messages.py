"""The message catalogue of one language: a key and values become a line; knows no answer."""

import string
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.render.document import Line, Name, Segment, Text

#: What a placeholder may stand for. A plain ``str`` is untrusted text; our own text is a Text or a Line.
Value = str | int | date | Segment | Line


class Catalogue:
    """The messages of one language.

    Args:
        language: ``en`` or ``ko``.
        tables: section to key to text, or to a table with ``one`` and ``other``.
    """

    def __init__(self, language: str, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self.language = language
        self._tables = tables
        self._parsed: dict[str, tuple[tuple[str, str | None], ...]] = {}

    def say(self, key: str, **values: Value) -> Line:
        """Return the entry ``section.name`` with its placeholders filled.

        A plural entry is chosen by ``n``; Korean has one form for all numbers.

        Raises: KeyError: no such entry, or a placeholder without a value.
        """
        line: list[Segment] = []
        for literal, placeholder in self._template(key, values.get("n")):
            if literal:
                line.append(Text(literal))
            if placeholder is not None:
                line.extend(_segments(values[placeholder]))
        return tuple(line)

    def plain(self, key: str, **values: Value) -> str:
        """Return an entry as a string, for JSON: names are as they are."""
        return "".join(segment.text if isinstance(segment, (Text, Name)) else "" for segment in self.say(key, **values))

    def has(self, key: str) -> bool:
        """Whether there is such an entry."""
        section, _, name = key.partition(".")
        return name in self._tables.get(section, {})

    def _template(self, key: str, number: Value | None) -> tuple[tuple[str, str | None], ...]:
        section, _, name = key.partition(".")
        entry = self._tables[section][name]
        if isinstance(entry, Mapping):
            form = "one" if number == 1 and "one" in entry else "other"
            entry, key = entry[form], f"{key}.{form}"
        if key not in self._parsed:
            parts = string.Formatter().parse(entry)
            self._parsed[key] = tuple((literal, field) for literal, field, _, _ in parts)
        return self._parsed[key]


def _segments(value: Value) -> Line:
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return (Name(value),)
    if isinstance(value, datetime):
        return (Text(f"{value:%Y-%m-%d %H:%M} UTC"),)
    if isinstance(value, date):
        return (Text(value.isoformat()),)
    if isinstance(value, int):
        return (Text(f"{value:,}"),)
    return (value,)
