"""Until when reminders of a date can be put off, and on which day it is told again. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from bot.core.milestones import Milestone
from bot.core.subscription_words import Problem, read_date

#: How long somebody is offered to put reminders off.
USUAL = timedelta(days=14)

#: The fields of the form.
UNTIL, REASON = "until", "reason"
FIELDS = (UNTIL, REASON)

_DAY = timedelta(days=1)


def last_day(milestone: Milestone) -> date:
    """Return the last day until which reminders of a date can be put off: the day before it.

    It is told again on that day, while there is one left to act: no date passes in silence.
    """
    return milestone.day - _DAY


def usual_day(today: date, last: date) -> date:
    """Return the day that is offered."""
    return min(today + USUAL, last)


def problems(until: str, reason: str, today: date, last: date) -> dict[str, Problem]:
    """Return what is wrong with putting reminders off, by field.

    Args:
        until: as in ``2026-12-24``: the day on which it is told again; of today there is nothing left to put off.
        last: as of `last_day`.
    """
    found: dict[str, Problem] = {}
    day = read_date(until) if until else Problem("snooze-until")
    if isinstance(day, Problem):
        found[UNTIL] = day
    elif day <= today:
        found[UNTIL] = Problem("snooze-soon", until)
    elif day > last:
        found[UNTIL] = Problem("snooze-late", last.isoformat())
    if not reason.strip():
        found[REASON] = Problem("snooze-reason")
    return found


def wakes(calendar: Iterable[Milestone], put_off: Mapping[str, date]) -> dict[str, date]:
    """Return the day on which each milestone that was put off is told again; a date that came nearer makes it earlier.

    Args:
        put_off: id to the day that somebody chose; what the calendar does not have is left out.
    """
    last = {milestone.id: last_day(milestone) for milestone in calendar if milestone.id in put_off}
    return {id_: min(put_off[id_], day) for id_, day in last.items()}
