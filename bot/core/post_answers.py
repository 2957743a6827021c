"""What a channel gets without asking, as values: digests and reminders."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field

from bot.core.history import Changes
from bot.core.kept import Snooze
from bot.core.milestones import MilestoneState
from bot.core.people_answers import TrendAnswer
from bot.core.seen import Seen
from bot.core.subscriptions import Scope
from bot.core.view import Pool, Workload


class Untold(Struct, frozen=True):
    """A post of before that did not come, or of which nobody knows whether it, or a part of its thread, did.

    Args:
        kind: ``digest`` or ``reminder``; day: the one it was for.
        is_unconfirmed: it may be in the channel; else it was certainly not posted.
        parts: of one that came, what its thread may lack: ``details``, ``chart``; empty: the post itself.
    """

    kind: str
    day: date
    is_unconfirmed: bool
    parts: tuple[str, ...] = ()


class DigestAnswer(Struct, frozen=True):
    """How far the cluster, or a part of it, is, and what changed since a channel was told last.

    Args:
        scope: what it is about; its workloads are those of ``at_risk`` and ``to_check``, the nodes all of the cluster.
        nodes, docker, unknown: how many there are, run on Docker, or cannot be told; nodes_known: whether any was read.
        at_risk, to_check: worst first; excepted: in neither because of exceptions.
        exposed: pods of those at risk on Docker nodes.
        owners: (owner or None, its workloads at risk), most first.
        changes: since the last digest, those of the scope; None where there was none, or no newer read since.
        told_at: the read of the last digest; None where there was none.
        next_milestone, waiting_milestone, overdue: as in the status, for the cluster.
        trend: for the chart; None where no history is kept.
        untold: what is to be told with it.
        places: the channel or person that an owner is mapped to, by owner.
    """

    seen: Seen
    scope: Scope
    nodes_known: bool
    nodes: int
    docker: int
    unknown: int
    pools: tuple[Pool, ...]
    at_risk: tuple[Workload, ...]
    to_check: tuple[Workload, ...]
    exposed: int
    owners: tuple[tuple[str | None, int], ...]
    changes: Changes | None
    told_at: datetime | None
    next_milestone: MilestoneState | None
    waiting_milestone: MilestoneState | None
    overdue: tuple[MilestoneState, ...]
    trend: TrendAnswer | None
    untold: tuple[Untold, ...] = ()
    excepted: tuple[Workload, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether everything was read, lately, and nothing is left to do in its scope."""
        is_off = bool(self.scope.names) or not (self.docker or self.unknown)
        is_sure = not self.seen.gaps and not self.seen.is_stale
        return is_sure and not self.at_risk and not self.to_check and not self.excepted and is_off


class Reminded(Struct, frozen=True):
    """One date of a reminder.

    Args:
        workloads: those of the scope that it concerns, worst first.
        minors: the kubelet minors of the nodes it concerns, the oldest first.
        moved_from: the date it had before, where that it moved is told.
        takers: Slack users who take care of it.
        snooze: until when its reminders are put off, by whom and why; None where they are not.
        guide: id of the guide that helps with it first, None where there is none.
        excepted: workloads of the scope that it would concern but for exceptions.
    """

    state: MilestoneState
    workloads: tuple[Workload, ...] = ()
    minors: tuple[str, ...] = ()
    moved_from: date | None = None
    takers: tuple[str, ...] = ()
    snooze: Snooze | None = None
    guide: str | None = None
    excepted: tuple[Workload, ...] = ()


class ReminderAnswer(Struct, frozen=True):
    """Dates that concern the cluster, or a part of it, the nearest first; of a cluster not read whole, perhaps.

    Args:
        nodes_known, is_whole: whether nodes could be read, and everything, lately.
        overdue: what is past and still concerns the cluster, for a nudge.
    """

    seen: Seen
    scope: Scope
    dates: tuple[Reminded, ...]
    nodes_known: bool
    is_whole: bool
    overdue: tuple[MilestoneState, ...] = ()
    untold: tuple[Untold, ...] = ()


class DoneAnswer(Struct, frozen=True):
    """Dates that a channel was reminded of, and that concern its scope no more, as a whole read shows.

    Args:
        dates: those of the message, the nearest first.
        reminded_on: the day of the message.
        zone: of the channel, in which it reads when that was.
    """

    seen: Seen
    scope: Scope
    dates: tuple[MilestoneState, ...]
    reminded_on: date
    zone: str


PostAnswer = DigestAnswer | ReminderAnswer | DoneAnswer
