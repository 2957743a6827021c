"""When a subscription's posts are due: days and times of its own zone, as moments in UTC. Pure; posts nothing."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from bot.core.milestones import Milestone
from bot.core.subscriptions import MONDAY, Subscription

#: How far back a tick looks for what is due: longer than any post is caught up, so that what was missed is told.
LOOK_BACK = timedelta(days=35)

#: Settings before a change are kept while they may have left something: longer than any post is caught up.
LEFT = timedelta(days=2)

#: Most settings that are kept so; with more changes in that time, what the oldest left and nobody posted is lost.
MOST_BEFORE = 20

FRIDAY = 4

#: Settings on which it depends when something is due.
_WHEN = ("days", "at", "zone", "leads", "is_weekdays_only", "nudges", "paused_until", "stopped")

_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)

#: How far behind UTC the day is where it is latest.
_BEHIND = timedelta(hours=12)

#: Longest time between two days with posts, a pause apart.
_LONGEST_BREAK = timedelta(days=4)


class Kind(StrEnum):
    """What is due."""

    DIGEST = "digest"
    REMINDER = "reminder"


class Occurrence(Struct, frozen=True):
    """One post that is due.

    Args:
        day: the day in the subscription's zone, which names it: a change of time or zone does not make it due again.
        at: the moment, in UTC.
        leads: of a reminder, the (milestone id, its day) that it reminds of.
        moves: ids of milestones whose date moved since the reminder before, to be told with it.
        is_nudge: whether what is overdue is to be told as well.
    """

    kind: Kind
    day: date
    at: datetime
    leads: tuple[tuple[str, date], ...] = ()
    moves: tuple[str, ...] = ()
    is_nudge: bool = False

    @property
    def key(self) -> str:
        """Its name in the post ledger."""
        return f"{self.kind}:{self.day.isoformat()}"


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment of a time of day.

    Of a time that comes twice, when clocks go back, the first; of one that does not come, when they go forward, the
    moment that it would have been: 02:30 is then 03:30 of the new time.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def due(
    subscription: Subscription,
    calendar: Iterable[Milestone],
    after: datetime,
    until: datetime,
    moved: Iterable[tuple[str, datetime]] = (),
    woken: Iterable[tuple[str, date]] = (),
) -> tuple[Occurrence, ...]:
    """Return what is due later than ``after``, up to and including ``until``, in the order of moments.

    What lies before the subscription, in a pause, or where nothing can be posted is not due. What was due by the
    settings before the last change stays due, at its moment, unless nothing of its kind is wanted on that day any more.

    Args:
        moved: (id, when that was noticed) of milestones that got another date; each is told with the first reminder
            after that, which is due for its sake if for no other.
        woken: (id, the day until which its reminders were put off); it is told on that day, or on the first after it
            on which anything is posted.
    """
    start = max(after, subscription.since)
    if subscription.stopped is not None or after >= until:
        return ()
    calendar = tuple(calendar)
    moved, woken = tuple(moved), tuple(woken)
    left = _left(subscription, calendar, moved, woken)
    taken = {occurrence.key for occurrence in left if occurrence.kind is Kind.DIGEST}
    zone, dates = subscription.tz, [(milestone.id, milestone.day) for milestone in calendar]
    noticed = dict(moved)
    # Before it was known, nobody could be reminded of a date: that is not missed.
    known = {milestone.id: milestone.own.at for milestone in calendar if milestone.own and milestone.own.at} | noticed
    moves = list(noticed.items()) if subscription.leads else []
    back = list(woken) if subscription.leads else []
    found = [occurrence for occurrence in left if after < occurrence.at <= until]
    first = start.astimezone(zone).date() - _LONGEST_BREAK
    # Until when the day before could have told of a move, and that day; what moves in a pause is told after it.
    told_until, over = _marks(subscription)
    last_day = over
    for day in _days(first, until.astimezone(zone).date() + _DAY):
        at = instant(day, subscription.at, zone)
        if at <= subscription.since or not _is_posting_day(subscription, day):
            continue
        digest = Occurrence(Kind.DIGEST, day, at)
        if start < at <= until and _falls_on(subscription, subscription.days, day) and digest.key not in taken:
            found.append(digest)
        if day <= over:
            continue
        told = tuple(id_ for id_, when in moves if told_until < when <= at)
        again = [id_ for id_, wakes_on in back if last_day < wakes_on <= day]
        told_until, last_day = at, day
        if start < at <= until:
            told_of = [(id_, its_day) for id_, its_day in dates if known.get(id_, at) <= at]
            found += _reminders(subscription, told_of, day, at, told, again)
    return tuple(sorted(found, key=lambda occurrence: (occurrence.at, occurrence.kind)))


def upcoming(
    subscription: Subscription,
    calendar: Iterable[Milestone],
    now: datetime,
    days: int = 400,
    woken: Iterable[tuple[str, date]] = (),
    begun: Collection[str] = (),
) -> tuple[Occurrence | None, Occurrence | None]:
    """Return the next digest and the next reminder, None where none comes within ``days``.

    Args:
        woken: as in `due`; before that day no reminder counts for its sake.
        begun: keys of what is in the post ledger already, and so does not come again.
    """
    put_off = dict(woken)
    found = due(subscription, calendar, now, now + timedelta(days=days), woken=put_off.items())
    coming = [left for each in found if each.key not in begun and (left := _awake(each, put_off)) is not None]
    digest = next((occurrence for occurrence in coming if occurrence.kind is Kind.DIGEST), None)
    return digest, next((occurrence for occurrence in coming if occurrence.kind is Kind.REMINDER), None)


def _awake(occurrence: Occurrence, put_off: Mapping[str, date]) -> Occurrence | None:
    """Return an occurrence without the dates that are put off beyond its day, None where nothing is left to tell."""
    leads = tuple(lead for lead in occurrence.leads if put_off.get(lead[0], occurrence.day) <= occurrence.day)
    is_left = occurrence.kind is Kind.DIGEST or leads or occurrence.moves or occurrence.is_nudge
    return replace(occurrence, leads=leads) if is_left else None


def merged(occurrence: Occurrence, earlier: Iterable[Occurrence]) -> Occurrence:
    """Return a reminder that tells of earlier ones as well, which were not posted when they were due."""
    all_ = [*earlier, occurrence]
    return replace(
        occurrence,
        leads=tuple(dict.fromkeys(lead for each in all_ for lead in each.leads)),
        moves=tuple(dict.fromkeys(move for each in all_ for move in each.moves)),
        is_nudge=any(each.is_nudge for each in all_),
    )


def is_quiet(subscription: Subscription, now: datetime) -> bool:
    """Whether nothing is posted at a moment: quiet hours, a pause, a day without posts. For what comes late."""
    local = now.astimezone(subscription.tz)
    if subscription.paused_until is not None and local.date() < subscription.paused_until:
        return True
    if subscription.is_weekdays_only and local.weekday() > FRIDAY:
        return True
    return subscription.quiet is not None and subscription.quiet.includes(local.time())


def renewed(before: Subscription, after: Subscription, now: datetime) -> Subscription:
    """Return a changed subscription; where it changed when something is due, only what is due from now on counts.

    Else a day added at noon would bring the digest of that morning, and the end of a pause all that lay in it. What was
    due until now, and waits for Slack or for the end of quiet hours, is left to the settings it was due by. A day whose
    hour has come has had its reminder.
    """
    if all(getattr(before, name) == getattr(after, name) for name in _WHEN):
        since, kept, told_until, told_day = before.since, before.before, before.told_until, before.told_day
    else:
        since, kept, (told_until, told_day) = now, _chained(before, now), _marks_at(before, now)
        if after.stopped is not None and told_day is not None:  # by the last post, perhaps that very reminder
            told_until, _ = _marks_at(before, min(now, instant(told_day, before.at, before.tz) - _MOMENT))
    return replace(after, since=since, before=kept, told_until=told_until, told_day=told_day)


def _chained(before: Subscription, now: datetime) -> Subscription:
    """Return settings with those before them that may have left something: the newest, where there are many.

    Who made them is of no use any more, and so not kept.
    """
    chain, each = [before], before
    while each.before is not None and each.since > now - LEFT and len(chain) < MOST_BEFORE:
        each = each.before
        chain.append(each)
    kept = replace(chain.pop(), before=None, by="")
    while chain:
        kept = replace(chain.pop(), before=kept, by="")
    return kept


def _left(
    subscription: Subscription,
    calendar: tuple[Milestone, ...],
    moved: tuple[tuple[str, datetime], ...],
    woken: tuple[tuple[str, date], ...],
) -> list[Occurrence]:
    """Return what was due by the settings before, and is still wanted."""
    before, since = subscription.before, subscription.since
    if before is None:
        return []
    found = due(before, calendar, since - LOOK_BACK, since, moved, woken)
    return [wanted for occurrence in found if (wanted := _wanted(subscription, occurrence)) is not None]


def _wanted(subscription: Subscription, occurrence: Occurrence) -> Occurrence | None:
    """Return what of an occurrence is still wanted, None where nothing is."""
    if not _is_posting_day(subscription, occurrence.day):
        return None
    if occurrence.kind is Kind.DIGEST:
        return occurrence if _falls_on(subscription, subscription.days, occurrence.day) else None
    is_nudge = occurrence.is_nudge and subscription.nudges
    if subscription.leads:
        return replace(occurrence, is_nudge=is_nudge) if occurrence.leads or occurrence.moves or is_nudge else None
    return replace(occurrence, leads=(), moves=()) if is_nudge else None


def _marks(subscription: Subscription) -> tuple[datetime, date]:
    """Return until when dates that moved have been told, and the last day whose reminder is over."""
    since = subscription.since
    return subscription.told_until or since, subscription.told_day or (since - _BEHIND).date() - _DAY


def _marks_at(subscription: Subscription, now: datetime) -> tuple[datetime, date]:
    """Return the same as they have become by a moment, in days of the zone they passed in."""
    told_until, over = _marks(subscription)
    since, zone = subscription.since, subscription.tz
    if subscription.stopped is not None:
        return told_until, over
    for day in reversed(list(_days(over + _DAY, now.astimezone(zone).date()))):
        at = instant(day, subscription.at, zone)
        if since < at <= now and _is_posting_day(subscription, day):
            return at, day
    return told_until, over


def _is_posting_day(subscription: Subscription, day: date) -> bool:
    if subscription.paused_until is not None and day < subscription.paused_until:
        return False
    return not (subscription.is_weekdays_only and day.weekday() > FRIDAY)


def _reminders(
    subscription: Subscription,
    dates: list[tuple[str, date]],
    day: date,
    at: datetime,
    moves: tuple[str, ...],
    woken: list[str],
) -> Iterator[Occurrence]:
    wanted = {each + timedelta(days=lead) for each in _days_told(subscription, day) for lead in subscription.leads}
    leads = tuple((id_, its_day) for id_, its_day in dates if its_day in wanted or id_ in woken)
    is_nudge = subscription.nudges and _falls_on(subscription, subscription.days[:1] or (MONDAY,), day)
    if leads or moves or is_nudge:
        yield Occurrence(Kind.REMINDER, day, at, leads, moves, is_nudge)


def _days_told(subscription: Subscription, day: date) -> tuple[date, ...]:
    """Return the days of which is told on a day: on a Friday also the weekend, where nothing is posted at it."""
    spans = (0, 1, 2) if subscription.is_weekdays_only and day.weekday() == FRIDAY else (0,)
    return tuple(day + timedelta(days=span) for span in spans)


def _falls_on(subscription: Subscription, weekdays: tuple[int, ...], day: date) -> bool:
    return any(each.weekday() in weekdays for each in _days_told(subscription, day))


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
