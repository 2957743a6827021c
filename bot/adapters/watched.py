"""A live cluster's view, kept up to date by a reflector for every kind; answers never wait for it.

One lock: whoever holds it takes events in, or makes the next view of what has changed. Whoever asks gets the view that
was made last, and needs no lock.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.adapters.asked_server import AskedServer
from bot.adapters.collecting import NAMES_KEPT, in_order
from bot.adapters.connection import Connection
from bot.adapters.decoding import Decoder
from bot.adapters.kube_api import ReadError
from bot.adapters.listing import Streaming
from bot.adapters.memory import give_back
from bot.adapters.newest import FIRST_READ_SECONDS, NewestView, nothing_read
from bot.adapters.reflector import LONGEST_JITTER, LONGEST_PAUSE_SECONDS, Reflector, WatchMeter
from bot.adapters.resources import resource_table
from bot.adapters.scoped import Scope
from bot.adapters.watched_kind import FailureMeter, WatchedKind
from bot.core.blind import KINDS_UNREAD, Sight, Watchman
from bot.core.cluster import Cluster, Reading
from bot.core.judging import Judging
from bot.core.snapshot import Cause
from bot.core.view import ClusterView, Overdue
from bot.errors import BotError, ClusterError, UnreachableError

#: A view is made at most so often, and takes no more than this part of the time.
VIEW_SECONDS, VIEW_SHARE = 0.1, 0.25

#: A view in which nothing changed is made so often: it says how fresh it is.
QUIET_SECONDS = 1.0

#: A kind that was not heard for so long is told of; connections break and come back in less.
SILENT_SECONDS = 5.0

#: A kind that was refused for so long is not shown any more: a server that has just started refuses what it allows.
REFUSED_SECONDS = 15.0

#: Of lists, so many run at a time.
LISTS = 3

#: The next kind is asked for once the one before it came, or after so long without a page of it.
PATIENCE_SECONDS = 5.0

#: The first view waits for so long for a kind of which nothing comes; then that is a gap.
LATE_SECONDS = 10.0

#: What is free goes back to the system no more often: it takes milliseconds, more with many
#: workloads, in which nothing else runs. Faults, which make holes, wake for it.
GIVE_BACK_SECONDS = 10.0

#: Longest pause before a server that does not answer is asked for its version again; shortest, whoever wants it asked.
VERSION_PAUSE_SECONDS, ASKED_SECONDS = 2.0, 0.2

_log = structlog.get_logger(__name__)


class Settings(Struct, frozen=True):
    """How a cluster is watched.

    Args:
        page_size: objects per page of a LIST.
        watch_seconds: how long a watch lasts, and how old the last word of a quiet kind gets.
        again_seconds: longest pause before what failed is tried again.
        stale_seconds: for so long a kind that cannot be read is shown as it was.
        first_read_seconds: how long after the start a question waits for the first view.
        namespaces: those that are read; none for the whole cluster.
    """

    page_size: int
    watch_seconds: float
    again_seconds: float
    stale_seconds: float
    first_read_seconds: float = FIRST_READ_SECONDS
    namespaces: tuple[str, ...] = ()


class ViewMeter(WatchMeter, FailureMeter, Protocol):
    """Counts what keeping a view takes."""

    def viewed(self, seconds: float) -> None:
        """Note that a view was made."""


class WatchedViews(NewestView):
    """The view of one live cluster; a source of views as `bot.service.ViewSource`.

    Args:
        now: the clock.
    """

    def __init__(
        self,
        connection: Connection,
        decoder: Decoder,
        judging: Judging,
        settings: Settings,
        now: Callable[[], datetime],
        meter: ViewMeter,
    ) -> None:
        super().__init__(now, settings.stale_seconds)
        self.lock = threading.Lock()
        self.cluster = Cluster(judging)
        self.changed = threading.Event()
        self._decoder = decoder
        self._settings = settings
        self.meter = meter
        self.scope = Scope(settings.namespaces)
        self._kinds = [WatchedKind(self, item, part) for item in resource_table() for part in self.scope.parts(item)]
        self._server = AskedServer(connection)
        #: Why nothing is shown to this login; None where that is not so.
        self._unseen: BotError | None = None
        #: Since when, of the monotonic clock, anything is read; None where nothing is.
        self._read_since: float | None = None
        self._watchman = Watchman()
        self._sight = Sight()
        self._session = -1
        self._stop = threading.Event()
        self._asked = threading.Event()
        listing = threading.BoundedSemaphore(LISTS)
        streaming = Streaming(lambda: self._server.version)
        self._reflectors = [
            Reflector(
                kind,
                connection,
                decoder,
                meter,
                self._stop,
                page_size=settings.page_size,
                watch_seconds=settings.watch_seconds,
                again_seconds=settings.again_seconds,
                listing=listing,
                streaming=streaming,
            )
            for kind in self._kinds
        ]

    def start(self) -> None:
        """Begin to list, to watch, and to make views."""
        self._wait_for_first(self._settings.first_read_seconds)
        for name, run in (("cluster-version", self._ask_server), ("cluster-view", self._make_views)):
            # Daemons: a server that hangs must not hold up the end of the process.
            threading.Thread(target=run, name=name, daemon=True).start()

    def stop(self) -> None:
        """Begin nothing further, and let nobody wait."""
        self._stop.set()
        self._asked.set()
        for reflector in self._reflectors:
            reflector.wake()
        self._first.set()
        self.changed.set()

    # Giving out

    def _why_none(self) -> BotError | None:
        return self._server.error or self._unseen

    def sight(self) -> Sight:
        """Return since when the cluster is watched, when it was not seen, and what changed meanwhile."""
        return self._sight

    def ages(self) -> Mapping[str, float]:
        """Return the age in seconds of what is known of each kind; what is not known has none."""
        view = self._view
        return {kind: (self.now() - at).total_seconds() for kind, at in view.heard.items()} if view else {}

    def counts(self) -> Mapping[str, int]:
        """Return how many objects are held, by resource."""
        with self.lock:
            held = self.cluster.counts()
        return {item.name: held.get(item.kind, 0) for item in resource_table()}

    # Keeping up

    def unanswered(self) -> None:
        """Have the server asked at once whether it is still there; what waits is tried as soon as it is."""
        self._asked.set()

    def _ask_server(self) -> None:
        """Ask for the server's version now and then; first of all, for that also tells whether anybody answers."""
        is_started = was_reached = False
        pause = min(VERSION_PAUSE_SECONDS, self._settings.again_seconds)
        given_back = time.monotonic()
        while not self._stop.is_set():
            self._asked.clear()
            is_reached = self._server.ask()
            if not is_reached:
                self._first.set()
                self.changed.set()
            if is_reached and not is_started:
                is_started = True
                self._start_reflectors()
            elif is_reached and not was_reached:
                for reflector in self._reflectors:
                    reflector.wake()
            was_reached = is_reached
            if time.monotonic() - given_back > GIVE_BACK_SECONDS:
                give_back()
                given_back = time.monotonic()
            if is_reached and is_started:
                self._asked.wait(self._settings.again_seconds)
            self._stop.wait(pause if not is_reached else ASKED_SECONDS)

    def _start_reflectors(self) -> None:
        """Start one kind after the other, small and decisive ones first; the rest at once where one does not come."""
        is_patient = True
        for kind, reflector in zip(self._kinds, self._reflectors, strict=True):
            kind.asked_at = time.monotonic()
            reflector.start()
            while is_patient and not reflector.tried.wait(0.1) and not self._stop.is_set():
                is_patient = kind.is_coming or time.monotonic() - kind.asked_at < PATIENCE_SECONDS
            if isinstance(kind.error, ReadError) and kind.error.is_unanswered:
                is_patient = False

    def _make_views(self) -> None:
        while not self._stop.is_set():
            self.changed.wait(QUIET_SECONDS)
            self.changed.clear()
            started = time.monotonic()
            try:
                self._make_view()
            except Exception as error:  # noqa: BLE001  whatever it is, the next view may work, and the bot must live
                _log.error("no view", exc_info=error)
                self._nothing(ClusterError("read-broke"), self.now())
            took = time.monotonic() - started
            if self._stop.wait(max(VIEW_SECONDS, took / VIEW_SHARE - took)):
                return

    def _make_view(self) -> None:
        started = time.monotonic()
        with self.lock:
            if not all(kind.is_tried or kind.is_late(LATE_SECONDS) for kind in self._kinds):
                return
            if len({kind.session for kind in self._kinds}) > 1:
                return  # some are still of the cluster before: the view of that stays, and gets older
            if self._kinds[0].session != self._session:
                self._session, self._watchman = self._kinds[0].session, Watchman()
            now = self.now()
            self._let_go(now)
            heard: dict[str, datetime] = {}
            for kind in self._kinds:
                if kind.heard_at is not None:
                    name = kind.resource.name
                    heard[name] = min(kind.heard_at, heard.get(name, kind.heard_at))
            gaps = self.scope.gaps([gap for kind in self._kinds for gap in kind.gaps()], self._existing(), NAMES_KEPT)
            if (gap := self._server.gap) is not None:
                gaps.append(gap)
            as_of = min(heard.values(), default=now)
            view = self.cluster.view(
                Reading(as_of, self._server.cluster, self._server.version, in_order(gaps), heard=heard)
            )
            overdue = self._overdue(now)
            self._decoder.slimmer.tidy(self.cluster.templates)
        self.meter.viewed(time.monotonic() - started)
        if (nothing := nothing_read(view)) is not None:
            self._nothing(nothing, now)
            return
        self._give(view if overdue is None else replace(view, overdue=overdue))

    def _existing(self) -> set[str] | None:
        """Return the namespaces that are read and exist, None where nobody can tell."""
        kind = next(kind for kind in self._kinds if kind.resource.name == "namespaces")
        if kind.heard_at is None:
            return None
        return {name for _, name in (*self.cluster.names("", kind.resource.kind), *kind.lost)}

    def _let_go(self, now: datetime) -> None:
        """Show nothing any more of a kind that may not be read, or was not for long while others are.

        In an outage everything stays as it was: nothing is newer than the rest. So it does right after one, until the
        rest had time to come back.
        """
        stale = now - timedelta(seconds=self._settings.stale_seconds)
        refused = now - timedelta(seconds=min(REFUSED_SECONDS, self._settings.again_seconds))
        known = [kind for kind in self._kinds if kind.heard_at is not None and kind.heard_at >= stale]
        is_read = any(kind.failing_since is None for kind in known)
        moment = time.monotonic()
        self._read_since = (self._read_since or moment) if is_read else None
        # The longest pause, and one watch.
        back = LONGEST_JITTER * min(LONGEST_PAUSE_SECONDS, self._settings.again_seconds) + self._settings.watch_seconds
        is_read_on = self._read_since is not None and moment - self._read_since > back
        for kind in self._kinds if known else ():
            kind.let_go(refused, stale if is_read_on else None)

    def _silent(self, now: datetime) -> datetime:
        return now - timedelta(seconds=min(SILENT_SECONDS, self._settings.again_seconds))

    def _overdue(self, now: datetime) -> Overdue | None:
        """Return why the view is older than it should be, None where it is not."""
        silent = self._silent(now)
        # What neither fails nor is heard: its watch has ended, and a login that hangs keeps it from the next.
        hanging = now - timedelta(seconds=3 * self._settings.watch_seconds + SILENT_SECONDS)
        polled = hanging - timedelta(seconds=LONGEST_JITTER * self._settings.again_seconds)
        failing = [
            kind
            for kind in self._kinds
            if kind.is_older(silent if kind.failing_since else polled if kind.is_polled else hanging)
        ]
        if not failing:
            return None
        since = min(kind.failing_since or kind.heard_at or now for kind in failing)
        error = self._server.error or self._why(failing)
        return Overdue(since, error.told_key, error.values)

    def _why(self, failing: Sequence[WatchedKind]) -> BotError:
        error = failing[0].error
        if isinstance(error, BotError):
            return error
        if error is not None and error.is_unanswered and all(kind.failing_since for kind in self._kinds):
            key = "timeout" if error.cause is Cause.TIMEOUT else "unreachable"
            return UnreachableError(key, host=self._server.host)
        return ClusterError(KINDS_UNREAD, kinds=", ".join(dict.fromkeys(kind.resource.name for kind in failing)))

    def _nothing(self, error: BotError, now: datetime) -> None:
        self._unseen = error
        self._keep_old(error, now)
        if self._view is not None:
            self._look(self._view)
        self._first.set()

    def _look(self, view: ClusterView) -> None:
        is_watched = not any(kind.is_polled for kind in self._kinds)
        self._sight = self._watchman.look(view, time.monotonic(), is_watched=is_watched)

    def _give(self, view: ClusterView) -> None:
        before = self._view
        self._view, self._unseen = view, None
        self._look(view)
        if before is not None and (before.overdue is None) != (view.overdue is None):
            overdue = view.overdue
            if overdue is not None:
                _log.warning("cluster not read", error=overdue.error, values=dict(overdue.values))
            else:
                _log.info("cluster read again", since=before.as_of.isoformat())
        self._first.set()
        if before is None or before.gaps != view.gaps:
            (_log.warning if view.gaps else _log.info)(
                "cluster read",
                outcome="whole" if view.is_complete else "partial",
                nodes=len(view.nodes),
                workloads=len(view.workloads),
                unread=[gap.what for gap in view.gaps],
            )
