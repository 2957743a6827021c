"""Runs commands in fresh processes and says how long they took and how much memory they needed."""

import math
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN_SECONDS = 1800
MIB = 1 << 20

_PEAK = Path(__file__).with_name("peak.py")


class MeasureError(Exception):
    """A command failed; the message ends with what it wrote to standard error."""


@dataclass(frozen=True)
class Run:
    """One run of a command. ``seconds`` is the life of the whole process."""

    seconds: float
    peak_bytes: int
    out: str

    @property
    def peak_mib(self) -> float:
        """Most resident memory at any moment, in MiB."""
        return self.peak_bytes / MIB


@dataclass(frozen=True)
class Bench:
    """A folder to run commands in: nobody's ``.env`` or kubeconfig is there, nor do their variables get in."""

    folder: Path

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Run:
        """Run a command in a process of its own.

        Raises: MeasureError: its exit code is not 0.
        """
        report = self.folder / "report"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_PEAK), str(report), *command],
            cwd=self.folder,
            env={**self._env(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=RUN_SECONDS,
            check=False,
        )
        seconds, peak, code = report.read_text().split() if report.exists() else ("0", "0", str(done.returncode))
        if code != "0":
            raise MeasureError(f"exit code {code} of {' '.join(command)}\n{done.stderr[-2000:]}")
        return Run(float(seconds), int(peak), done.stdout)

    def start(self, *arguments: str, log: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start this Python with the arguments, to be talked to; standard error goes to a file."""
        with log.open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env={**self._env(), **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("UNSHIM_", "KUBE", "PYTHON"))}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}

    def python(self, *arguments: str) -> Run:
        """Run this Python with the arguments."""
        return self.run([sys.executable, *arguments])


@dataclass(frozen=True)
class Durations:
    """How long the repetitions of one thing took, in seconds."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} s ({min(self.seconds):.3f}-{max(self.seconds):.3f})"


@dataclass(frozen=True)
class Latencies:
    """How long each of many answers took, in seconds."""

    seconds: Sequence[float]

    def quantile(self, share: float) -> float:
        """Return the smallest that so large a share is not above (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def __str__(self) -> str:
        p50, p99 = self.quantile(0.5) * 1000, self.quantile(0.99) * 1000
        return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(self.seconds)} times"
