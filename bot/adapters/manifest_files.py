"""The bytes of manifests: files, folders and standard input, each with the name it is shown by."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bot.core.placing import Problem
from bot.errors import UsageError

#: What is read of a folder; a file that is named itself is read whatever it is called.
SUFFIXES: Final = (".yaml", ".yml", ".json")

#: Largest file. 50 MB of Deployments, each with a finding, took 30 s of CPU and 355 MiB (measured 2026-11-29).
MAX_BYTES: Final = 64 * 2**20

STDIN: Final = "-"
#: What it is called wherever it is shown, as kubeconform and yamllint do; as a URI it is a file beside the others.
STDIN_NAME: Final = "stdin"


def read_paths(paths: Sequence[str]) -> Iterator[tuple[str, bytes | Problem]]:
    """Yield name and contents of every file, in the order of the paths and of the names in a folder, each file once.

    Folders are read with those below them, also behind symlinks, except hidden ones (``.git``).

    Raises: UsageError: a path does not exist, or cannot be read.
    """
    for path in paths:
        if path != STDIN and not os.path.exists(path):
            raise UsageError("manifest-missing", path=path)
    seen: set[str] = set()
    for path in dict.fromkeys(paths):
        if path == STDIN:
            yield STDIN_NAME, _stdin()
        elif os.path.isdir(path):
            yield from _folder(path, seen)
        elif (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            try:
                yield _name(path), _read(path)
            except OSError as error:
                raise UsageError("manifest-unreadable", path=path, reason=error.strerror or "?") from error


def shown(path: str) -> str:
    """Return what a path of the command line is called where it is shown."""
    return STDIN_NAME if path == STDIN else path


def _stdin() -> bytes | Problem:
    if sys.stdin is None:  # closed by the caller
        return b""
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    return _limited(data)


def _folder(path: str, seen: set[str]) -> Iterator[tuple[str, bytes | Problem]]:
    problems: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=problems.append, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a symlink that leads back
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.join(folder, name)
            real = os.path.realpath(file)
            if (
                not name.lower().endswith(SUFFIXES)
                or real in seen
                or (os.path.exists(file) and not os.path.isfile(file))
            ):
                continue
            seen.add(real)
            try:
                yield _name(file), _read(file)
            except OSError as error:
                yield _name(file), Problem("unreadable", {"reason": error.strerror or "?"})
    for lost in problems:
        yield _name(str(lost.filename)), Problem("unreadable", {"reason": lost.strerror or "?"})


def _read(path: str) -> bytes | Problem:
    with open(path, "rb") as file:
        return _limited(file.read(MAX_BYTES + 1))


def _limited(data: bytes) -> bytes | Problem:
    return data if len(data) <= MAX_BYTES else Problem("too-large", {"n": MAX_BYTES // 2**20})


def _name(path: str) -> str:
    return Path(os.path.normpath(path)).as_posix()
