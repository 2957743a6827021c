"""Digests and reminders of the running bot, wired. Imported once the store is open: it brings SQLAlchemy with it."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog

from bot.adapters.slack_posts import Posts as SlackPosts
from bot.adapters.store.history import HistoryRows
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.seen_dates import SeenDates
from bot.adapters.store.shelf import Shelf
from bot.adapters.ticker import Ticker
from bot.app.store import Kept
from bot.core.milestones import Milestone
from bot.core.snoozes import wakes
from bot.core.view import ClusterView
from bot.errors import BotError, StoreError
from bot.reminders.desk import Breakers, Dates, Desk
from bot.reminders.ports import Meter, Notices, State, Writer
from bot.reminders.runner import Reminders
from handlers.ports import Posted

#: Pause between two looks at what is due: a post is that much late at most.
TICK_SECONDS = 15.0

#: Pause between two looks at whether there is a new read to keep.
RECORD_SECONDS = 30.0

#: The post ledger is tidied at most so often.
TIDY_EVERY = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Reminding:
    """What ticks: posts that are due, reads that are kept, dates that moved.

    Args:
        calendar: returns the milestones, own dates laid over them.
        newest: returns the last good view.
        upstream: the milestones as they are upstream.
    """

    def __init__(
        self,
        kept: Kept,
        sender: SlackPosts,
        writer: Callable[[Shelf], Writer],
        notices: Notices,
        meter: Meter,
        calendar: Callable[[], Sequence[Milestone]],
        newest: Callable[[], ClusterView | None],
        upstream: Sequence[Milestone],
        now: Callable[[], datetime],
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._kept = kept
        self._now = now
        self._calendar = calendar
        self._newest = newest
        self._upstream = upstream
        self._tick_seconds = tick_seconds
        self._stop = threading.Event()
        self._recorded: ClusterView | None = None
        self._tidied_at: datetime | None = None
        self.history = HistoryRows(kept.database, now)
        self._seen = SeenDates(kept.database)
        self._shelf = Shelf(self.history, kept.dates)
        self._ledger = PostLedger(kept.database)
        desk = Desk(
            subscriptions=kept.subscriptions,
            ledger=self._ledger,
            sender=sender,
            writer=writer(self._shelf),
            notices=notices,
            meter=meter,
            now=now,
            breakers=Breakers(now),
            is_stopping=self._stop.is_set,
        )
        self._reminders = Reminders(desk, self._dates)
        self._ticker = Ticker()
        self._ticker.every(tick_seconds, "posts", self._reminders.tick)
        self._ticker.every(min(RECORD_SECONDS, tick_seconds * 2), "history", self._record)

    def start(self) -> None:
        """Begin."""
        self._ticker.start()

    def stop(self) -> None:
        """Begin no further post; one under way comes to its end, or is looked for by the next process."""
        self._stop.set()
        self._ticker.stop()

    def post_now(self, channel: str) -> Posted:
        """Post the digest of a channel that has a subscription; raises nothing, and logs why it failed."""
        try:
            state = self._reminders.post_now(channel)
        except (BotError, StopIteration) as error:
            _log.warning("digest not posted", channel=channel, error=getattr(error, "key", "no-subscription"))
            return Posted.FAILED
        if state is State.SENT:
            return Posted.POSTED
        other = {State.NOTHING: Posted.NOTHING, State.UNKNOWN: Posted.UNSURE}
        return other.get(state, Posted.FAILED)

    def refresh(self, channel: str, milestone: str, ts: str | None) -> bool:
        """Show what people said of a date in the reminder that tells of it; as `handlers.ports.Refresh`."""
        return self._reminders.refresh(channel, milestone, ts)

    def _dates(self) -> Dates:
        """Return the calendar and what moved in it. Raises: StoreError."""
        self._shelf.moves = self._seen.notice(self._upstream, self._now())
        calendar = self._calendar()
        put_off: dict[str, dict[str, date]] = defaultdict(dict)
        for snooze in self._kept.dates.snoozes():
            put_off[snooze.channel][snooze.milestone] = snooze.until
        woken = {channel: tuple(wakes(calendar, days).items()) for channel, days in put_off.items()}
        return Dates(calendar, [(found.id, found.noticed_at) for found in self._shelf.moves], woken)

    def _record(self) -> None:
        """Keep the newest read, once a while, and what changed of its nodes; what fails is logged, and tried again."""
        view = self._newest()
        if view is not None and view is not self._recorded and self._keeps(view):
            self._recorded = view
        try:
            now = self._now()
            if self._tidied_at is None or now - self._tidied_at > TIDY_EVERY:
                self._ledger.purge(now)
                self._tidied_at = now
        except StoreError as error:
            _log.warning("history not kept", error=error.key)

    def _keeps(self, view: ClusterView) -> bool:
        """Keep a read, and what changed of its nodes; where one of them fails the other is kept all the same."""
        are_kept = True
        for keep in (self.history.record, self.history.nodes.record):
            try:
                keep(view)
            except StoreError as error:
                _log.warning("history not kept", error=error.key)
                are_kept = False
        return are_kept
