"""A small server that plays Slack: Web API, Socket Mode or signed HTTP deliveries, response_urls, uploads.

Differences: tests/emulators asks it and two emulators of other authors the same, and writes down who answers what
(``python -m tests.emulators.differences``). Where they differ, this one does as Slack's reference says; it is the only
one with block limits, limits of response_urls and redelivery. Its own choice, since the reference does not say: a
private channel without the bot is channel_not_found, uploads to an archived channel are refused, a status is set only
where the bot may post, the view of a Home keeps its id, and how a used-up response_url and a bad message to one are
answered.
"""

from bot.playground.slack.delivery import Attempt, Delivery
from bot.playground.slack.mentions import live_tokens
from bot.playground.slack.server import SlackSimulator
from bot.playground.slack.workspace import Channel, File, Message, Prompts, Status, User

__all__ = [
    "Attempt",
    "Channel",
    "Delivery",
    "File",
    "Message",
    "Prompts",
    "SlackSimulator",
    "Status",
    "User",
    "live_tokens",
]
