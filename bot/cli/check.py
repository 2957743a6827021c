"""``unshim check``: what reading the cluster needs, what is missing, and the Role that mends it."""

import argparse

from bot.cli.output import fixed_language, print_document, start, write
from bot.core.permissions import cluster_role
from bot.render.text import plain
from bot.render.views.check import binding, compose, compose_file

ROLE = "unshim-reader"
MISSING = 1


def run(arguments: argparse.Namespace) -> int:
    """Print the report and return 1 when a permission is missing.

    Raises:
        ClusterError: the API server could not be reached.
        SnapshotError: the dump cannot be read.
    """
    app, settings = start(arguments)
    catalogue = app.catalogue(fixed_language(arguments, settings) or "en")
    report = app.check()
    if report is None:  # a file: what is missing is what it does not hold
        print_document(compose_file(app.service.view(), catalogue))
        return 0
    print_document(compose(report, catalogue))
    if not report.missing:
        return 0
    # The whole Role, not only what is missing: applied under its own name it must not take anything away.
    role = cluster_role(ROLE, tuple(state.permission for state in report.states))
    write(f"\n{role}\n\n{plain(binding())}\n")
    return MISSING
