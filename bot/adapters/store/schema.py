"""The tables brought up to date when the bot starts, by alembic; knows no row."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import deliveries
from bot.errors import StoreError

#: Any number, the same for every replica: they migrate one after the other.
_LOCK = 0x756E_7368_696D


def migrate(database: Database) -> None:
    """Run the migrations that are missing, all or none of them.

    Raises: StoreError: the database cannot be written, or is that of a newer release.
    """
    database.make_file()
    with database.writing() as connection:
        _upgrade(database, connection)


def rehearse(database: Database) -> None:
    """Run the migrations that are missing, write a row, and undo both: whoever may do that can keep things.

    Raises: StoreError: as `migrate`, or because rows cannot be written.
    """
    with database.writing() as connection:
        _upgrade(database, connection)
        key = {"key": f"rehearsal {uuid4()}", "at": datetime.now(UTC)}
        connection.execute(deliveries.insert().values(key))
        connection.rollback()


def revision(database: Database) -> str | None:
    """Return the revision of the tables, None where there are none. Raises: StoreError: it cannot be read."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def state(database: Database) -> Literal["empty", "behind", "current", "newer"]:
    """Return how far the migrations are. Raises: StoreError: the database cannot be read."""
    found = revision(database)
    script = ScriptDirectory.from_config(_configuration())
    if found is None:
        return "empty"
    if found not in {known.revision for known in script.walk_revisions()}:
        return "newer"
    return "current" if found == script.get_current_head() else "behind"


def _upgrade(database: Database, connection: Connection) -> None:
    if not database.is_sqlite:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    found = MigrationContext.configure(connection).get_current_revision()
    if found == ScriptDirectory.from_config(configuration).get_current_head():
        return
    # Now, and not before: a bot that finds nothing to migrate must not wait without an end for a server that froze.
    database.lift_limits(connection)
    try:
        command.upgrade(configuration, "head")
    except CommandError as error:
        raise StoreError("store-newer", place=database.place) from error


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return configuration
