"""An object with fields of wrong types, judged as far as possible: they are mended or left out, and named."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw

from bot.adapters.marked import MarkedMap

T = TypeVar("T")

#: How many fields of one object are mended before it is given up.
MENDED: Final = 50

_WHERE: Final = re.compile(r" - at `\$([^`]*)`$")
_MISSING: Final = re.compile(r"missing required field `([^`]*)`")
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def decode(data: MarkedMap, read: Callable[[Raw], T]) -> tuple[T | None, tuple[str, ...]]:
    """Return what ``read`` makes of an object, and the paths of what had to be mended for that.

    A number or a bool where Kubernetes takes a string becomes its text; what else does not fit is left out, and what
    is missing is empty. ``data`` is changed.

    Args: read: raises msgspec.DecodeError, or UnicodeDecodeError, for what it does not take.
    """
    mended: dict[str, None] = {}
    for _ in range(MENDED):
        try:
            return read(Raw(msgspec.json.encode(data))), tuple(mended)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            path = _mend(data, str(error))
            if path is None:
                return None, (*mended, "")
            mended[path] = None
    return None, tuple(mended)


def _mend(data: MarkedMap, message: str) -> str | None:
    """Change what an error names; return its path, None where that cannot be told."""
    where = _WHERE.search(message)
    path = where[1].removeprefix(".") if where else ""
    if "[...]" in path:  # a value of labels or annotations, whose object is not named where it is decoded by itself
        return "metadata" if _mend_texts(data) else None
    steps: list[str | int] = [int(step[2]) if step[2] else step[1] for step in _STEP.finditer(path)]
    missing = _MISSING.search(message)
    if missing:
        target = _at(data, steps)
        if not isinstance(target, dict) or missing[1] in target:
            return None
        target[missing[1]] = MarkedMap(data.line) if missing[1] == "metadata" else ""
        return f"{path}.{missing[1]}".lstrip(".")
    if not steps:
        return None
    parent, last = _at(data, steps[:-1]), steps[-1]
    if isinstance(parent, dict) and isinstance(last, str) and last in parent:
        text = _text(parent[last]) if "Expected `str" in message else None
        if text is None:
            del parent[last]
        else:
            parent[last] = text
        return path
    if isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        text = _text(parent[last]) if "Expected `str" in message else None
        parent[last] = text if text is not None else "" if "Expected `str" in message else MarkedMap(data.line)
        return path
    return None


def _at(data: Any, steps: list[str | int]) -> Any:
    for step in steps:
        if isinstance(step, str) and isinstance(data, dict):
            data = data.get(step)
        elif isinstance(step, int) and isinstance(data, list) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return bytes(value).decode() if isinstance(value, Raw) else None


def _mend_texts(data: Any) -> bool:
    """Make every label and annotation below a string; return whether any was none."""
    pending, changed = [data], False
    while pending:
        node = pending.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if key in ("labels", "annotations") and isinstance(value, dict):
                for name, text in list(value.items()):
                    if not isinstance(text, str):
                        value[name], changed = _text(text) or "", True
            elif isinstance(value, (dict, list)):
                pending.append(value)
    return changed
