"""A page of messages and Homes: who wrote them and when, their blocks, the style of a light or a dark client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from bot.playground.preview.blocks import Block, block
from bot.playground.preview.mrkdwn import Names, escaped, mrkdwn

#: ``auto`` follows the browser.
Scheme = Literal["light", "dark", "auto"]

_NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Post:
    """One message as a channel shows it.

    Args:
        text: shown only where there are no blocks.
        badge: what marks the author as a program.
        note: stands above the message: that only the reader sees it.
    """

    author: str
    text: str = ""
    blocks: Sequence[Block] = ()
    time: str = ""
    badge: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """The bot's Home tab: nobody wrote it, it is only blocks."""

    blocks: Sequence[Block]


def message(post: Post, names: Names = _NOBODY) -> str:
    """Return one message as HTML."""
    note = f'<div class="note">{escaped(post.note)}</div>' if post.note else ""
    badge = f' <span class="badge">{escaped(post.badge)}</span>' if post.badge else ""
    time = f" <time>{escaped(post.time)}</time>" if post.time else ""
    body = "".join(block(held, names) for held in post.blocks)
    body = body or f'<div class="block"><div class="text">{mrkdwn(post.text, names)}</div></div>'
    kind = "post program" if post.badge else "post"
    return (
        f'<article class="{kind}">{note}<div class="avatar" aria-hidden="true">{escaped(post.author[:1])}</div>'
        f'<div class="body"><div class="head"><b>{escaped(post.author)}</b>{badge}{time}</div>{body}</div></article>'
    )


def home(held: Home, names: Names = _NOBODY) -> str:
    """Return a Home as HTML."""
    return f'<article class="home">{"".join(block(item, names) for item in held.blocks)}</article>'


def page(
    posts: Sequence[Post | Home],
    *,
    title: str,
    language: str = "en",
    width: int = 700,
    scheme: Scheme = "auto",
    names: Names = _NOBODY,
) -> str:
    """Return messages and Homes under each other as a whole page; it loads nothing and runs nothing.

    Args:
        width: of the column of messages, in CSS pixels; below 500 it looks as on a phone.
        names: what stands for ids of users and channels.
    """
    shown = "\n".join(home(post, names) if isinstance(post, Home) else message(post, names) for post in posts)
    return (
        f'<!doctype html>\n<html lang="{escaped(language)}" data-scheme="{scheme}">\n<head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title><style>\n{style()}</style></head>\n"
        f'<body><main style="max-width: {int(width)}px">\n{shown}\n</main></body>\n</html>\n'
    )


@cache
def style() -> str:
    """Return the style sheet."""
    return (files(__package__) / "style.css").read_text(encoding="utf-8")
