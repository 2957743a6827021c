"""Runs an emulator as a child process on loopback and waits for what it writes."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

#: How long an emulator may take to come up on a machine that is busy with other tests.
START_SECONDS = 60.0

#: Preloaded by both emulators, which have no option for the address they listen on.
LOOPBACK = Path(__file__).with_name("loopback.cjs")


def eventually(look: Callable[[], T], what: str, seconds: float = 10.0) -> T:
    """Return what ``look`` gives once it is true. Raises: AssertionError: not within so many seconds."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds} seconds: {what}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Program:
    """A child process whose output goes to a file. A context manager that ends it."""

    def __init__(self, command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self._output = folder / "output.txt"
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**kept, "NO_COLOR": "1", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        try:
            self.get_ready()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def get_ready(self) -> None:
        """Wait until it can be used; called on entering."""

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def wait_output(self, pattern: str) -> re.Match[str]:
        """Return the first match in what it wrote. Raises: AssertionError: it ended, or wrote nothing of the kind."""
        found = eventually(lambda: re.search(pattern, self._written()), f"{pattern!r} in its output", START_SECONDS)
        assert found is not None
        return found

    def wait_port(self, port: int) -> None:
        """Return once it listens on a port of loopback. Raises: AssertionError: it ended, or does not."""

        def look() -> bool:
            self._written()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        eventually(look, f"a listener on port {port}", START_SECONDS)

    def _written(self) -> str:
        """Return what it wrote so far. Raises: AssertionError: it ended."""
        written = self._output.read_text(encoding="utf-8", errors="replace")
        assert self._process.poll() is None, f"it ended:\n{written}"
        return written
