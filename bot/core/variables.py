"""Kubernetes' references to variables, ``$(VAR)``, in command, args and the values of env."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

#: Of a longer result the rest is cut: values that name each other several times grow without end.
EXPANDED_CHARS = 131_072

#: How much references may add to all words, or to all variables, of one container; beyond it texts stay as written. One
#: object of 1 MB could ask for gigabytes.
ADDED_CHARS = 8 * EXPANDED_CHARS

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


class Expanded(Struct, frozen=True):
    """A text with its references replaced.

    Args:
        unknown: names of variables that are set to a value not known here (a Secret's), in order of appearance; their
            references stay as written.
        undefined: names that nothing sets; they stay as well, and envFrom or the image may still set them.
        known: names of those that were replaced.
        is_cut: whether the text was longer than EXPANDED_CHARS.
    """

    text: str
    unknown: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    is_cut: bool = False


def expand(text: str, values: Mapping[str, str | None]) -> Expanded:
    """Replace ``$(VAR)`` by its value, where ``$$`` stands for one ``$``; what a value holds is not looked at again.

    Args:
        values: those set for the container; for the value of a variable only the ones listed before it. None where the
            value is not known.

    Source: kubernetes.io "Define Dependent Environment Variables" and kubernetes third_party/forked/golang/expansion,
    read 2026-11-29.
    """
    parts: list[str] = []
    unknown: dict[str, None] = {}
    undefined: dict[str, None] = {}
    known: dict[str, None] = {}
    at = size = 0
    end = text.rfind(")") + 1  # nothing behind it refers, and looking for a ) from every place there would take long
    for match in _REFERENCE.finditer(text, 0, end):
        name = match[1]
        value = "$" if name is None else values.get(name)
        if name is not None:
            (known if value is not None else unknown if name in values else undefined)[name] = None
        parts += (text[at : match.start()], match[0] if value is None else value)
        size += len(parts[-2]) + len(parts[-1])
        at = match.end()
        if size > EXPANDED_CHARS:
            break
    else:
        parts += (text[at:end], text[end:].replace("$$", "$"))
    expanded = "".join(parts)
    return Expanded(
        expanded[:EXPANDED_CHARS], tuple(unknown), tuple(undefined), tuple(known), len(expanded) > EXPANDED_CHARS
    )


def expand_all(texts: Iterable[str], values: Mapping[str, str | None]) -> list[str]:
    """Return several texts, each with its references replaced, as far as ADDED_CHARS go."""
    room, found = ADDED_CHARS, []
    for text in texts:
        found.append(expand(text, values).text if room > 0 else text)
        room -= max(len(found[-1]) - len(text), 0)
    return found


def resolve(written: Iterable[tuple[str, str | None]]) -> tuple[dict[str, str | None], dict[str, frozenset[str]]]:
    """Return variables with the references in their values replaced as far as ADDED_CHARS go, and what is put in.

    What is put in are the names of the unknown variables whose references stand in a value, also through others. Only
    what stands before a variable is known to it.

    Args:
        written: in their order, name and value; None where it is not known.
    """
    room = ADDED_CHARS
    values: dict[str, str | None] = {}
    put_in: dict[str, frozenset[str]] = {}
    for name, value in written:
        text, inside = value, frozenset[str]()
        if value is not None and room > 0:
            expanded = expand(value, values)
            text = expanded.text
            inside = frozenset(expanded.unknown).union(*(put_in[known] for known in expanded.known))
            room -= max(len(text) - len(value), 0)
        values[name], put_in[name] = text, inside
    return values, put_in
