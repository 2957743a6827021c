"""The milestone calendar: which dated events concern this cluster, and which comes next."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.runtimes import Runtime
from bot.core.versions import Version, parse
from bot.core.view import NodeFact


@dataclass(frozen=True, slots=True)
class Affects:
    """Which nodes a milestone concerns; the given fields must all hold. Versions compare as numbers."""

    runtime: Runtime
    kubelet_below: Version | None = None
    runtime_version_below: Version | None = None

    def includes(self, node: NodeFact) -> bool:
        """Whether the node is concerned; a version that cannot be parsed is, for nobody can rule it out."""
        if node.runtime is not self.runtime:
            return False
        return _below(node.kubelet_version, self.kubelet_below) and _below(
            node.runtime_version, self.runtime_version_below
        )


@dataclass(frozen=True, slots=True)
class EarlierValue:
    """What was said of a milestone before: on which day, which value, where."""

    said: date
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated event of the calendar.

    Args:
        day: the day it happened or is planned for.
        kind: deprecation, plan, end-of-support or removal.
        is_planned: whether it lies ahead as far as the calendar knows.
        is_confirmed: whether the plan is certain; False is said in every answer.
        texts: language to field (title, headline, breaks, plan, outcome, todo) to text.
        checked: the day the entry was last compared with its sources.
    """

    id: str
    version: str
    day: date
    kind: str
    is_planned: bool
    is_confirmed: bool
    affects: tuple[Affects, ...]
    earlier: tuple[EarlierValue, ...]
    sources: tuple[str, ...]
    checked: date
    support_ends: date | None
    texts: Mapping[str, Mapping[str, str]]
    unsure: tuple[Affects, ...] = ()


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """A milestone seen from one cluster on one day.

    Args:
        days_left: days until its date, negative once it is past.
        nodes: names of the nodes it concerns; empty when none, or when nodes could not be read.
        unsure: names of those it concerns or not, by a version that no node tells.
    """

    milestone: Milestone
    days_left: int
    nodes: tuple[str, ...]
    unsure: tuple[str, ...] = ()

    @property
    def is_concerning(self) -> bool:
        """Whether it concerns any node of the cluster."""
        return bool(self.nodes)


def states(calendar: Iterable[Milestone], nodes: Sequence[NodeFact], today: date) -> tuple[MilestoneState, ...]:
    """Return the whole calendar in order of dates, each entry with those of the nodes that it concerns."""
    return tuple(
        MilestoneState(
            milestone,
            (milestone.day - today).days,
            tuple(node.name for node in nodes if any(clause.includes(node) for clause in milestone.affects)),
            tuple(node.name for node in nodes if any(clause.includes(node) for clause in milestone.unsure)),
        )
        for milestone in sorted(calendar, key=lambda item: (item.day, item.id))
    )


def naming(all_states: Iterable[MilestoneState], version: Version) -> tuple[MilestoneState, ...]:
    """Return the milestones whose text or earlier dates name a version: ``1.26`` stands in what 1.23 left to do."""
    name = re.compile(rf"(?<![\d.]){re.escape(version.short)}(?!\d)")
    return tuple(
        state
        for state in all_states
        if any(name.search(text) for text in state.milestone.texts["en"].values())
        or any(name.match(earlier.value) for earlier in state.milestone.earlier)
    )


def ahead(
    calendar: Iterable[Milestone], asked: str | None, nodes: Iterable[NodeFact], server: str | None
) -> str | None:
    """Return the version asked for where the calendar has it, and neither a kubelet nor the API server has reached it.

    No node has such a version, which does not mean that its date concerns none. ``server``: the API server's version.
    """
    wanted = parse(asked or "")
    if wanted is None:
        return None
    reached = [version for text in (server or "", *(n.kubelet_version for n in nodes)) if (version := parse(text))]
    is_reached = any((version.major, version.minor) >= (wanted.major, wanted.minor) for version in reached)
    return None if is_reached or wanted.short not in {milestone.version for milestone in calendar} else wanted.short


def upcoming(all_states: Iterable[MilestoneState]) -> MilestoneState | None:
    """Return the next dated milestone that concerns the cluster, None when no date lies ahead for it."""
    return next((state for state in all_states if state.is_concerning and state.days_left >= 0), None)


def waiting(all_states: Iterable[MilestoneState]) -> MilestoneState | None:
    """Return the removal that is released but not adopted: it concerns the cluster when it upgrades to it."""
    passed = (s for s in all_states if s.is_concerning and s.days_left < 0 and s.milestone.kind == "removal")
    return next(passed, None)


def _below(text: str, limit: Version | None) -> bool:
    if limit is None:
        return True
    version = parse(text)
    return version is None or version < limit
