"""How evidence is shown: no secret in it, no longer than a line."""

import re
from collections.abc import Iterable

from bot.core.endpoints import read_endpoint

#: A path, an address or an image reference may be longer than what anybody reads; the most of words of a command.
VALUE_CHARS = 512
WORDS_CHARS = 80

_CUT = "…"
#: Prisma Cloud puts its access token into the path of its images.
_TOKEN = re.compile(r"\b(tw_)[A-Za-z0-9]{8,}")
_USER = re.compile(r"(?<=//)[^\s/]*@|(?<==)[^\s/=]*:[^\s/]*@")


def shown(text: str) -> str:
    """Return evidence of one line, cut where it is long; no token of a registry is in it."""
    text = _TOKEN.sub(rf"\1{_CUT}", text)
    text = text.replace("\n", " ").replace("\0", " ")
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + _CUT


def address(text: str) -> str:
    """Return an address as written, without user and password; nothing of one that cannot be read and may hold them."""
    if "@" not in text:
        return shown(text)
    endpoint = read_endpoint(text)
    return shown(str(endpoint)) if endpoint else _CUT


def _without_user(word: str) -> str:
    if "@" not in word:
        return word[:VALUE_CHARS]
    return _USER.sub("", word) if len(word) <= VALUE_CHARS else _CUT


def words(texts: Iterable[str]) -> str:
    """Return the words of a command that show what it does, without user and password."""
    text = " ".join(" ".join(_without_user(word).split()) for word in texts)
    return text if len(text) <= WORDS_CHARS else text[: WORDS_CHARS - 1] + _CUT
