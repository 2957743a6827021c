"""A live cluster as a Snapshot: paged raw LISTs, decoded page by page; a kind that fails is a gap, not the end."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from bot.adapters.collecting import NAMES_KEPT, Collector
from bot.adapters.decoding import Page
from bot.adapters.kube_api import Api, ReadError, is_tls_error
from bot.adapters.kube_pages import pages
from bot.adapters.resources import Resource, resource_table
from bot.adapters.scoped import Scope
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.errors import UnauthorizedError, UnreachableError

#: After this many kinds in a row that got no answer at all, the rest is not tried: each would wait for its time-out.
UNANSWERED_LIMIT = 2


@dataclass(frozen=True, slots=True)
class KubeCluster:
    """Reads a live cluster, anew on every call.

    Args:
        connect: returns the API and the cluster's name; called on every read, so that rotated credentials count.
        page_size: objects per page of a LIST.
        now: the clock.
        scope: the namespaces that are read.
    """

    connect: Callable[[], tuple[Api, str | None]]
    owners: OwnerKeys
    pools: PoolTable
    page_size: int
    now: Callable[[], datetime]
    scope: Scope = field(default_factory=Scope)

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
        gaps: list[Gap] = []
        existing: set[str] | None = set()
        unanswered = 0
        lists = [(resource, part) for resource in resource_table() for part in self.scope.parts(resource)]
        for resource, namespace in lists:
            read: list[Page] = []
            try:
                if unanswered >= UNANSWERED_LIMIT:
                    raise ReadError(Cause.UNREACHABLE)
                self._list(api, resource, namespace, collector, read)
                unanswered = 0
            except ReadError as error:
                failures.append(error)
                unanswered = unanswered + 1 if error.is_unanswered else 0
                is_partial = any(page.objects for page in read)
                inside = (namespace,) if namespace is not None else ()
                gaps.append(Gap(resource.name, error.cause, error.status, is_partial=is_partial, namespaces=inside))
                if resource.name == "namespaces":
                    existing = None
            for page in read:
                if resource.name == "namespaces" and existing is not None:
                    existing.update([item.name for item in page.objects], [name for (_, name), _ in page.lost])
                collector.add(resource, page)
        for gap in self.scope.gaps(gaps, existing, NAMES_KEPT):
            collector.add_gap(gap)
        if len(failures) == len(lists) and all(error.cause is not Cause.FORBIDDEN for error in failures):
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

    def _list(
        self, api: Api, resource: Resource, namespace: str | None, collector: Collector, read: list[Page]
    ) -> None:
        """Read one kind from the newest version the server serves, into a list of pages.

        Raises: ReadError: the list failed; pages read before that stay.
        """
        paths = list(resource.paths(namespace))
        for path in paths:
            try:
                return self._pages(api, path, resource, collector, read)
            except ReadError as error:
                if error.cause is Cause.EXPIRED:
                    # The continue token outlived the server's history (5 minutes by default): start over, once.
                    read.clear()
                    return self._pages(api, path, resource, collector, read)
                if error.cause is not Cause.NOT_SERVED or path == paths[-1]:
                    raise
        return None

    def _pages(self, api: Api, path: str, resource: Resource, collector: Collector, read: list[Page]) -> None:
        for page in pages(api, path, self.page_size, lambda data: collector.decoder.page(resource, data)):
            read.append(replace(page, objects=self.scope.within(resource, page.objects)))


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
