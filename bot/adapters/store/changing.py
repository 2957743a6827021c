"""The store as those see it who change something: each failure is told, and none takes longer than they wait."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from bot.adapters.store.accepting import AcceptanceRows
from bot.adapters.store.dating import DateRows
from bot.adapters.store.keeping import Store
from bot.adapters.store.remembering import Remembered
from bot.adapters.store.subscribing import SubscriptionRows
from bot.core.exceptions import Acceptance
from bot.core.kept import Actor, DateSet, Subscribed
from bot.core.own_dates import SLACK, OwnDate
from bot.core.subscriptions import Subscription
from bot.core.workloads import WorkloadKey


class Changes:
    """Subscriptions, dates and exceptions for the handlers, as its ports `Changes`, `DateChanges` and `Acceptances`.

    All but `team_dates` and `holding` raise StoreError.

    Args:
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: Store,
        subscriptions: SubscriptionRows,
        dates: DateRows,
        acceptances: AcceptanceRows,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._dates = dates
        self._acceptances = acceptances
        self._team_dates = Remembered(self._read_team_dates, clock)
        self._holding = Remembered(lambda: tuple(self.accepted()), clock)

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
            self._team_dates.changed()

    def unset_date(self, version: str, who: Actor) -> DateSet | None:
        """Remove a date and return it."""
        try:
            return self._store.change("date unset", lambda commit: self._dates.unset_date(version, who, commit))
        finally:
            self._team_dates.changed()

    def team_dates(self) -> tuple[OwnDate, ...]:
        """Return the dates set in Slack, as of some seconds ago; while the database fails, as they were last."""
        return self._team_dates.get()

    def _read_team_dates(self) -> tuple[OwnDate, ...]:
        return tuple(
            OwnDate(each.version, each.day, SLACK, each.note, each.by or None, each.at) for each in self.dates()
        )

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

    def accepted(self) -> Sequence[Acceptance]:
        """Return the exceptions, also those that are over."""
        return self._store.look("exceptions", self._acceptances.accepted)

    def accept(self, acceptance: Acceptance, who: Actor) -> Acceptance | None:
        """Keep an exception in place of an earlier one, which is returned."""
        try:
            found = self._store.change("excepted", lambda commit: self._acceptances.accept((acceptance,), who, commit))
        finally:
            self._holding.changed()
        return found[0] if found else None

    def end(self, key: WorkloadKey, code: str, who: Actor) -> Acceptance | None:
        """Remove an exception and return it."""
        try:
            return self._store.change("exception ended", lambda commit: self._acceptances.end(key, code, who, commit))
        finally:
            self._holding.changed()

    def void(self, accepted: Sequence[Acceptance]) -> int:
        """Note that something else is found than was accepted, and return of how many."""
        try:
            return self._store.change("exception void", lambda commit: self._acceptances.void(accepted, commit))
        finally:
            self._holding.changed()

    def holding(self) -> tuple[Acceptance, ...]:
        """Return the exceptions as of some seconds ago, the same object while they are the same; never raises.

        While the database fails they are as they were last: what somebody accepted is at risk again for no such reason.
        """
        return self._holding.get()
