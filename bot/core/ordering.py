"""Workloads kept in the order of views while single ones change."""

import bisect
from collections.abc import Iterator, Mapping

from bot.core.view import Workload
from bot.core.workloads import WorkloadKey

#: Where more than this part of the workloads changed, sorting all anew is less work than putting each in its place.
_MANY = 0.1


class Ordered:
    """Workloads by their keys, and in the order of views."""

    def __init__(self) -> None:
        self._known: dict[WorkloadKey, Workload] = {}
        self._order: list[tuple[int, str, str, str, str]] = []
        self._workloads: list[Workload] = []
        self._made: tuple[Workload, ...] | None = ()

    def __len__(self) -> int:
        return len(self._known)

    def found(self) -> Iterator[Workload]:
        """Yield those with any finding: they stand first."""
        for workload in self._workloads:
            if not workload.findings:
                return
            yield workload

    def now(self) -> tuple[Workload, ...]:
        """Return them, worst first; the same tuple while none has changed."""
        if self._made is None:
            self._made = tuple(self._workloads)
        return self._made

    def change(self, changed: Mapping[WorkloadKey, Workload | None]) -> None:
        """Take in what changed; None for what is gone."""
        news = {key: item for key, item in changed.items() if self._known.get(key) != item}
        if not news:
            return
        self._made = None
        if len(news) > len(self._known) * _MANY:
            for key, item in news.items():
                self._keep(key, item)
            self._workloads = sorted(self._known.values(), key=lambda each: each.sort_key)
            self._order = [workload.sort_key for workload in self._workloads]
            return
        for key, item in news.items():
            before = self._known.get(key)
            if before is not None:
                at = bisect.bisect_left(self._order, before.sort_key)
                if item is not None and item.sort_key == self._order[at]:
                    self._workloads[at] = item
                    self._known[key] = item
                    continue
                del self._order[at], self._workloads[at]
            if item is not None:
                at = bisect.bisect_left(self._order, item.sort_key)
                self._order.insert(at, item.sort_key)
                self._workloads.insert(at, item)
            self._keep(key, item)

    def _keep(self, key: WorkloadKey, item: Workload | None) -> None:
        if item is None:
            del self._known[key]
        else:
            self._known[key] = item
