"""A connection to PostgreSQL that is given up when the server does not answer. Imported only for such a database."""

from typing import TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # named by the reference of Connection.wait; its parent says too little

_T = TypeVar("_T")


class AnsweringConnection(psycopg.Connection):
    """Waits so long for each statement, BEGIN, COMMIT and ROLLBACK, and is closed for good when no answer came.

    For a server whose processes are stopped or whose disk hangs: its own limits hang with it, and its kernel goes on to
    acknowledge what is sent, so that those of TCP never end.

    Attributes:
        seconds: longest that one of them is waited for, its rows included; None: as long as it takes.
    """

    seconds: float | None = None

    def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """Wait for what is under way. Raises: psycopg.Error: it failed, or there was no answer in time."""
        limit = self.seconds if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout as error:
            # Whoever used it next would read the answer to this. Closing waits for nothing (libpq's socket does not
            # block), and SQLAlchemy's pool drops a connection that is closed.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {limit:g} s") from error
