"""How Slack messages and Homes look: a web page that needs nothing else. Close enough to judge wrapping and order.

It knows no bot and speaks no language: who wrote what, and every word around a message, is given. What Slack does not
publish is drawn for the worse case: a row's button takes room beside its text on phones, too.
"""

from bot.playground.preview.blocks import block
from bot.playground.preview.mrkdwn import mrkdwn
from bot.playground.preview.page import Home, Post, Scheme, home, message, page

__all__ = ["Home", "Post", "Scheme", "block", "home", "message", "mrkdwn", "page"]
