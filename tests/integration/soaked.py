"""The program's side of a soak, in a process of its own: ``python -m tests.integration.soaked KUBECONFIG``.

So its memory is that of the program, without what makes the churn and the faults. It obeys `tests.bench.held`.
"""

import ctypes
import os
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from bot.adapters import logs
from bot.adapters.memory import set_apart
from bot.app import load_settings
from bot.app.viewing import WATCH_SECONDS
from bot.core.view import ClusterView
from tests.bench.held import obey
from tests.integration.watched import Watched, watching

BEACON = "beacon"

_COUNTED = ("unshim_relists_total", "unshim_watch_events_total", "unshim_read_failures_total")

_MIB = 2**20


#: Of struct mallinfo2 of glibc 2.33 and later, in their order (mallinfo2(3)).
_FIELDS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _MallInfo(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_size_t) for name in _FIELDS)


class Soaked:
    """Looks at every view; each public method is an order."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._seen: deque[dict[str, Any]] = deque()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        before: ClusterView | None = None
        while True:
            view = self._watched.views.newest()
            if view is not None and view is not before:
                before = view
                self._seen.append(_claim(view))
            time.sleep(0.05)

    def seen(self) -> list[dict[str, Any]]:
        """Return what the views since the last order claimed, as `_claim` has it."""
        return [self._seen.popleft() for _ in range(len(self._seen))]

    def age(self) -> float:
        """Return how old the newest view is, in seconds."""
        return self._watched.views.age_seconds or 0.0

    def memory(self) -> dict[str, float]:
        """Return what memory there is, in MiB, and what of it is in use by what; nothing is tidied up before."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        libc = ctypes.CDLL(None)
        libc.mallinfo2.restype = _MallInfo
        heap = libc.mallinfo2()
        views = self._watched.views
        judge, slimmer = views.cluster._judge, views._decoder.slimmer
        return {
            "resident": pages * os.sysconf("SC_PAGE_SIZE") / _MIB,
            "blocks of Python's": sys.getallocatedblocks(),
            "malloc, in use": (heap.uordblks + heap.hblkhd) / _MIB,
            "malloc, free": heap.fordblks / _MIB,
            "judged": len(judge._known),
            "templates": slimmer._template.size,
            "references": len(slimmer._references),
            "hints": len(slimmer._shared_hints),
            "objects": sum(views.counts().values()),
        }

    def whole(self, seconds: float) -> None:
        """Wait for a view that says it is all there. Raises: AssertionError: none came in time."""
        self._watched.wait_for(lambda view: view.overdue is None and view.is_complete, seconds)

    def settle(self, seconds: float) -> None:
        """Wait until the view is what a fresh read gives. Raises: AssertionError: how it differs."""
        self._watched.settle(seconds)

    def counted(self) -> dict[str, float]:
        """Return metrics, each as the sum over its labels."""
        return {name: self._watched.count(name) for name in _COUNTED}


def _claim(view: ClusterView) -> dict[str, Any]:
    """Return what a view says of the beacon, by kind (None: it is not there), and of when, where it has the kind."""
    return {
        "heard": {kind: at.timestamp() for kind, at in view.heard.items() if kind in ("nodes", "pods")},
        "nodes": next((int(node.os_image) for node in view.nodes if node.name == BEACON), None),
        "pods": next((int(w.owner.name) for w in view.workloads if w.key.name == BEACON and w.owner), None),
        "is_partial": bool(view.gaps),
        "is_overdue": view.overdue is not None,
    }


if __name__ == "__main__":
    logs.set_up("info")
    set_apart()  # as the bot does when it has started
    with watching(Path(sys.argv[1]), again=load_settings().refresh_seconds, watch=WATCH_SECONDS) as watched_:
        obey(Soaked(watched_), sys.stdin, sys.stdout)
