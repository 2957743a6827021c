"""The store, built from the settings. Imported only by what needs it, since it brings SQLAlchemy with it."""

import os
from collections.abc import Callable
from datetime import datetime

from bot.adapters.store.engine import Database
from bot.adapters.store.inspect import inspect
from bot.adapters.store.keeping import Store
from bot.adapters.store.rows import Rows
from bot.app import now as real_now
from bot.core.kept import StoreReport
from bot.errors import SettingsError, StoreError
from bot.settings import Settings


def open_store(settings: Settings, now: Callable[[], datetime] = real_now) -> Store:
    """Return the store of the running bot, its tables up to date.

    One that cannot be opened says so in the log and is tried again every now and then: the bot answers without it.
    Its methods are those of `handlers.ports.Store`; `close` it at the end.

    Raises: SettingsError: the URL cannot be read.
    """
    store = Store(_rows(settings, now))
    store.start()
    return store


def open_rows(settings: Settings, now: Callable[[], datetime] = real_now) -> Rows:
    """Return the rows that a bot has kept, for a command; `close` them at the end.

    Opening removes nothing: how long things are kept is the bot's to decide, whose settings a shell may not have.

    Raises:
        SettingsError: there is no such file, or the URL cannot be read.
        StoreError: the database cannot be opened.
    """
    database = _database(settings)
    # Of os.path, since the method of Path raises below a folder that may not be entered.
    if database.path is not None and not os.path.exists(database.path):
        raise SettingsError("store-missing", path=str(database.path))
    rows = Rows(database, settings.feedback_days, now)
    try:
        rows.prepare()
    except StoreError:
        rows.close()
        raise
    return rows


def check_store(settings: Settings) -> StoreReport | None:
    """Return whether the bot can keep things; None where nothing of Slack is set, so that there is no bot."""
    slack = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    if not any(slack):
        return None
    database = _database(settings)
    try:
        return inspect(database, settings.feedback_days)
    finally:
        database.close()


def _rows(settings: Settings, now: Callable[[], datetime]) -> Rows:
    return Rows(_database(settings), settings.feedback_days, now)


def _database(settings: Settings) -> Database:
    return Database(settings.database_url.get_secret_value())
