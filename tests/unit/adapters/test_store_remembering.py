"""Rows that are remembered for some seconds: never those of before a change, and whoever fails is not waited for."""

import threading

from bot.adapters.store.remembering import FRESH_SECONDS, RETRY_SECONDS, Remembered
from bot.errors import StoreError


class Table:
    """Rows that can be changed, cannot be read, or take their time."""

    def __init__(self) -> None:
        self.rows: tuple[str, ...] = ()
        self.reads = 0
        self.is_broken = False
        self.now = 0.0
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.remembered = Remembered(self.read, lambda: self.now)

    def read(self) -> tuple[str, ...]:
        self.reads += 1
        if self.is_broken:
            raise StoreError("store-down")
        rows = self.rows
        self.reading.set()
        assert self.go_on.wait(10)
        return rows

    def get_in_the_background(self) -> threading.Thread:
        self.reading.clear()
        self.go_on.clear()
        thread = threading.Thread(target=self.remembered.get)
        thread.start()
        assert self.reading.wait(10)
        return thread

    def got_while_somebody_reads(self) -> list[tuple[str, ...]]:
        other = self.get_in_the_background()
        found: list[tuple[str, ...]] = []
        mine = threading.Thread(target=lambda: found.append(self.remembered.get()))
        mine.start()
        self.go_on.set()
        mine.join(10)
        other.join(10)
        return found


def test_they_are_read_once_in_a_while_and_the_same_object_while_they_are_the_same() -> None:
    table = Table()
    table.rows = ("a",)
    first = table.remembered.get()
    assert (first, table.reads) == (("a",), 1)
    table.rows = tuple(["a"])
    assert table.remembered.get() is first
    assert table.reads == 1
    table.now += FRESH_SECONDS
    assert table.remembered.get() is first
    assert table.reads == 2


def test_who_asks_after_a_change_gets_it_though_somebody_else_reads_already() -> None:
    """As of a status asked right after an order, while the reminders look at the same."""
    table = Table()
    assert table.remembered.get() == ()
    table.rows = ("new",)
    table.remembered.changed()
    assert table.got_while_somebody_reads() == [("new",)]


def test_at_the_start_nobody_is_told_that_there_is_nothing_while_somebody_reads() -> None:
    table = Table()
    table.rows = ("a",)
    assert table.got_while_somebody_reads() == [("a",)]


def test_a_read_from_before_a_change_is_not_believed() -> None:
    table = Table()
    other = table.get_in_the_background()
    table.rows = ("new",)
    table.remembered.changed()
    table.go_on.set()
    other.join(10)
    assert table.remembered.get() == ("new",)


def test_while_they_are_only_old_nobody_waits_for_who_reads_them_anew() -> None:
    table = Table()
    table.rows = ("a",)
    table.remembered.get()
    table.now += FRESH_SECONDS
    other = table.get_in_the_background()
    assert table.remembered.get() == ("a",)
    table.go_on.set()
    other.join(10)


def test_while_the_database_fails_they_are_as_they_were_and_it_is_not_asked_each_time() -> None:
    table = Table()
    table.rows = ("a",)
    table.remembered.get()
    table.is_broken = True
    table.remembered.changed()
    assert [table.remembered.get() for _ in range(3)] == [("a",)] * 3
    assert table.reads == 2
    table.is_broken, table.rows = False, ("b",)
    table.now += RETRY_SECONDS
    assert table.remembered.get() == ("b",)
