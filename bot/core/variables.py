"""Kubernetes' references to variables, ``$(VAR)``, in command, args and the values of env."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Of a longer result the rest is cut: values that name each other several times grow without end.
EXPANDED_CHARS = 131_072

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


@dataclass(frozen=True, slots=True)
class Expanded:
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
