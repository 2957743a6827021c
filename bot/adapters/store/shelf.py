"""What writes posts looks up, from the rows of several tables; the port `handlers.posting.Shelf`."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from bot.adapters.store.dating import DateRows
from bot.adapters.store.history import HistoryRows
from bot.adapters.store.seen_dates import Moved
from bot.core.history import Detail
from bot.core.kept import Snooze


class Shelf:
    """What channels were told, and what their people said of dates. Every method raises StoreError."""

    def __init__(self, history: HistoryRows, dates: DateRows) -> None:
        self._history = history
        self._dates = dates
        self.moves: tuple[Moved, ...] = ()

    def told(self, channel: str) -> Detail | None:
        """Return the read that a channel's last digest was made from."""
        return self._history.told(channel)

    def tell(self, channel: str, detail: Detail) -> None:
        """Keep the read that a channel's digest was made from."""
        self._history.tell(channel, detail)

    def snoozes(self, channel: str) -> Mapping[str, Snooze]:
        """Return how reminders of milestones were put off, also until days that are over, by id."""
        return {found.milestone: found for found in self._dates.snoozes() if found.channel == channel}

    def takers(self, channel: str) -> Mapping[str, tuple[str, ...]]:
        """Return the users who take care of milestones, by id."""
        found: dict[str, list[str]] = defaultdict(list)
        for taker in self._dates.takers():
            if taker.channel == channel and taker.user:
                found[taker.milestone].append(taker.user)
        return {milestone: tuple(users) for milestone, users in found.items()}

    def moved(self) -> Mapping[str, date]:
        """Return the dates that milestones had before they moved last, by id."""
        return {found.id: found.before for found in self.moves}
