"""The store as those see it who change something: each failure is told, and none takes longer than they wait."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime

from bot.adapters.store.dating import DateRows
from bot.adapters.store.keeping import Store
from bot.adapters.store.subscribing import SubscriptionRows
from bot.core.kept import Actor, DateSet, Subscribed
from bot.core.own_dates import SLACK, OwnDate
from bot.core.subscriptions import Subscription
from bot.errors import StoreError

#: How long the dates are believed that another replica may have changed.
FRESH_SECONDS = 5.0


class Changes:
    """Subscriptions and dates for the handlers, as its ports `Changes` and `DateChanges`. All but one raise StoreError.

    Args:
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: Store,
        subscriptions: SubscriptionRows,
        dates: DateRows,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._dates = dates
        self._clock = clock
        self._lock = threading.Lock()
        self._team_dates: tuple[OwnDate, ...] = ()
        self._looked_at: float | None = None

    def get(self, channel: str) -> Subscribed | None:
        """Return the row of a channel."""
        return self._store.look("subscription", lambda: self._subscriptions.get(channel))

    def put(self, subscription: Subscription, before: Subscribed | None, who: Actor, action: str) -> bool:
        """Keep a subscription; False when the row was changed meanwhile."""
        return self._store.change(
            action, lambda commit: self._subscriptions.put(subscription, before, who, action, commit)
        )

    def turn_off(self, before: Subscribed, who: Actor) -> bool:
        """Turn one off; False when it was changed meanwhile."""
        return self._store.change("digest off", lambda commit: self._subscriptions.turn_off(before, who, commit))

    def last_post(self, channel: str) -> tuple[str, datetime] | None:
        """Return the kind of what was posted last, and when."""
        return self._store.look("last post", lambda: self._subscriptions.last_post(channel))

    def begun(self, channel: str, since: datetime) -> frozenset[str]:
        """Return the keys of the occurrences, due since then, that the post ledger has."""
        return self._store.look("posts", lambda: self._subscriptions.begun(channel, since))

    def put_off(self, channel: str) -> Mapping[str, date]:
        """Return until when reminders of milestones were put off, by id."""
        found = self._store.look("snoozes", self._dates.snoozes)
        return {snooze.milestone: snooze.until for snooze in found if snooze.channel == channel}

    def dates(self) -> Sequence[DateSet]:
        """Return this cluster's own dates."""
        return self._store.look("dates", self._dates.dates)

    def set_date(self, version: str, day: date, reason: str, who: Actor) -> DateSet | None:
        """Keep a date in place of an earlier one, which is returned."""
        try:
            return self._store.change(
                "date set", lambda commit: self._dates.set_date(version, day, reason, who, commit)
            )
        finally:
            self._looked_at = None

    def unset_date(self, version: str, who: Actor) -> DateSet | None:
        """Remove a date and return it."""
        try:
            return self._store.change("date unset", lambda commit: self._dates.unset_date(version, who, commit))
        finally:
            self._looked_at = None

    def team_dates(self) -> tuple[OwnDate, ...]:
        """Return the dates set in Slack, as of some seconds ago; while the database fails, as they were last."""
        with self._lock:
            if self._looked_at is not None and self._clock() - self._looked_at < FRESH_SECONDS:
                return self._team_dates
            self._looked_at = self._clock()
        with suppress(StoreError):  # logged
            found = tuple(
                OwnDate(each.version, each.day, SLACK, each.note, each.by or None, each.at) for each in self.dates()
            )
            self._team_dates = found
        return self._team_dates

    def snooze(self, channel: str, milestone: str, until: date, reason: str, who: Actor) -> None:
        """Put reminders of a milestone off."""
        self._store.change("snoozed", lambda commit: self._dates.snooze(channel, milestone, until, reason, who, commit))

    def wake(self, channel: str, milestone: str, who: Actor) -> bool:
        """Remind of a milestone again; False when that was not put off."""
        return self._store.change("snooze ended", lambda commit: self._dates.wake(channel, milestone, who, commit))

    def take(self, channel: str, milestone: str, who: Actor) -> bool:
        """Note that somebody takes care of a milestone; False when that was noted already."""
        return self._store.change("taken", lambda commit: self._dates.take(channel, milestone, who, commit))

    def leave(self, channel: str, milestone: str, who: Actor) -> bool:
        """Note that somebody does not take care of it any more; False when they did not."""
        return self._store.change("left", lambda commit: self._dates.leave(channel, milestone, who, commit))
