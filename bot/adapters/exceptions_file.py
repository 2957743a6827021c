"""Exceptions as YAML: what `except export` writes and `unshim exceptions import` and `unshim scan --exceptions` read.

A file is taken whole or not at all. Nothing in it is executed or looked up: plain values only.
"""

import codecs
import re
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from bot.adapters.marked import NodeError
from bot.adapters.yaml_nodes import plain, read_yaml
from bot.core.exceptions import LONGEST, REASON_CHARS, Acceptance, DayProblem, day_problem
from bot.core.targets import near
from bot.core.workloads import WorkloadKey
from bot.errors import UsageError

SCHEMA = "unshim.exceptions/v1"

#: Nobody accepts that much by hand; a file beyond it is something else.
MOST_BYTES, MOST_ENTRIES = 4_000_000, 10_000

_Word = Annotated[str, msgspec.Meta(pattern=r"^\S{1,253}\Z")]
#: As long as the store keeps a reason, in which what is masked may have become longer.
_Reason = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=REASON_CHARS)]
_Fingerprint = Annotated[str, msgspec.Meta(pattern=r"^v1:[0-9a-f]{32}\Z")]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


_BY_CHARS = 100


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    kind: _Word
    name: _Word
    code: _Word
    reason: _Reason
    until: date
    made_at: _Time
    fingerprint: _Fingerprint
    namespace: Annotated[str, msgspec.Meta(pattern=r"^\S{0,63}\Z")] = ""
    group: Annotated[str, msgspec.Meta(pattern=r"^\S{0,253}\Z")] = ""
    by: Annotated[str, msgspec.Meta(max_length=_BY_CHARS)] = ""
    voided_at: _Time | None = None


#: What each field takes that msgspec refused: the entry below ``error.``, and its values.
_TAKES: dict[str, tuple[str, dict[str, int]]] = {
    "until": ("exceptions-day", {}),
    "made_at": ("exceptions-time", {}),
    "voided_at": ("exceptions-time", {}),
    "fingerprint": ("exceptions-fingerprint", {}),
    "reason": ("exceptions-text", {"n": REASON_CHARS}),
    "by": ("exceptions-text", {"n": _BY_CHARS}),
    "": ("exceptions-entry", {}),
}

#: What is wrong with YAML in words that fit a file that is taken whole or not at all; what is not listed is no YAML.
_PROBLEMS = {
    "encoding": "exceptions-encoding",
    "duplicate": "exceptions-duplicate",
    "tab": "exceptions-tab",
    **dict.fromkeys(("deep", "key", "merge", "alias-unknown", "alias-cycle", "alias-bomb"), "exceptions-not-plain"),
}


class _Dumper(yaml.SafeDumper):
    """Writes a value that stands twice twice, not as a reference to the first."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return True."""
        return True


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Return a text in quotes where it would be read as something else: ``1e10`` is a number to kubectl."""
    is_text = plain(text) == text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_text else "'")


_Dumper.add_representer(str, _quoted)


def dump(accepted: Iterable[Acceptance], now: datetime) -> str:
    """Return exceptions as YAML, by namespace, kind, name and code."""
    entries = [_plain(each) for each in sorted(accepted, key=lambda each: each.sort_key)]
    head = f"# Exceptions of Unshim, exported {_time(now)}. The last day of each is that of UTC.\n"
    data = {"schema": SCHEMA, "exceptions": entries}
    return head + str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def read(path: str, codes: Collection[str], today: date) -> tuple[Acceptance, ...]:
    """Return the exceptions of a file in its order, those that expired among them; ``-`` for standard input.

    Args:
        codes: the rule codes there are.
        today: the UTC day from which the last one possible counts, as for those made in Slack.

    Raises: UsageError: it cannot be read, or something in it cannot be used; names the entry and the field.
    """
    try:
        data = sys.stdin.buffer.read(MOST_BYTES + 1) if path == "-" else _bytes(path)
    except OSError as error:
        raise UsageError("exceptions-unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    if len(data) > MOST_BYTES:
        raise UsageError("exceptions-large", path=path, n=MOST_BYTES)
    return _Reader(path, codes, today).accepted(data)


def _bytes(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MOST_BYTES + 1)


class _Reader:
    """Reads one file; its errors name the entry and the field they are about."""

    def __init__(self, path: str, codes: Collection[str], today: date) -> None:
        self._path = path
        self._codes = codes
        self._today = today

    def accepted(self, data: bytes) -> tuple[Acceptance, ...]:
        entries = self._entries(data)
        found: dict[tuple[WorkloadKey, str], int] = {}
        accepted = []
        for number, item in enumerate(entries, start=1):
            one = self._one(item, number)
            if (first := found.setdefault((one.key, one.code), number)) != number:
                raise self._error("exceptions-twice", number, "code", first=first, target=one.subject)
            accepted.append(one)
        return tuple(accepted)

    def _entries(self, data: bytes) -> list[Any]:
        documents = list(read_yaml(data.removeprefix(codecs.BOM_UTF8)))
        for document in documents:
            for error in document.errors:
                raise self._no_yaml(error)
        # A text of several documents is no such file, and neither is an empty one.
        loaded = msgspec.json.decode(msgspec.json.encode(documents[0].data)) if len(documents) == 1 else None
        entries = loaded.get("exceptions") if isinstance(loaded, dict) else None
        if not isinstance(loaded, dict) or loaded.get("schema") != SCHEMA or not isinstance(entries, list):
            raise UsageError("exceptions-schema", path=self._path, schema=SCHEMA)
        if unknown := loaded.keys() - {"schema", "exceptions"}:
            raise UsageError("exceptions-table", path=self._path, field=str(min(map(str, unknown))))
        if len(entries) > MOST_ENTRIES:
            raise UsageError("exceptions-large", path=self._path, n=MOST_ENTRIES)
        return entries

    def _one(self, item: Any, number: int) -> Acceptance:
        try:
            entry = msgspec.convert(item, _Entry)
        except msgspec.ValidationError as error:
            raise self._invalid(str(error), number) from error
        if entry.code not in self._codes:
            names = near(entry.code, self._codes)
            key = "exceptions-code-near" if names else "exceptions-code"
            raise self._error(key, number, "code", target=entry.code, near=", ".join(names))
        if day_problem(entry.until, self._today) is DayProblem.LATE:
            last = (self._today + LONGEST).isoformat()
            raise self._error("exceptions-late", number, "until", target=entry.until.isoformat(), last=last)
        return Acceptance(
            WorkloadKey(entry.namespace, entry.kind, entry.name, entry.group),
            entry.code,
            entry.reason,
            entry.by,
            entry.until,
            entry.made_at.astimezone(UTC),
            entry.fingerprint,
            entry.voided_at.astimezone(UTC) if entry.voided_at else None,
        )

    def _no_yaml(self, error: NodeError) -> UsageError:
        """Return the error for what is wrong with the YAML, in this file's own words."""
        key = _PROBLEMS.get(error.key, "exceptions-not-yaml")
        values = error.values if error.key == "duplicate" else {}
        return UsageError(key, path=self._path, line=error.line, **values)

    def _invalid(self, message: str, number: int) -> UsageError:
        """Return the error for what msgspec found: ``Expected `str`, got `int` - at `$.reason```."""
        reason, _, place = message.partition(" - at `$")
        place = place.rstrip("`").lstrip(".")
        field = re.search(r"(missing required|unknown) field `([^`]*)`", reason)
        if field is None:
            key, values = _TAKES.get(place, ("exceptions-word", {}))
            return self._error(key, number, place, **values)
        key = "exceptions-missing" if field[1].startswith("missing") else "exceptions-field"
        return self._error(key, number, field[2])

    def _error(self, key: str, number: int, field: str, **values: str | int) -> UsageError:
        return UsageError(key, path=self._path, entry=number, field=field, **values)


def _plain(each: Acceptance) -> dict[str, Any]:
    voided = {"voided_at": _time(each.voided_at)} if each.voided_at is not None else {}
    return {
        "kind": each.key.kind,
        **({"group": each.key.group} if each.key.group else {}),
        "namespace": each.key.namespace,
        "name": each.key.name,
        "code": each.code,
        "reason": each.reason,
        "by": each.by,
        "until": each.until,
        "made_at": _time(each.made_at),
        "fingerprint": each.fingerprint,
        **voided,
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
