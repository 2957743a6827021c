"""What the bot keeps, in SQLite or PostgreSQL: feedback, unanswered questions, threads, deliveries."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.kept import Feedback, Remembered, Unanswered


class Store:
    """Keeps things for the listeners; no method raises."""

    def __init__(self, feedback_days: int, now: Callable[[], datetime]) -> None:
        self._feedback_days = feedback_days
        self._now = now

    @property
    def is_on(self) -> bool:
        """Whether feedback can be kept."""
        return False

    def rate(self, feedback: Feedback) -> bool:
        """Keep a verdict."""
        return False

    def note_unanswered(self, unanswered: Unanswered) -> None:
        """Keep or count a question without an answer."""

    def recall(self, channel: str, thread: str) -> Remembered | None:
        """Return what a thread was about last."""
        return None

    def remember(self, channel: str, thread: str, said: Remembered) -> None:
        """Keep what a thread is about now."""

    def is_new(self, keys: Sequence[str]) -> bool:
        """Claim a delivery."""
        return True

    def close(self) -> None:
        """Close its connections."""
