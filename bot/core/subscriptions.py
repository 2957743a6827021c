"""Subscriptions as values: when a channel gets digests and reminders, about what, in which language."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

#: Days before a date on which people are reminded, where nobody says otherwise.
LEADS = (90, 60, 30, 14, 7, 3, 1, 0)

#: Longest lead, and most of them.
LONGEST_LEAD, MOST_LEADS = 366, 16

#: Most namespaces of one subscription: they have to fit its settings in Slack.
MOST_NAMESPACES = 50

MONDAY = 0
WORKDAYS = tuple(range(5))
EVERY_DAY = tuple(range(7))

#: What days are called in commands; the catalogue has their names for readers.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: What days are called in Korean, in the same order; ``월요일`` is the same.
_KOREAN_DAYS = "월화수목금토일"

_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DATE = re.compile(r"20\d{2}-\d{2}-\d{2}", re.ASCII)

#: Near time zones that are named to who mistypes one.
NEAR_ZONES = 3


class ScopeKind(StrEnum):
    """What a subscription is about."""

    CLUSTER = "cluster"
    NAMESPACES = "namespaces"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole cluster (no names), some namespaces, or the workloads of an owner; the settings may name several."""

    kind: ScopeKind = ScopeKind.CLUSTER
    names: tuple[str, ...] = ()


#: The whole cluster.
EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, in the subscription's zone, in which nothing is posted; ``start`` may be later than ``end``."""

    start: time
    end: time

    def includes(self, moment: time) -> bool:
        """Whether a time of day lies in them; the end does not."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Subscription:
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
        since: nothing that was due before is posted, or counts as missed.
        by: Slack id of who made it; empty for one of the settings.
        stopped: why nothing can be posted there, as Slack names the error; None while it can.
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

    @property
    def tz(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why settings cannot be taken. ``key``: entry ``digest-problem.<key>``; ``value``: what was said, untrusted."""

    key: str
    value: str = ""


def changed(before: Subscription, words: Mapping[str, str]) -> Subscription | Problem:
    """Return a subscription with the given settings changed.

    Args:
        words: of ``days``, ``at``, ``zone``, ``language``, ``namespaces``, ``owner``, ``scope``, ``leads``, ``quiet``,
            ``weekdays``, ``unchanged``, ``nudge``; each as people write it: ``mon,thu``, ``09:00``, ``90,30,7``.
    """
    after = before
    for name, value in words.items():
        read = _READERS.get(name)
        if read is None:
            return Problem("unknown", name)
        outcome = read(after, value.strip())
        if isinstance(outcome, Problem):
            return outcome
        after = outcome
    if after.quiet is not None and after.quiet.includes(after.at):
        return Problem("quiet-at", after.at.strftime("%H:%M"))
    return after


def renewed(before: Subscription, after: Subscription, now: datetime) -> Subscription:
    """Return a changed subscription; where it changed when something is due, only what is due from now on counts.

    Else a day added at noon would bring the digest of that morning, and the end of a pause all that lay in it.
    """
    when = ("days", "at", "zone", "leads", "is_weekdays_only", "nudges", "paused_until", "stopped")
    is_same = all(getattr(before, name) == getattr(after, name) for name in when)
    return replace(after, since=before.since if is_same else now)


def read_date(text: str) -> date | Problem:
    """Return a day of this century written as ``2026-12-24``."""
    try:
        return date.fromisoformat(text.strip()) if _DATE.fullmatch(text.strip()) else Problem("date", text)
    except ValueError:
        return Problem("date", text)


def read_day(text: str, today: date) -> date | Problem:
    """Return a day written as ``2026-12-24``; not one that is over."""
    day = read_date(text)
    return day if isinstance(day, Problem) or day >= today else Problem("date-past", text)


def read_time(text: str) -> time | Problem:
    """Return a time of day written as ``09:00``."""
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return Problem("time", text)
    return time(int(match[1]), int(match[2]))


def to_data(subscription: Subscription) -> dict[str, Any]:
    """Return its settings as plain data, for the store."""
    quiet = subscription.quiet
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
    }


def from_data(channel: str, since: datetime, by: str, data: Mapping[str, Any]) -> Subscription:
    """Return a subscription from what the store has of it. Raises: ValueError, KeyError, TypeError: it is damaged."""
    quiet = data.get("quiet")
    paused = data.get("paused_until")
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
    )


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


def read_zone(text: str) -> str | Problem:
    """Return a time zone as the tz database writes it; ``seoul`` alone finds ``Asia/Seoul``."""
    wanted = text.strip().replace(" ", "_").lower()
    if found := _zones().get(wanted):
        return found
    cities = [name for lower, name in _zones().items() if lower.rpartition("/")[2] == wanted]
    return cities[0] if wanted and len(cities) == 1 else Problem("zone", text)


def zones(query: str) -> tuple[str, ...]:
    """Return the time zones whose name holds a text, those that begin with it or whose city does first."""
    wanted = query.strip().replace(" ", "_").lower()
    found = [(lower, name) for lower, name in _zones().items() if wanted in lower]

    def rank(item: tuple[str, str]) -> tuple[bool, bool, str]:
        city = item[0].rpartition("/")[2]
        return not city.startswith(wanted), not item[0].startswith(wanted), item[1]

    return tuple(name for _, name in sorted(found, key=rank))


def near_zones(text: str) -> tuple[str, ...]:
    """Return the time zones that somebody who wrote this may have meant, nearest first."""
    wanted = text.strip().replace(" ", "_").lower()
    whole = difflib.get_close_matches(wanted, _zones(), n=NEAR_ZONES, cutoff=0.7)
    by_city = {lower.rpartition("/")[2]: name for lower, name in _zones().items()}
    cities = difflib.get_close_matches(wanted.rpartition("/")[2], by_city, n=NEAR_ZONES, cutoff=0.7)
    found = (*(_zones()[lower] for lower in whole), *(by_city[city] for city in cities))
    return tuple(dict.fromkeys(found))[:NEAR_ZONES]


def is_days(text: str) -> bool:
    """Whether a word can only mean days of the week; ``none`` can mean other things."""
    lower = text.lower()
    if lower in (*_EVERY_DAY, *_WORKDAYS) and lower != "all":
        return True
    return bool(_list(lower)) and all(_day(word) is not None for word in _list(lower))


def _days(before: Subscription, value: str) -> Subscription | Problem:
    lower = value.lower()
    if lower in _EVERY_DAY:
        return replace(before, days=EVERY_DAY)
    if lower in _WORKDAYS:
        return replace(before, days=WORKDAYS)
    if lower in ("none", "never", ""):
        return replace(before, days=())
    days = []
    for word in _list(lower):
        day = _day(word)
        if day is None:
            return Problem("day", word)
        days.append(day)
    return replace(before, days=tuple(sorted(set(days))))


def _day(word: str) -> int | None:
    korean = word.removesuffix("요일")
    if len(korean) == 1 and korean in _KOREAN_DAYS:
        return _KOREAN_DAYS.index(korean)
    plain = word.removesuffix("s") if len(word) > len("mons") else word
    found = [number for number, day in enumerate(DAYS) if len(word) >= 2 and _DAY_NAMES[day].startswith(plain)]
    return found[0] if len(found) == 1 else None


_EVERY_DAY = ("daily", "all", "매일")
_WORKDAYS = ("weekdays", "workdays", "평일")


_DAY_NAMES = dict(
    zip(DAYS, ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), strict=True)
)


def _at(before: Subscription, value: str) -> Subscription | Problem:
    moment = read_time(value)
    return moment if isinstance(moment, Problem) else replace(before, at=moment)


def _zone(before: Subscription, value: str) -> Subscription | Problem:
    zone = read_zone(value)
    return zone if isinstance(zone, Problem) else replace(before, zone=zone)


def _language(before: Subscription, value: str) -> Subscription | Problem:
    found = {"en": "en", "english": "en", "ko": "ko", "korean": "ko", "영어": "en", "한국어": "ko"}.get(value.lower())
    return replace(before, language=found) if found else Problem("language", value)


def _namespaces(before: Subscription, value: str) -> Subscription | Problem:
    names = tuple(dict.fromkeys(_list(value)))
    if not 0 < len(names) <= MOST_NAMESPACES:
        return Problem("namespaces", str(MOST_NAMESPACES))
    return replace(before, scope=Scope(ScopeKind.NAMESPACES, names))


def _owner(before: Subscription, value: str) -> Subscription | Problem:
    return replace(before, scope=Scope(ScopeKind.OWNER, (value,))) if value else Problem("owner")


def _scope(before: Subscription, value: str) -> Subscription | Problem:
    return replace(before, scope=Scope()) if value.lower() in ("cluster", "all") else Problem("scope", value)


def _leads(before: Subscription, value: str) -> Subscription | Problem:
    if value.lower() in ("none", "never", ""):
        return replace(before, leads=())
    words = _list(value)
    if len(words) > MOST_LEADS or not all(word.isdecimal() and int(word) <= LONGEST_LEAD for word in words):
        return Problem("leads", value)
    return replace(before, leads=tuple(sorted({int(word) for word in words}, reverse=True)))


def _quiet(before: Subscription, value: str) -> Subscription | Problem:
    if value.lower() in ("none", "never", "off", ""):
        return replace(before, quiet=None)
    start, dash, end = value.replace("~", "-").partition("-")
    first, last = read_time(start), read_time(end)
    if not dash or isinstance(first, Problem) or isinstance(last, Problem) or first == last:
        return Problem("quiet", value)
    return replace(before, quiet=Quiet(first, last))


def _flag(value: str) -> bool | Problem:
    known = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
    said = known.get(value.lower())
    return Problem("flag", value) if said is None else said


def _weekdays(before: Subscription, value: str) -> Subscription | Problem:
    said = _flag(value)
    return said if isinstance(said, Problem) else replace(before, is_weekdays_only=said)


def _unchanged(before: Subscription, value: str) -> Subscription | Problem:
    said = _flag(value)
    return said if isinstance(said, Problem) else replace(before, skips_unchanged=said)


def _nudge(before: Subscription, value: str) -> Subscription | Problem:
    said = _flag(value)
    return said if isinstance(said, Problem) else replace(before, nudges=said)


def _list(text: str) -> Sequence[str]:
    return [part for part in re.split(r"[,\s]+", text) if part]


_READERS: Mapping[str, Callable[[Subscription, str], Subscription | Problem]] = {
    "days": _days,
    "at": _at,
    "zone": _zone,
    "language": _language,
    "namespaces": _namespaces,
    "owner": _owner,
    "scope": _scope,
    "leads": _leads,
    "quiet": _quiet,
    "weekdays": _weekdays,
    "unchanged": _unchanged,
    "nudge": _nudge,
}
