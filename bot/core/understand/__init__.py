"""What people ask, in commands and in their own words, to Questions. Pure: names and knowledge are passed in."""

from bot.core.understand.commands import COMMANDS, Grammar, understand, words_of
from bot.core.understand.text import QUESTION_CHARS, language_of, normalise

__all__ = [
    "COMMANDS",
    "QUESTION_CHARS",
    "Grammar",
    "language_of",
    "normalise",
    "understand",
    "words_of",
]
