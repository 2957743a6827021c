"""Looks at every channel once: what is due, what was begun, what is missing."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from bot.core.schedule import LOOK_BACK
from bot.core.subscriptions import Subscription
from bot.errors import BotError
from bot.reminders.desk import Dates, Desk
from bot.reminders.mending import Refresher
from bot.reminders.ports import Entry, State
from bot.reminders.visit import Visit, close

#: Channels that are posted to at the same time.
WORKERS = 4

#: Pause between two looks at what became of earlier reminders: each costs a look at the whole view.
MEND_EVERY = timedelta(seconds=60)

#: Settings read longer ago than this are read again before anything is posted by them.
FRESH = timedelta(seconds=2)

_log = structlog.get_logger(__name__)


class Reminders:
    """Makes the posts that are due; `tick` is called every few seconds, by one thread at a time.

    Args:
        dates: returns the calendar; may raise BotError.
    """

    def __init__(self, desk: Desk, dates: Callable[[], Dates]) -> None:
        self._desk = desk
        self._dates = dates
        self._refresher = Refresher(desk)
        self._mended_at: datetime | None = None

    def tick(self) -> None:
        """Do what is due now. Raises nothing: what fails is logged, and tried again by the next one."""
        try:
            subscriptions = {found.channel: found for found in self._desk.subscriptions.active()}
            dates = self._dates()
            rows: dict[str, list[Entry]] = defaultdict(list)
            for entry in self._desk.ledger.rows(self._desk.now() - LOOK_BACK):
                rows[entry.slot.channel].append(entry)
        except BotError as error:
            _log.warning("reminders not looked at", error=error.key)
            return
        begun = {channel for channel, found in rows.items() if any(entry.state.is_open for entry in found)}
        channels = sorted({*subscriptions, *begun})
        now, before = self._desk.now(), self._mended_at
        mends = before is None or now < before or now - before >= MEND_EVERY
        if mends:
            self._mended_at = now

        def visit(channel: str) -> None:
            if self._desk.is_stopping():  # each may take long where the database does
                return
            subscription = subscriptions.get(channel)
            if subscription is not None and self._desk.now() - now > FRESH:  # others before it took their time
                subscription = self._again(subscription)
            self._visit(channel, subscription, rows[channel], dates, mends=mends)

        with ThreadPoolExecutor(WORKERS, thread_name_prefix="reminders") as pool:
            list(pool.map(visit, channels))

    def refresh(self, channel: str, milestone: str, ts: str | None) -> bool:
        """Show what people said of a date in the reminder that tells of it; arguments as of `Refresher.refresh`."""
        return self._refresher.refresh(channel, milestone, ts)

    def post_now(self, channel: str) -> State:
        """Post the digest of a channel at once. Raises: BotError: it could not be looked at."""
        subscription = next(found for found in self._desk.subscriptions.active() if found.channel == channel)
        return Visit(self._desk, subscription, [], self._dates()).post_now()

    def _again(self, subscription: Subscription) -> Subscription | None:
        """Return a subscription as it is by now, None where it was turned off; as it was where nobody can tell."""
        try:
            active = self._desk.subscriptions.active()
        except BotError:
            return subscription
        return next((found for found in active if found.channel == subscription.channel), None)

    def _visit(
        self, channel: str, subscription: Subscription | None, rows: list[Entry], dates: Dates, *, mends: bool
    ) -> None:
        try:
            if subscription is None:
                close(self._desk, rows)
            else:
                visit = Visit(self._desk, subscription, rows, dates)
                visit.run()
                if mends:
                    visit.mend()
        except BotError as error:
            _log.warning("channel not looked after", channel=channel, error=error.key)
        except Exception:  # noqa: BLE001  one channel's trouble is not that of the others
            _log.exception("channel failed", channel=channel)
