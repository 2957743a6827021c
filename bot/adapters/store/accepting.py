"""Exceptions as rows: who accepted which findings until when, and which of them do not hold any more."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.auditing import note
from bot.adapters.store.engine import Database
from bot.adapters.store.subscribing import Commit, always
from bot.adapters.store.tables import exceptions
from bot.core.exceptions import Acceptance
from bot.core.kept import Actor
from bot.core.masking import clean, masked
from bot.core.workloads import WorkloadKey

_KEY = ("namespace", "kind", "name", "api_group", "code")

_log = structlog.get_logger(__name__)


class AcceptanceRows:
    """Reads and writes exceptions; what people wrote is masked on its way in. Methods raise StoreError.

    Args:
        now: the time, aware.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    @property
    def place(self) -> str:
        """Which database it is, without its password."""
        return self._database.place

    def close(self) -> None:
        """Close the connections, for a command that is at its end."""
        self._database.close()

    def accepted(self) -> Sequence[Acceptance]:
        """Return all of them, also those that are over, by namespace, kind, name and code."""
        with self._database.reading() as connection:
            rows = connection.execute(select(exceptions)).all()
        found = [each for row in rows if (each := _acceptance(row)) is not None]
        return sorted(found, key=lambda each: each.sort_key)

    def accept(self, accepted: Iterable[Acceptance], who: Actor, commit: Commit = always) -> Sequence[Acceptance]:
        """Keep exceptions, all or none, in place of earlier ones of the same findings, which are returned."""
        earlier = []
        with self._database.writing() as connection:
            for each in accepted:
                before = self._one(connection, each.key, each.code)
                values = _values(each)
                statement = self._insert(exceptions).values(**_key(each.key, each.code), **values)
                connection.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=values))
                earlier_data = _data(before) if before is not None else None
                note(connection, self._now(), who, "excepted", each.subject, earlier_data, _data(each))
                if before is not None:
                    earlier.append(before)
            commit()
        return earlier

    def end(self, key: WorkloadKey, code: str, who: Actor, commit: Commit = always) -> Acceptance | None:
        """Remove an exception and return it; None when there was none."""
        with self._database.writing() as connection:
            earlier = self._one(connection, key, code)
            if earlier is not None:
                connection.execute(delete(exceptions).filter_by(**_key(key, code)))
                note(connection, self._now(), who, "exception ended", earlier.subject, _data(earlier), None)
                commit()
        return earlier

    def void(self, accepted: Iterable[Acceptance], commit: Commit = always) -> int:
        """Note that something else is found than was accepted, and return of how many that was not noted yet."""
        now, count = self._now(), 0
        with self._database.writing() as connection:
            for each in accepted:
                # Accepted anew meanwhile, it has another time: what was found then is not void.
                is_same = {**_key(each.key, each.code), "fingerprint": each.fingerprint, "voided_at": None}
                statement = update(exceptions).filter_by(**is_same).where(exceptions.c.at == each.made_at)
                if connection.execute(statement.values(voided_at=now)).rowcount == 1:
                    after = _data(replace(each, voided_at=now))
                    note(connection, now, Actor(), "exception void", each.subject, _data(each), after)
                    count += 1
            commit()
        return count

    def _one(self, connection: Connection, key: WorkloadKey, code: str) -> Acceptance | None:
        row = connection.execute(select(exceptions).filter_by(**_key(key, code))).first()
        return _acceptance(row) if row is not None else None

    def _insert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _key(key: WorkloadKey, code: str) -> dict[str, str]:
    values = (key.namespace, key.kind, key.name, key.group, code)
    return dict(zip(_KEY, map(clean, values), strict=True))


def _values(each: Acceptance) -> dict[str, Any]:
    return {
        "reason": masked(each.reason),
        "user_id": clean(each.by),
        "until": each.until.isoformat(),
        "fingerprint": clean(each.fingerprint),
        "at": each.made_at,
        "voided_at": each.voided_at,
    }


def _acceptance(row: Row[Any]) -> Acceptance | None:
    """Return a row as a value; one that is damaged is logged, and stops none of the others."""
    try:
        until = date.fromisoformat(row.until)
    except ValueError:
        _log.error("exception damaged, left out", about=f"{row.namespace}/{row.kind}/{row.name} {row.code}")
        return None
    key = WorkloadKey(row.namespace, row.kind, row.name, row.api_group)
    return Acceptance(key, row.code, row.reason, row.user_id, until, row.at, row.fingerprint, row.voided_at)


def _data(each: Acceptance) -> str:
    voided = {"voided_at": each.voided_at.isoformat()} if each.voided_at is not None else {}
    return json.dumps({"until": each.until.isoformat(), "reason": masked(each.reason), **voided})
