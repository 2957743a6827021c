"""The variable of a ``for`` loop in the POSIX shell: a command that names it runs once for each word of the list."""

import re
from itertools import islice

from msgspec.structs import replace

from bot.core.shell_words import Command

#: Of a longer list the first words, and no longer word.
_ITEMS = 8
_ITEM_CHARS = 64

#: In a longer word no variable of a loop is replaced.
_WORD_CHARS = 4096

_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

#: A word with one of these is another in each shell: ``*.log``, ``$(docker ps -q)``.
_OPEN = frozenset("$`*?[")

Loops = dict[str, tuple[str, ...]]


def loop_of(head: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return the variable and the words it takes, of the words behind ``for``; ``$NAME`` is one that is not known."""
    name = "".join(head[:1])
    items = head[2:] if head[1:2] == ["in"] else []
    known = (f"${name}" if len(item) > _ITEM_CHARS or _OPEN & set(item) else item for item in items)
    return name, tuple(dict.fromkeys(known))[:_ITEMS]


def loops_in(command: Command, loops: Loops) -> Loops:
    """Return those loops whose variable a command names."""
    if not loops:
        return {}
    texts = (*command.words, *(value for _, value in command.assignments))
    names = (match[1] or match[2] for text in texts if "$" in text for match in _REFERENCE.finditer(text))
    return {name: loops[name] for name in dict.fromkeys(names) if loops.get(name)}


def each_of(command: Command, more: int) -> list[Command]:
    """Return a command as its loops run it, in the order of the list: at most eight times, and ``more`` than once."""
    found = [command]
    for name, items in command.loops.items():
        found = list(islice((_with(one, name, item) for one in found for item in items), min(_ITEMS, 1 + more)))
    return found


def _with(command: Command, name: str, item: str) -> Command:
    def put(text: str) -> str:
        if "$" not in text or len(text) > _WORD_CHARS:
            return text
        return _REFERENCE.sub(lambda match: item if name in (match[1], match[2]) else match[0], text)

    words = [put(word) for word in command.words]
    if command.words[:1] in ([f"${name}"], [f"${{{name}}}"]):
        words[:1] = item.split()
    return replace(command, words=words, assignments=[(key, put(value)) for key, value in command.assignments])
