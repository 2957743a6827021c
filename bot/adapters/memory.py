"""Memory that the process has and does not use."""

import ctypes
import gc
from functools import cache
from typing import Any


def set_apart() -> None:
    """Have the garbage collector look no more at what there is now: modules, tables and texts, which stay to the end.

    They are nine tenths of what it would look at (`give_back`). What is freed without it, still is. What only cycles
    hold by now stays: that is little, and to collect it first would stop everything for a moment.
    """
    gc.freeze()


def give_back() -> None:
    """Free what only cycles hold, and give back to the system whole pages that malloc holds and nothing uses.

    A request that fails leaves a cycle behind, with its TLS context outside of Python's heap (urllib3 2, `urlopen`);
    Python counts objects, not what they weigh, and would leave thousands of them. glibc gives back the end of its heap
    alone (malloc_trim(3)): what the pages of a list took stays in the process, behind whatever was made since. Other C
    libraries have no such function, and keep it.
    """
    gc.collect()
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
