"""Words to a Question, the same for a terminal, a slash command and a mention; knows no cluster."""

import difflib
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.questions import AtRisk, Explain, Export, Guide, Help, Milestones, Nodes, Question, Status
from bot.core.runtimes import Runtime

_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:[a-z][a-z0-9+.-]*:[^|>]*)\|([^>]*)>|<([a-z][a-z0-9+.-]*:[^|>]*)>", re.IGNORECASE)
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+(?:[-+][\w.+-]+)?)?)$", re.ASCII)

#: A question is one line of a person; more than this is a paste and is not read to its end.
QUESTION_CHARS = 4000

#: A shorter word resembles too many commands to be a mistyped one.
MISTYPED_CHARS = 3

#: A mistyped command with more words than this is a sentence: its other words mean something else.
COMMAND_WORDS = 3


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of the commands. ``words`` maps every spelling in every language to its command."""

    words: Mapping[str, str]


def language_of(text: str) -> str:
    """Return ``ko`` for a text with any Hangul, else ``en``."""
    return "ko" if _HANGUL.search(text) else "en"


def normalise(text: str) -> str:
    """Return what a person typed: mentions dropped, link texts kept, entities decoded, white space folded."""
    text = _LINK.sub(lambda match: match[1] or match[2], text[:QUESTION_CHARS])
    text = _MENTION.sub(" ", text)
    return " ".join(html.unescape(text).split())


def understand(text: str, grammar: Grammar) -> Question:
    """Return the question that a text asks.

    An unknown first word gives Help with the nearest valid question; nothing is guessed.
    """
    words = normalise(text).split()
    if words and words[0].lower() in ("/runtime", "runtime"):
        words = words[1:]
    if not words:
        return Help()
    command = grammar.words.get(_bare(words[0]) or words[0])
    if command is None:
        return Help(unknown=" ".join(words), nearest=_nearest(words, grammar))
    return _PARSERS[command]([word.strip("`") for word in words[1:] if word.strip("`")])


def _bare(word: str) -> str:
    return word.lower().strip("`'\"?!.,:")


def _nearest(words: list[str], grammar: Grammar) -> str | None:
    first = _bare(words[0])
    close = difflib.get_close_matches(first, grammar.words, n=1, cutoff=0.6) if len(first) >= MISTYPED_CHARS else []
    if not close:
        # "show me the nodes": a command word in the middle is nearer than nothing.
        return next((grammar.words[_bare(word)] for word in words if _bare(word) in grammar.words), None)
    return " ".join([grammar.words[close[0]], *(words[1:] if len(words) <= COMMAND_WORDS else ())])


def _status(words: list[str]) -> Question:
    target = _without_article(words, "pool", "node")
    return Status(" ".join(target) or None)


def _nodes(words: list[str]) -> Question:
    runtimes: tuple[Runtime, ...] = ()
    pool = version = name = None
    ready = None
    for word in (word for word in words if any(character.isalnum() for character in word)):
        key, equals, value = word.partition("=")
        key = key.lower() if equals else ""
        value = value if equals else word
        lower = value.lower()
        if lower == "docker" and key in ("", "runtime"):
            runtimes += (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
        elif lower in list(Runtime) and key in ("", "runtime"):
            runtimes += (Runtime(lower),)
        elif lower in ("ready", "notready", "not-ready") and not key:
            ready = lower == "ready"
        elif (match := _VERSION.match(lower)) and key in ("", "version", "kubelet"):
            if version not in (None, match[1]):
                return _too_many(words)
            version = match[1]
        elif key in ("node", "name"):
            name = value
        elif key or lower not in ("pool", "node", "nodes", "on", "in"):
            if pool not in (None, value):
                return _too_many(words)
            pool = value
    return Nodes(tuple(dict.fromkeys(runtimes)), pool, version, name, ready)


def _too_many(words: list[str]) -> Question:
    """Two pools or two versions at once: none of them is dropped in silence."""
    return Help(unknown=" ".join(("nodes", *words)), nearest=f"nodes {words[0]}")


def _pods(words: list[str]) -> Question:
    target = " ".join(_without_article(words, "in", "namespace"))
    if not target:
        return AtRisk()
    return AtRisk(workload=target) if "/" in target else AtRisk(namespace=target)


def _explain(words: list[str]) -> Question:
    if not words:
        return Help(unknown="explain", nearest="explain NAMESPACE/NAME")
    return Explain(" ".join(words))


def _guide(words: list[str]) -> Question:
    return Guide(" ".join(words) or None)


def _export(words: list[str]) -> Question:
    what = " ".join(_without_article(words, "all", "the")).lower()
    if what in ("", "pods", "workloads"):
        return Export()
    return Export(nodes=True) if what in ("nodes", "node") else Help(unknown=f"export {what}", nearest="export nodes")


def _without_article(words: list[str], *articles: str) -> list[str]:
    while len(words) > 1 and words[0].lower() in articles:
        words = words[1:]
    return words


_PARSERS: Mapping[str, Callable[[list[str]], Question]] = {
    "status": _status,
    "nodes": _nodes,
    "pods": _pods,
    "explain": _explain,
    "guide": _guide,
    "milestones": lambda words: Milestones(),
    "export": _export,
    "help": lambda words: Help(),
}

COMMANDS = tuple(_PARSERS)
