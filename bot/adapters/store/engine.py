"""One database behind one door: connections, transactions, and their failures as StoreError. Knows no table."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError

from bot.errors import SettingsError, StoreError

#: How long a connection, and then a lock, is waited for: an answer must not wait for more.
CONNECT_SECONDS, BUSY_SECONDS = 3, 5

#: How long PostgreSQL is waited for at each statement: more than it has itself, whose limits freeze with it.
ANSWER_SECONDS = 8

#: Of every SQLite connection. The log beside the file is emptied into it after so many pages of 4 kB.
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "wal_autocheckpoint = 100")


class Database:
    """A SQLite file or a PostgreSQL database. Nothing is opened before the first transaction.

    SQLite: one writer at a time beside any readers (WAL, so never on a network file system: sqlite.org "Write-Ahead
    Logging", 2026-11-25), a commit is on the disk before it counts, removed rows are overwritten.
    """

    def __init__(self, url: str) -> None:
        """Prepare the connections. Raises: SettingsError: the URL cannot be read."""
        try:
            self._url = _with_driver(make_url(url))
        except (ArgumentError, ValueError):  # whose text may hold a piece of the password
            raise SettingsError("settings", names="UNSHIM_DATABASE_URL") from None
        if self.is_sqlite and self._url.database in (None, "", ":memory:"):
            raise SettingsError("settings", names="UNSHIM_DATABASE_URL")
        self._engine = _sqlite(self._url) if self.is_sqlite else _postgresql(self._url)
        self._writer = threading.Lock()
        self._file: tuple[int, int] | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file, None for PostgreSQL."""
        return Path(self._url.database or "") if self.is_sqlite else None

    @property
    def place(self) -> str:
        """Where it is, without the password: a path, or ``host/database``."""
        return str(self.path) if self.is_sqlite else f"{self._url.host or 'localhost'}/{self._url.database or ''}"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads. Raises: StoreError."""
        with self._failures(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is kept when the block ends, and undone when it fails.

        Raises: StoreError: nothing was changed; or, ``store-unsure``, nobody can tell.
        """
        with (
            self._failures(),
            self._one_writer(),
            self._engine.connect() as connection,
            connection.execution_options(unshim_writes=True).begin() as transaction,
        ):
            self._check_file()
            yield connection
            if transaction.is_active:
                with self._unsure():
                    transaction.commit()

    def lift_limits(self, connection: Connection) -> None:
        """Let each further statement of a transaction take as long as it takes. Raises: StoreError."""
        if not self.is_sqlite:
            with self._failures():
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                driver = connection.connection.driver_connection
                if driver is not None:
                    driver.seconds = None

    def empty_log(self) -> None:
        """Bring a SQLite log into its file, so that what was removed stands nowhere any more. Raises: StoreError."""
        if self.is_sqlite:
            with self._failures(), self._one_writer(), self._engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")  # the transaction that was begun with the connection
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    def make_file(self) -> None:
        """Make the file, if it is one and is not there, for its owner alone. Raises: StoreError: it cannot be made."""
        if self.path is None:
            return
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreError("store-failed", place=self.place, reason=error.strerror or "OSError") from error

    def close(self) -> None:
        """Close every connection. The log of a file that was replaced goes: SQLite would play it into the new one."""
        self._engine.dispose()
        if self.path is not None and self._file is not None and _identity(self.path) not in (None, self._file):
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._file = None

    def _check_file(self) -> None:
        """Refuse to write where the file is not any more the one that was opened: what is written would be lost."""
        if self.path is None:
            return
        found = _identity(self.path)
        if self._file is None:
            self._file = found
        if found is None or found != self._file:
            reason = "the file is gone" if found is None else "the file was replaced"
            raise StoreError("store-failed", place=self.place, reason=reason)

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Keep threads of this process from waiting for each other inside SQLite, which polls."""
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise StoreError("store-failed", place=self.place, reason="busy")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _unsure(self) -> Iterator[None]:
        """Tell a commit that was refused from one of which nothing more was heard."""
        try:
            yield
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise StoreError("store-unsure", place=self.place, reason=_said(error, self._url)) from error

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (DataError, IntegrityError) as error:  # the row, not the database; PostgreSQL's text quotes it
            raise StoreError("store-refused", place=self.place, reason=type(error).__name__) from None
        except SQLAlchemyError as error:
            raise StoreError("store-failed", place=self.place, reason=_said(error, self._url)) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of its name, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _with_driver(url: URL) -> URL:
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


def _sqlite(url: URL) -> Engine:
    # No parameters in errors: they hold what people asked.
    engine = create_engine(url, hide_parameters=True, pool_timeout=BUSY_SECONDS, connect_args={"timeout": BUSY_SECONDS})

    # Python's sqlite3 begins transactions by rules of its own, late; these two make it leave that to us.
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            _set(connection, pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer takes the lock at once and waits for it; one that began as a reader would be refused without a wait.
        is_writer = connection.get_execution_options().get("unshim_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    from bot.adapters.store.answering import AnsweringConnection

    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=CONNECT_SECONDS,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "unshim",
            "tcp_user_timeout": BUSY_SECONDS * 1000,  # of a server that fell silent
            "prepare_threshold": None,  # PgBouncer may hand each transaction to another server
        },
    )

    @event.listens_for(engine, "do_connect")
    def connecting(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> AnsweringConnection:
        connection = AnsweringConnection.connect(*args, **kwargs)
        connection.seconds = ANSWER_SECONDS
        return connection

    @event.listens_for(engine, "checkin")
    def returned(connection: AnsweringConnection | None, _record: Any) -> None:
        if connection is not None:  # else it was given up
            connection.seconds = ANSWER_SECONDS

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # For this transaction alone, for the same reason.
        for limit in ("statement_timeout", "lock_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {limit} = '{BUSY_SECONDS}s'")

    return engine


def _said(error: SQLAlchemyError, url: URL) -> str:
    """Return what the database said, on one line and without the password."""
    said = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())[:200]
    return said.replace(str(url.password), "…") if url.password else said


def _set(connection: Any, pragma: str) -> None:
    """Set a pragma; for the lock that a change of journal mode needs, SQLite itself does not wait."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
