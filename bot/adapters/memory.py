"""Memory that the process has and does not use."""

import ctypes
from collections.abc import Callable


def _trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return trim


_malloc_trim = _trim()


def give_back() -> None:
    """Give back to the system whole pages that malloc holds and nothing uses (malloc_trim(3)).

    glibc does so by itself at the end of its heap alone: what the pages of a list took stays in the process, behind
    whatever was made since. Other C libraries have no such function, and nothing happens.
    """
    if _malloc_trim is not None:
        _malloc_trim(0)
