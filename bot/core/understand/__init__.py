"""What people ask, in commands and in their own words, to Questions. Pure: names and knowledge are passed in."""

from bot.core.understand.commands import COMMANDS, LISTED, Grammar, understand, words_of
from bot.core.understand.filling import Words
from bot.core.understand.names import NO_NAMES, Names
from bot.core.understand.reading import Understanding, Understood
from bot.core.understand.text import QUESTION_CHARS, language_of, normalise

__all__ = [
    "COMMANDS",
    "LISTED",
    "NO_NAMES",
    "QUESTION_CHARS",
    "Grammar",
    "Names",
    "Understanding",
    "Understood",
    "Words",
    "language_of",
    "normalise",
    "understand",
    "words_of",
]
