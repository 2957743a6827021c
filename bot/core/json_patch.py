"""JSON Patches (RFC 6902) as values, and as a command that can be pasted. Applies nothing."""

import json
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from bot.core.workloads import WorkloadKey

_FIELD = re.compile(r"[A-Za-z]+(?:\[[0-9]+\])?(?:\.[A-Za-z]+(?:\[[0-9]+\])?)*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")

#: What a shell, Slack and a terminal do not all leave alone, even between single quotes: JSON writes it as an escape.
_ESCAPED = re.compile(r"['`<>&\x7f]")

Value = str | dict[str, str]


class Operation(Struct, frozen=True):
    """One operation of a JSON Patch: ``test``, ``replace``, ``add`` or ``remove``, which has no value."""

    op: str
    path: str
    value: Value | None = None

    @property
    def data(self) -> dict[str, Value]:
        """The operation as JSON has it."""
        return {"op": self.op, "path": self.path, **({"value": self.value} if self.value is not None else {})}


def changed(path: str, old: str, new: str) -> Iterator[Operation]:
    """Yield the replacement of one value by another, and the test that it is still there."""
    yield Operation("test", path, old)
    yield Operation("replace", path, new)


def pointer(field: str) -> str | None:
    """Return a field as a JSON Pointer, None for one that is no plain path of a spec."""
    return known_pointer(field) if field.startswith("spec.") and _FIELD.fullmatch(field) else None


def known_pointer(field: str) -> str:
    """Return a field that is a plain path as a JSON Pointer."""
    return "/" + re.sub(r"\[([0-9]+)\]", r"/\1", field).replace(".", "/")


def in_order(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the tests, then what is replaced, added and removed, the last of a list first."""
    distinct: dict[tuple[str, str, str], Operation] = {}
    for operation in operations:
        distinct.setdefault((operation.op, operation.path, str(operation.value)), operation)
    kept = sorted((o for o in distinct.values() if o.op in ("test", "replace")), key=lambda o: o.op != "test")
    for op in ("add", "remove"):
        kept += sorted((o for o in distinct.values() if o.op == op), key=lambda o: _numbers(o.path), reverse=True)
    return tuple(kept)


def command(key: WorkloadKey, operations: tuple[Operation, ...]) -> tuple[str, ...] | None:
    """Return the lines of a kubectl command for a shell; None where a name is none that Kubernetes allows.

    The API group is left out: the kinds that are patched have one that kubectl prefers.
    """
    if not all(_NAME.fullmatch(name) for name in (key.name, key.namespace or "default", key.kind.lower())):
        return None
    where = f" -n {key.namespace}" if key.namespace else ""
    *body, last = [_line(operation) for operation in operations]
    first = f"kubectl{where} patch {key.kind.lower()} {key.name} --type=json -p='["
    return (first, *(f"{line}," for line in body), last, "]'")


def _numbers(path: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in path.split("/"))


def _line(operation: Operation) -> str:
    text = json.dumps(operation.data, ensure_ascii=True, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
