"""What is done again and again: APScheduler, set up so that nothing of ours depends on when exactly it calls."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

#: Jobs that may run at the same time.
THREADS = 4


class Ticker:
    """Calls functions at intervals, each on one thread at a time.

    When a post is due is decided by the post ledger, on the clock, not by when a job runs. So a job that was late runs
    once (coalesce) however late it is (no misfire grace time), never beside itself (max_instances), and nothing of it
    is kept: APScheduler's job store cannot be shared between processes.
    """

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._seconds: dict[str, float] = {}

    def every(self, seconds: float, name: str, run: Callable[[], object]) -> None:
        """Call a function as soon as it starts, and then at intervals. It raises nothing."""
        self._seconds[name] = seconds
        soon = datetime.now(UTC)
        self._scheduler.add_job(run, "interval", seconds=seconds, id=name, name=name, next_run_time=soon)

    def start(self) -> None:
        """Begin, unless it was told to stop before."""
        with self._lock:
            if self._stopped.is_set():
                return
            self._scheduler.start()
        threading.Thread(target=self._watch, name="ticker", daemon=True).start()

    def _watch(self) -> None:
        """Bring jobs forward that lie too far ahead: APScheduler plans by the clock, which somebody may set back."""
        while not self._stopped.wait(min(self._seconds.values(), default=1.0)):
            now = datetime.now(UTC)
            for name, seconds in self._seconds.items():
                job = self._scheduler.get_job(name)
                if job is not None and job.next_run_time > now + timedelta(seconds=2 * seconds):
                    job.modify(next_run_time=now)

    def stop(self) -> None:
        """Begin nothing more; what runs goes on to its end."""
        # APScheduler says that it runs before its thread does, and cannot be shut down in between.
        with self._lock:
            self._stopped.set()
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)
