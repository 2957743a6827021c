"""Orders: what they change, and who is told. Nothing is claimed that the store has not kept."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from msgspec.structs import replace

from bot.core.kept import DateSet, Subscribed
from bot.core.masking import masked
from bot.core.milestones import Milestone
from bot.core.orders import Order, Verb
from bot.core.own_dates import find
from bot.core.schedule import LOOK_BACK, renewed, upcoming
from bot.core.scopes import Checked, check
from bot.core.snoozes import wakes
from bot.core.subscription_words import Problem, changed, read_date, read_day, read_zone
from bot.core.subscriptions import Subscription
from bot.core.view import ClusterView
from bot.errors import StoreError
from bot.render.document import Command, Document
from bot.render.messages import Catalogue
from bot.render.views import orders
from handlers.answering import Answering
from handlers.asks import Ask, Surface
from handlers.ports import Changes, Now, Posted
from handlers.room import Asking, RefusedError, Room
from handlers.telling import Telling

_SAID = (Surface.COMMAND, Surface.MENTION, Surface.DIRECT)

#: Of what was done: the entries of ``order.`` for who did it and for everybody.
_TOLD = {
    "digest on": ("turned-on", "announce-on"),
    "digest changed": ("changed", "announce-changed"),
    "digest pause": ("paused", "announce-paused"),
    "digest resume": ("resumed", "announce-resumed"),
}

_log = structlog.get_logger(__name__)


class Ordering:
    """Follows orders; one instance serves any number of threads.

    Args:
        view: the newest view, None before the first; waits for nothing.
        calendar: the dates as they are now.
        now: the time, aware; post_now: None where nothing can be posted at once.
        zone: time zone of who does not say one, and of whom Slack does not tell one.
    """

    def __init__(
        self,
        answering: Answering,
        telling: Telling,
        room: Room,
        changes: Changes,
        view: Callable[[], ClusterView | None],
        calendar: Callable[[], Sequence[Milestone]],
        now: Callable[[], datetime],
        zone: str,
        post_now: Now | None = None,
    ) -> None:
        self._answering = answering
        self._telling = telling
        self._room = room
        self._changes = changes
        self._view = view
        self._calendar = calendar
        self._now = now
        self._zone = zone
        self._post_now = post_now

    def order_in(self, ask: Ask) -> Order | None:
        """Return what somebody orders. Words of others, in the menu of a message, order nothing.

        Buttons only look, but for those that are made for an order about reminders.
        """
        if ask.surface is Surface.ORDER and ask.asked is not None:
            order = self._answering.order(ask.asked.words)
            return order if order is not None and order.verb.is_of_reminders else None
        if ask.surface is Surface.BUTTON and ask.asked is not None:
            order = self._answering.order(ask.asked.words)
            return order if order is not None and order.verb in (Verb.OPEN, Verb.SHOW) else None
        if ask.surface not in _SAID:
            return None
        return self._answering.order(ask.text)

    def follow(self, order: Order, asking: Asking) -> str:
        """Follow an order, tell all concerned, and return the outcome. Raises: SlackError: the asker is not told."""
        return self.guarded(asking, order.verb, lambda: self._follow(order, asking))

    def guarded(self, asking: Asking, verb: Verb, run: Callable[[], str]) -> str:
        """Return the outcome of what is run; why it is not done is told. Raises: SlackError: the asker is not told."""
        try:
            return run()
        except RefusedError as error:
            self._telling.tell(asking, error.document)
            return error.outcome
        except StoreError as error:
            self._telling.tell(asking, self.not_kept(error, verb, asking.language))
            return "not-kept"

    def not_kept(self, error: StoreError, verb: Verb, language: str) -> Document:
        """Return that the database does not work, and what that means."""
        is_reading = verb in (Verb.SHOW, Verb.OPEN, Verb.EXCEPT_SHOW, Verb.EXCEPT_EXPORT, Verb.EXCEPT_HELP)
        key = "store-unread" if is_reading else "store"
        key = "store-unsure" if error.key == "store-unsure" else key
        command = Command("except show" if verb.is_of_exceptions else "digest show")
        return orders.told(key, self._catalogue(language), command=command)

    def found(self, asking: Asking) -> Subscribed | None:
        """Return the row of the channel where something is ordered. Raises: RefusedError, StoreError."""
        self._room.check(asking, self._catalogue(asking.language))
        return self._changes.get(asking.ask.channel)

    def fresh(self, asking: Asking) -> Subscription:
        """Return a subscription nobody has changed yet, in the time zone and the language of who asks for it."""
        zone = read_zone(asking.zone) if asking.zone else self._zone
        return Subscription(
            channel=asking.ask.channel,
            since=self._now(),
            zone=self._zone if isinstance(zone, Problem) else zone,
            language=asking.language,
            by=asking.ask.user,
        )

    def keep(self, asking: Asking, before: Subscribed | None, after: Subscription, verb: Verb) -> str:
        """Keep a subscription, tell the asker and the channel, and return the outcome.

        Raises: RefusedError: somebody else was faster, or a name is not in the cluster; StoreError; SlackError.
        """
        catalogue = self._catalogue(asking.language)
        earlier = before.subscription if before is not None and before.is_on else None
        checked = self._checked(after, earlier, catalogue)
        if earlier is not None and replace(after, by=earlier.by) == earlier:
            coming = self._coming_if_known(after)
            self._telling.tell(asking, orders.confirmed("same", after, coming, checked, catalogue))
            return "answered"
        now = self._now()
        fresh = replace(after, since=now, before=None, told_until=None, told_day=None)
        after = renewed(earlier, after, now) if earlier is not None else fresh
        action = f"digest {verb}" if earlier is None or verb is not Verb.ON else "digest changed"
        if not self._changes.put(after, before, asking.actor, action):
            raise RefusedError(orders.told("conflict", catalogue, command=Command("digest show")), "conflict")
        told, announced = _TOLD[action]
        coming = self._coming_if_known(after)
        self._telling.tell(asking, orders.confirmed(told, after, coming, checked, catalogue))
        # In the language of what the channel gets.
        spoken = self._catalogue(after.language)
        self._telling.announce(asking, orders.announced(announced, asking.ask.user, after, coming, spoken))
        return "changed"

    def _follow(self, order: Order, asking: Asking) -> str:
        ask, catalogue = asking.ask, self._catalogue(asking.language)
        if order.problem is not None:
            raise RefusedError(orders.problem(order.problem, catalogue), "wrong")
        if order.verb.is_of_dates:
            return self._date(order, asking, catalogue)
        if order.verb in (Verb.SHOW, Verb.OPEN):  # a form that cannot be opened is shown
            self._telling.tell(asking, self._shown(self._changes.get(ask.channel), catalogue))
            return "answered"
        before = self.found(asking)
        is_on = before is not None and before.is_on
        if order.verb is Verb.ON:
            return self._turn_on(order, asking, before)
        if before is None or not is_on:
            raise RefusedError(orders.told("not-on", catalogue, command=Command("digest on")))
        if order.verb is Verb.OFF:
            return self._turn_off(asking, before, catalogue)
        if before.subscription is None:
            raise RefusedError(self._shown(before, catalogue), "damaged")
        if order.verb is Verb.NOW:
            outcome = self._post_now.post_now(ask.channel) if self._post_now else Posted.UNAVAILABLE
            self._telling.tell(asking, orders.told(f"now-{outcome}", catalogue))
            return "posted" if outcome is Posted.POSTED else "not-posted"
        after = replace(before.subscription, paused_until=None, stopped=None)
        if order.verb is Verb.PAUSE:
            day = read_day(order.day, self._now().astimezone(after.tz).date())
            if isinstance(day, Problem):
                raise RefusedError(orders.problem(day, catalogue), "wrong")
            after = replace(before.subscription, paused_until=day)
        return self.keep(asking, before, after, order.verb)

    def _turn_on(self, order: Order, asking: Asking, before: Subscribed | None) -> str:
        known = before.subscription if before is not None else None
        base = self.fresh(asking)
        if before is not None and known is not None:
            by = known.by if before.is_on and known.by else asking.ask.user
            base = replace(known, paused_until=None, stopped=None, by=by)
        after = changed(base, dict(order.settings))
        if isinstance(after, Problem):
            raise RefusedError(orders.problem(after, self._catalogue(asking.language)), "wrong")
        return self.keep(asking, before, after, Verb.ON)

    def _turn_off(self, asking: Asking, before: Subscribed, catalogue: Catalogue) -> str:
        if not self._changes.turn_off(before, asking.actor):
            raise RefusedError(orders.told("conflict", catalogue, command=Command("digest show")), "conflict")
        self._telling.tell(asking, orders.told("turned-off", catalogue))
        spoken = self._catalogue(before.subscription.language if before.subscription else asking.language)
        self._telling.announce(asking, orders.announced_off(asking.ask.user, spoken))
        return "changed"

    def _date(self, order: Order, asking: Asking, catalogue: Catalogue) -> str:
        ask = asking.ask
        self._room.check_admin(ask.user, catalogue)
        milestone = find(self._calendar(), order.target)
        if order.verb is Verb.UNSET:
            earlier = self._changes.unset_date(milestone.id if milestone else order.target, asking.actor)
            if earlier is None:
                raise RefusedError(orders.told("date-none", catalogue, target=order.target), "wrong")
            self._telling.tell(asking, orders.date_unset(None, milestone, earlier, catalogue))
            if self._is_readable(asking, catalogue):
                self._telling.announce(asking, orders.date_unset(ask.user, milestone, earlier, catalogue))
            return "changed"
        day = read_date(order.day)
        if isinstance(day, Problem):
            raise RefusedError(orders.problem(day, catalogue), "wrong")
        if milestone is None:
            raise RefusedError(orders.told("date-unknown", catalogue, target=order.target), "wrong")
        earlier = self._changes.set_date(milestone.id, day, order.note, asking.actor)
        now = DateSet(milestone.id, day, masked(order.note), ask.user, self._now())
        self._telling.tell(asking, orders.date_set(None, milestone, now, earlier, catalogue))
        if self._is_readable(asking, catalogue):
            self._telling.announce(asking, orders.date_set(ask.user, milestone, now, earlier, catalogue))
        return "changed"

    def _is_readable(self, asking: Asking, catalogue: Catalogue) -> bool:
        """Whether everybody in the channel may read of a date, and the bot can post there."""
        try:
            self._room.check(asking, catalogue)
        except RefusedError:
            return False
        return True

    def _checked(self, after: Subscription, earlier: Subscription | None, catalogue: Catalogue) -> Checked:
        """Return which names could not be checked. Raises: RefusedError: one is not in the cluster."""
        is_same = earlier is not None and earlier.scope.kind is after.scope.kind
        known = earlier.scope.names if earlier is not None and is_same else ()
        checked = check(after.scope, self._view(), known)
        if checked.unknown and checked.is_certain:
            raise RefusedError(orders.unknown(checked.unknown[0], catalogue), "wrong")
        return checked

    def _shown(self, row: Subscribed | None, catalogue: Catalogue) -> Document:
        if row is None:
            return orders.shown(orders.Shown(None), (), catalogue)
        coming = orders.Coming()
        if row.subscription is not None and row.is_on:
            coming = self._coming(row.subscription)
        last = self._changes.last_post(row.channel)
        what = orders.Shown(
            row.subscription,
            is_on=row.is_on,
            is_damaged=row.subscription is None and row.is_on,
            coming=coming,
            last=last,
        )
        return orders.shown(what, self._calendar(), catalogue)

    def _coming(self, subscription: Subscription) -> orders.Coming:
        """Return what is posted next, as far as anybody can tell by now. Raises: StoreError."""
        now, calendar = self._now(), self._calendar()
        woken = wakes(calendar, self._changes.put_off(subscription.channel)).items()
        begun = self._changes.begun(subscription.channel, now - LOOK_BACK)
        return orders.Coming(*upcoming(subscription, calendar, now, woken=woken, begun=begun))

    def _coming_if_known(self, subscription: Subscription) -> orders.Coming:
        """Return the same; where the store fails that nobody knows: what was done before is done, and told as such."""
        try:
            return self._coming(subscription)
        except StoreError as error:
            _log.warning("not known what comes next", channel=subscription.channel, error=error.key)
            return orders.Coming(is_known=False)

    def _catalogue(self, language: str) -> Catalogue:
        return self._answering.catalogue(language)
