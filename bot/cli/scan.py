"""``unshim scan``: every finding, for people, pipelines and programs."""

import argparse

from bot.cli.exceptions import with_exceptions
from bot.cli.output import fixed_language, print_document, print_json, start, write
from bot.core.rules import Severity
from bot.core.seen import Seen
from bot.core.targets import near
from bot.core.view import ClusterView, Workload
from bot.errors import UsageError
from bot.render.csv_ import workloads_csv
from bot.render.data import scan_data
from bot.render.views.scan import compose

FOUND = 1
PARTIAL = 4


def run(arguments: argparse.Namespace) -> int:
    """Print the scan and return the exit code: 1 for a finding at or above ``--fail-on``, 4 for partial coverage.

    Raises: BotError: the cluster could not be read, has no such namespace, or the exceptions cannot be used.
    """
    app, settings = start(arguments)
    catalogue = app.catalogue(fixed_language(arguments, settings) or "en")
    view = with_exceptions(app.service.view(), arguments.exceptions, catalogue)
    workloads = _of_namespace(view, arguments.namespace)
    if arguments.output == "json":
        print_json(scan_data(view, workloads, catalogue))
    elif arguments.output == "csv":
        write(workloads_csv(workloads, Seen(view.as_of, view.name, view.kinds, view.gaps)))
    else:
        print_document(compose(view, workloads, catalogue, arguments.namespace))
    if _has(workloads, arguments.fail_on):
        return FOUND
    return 0 if view.is_complete else PARTIAL


def _of_namespace(view: ClusterView, namespace: str | None) -> tuple[Workload, ...]:
    """Return the workloads to list.

    Raises: UsageError: there is no such namespace; a misspelt one must not pass as clean.
    """
    if namespace is None:
        return view.with_findings
    may_be_unseen = any(gap.what == "namespaces" for gap in view.gaps)
    if namespace not in view.namespaces and not may_be_unseen:
        names = ", ".join(near(namespace, view.namespaces)) or "-"
        raise UsageError("namespace-unknown", namespace=namespace, near=names)
    return tuple(workload for workload in view.with_findings if workload.key.namespace == namespace)


def _has(workloads: tuple[Workload, ...], fail_on: str) -> bool:
    """Whether any workload has a finding at or above a severity that no exception covers."""
    if fail_on == "never":
        return False
    limit = Severity(fail_on).rank
    counted = (finding for workload in workloads for finding in workload.findings if finding.excepted is None)
    return any(finding.severity.rank <= limit for finding in counted)
