"""Paths on a node: normal form, equality, ancestor and descendant; knows no rule."""

import posixpath
import re

_DRIVE = re.compile(r"^[a-zA-Z]:")
_PIPE = re.compile(r"^(?:npipe:)?[\\/]*[\\/]{2}[.?][\\/]+pipe[\\/]+(.+)$", re.IGNORECASE)
_SCHEME = re.compile(r"^unix:/+", re.IGNORECASE)

PIPE_PREFIX = "pipe:"


def normalise(path: str) -> str:
    """Return the one spelling of a path on a node that rules compare with.

    ``//``, ``/./``, ``/../`` and a trailing ``/`` go, ``/var/run`` becomes ``/run`` (the symlink that every
    current Linux distribution ships, also where ``..`` leads on from it), ``unix:`` goes. A Windows named pipe becomes
    ``pipe:name`` in lower case whichever slashes it is written with; any other Windows path gets forward slashes and
    lower case. A space belongs to the name. An empty path stays empty.
    """
    if not path:
        return ""
    if pipe := _PIPE.match(path):
        return PIPE_PREFIX + pipe[1].replace("\\", "/").strip("/").lower()
    if path[0] in "uU":
        path = _SCHEME.sub("/", path)
    if _DRIVE.match(path) or path.startswith("\\"):
        return posixpath.normpath(path.replace("\\", "/")).lower()
    if ".." in path:
        return _walked(path)
    path = posixpath.normpath("/" + path)
    # POSIX lets exactly two leading slashes mean something else, and normpath keeps them.
    path = "/" + path.lstrip("/")
    if path == "/var/run" or path.startswith("/var/run/"):
        path = path.removeprefix("/var")
    return path


def _walked(path: str) -> str:
    """Return where a path leads that goes up again: ``/var/run`` is a link to ``/run``, so ``/var/run/..`` is ``/``."""
    places: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del places[-1:]
        elif segment not in ("", "."):
            places.append(segment)
            if places == ["var", "run"]:
                places = ["run"]
    return "/" + "/".join(places)


def join(path: str, sub_path: str) -> str:
    """Return the normal form of ``sub_path`` below ``path``; a subPath can not leave its volume.

    Backslashes part folders in a volume on Windows only.
    """
    if not sub_path:
        return normalise(path)
    if _DRIVE.match(path) or path.startswith("\\"):
        sub_path = sub_path.replace("\\", "/")
    inside = posixpath.normpath("/" + sub_path)
    return normalise(path.rstrip("/\\") + "/" + inside.lstrip("/"))


def is_within(path: str, ancestor: str) -> bool:
    """Whether ``path`` is ``ancestor`` or lies below it. Both in normal form."""
    return path == ancestor or ancestor == "/" or path.startswith(ancestor + "/")
