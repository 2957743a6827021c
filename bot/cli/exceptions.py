"""``unshim exceptions``: the accepted findings that the bot keeps, listed, exported, imported; and those of a scan."""

import argparse
import sys

from bot.adapters.knowledge import load_catalogue
from bot.app import load_settings, now
from bot.cli.output import fixed_language, print_document, write
from bot.core.exceptions import State, day_problem, overlay, standings
from bot.core.kept import Actor
from bot.core.rules import RULES
from bot.core.view import ClusterView
from bot.render.messages import Catalogue
from bot.render.text import plain
from bot.render.views import exceptions


def run(arguments: argparse.Namespace) -> int:
    """List, export or import, and return 0. What of a file expired is named on standard error and not taken over.

    Raises:
        UsageError: the file cannot be used; nothing was changed.
        SettingsError: a setting is invalid, or there is no such database file.
        StoreError: the database cannot be used; nothing was changed.
    """
    from bot.adapters import exceptions_file  # imported here: a scan without exceptions needs no YAML

    settings = load_settings()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    # Read before anything is opened: a file that is wrong changes nothing.
    today = now().date()
    given = exceptions_file.read(arguments.file, _codes(), today) if arguments.action == "import" else ()
    from bot.app.store import open_acceptances  # imported here: it brings SQLAlchemy with it

    rows = open_acceptances(settings)
    try:
        if arguments.action == "import":
            taken = [one for one in given if day_problem(one.until, today) is None]
            replaced = len(rows.accept(taken, Actor()))
            for number, one in enumerate(given, start=1):
                if one not in taken:
                    sys.stderr.write(plain(exceptions.not_taken(number, one, catalogue)) + "\n")
            print_document(exceptions.imported(len(taken), replaced, rows.place, catalogue))
        elif arguments.action == "export":
            write(exceptions_file.dump(rows.accepted(), now()))
        else:
            accepted = rows.accepted()
            print_document(exceptions.unseen(accepted, catalogue, today, rows=len(accepted), in_slack=False))
    finally:
        rows.close()
    return 0


def with_exceptions(view: ClusterView, path: str | None, catalogue: Catalogue) -> ClusterView:
    """Return a view with the exceptions of a file laid over it; those that do not count are named on standard error.

    Raises: UsageError: the file cannot be used.
    """
    if path is None:
        return view
    from bot.adapters import exceptions_file

    today = (view.clock or now()).date()
    # A cluster may be looked at as it was long ago, with the exceptions of today.
    accepted = exceptions_file.read(path, _codes(), max(today, now().date()))
    for standing in standings(view, accepted, today):
        if standing.state is not State.HOLDS:
            said = exceptions.not_held(standing, catalogue)
            sys.stderr.write(plain(said) + "\n")
    return overlay(view, accepted, today)


def _codes() -> frozenset[str]:
    return frozenset(rule.code for rule in RULES)
