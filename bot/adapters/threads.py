"""The threads on which Bolt runs listeners: they acknowledge and queue, and can be waited for without being closed."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class ListenerThreads(ThreadPoolExecutor):
    """An executor that knows what it still has to do.

    Bolt acknowledges an event before its listener has run, so at the end what is acknowledged may not be queued yet.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads, thread_name_prefix="listener")
        self._lock = threading.Lock()
        self._open: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it on a thread."""
        future = super().submit(fn, *args, **kwargs)
        with self._lock:
            self._open.add(future)
        future.add_done_callback(self._forget)
        return future

    def wait(self, seconds: float) -> bool:
        """Wait for what was submitted so far; False when it is not done in time."""
        with self._lock:
            found = set(self._open)
        return not wait(found, seconds).not_done

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._open.discard(future)
