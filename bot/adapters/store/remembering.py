"""What the database had some seconds ago, for answers, which cannot wait for it each time."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.errors import StoreError

T = TypeVar("T")

#: How long is believed what another replica may have changed.
FRESH_SECONDS = 5.0

#: After how long a read that failed is tried again.
RETRY_SECONDS = 1.0


class Remembered(Generic[T]):
    """Rows as of some seconds ago, but never as they were before a change made here.

    Args:
        read: returns the rows; raises StoreError.
        clock: monotonic seconds.
    """

    def __init__(self, read: Callable[[], tuple[T, ...]], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: tuple[T, ...] = ()
        self._asked_at: float | None = None
        self._failed_at: float | None = None
        self._changes = 0
        self._known_changes = -1  # nothing is known yet: whoever asks first waits, too

    def changed(self) -> None:
        """Note that the rows were changed here: whoever asks from now on waits for a read that has it."""
        with self._lock:
            self._changes += 1

    def get(self) -> tuple[T, ...]:
        """Return the rows, the same object while they are the same; never raises.

        While one reads anew because time has passed, the others get what was known; while the database fails, all do.
        """
        with self._lock:
            changes = self._changes
            if self._failed_at is not None and self._clock() - self._failed_at < RETRY_SECONDS:
                return self._rows
            if changes == self._known_changes:
                if self._asked_at is not None and self._clock() - self._asked_at < FRESH_SECONDS:
                    return self._rows
                self._asked_at = self._clock()
        try:
            found = self._read()
        except StoreError:  # logged
            with self._lock:
                self._failed_at = self._clock()
                return self._rows
        with self._lock:
            if changes >= self._known_changes:  # else a later read, which knows more, was done sooner
                if found != self._rows:
                    self._rows = found
                self._known_changes, self._asked_at, self._failed_at = changes, self._clock(), None
            return self._rows
