"""Where the running bot's views come from: a live cluster is watched, a file or the demo is read again and again."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from bot.adapters import knowledge
from bot.adapters.connection import Connection
from bot.adapters.decoding import Decoder
from bot.adapters.live import LiveViews
from bot.adapters.metrics import Metrics
from bot.adapters.watched import Settings as WatchSettings
from bot.adapters.watched import WatchedViews
from bot.app import Source, connecting, judging, owner_keys, reading
from bot.core.knowledge import Knowledge
from bot.core.rules import Severity
from bot.core.view import ClusterView
from bot.settings import Settings

#: How long a watch is kept open: so old is the last word of a kind in which nothing happens, at most.
WATCH_SECONDS = 15.0


def views(
    settings: Settings, source: Source, known: Knowledge, now: Callable[[], datetime], metrics: Metrics
) -> LiveViews | WatchedViews:
    """Return what keeps the views of a source; nothing is read or connected to yet."""
    if source.is_demo or source.snapshot is not None:
        reader, assessor = reading(settings, source, known)
        return LiveViews(
            reader,
            assessor,
            refresh_seconds=settings.refresh_seconds,
            stale_seconds=settings.stale_seconds,
            now=now,
            meter=metrics,
        )
    pools = knowledge.load_pools(settings.pool_label)
    return WatchedViews(
        Connection(connecting(settings, source)),
        Decoder(owner_keys(settings), pools),
        judging(known, pools).judging,
        WatchSettings(
            page_size=settings.page_size,
            watch_seconds=min(WATCH_SECONDS, settings.request_timeout_seconds),
            again_seconds=settings.refresh_seconds,
            stale_seconds=settings.stale_seconds,
            namespaces=settings.namespaces,
        ),
        now,
        metrics,
    )


def add_gauges(views: LiveViews | WatchedViews, metrics: Metrics) -> None:
    """Add what is known of the cluster, and how fresh that is, to the metrics."""
    add = metrics.watch_each
    add("unshim_findings", "Findings by severity, accepted ones too", "severity", lambda: _findings(views.newest()))
    if isinstance(views, WatchedViews):
        add("unshim_kind_age_seconds", "Age of what is known of a kind", "resource", views.ages)
        add("unshim_objects", "Objects that are held", "resource", views.counts)


def _findings(view: ClusterView | None) -> dict[str, float]:
    if view is None:
        return {}
    counts = Counter(str(finding.severity) for workload in view.with_findings for finding in workload.findings)
    return {str(severity): counts[str(severity)] for severity in Severity}
