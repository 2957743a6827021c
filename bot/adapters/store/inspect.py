"""What ``check`` asks of the database: whether the bot could keep things there. Leaves nothing behind."""

import os

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import rehearse, state
from bot.core.kept import StoreReport
from bot.errors import StoreError


def inspect(database: Database, days: int) -> StoreReport:
    """Return what was found. ``days``: how long feedback is to be kept."""
    path, place = database.path, database.place
    if path is not None:
        # Of os.path, since these methods of Path raise below a folder that may not be entered.
        exists = os.path.exists(path)
        if not os.path.isdir(path.parent):
            return StoreReport(place, "folder", "", is_new=True, days=days)
        # The file alone is not enough: its log is made beside it.
        if not os.access(path.parent, os.W_OK | os.X_OK) or (exists and not os.access(path, os.R_OK | os.W_OK)):
            return StoreReport(place, "read-only", "", is_new=not exists, days=days)
        if not exists:
            return StoreReport(place, "", "", is_new=True, days=days)
    try:
        found = state(database)
        if found != "newer":
            rehearse(database)
    except StoreError as error:
        return StoreReport(place, "failed", str(error.values.get("reason", "")), is_new=False, days=days)
    return StoreReport(place, "newer" if found == "newer" else "", "", is_new=found == "empty", days=days)
