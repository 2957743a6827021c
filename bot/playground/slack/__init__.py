"""A small server that plays Slack: Web API, Socket Mode or signed HTTP deliveries, response_urls, uploads."""

from bot.playground.slack.delivery import Attempt, Delivery
from bot.playground.slack.mentions import live_tokens
from bot.playground.slack.server import SlackSimulator
from bot.playground.slack.workspace import Channel, File, Message, User

__all__ = ["Attempt", "Channel", "Delivery", "File", "Message", "SlackSimulator", "User", "live_tokens"]
