"""Replicas of the whole bot with a clock that a test moves, as processes that are started again within moments.

``python -m tests.e2e.stepped FOLDER`` imports everything once and forks a replica on demand: a start then costs a tenth
of a second instead of two, and what runs is the same `Bot`. It is told what to do on its standard input, a line each:
``start N`` and ``kill N``, which is a SIGKILL, and answers with the process id. `Replicas` is the test's side of it.
"""

import ctypes
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.adapters import logs
from bot.app import Source, load_settings
from bot.app import reminding as reminding_module
from bot.app import store as _store  # noqa: F401  so that no replica has to import it
from bot.app.bot import Bot
from bot.reminders.runner import Reminders
from tests.e2e.stepping import SteppedClock
from tests.integration.bots import QUICK, ROOT, cleared

#: Pause between two looks at whether the clock was moved, and between two passes while it was not; in production a pass
#: follows another after 15 seconds.
TICK_SECONDS, AGAIN_SECONDS = 0.02, 0.5

#: Of prctl(2): a signal for a process whose parent ends, in whatever way.
_PR_SET_PDEATHSIG = 1

#: What a process had on its way when it was killed has arrived after so long. In production a look follows after a
#: minute at the earliest; here the clock is moved by that minute in no time.
ARRIVAL_SECONDS = 0.2


class Replicas:
    """The test's side: starts and kills replicas. A context manager that ends all of them.

    Args:
        folder: for the clock, logs, and what the processes have to know; shared with no other test.
        snapshot: a dump of the cluster.
        env: settings, as the program takes them from its environment.
    """

    def __init__(self, folder: Path, snapshot: Path, env: Mapping[str, str]) -> None:
        self.clock = SteppedClock(folder)
        self.kills = 0
        self._folder = folder
        self._lock = threading.Lock()
        self._killed_at = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.stepped", str(folder), str(snapshot)],
            cwd=ROOT,
            # matplotlib brings a library that would start threads before the forks.
            env={**cleared(os.environ), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # at which it kills its replicas and ends
        self._process.wait(10)
        self._process.stdout.close()

    def start(self, replica: int) -> int:
        """Start a replica and return its process id."""
        return int(self._ask(f"start {replica}"))

    def kill(self, replica: int) -> None:
        """End a replica by SIGKILL, whatever it is doing, and start another in its place."""
        self._ask(f"kill {replica}")
        self._killed_at = time.monotonic()
        self.kills += 1

    def let_arrive(self) -> None:
        """Wait until what a killed process had on its way to Slack has arrived."""
        time.sleep(max(self._killed_at + ARRIVAL_SECONDS - time.monotonic(), 0.0))

    def log(self) -> list[dict[str, Any]]:
        """Return what the replicas logged; a line that a kill cut off is left out."""
        found = []
        for path in sorted(self._folder.glob("replica-*.log")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    found.append(json.loads(line))
                except ValueError:
                    found.append({"event": "unreadable", "line": line})
        return found

    def _ask(self, line: str) -> str:
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(line, file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline().strip()
        assert answer.isdecimal(), f"{line}: {answer or 'the process that forks has ended'}"
        return answer


def main(folder: Path, snapshot: str) -> None:
    """Fork replicas as the standard input says, until it ends."""
    import matplotlib.backends.backend_agg  # noqa: F401  half a second that each replica would pay for its first chart

    running: dict[int, int] = {}
    try:
        for line in sys.stdin:
            command, _, name = line.strip().partition(" ")
            replica = int(name)
            if command == "kill":
                process = running.pop(replica)
                if os.waitpid(process, os.WNOHANG) != (0, 0):
                    _say(f"replica {replica} had ended by itself")
                    continue
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            process = os.fork()
            if process == 0:
                _replica(folder, replica, snapshot)
            running[replica] = process
            _say(str(process))
    finally:
        for process in running.values():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _say(answer: str) -> None:
    sys.stdout.write(answer + "\n")
    sys.stdout.flush()


def _replica(folder: Path, replica: int, snapshot: str) -> None:
    """Be a replica; does not return."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        log = os.open(folder / f"replica-{replica}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDWR)
        for number, to in ((0, null), (1, null), (2, log)):
            os.dup2(to, number)
        clock = SteppedClock(folder)

        class Standing(Reminders):
            """Looks at every channel while the clock is not moved; at once after a move, and then now and then."""

            _moves, _again_at = -1, 0.0

            def tick(self) -> None:
                if clock.moves == self._moves and time.monotonic() < self._again_at:
                    return
                with clock.standing(replica):
                    self._moves = clock.moves
                    super().tick()
                self._again_at = time.monotonic() + AGAIN_SECONDS

        reminding_module.Reminders = Standing  # type: ignore[attr-defined]
        settings = load_settings()
        logs.set_up(settings.log_level)
        source = Source(snapshot=snapshot, as_of=clock())
        pace = dataclasses.replace(QUICK, pulse_seconds=5.0)
        Bot(settings, source, pace, clock, TICK_SECONDS).run()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
