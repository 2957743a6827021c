"""Where in a file something stands, and what is wrong with a part of one; knows no format."""

import zlib
from collections.abc import Iterable, Mapping

from msgspec import Struct, field


class Place(Struct, frozen=True):
    """A line of a file; ``file`` as it was named, with ``/`` between folders; lines count from 1."""

    file: str
    line: int

    @property
    def text(self) -> str:
        """``deploy/web.yaml:12``, which editors open."""
        return f"{self.file}:{self.line}"


class Problem(Struct, frozen=True):
    """Why a part of a file could not be used: an entry ``file-error.<key>`` of the message catalogue and its values."""

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class FieldLines:
    """The line of every field of one object.

    Kept packed: a folder of manifests has millions of fields, and only those that a finding names are looked up.

    Args:
        lines: field path, such as ``spec.template.spec.volumes[0].hostPath.path``, and its line.
        start: the line of the object itself.
    """

    __slots__ = ("_packed", "start")

    def __init__(self, lines: Iterable[tuple[str, int]], start: int) -> None:
        text = "\n".join(f"{line}\t{path}" for path, line in lines if "\n" not in path)
        self._packed = zlib.compress(text.encode("utf-8", "replace"), 1)
        self.start = start

    def line(self, path: str) -> int:
        """Return the line of a field; of the nearest field above it where there is no such one."""
        return self.nearest(path, self.table())

    def table(self) -> Mapping[str, int]:
        """Return the line of every field; for who asks for many of them, since it takes as long as all are large."""
        rows = (row.partition("\t") for row in zlib.decompress(self._packed).decode().split("\n") if row)
        return {name: int(line) for line, _, name in rows}

    def nearest(self, path: str, table: Mapping[str, int]) -> int:
        """Return the same as `line` from a `table` that was made before."""
        while path:
            if path in table:
                return table[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.start
