"""Settings of a subscription as people write them: ``mon,thu 09:00 Asia/Seoul``; what cannot be taken is named."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from zoneinfo import available_timezones

from msgspec import Struct
from msgspec.structs import replace

from bot.core.subscriptions import EVERY_DAY, WORKDAYS, Quiet, Scope, ScopeKind, Subscription

#: Longest lead, and most of them.
LONGEST_LEAD, MOST_LEADS = 366, 16

#: Most namespaces of one subscription: they have to fit its settings in Slack.
MOST_NAMESPACES = 50

#: What days are called in commands; the catalogue has their names for readers.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: What days are called in Korean, in the same order; ``월요일`` is the same.
_KOREAN_DAYS = "월화수목금토일"

_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DATE = re.compile(r"20\d{2}-\d{2}-\d{2}", re.ASCII)

#: Near time zones that are named to who mistypes one.
NEAR_ZONES = 3


class Problem(Struct, frozen=True):
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
