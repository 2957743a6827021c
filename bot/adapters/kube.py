"""A live cluster as a Snapshot: paged raw LISTs, decoded page by page; a kind that fails is a gap, not the end."""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from kubernetes.client.api_client import ApiClient
from kubernetes.client.exceptions import ApiException
from urllib3 import exceptions as http_errors

from bot.adapters.resources import Collector, Resource, resource_table
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.errors import UnauthorizedError, UnreachableError

#: After this many kinds in a row that got no answer at all, the rest is not tried: each would wait for its time-out.
UNANSWERED_LIMIT = 2

_CAUSES = {401: Cause.UNAUTHORIZED, 403: Cause.FORBIDDEN, 404: Cause.NOT_SERVED, 410: Cause.EXPIRED}


class ReadError(Exception):
    """One request failed. ``status`` is the HTTP status, 0 when no answer came."""

    def __init__(self, cause: Cause, status: int = 0) -> None:
        super().__init__(cause, status)
        self.cause = cause
        self.status = status

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

    def _send(self, method: str, path: str, query: list[tuple[str, str | int]], body: dict[str, Any] | None) -> bytes:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            request = self._client.param_serialize(
                method, path, query_params=query, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self._client.call_api(*request, _request_timeout=self._timeout)
            data = bytes(response.read())
        except (http_errors.HTTPError, ApiException, ssl.SSLError, OSError) as error:
            raise ReadError(_cause_of(error)) from error
        if response.status in (200, 201):
            return data
        raise ReadError(_CAUSES.get(response.status, Cause.SERVER_ERROR), response.status)


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


@dataclass(frozen=True, slots=True)
class KubeCluster:
    """Reads a live cluster, anew on every call.

    Args:
        connect: returns the API and the cluster's name; called on every read, so that rotated credentials count.
        page_size: objects per page of a LIST.
        now: the clock.
    """

    connect: Callable[[], tuple[Api, str | None]]
    owners: OwnerKeys
    pools: PoolTable
    page_size: int
    now: Callable[[], datetime]

    def read(self) -> Snapshot:
        """Return everything that can be read.

        Raises:
            LoginError: no usable credentials.
            UnauthorizedError: the server answered 401 to the first request.
            UnreachableError: no answer to the first request, or to any LIST.
        """
        api, cluster_name = self.connect()
        as_of = self.now()
        collector = Collector(self.owners, self.pools)
        version = self._version(api, collector)
        failures: list[ReadError] = []
        unanswered = 0
        resources = resource_table()
        for resource in resources:
            try:
                if unanswered >= UNANSWERED_LIMIT:
                    raise ReadError(Cause.UNREACHABLE)
                self._list(api, resource, collector)
                unanswered = 0
            except ReadError as error:
                failures.append(error)
                unanswered = unanswered + 1 if error.is_unanswered else 0
                is_partial = collector.has_any(resource)
                collector.add_gap(Gap(resource.name, error.cause, error.status, is_partial=is_partial))
        if len(failures) == len(resources) and all(error.cause is not Cause.FORBIDDEN for error in failures):
            if any(error.cause is Cause.UNAUTHORIZED for error in failures):
                raise UnauthorizedError("unauthorized", host=api.host)
            first = failures[0]
            raise UnreachableError("no-list-answered", host=api.host, status=first.status or first.cause.value)
        return collector.snapshot(as_of, cluster_name, version)

    def _version(self, api: Api, collector: Collector) -> str | None:
        """Return the server's version; the first request, so it also tells whether anybody answers."""
        try:
            return server_version(api)
        except ReadError as error:
            collector.add_gap(Gap("version", error.cause, error.status))
            return None

    def _list(self, api: Api, resource: Resource, collector: Collector) -> None:
        """Read one kind from the newest version the server serves.

        Raises: ReadError: the list failed; pages read before that stay.
        """
        paths = list(resource.paths())
        for path in paths:
            try:
                return self._pages(api, path, resource, collector)
            except ReadError as error:
                if error.cause is Cause.EXPIRED:
                    # The continue token outlived the server's history (5 minutes by default): start over, once.
                    collector.forget(resource)
                    return self._pages(api, path, resource, collector)
                if error.cause is not Cause.NOT_SERVED or path == paths[-1]:
                    raise
        return None

    def _pages(self, api: Api, path: str, resource: Resource, collector: Collector) -> None:
        query: dict[str, str | int] = {"limit": self.page_size}
        tokens: set[str] = set()
        while True:
            data = api.get(path, query)
            try:
                token = collector.add_page(resource, data)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ReadError(Cause.BAD_ANSWER, 200) from error
            if not token:
                return
            if token in tokens:  # a proxy that drops the query would have the first page read for ever
                raise ReadError(Cause.BAD_ANSWER, 200)
            tokens.add(token)
            query["continue"] = token


def server_version(api: Api) -> str:
    """Return the API server's version.

    Raises:
        UnauthorizedError: the server answered 401.
        UnreachableError: it did not answer.
        ReadError: it answered something else than its version.
    """
    try:
        data = api.get("/version")
    except ReadError as error:
        if error.cause is Cause.UNAUTHORIZED:
            raise UnauthorizedError("unauthorized", host=api.host) from error
        if is_tls_error(error):
            raise UnreachableError("tls", host=api.host) from error
        if error.is_unanswered:
            key = "timeout" if error.cause is Cause.TIMEOUT else "unreachable"
            raise UnreachableError(key, host=api.host) from error
        raise
    try:
        version = json.loads(data).get("gitVersion")
    except (ValueError, AttributeError) as error:
        raise ReadError(Cause.BAD_ANSWER, 200) from error
    if not isinstance(version, str) or not version:
        raise ReadError(Cause.BAD_ANSWER, 200)
    return version
