"""Slack's mrkdwn to HTML: the parts of it that a message of a bot can hold. Every character of it ends up escaped.

Source: docs.slack.dev, "Formatting message text", checked 2026-11-22. A mark of emphasis counts only at the edge of a
word, and a Korean particle is part of the word; there is no way to escape one.
"""

import html
import re
from collections.abc import Mapping

#: Ids of users and channels to what Slack shows in their place.
Names = Mapping[str, str]

_TAGS = {"bold": "b", "italic": "i", "strike": "s"}


def _emphasis(name: str, mark: str) -> str:
    """Return the pattern of a text between two marks that hug it, with no letter on their other sides."""
    held = rf"[^\s{mark}](?:[^\n{mark}]*[^\s{mark}])?"
    return rf"(?<![\w{mark}]){mark}(?P<{name}>{held}){mark}(?![\w{mark}])"


_PARTS = re.compile(
    "|".join(
        (
            r"```\n?(?P<fence>.+?)\n?```",
            r"`(?P<code>[^`\n]+)`",
            r"<(?P<token>[^<>\n]+)>",
            _emphasis("bold", r"\*"),
            _emphasis("italic", "_"),
            _emphasis("strike", "~"),
            r"(?P<emoji>:[a-z0-9_+'-]+:)",
        )
    ),
    re.DOTALL,
)
_QUOTE = re.compile(r"^(?:&gt; ?.*(?:\n|$))+", re.MULTILINE)
_URL = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def mrkdwn(text: str, names: Names) -> str:
    """Return mrkdwn as HTML; line breaks stay characters, the style shows them.

    Args:
        names: what stands for ids of users and channels; an id without a name stands for itself.
    """
    shown, end = [], 0
    for match in _QUOTE.finditer(text):
        lines = (line.removeprefix("&gt;").removeprefix(" ") for line in match[0].splitlines())
        shown += [_inline(text[end : match.start()], names), quote(_inline("\n".join(lines), names))]
        end = match.end()
    return "".join((*shown, _inline(text[end:], names)))


def escaped(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text)


def code(text: str) -> str:
    """Return a code span of plain text."""
    return f"<code>{escaped(text)}</code>"


def preformatted(shown: str) -> str:
    """Return HTML as a code block."""
    return f"<pre>{shown}</pre>"


def quote(shown: str) -> str:
    """Return HTML as a quotation."""
    return f"<blockquote>{shown}</blockquote>"


def mention(text: str) -> str:
    """Return plain text as a mention: what notifies somebody, or leads to a channel."""
    return f'<span class="mention">{escaped(text)}</span>'


def emoji(text: str) -> str:
    """Return the short name of an emoji, marked as one."""
    return f'<span class="emoji">{escaped(text)}</span>'


def link(url: str, text: str) -> str:
    """Return a link to a web page or an address; of anything else only the text."""
    if not _URL.match(url):
        return escaped(text)
    return f'<a href="{escaped(url)}" rel="noopener noreferrer" target="_blank">{escaped(text)}</a>'


def decoded(text: str) -> str:
    """Return text with Slack's three entities as the characters they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _inline(text: str, names: Names) -> str:
    shown, end = [], 0
    for match in _PARTS.finditer(text):
        shown += [escaped(decoded(text[end : match.start()])), _part(match, names)]
        end = match.end()
    return "".join((*shown, escaped(decoded(text[end:]))))


def _part(match: re.Match[str], names: Names) -> str:
    kind = str(match.lastgroup)
    held = match[kind]
    if kind == "fence":
        return preformatted(escaped(decoded(held)))
    if kind == "code":
        return code(decoded(held))
    if kind == "token":
        return _token(held, names)
    if kind == "emoji":
        return emoji(held)
    return f"<{_TAGS[kind]}>{_inline(held, names)}</{_TAGS[kind]}>"


def _token(held: str, names: Names) -> str:
    """Return what stands between angle brackets: a mention, a date, a link; else the text as it is."""
    target, _, label = (decoded(part) for part in held.partition("|"))
    sign, rest = target[:1], target[1:]
    if sign in ("@", "#"):
        return mention(f"{sign}{names.get(rest) or label or rest}")
    if sign == "!" and rest.startswith("date^"):
        return escaped(label)
    if sign == "!" and (rest in _BROADCASTS or rest.startswith("subteam^")):
        return mention(label or f"@{rest}")
    if _URL.match(target):
        return link(target, label or target)
    return escaped(f"<{decoded(held)}>")
