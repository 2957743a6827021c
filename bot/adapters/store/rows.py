"""The rows: what is kept, for how long, and in what words; every question is masked on its way in."""

import json
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, Table, delete, distinct, func, literal, select, tuple_, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import migrate
from bot.adapters.store.tables import (
    audit,
    choices,
    deliveries,
    exceptions,
    feedback,
    own_dates,
    snoozes,
    subscriptions,
    takers,
    threads,
    unanswered,
)
from bot.core.kept import Feedback, Forgotten, OpenQuestion, Remembered, Unanswered
from bot.core.masking import clean, masked, without_secrets

THREADS_KEPT = timedelta(hours=24)
DELIVERIES_KEPT = timedelta(hours=1)

#: Old rows are removed at most this often, and at most so many of a table at once.
PURGE_EVERY = timedelta(minutes=1)
PURGE_ROWS = 10_000

#: Most rows of questions, so that nobody fills the disk with them; the oldest go first.
MOST_ROWS = 50_000

DOWN_VOTED = "down-voted"


class Rows:
    """Reads and writes rows. Every method raises StoreError when the database fails.

    Args:
        feedback_days: how long feedback and unanswered questions are kept; 0: not at all.
        now: the time, aware.
    """

    def __init__(self, database: Database, feedback_days: int, now: Callable[[], datetime]) -> None:
        self._database = database
        self._kept = timedelta(days=feedback_days)
        self._now = now
        self._purge_lock = threading.Lock()
        self._purged_at: datetime | None = None

    @property
    def keeps_feedback(self) -> bool:
        """Whether feedback and unanswered questions are kept at all."""
        return self._kept > timedelta(0)

    @property
    def place(self) -> str:
        """Where the database is."""
        return self._database.place

    def prepare(self) -> None:
        """Bring the tables up to date."""
        # Connections from before a failure may lead to a file that was replaced, or to a server that only reads now.
        self._database.close()
        migrate(self._database)

    def purge(self) -> None:
        """Remove what is too old, however lately that was done: a database that only reads is found out here."""
        with self._database.writing() as connection:
            self._purged_at = None
            self._purge(connection)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def rate(self, given: Feedback) -> None:
        """Keep a verdict in place of the user's earlier one on the same message."""
        values = {
            "at": self._now(),
            "asker_id": clean(given.asker),
            "language": given.language,
            "question": masked(given.question),
            "kind": clean(given.kind),
            "words": masked(given.words),
            "is_good": given.is_good,
        }
        insert = self._insert(feedback).values(user_id=clean(given.user), message_key=clean(given.key), **values)
        with self._database.writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["user_id", "message_key"], set_=values))
            self._purge(connection)

    def note_unanswered(self, given: Unanswered) -> None:
        """Keep a question, or count it once more. One of nothing but mentions is not kept."""
        question = masked(given.question)
        if not question:
            return
        values = {"at": self._now(), "language": given.language}
        insert = self._insert(unanswered).values(
            user_id=clean(given.user), question=question, why=str(given.why), times=1, **values
        )
        counted = {**values, "times": unanswered.c.times + 1}
        with self._database.writing() as connection:
            connection.execute(
                insert.on_conflict_do_update(index_elements=["user_id", "question", "why"], set_=counted)
            )
            self._purge(connection)

    def remember(self, channel: str, thread: str, said: Remembered) -> None:
        """Keep what a thread is about now."""
        values = {
            "at": self._now(),
            "user_id": clean(said.user),
            "language": said.language,
            "kind": clean(said.kind),
            "words": without_secrets(said.words),
        }
        insert = self._insert(threads).values(channel=clean(channel), thread=clean(thread), **values)
        with self._database.writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["channel", "thread"], set_=values))
            self._purge(connection)

    def recall(self, channel: str, thread: str) -> Remembered | None:
        """Return what a thread was about in the last 24 hours."""
        wanted = select(threads).where(
            threads.c.channel == clean(channel),
            threads.c.thread == clean(thread),
            threads.c.at > self._now() - THREADS_KEPT,
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return Remembered(row.user_id, row.kind, row.words, row.language)

    def choose(self, user: str, namespaces: Sequence[str], order: str) -> None:
        """Keep what somebody chose, unless they have chosen since: two choices may arrive the wrong way round.

        Args:
            order: of the choice, as text sorts. Nothing chosen leaves no row.
        """
        chosen = json.dumps([clean(name) for name in namespaces], ensure_ascii=False)
        values = {"at": self._now(), "namespaces": chosen, "chosen_at": clean(order)}
        insert = self._insert(choices).values(user_id=clean(user), **values)
        is_newer = choices.c.chosen_at <= values["chosen_at"]
        with self._database.writing() as connection:
            if namespaces:
                upsert = insert.on_conflict_do_update(index_elements=["user_id"], set_=values, where=is_newer)
                connection.execute(upsert)
            else:
                connection.execute(delete(choices).where(choices.c.user_id == clean(user), is_newer))

    def chosen(self, user: str) -> tuple[str, ...]:
        """Return what somebody chose; nothing when they did not."""
        with self._database.reading() as connection:
            found = connection.execute(select(choices.c.namespaces).where(choices.c.user_id == clean(user))).scalar()
        return tuple(json.loads(found)) if found else ()

    def claim(self, keys: Sequence[str]) -> bool:
        """Claim a delivery; False when any key was claimed within the hour, by whichever process."""
        # In one order everywhere: two that claim the same keys wait for each other, not both for ever.
        # Counted by what comes back: SQLAlchemy leaves the row count of an INSERT to the driver, which may not know it.
        wanted = sorted({clean(key) for key in keys})
        if not wanted:
            return True
        now = self._now()
        insert = self._insert(deliveries).values([{"key": key, "at": now} for key in wanted])
        insert = insert.on_conflict_do_nothing().returning(deliveries.c.key)
        old = delete(deliveries).where(deliveries.c.key.in_(wanted), deliveries.c.at <= now - DELIVERIES_KEPT)
        with self._database.writing() as connection:
            connection.execute(old)
            claimed = len(connection.execute(insert).all())
            self._purge(connection)
        return claimed == len(wanted)

    def forget(self, user: str) -> Forgotten:
        """Remove every row of a person, and what others thought of answers to them, which holds their words."""
        person = clean(user)
        with self._database.writing() as connection:
            is_theirs = (feedback.c.user_id == person) | (feedback.c.asker_id == person)
            removed = [connection.execute(delete(feedback).where(is_theirs)).rowcount]
            for table in (unanswered, threads, choices):
                removed.append(connection.execute(delete(table).where(table.c.user_id == person)).rowcount)
            removed.append(_forget_settings(connection, person))
        self._database.empty_log()
        return Forgotten(*removed)

    def open_questions(self, order: Literal["newest", "frequent"], limit: int) -> list[OpenQuestion]:
        """Return unanswered and down-voted questions, each once, however many asked it."""
        found = union_all(_unanswered(self._now() - self._kept), _down_voted(self._now() - self._kept)).subquery()
        newest, frequent = found.c.last_at.desc(), found.c.times.desc()
        first = (newest, frequent) if order == "newest" else (frequent, newest)
        with self._database.reading() as connection:
            rows = connection.execute(select(found).order_by(*first, found.c.question, found.c.why).limit(limit)).all()
        return [OpenQuestion(**row._mapping) for row in rows]

    def _insert(self, table: Table) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)

    def _purge(self, connection: Connection) -> None:
        """Remove rows that are too old, or too many; at most once a minute."""
        now = self._now()
        with self._purge_lock:
            if self._purged_at is not None and now - self._purged_at < PURGE_EVERY:
                return
            self._purged_at = now
        for table, kept in (
            (feedback, self._kept),
            (unanswered, self._kept),
            (threads, THREADS_KEPT),
            (deliveries, DELIVERIES_KEPT),
        ):
            keys = tuple(table.primary_key.columns)
            old = select(*keys).where(table.c.at <= now - kept).limit(PURGE_ROWS)
            connection.execute(delete(table).where(tuple_(*keys).in_(old)))
        for table in (feedback, unanswered):
            # By time, not by id: a question asked again keeps its id, and PostgreSQL spends one each time.
            newest_first = select(table.c.id).order_by(table.c.at.desc(), table.c.id.desc())
            connection.execute(delete(table).where(table.c.id.in_(newest_first.offset(MOST_ROWS).limit(PURGE_ROWS))))


def _forget_settings(connection: Connection, person: str) -> int:
    """Remove what is a person's own of digests and dates, take the name from what is a channel's, and count both."""
    is_own = (subscriptions.c.user_id == person) & subscriptions.c.channel.startswith("D", autoescape=True)
    count = connection.execute(delete(subscriptions).where(is_own)).rowcount
    count += connection.execute(delete(takers).where(takers.c.user_id == person)).rowcount
    for table in (subscriptions, own_dates, snoozes, exceptions, audit):
        count += connection.execute(update(table).where(table.c.user_id == person).values(user_id="")).rowcount
    return count


def _unanswered(since: datetime) -> Select[Any]:
    columns = unanswered.c
    return (
        select(
            columns.why,
            columns.language,
            columns.question,
            literal("").label("kind"),
            literal("").label("words"),
            func.sum(columns.times).label("times"),
            func.count(distinct(columns.user_id)).label("users"),
            func.max(columns.at).label("last_at"),
        )
        .where(columns.at > since)
        .group_by(columns.why, columns.language, columns.question)
    )


def _down_voted(since: datetime) -> Select[Any]:
    columns = feedback.c
    return (
        select(
            literal(DOWN_VOTED).label("why"),
            columns.language,
            columns.question,
            columns.kind,
            columns.words,
            func.count().label("times"),
            func.count(distinct(columns.user_id)).label("users"),
            func.max(columns.at).label("last_at"),
        )
        .where(~columns.is_good, columns.at > since)
        .group_by(columns.language, columns.question, columns.kind, columns.words)
    )
