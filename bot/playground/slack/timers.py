"""Calls things a little later, on one thread."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Timers:
    """Runs callbacks in the order they are due; a callback must not wait for anything."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="slack-timers", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def after(self, seconds: float, run: Callable[[], None]) -> None:
        """Call it so many seconds from now."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), run))
            self._changed.notify()

    def close(self) -> None:
        """Forget what is left and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._is_closed and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._is_closed:
                    return
                run = heapq.heappop(self._due)[2]
            run()
