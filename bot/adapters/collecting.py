"""What is read at one moment, gathered until a Snapshot is made of it."""

from datetime import datetime
from typing import Any

from msgspec import Raw

from bot.adapters.decoding import Decoder, Name, Page, raw_name
from bot.adapters.resources import Resource
from bot.core.objects import Claim, Controller, Namespace, Node, PersistentVolume, Pod, RuntimeClass
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import RESOURCES, Cause, Gap, Snapshot

#: How many names of lost objects a gap carries; the count says how many there were.
NAMES_KEPT = 5


class Collector:
    """Gathers slim objects and gaps until a Snapshot is made of them."""

    def __init__(self, owners: OwnerKeys, pools: PoolTable) -> None:
        self.decoder = Decoder(owners, pools)
        self._buckets: dict[str, list[Any]] = {}
        self._lost: dict[tuple[str, Cause], list[str]] = {}
        self._lost_counts: dict[tuple[str, Cause], int] = {}
        self._gaps: list[Gap] = []
        self._names: set[tuple[str, Name]] = set()

    def add_page(self, resource: Resource, data: bytes) -> str | None:
        """Take in one page of a list and return its continue token.

        Raises: msgspec.DecodeError, UnicodeDecodeError: the page is not a JSON list of the kind.
        """
        page = self.decoder.page(resource, data)
        self.add(resource, page)
        return page.continue_

    def add(self, resource: Resource, page: Page) -> None:
        """Take in one decoded page of a list."""
        self._buckets.setdefault(resource.bucket, []).extend(page.objects)
        for name, cause in page.lost:
            self._lose(resource.name, name, cause)

    def add_raw(self, resource: Resource, raw: Raw) -> None:
        """Take in one object of a dump; one that does not decode is counted by name.

        What runs containers is still judged as far as it does, and counted apart from what is lost. A name that was
        taken in before is passed over.
        """
        item = self.decoder.item(resource, raw)
        if item.slim is not None:
            name = (resource.name, item.name)
            if name in self._names:
                return
            self._names.add(name)
            self._buckets.setdefault(resource.bucket, []).append(item.slim)
        if item.cause is not None:
            self._lose(resource.name, item.name, item.cause)

    def add_unknown(self, raw: Raw) -> None:
        """Note an item of a dump that does not say what it is."""
        self._lose("items", raw_name(raw), Cause.MALFORMED)

    def add_gap(self, gap: Gap) -> None:
        """Note that something was not read."""
        self._gaps.append(gap)

    def snapshot(
        self, as_of: datetime, cluster_name: str | None, version: str | None, clock: datetime | None = None
    ) -> Snapshot:
        """Return everything gathered."""
        lost = [
            Gap(what, cause, objects=tuple(names), count=self._lost_counts[what, cause])
            for (what, cause), names in self._lost.items()
        ]

        def bucket(name: str) -> tuple[Any, ...]:
            return tuple(self._buckets.get(name, ()))

        nodes: tuple[Node, ...] = bucket("nodes")
        namespaces: tuple[Namespace, ...] = bucket("namespaces")
        pods: tuple[Pod, ...] = bucket("pods")
        controllers: tuple[Controller, ...] = bucket("controllers")
        volumes: tuple[PersistentVolume, ...] = bucket("persistent_volumes")
        claims: tuple[Claim, ...] = bucket("claims")
        classes: tuple[RuntimeClass, ...] = bucket("runtime_classes")
        return Snapshot(
            as_of=as_of,
            cluster_name=cluster_name,
            version=version,
            nodes=nodes,
            namespaces=namespaces,
            pods=pods,
            controllers=controllers,
            persistent_volumes=volumes,
            claims=claims,
            runtime_classes=classes,
            gaps=in_order([*self._gaps, *lost]),
            clock=clock,
        )

    def _lose(self, what: str, name: Name, cause: Cause) -> None:
        self._lost_counts[what, cause] = self._lost_counts.get((what, cause), 0) + 1
        names = self._lost.setdefault((what, cause), [])
        if len(names) < NAMES_KEPT:
            names.append(full_name(name))


def full_name(name: Name) -> str:
    """Return ``namespace/name``, or the name alone where there is no namespace."""
    return "/".join(part for part in name if part)


def in_order(gaps: list[Gap]) -> tuple[Gap, ...]:
    """Return gaps in the order in which kinds are read."""
    return tuple(sorted(gaps, key=lambda gap: (_order(gap.what), gap.cause)))


def _order(what: str) -> int:
    return RESOURCES.index(what) if what in RESOURCES else -1
