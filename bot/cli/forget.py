"""``unshim forget``: removes what the bot has kept of a person; it may be running meanwhile."""

import argparse
import re

from bot.adapters.knowledge import load_catalogue
from bot.app import load_settings
from bot.cli.output import fixed_language, print_document
from bot.errors import UsageError
from bot.render.views.forgotten import compose

#: An id, alone or as a mention that Slack writes: ``<@U0123456789>``, ``<@U0123456789|name>``.
_USER = re.compile(r"(?P<bare>[UW][A-Z0-9]{2,})|<@(?P<mentioned>[UW][A-Z0-9]{2,})(?:\|[^<>]*)?>")


def run(arguments: argparse.Namespace) -> int:
    """Remove, say how much that was, and return 0.

    Raises:
        UsageError: that is no Slack user id.
        SettingsError: a setting is invalid, or there is no such file.
        StoreError: the database cannot be used; nothing was removed.
    """
    user = _user(arguments.user)
    settings = load_settings()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    from bot.app.store import open_rows  # imported here: it brings SQLAlchemy with it

    rows = open_rows(settings)
    try:
        forgotten, place = rows.forget(user), rows.place
    finally:
        rows.close()
    print_document(compose(user, forgotten, place, catalogue))
    return 0


def _user(text: str) -> str:
    match = _USER.fullmatch(text.strip())
    if match is None:
        raise UsageError("forget-user", value=text)
    return match["bare"] or match["mentioned"]
