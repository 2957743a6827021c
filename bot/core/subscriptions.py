"""Subscriptions as values: when a channel gets digests and reminders, about what, in which language."""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

#: Days before a date on which people are reminded, where nobody says otherwise.
LEADS = (90, 60, 30, 14, 7, 3, 1, 0)

MONDAY = 0
WORKDAYS = tuple(range(5))
EVERY_DAY = tuple(range(7))


class ScopeKind(StrEnum):
    """What a subscription is about."""

    CLUSTER = "cluster"
    NAMESPACES = "namespaces"
    OWNER = "owner"


class Scope(Struct, frozen=True):
    """The whole cluster (no names), some namespaces, or the workloads of an owner; the settings may name several."""

    kind: ScopeKind = ScopeKind.CLUSTER
    names: tuple[str, ...] = ()


#: The whole cluster.
EVERYTHING = Scope()


class Quiet(Struct, frozen=True):
    """Hours of the day, in the subscription's zone, in which nothing is posted; ``start`` may be later than ``end``."""

    start: time
    end: time

    def includes(self, moment: time) -> bool:
        """Whether a time of day lies in them; the end does not."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class Subscription(Struct, frozen=True):
    """A channel's digest and reminder settings.

    Args:
        channel: Slack id of the channel or person it is posted to; one subscription each.
        days: days of the week with a digest, Monday 0; empty: none.
        at: time of day, in ``zone``, of digests and reminders.
        zone: a name of the tz database.
        leads: days before a milestone on which people are reminded, most first; empty: never.
        quiet: hours without posts, also without late ones.
        is_weekdays_only: nothing on Saturday and Sunday; what would be due then comes on the Friday before.
        skips_unchanged: no digest when nothing changed since the last.
        nudges: a word once a week while an end of support, or the team's own date, is overdue.
        paused_until: nothing is posted before that day, in ``zone``.
        since: its settings count from then on; nothing that was due earlier is posted, or counts as missed, but for
            what ``before`` left.
        before: the settings until then, None where there were none or they are too old to have left anything.
        told_until: a date that moved later than that has not been told; None: later than ``since``.
        told_day: the last day whose reminder is over, by the settings before; None: none.
    """

    channel: str
    since: datetime
    days: tuple[int, ...] = (MONDAY,)
    at: time = time(9)
    zone: str = "UTC"
    language: str = "en"
    scope: Scope = EVERYTHING
    leads: tuple[int, ...] = LEADS
    quiet: Quiet | None = None
    is_weekdays_only: bool = False
    skips_unchanged: bool = False
    nudges: bool = False
    paused_until: date | None = None
    by: str = ""
    stopped: str | None = None
    before: "Subscription | None" = None
    told_until: datetime | None = None
    told_day: date | None = None

    @property
    def tz(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)


def to_data(subscription: Subscription) -> dict[str, Any]:
    """Return its settings as plain data, for the store."""
    quiet, before = subscription.quiet, subscription.before
    return {
        "days": list(subscription.days),
        "at": subscription.at.strftime("%H:%M"),
        "zone": subscription.zone,
        "language": subscription.language,
        "scope": {"kind": str(subscription.scope.kind), "names": list(subscription.scope.names)},
        "leads": list(subscription.leads),
        "quiet": [quiet.start.strftime("%H:%M"), quiet.end.strftime("%H:%M")] if quiet else None,
        "weekdays_only": subscription.is_weekdays_only,
        "skips_unchanged": subscription.skips_unchanged,
        "nudges": subscription.nudges,
        "paused_until": subscription.paused_until.isoformat() if subscription.paused_until else None,
        "stopped": subscription.stopped,
        "told_until": subscription.told_until.isoformat() if subscription.told_until else None,
        "told_day": subscription.told_day.isoformat() if subscription.told_day else None,
        **({"before": {**to_data(before), "since": before.since.isoformat()}} if before else {}),
    }


def from_data(channel: str, since: datetime, by: str, data: Mapping[str, Any]) -> Subscription:
    """Return a subscription from what the store has of it. Raises: ValueError, KeyError, TypeError: it is damaged."""
    quiet = data.get("quiet")
    paused, told_until, told_day = data.get("paused_until"), data.get("told_until"), data.get("told_day")
    ZoneInfo(data["zone"])  # a zone that this machine does not know must not fail later
    return Subscription(
        channel=channel,
        since=since,
        days=tuple(int(day) for day in data["days"]),
        at=time.fromisoformat(data["at"]),
        zone=data["zone"],
        language=data["language"],
        scope=Scope(ScopeKind(data["scope"]["kind"]), tuple(data["scope"]["names"])),
        leads=tuple(int(lead) for lead in data["leads"]),
        quiet=Quiet(time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])) if quiet else None,
        is_weekdays_only=bool(data.get("weekdays_only")),
        skips_unchanged=bool(data.get("skips_unchanged")),
        nudges=bool(data.get("nudges")),
        paused_until=date.fromisoformat(paused) if paused else None,
        by=by,
        stopped=data.get("stopped"),
        told_until=datetime.fromisoformat(told_until) if told_until else None,
        told_day=date.fromisoformat(told_day) if told_day else None,
        before=_before(channel, data.get("before")),
    )


def _before(channel: str, data: Any) -> Subscription | None:
    """Return the settings before; None where they cannot be read: those that count now are not to be lost for them."""
    try:
        return from_data(channel, datetime.fromisoformat(data["since"]), "", data)
    except (KeyError, TypeError, ValueError):
        return None
