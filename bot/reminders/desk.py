"""What every pass over a channel shares: the ports, the limits, and which channels are left alone for a while."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from bot.core.milestones import Milestone
from bot.reminders.ports import Claim, Ledger, Meter, Notices, Outcome, Sender, Slot, State, Subscriptions, Writer

#: How long after it was due a post is still made; later it is told as missed.
GRACE = timedelta(hours=24)

#: Most messages to a channel within 24 hours, whatever goes wrong.
BUDGET = 10

#: After so many failures in a row a channel is left alone for a while.
BREAK_AFTER, BREAK_FOR = 3, timedelta(minutes=15)

_QUIET_STATES = (State.SENT, State.NOTHING, State.MERGED, State.WAITING)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Dates:
    """The calendar as it is now, and what people and the world did to its dates.

    Args:
        moved: (milestone id, when that was noticed) of those that moved.
        woken: by channel, (milestone id, the day until which its reminders were put off).
    """

    milestones: Sequence[Milestone]
    moved: Sequence[tuple[str, datetime]] = ()
    woken: Mapping[str, Sequence[tuple[str, date]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until: datetime | None = None


class Breakers:
    """Which channels failed too often in a row; safe to use from several threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._channels: dict[str, _Failures] = defaultdict(_Failures)

    def is_open(self, channel: str) -> bool:
        """Whether a channel is to be left alone."""
        with self._lock:
            until = self._channels[channel].until if channel in self._channels else None
        return until is not None and self._now() < until

    def failed(self, channel: str) -> None:
        """Note a failure."""
        with self._lock:
            failures = self._channels[channel]
            failures.count += 1
            if failures.count >= BREAK_AFTER:
                failures.count, failures.until = 0, self._now() + BREAK_FOR

    def worked(self, channel: str) -> None:
        """Note a success."""
        with self._lock:
            self._channels.pop(channel, None)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a pass needs.

    Args:
        now: the time, aware.
        is_stopping: True once no further post is to begin.
    """

    subscriptions: Subscriptions
    ledger: Ledger
    sender: Sender
    writer: Writer
    notices: Notices
    meter: Meter
    now: Callable[[], datetime]
    breakers: Breakers
    grace: timedelta = GRACE
    budget: int = BUDGET
    is_stopping: Callable[[], bool] = field(default=lambda: False)

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Write down how a claim ended, or goes on; in vain when it was taken over meanwhile."""
        if self.ledger.settle(claim, self.now(), outcome):
            self.note(claim.slot, outcome)

    def note(self, slot: Slot, outcome: Outcome) -> None:
        """Count and log what became of a post."""
        self.meter.posted(slot.occurrence.partition(":")[0], str(outcome.state))
        tell = _log.info if outcome.state in _QUIET_STATES else _log.warning
        tell(
            "post",
            channel=slot.channel,
            occurrence=slot.occurrence,
            part=str(slot.part),
            state=str(outcome.state),
            code=outcome.code,
        )
