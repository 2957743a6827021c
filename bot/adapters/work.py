"""A bounded queue of work with its own threads: Bolt's threads only acknowledge, these answer."""

import queue
import threading
import time
from collections.abc import Callable

import structlog

Job = Callable[[], None]

_log = structlog.get_logger(__name__)


class WorkQueue:
    """Runs jobs in the order they came. Jobs report what they meet themselves; one that raises is logged and over.

    Args:
        workers: threads, so jobs at the same time.
        size: jobs that may wait; one more is refused.
    """

    def __init__(self, workers: int, size: int) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(size)
        self._lock = threading.Lock()
        self._is_open = True
        self._threads = [
            threading.Thread(target=self._run, name=f"answer-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that wait for a thread."""
        return self._jobs.qsize()

    def offer(self, job: Job) -> bool:
        """Take a job; False when the queue is full or closed, and nothing will happen."""
        with self._lock:  # none is taken behind the end that `close` puts into the queue
            if not self._is_open:
                return False
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                return False
            return True

    def close(self, seconds: float) -> bool:
        """Take no more jobs and wait for those taken; True when all are done in time."""
        with self._lock:
            self._is_open = False
        until = time.monotonic() + seconds
        for _ in self._threads:
            try:
                self._jobs.put(None, timeout=max(until - time.monotonic(), 0.001))
            except queue.Full:
                return False
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001  a thread that ended would be missing until the program ends
                _log.error("job failed", error=type(error).__name__, exc_info=error)
