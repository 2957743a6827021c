"""What is done again and again: APScheduler, set up so that nothing of ours depends on when exactly it calls."""

from collections.abc import Callable
from datetime import UTC

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

    def every(self, seconds: float, name: str, run: Callable[[], object]) -> None:
        """Call a function at once, and then at intervals. It raises nothing."""
        self._scheduler.add_job(run, "interval", seconds=seconds, id=name, name=name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more; what runs goes on to its end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
