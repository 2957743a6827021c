"""What ``check`` found of the running bot's own watch: how fresh each kind is, and what went wrong since the start."""

from enum import StrEnum

from msgspec import Struct

from bot.core.snapshot import RESOURCES

#: (what, how often), the most frequent first.
Counts = tuple[tuple[str, int], ...]

#: What may be odd of an event, as the metric's label ``type`` names it.
ODD = ("malformed", "unknown", "backwards", "repeated")


class Absence(StrEnum):
    """Why there is nothing to tell; each is an entry ``watch-check.<absence>`` of the message catalogue.

    SILENT: nobody answers; OTHER: who answers is no bot; UNWATCHED: the bot reads a file or the demo.
    """

    SILENT = "silent"
    OTHER = "other"
    UNWATCHED = "unwatched"


class WatchReport(Struct, frozen=True):
    """What the bot beside this says of its watch.

    Args:
        address: host and port that were asked.
        stale_seconds: age from which a kind is too old.
        ages: seconds since each kind was heard, of the kinds that are seen.
        relists: lists beside the first, by cause; failures: lists and watches that failed, by cause.
        odd: odd events of each kind, by what was odd.
    """

    address: str
    stale_seconds: float
    absence: Absence | None = None
    ages: tuple[tuple[str, float], ...] = ()
    relists: Counts = ()
    failures: Counts = ()
    odd: tuple[tuple[str, Counts], ...] = ()

    @property
    def unseen(self) -> tuple[str, ...]:
        """The kinds that the bot does not see."""
        seen = {kind for kind, _ in self.ages}
        return tuple(kind for kind in RESOURCES if kind not in seen)

    @property
    def oldest(self) -> tuple[str, float] | None:
        """The kind that was not heard for longest, and for how many seconds; None where none is seen."""
        return max(self.ages, key=lambda each: each[1], default=None)

    @property
    def is_stale(self) -> bool:
        """Whether a kind that is seen was not heard for too long."""
        return self.oldest is not None and self.oldest[1] > self.stale_seconds

    @property
    def is_fine(self) -> bool:
        """Whether nothing is missing or too old; that there is no bot is fine, too."""
        return self.absence is not None or not (self.unseen or self.is_stale)
