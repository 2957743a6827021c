"""The milestone calendar: which dated events concern this cluster, and which comes next."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain

from msgspec import Struct

from bot.core.affects import Affects, Nodes, is_below
from bot.core.versions import Version, parse
from bot.core.view import NodeFact, Workload

#: The product whose versions nodes report as that of their kubelet.
KUBERNETES = "kubernetes"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class EarlierValue(Struct, frozen=True):
    """What was said of a milestone before: on which day, which value, where."""

    said: date
    value: str
    source: str


class Origin(Struct, frozen=True):
    """Where a date comes from that is not the calendar's but this team's own.

    Args:
        source: ``file`` (UNSHIM_MILESTONES_FILE) or ``slack``.
        upstream: the calendar's date, which it takes the place of; None for a milestone of the team's own.
        note: why, in the team's words; reference: where the date of an own milestone stands, where that is no link.
        by: the Slack user who set it, and at: when; None from a file.
    """

    source: str
    upstream: date | None = None
    note: str = ""
    reference: str = ""
    by: str | None = None
    at: datetime | None = None


class Milestone(Struct, frozen=True):
    """A dated event of the calendar.

    Args:
        version: of ``product``; empty for a milestone of the team's own, whose texts are people's words.
        day: the day it happened or is planned for.
        kind: deprecation, plan, end-of-support or removal.
        is_planned: whether it lies ahead as far as the calendar knows.
        is_confirmed: whether the plan, or a past end of support, is certain; False is said in every answer.
        texts: language to field (title, headline, breaks, plan, outcome, todo) to text.
        checked: the day the entry was last compared with its sources; None for the team's own.
        unsure: clauses for nodes of which nothing tells whether it concerns them.
        own: where the date comes from, None for the calendar's own.
        guides: ids of guides that help with it, for whatever provider.
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
    checked: date | None
    support_ends: date | None
    texts: Mapping[str, Mapping[str, str]]
    unsure: tuple[Affects, ...] = ()
    product: str = KUBERNETES
    own: Origin | None = None
    guides: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether all of it is the team's own, not only its date."""
        return self.own is not None and self.own.upstream is None

    @property
    def upstream(self) -> date:
        """The date of the calendar, of an own milestone its own."""
        return self.own.upstream if self.own and self.own.upstream else self.day

    @property
    def state(self) -> str:
        """``happened``, ``planned``, or ``moved``: planned, and once for another date or version."""
        if not self.is_planned:
            return "happened"
        return "moved" if any(self._differs(earlier.value) for earlier in self.earlier) else "planned"

    def _differs(self, value: str) -> bool:
        if day := _DAY.match(value):
            return day[0] != self.upstream.isoformat()
        said, present = parse(value), parse(self.version)
        return said is not None and present is not None and said[:2] != present[:2]


class MilestoneState(Struct, frozen=True):
    """A milestone seen from one cluster on one day.

    Args:
        days_left: days until its date, negative once it is past.
        nodes: names of the nodes it concerns; empty when none, or when nodes could not be read.
        unsure: names of those it concerns or not, by something that no node tells.
        workloads: full names of the workloads it concerns; excepted: of those it would concern but for exceptions.
        is_adopted: for a version of Kubernetes, whether all nodes it concerns have it already.
    """

    milestone: Milestone
    days_left: int
    nodes: tuple[str, ...]
    unsure: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    is_adopted: bool = False
    excepted: tuple[str, ...] = ()

    @property
    def is_concerning(self) -> bool:
        """Whether it concerns any node or workload of the cluster."""
        return bool(self.nodes or self.workloads)

    @property
    def is_ahead(self) -> bool:
        """Whether its day comes, or is there, and the cluster has something to do by then."""
        return self.is_concerning and self.days_left >= 0 and not self.is_adopted

    @property
    def is_overdue(self) -> bool:
        """Whether its day is past and it concerns the cluster still: only ends of support and own dates oblige."""
        is_due = self.milestone.kind == "end-of-support" or self.milestone.own is not None
        return is_due and self.is_concerning and self.days_left < 0 and not self.is_adopted

    @property
    def is_waiting(self) -> bool:
        """Whether it is a removal that is released, and concerns the cluster when it upgrades to it."""
        is_past = self.days_left < 0 and not self.is_adopted and not self.is_overdue
        return is_past and self.is_concerning and self.milestone.kind == "removal"

    @property
    def is_acting(self) -> bool:
        """Whether there is something to do about it, sooner or later."""
        return self.is_ahead or self.is_overdue or self.is_waiting


def states(
    calendar: Iterable[Milestone], nodes: Sequence[NodeFact], today: date, workloads: Sequence[Workload] = ()
) -> tuple[MilestoneState, ...]:
    """Return the whole calendar in order of dates, each entry with those of the nodes and workloads it concerns.

    Args:
        workloads: those that clauses with findings may concern; where no node is known, all with such a finding are.
    """
    known = Nodes(nodes)
    return tuple(
        _state(milestone, known, today, workloads)
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
    return next((state for state in all_states if state.is_ahead), None)


def waiting(all_states: Iterable[MilestoneState]) -> MilestoneState | None:
    """Return the removal that is released but not adopted: it concerns the cluster when it upgrades to it."""
    return next((state for state in all_states if state.is_waiting), None)


def overdue(all_states: Iterable[MilestoneState]) -> tuple[MilestoneState, ...]:
    """Return ends of support and own dates that are past and still concern the cluster, the latest first."""
    late = (state for state in all_states if state.is_overdue)
    return tuple(sorted(late, key=lambda state: -state.days_left))


def _state(milestone: Milestone, known: Nodes, today: date, workloads: Sequence[Workload]) -> MilestoneState:
    clauses = [clause for clause in milestone.affects if not clause.findings]
    version = parse(milestone.version) if milestone.product == KUBERNETES else None

    def is_concerned(node: NodeFact) -> bool:
        return any(clause.includes(node) for clause in clauses)

    def is_unsure(node: NodeFact) -> bool:
        maybe = chain(clauses, milestone.unsure)
        return not is_concerned(node) and any(clause.may_include(node) for clause in maybe)

    def is_behind(node: NodeFact) -> bool:
        return is_concerned(node) and is_below(node.kubelet_version, version)

    nodes = known.where(is_concerned)
    return MilestoneState(
        milestone,
        (milestone.day - today).days,
        nodes,
        known.where(is_unsure),
        _concerned(milestone, known, workloads),
        is_adopted=version is not None and bool(nodes) and not known.where(is_behind),
        excepted=_concerned(milestone, known, workloads, is_excepted=True),
    )


def _concerned(
    milestone: Milestone, known: Nodes, workloads: Sequence[Workload], *, is_excepted: bool = False
) -> tuple[str, ...]:
    """Return the full names of the workloads that a clause with findings concerns, or would but for exceptions."""
    found: dict[str, None] = {}
    for clause in milestone.affects:
        candidates = []
        if clause.findings:
            candidates = [each for each in workloads if clause.is_found_in(each, is_excepted=is_excepted)]
        inside = frozenset(known.where(clause.includes)) if candidates else frozenset()
        for workload in candidates:
            # One that runs nowhere at the moment would run on any node.
            runs_there = not inside.isdisjoint(workload.nodes) if workload.nodes else bool(inside)
            if runs_there or not known:
                found[workload.key.full_name] = None
    return tuple(found)
