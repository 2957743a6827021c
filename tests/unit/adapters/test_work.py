"""The queue of answers: bounded, in order, and orderly at the end."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.work import WorkQueue

#: Longest wait for something that should be there at once.
SECONDS = 5.0


class Gate:
    """A job that waits until it is let go."""

    def __init__(self) -> None:
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self.released.wait(30.0)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Yield a job that holds a thread until the test ends."""
    held = Gate()
    yield held
    held.released.set()


def held(gate: Gate, size: int = 10) -> WorkQueue:
    """Return a queue whose only thread is held by the gate."""
    work = WorkQueue(1, size)
    assert work.offer(gate)
    assert gate.begun.wait(SECONDS)
    return work


def test_jobs_run_in_the_order_they_came(gate: Gate) -> None:
    work, done = held(gate), []
    for number in range(10):
        assert work.offer(lambda number=number: done.append(number))
    gate.released.set()
    assert work.close(SECONDS)
    assert done == list(range(10))


def test_jobs_run_at_the_same_time_on_as_many_threads_as_there_are() -> None:
    work = WorkQueue(3, 3)
    together = threading.Barrier(4)
    for _ in range(3):
        assert work.offer(lambda: together.wait(SECONDS) and None)
    together.wait(SECONDS)  # broken when the three do not run side by side
    assert work.close(SECONDS)


def test_one_more_than_may_wait_is_refused_and_not_run(gate: Gate) -> None:
    work, done = held(gate, size=2), []
    assert [work.offer(lambda number=number: done.append(number)) for number in range(4)] == [True, True, False, False]
    assert work.waiting == 2
    gate.released.set()
    assert work.close(SECONDS)
    assert done == [0, 1]


def test_there_is_room_again_once_a_job_has_begun(gate: Gate) -> None:
    work, second = held(gate, size=1), Gate()
    assert work.offer(second)
    assert not work.offer(lambda: None)
    gate.released.set()
    assert second.begun.wait(SECONDS)
    assert work.offer(lambda: None)
    second.released.set()
    assert work.close(SECONDS)


def test_closing_waits_for_what_was_taken(gate: Gate) -> None:
    work, done = held(gate), []
    work.offer(lambda: done.append("waited for"))
    closed: list[bool] = []
    closing = threading.Thread(target=lambda: closed.append(work.close(SECONDS)))
    closing.start()
    gate.released.set()
    closing.join(SECONDS)
    assert (closed, done) == ([True], ["waited for"])


def test_closing_with_nothing_to_do_is_quick() -> None:
    started = time.monotonic()
    assert WorkQueue(8, 64).close(SECONDS)
    assert time.monotonic() - started < SECONDS / 2


@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_closing_with_a_job_that_never_ends_is_over_in_time(gate: Gate, waiting: int) -> None:
    work = held(gate, size=2)
    for _ in range(waiting):
        work.offer(lambda: None)
    started = time.monotonic()
    assert not work.close(0.05)
    assert time.monotonic() - started < SECONDS


def test_nothing_is_taken_after_the_end(gate: Gate) -> None:
    work = WorkQueue(1, 1)
    assert work.close(SECONDS)
    assert not work.offer(gate)
    assert not gate.begun.is_set()


def test_what_is_taken_while_it_closes_is_done() -> None:
    work, done, closed = WorkQueue(1, 10), [], []
    put, put_nowait, at_the_end = work._jobs.put, work._jobs.put_nowait, threading.Event()
    closing = threading.Thread(target=lambda: closed.append(work.close(SECONDS)))

    def end(*args: Any, **kwargs: Any) -> None:
        put(*args, **kwargs)
        at_the_end.set()

    def take(job: Any) -> None:
        closing.start()
        at_the_end.wait(0.2)  # the end must not come before a job that is being taken
        put_nowait(job)

    work._jobs.put, work._jobs.put_nowait = end, take  # type: ignore[method-assign]
    assert work.offer(lambda: done.append("taken"))
    closing.join(SECONDS)
    assert (closed, done) == ([True], ["taken"])


@pytest.mark.parametrize("error", [ValueError("token xoxb-1"), MemoryError(), RecursionError()])
def test_a_job_that_raises_is_logged_and_the_thread_goes_on(error: Exception) -> None:
    work, done = WorkQueue(1, 10), []

    def fail() -> None:
        raise error

    with capture_logs() as logs:
        work.offer(fail)
        work.offer(lambda: done.append("the next"))
        assert work.close(SECONDS)
    assert done == ["the next"]
    assert [(line["event"], line["error"]) for line in logs] == [("job failed", type(error).__name__)]
