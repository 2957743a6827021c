"""Memory that is given back, in a process of its own: what else a test process holds would hide it."""

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


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_holes_are_given_back() -> None:
    run = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True)
    assert float(run.stdout) < 0.5
