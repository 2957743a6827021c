"""Orders about the reminders of one date: who takes care of it, until when it is put off, and why."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.core.masking import masked
from bot.core.milestones import Milestone
from bot.core.orders import Order, Verb
from bot.core.own_dates import find
from bot.core.snoozes import last_day, problems
from bot.core.subscription_words import Problem, read_date
from bot.render.document import Document, User
from bot.render.messages import Catalogue
from bot.render.snooze_form import about_of, to_form
from bot.render.views import orders
from handlers.answering import Answering
from handlers.asks import PutOff, Surface
from handlers.ports import DateChanges, Refresh
from handlers.room import Asking, RefusedError, Room
from handlers.telling import Telling

_log = structlog.get_logger(__name__)


class Minding:
    """Follows orders about reminders; one instance serves any number of threads.

    Args:
        calendar: the dates as they are now.
        now: the time, aware.
        zone: time zone of channels without a subscription.
        reminders: shows what was said in a reminder that was posted; None where nothing is posted.
    """

    def __init__(
        self,
        answering: Answering,
        telling: Telling,
        room: Room,
        changes: DateChanges,
        calendar: Callable[[], Sequence[Milestone]],
        now: Callable[[], datetime],
        zone: str,
        reminders: Refresh | None = None,
    ) -> None:
        self._answering = answering
        self._telling = telling
        self._room = room
        self._changes = changes
        self._calendar = calendar
        self._now = now
        self._zone = zone
        self._reminders = reminders

    def follow(self, order: Order, asking: Asking) -> str:
        """Follow an order, tell all concerned, and return the outcome.

        Raises: RefusedError: it is not theirs to give, or cannot be followed; StoreError; SlackError.
        """
        catalogue = self._answering.catalogue(asking.language)
        if order.problem is not None:
            raise RefusedError(orders.problem(order.problem, catalogue), "wrong")
        self._room.check(asking, catalogue)
        milestone = self._milestone(order, catalogue)
        follow = {Verb.MINE: self._mine, Verb.WAKE: self._wake, Verb.SNOOZE: self._snooze}[order.verb]
        follow(order, milestone, asking, catalogue)
        return "changed"

    def form(self, order: Order, asking: Asking) -> dict[str, Any]:
        """Return the form that asks until when and why. Raises: RefusedError: as `follow`; StoreError."""
        catalogue = self._answering.catalogue(asking.language)
        self._room.check(asking, catalogue)
        milestone = self._milestone(order, catalogue)
        zone = self._zone_of(asking)
        today = self._today(zone)
        self._check_last(milestone, today, catalogue)
        ask = asking.ask
        ts = ask.message_ts if ask.surface is Surface.ORDER else None
        return to_form(milestone, about_of(milestone, ask.channel, asking.language, zone, ts), today, catalogue)

    def problems(self, form: PutOff) -> dict[str, Problem]:
        """Return what is wrong with a form, by field; does no I/O."""
        return problems(form.until, form.reason, self._today(form.about.zone), form.about.last)

    def _mine(self, order: Order, milestone: Milestone, asking: Asking, catalogue: Catalogue) -> None:
        ask = asking.ask
        is_taken = self._changes.take(ask.channel, milestone.id, asking.actor)
        if not is_taken:
            self._changes.leave(ask.channel, milestone.id, asking.actor)
        key = "taken" if is_taken else "left"
        is_shown = self._refresh(milestone, asking)
        if ask.surface is Surface.ORDER and is_shown:
            return  # everybody sees it where it was clicked
        if ask.is_direct or ask.surface is not Surface.ORDER:
            self._telling.tell(asking, orders.about_date(key, milestone, catalogue))
        self._announce(asking, lambda spoken: orders.about_date(f"announce-{key}", milestone, spoken, **_by(asking)))

    def _wake(self, order: Order, milestone: Milestone, asking: Asking, catalogue: Catalogue) -> None:
        if not self._changes.wake(asking.ask.channel, milestone.id, asking.actor):
            raise RefusedError(orders.about_date("snooze-none", milestone, catalogue), "wrong")
        self._refresh(milestone, asking)
        self._telling.tell(asking, orders.about_date("woken", milestone, catalogue))
        self._announce(asking, lambda spoken: orders.about_date("announce-woken", milestone, spoken, **_by(asking)))

    def _snooze(self, order: Order, milestone: Milestone, asking: Asking, catalogue: Catalogue) -> None:
        ask, today = asking.ask, self._today(self._zone_of(asking))
        self._check_last(milestone, today, catalogue)
        day = read_date(order.day)
        wrong = next(iter(problems(order.day, order.note, today, last_day(milestone)).values()), None)
        if wrong is not None or isinstance(day, Problem):
            raise RefusedError(orders.problem(wrong or Problem("snooze-until"), catalogue), "wrong")
        self._changes.snooze(ask.channel, milestone.id, day, order.note, asking.actor)
        reason = masked(order.note)
        self._refresh(milestone, asking)
        if ask.is_direct or ask.surface is not Surface.FORM:
            self._telling.tell(asking, orders.put_off(None, milestone, day, reason, catalogue))
        self._announce(asking, lambda spoken: orders.put_off(ask.user, milestone, day, reason, spoken))

    def _milestone(self, order: Order, catalogue: Catalogue) -> Milestone:
        milestone = find(self._calendar(), order.target)
        if milestone is None:
            raise RefusedError(orders.told("date-unknown", catalogue, target=order.target), "wrong")
        return milestone

    def _check_last(self, milestone: Milestone, today: date, catalogue: Catalogue) -> None:
        """Raises: RefusedError: there is no day left until which reminders could be put off."""
        if last_day(milestone) <= today:
            raise RefusedError(orders.about_date("snooze-over", milestone, catalogue, date=milestone.day), "wrong")

    def _zone_of(self, asking: Asking) -> str:
        row = self._changes.get(asking.ask.channel)
        return row.subscription.zone if row is not None and row.subscription is not None else self._zone

    def _today(self, zone: str) -> date:
        return self._now().astimezone(ZoneInfo(zone)).date()

    def _refresh(self, milestone: Milestone, asking: Asking) -> bool:
        ask = asking.ask
        ts = ask.message_ts if ask.surface in (Surface.ORDER, Surface.FORM) else None
        return self._reminders is not None and self._reminders.refresh(ask.channel, milestone.id, ts)

    def _announce(self, asking: Asking, compose: Callable[[Catalogue], Document]) -> None:
        """Tell everybody, below the reminder that it is about where there is one, in the channel's language."""
        ask = asking.ask
        thread = ask.message_ts if ask.surface in (Surface.ORDER, Surface.FORM) else None
        row = self._changes.get(ask.channel)
        language = row.subscription.language if row is not None and row.subscription is not None else asking.language
        self._telling.announce(asking, compose(self._answering.catalogue(language)), language=language, thread=thread)


def _by(asking: Asking) -> dict[str, User]:
    return {"user": User(asking.ask.user)}
