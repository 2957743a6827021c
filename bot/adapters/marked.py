"""Plain data that knows its lines: what the readers of YAML and JSON build, within limits; decodes no text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

#: How deep mappings and lists may stand in each other. Kubernetes' own deepest, the schemas of CRDs, stay below 100.
DEPTH: Final = 200

#: How much aliases may add to a document, in characters and nodes; what people write with them adds some thousands.
EXPANDED: Final = 4_000_000

#: How many things that are wrong in a document are told one by one.
ERRORS: Final = 20


class NodeError(Exception):
    """A document that cannot be read to its end.

    Args:
        key: entry of the message catalogue below ``file-error.``.
        line: where, from 1.
    """

    def __init__(self, key: str, line: int, **values: str | int) -> None:
        super().__init__(key, line)
        self.key = key
        self.line = line
        self.values = values


class MarkedMap(dict[str, Any]):
    """A mapping that knows the line it begins at, and those of its keys."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class MarkedList(list[Any]):
    """A list that knows the line it begins at, and those of its items."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    Args:
        data: MarkedMap, MarkedList, str, bool, None, or a number as msgspec.Raw; None where nothing could be read.
        errors: what is wrong with it; with one that ended it, ``data`` is what stands before.
        text: of the document, where an error ended it.
    """

    data: Any
    line: int
    errors: tuple[NodeError, ...] = ()
    text: bytes = b""


@dataclass(slots=True)
class _Frame:
    node: MarkedMap | MarkedList
    anchor: str | None
    size: int = 1
    key: str | None = None
    is_merge: bool = False
    merges: list[MarkedMap] = field(default_factory=list)


class _Open:
    """Stands for an anchor whose node has not ended: an alias to it would be a cycle."""


_OPEN: Final = _Open()


class Composer:
    """Builds one document from what a reader tells it, node by node, without recursion.

    Raises (every method): NodeError: a limit, a cycle, an alias to nothing, a key that is no scalar.
    """

    def __init__(self) -> None:
        self.errors: list[NodeError] = []
        self.root: Any = None
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int] | _Open] = {}
        self._expanded = 0

    def scalar(self, value: Any, text: str, line: int, anchor: str | None = None, *, is_plain: bool = False) -> None:
        """Take in a scalar. ``text``: as a key would read it; ``is_plain``: written without quotes."""
        if self._stack:
            frame = self._stack[-1]
            if frame.key is None and type(frame.node) is MarkedMap:
                if anchor is not None:
                    self._anchors[anchor] = (text, len(text) + 1)
                self._key(frame, text, line, is_merge=is_plain and text == "<<")
                return
        if anchor is not None:
            self._anchors[anchor] = (value, len(text) + 1)
        self._value(value, len(text) + 1, line)

    def open(self, line: int, anchor: str | None = None, *, is_list: bool) -> None:
        """Begin a mapping or a list."""
        if len(self._stack) >= DEPTH:
            raise NodeError("deep", line, n=DEPTH)
        if self._stack and self._stack[-1].key is None and type(self._stack[-1].node) is MarkedMap:
            raise NodeError("key", line)
        if anchor is not None:
            self._anchors[anchor] = _OPEN
        self._stack.append(_Frame(MarkedList(line) if is_list else MarkedMap(line), anchor))

    def close(self) -> None:
        """End the innermost mapping or list."""
        frame = self._stack.pop()
        node = frame.node
        if isinstance(node, MarkedMap):
            for merged in frame.merges:
                for key, value in merged.items():
                    if key not in node:
                        node[key] = value
                        node.lines[key] = merged.lines[key]
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (node, frame.size)
        self._value(node, frame.size, node.line)

    def alias(self, name: str, line: int) -> None:
        """Take in what an anchor marks once more."""
        known = self._anchors.get(name)
        if known is None:
            raise NodeError("alias-unknown", line, name=name)
        if isinstance(known, _Open):
            raise NodeError("alias-cycle", line, name=name)
        value, size = known
        self._expanded += size
        if self._expanded > EXPANDED:
            raise NodeError("alias-bomb", line, n=EXPANDED)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and isinstance(frame.node, MarkedMap):
            if isinstance(value, (MarkedMap, MarkedList)):
                raise NodeError("key", line)
            self._key(frame, str(value), line, is_merge=False)
            return
        self._value(value, size, line)

    def partial(self) -> Any:
        """Return what can be judged of a document that broke off: the whole objects of a List, else nothing."""
        if len(self._stack) < 2:
            return None
        top, below = self._stack[0].node, self._stack[1].node
        if isinstance(top, MarkedMap) and self._stack[0].key == "items" and isinstance(below, MarkedList):
            top["items"] = below
            top.lines["items"] = below.line
            top.setdefault("kind", "List")
            return top
        return None

    def _key(self, frame: _Frame, text: str, line: int, *, is_merge: bool) -> None:
        frame.key = text
        frame.is_merge = is_merge
        node = frame.node
        assert isinstance(node, MarkedMap)
        if is_merge:
            return
        if text in node and len(self.errors) < ERRORS:
            self.errors.append(NodeError("duplicate", line, name=text, first=node.lines[text]))
        node.lines[text] = line
        frame.size += len(text) + 1

    def _value(self, value: Any, size: int, line: int) -> None:
        if not self._stack:
            self.root = value
            return
        frame = self._stack[-1]
        frame.size += size
        node = frame.node
        if isinstance(node, MarkedList):
            node.append(value)
            node.lines.append(line)
        elif frame.is_merge:
            frame.merges += _merged(value, line)
            frame.key, frame.is_merge = None, False
        else:
            assert frame.key is not None
            node[frame.key] = value
            frame.key = None


def _merged(value: Any, line: int) -> list[MarkedMap]:
    """Return the mappings of a merge key ``<<``; of several the first that has a key counts."""
    parts = value if isinstance(value, MarkedList) else [value]
    if not all(isinstance(part, MarkedMap) for part in parts):
        raise NodeError("merge", line)
    return list(parts)


def fields(data: Any, path: str = "") -> Iterator[tuple[str, int]]:
    """Yield the path and line of every field below a mapping or list."""
    pending: list[tuple[Any, str]] = [(data, path)]
    while pending:
        node, prefix = pending.pop()
        if isinstance(node, MarkedMap):
            for key, value in node.items():
                name = f"{prefix}.{key}" if prefix else key
                yield name, node.lines.get(key, node.line)
                if isinstance(value, (MarkedMap, MarkedList)):
                    pending.append((value, name))
        elif isinstance(node, MarkedList):
            for number, (value, line) in enumerate(zip(node, node.lines, strict=True)):
                name = f"{prefix}[{number}]"
                yield name, line
                if isinstance(value, (MarkedMap, MarkedList)):
                    pending.append((value, name))
