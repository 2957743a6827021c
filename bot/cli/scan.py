"""``unshim scan``: every finding, for people, pipelines and programs; of a cluster, or of manifests (``-f``)."""

import argparse

from bot.adapters.knowledge import load_catalogue, load_knowledge
from bot.app import load_settings, now, places
from bot.cli.exceptions import with_exceptions
from bot.cli.output import fixed_language, moment, print_document, print_json, start, write
from bot.core.rules import Severity
from bot.core.seen import Seen
from bot.core.targets import near
from bot.core.view import ClusterView, Workload
from bot.errors import UsageError
from bot.render.csv_ import workloads_csv
from bot.render.data import scan_data
from bot.render.messages import Catalogue
from bot.render.views.scan import compose

FOUND = 1
PARTIAL = 4

#: Options that name a cluster, or a dump of one.
_CLUSTER = ("kubeconfig", "context", "snapshot", "demo", "cluster_version")


def run(arguments: argparse.Namespace) -> int:
    """Print the scan and return the exit code: 1 for a finding at or above ``--fail-on``, 4 for partial coverage.

    Raises: BotError: the cluster or a path could not be read, has no such namespace, or the exceptions cannot be used.
    """
    if arguments.file is not None:
        return _files(arguments)
    app, settings = start(arguments)
    catalogue = app.catalogue(fixed_language(arguments, settings) or "en")
    view = with_exceptions(app.service.view(), arguments.exceptions, catalogue)
    workloads = _of_namespace(view, arguments.namespace)
    if not _print_data(arguments.output, view, workloads, catalogue, has_places=False):
        print_document(compose(view, workloads, catalogue, arguments.namespace, places(settings)))
    return _code(view, workloads, arguments.fail_on)


def _files(arguments: argparse.Namespace) -> int:
    for name in _CLUSTER:
        if getattr(arguments, name) not in (None, False):
            raise UsageError("file-and-cluster", option=f"--{name.replace('_', '-')}")
    # Imported here: a scan of a cluster needs none of it, and no YAML.
    from bot.app.manifests import guide_entries, judge_files
    from bot.render.views import manifests

    as_of = moment(arguments.as_of) if arguments.as_of is not None else now()
    settings, known = load_settings(), load_knowledge()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    judged = judge_files(settings, known, arguments.file, as_of)
    view = with_exceptions(judged.view, arguments.exceptions, catalogue)
    workloads = _of_namespace(view, arguments.namespace)
    if not _print_data(arguments.output, view, workloads, catalogue, has_places=True):
        guides = guide_entries(known, catalogue.language)
        print_document(manifests.compose(view, judged.manifests, workloads, guides, catalogue))
    return _code(view, workloads, arguments.fail_on)


def _print_data(
    output: str, view: ClusterView, workloads: tuple[Workload, ...], catalogue: Catalogue, *, has_places: bool
) -> bool:
    """Print what is for programs; return whether it was that."""
    if output == "csv":
        seen = Seen(view.as_of, view.name, view.kinds, view.gaps)
        write(workloads_csv(workloads, seen, has_places=has_places))
    elif output in ("json", "sarif"):
        data = scan_data(view, workloads, catalogue)
        if output == "sarif":
            from bot.app.manifests import guide_entries, version
            from bot.render.sarif import sarif

            data = sarif(data, catalogue, guide_entries(load_knowledge(), catalogue.language), version())
        print_json(data)
    else:
        return False
    return True


def _of_namespace(view: ClusterView, namespace: str | None) -> tuple[Workload, ...]:
    """Return the workloads to list.

    Raises: UsageError: there is no such namespace, or it is not read; a misspelt one must not pass as clean.
    """
    if namespace is None:
        return view.with_findings
    if view.scope is not None and namespace not in view.scope:
        raise UsageError("namespace-unread", namespace=namespace, names=", ".join(view.scope))
    may_be_unseen = any(gap.what == "namespaces" or gap.problem for gap in view.gaps)
    if namespace not in view.namespaces and not may_be_unseen:
        names = ", ".join(near(namespace, view.namespaces)) or "-"
        raise UsageError("namespace-unknown", namespace=namespace, near=names)
    return tuple(workload for workload in view.with_findings if workload.key.namespace == namespace)


def _code(view: ClusterView, workloads: tuple[Workload, ...], fail_on: str) -> int:
    if _has(workloads, fail_on):
        return FOUND
    return 0 if view.is_complete else PARTIAL


def _has(workloads: tuple[Workload, ...], fail_on: str) -> bool:
    """Whether any workload has a finding at or above a severity that no exception covers."""
    if fail_on == "never":
        return False
    limit = Severity(fail_on).rank
    counted = (finding for workload in workloads for finding in workload.findings if finding.excepted is None)
    return any(finding.severity.rank <= limit for finding in counted)
