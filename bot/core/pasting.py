"""Manifests in a Slack message: the texts somebody pasted, as they were before Slack, and the files beside them.

How Slack writes a message: docs.slack.dev, "Formatting message text", and the file object (checked 2026-11-29).
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_FENCE: Final = "```"

#: What Slack makes of addresses, mentions and dates; a ``<`` that somebody typed arrives as ``&lt;``.
_LINK: Final = re.compile(r"<([^<>\n|]+)(?:\|([^<>\n]*))?>")
_SPECIAL: Final = re.compile(r"!(?:here|channel|everyone)")

#: Both keys of every object of Kubernetes; a text with neither is no manifest, such as the log in a code block beside.
_OBJECT: Final = re.compile(r"\b(?:apiVersion|kind)\b[\"'”]?[ \t]*:")

#: Where a manifest begins behind a sentence: a marker, one of an object's keys, or JSON.
_BEGIN: Final = re.compile(
    r"^[ \t]*(?:---|[{\[]|[\"'“]?(?:apiVersion|kind|metadata|spec|items|data)[\"'”]?[ \t]*:)", re.MULTILINE
)

#: The word behind a fence by which people name a language.
_LANGUAGE: Final = re.compile(r"[ \t]*(?:ya?ml|jsonc?|text|k8s|kubernetes)[ \t]*\n", re.IGNORECASE)

#: Quotes that a Mac or a phone makes of typed ones, where a value can stand in them.
_QUOTED: Final = re.compile(r"(?<![^\s:,\[{(=])(?:“([^“”\n]*)”|‘([^‘’\n]*)’)(?=\s*(?:[,:\]})#]|$))", re.MULTILINE)

#: A line of prose among manifests, such as thanks below one: no mapping has a line like it at its margin.
_PROSE: Final = re.compile(r"^[^\W\d_][^:\n]*$|^@[^:\n]*$", re.MULTILINE)
_MARKER: Final = re.compile(r"^(?:—-?|–-|-—)[ \t]*$", re.MULTILINE)
_INDENT: Final = re.compile(r"^[ \t\u00a0]*\u00a0[ \t\u00a0]*", re.MULTILINE)


class Attached(Struct, frozen=True):
    """A file of a message, as its payload has it. ``name``: text of a person, to be shown only."""

    id: str
    name: str


class Pasted(Struct, frozen=True):
    """What of a message may be manifests: texts, and files that are still with Slack.

    Args: is_cut: the last code block has no end, as where Slack splits what is too long for one message.
    """

    texts: tuple[str, ...]
    files: tuple[Attached, ...]
    is_cut: bool = False


def is_open(message: str) -> bool:
    """Whether a message ends inside of a code block. YAML that ends early reads as if it were whole."""
    return message.count(_FENCE) % 2 == 1


def fenced(text: str) -> str:
    """Return a text that was kept as it was typed, such as that of a ``rich_text`` block, as messages have it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{_FENCE}{escaped}{_FENCE}"


def pasted_texts(message: str) -> tuple[str, ...]:
    """Return the manifests in a message's text: those of its code blocks, where it has none all from where one begins.

    Line 1 of each is its first line as it was pasted. Texts without ``kind`` and ``apiVersion`` are left out.
    """
    parts = message.split(_FENCE)
    texts = [_unfenced(part) for part in parts[1::2]] if len(parts) > 1 else list(_begun(message))
    return tuple(text for text in map(_undone, texts) if _OBJECT.search(text))


def _unfenced(block: str) -> str:
    """Return a code block without what Slack does not show of it, and without the name of its language."""
    if named := _LANGUAGE.match(block):
        return block[named.end() :]
    return block.removeprefix("\n")


def _begun(message: str) -> Iterator[str]:
    if begin := _BEGIN.search(message):
        text = message[begin.start() :]
        # As a comment it costs nothing, and the lines below it keep their numbers.
        yield text if text.lstrip().startswith(("{", "[")) else _PROSE.sub(r"# \g<0>", text)


def _undone(text: str) -> str:
    """Return a text as it was typed: links, mentions and entities as Slack writes them, and what keyboards make."""
    text = _LINK.sub(_typed, text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = _INDENT.sub(lambda match: match[0].replace("\u00a0", " "), text)
    return _straight(_MARKER.sub("---", text))


def _typed(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if _SPECIAL.fullmatch(target):
        return f"@{target[1:]}"
    if target.startswith("#") and label:
        return f"#{label}"
    return label or target


def _straight(text: str) -> str:
    """Return a text with straight quotes around values; a line that has straight ones means the others as text."""
    if not any(quote in text for quote in "“‘"):
        return text
    return "\n".join(line if '"' in line or "'" in line else _QUOTED.sub(_quoted, line) for line in text.split("\n"))


def _quoted(match: re.Match[str]) -> str:
    return f'"{match[1]}"' if match[1] is not None else f"'{match[2]}'"
