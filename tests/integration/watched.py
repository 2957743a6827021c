"""A watched view beside a fresh read of the same server: what the one must come to, whatever went wrong."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from bot import app
from bot.adapters import knowledge
from bot.adapters.connection import Connection
from bot.adapters.decoding import Decoder
from bot.adapters.metrics import Metrics
from bot.adapters.watched import Settings, WatchedViews
from bot.core.view import ClusterView
from bot.errors import BotError

SECONDS = 20.0


@dataclass
class Watched:
    """A watched view, its metrics, and the kubeconfig it logs in with."""

    views: WatchedViews
    metrics: Metrics
    config: Path
    page_size: int

    def fresh(self) -> ClusterView:
        """Read the cluster anew."""
        settings = app.load_settings().model_copy(update={"page_size": self.page_size, "request_timeout_seconds": 5.0})
        return app.build(settings, app.Source(kubeconfig=str(self.config))).views.view()

    def wait_for(self, holds: Callable[[ClusterView], Any], seconds: float = SECONDS) -> ClusterView:
        """Return the first view for which something holds. Raises: AssertionError: none did in time."""
        until = time.monotonic() + seconds
        while True:
            view = self.views.newest()
            if view is not None and holds(view):
                return view
            assert time.monotonic() < until, view
            time.sleep(0.01)

    def settle(self, seconds: float = SECONDS) -> ClusterView:
        """Wait until the view is what a fresh read gives, object by object; return it."""
        until = time.monotonic() + seconds
        while True:
            try:
                fresh, view = self.fresh(), self.views.newest()
            except BotError:
                fresh = view = None
            if fresh is not None and view is not None and view.overdue is None and known(view) == known(fresh):
                return view
            assert time.monotonic() < until, difference(view, fresh)
            time.sleep(0.05)

    def count(self, name: str, **labels: str) -> float:
        """Return the sum of a metric over the labels that are not given."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.metrics.exposition().decode())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


@contextmanager
def watching(
    config: Path,
    *,
    page_size: int = 500,
    again: float = 0.5,
    watch: float = 2.0,
    stale: float = 60.0,
    login: float = 60.0,
) -> Iterator[Watched]:
    """Watch the cluster of a kubeconfig, and wait for the first view.

    Args:
        again, watch, stale: seconds, as of `bot.adapters.watched.Settings`; login: of `Connection`.
    """
    settings, source = app.load_settings(), app.Source(kubeconfig=str(config))
    settings = settings.model_copy(update={"request_timeout_seconds": 5.0})
    known_ = knowledge.load_knowledge()
    pools = knowledge.load_pools(None)
    metrics = Metrics()
    views = WatchedViews(
        Connection(app.connecting(settings, source), login),
        Decoder(app.owner_keys(settings), pools),
        app.judging(known_, pools).judging,
        Settings(page_size, watch, again, stale, SECONDS, settings.namespaces),
        app.now,
        metrics,
    )
    views.start()
    try:
        views.view()
        yield Watched(views, metrics, config, page_size)
    finally:
        views.stop()


def known(view: ClusterView) -> tuple[Any, ...]:
    """Return what of a view does not depend on when it was read."""
    return (view.nodes, view.pools, view.workloads, view.namespaces, view.gaps, view.version, view.provider)


def difference(view: ClusterView | None, fresh: ClusterView | None) -> str:
    """Return what two views do not have in common."""
    if view is None or fresh is None:
        return f"watched {view is not None}, read {fresh is not None}"
    told = []
    for name in ("nodes", "workloads", "namespaces", "gaps", "version", "provider", "pools"):
        mine, theirs = getattr(view, name), getattr(fresh, name)
        if mine != theirs:
            if isinstance(mine, tuple):
                mine, theirs = [x for x in mine if x not in theirs], [x for x in theirs if x not in mine]
            told.append(f"{name}: watched {mine}, read {theirs}")
    return "\n".join(told) or f"overdue: {view.overdue}"
