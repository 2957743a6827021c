"""``unshim db upgrade``: brings the tables up to date, as the bot does by itself when it starts."""

import argparse

from bot.adapters.knowledge import load_catalogue
from bot.app import load_settings
from bot.cli.output import fixed_language, print_document
from bot.render.views.upgraded import compose


def run(arguments: argparse.Namespace) -> int:
    """Upgrade, say what that did, and return 0.

    Raises:
        SettingsError: a setting is invalid.
        StoreError: the database cannot be used; nothing was changed.
    """
    settings = load_settings()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    from bot.app.store import upgrade  # imported here: it brings SQLAlchemy with it

    done = upgrade(settings)
    print_document(compose(done.place, done.before, done.after, catalogue))
    return 0
