"""What ``check`` asks of the database: whether the bot could keep things there. Changes nothing, makes no file."""

import os

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import state
from bot.core.kept import StoreReport
from bot.errors import StoreError


def inspect(database: Database, days: int) -> StoreReport:
    """Return what was found. ``days``: how long feedback is to be kept."""
    path, place = database.path, database.place
    if path is not None:
        if not path.parent.is_dir():
            return StoreReport(place, "folder", "", is_new=True, days=days)
        # The file alone is not enough: the journal is made beside it.
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            return StoreReport(place, "read-only", "", is_new=not path.exists(), days=days)
        if not path.exists():
            return StoreReport(place, "", "", is_new=True, days=days)
    try:
        with database.writing():
            pass  # takes the lock of a writer, and gives it back
        found = state(database)
    except StoreError as error:
        return StoreReport(place, "failed", str(error.values.get("reason", "")), is_new=False, days=days)
    return StoreReport(place, "newer" if found == "newer" else "", "", is_new=found == "empty", days=days)
