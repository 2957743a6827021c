"""One kind of a watched cluster: what is taken in of it, when it was heard, and what is missing."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.adapters.collecting import NAMES_KEPT, full_name
from bot.adapters.decoding import Event, Name, Page, Type
from bot.adapters.kube_api import ReadError
from bot.adapters.resources import Resource
from bot.adapters.scoped import Scope
from bot.core.cluster import Cluster
from bot.core.snapshot import Cause, Gap
from bot.errors import BotError

#: What does not go away by itself: a kind that may not be read any more is not shown as it was.
_LASTING = frozenset({Cause.FORBIDDEN, Cause.NOT_SERVED})

_log = structlog.get_logger(__name__)


class FailureMeter(Protocol):
    """Counts failures."""

    def failed(self, resource: str, cause: str) -> None:
        """Note a LIST or WATCH that failed."""


class Keeper(Protocol):
    """Keeps the cluster that the kinds make up.

    Args:
        lock: held by whoever puts something into ``cluster``.
        changed: set when there is something new to show.
        scope: the namespaces that are read.
    """

    lock: threading.Lock
    cluster: Cluster
    changed: threading.Event
    now: Callable[[], datetime]
    scope: Scope

    def unanswered(self) -> None:
        """Note that the server gave no answer."""

    @property
    def meter(self) -> FailureMeter:
        """What counts failures."""


@dataclass(eq=False)
class WatchedKind:
    """One kind, in one namespace or all, and what is known of it; the port `bot.adapters.reflector.Kind`."""

    keeper: Keeper
    resource: Resource
    namespace: str | None = None
    heard_at: datetime | None = None
    failing_since: datetime | None = None
    refused_since: datetime | None = None
    error: ReadError | BotError | None = None
    lost: dict[Name, Cause] = field(default_factory=dict)
    is_tried: bool = False
    is_forgotten: bool = False
    is_coming: bool = False
    is_polled: bool = False
    asked_at: float | None = None
    session: int = -1

    def moved(self, session: int) -> None:
        """Forget everything: from now on it is read of the cluster that a session of that number leads to."""
        with self.keeper.lock:
            self.forget()
            self.session = session
            self.failing_since = self.refused_since = self.error = None
            self.is_tried = self.is_coming = False

    def page(self, page: Page) -> None:
        """Take in a page of a list."""
        with self.keeper.lock:
            self.is_coming = True
            for item in self.keeper.scope.within(self.resource, page.objects):
                self.keeper.cluster.put(item)

    def listed(self, names: set[Name], lost: dict[Name, Cause], seconds_ago: float) -> None:
        """Forget all that a list did not name."""
        with self.keeper.lock:
            self.lost = lost
            self.keeper.cluster.retain(self.resource.group, self.resource.kind, names, self.namespace)
            self.is_forgotten = self.is_coming = False
            self._heard(seconds_ago)
        self.keeper.changed.set()

    def events(self, events: Iterable[Event], seconds_ago: float | None) -> None:
        """Take in events, with all that was sent up to so many seconds ago; None: more may be waiting.

        None of them counts while what they change is forgotten: a few objects would pass for all there are.
        """
        with self.keeper.lock:
            if self.is_forgotten:
                return
            for event in events:
                if event.item is not None:
                    self._event(event)
            if seconds_ago is not None:
                self._heard(seconds_ago)
        if self.keeper.cluster.has_changed:
            self.keeper.changed.set()

    def _event(self, event: Event) -> None:
        item, cluster = event.item, self.keeper.cluster
        assert item is not None
        if self.lost:
            self.lost.pop(item.name, None)
        if event.type is Type.DELETED or item.slim is None:
            cluster.drop(self.resource.group, self.resource.kind, *item.name)
        elif self.keeper.scope.has(self.resource, item.name[1]):
            cluster.put(item.slim)
        if item.cause is not None and event.type is not Type.DELETED:
            self.lost[item.name] = item.cause

    def answered(self) -> None:
        """Note that the server answers again; how old it is does not change by that."""
        self.is_polled = False
        if self.heard_at is None or self.failing_since is None:
            return
        with self.keeper.lock:
            self.failing_since = self.refused_since = self.error = None
        self.keeper.changed.set()

    def polled(self) -> None:
        """Note that it may be listed and not watched: as old as the pauses between lists are long."""
        self.is_polled = True

    def failed(self, error: ReadError | BotError) -> None:
        """Note that it could not be read."""
        self.keeper.meter.failed(self.resource.name, error.key if isinstance(error, BotError) else str(error.cause))
        with self.keeper.lock:
            if self.failing_since is None:
                self.failing_since = self.keeper.now()
            if self.error is None:
                _log.debug("not read", resource=self.resource.name, error=_told(error))
            # A server that has just started refuses for a moment what it allows.
            is_refused = isinstance(error, ReadError) and error.cause in _LASTING
            self.refused_since = (self.refused_since or self.keeper.now()) if is_refused else None
            self.error = error
            self.is_tried = True
            self.is_coming = False
        if isinstance(error, ReadError) and error.is_unanswered:
            self.keeper.unanswered()
        self.keeper.changed.set()

    def is_late(self, seconds: float) -> bool:
        """Whether it was asked for so long ago, and nothing came: no answer, no page, no error."""
        if self.is_tried or self.is_coming or self.asked_at is None:
            return False
        return time.monotonic() - self.asked_at > seconds

    def is_older(self, moment: datetime) -> bool:
        """Whether it is known, and was heard last before a moment."""
        return self.heard_at is not None and self.heard_at < moment

    def let_go(self, refused: datetime, stale: datetime | None) -> None:
        """Show nothing of it any more, where it is refused since a moment, or was heard last before another, if any.

        Not while a new list is coming in: what of that is there would go, too, and never come again.
        """
        if self.heard_at is None or self.error is None or self.is_coming:
            return
        is_refused = self.refused_since is not None and self.refused_since < refused
        if is_refused or (stale is not None and self.heard_at < stale):
            self.forget()

    def forget(self) -> None:
        """Show nothing of it any more, until it is listed again."""
        self.keeper.cluster.retain(self.resource.group, self.resource.kind, (), self.namespace)
        self.lost = {}
        self.heard_at = None
        self.is_forgotten = True

    def _heard(self, seconds_ago: float) -> None:
        self.heard_at = self.keeper.now() - timedelta(seconds=seconds_ago)
        self.failing_since = self.refused_since = self.error = None
        self.is_tried = True

    def gaps(self) -> Iterable[Gap]:
        """Yield what is missing of it."""
        if self.heard_at is None:
            error = self.error
            inside = (self.namespace,) if self.namespace is not None else ()
            if isinstance(error, ReadError):
                yield Gap(self.resource.name, error.cause, error.status, namespaces=inside)
            else:
                cause = Cause.UNREACHABLE if self.is_tried else Cause.TIMEOUT
                yield Gap(self.resource.name, cause, namespaces=inside)
        for cause in (Cause.MALFORMED, Cause.PARTLY):
            names = sorted(name for name, why in self.lost.items() if why is cause)
            if names:
                first = tuple(full_name(name) for name in names[:NAMES_KEPT])
                yield Gap(self.resource.name, cause, objects=first, count=len(names))


def _told(error: ReadError | BotError) -> str:
    return error.key if isinstance(error, BotError) else f"{error.cause} {error.status or ''}".strip()
