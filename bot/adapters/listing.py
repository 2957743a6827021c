"""A whole kind, listed: in one stream where the server gives that, else page by page."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import structlog

from bot.adapters.connection import Session
from bot.adapters.decoding import NOT_DECODED, Decoder, Event, Name, Page, Type
from bot.adapters.kube_api import ReadError
from bot.adapters.kube_pages import pages
from bot.adapters.resources import Resource
from bot.core.snapshot import Cause
from bot.core.versions import Version, parse
from bot.errors import BotError

#: Longest line of a stream: etcd takes objects of 1.5 MB at most, JSON may make ten times that of it.
LINE_BYTES = 32 * 1024 * 1024

#: Pages of a list get so many times larger when its continue token ran out half-way; at last all comes in one.
LARGER_PAGES = (1, 4, 0)

#: The first version whose servers give streaming lists by default, and how long one may take.
#: (Kubernetes API concepts, "Streaming lists"; feature gate WatchList, kubernetes.io, read 2026-11-29.)
STREAMING, STREAM_SECONDS = Version(1, 32), 300

#: What a server says that has no streaming lists.
_NO_STREAM = frozenset({400, 405, 422})

_log = structlog.get_logger(__name__)


class Kind(Protocol):
    """What a reflector keeps up to date: called from its thread alone."""

    resource: Resource
    namespace: str | None

    def page(self, page: Page) -> None:
        """Take in a page of a list, in the place of what these objects were before."""

    def listed(self, names: set[Name], lost: dict[Name, Cause], seconds_ago: float) -> None:
        """Forget all that a list, begun so many seconds ago, did not name."""

    def events(self, events: Iterable[Event], seconds_ago: float | None) -> None:
        """Take in events.

        Args:
            seconds_ago: up to when everything that was sent has now been taken in; None where more may be waiting.
        """

    def answered(self) -> None:
        """Note that the server answers again: what comes now tells up to when it is known."""

    def polled(self) -> None:
        """Note that it may be listed and not watched, until the server answers to a watch again."""

    def failed(self, error: ReadError | BotError) -> None:
        """Note that it could not be read."""

    def moved(self, session: int) -> None:
        """Forget everything: it is another cluster that is read now, by the session of that number."""

    @property
    def is_forgotten(self) -> bool:
        """Whether what was taken in is gone, and has to be listed again."""


class RelistMeter(Protocol):
    """Counts lists beside the first."""

    def relist(self, resource: str, cause: str) -> None:
        """Note why a kind is listed again."""


class Streaming:
    """Whether the server gives streaming lists, the same for all kinds.

    Args:
        version: returns what the server said of itself last, None where that is not known.
    """

    def __init__(self, version: Callable[[], str | None]) -> None:
        self._version = version
        self._refused: str | None = None

    @property
    def is_offered(self) -> bool:
        """Whether to try: a server of a version that gives them by default, and that did not refuse one."""
        text = self._version()
        version = parse(text or "")
        return version is not None and version >= STREAMING and text != self._refused

    def refused(self) -> None:
        """Note that this server gives none, or lets none through."""
        self._refused = self._version()


class Lister:
    """Lists one kind into what keeps it.

    Args:
        page_size: objects per page.
        silent_seconds: longest silence of a stream.
    """

    def __init__(
        self,
        kind: Kind,
        decoder: Decoder,
        meter: RelistMeter,
        *,
        page_size: int,
        silent_seconds: float,
        streaming: Streaming,
    ) -> None:
        self._kind = kind
        self._resource = kind.resource
        self._decoder = decoder
        self._meter = meter
        self._page_size = page_size
        self._silent_seconds = silent_seconds
        self._streaming = streaming

    def list(self, session: Session) -> tuple[str, str]:
        """List from the newest version of the kind that is served; return its path, and the list's resourceVersion.

        Raises: ReadError: it could not be listed to the end; what was taken in stays, and nothing is forgotten.
        """
        paths = list(self._resource.paths(self._kind.namespace))
        for path in paths:
            try:
                return path, self._all(session, path)
            except ReadError as error:
                if error.cause is not Cause.NOT_SERVED or path == paths[-1]:
                    raise
        raise AssertionError("a kind has a version")

    def version(self, session: Session, path: str) -> str:
        """Return the resourceVersion of the list as it is now; of what is in it next to nothing is asked for.

        Raises: ReadError.
        """
        try:
            return self._decoder.page(self._resource, session.api.get(path, {"limit": 1})).version
        except NOT_DECODED as error:
            raise ReadError(Cause.BAD_ANSWER, 200) from error

    def _all(self, session: Session, path: str) -> str:
        if self._streaming.is_offered:
            try:
                return self._streamed(session, path)
            except ReadError as error:
                if error.cause in (Cause.NOT_SERVED, Cause.UNAUTHORIZED):
                    raise
                if error.status in _NO_STREAM or error.cause in (Cause.TIMEOUT, Cause.BAD_ANSWER):
                    self._streaming.refused()
                _log.info("no streaming list", resource=self._resource.name, status=error.status, cause=error.cause)
        for pages_larger in LARGER_PAGES:
            try:
                return self._pages(session, path, self._page_size * pages_larger)
            except ReadError as error:
                if error.cause is not Cause.EXPIRED or pages_larger == LARGER_PAGES[-1]:
                    raise
                # The continue token outlived the server's history, five minutes by default.
                self._meter.relist(self._resource.name, "token expired")
        raise AssertionError("the last try returns or raises")

    def _pages(self, session: Session, path: str, page_size: int) -> str:
        started = time.monotonic()
        names: set[Name] = set()
        lost: dict[Name, Cause] = {}
        version = ""
        for page in pages(session.api, path, page_size, lambda data: self._decoder.page(self._resource, data)):
            version = page.version
            names.update([(getattr(item, "namespace", ""), item.name) for item in page.objects])
            lost.update(page.lost)
            self._kind.page(page)
        self._kind.listed(names, lost, time.monotonic() - started)
        return version

    def _streamed(self, session: Session, path: str) -> str:
        """List by a watch that begins with all that is there; the server need not hold the whole list.

        Raises: ReadError: refused, or broken before the bookmark that ends what is there.
        """
        started = time.monotonic()
        names: set[Name] = set()
        lost: dict[Name, Cause] = {}
        query: dict[str, str | int] = {
            "watch": "true",
            "sendInitialEvents": "true",
            "resourceVersionMatch": "NotOlderThan",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": STREAM_SECONDS,
        }
        with session.api.stream(path, query, self._silent_seconds) as pieces:
            for lines in lines_of(pieces):
                objects: list[Any] = []
                for line in filter(bytes.strip, lines):
                    try:
                        event = self._decoder.event(self._resource, line)
                    except NOT_DECODED as error:
                        raise ReadError(Cause.BAD_ANSWER, 200) from error
                    if event.type is Type.ERROR:
                        raise ReadError(Cause.SERVER_ERROR, event.status)
                    if event.ends_initial:
                        self._kind.page(Page(objects, [], None, ""))
                        self._kind.listed(names, lost, time.monotonic() - started)
                        return event.version
                    if (item := event.item) is None:
                        continue
                    # What the server's cache still lacked comes as events behind its objects, before the bookmark.
                    lost.pop(item.name, None)
                    names.discard(item.name)
                    if event.type is Type.DELETED:
                        continue
                    if item.slim is not None:
                        names.add(item.name)
                        objects.append(item.slim)
                    if item.cause is not None:
                        lost[item.name] = item.cause
                self._kind.page(Page(objects, [], None, ""))
        raise ReadError(Cause.BAD_ANSWER, 200)


def lines_of(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield whole lines of a stream, as many at a time as there are; the last of a stream may be cut off, and is none.

    Raises: ReadError: a line has no end.
    """
    rest: list[bytes] = []
    size = 0
    for piece in pieces:
        head, newline, tail = piece.rpartition(b"\n")
        if not newline:
            rest.append(piece)
            size += len(piece)
            if size > LINE_BYTES:
                raise ReadError(Cause.BAD_ANSWER, 200)
            continue
        yield (b"".join(rest) + head).split(b"\n")
        rest, size = [tail], len(tail)
