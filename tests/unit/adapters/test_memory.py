"""Memory that is given back, in processes of their own: what else a test process holds would hide it."""

import ctypes
import subprocess
import sys

import pytest

#: 100 MB in blocks larger than what Python keeps itself; one in fifty lives on, so that the heap gets no shorter.
HOLES = """
from pathlib import Path
from bot.adapters.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytes(1000) for _ in range(100_000)]
kept = blocks[::50]
del blocks
before = resident()
give_back()
print(resident() / before)
"""


#: What a request that fails leaves behind, as urllib3 does: an error, and the frame it was caught in.
CYCLES = """
import gc
import weakref
from bot.adapters.memory import give_back, set_apart

class Context:
    pass

def fail():
    context = Context()
    noted.append(weakref.ref(context))
    try:
        raise OSError
    except OSError as error:
        kept = error

noted = []
set_apart()
before = len(gc.get_objects())
fail()
assert noted[0]() is not None
give_back()
print(noted[0]() is None, before < 1000 < gc.get_freeze_count())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_holes_are_given_back() -> None:
    run = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True)
    assert float(run.stdout) < 0.5


def test_what_only_cycles_hold_is_freed_and_what_the_program_is_made_of_is_not_looked_at() -> None:
    run = subprocess.run([sys.executable, "-c", CYCLES], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["True", "True"]
