"""Raw requests to an API server through the kubernetes package's login and connection pool."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client.api_client import ApiClient
from kubernetes.client.exceptions import ApiException
from kubernetes.client.rest import RESTResponse
from urllib3 import BaseHTTPResponse
from urllib3 import exceptions as http_errors
from urllib3.connection import HTTPConnection
from urllib3.util import wait_for_read

from bot.core.snapshot import Cause

#: Most of a stream that is taken at once.
PIECE_BYTES = 262_144

_CAUSES = {401: Cause.UNAUTHORIZED, 403: Cause.FORBIDDEN, 404: Cause.NOT_SERVED, 410: Cause.EXPIRED}


class ReadError(Exception):
    """One request failed.

    Args:
        status: the HTTP status, 0 when no answer came.
        retry_after: seconds for which the server asks not to be asked again, 0 where it does not.
    """

    def __init__(self, cause: Cause, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(cause, status)
        self.cause = cause
        self.status = status
        self.retry_after = retry_after

    @property
    def is_unanswered(self) -> bool:
        """Whether the server said nothing at all."""
        return self.cause in (Cause.TIMEOUT, Cause.UNREACHABLE)


class Api:
    """Raw requests through the client's login and connection pool.

    Args:
        client: authenticated client of the kubernetes package.
        timeout_seconds: longest wait for a connection, and for each piece of an answer.
    """

    def __init__(self, client: ApiClient, timeout_seconds: float) -> None:
        self._client = client
        self._timeout = (timeout_seconds, timeout_seconds)

    @property
    def host(self) -> str:
        """Scheme, name and port of the API server; a kubeconfig may hold a password or a token beside them."""
        url = urlsplit(str(self._client.configuration.host))
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """Return the body of a GET.

        Raises: ReadError: any other status than 200, or no answer.
        """
        return self._send("GET", path, list((query or {}).items()), None)

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        """Return the body of a POST of JSON.

        Raises: ReadError: a status of 300 or more, or no answer.
        """
        return self._send("POST", path, [], body)

    @contextmanager
    def stream(self, path: str, query: Mapping[str, str | int], read_seconds: float) -> Iterator["Stream"]:
        """Open a GET whose answer does not end; the connection is closed after it.

        Args:
            read_seconds: longest silence.

        Raises: ReadError: another status than 200, or no answer; from the pieces: the connection broke or fell silent.
        """
        response = self._open("GET", path, list(query.items()), None, (self._timeout[0], read_seconds))
        try:
            if response.status != 200:
                raise _refused(response)
            yield Stream(response.response)
        finally:
            # Never back to the pool: what is left of it would be the beginning of another answer.
            response.response.close()

    def _send(self, method: str, path: str, query: list[tuple[str, str | int]], body: dict[str, Any] | None) -> bytes:
        response = self._open(method, path, query, body, self._timeout)
        try:
            # The package has no types for its RESTResponse.read.
            data = bytes(response.read())  # type: ignore[no-untyped-call]
        except _BROKEN as error:
            raise ReadError(_cause_of(error)) from error
        if response.status in (200, 201):
            return data
        raise _refused(response)

    def _open(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str | int]],
        body: dict[str, Any] | None,
        timeout: tuple[float, float],
    ) -> RESTResponse:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            request = self._client.param_serialize(
                method, path, query_params=query, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            return self._client.call_api(*request, _request_timeout=timeout)
        except _BROKEN as error:
            raise ReadError(_cause_of(error)) from error


_BROKEN = (http_errors.HTTPError, ApiException, ssl.SSLError, OSError)


def _refused(response: RESTResponse) -> ReadError:
    # Seconds; an API server sends no dates (k8s.io/apiserver, pkg/util/flowcontrol and server/filters).
    after = response.response.headers.get("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0.0
    return ReadError(_CAUSES.get(response.status, Cause.SERVER_ERROR), response.status, seconds)


class Stream(Iterator[bytes]):
    """The pieces of an answer, as they come. Raises: ReadError: the connection broke or fell silent."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response

    def __next__(self) -> bytes:
        try:
            piece = self._response.read1(PIECE_BYTES)
        except (*_BROKEN, ValueError) as error:  # ValueError: a chunk whose length is no number
            raise ReadError(_cause_of(error)) from error
        if not piece:
            raise StopIteration
        return piece

    def has_more(self) -> bool:
        """Whether more has come than was read: in the TLS record, or in the socket.

        The pool's reader gives all it holds; in a TLS tunnel through an HTTPS proxy up to a record may be overlooked.
        """
        connection = self._response.connection
        sock = connection.sock if isinstance(connection, HTTPConnection) else None
        if sock is None or sock.fileno() < 0:
            return False
        return (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0) or wait_for_read(sock, timeout=0)


def _cause_of(error: BaseException) -> Cause:
    reason = error.reason if isinstance(error, http_errors.MaxRetryError) and error.reason else error
    # A refused connection is, for urllib3, a kind of connect time-out.
    if isinstance(reason, http_errors.NewConnectionError):
        return Cause.UNREACHABLE
    if isinstance(reason, (http_errors.ConnectTimeoutError, http_errors.ReadTimeoutError, TimeoutError)):
        return Cause.TIMEOUT
    return Cause.UNREACHABLE


def is_tls_error(error: BaseException | None) -> bool:
    """Whether a chain of errors began with a failed TLS handshake or certificate check."""
    while error is not None:
        if isinstance(error, (ssl.SSLError, http_errors.SSLError)):
            return True
        if isinstance(error, ApiException) and "SSLError" in str(error.reason):
            return True
        if isinstance(error, http_errors.MaxRetryError) and is_tls_error(error.reason):
            return True
        error = error.__cause__ or error.__context__
    return False
