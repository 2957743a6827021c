"""What a person typed, as Slack delivers it, to plain words; and the language it is in."""

import html
import re
from collections.abc import Mapping

_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:[a-z][a-z0-9+.-]*:[^|>]*)\|([^>]*)>|<([a-z][a-z0-9+.-]*:[^|>]*)>", re.IGNORECASE)
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")

#: A question is one line of a person; more than this is a paste and is not read to its end.
QUESTION_CHARS = 4000


def language_of(text: str) -> str:
    """Return ``ko`` for a text with any Hangul, else ``en``."""
    return "ko" if _HANGUL.search(text) else "en"


def normalise(text: str) -> str:
    """Return what a person typed: mentions dropped, link texts kept, entities decoded, white space folded."""
    text = _LINK.sub(lambda match: match[1] or match[2], text[:QUESTION_CHARS])
    text = _MENTION.sub(" ", text)
    return " ".join(html.unescape(text).split())


def joined(text: str, names: Mapping[str, str]) -> str:
    """Return a text with each of the names that are written as several words as the one word it is read as."""
    for several, one in names.items():
        pattern = r"\s+".join(re.escape(word) for word in several.split())
        text = re.sub(rf"(?<![\w-]){pattern}(?![a-z0-9_-])", one, text, flags=re.IGNORECASE)
    return text
