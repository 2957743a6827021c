"""Paths that words name to leave them out: what a backup excludes or a search skips is not opened. Judges nothing."""

import re
from collections.abc import Iterator, Sequence

#: A name for what is left out, and switches with such names that say nothing about the word behind them.
_NAME = re.compile(r"(?:^|[-_.])(?:exclud|ignor|skip|prun)", re.IGNORECASE)
_SWITCH = re.compile(
    r"--(?:exclude-(?:vcs|caches|backups)|skip-old-files|ignore-(?:existing|errors|times|missing|fail|case|command|non))"
    r"[\w-]*"
)

_OPTION = re.compile(r"[\w.=-]+")

#: Tests of find: they choose what is found, unless they are turned round.
_TESTS = frozenset({"-path", "-ipath", "-wholename", "-iwholename"})
_NOT = frozenset({"-not", "!", "\\!"})

#: Words of a text in the shell's or any like syntax, with the quotes in them.
_WORDS = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"']+)+""")
_QUOTES = str.maketrans("", "", "'\"")

#: Quotes in quotes; what lies deeper is one word.
_DEPTH = 4


def names_left_out(name: str) -> bool:
    """Whether an option or a variable is named for what is left out."""
    return _NAME.search(name) is not None and not _SWITCH.fullmatch(name)


def kept(words: Sequence[str]) -> Iterator[str]:
    """Yield the words without those that name what is left out."""
    is_pruned = "-prune" in words
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        name, has_value, _ = word.rpartition("=")
        if has_value and _OPTION.fullmatch(name) and names_left_out(name):
            continue
        if before.startswith("-") and _OPTION.fullmatch(before) and "=" not in before and names_left_out(before):
            continue
        if before in _TESTS and (is_pruned or (at > 1 and words[at - 2] in _NOT)):
            continue
        yield word


def kept_of_text(text: str, depth: int = 0) -> Iterator[str]:
    """Yield the words of a text, those in quotes too, without those that name what is left out."""
    for word in kept([word if _is_text(word) else word.translate(_QUOTES) for word in _WORDS.findall(text)]):
        if _is_text(word) and depth < _DEPTH:
            yield from kept_of_text(_unquoted(word), depth + 1)
        else:
            yield word


def _is_text(word: str) -> bool:
    return any(sign.isspace() for sign in word)


def _unquoted(word: str) -> str:
    """Return a word without its outer quotes; other quotes in it are kept."""
    quote = next((sign for sign in word if sign in "'\""), "")
    return word.replace(quote, " " if word.startswith(quote) else "") if quote else word
