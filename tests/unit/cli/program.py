"""The program called as a process would be, without a process: argv and bytes in, exit code and streams out."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.__main__ import main
from tests.factories import (
    make_claim,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_job,
    make_namespace,
    make_node,
    make_persistent_volume,
    make_replication_controller,
    make_runtime_class,
    make_statefulset,
)
from tests.unit.clusters import Objects, dump_of

AS_OF = "2026-11-23T09:00:00Z"
SOCKET = {"/var/run/docker.sock": "/s"}
DATA = {"/var/lib/docker": "/d"}
PARENT = {"/var/run": "/r"}


@dataclass(frozen=True)
class Result:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return standard output as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Return standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*argv: str | Path, stdin: bytes = b"") -> Result:
    """Call the program with UTF-8 streams that are no terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), _stdin(stdin):
        try:
            code = main([str(word) for word in argv])
        except SystemExit as error:  # argparse leaves this way
            code = error.code if isinstance(error.code, int) else 1
    shown = []
    for stream in (out, err):
        stream.flush()
        shown.append(stream.buffer.getvalue().decode())
    assert "Traceback" not in shown[1], shown[1]
    return Result(code, *shown)


@contextmanager
def _stdin(data: bytes) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before


def every_kind() -> list[Objects]:
    """Return a clean cluster that holds an object of every kind, so that its dump is complete."""
    shop = make_deployment("shop", namespace="web", labels={"team": "storefront"})
    return [
        make_node("on-docker", runtime="docker://20.10.24", labels={"agentpool": "a"}),
        make_node("off-docker", labels={"agentpool": "b"}),
        make_namespace("web"),
        *(shop, make_dependents(shop, ["on-docker", "off-docker"])),
        *(make_daemonset("agent"), make_statefulset("db"), make_replication_controller("legacy")),
        *(make_job("once"), make_cronjob("nightly")),
        *(make_persistent_volume(), make_claim(), make_runtime_class()),
    ]


def dump(folder: Path, *objects: Objects, name: str = "dump.json") -> Path:
    """Write a dump and return its path."""
    path = folder / name
    path.write_bytes(dump_of(*objects))
    return path


def batch(folder: Path, *texts: str) -> Path:
    """Write a batch file of questions, their ids counted from 1."""
    path = folder / "batch.jsonl"
    lines = [json.dumps({"id": number, "q": text}) for number, text in enumerate(texts, start=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
