"""The commands as people type them: which words make one, and which question it asks; knows no cluster."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct, field

from bot.core.exception_orders import exception_order_of
from bot.core.orders import Order, Verb, order_of, reminder_order_of
from bot.core.questions import ASPECTS, COUNTED, NODE_STATES, Help, Manage, Question
from bot.core.runtimes import Runtime
from bot.core.understand.parsing import VERSION, parse
from bot.core.understand.spans import is_span
from bot.core.understand.text import normalise

_WORD = re.compile(r'[a-z]+="[^"]*"|\S+')

#: The commands that help lists; the others are what sentences and buttons become.
LISTED = ("status", "nodes", "pods", "explain", "guide", "milestones", "trend", "changes", "export", "help")

#: A shorter word resembles too many commands to be a mistyped one.
MISTYPED_CHARS = 3

#: A mistyped command with more words than this is a sentence: its other words mean something else.
COMMAND_WORDS = 3


class Grammar(Struct, frozen=True):
    """The words of the commands. ``words`` maps every spelling in every language to its command.

    Args:
        verbs: likewise what is ordered by the word after a command; reminder_verbs: by the first word of a text;
            exception_verbs: ``except``, and what may follow it.
    """

    words: Mapping[str, str]
    verbs: Mapping[str, str] = field(default_factory=dict)
    reminder_verbs: Mapping[str, str] = field(default_factory=dict)
    exception_verbs: Mapping[str, str] = field(default_factory=dict)


def understand(text: str, grammar: Grammar) -> Question:
    """Return the question that a text asks.

    An unknown first word gives Help with the nearest valid question; nothing is guessed.
    """
    words = words_in(text)
    if not words:
        return Help()
    command = command_of(words[0], grammar)
    if (order := _of_exceptions(words, grammar)) and (command is None or order.verb is Verb.EXCEPT_HELP):
        return Manage(" ".join(words))  # a button asks again what was only explained
    if command is None:
        return Help(unknown=" ".join(words), nearest=_nearest(words, grammar))
    return parse(command, words[1:])


def ordered(text: str, grammar: Grammar) -> Order | None:
    """Return what a text orders, None for a question."""
    words = words_in(text)
    if not words:
        return None
    order = order_of(command_of(words[0], grammar), words[1:], grammar.verbs)
    order = order or reminder_order_of(words[0], words[1:], grammar.reminder_verbs)
    return order or _of_exceptions(words, grammar)


def _of_exceptions(words: list[str], grammar: Grammar) -> Order | None:
    verbs = grammar.exception_verbs
    if len(words) == 2 and command_of(words[0], grammar) == "help" and verbs.get(words[1].lower()) == Verb.EXCEPT:
        return Order(Verb.EXCEPT_HELP)
    return exception_order_of(words[0], words[1:], verbs)


def words_in(text: str) -> list[str]:
    """Return the words after the slash command; a quoted value of ``key="a b"`` is one word."""
    words = _WORD.findall(normalise(text))
    return words[1:] if words and words[0].lower() in ("/runtime", "runtime") else words


def command_of(word: str, grammar: Grammar) -> str | None:
    """Return the command a word stands for, None when it is no command word."""
    return grammar.words.get(_bare(word) or word)


#: Words beside names and values that a command takes.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "status": ("pool", "node"),
    "nodes": ("docker", *Runtime, *NODE_STATES, "pool", "node", "nodes", "on", "in"),
    "count": ("docker", *Runtime, *NODE_STATES, "pool", "on", "in", *COUNTED),
    "pods": ("in", "namespace"),
    "export": ("all", "the", "pods", "workloads", "nodes", "node"),
    "progress": ("pool",),
    "upgrade": ("to",),
    "node-state": ASPECTS,
    "help": ("me",),
    "digest": ("help",),
}

#: Commands that take nothing: what follows them makes a sentence.
_ALONE = ("milestones", "trend", "version", "help", "export", "digest")


def is_argument(
    command: str,
    word: str,
    exact: Callable[[str], object],
    is_word: Callable[[str], bool],
    topics: Collection[str],
) -> bool:
    """Whether a word is what a command takes, rather than a word of a sentence that begins like one.

    Args:
        exact: what has exactly this name in the cluster; is_word: whether people use it in sentences.
        topics: words that name guides.
    """
    plain = _bare(word)
    if plain in _ARGUMENTS.get(command, ()) or not plain:
        return True
    if command == "changes":
        return is_span((plain,))
    if command in _ALONE:
        return False
    is_value = "=" in word or "/" in word or word.startswith("`") or bool(VERSION.match(plain))
    if is_value:
        return True
    if command in ("guide", "faq"):  # these need no cluster, so its names are not asked for
        return plain in topics or not is_word(plain)
    if exact(plain):
        return True
    return not is_word(plain) and not any("\uac00" <= letter <= "\ud7a3" for letter in plain)


def _bare(word: str) -> str:
    return word.lower().strip("`'\"?!.,:")


def _nearest(words: list[str], grammar: Grammar) -> str | None:
    first = _bare(words[0])
    close = difflib.get_close_matches(first, grammar.words, n=1, cutoff=0.6) if len(first) >= MISTYPED_CHARS else []
    if not close:
        # "show me the nodes": a command word in the middle is nearer than nothing.
        return next((grammar.words[_bare(word)] for word in words if _bare(word) in grammar.words), None)
    return " ".join([grammar.words[close[0]], *(words[1:] if len(words) <= COMMAND_WORDS else ())])
