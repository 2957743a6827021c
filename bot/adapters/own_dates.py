"""The file of a team's own dates, UNSHIM_MILESTONES_FILE: TOML to values, read again when it changes."""

import os
import re
import threading
import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from bot.adapters.knowledge import LANGUAGES
from bot.core.affects import Affects
from bot.core.milestones import Milestone
from bot.core.own_dates import FILE, NewMilestone, OwnDate, find, problem
from bot.core.runtimes import Runtime
from bot.core.versions import parse
from bot.errors import SettingsError

_Version = Annotated[str, msgspec.Meta(pattern=r"^v?\d{1,4}\.\d{1,4}(\.\d{1,6})?\Z")]
#: Begins with a letter, so that none looks like a version.
_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9.-]{0,62}\Z")]
_Language = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(LANGUAGES)})$")]
_Title = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=150)]
_Source = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500)]
_Note = Annotated[str, msgspec.Meta(max_length=300)]


class _Clause(msgspec.Struct, forbid_unknown_fields=True):
    runtime: Runtime | None = None
    kubelet_from: _Version | None = None
    kubelet_below: _Version | None = None
    runtime_version_from: _Version | None = None
    runtime_version_below: _Version | None = None
    findings: list[str] = []


class _Date(msgspec.Struct, forbid_unknown_fields=True):
    version: _Version
    date: date
    note: _Note = ""


class _Milestone(msgspec.Struct, forbid_unknown_fields=True):
    id: _Id
    title: _Title | dict[_Language, _Title]
    date: date
    kind: Literal["end-of-support", "plan"]
    source: _Source
    affects: list[_Clause] = []
    note: _Note = ""


T = TypeVar("T", _Date, _Milestone)

#: The tables of the file.
_TABLES = ("date", "milestone")


class OwnDatesFile:
    """The own dates of a file. While the bot runs, a file that cannot be used leaves what was read last.

    Args:
        path: the file; it is read at once.
        calendar: what its dates take the place of.
        codes: the rule codes there are.

    Raises: SettingsError: the file cannot be used; names the entry and the field.
    """

    def __init__(self, path: str, calendar: Sequence[Milestone], codes: Collection[str]) -> None:
        self.path = path
        self._calendar = calendar
        self._codes = codes
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._dates = read(path, calendar, codes)

    def current(self) -> tuple[OwnDate, ...]:
        """Return the dates, read anew where the file has changed; what is wrong with it is logged once."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._dates = read(self.path, self._calendar, self._codes)
                except SettingsError as error:
                    _log().warning("milestones file not taken: its last good dates stay", why=error.key, **error.values)
                else:
                    _log().info("milestones file read", path=self.path, dates=len(self._dates))
            return self._dates


def read(path: str, calendar: Sequence[Milestone], codes: Collection[str]) -> tuple[OwnDate, ...]:
    """Return the dates of a file, in its order: overriding ones, then new milestones.

    Raises: SettingsError: the file cannot be read, or an entry of it cannot be used.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError("dates-unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise SettingsError("dates-not-toml", path=path, reason="not UTF-8") from error
    return _Reader(path, calendar, codes).dates(text)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """Return what tells one state of a file from another, None where it cannot be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class _Reader:
    """Reads one file; its errors name the entry they are about."""

    def __init__(self, path: str, calendar: Sequence[Milestone], codes: Collection[str]) -> None:
        self._path = path
        self._calendar = calendar
        self._codes = codes

    def dates(self, text: str) -> tuple[OwnDate, ...]:
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._no_toml(text, str(error)) from error
        for name, entries in data.items():
            if name not in _TABLES or not isinstance(entries, list):
                raise SettingsError("dates-table", path=self._path, field=name)
        found: dict[str, OwnDate] = {}
        for table in _TABLES:
            for number, item in enumerate(data.get(table, ()), start=1):
                named = item.get("id") if isinstance(item, Mapping) else None
                entry = f"[[{table}]] {number}" + (f" ({named})" if isinstance(named, str) else "")
                own = self._date(item, entry) if table == "date" else self._milestone(item, entry)
                self._check(own, entry)
                milestone = find(self._calendar, own.target)
                key = milestone.id if milestone else own.target
                if key in found:
                    raise self._error("dates-twice", entry, "version" if own.new is None else "id", target=own.target)
                found[key] = own
        return tuple(found.values())

    def _check(self, own: OwnDate, entry: str) -> None:
        if wrong := problem(self._calendar, own):
            key, field = ("dates-unknown", "version") if own.new is None else ("dates-taken", "id")
            raise self._error(key, entry, field, target=wrong.target, known=", ".join(wrong.known))

    def _date(self, item: Any, entry: str) -> OwnDate:
        made = self._made(item, _Date, entry)
        return OwnDate(_minor(made.version), made.date, FILE, made.note)

    def _milestone(self, item: Any, entry: str) -> OwnDate:
        made = self._made(item, _Milestone, entry)
        given = made.title
        titles = given if isinstance(given, dict) else dict.fromkeys(LANGUAGES, given)
        if not titles:
            raise self._error("dates-missing", entry, "title")
        for clause in made.affects:
            for code in clause.findings:
                if code not in self._codes:
                    known = ", ".join(sorted(self._codes))
                    raise self._error("dates-unknown", entry, "affects.findings", target=code, known=known)
        first = next(iter(titles.values()))
        new = NewMilestone(
            titles={language: titles.get(language, first) for language in LANGUAGES},
            kind=made.kind,
            affects=tuple(_affects(clause) for clause in made.affects),
            reference=made.source,
        )
        return OwnDate(made.id, made.date, FILE, made.note, new=new)

    def _made(self, item: Any, kind: type[T], entry: str) -> T:
        try:
            return msgspec.convert(item, kind, builtin_types=(date, datetime))
        except msgspec.ValidationError as error:
            raise self._invalid(str(error), entry) from error

    def _invalid(self, message: str, entry: str) -> SettingsError:
        """Return the error for what msgspec found: ``Expected `str`, got `float` - at `$.version```."""
        reason, _, place = message.partition(" - at `$")
        place = place.rstrip("`").lstrip(".")
        field = re.search(r"(missing required|unknown) field `([^`]*)`", reason)
        if field is None:
            return self._error("dates-wrong", entry, place or "?", reason=reason.replace("`", ""))
        key = "dates-missing" if field[1].startswith("missing") else "dates-field"
        return self._error(key, entry, ".".join(part for part in (place, field[2]) if part))

    def _no_toml(self, text: str, message: str) -> SettingsError:
        """Return the error for what is no TOML, of an impossible day with its entry and field."""
        line = re.search(r"at line (\d+)", message)
        if line is None or not message.startswith("Invalid date"):
            return SettingsError("dates-not-toml", path=self._path, reason=message)
        above = text.splitlines()[: int(line[1])]
        field = re.match(r"\s*([\w.-]+)\s*=", above[-1])
        headers = [found[1] for found in (re.match(r"\s*\[\[\s*(\w+)\s*\]\]", item) for item in above) if found]
        entry = f"[[{headers[-1]}]] {headers.count(headers[-1])}" if headers else f"line {line[1]}"
        return self._error("dates-wrong", entry, field[1] if field else "date", reason=message)

    def _error(self, key: str, entry: str, field: str, **values: str) -> SettingsError:
        return SettingsError(key, path=self._path, entry=entry, field=field, **values)


def _minor(version: str) -> str:
    found = parse(version)
    return found.short if found else version


def _affects(clause: _Clause) -> Affects:
    def version(text: str | None) -> Any:
        return parse(text) if text else None

    return Affects(
        runtime=clause.runtime,
        kubelet_from=version(clause.kubelet_from),
        kubelet_below=version(clause.kubelet_below),
        runtime_version_from=version(clause.runtime_version_from),
        runtime_version_below=version(clause.runtime_version_below),
        findings=tuple(clause.findings),
    )


def _log() -> Any:
    import structlog  # imported here: it is a tenth of what a command takes, and only a file that changed is logged

    return structlog.get_logger(__name__)
