"""Which ``<...>`` tokens of a message are live: mentions, links, dates. Knows no network."""

import re
from collections.abc import Iterator
from typing import Any

from bot.playground.slack.workspace import Message

_TOKEN = re.compile(r"<[^<>]+>")

#: Elements of rich_text that mention somebody, and how the same mention is written in mrkdwn.
_RICH = {
    "broadcast": ("range", "<!{}>"),
    "user": ("user_id", "<@{}>"),
    "usergroup": ("usergroup_id", "<!subteam^{}>"),
    "channel": ("channel_id", "<#{}>"),
    "link": ("url", "<{}>"),
}


def live_tokens(message: Message) -> list[str]:
    """Return every token Slack would act on: of the text, mrkdwn objects, markdown blocks and rich text.

    plain_text, table cells and the literal text of rich_text are not parsed. Source: facts on untrusted text,
    api.slack.com/docs/attachments, and PostHog/posthog pull request 95054 for markdown blocks.
    """
    return [token for text in (message.text, *_parsed(message.blocks)) for token in _TOKEN.findall(text)]


def _parsed(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _parsed(item)
    elif isinstance(value, dict):
        kind, text = value.get("type"), value.get("text")
        if kind in ("mrkdwn", "markdown") and isinstance(text, str):
            yield text
        elif kind in _RICH:
            key, written = _RICH[str(kind)]
            yield written.format(value.get(key, ""))
        else:
            for item in value.values():
                yield from _parsed(item)
