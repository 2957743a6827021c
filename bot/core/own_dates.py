"""A team's own dates laid over the calendar: when it plans to have a version, and ends of support of its provider."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import replace

from bot.core.affects import Affects
from bot.core.milestones import Milestone, Origin

#: Where own dates are set; what is set in Slack wins.
FILE, SLACK = "file", "slack"

#: What an own milestone may be.
KINDS = ("end-of-support", "plan")

#: Fields of a milestone's texts, of which an own one has only the first two.
_FIELDS = ("title", "headline", "breaks", "plan", "outcome", "todo")

#: What may be shown as a link: nothing in it can end a link of Slack's or a terminal's.
_LINK = re.compile(r"https://[\w.~:/?#@!$&()*+,;=%\[\]-]+", re.ASCII)

_EARLIEST = datetime.min.replace(tzinfo=UTC)


class NewMilestone(Struct, frozen=True):
    """What the calendar does not have.

    Args:
        titles: language to title, for every language there is.
        affects: what it concerns; no clause: every node.
        reference: where its date stands, a link or words.
    """

    titles: Mapping[str, str]
    kind: str
    affects: tuple[Affects, ...]
    reference: str


class OwnDate(Struct, frozen=True):
    """A date of the team's own. All texts are people's words.

    Args:
        target: the version or id of the milestone whose date it takes, or the id of the one it adds.
        new: what it adds, None where it takes the place of a date.
        by: the Slack user who set it; at: when, aware; both None in a file.
    """

    target: str
    day: date
    source: str
    note: str = ""
    by: str | None = None
    at: datetime | None = None
    new: NewMilestone | None = None


class Problem(Struct, frozen=True):
    """Why an own date cannot be laid over the calendar.

    Args:
        what: ``unknown``: the calendar has no such version or id; ``taken``: it has that id already.
        known: the versions and ids it has.
    """

    what: str
    target: str
    known: tuple[str, ...]


def find(calendar: Iterable[Milestone], target: str) -> Milestone | None:
    """Return the milestone with an id or a version: ``kubernetes-1.23``, ``1.23`` or ``v1.23``."""
    wanted = target.strip().lower()
    every = tuple(calendar)
    if exact := next((milestone for milestone in every if milestone.id in (target, wanted)), None):
        return exact
    version = re.fullmatch(r"v?(\d+\.\d+)", wanted)
    return next((milestone for milestone in every if version and milestone.version == version[1]), None)


def problem(calendar: Iterable[Milestone], own: OwnDate) -> Problem | None:
    """Return what is wrong with an own date, None where nothing is."""
    every = tuple(calendar)
    found = find(every, own.target) if own.new is None else next((m for m in every if m.id == own.target), None)
    if (found is None) == (own.new is not None):
        return None
    known = tuple(milestone.version or milestone.id for milestone in every)
    return Problem("unknown" if own.new is None else "taken", own.target, known)


def overlay(calendar: Sequence[Milestone], own: Iterable[OwnDate]) -> tuple[Milestone, ...]:
    """Return the calendar with own milestones added and own dates in place of its dates, which are kept beside them.

    The date set last in Slack wins over the file's, the file's over the calendar's. What `problem` objects to changes
    nothing.
    """
    every = sorted(own, key=lambda item: (item.source != FILE, item.at or _EARLIEST))
    result = {milestone.id: milestone for milestone in calendar}
    for item in every:
        if item.new is not None and item.target not in result:
            result[item.target] = _added(item, item.new)
    for item in every:
        if item.new is None and (found := find(result.values(), item.target)):
            upstream = None if found.is_own else found.upstream
            origin = Origin(
                item.source, upstream, item.note, found.own.reference if found.own else "", item.by, item.at
            )
            result[found.id] = replace(found, day=item.day, own=origin)
    return tuple(result.values())


def _added(item: OwnDate, new: NewMilestone) -> Milestone:
    is_link = _LINK.fullmatch(new.reference) is not None
    texts = {
        language: {field: title if field in _FIELDS[:2] else "" for field in _FIELDS}
        for language, title in new.titles.items()
    }
    return Milestone(
        id=item.target,
        version="",
        day=item.day,
        kind=new.kind,
        is_planned=new.kind == "plan",
        is_confirmed=True,
        affects=new.affects or (Affects(),),
        earlier=(),
        sources=(new.reference,) if is_link else (),
        checked=None,
        support_ends=None,
        texts=texts,
        own=Origin(item.source, None, item.note, "" if is_link else new.reference, item.by, item.at),
    )
