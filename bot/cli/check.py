"""``unshim check``: what reading the cluster needs, what is missing, and the Role that mends it."""

import argparse
import sys

from bot.cli.output import fixed_language, print_document, start
from bot.core.permissions import cluster_role
from bot.render.text import plain
from bot.render.views.check import binding, compose

ROLE = "unshim-reader"
MISSING = 1


def run(arguments: argparse.Namespace) -> int:
    """Print the report and return 1 when a permission is missing.

    Raises: ClusterError: the API server could not be reached.
    """
    app, settings = start(arguments)
    report = app.check()
    print_document(compose(report, app.catalogue(fixed_language(arguments, settings) or "en")))
    if not report.missing:
        return 0
    # The whole Role, not only what is missing: applied under its own name it must not take anything away.
    role = cluster_role(ROLE, tuple(state.permission for state in report.states))
    sys.stdout.write(f"\n{role}\n\n{plain(binding())}\n")
    return MISSING
