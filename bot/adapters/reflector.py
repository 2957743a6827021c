"""One kind kept up to date: LIST, then WATCH from its resourceVersion on, as client-go's Reflector does it.

A watch ends after some seconds by the server's own time-out, right behind a bookmark, and is taken up from there: so a
connection that is only half open is noticed, and the last word of a kind in which nothing happens is never older.
What cannot go on from where it was, is listed again, while everybody still sees what was known before.
(Kubernetes API concepts, "Efficient detection of changes", kubernetes.io, read 2026-11-29.)
"""

import random
import threading
import time
from collections.abc import Iterable
from typing import Protocol

import structlog

from bot.adapters.catching_up import Pieces, Position
from bot.adapters.connection import Connection, Session
from bot.adapters.decoding import NOT_DECODED, Decoder, Event, Item, Type
from bot.adapters.kube_api import ReadError
from bot.adapters.listing import Kind, Lister, RelistMeter, Streaming, lines_of
from bot.core.snapshot import Cause
from bot.errors import BotError

#: First and longest pause before what failed is tried again, doubled each time, with jitter: as client-go's reflector.
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.8, 30.0

#: By so much of it a pause is shorter or longer, so that kinds and replicas do not ask together; and what it comes to.
JITTER = 0.5
LONGEST_JITTER = 1 + JITTER

#: The longest that a server's Retry-After is granted.
RETRY_AFTER_SECONDS = 60.0

#: A watch that ended sooner than this was no watch: something in between does not let them through.
SHORT_SECONDS = 1.0

#: A server that has just started refuses for a moment what it allows; what is refused so often is not allowed.
POLLED_FAILURES = 4

#: How much later than the server's own time-out a silent watch is given up.
GRACE_SECONDS = 5.0

#: What a server says to a watch that it, or this login, does not have; the kind is listed again and again then.
_NO_WATCH = frozenset({403, 405})

_log = structlog.get_logger(__name__)


class WatchMeter(RelistMeter, Protocol):
    """Counts lists, watches and events by resource."""

    def listed(self, resource: str, seconds: float) -> None:
        """Note one whole list."""

    def watched(self, resource: str, outcome: str, seconds: float) -> None:
        """Note the end of a watch: ``ended`` by the server, ``silent``, ``cut``; ``refused`` or ``unopened`` before."""

    def event(self, resource: str, type_: str, count: int = 1) -> None:
        """Note events by type; ``malformed``, ``unknown``, ``repeated`` and ``backwards`` count what was odd."""


class _Doubt(Exception):
    """Nobody can say any more that all events were taken in."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Reflector:
    """Keeps one kind up to date, on a thread of its own, until it is told to stop.

    Args:
        kind: what is kept up to date.
        page_size: objects per page of a LIST.
        watch_seconds: time-out that the server is asked to end a watch after.
        again_seconds: the longest pause before what failed is tried again, and between lists of what cannot be watched.
        listing: held during a list, so that not all kinds are listed at once after an outage.
        streaming: whether lists can be had as streams.
    """

    def __init__(
        self,
        kind: Kind,
        connection: Connection,
        decoder: Decoder,
        meter: WatchMeter,
        stop: threading.Event,
        *,
        page_size: int,
        watch_seconds: float,
        again_seconds: float,
        listing: threading.Semaphore,
        streaming: Streaming,
    ) -> None:
        self._kind = kind
        self._resource = kind.resource
        self._connection = connection
        self._decoder = decoder
        self._meter = meter
        self._stop = stop
        self._watch_seconds = watch_seconds
        self._again_seconds = again_seconds
        self._listing = listing
        self._silent_seconds = watch_seconds + min(GRACE_SECONDS, watch_seconds)
        self._lister = Lister(
            kind,
            decoder,
            meter,
            page_size=page_size,
            silent_seconds=self._silent_seconds,
            streaming=streaming,
        )
        self._path = ""
        self._position = Position()
        self._why = "start"
        self._session = -1
        # Lists that failed since one did not, and whatever else since a watch held.
        self._list_failures = self._failures = 0
        # Whether the last watch ended by anything else than its own time-out.
        self._is_broken = False
        self._wake = threading.Event()
        self.tried = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{self._resource.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Try at once what it waits to try again."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                pause = self._step()
            except Exception as error:  # noqa: BLE001  whatever it is, the next try may work, and the bot must live
                _log.error("watching broke", resource=self._resource.name, exc_info=error)
                self._kind.failed(ReadError(Cause.BAD_ANSWER))
                self._again("broke")
                pause = self._backoff()
            self.tried.set()
            if pause and self._wake.wait(pause):
                self._wake.clear()
                self._list_failures = self._failures = 0

    def _step(self) -> float:
        """List where that is due, and watch once; return for how many seconds to pause."""
        try:
            session = self._connection.session()
            if session.number != self._session:
                if self._session >= 0:
                    self._again("another cluster")
                self._session = session.number
                self._kind.moved(session.number)
            if self._kind.is_forgotten:
                self._again("forgotten")
            if self._position.version is None:
                self._list(session)
                self.tried.set()
            if self._is_broken or self._position.is_old:
                self._check_version(session)
            return self._watch(session)
        except _Doubt as doubt:
            self._again(doubt.cause)
            return self._backoff()
        except ReadError as error:
            return self._failed(error)
        except BotError as error:  # the login
            self._kind.failed(error)
            return self._backoff()

    def _failed(self, error: ReadError) -> float:
        is_list = self._position.version is None
        if error.cause is Cause.EXPIRED:
            self._again("expired")
            self._failures += 1
            if self._failures == 1:
                return 0.0
            self._kind.failed(error)
            return self._backoff()
        if error.cause is Cause.UNAUTHORIZED:
            self._connection.refused()
        if error.cause is Cause.NOT_SERVED:
            self._again("not served")  # another version of the kind may be
        self._kind.failed(error)
        return max(self._backoff(is_list=is_list), min(error.retry_after, RETRY_AFTER_SECONDS))

    def _again(self, cause: str) -> None:
        """Have the kind listed again."""
        if self._position.version is not None:
            self._position.version, self._why = None, cause

    def _backoff(self, longest: float = LONGEST_PAUSE_SECONDS, *, is_list: bool = False) -> float:
        longest = min(longest, self._again_seconds)
        failures = self._list_failures if is_list else self._failures
        pause = min(PAUSE_SECONDS * 2.0 ** min(failures, 10), longest)
        if is_list:
            self._list_failures += 1
        else:
            self._failures += 1
        return pause * random.uniform(1 - JITTER, 1 + JITTER)

    # List

    def _list(self, session: Session) -> None:
        if self._why != "start":
            self._meter.relist(self._resource.name, self._why)
            _log.info("listed again", resource=self._resource.name, cause=self._why)
        with self._listing:
            started = time.monotonic()
            self._path, version = self._lister.list(session)
        self._position.begin(version, started)
        self._why = "unknown"
        self._is_broken = False
        self._list_failures = 0
        self._meter.listed(self._resource.name, time.monotonic() - started)

    def _check_version(self, session: Session) -> None:
        """Ask the server how far it is, before a watch that begins with what happened meanwhile.

        Until that came, the newest that came is not how things are. And a server whose store was restored from a backup
        would send nothing for a long time.

        Raises: ReadError; _Doubt: it is behind what was seen before.
        """
        if not self._position.aim(self._lister.version(session, self._path)):
            raise _Doubt("version backwards")
        self._is_broken = False

    # Watch

    def _watch(self, session: Session) -> float:
        started = time.monotonic()
        outcome = "unopened"
        seconds = max(1, round(self._watch_seconds))
        query: dict[str, str | int] = {
            "watch": "true",
            "resourceVersion": self._position.version or "",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": seconds,
        }
        try:
            with session.api.stream(self._path, query, self._silent_seconds) as pieces:
                outcome = "ended"
                self._kind.answered()
                opened = time.monotonic()
                came = Pieces(pieces, pieces.has_more)
                for lines in lines_of(came):
                    self._take(lines, came)
                    if self._stop.is_set() or self._kind.is_forgotten:
                        return 0.0
        except ReadError as error:
            if error.status in _NO_WATCH or (self._failures >= POLLED_FAILURES - 1 and _is_of_watches(error)):
                outcome = "refused"
                return self._not_watched(error)
            self._is_broken = True
            if outcome == "ended":
                outcome = "silent" if error.cause is Cause.TIMEOUT else "cut"
            if time.monotonic() - started < SHORT_SECONDS or error.status:
                raise
            # It was heard until a moment ago: whether the server is still there the next request tells, at once.
            self._kind.failed(error)
            self._failures = 1
            return 0.0
        finally:
            self._meter.watched(self._resource.name, outcome, time.monotonic() - started)
        ended = time.monotonic()
        # The server's time-out begins between the request and the answer to it. One that stops, or found its client
        # slow, ends a watch as cleanly, with events left.
        self._is_broken = ended - started < seconds or ended - opened < seconds - SHORT_SECONDS
        if not self._is_broken and not (self._position.is_behind and came.is_flowing):
            self._position.reached(started + seconds)
            self._kind.events((), ended - self._position.current_at)
        if time.monotonic() - started < min(SHORT_SECONDS, self._watch_seconds / 2):
            return self._backoff()
        self._failures = 0
        return 0.0

    def _not_watched(self, error: ReadError) -> float:
        """List again after a while: this login may list the kind, and not watch it."""
        pause = self._backoff(self._again_seconds)
        self._kind.polled()
        self._again("not watched")
        if self._failures == POLLED_FAILURES:
            _log.warning("not watched, but listed again and again", resource=self._resource.name, status=error.status)
        return pause

    def _take(self, lines: Iterable[bytes], came: Pieces) -> None:
        """Take in the events of some lines of the last piece that came.

        Raises:
            ReadError: the server ended the watch by an event of type ERROR.
            _Doubt: there was one among them of which nobody can say what it was; the others are taken in.
        """
        was_behind = self._position.is_behind
        events: list[Event] = []
        counts: dict[str, int] = {}
        doubt = ""
        error: ReadError | None = None
        for line in lines:
            if not line.strip():
                continue
            try:
                event = self._decoder.event(self._resource, line)
            except NOT_DECODED:
                counts["malformed"] = counts.get("malformed", 0) + 1
                doubt = "malformed event"
                continue
            what = event.type.value.lower()
            if event.type is Type.ERROR:
                cause = Cause.EXPIRED if event.status == 410 else Cause.SERVER_ERROR
                error = ReadError(cause, event.status or 500)
            elif event.type is not Type.UNKNOWN:
                order = self._position.order(event.version)
                if order < 0 or (event.item is not None and _is_nameless(event.item)):
                    what, doubt = ("backwards", "version backwards") if order < 0 else ("malformed", "malformed event")
                elif order == 0 and event.item is not None:
                    what = "repeated"
                elif event.item is not None:
                    events.append(event)
            counts[what] = counts.get(what, 0) + 1
        if was_behind:
            came.held_up()
        if came.caught_up_at is None or doubt or error is not None:
            self._kind.events(events, None)
        else:
            self._position.reached(came.caught_up_at)
            self._kind.events(events, time.monotonic() - came.caught_up_at)
        for what, count in counts.items():
            self._meter.event(self._resource.name, what, count)
        if doubt:  # before the error: the watch could go on behind what was not understood
            raise _Doubt(doubt)
        if error is not None:
            raise error


def _is_of_watches(error: ReadError) -> bool:
    """Whether a watch from another version may work, as client-go has it: the server answered, and is not just busy."""
    return error.cause in (Cause.SERVER_ERROR, Cause.BAD_ANSWER) and error.status not in (0, 429, 503)


def _is_nameless(item: Item) -> bool:
    return item.slim is None and item.name[1] == "?"
