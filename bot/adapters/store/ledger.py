"""The post ledger as rows: every step is one statement that holds only for whoever still has the claim."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Row, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import posts
from bot.core.masking import clean
from bot.reminders.ports import Claim, Entry, Outcome, Part, Slot, State

#: Rows are kept for so long after they were due: longer than anything looks back.
POSTS_KEPT = timedelta(days=400)

_STATES, _PARTS = frozenset(map(str, State)), frozenset(map(str, Part))

_log = structlog.get_logger(__name__)

_OPEN = tuple(str(state) for state in State if state.is_open)


class PostLedger:
    """What was posted for which occurrence; see `bot.reminders.ports.Ledger`. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, slot: Slot, due_at: datetime, now: datetime, until: datetime) -> Claim | None:
        """Claim a slot that has no row yet; None when it has one."""
        claim = Claim(slot, uuid4().hex, uuid4().hex, until)
        return claim if self._insert(slot, due_at, now, until, claim, State.CLAIMED, "", None) else None

    def write(self, slot: Slot, due_at: datetime, now: datetime, outcome: Outcome) -> bool:
        """Write a row that needs no claim; False when the slot has one."""
        return self._insert(slot, due_at, now, now, None, outcome.state, outcome.code, now)

    def take_over(self, entry: Entry, now: datetime, until: datetime) -> Claim | None:
        """Claim a row whose lease is over; None when another replica was faster.

        Of one that may have been sent the state says so until it is known: whoever takes over from here must know, too.
        """
        holder = uuid4().hex
        state = State.UNKNOWN if entry.state in (State.SENDING, State.UNKNOWN) else State.CLAIMED
        taken = (
            update(posts)
            .where(*_is(entry.slot), posts.c.state == str(entry.state), posts.c.lease_until <= now)
            .where(or_(posts.c.not_before.is_(None), posts.c.not_before <= now))
            .values(holder=holder, lease_until=until, state=str(state), not_before=None)
        )
        return Claim(entry.slot, holder, entry.post_id, until) if self._did(taken) else None

    def begin(
        self, claim: Claim, now: datetime, until: datetime, parts: tuple[Part, ...], about: tuple[str, ...] = ()
    ) -> bool:
        """Note that it may be sent from now on, and hold the claim until then; False when it does not hold any more."""
        begun = (
            update(posts)
            .where(*_is(claim.slot), posts.c.holder == claim.holder, posts.c.lease_until > now)
            .values(state=str(State.SENDING), lease_until=until, parts=_joined(parts), about=json.dumps(about))
        )
        return self._did(begun)

    def settle(self, claim: Claim, now: datetime, outcome: Outcome) -> bool:
        """Write how it ended, or goes on; False when the claim was taken over meanwhile."""
        values: dict[str, Any] = {
            "state": str(outcome.state),
            "code": clean(outcome.code),
            "not_before": outcome.not_before,
            "lease_until": now,
            "settled_at": None if outcome.state.is_open else now,
        }
        if outcome.ts is not None:
            values["ts"] = outcome.ts
        if outcome.parts:
            values["parts"] = _joined(outcome.parts)
        return self._did(update(posts).where(*_is(claim.slot), posts.c.holder == claim.holder).values(values))

    def rows(self, since: datetime) -> Sequence[Entry]:
        """Return the rows that were due since then, and all that are open."""
        wanted = or_(posts.c.at >= since, posts.c.state.in_(_OPEN))
        with self._database.reading() as connection:
            found = connection.execute(select(posts).where(wanted).order_by(posts.c.at, posts.c.occurrence)).all()
        return [entry for row in found if (entry := _entry(row)) is not None]

    def told(self, slots: Sequence[Slot], now: datetime) -> None:
        """Note that it was told what became of these."""
        keys = [(slot.channel, slot.occurrence, str(slot.part)) for slot in slots]
        key = tuple_(posts.c.channel, posts.c.occurrence, posts.c.part)
        with self._database.writing() as connection:
            connection.execute(update(posts).where(key.in_(keys)).values(told_at=now))

    def purge(self, now: datetime) -> None:
        """Remove what is too old: by the newest row as well, so that a clock far ahead empties nothing."""
        with self._database.writing() as connection:
            newest = connection.execute(select(func.max(posts.c.at))).scalar()
            if newest is not None:
                old = posts.c.at < min(now, newest) - POSTS_KEPT
                connection.execute(delete(posts).where(old, posts.c.state.not_in(_OPEN)))

    def _insert(
        self,
        slot: Slot,
        due_at: datetime,
        now: datetime,
        until: datetime,
        claim: Claim | None,
        state: State,
        code: str,
        settled_at: datetime | None,
    ) -> bool:
        insert = sqlite.insert(posts) if self._database.is_sqlite else postgresql.insert(posts)
        statement = insert.values(
            channel=slot.channel,
            occurrence=slot.occurrence,
            part=str(slot.part),
            at=due_at,
            state=str(state),
            post_id=claim.post_id if claim else "",
            holder=claim.holder if claim else "",
            claimed_at=now,
            lease_until=until,
            settled_at=settled_at,
            code=clean(code),
            parts="",
            about="[]",
        )
        # Counted by what comes back: SQLAlchemy leaves the row count of an INSERT to the driver, which may not know it.
        claimed: Any = statement.on_conflict_do_nothing().returning(posts.c.channel)
        with self._database.writing() as connection:
            return connection.execute(claimed).first() is not None

    def _did(self, statement: Any) -> bool:
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1


def _is(slot: Slot) -> tuple[Any, ...]:
    return (posts.c.channel == slot.channel, posts.c.occurrence == slot.occurrence, posts.c.part == str(slot.part))


def _joined(parts: tuple[Part, ...]) -> str:
    return ",".join(parts)


def _entry(row: Row[Any]) -> Entry | None:
    """Return a row as a value; None for one of a newer version, which only that knows to go on with."""
    if row.state not in _STATES or not {row.part, *filter(None, row.parts.split(","))} <= _PARTS:
        _log.warning("row of the post ledger not known", channel=row.channel, occurrence=row.occurrence)
        return None
    return Entry(
        slot=Slot(row.channel, row.occurrence, Part(row.part)),
        state=State(row.state),
        post_id=row.post_id,
        due_at=row.at,
        claimed_at=row.claimed_at,
        lease_until=row.lease_until,
        not_before=row.not_before,
        ts=row.ts,
        code=row.code,
        parts=tuple(Part(part) for part in row.parts.split(",") if part),
        told_at=row.told_at,
        about=tuple(json.loads(row.about)),
    )
