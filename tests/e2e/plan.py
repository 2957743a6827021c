"""Subscriptions of a simulated quarter, and when their posts are due: worked out from the calendar on the wall alone.

Nothing of `bot.core.schedule` is used here, so that a mistake there cannot excuse itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.core.subscriptions import EVERY_DAY, WORKDAYS, Quiet, Scope, ScopeKind, Subscription
from tests.factories import make_daemonset, make_deployment, make_node
from tests.unit.cli.program import SOCKET, dump, every_kind

#: Days on which something ends for the nodes of `cluster`, as bot/data/milestones.toml has them: containerd 2.2, and a
#: kubelet that takes containerd 1.x. All other dates of the calendar lie elsewhere, or concern none of its nodes.
DATES = (date(2026, 11, 6), date(2026, 12, 16))

#: Summer time ends in three of them and begins in four within the quarter; the others have none.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Seoul",
    "Europe/London",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
)

SATURDAY, FRIDAY = 5, 4

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def cluster(folder: Path) -> Path:
    """Write a dump with an object of every kind, so that nothing in it counts as unread."""
    return dump(
        folder,
        *every_kind(),
        *(make_node(f"new-{n}", kubelet="v1.36.2", runtime="containerd://2.2.1") for n in range(2)),
        *(make_node(f"old-{n}", kubelet="v1.36.2", runtime="containerd://1.7.27") for n in range(2)),
        make_deployment("builder", namespace="web", labels={"team": "ci"}, host_paths=SOCKET),
        make_daemonset("watcher", labels={"team": "platform"}, host_paths=SOCKET),
    )


def subscriptions(number: int, since: datetime) -> list[Subscription]:
    """Return subscriptions of every kind: the first of them at hours that come twice, or not at all."""
    found = [
        Subscription("C0Q00", since, EVERY_DAY, time(1, 30), "America/New_York", leads=(14, 7, 1)),
        Subscription("C0Q01", since, EVERY_DAY, time(2, 30), "Europe/Berlin", leads=(30, 3, 0)),
        Subscription("C0Q02", since, EVERY_DAY, time(2, 30), "Pacific/Auckland", scope=_owner("ci")),
        Subscription("C0Q03", since, WORKDAYS, time(9), "Asia/Seoul", "ko", leads=(60, 45, 21, 10, 5, 2)),
        Subscription("C0Q04", since, (0, 6), time(16), "America/New_York", is_weekdays_only=True),
        Subscription("C0Q05", since, (), time(9), "Europe/London", nudges=True),
        Subscription("C0Q06", since, (4,), time(9), quiet=Quiet(time(20), time(7)), is_weekdays_only=True),
        Subscription("C0Q07", since, (1, 3), time(16), paused_until=since.date() + timedelta(days=6)),
    ]
    days: Sequence[tuple[int, ...]] = ((0,), (1, 4), (2,), WORKDAYS, (3,), (0, 3), (4,), (0,))
    scopes = (Scope(), Scope(ScopeKind.NAMESPACES, ("web",)), _owner("platform"))
    for n in range(len(found), number):
        found.append(
            Subscription(
                f"C0Q{n:02}",
                since,
                days[n % len(days)],
                (time(9), time(9), time(16))[n % 3],
                ZONES[n % len(ZONES)],
                ("en", "ko")[n % 7 == 0],
                scopes[n % 5 % 3],
                quiet=Quiet(time(19), time(8)) if n % 4 == 0 else None,
                is_weekdays_only=n % 6 == 1,
            )
        )
    return found[:number]


def due_posts(subscription: Subscription, until: datetime) -> Mapping[str, datetime]:
    """Return the posts of a subscription from its beginning on, by their names in the ledger, with their moments."""
    first, last = subscription.since.date() - _DAY, until.date() + _DAY
    digests = _moved(subscription, {day for day in _span(first, last) if day.weekday() in subscription.days})
    due = {f"digest:{day}": day for day in digests}
    due |= {f"reminder:{day}": day for day in _reminded(subscription, first, last)}
    found = {}
    for name, day in due.items():
        is_off = subscription.is_weekdays_only and day.weekday() >= SATURDAY
        is_off |= subscription.paused_until is not None and day < subscription.paused_until
        at = moment(day, subscription.at, ZoneInfo(subscription.zone))
        if not is_off and subscription.since < at <= until:
            found[name] = at
    return found


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first moment at which a clock on the wall shows that; where none does, as if it had not been moved."""
    wanted, noon = datetime.combine(day, at), datetime.combine(day, time(12), UTC)
    for minutes in range(-26 * 60, 26 * 60):
        found = noon + minutes * _MINUTE
        if found.astimezone(zone).replace(tzinfo=None) == wanted:
            return found
    before = noon - _DAY * 1.5  # when the clock was not moved yet
    offset = before.astimezone(zone).utcoffset()
    assert offset is not None
    return wanted.replace(tzinfo=UTC) - offset


def _reminded(subscription: Subscription, first: date, last: date) -> set[date]:
    if subscription.scope.names:
        return set()  # none of the workloads has to do with these dates
    found = {day - timedelta(days=lead) for day in DATES for lead in subscription.leads}
    if subscription.nudges:  # containerd 1.7 is overdue all the time
        weekday = subscription.days[0] if subscription.days else 0
        found |= {day for day in _span(first, last) if day.weekday() == weekday}
    return _moved(subscription, found)


def _moved(subscription: Subscription, days: set[date]) -> set[date]:
    """Return days with those of a weekend without posts brought forward to its Friday."""
    if not subscription.is_weekdays_only:
        return days
    return {day - timedelta(days=max(day.weekday() - FRIDAY, 0)) for day in days}


def _span(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _owner(name: str) -> Scope:
    return replace(Scope(), kind=ScopeKind.OWNER, names=(name,))
