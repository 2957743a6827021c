"""How far a watch has come."""

import time
from collections.abc import Iterator

import pytest

from bot.adapters.catching_up import SETTLED_SECONDS, Pieces, Position


def position(version: str) -> Position:
    made = Position()
    made.begin(version, time.monotonic())
    return made


def test_it_is_behind_until_what_the_server_had_has_come() -> None:
    seen = position("9")
    assert seen.aim("12")
    assert seen.is_behind
    assert (seen.order("11"), seen.is_behind) == (1, True)
    assert (seen.order("12"), seen.is_behind) == (1, False)


def test_a_server_that_is_behind_what_was_seen_is_none_to_aim_at() -> None:
    seen = position("12")
    assert not seen.aim("9")
    assert not seen.is_behind


@pytest.mark.parametrize(("known", "asked"), [("12", "later"), ("sooner", "12"), ("sooner", "later"), ("12", "")])
def test_of_versions_that_are_no_numbers_nobody_can_say_so(known: str, asked: str) -> None:
    seen = position(known)
    assert seen.aim(asked)
    assert not seen.is_behind


def test_what_is_reached_is_not_aimed_at_and_does_not_go_back() -> None:
    seen = position("9")
    seen.aim("12")
    at = seen.current_at + 5
    seen.reached(at)
    assert not seen.is_behind
    seen.reached(at - 1)
    assert seen.current_at == at


def test_a_list_is_old_once_what_happened_since_may_take_its_time() -> None:
    at = 100.0
    seen = Position(lambda: at)
    assert seen.is_old
    seen.begin("9", at)
    at += SETTLED_SECONDS
    assert not seen.is_old
    at += 0.1
    assert seen.is_old


def test_what_comes_at_the_beginning_or_behind_a_silence_may_not_be_all() -> None:
    """Pauses in seconds before each piece, the piece, whether more has come, and whether it is the last of all."""
    whole, half = b"{}\n", b"{}\n{"
    script = [
        (0.01, whole, False, False),
        (1.1, whole, False, False),
        (0.1, whole, False, False),
        (0.95, whole, False, True),
        (0.0, whole, True, False),
        (0.02, half, False, False),
        (0.0, whole, False, True),
        (1.05, whole, False, False),
    ]
    at, more = 100.0, False

    def sent() -> Iterator[bytes]:
        nonlocal at, more
        for pause, piece, is_more, _ in script:
            at += pause
            more = is_more
            yield piece

    pieces = Pieces(sent(), lambda: more, lambda: at)
    assert not pieces.is_flowing
    assert [pieces.caught_up_at is not None for _ in pieces] == [counts for *_, counts in script]
    assert pieces.is_flowing
    at += 1.5
    assert not pieces.is_flowing


def test_a_moment_behind_what_was_of_before_is_no_better_than_that() -> None:
    at = 100.0

    def sent() -> Iterator[bytes]:
        nonlocal at
        while True:
            at += 0.6
            yield b"{}\n"

    pieces = Pieces(sent(), lambda: False, lambda: at)
    counted = []
    for number, _ in zip(range(8), pieces, strict=False):
        if number == 3:
            pieces.held_up()
        counted.append(pieces.caught_up_at is not None)
    assert counted == [False, True, True, False, False, True, True, True]
