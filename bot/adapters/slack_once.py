"""One HTTP request to Slack: sent once at most, over in time, and told whether any of it can have arrived.

The SDK's own sending is not used for this. urllib makes the same error of a connection that was refused and of one that
broke while the request went out, and its time-outs are for each read and write: an answer of one byte every nine
seconds takes hours. Here each request has a thread; whoever waits for it does so no longer than they said, and a
connection that comes about later is closed before anything is sent over it.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any
from urllib.request import AbstractHTTPHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler

from slack_sdk import WebClient

#: Longest answer that is read: a page of 100 messages with all their blocks is far below.
MAX_BYTES = 16 * 1024 * 1024

#: How long a thread is waited for whose connection was just closed.
_CLOSING_SECONDS = 1.0

#: Close at once and drop what is not delivered. Otherwise the system goes on delivering it for minutes, and Slack could
#: take a message after everybody had stopped to look for it.
_DROP = struct.pack("ii", 1, 0)
_KEEP = struct.pack("ii", 0, 0)


class NotBegunError(Exception):
    """There was no connection, so nothing was sent."""


class LostError(Exception):
    """The request went out, or some of it, and there is no whole answer. ``code``: ``timeout`` or ``disconnected``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TooLongError(LostError):
    """The answer is longer than what was to be read of one."""

    def __init__(self) -> None:
        super().__init__("disconnected")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. ``headers``: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    web: WebClient,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    seconds: float,
    most: int = MAX_BYTES,
) -> Answer:
    """POST once, or without a body GET, and follow no redirect.

    Args:
        web: tells the proxy, the TLS context and the name of the client; it sends nothing itself.
        seconds: for everything: name, connection, TLS, sending, answer.
        most: bytes of the longest answer that is read.

    Raises: NotBegunError; LostError, of a longer answer TooLongError.
    """
    exchange = _Exchange(most)
    try:
        request = Request(url, body, {**web.headers, **headers}, method="GET" if body is None else "POST")
        run = partial(exchange.run, _opener(web, exchange), request, seconds)
        thread = threading.Thread(target=run, name="slack-once", daemon=True)
        thread.start()
    except (ValueError, RuntimeError) as error:  # what is no address; no more threads
        raise NotBegunError from error
    thread.join(seconds)
    is_late = thread.is_alive()
    if is_late:
        exchange.give_up()
        thread.join(_CLOSING_SECONDS)  # only a name that is being looked up cannot be interrupted
    if exchange.answer is not None:
        return exchange.answer
    if not exchange.has_begun:
        raise NotBegunError from exchange.error
    if isinstance(exchange.error, _LongError):
        raise TooLongError from exchange.error
    is_late |= isinstance(exchange.error, TimeoutError)
    raise LostError("timeout" if is_late else "disconnected") from exchange.error


class _LongError(HTTPException):
    """More came than was to be read."""


class _Exchange:
    """One request on its way: one thread sends it, another waits, and either may come first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_given_up = False
        self.answer: Answer | None = None
        self.error: Exception | None = None

    @property
    def has_begun(self) -> bool:
        """Whether something of the request may have been sent."""
        return self._socket is not None

    def run(self, opener: OpenerDirector, request: Request, seconds: float) -> None:
        """Send the request and keep the answer, or the error."""
        try:
            with opener.open(request, timeout=seconds) as response:
                self.answer = self._read(response)
        except (OSError, HTTPException, ValueError) as error:  # URLError is an OSError; ValueError: what is no address
            reason = getattr(error, "reason", None)
            self.error = reason if isinstance(reason, Exception) else error

    def begin(self, connected: socket.socket) -> None:
        """Note that the request goes out now. Raises: TimeoutError: nobody waits for it any more."""
        with self._lock:
            if self._is_given_up:
                raise TimeoutError
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
            self._socket = connected

    def give_up(self) -> None:
        """Let nothing be sent from now on, and end the connection."""
        with self._lock:
            self._is_given_up = True
            if self._socket is None:
                return
            try:
                # Not the method of a TLS socket, which would take its state away from the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself

    def _read(self, response: HTTPResponse) -> Answer:
        if self._socket is not None:  # who answers has the request: nothing is left to drop
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _KEEP)
        body = response.read(self._most + 1)
        if len(body) > self._most:
            raise _LongError
        if response.length:  # less than was promised is no error when read by amount
            raise IncompleteRead(body)
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, body)


class _Plain(HTTPConnection):
    """Tells when the connection stands, through a proxy as well."""

    def __init__(self, exchange: _Exchange, host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._exchange = exchange

    def connect(self) -> None:
        super().connect()
        self._exchange.begin(self.sock)


class _Secure(HTTPSConnection):
    """Tells when TLS is agreed upon: until then nothing of the request is sent."""

    def __init__(self, exchange: _Exchange, host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._exchange = exchange

    def connect(self) -> None:
        super().connect()
        self._exchange.begin(self.sock)


class _Handler(AbstractHTTPHandler):
    """Opens connections that tell when they stand."""

    def __init__(self, exchange: _Exchange, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._exchange = exchange
        self._tls = context

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_Plain, self._exchange), request)

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_Secure, self._exchange), request, context=self._tls)

    http_request = AbstractHTTPHandler.do_request_
    https_request = AbstractHTTPHandler.do_request_


def _opener(web: WebClient, exchange: _Exchange) -> OpenerDirector:
    """Return what opens a URL as the SDK does, but neither follows redirects nor makes errors of statuses."""
    opener = OpenerDirector()
    proxies = {"http": web.proxy, "https": web.proxy} if web.proxy else {}
    for handler in (ProxyHandler(proxies), UnknownHandler(), _Handler(exchange, web.ssl)):
        opener.add_handler(handler)
    return opener
