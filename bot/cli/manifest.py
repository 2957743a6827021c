"""``unshim manifest``: the Slack app as a manifest to paste into Slack. Asks neither Slack nor a cluster."""

import argparse
import re

from bot.adapters.knowledge import load_catalogue, load_slack_app
from bot.app import load_settings
from bot.cli.output import fixed_language, write
from bot.errors import UsageError
from bot.render.app_manifest import NAME_CHARS, Options, compose

MAX_PORT = 65535

#: Slack posts to https only, and the bot listens on one path of its own: no user, path, query or fragment.
_URL = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?/?", re.IGNORECASE
)


def run(arguments: argparse.Namespace) -> int:
    """Print the manifest and return 0.

    Raises: UsageError: the URL or the name cannot be used; SettingsError: a setting is invalid.
    """
    settings = load_settings()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    options = Options(
        command=settings.command,
        name=_name(arguments.name),
        url=_root(arguments.url),
        has_history=arguments.history,
        has_files=arguments.files,
    )
    write(compose(load_slack_app(), options, catalogue))
    return 0


def _name(text: str | None) -> str | None:
    if text is None:
        return None
    name = text.strip()
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise UsageError("manifest-name", n=NAME_CHARS)
    return name


def _root(text: str | None) -> str | None:
    """Return ``https://host`` or ``https://host:port``."""
    if text is None:
        return None
    match = _URL.fullmatch(text)
    if match is None or int(match["port"] or 1) not in range(1, MAX_PORT + 1):
        raise UsageError("manifest-url")
    return f"https://{match['host'].lower()}" + (f":{match['port']}" if match["port"] else "")
