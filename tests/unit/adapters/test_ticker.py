"""Jobs run at once and again, also after somebody set the clock back."""

import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

from bot.adapters.ticker import Ticker


def test_a_job_runs_at_once_and_again_until_it_is_stopped() -> None:
    runs: list[float] = []
    ticker = Ticker()
    ticker.every(0.05, "count", lambda: runs.append(time.monotonic()))
    ticker.start()
    time.sleep(0.4)
    ticker.stop()
    seen = len(runs)
    assert seen >= 3
    time.sleep(0.2)
    assert len(runs) <= seen + 1


def test_a_job_planned_by_a_clock_that_was_ahead_is_brought_forward() -> None:
    ran = Event()
    ticker = Ticker()
    ticker.every(0.05, "count", ran.set)
    ticker.start()
    assert ran.wait(2)
    ticker._scheduler.get_job("count").modify(next_run_time=datetime.now(UTC) + timedelta(hours=1))
    ran.clear()
    assert ran.wait(2)
    ticker.stop()


def test_told_to_stop_while_it_starts_it_stops() -> None:
    failed: list[BaseException] = []

    def start(ticker: Ticker, at: Barrier) -> None:
        at.wait()
        try:
            ticker.start()
        except BaseException as error:  # noqa: BLE001  told below
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(100):
            ticker, at = Ticker(), Barrier(2)
            ticker.every(60, "nothing", lambda: None)
            starter = Thread(target=start, args=(ticker, at))
            starter.start()
            at.wait()
            ticker.stop()
            starter.join()
            assert not failed
            assert not ticker._scheduler.running
    finally:
        sys.setswitchinterval(interval)
