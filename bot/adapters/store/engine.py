"""One database behind one door: connections, transactions, and their failures as StoreError. Knows no table."""

import os
import threading
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


class Database:
    """A SQLite file or a PostgreSQL database. Nothing is opened before the first transaction.

    SQLite: one writer at a time, a rollback journal, removed rows overwritten. WAL would be faster, but is unsafe on a
    network file system, and the few rows a minute here need no speed (sqlite.org "Write-Ahead Logging", 2026-11-25).
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
        """Open a transaction that is kept when the block ends, and undone when it fails. Raises: StoreError."""
        with (
            self._failures(),
            self._one_writer(),
            self._engine.connect() as connection,
            connection.execution_options(unshim_writes=True).begin(),
        ):
            yield connection

    def make_file(self) -> None:
        """Make the file, if it is one and is not there, for its owner alone. Raises: StoreError: it cannot be made."""
        if self.path is None:
            return
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreError("store-failed", place=self.place, reason=error.strerror or "OSError") from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

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
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (DataError, IntegrityError) as error:  # the row, not the database; PostgreSQL's text quotes it
            raise StoreError("store-refused", place=self.place, reason=type(error).__name__) from None
        except SQLAlchemyError as error:
            raise StoreError("store-failed", place=self.place, reason=_said(error, self._url)) from error


def _with_driver(url: URL) -> URL:
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


def _sqlite(url: URL) -> Engine:
    # No parameters in errors: they hold what people asked.
    engine = create_engine(url, hide_parameters=True, pool_timeout=BUSY_SECONDS, connect_args={"timeout": BUSY_SECONDS})

    # Python's sqlite3 begins transactions by rules of its own, late; these two make it leave that to us.
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = DELETE", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer takes the lock at once and waits for it; one that began as a reader would be refused without a wait.
        is_writer = connection.get_execution_options().get("unshim_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
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
