"""A cluster of which some namespaces alone are read: what is asked for then, and what an answer says of the rest."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from bot.adapters.resources import Resource
from bot.core.snapshot import Cause, Gap

#: Gaps of single objects; the kind they are of was read.
_OBJECTS = frozenset({Cause.MALFORMED, Cause.PARTLY})


class Scope:
    """The namespaces that are read.

    Args:
        names: none for the whole cluster.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = tuple(sorted(set(names)))

    def parts(self, resource: Resource) -> tuple[str | None, ...]:
        """Return where a kind is listed: each namespace for itself, or None for the whole cluster."""
        return self.names if self.names and resource.is_namespaced else (None,)

    def has(self, resource: Resource, name: str) -> bool:
        """Whether an object may be shown: of namespaces, which come all together, only those that are read."""
        return not self.names or resource.name != "namespaces" or name in self.names

    def within(self, resource: Resource, objects: list[Any]) -> list[Any]:
        """Return the objects that may be shown."""
        return [item for item in objects if self.has(resource, item.name)] if self.names else objects

    def gaps(self, found: Iterable[Gap], existing: Collection[str] | None, kept: int) -> list[Gap]:
        """Return the gaps of all lists as those of kinds, and that not everything is read.

        Args:
            found: one for each list that failed, with its namespace, and those of single objects.
            existing: namespaces that exist, None where that is not known.
            kept: of the names of single objects so many are kept.
        """
        if not self.names:
            return list(found)
        gone = tuple(name for name in self.names if existing is not None and name not in existing)
        gaps = [Gap("namespaces", Cause.SCOPE, objects=self.names, count=len(self.names))]
        if gone:
            gaps.append(Gap("namespaces", Cause.NO_NAMESPACE, objects=gone, count=len(gone)))
        by_kind: dict[str, list[Gap]] = {}
        for gap in found:
            by_kind.setdefault(gap.what, []).append(gap)
        for some in by_kind.values():
            gaps += _merged([gap for gap in some if gap.cause in _OBJECTS], kept)
            gaps += self._of_kind([gap for gap in some if gap.cause not in _OBJECTS], gone)
        return gaps

    def _of_kind(self, failed: Sequence[Gap], gone: tuple[str, ...]) -> list[Gap]:
        where = {name for gap in failed for name in gap.namespaces}
        if failed and where == set(self.names):  # nowhere: why it is so in one place stands for all
            return [replace(failed[0], namespaces=(), is_partial=any(gap.is_partial for gap in failed))]
        alike: dict[tuple[Cause, int, bool], list[str]] = {}
        for gap in failed:
            names = [name for name in gap.namespaces if name not in gone]
            if names or not gap.namespaces:
                alike.setdefault((gap.cause, gap.status, gap.is_partial), []).extend(names)
        return [
            Gap(failed[0].what, cause, status, is_partial=is_partial, namespaces=tuple(sorted(names)))
            for (cause, status, is_partial), names in alike.items()
        ]


def _merged(lost: Sequence[Gap], kept: int) -> list[Gap]:
    """Return the gaps of single objects of one kind, each cause once."""
    merged: dict[Cause, Gap] = {}
    for gap in lost:
        known = merged.get(gap.cause)
        merged[gap.cause] = (
            gap
            if known is None
            else replace(
                known, objects=tuple(sorted((*known.objects, *gap.objects)))[:kept], count=known.count + gap.count
            )
        )
    return list(merged.values())
