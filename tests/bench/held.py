"""A process that holds the live view, and obeys: both ends of the pipe to it."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from tests.bench.measure import Bench, MeasureError
from tests.integration.dockerfile import image_env

STOP_SECONDS = 10

#: The longest order is a quarter of an hour of questions; a process that hangs is ended after twice that.
ORDER_SECONDS = 1800
FIRST_VIEW_SECONDS = 300.0

#: The longest that a setting allows; a replayed stream has to come over one watch.
ONE_WATCH_SECONDS = 600


class Held:
    """A running watcher. An order that fails ends it."""

    def __init__(self, process: "subprocess.Popen[str]", log: Any) -> None:
        self._process = process
        self._log = log

    def ask(self, do: str, **arguments: Any) -> Any:
        """Give an order and return its result.

        Raises: MeasureError: it failed, or took longer than an order may; the message ends with what the process wrote
            to standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        hung = threading.Timer(ORDER_SECONDS, self._process.kill)
        hung.daemon = True
        hung.start()
        line = self._process.stdout.readline()
        hung.cancel()
        if not line:
            raise MeasureError(f"the watcher ended at {do!r}\n{self._log.read_text(errors='replace')[-2000:]}")
        return json.loads(line)


def obey(watcher: object, orders: TextIO, answers: TextIO) -> None:
    """Carry out orders, one JSON object a line, by the methods they name, and answer each by a line."""
    for line in orders:
        order = json.loads(line)
        answers.write(json.dumps(getattr(watcher, order.pop("do"))(**order)) + "\n")
        answers.flush()


@contextlib.contextmanager
def holding(bench: Bench, kubeconfig: str, watch_seconds: float | None = None) -> Iterator[tuple[Held, dict[str, Any]]]:
    """Yield a watcher that has its first view, and what it said of that.

    Args:
        watch_seconds: how long it leaves a watch open; as long as the bot does when None.
    """
    from bot.app.viewing import WATCH_SECONDS

    log = bench.folder / "watcher.log"
    seconds = watch_seconds or WATCH_SECONDS
    timeout = {"UNSHIM_REQUEST_TIMEOUT_SECONDS": str(watch_seconds)} if watch_seconds else {}
    process = bench.start(
        "-m", "tests.bench.watcher", kubeconfig, str(seconds), log=log, env={**image_env(), **timeout}
    )
    with ending(process):
        held = Held(process, log)
        yield held, held.ask("view", seconds=FIRST_VIEW_SECONDS)


@contextlib.contextmanager
def ending(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Let a process that obeys end, and have it end."""
    try:
        yield
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
