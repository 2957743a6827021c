"""What people ask, in commands and in their own words, to Questions. Pure: names and knowledge are passed in."""

from bot.core.understand.commands import LISTED, Grammar, ordered, understand
from bot.core.understand.names import NO_NAMES, Names
from bot.core.understand.parsing import COMMANDS
from bot.core.understand.reading import Understanding, Understood
from bot.core.understand.sentence import Words
from bot.core.understand.text import QUESTION_CHARS, language_of, normalise
from bot.core.understand.writing import words_of

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
    "ordered",
    "understand",
    "words_of",
]
