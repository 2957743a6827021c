"""Memory that the process has and does not use."""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Give back to the system whole pages that malloc holds and nothing uses (malloc_trim(3)).

    glibc does so by itself at the end of its heap alone: what the pages of a list took stays in the process, behind
    whatever was made since. Other C libraries have no such function, and nothing happens.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    trim.argtypes = (ctypes.c_size_t,)
    return trim
