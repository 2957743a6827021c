"""Runs the program as a process, as a person would."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard output by line."""
        return self.out.splitlines()


def unshim(
    *arguments: str, kubeconfig: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> Result:
    """Run ``unshim`` with the arguments; nothing of the tester's own settings or kubeconfig reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UNSHIM_", "SLACK_", "KUBE"))}
    command = [sys.executable, "-m", "bot", *arguments]
    if kubeconfig is not None:
        command += ["--kubeconfig", str(kubeconfig)]
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        cwd=ROOT,
        env={**kept, "PYTHONUTF8": "1", **(env or {})},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


def scan(kubeconfig: Path | None, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON report of a scan."""
    result = unshim("scan", "-o", "json", *arguments, kubeconfig=kubeconfig, env=env)
    assert result.code in (0, 1, 4), result.err
    report: dict[str, Any] = json.loads(result.out)
    return report
