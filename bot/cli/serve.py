"""``unshim serve``: the bot in Slack, until a signal ends it."""

import argparse
import signal

from bot.adapters import logs
from bot.app import load_settings
from bot.cli.output import source_of
from bot.errors import UsageError


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT and return 0.

    Raises:
        SettingsError: tokens are missing or wrong.
        SlackTokenError: Slack refuses a token.
        UsageError: the port cannot be had, or a dump was named as the cluster.
    """
    if arguments.snapshot is not None:
        raise UsageError("serve-source")
    settings = load_settings()
    logs.set_up("debug" if arguments.debug else settings.log_level)
    from bot.app.bot import Bot  # imported here: it brings Bolt and flask with it

    if arguments.lang is not None:
        settings = settings.model_copy(update={"language": arguments.lang})
    bot = Bot(settings, source_of(arguments))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bot.stop())
    bot.run()
    return 0
