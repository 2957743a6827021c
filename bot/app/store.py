"""The store, built from the settings. Imported only by what needs it, since it brings SQLAlchemy with it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store.accepting import AcceptanceRows
from bot.adapters.store.changing import Changes
from bot.adapters.store.dating import DateRows
from bot.adapters.store.engine import Database
from bot.adapters.store.inspect import inspect
from bot.adapters.store.keeping import Store
from bot.adapters.store.rows import Rows
from bot.adapters.store.schema import migrate, revision
from bot.adapters.store.subscribing import SubscriptionRows
from bot.app import now as real_now
from bot.core.kept import StoreReport
from bot.errors import SettingsError, StoreError
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything the running bot keeps, in one database.

    Args:
        store: what costs no answer; close it at the end.
        changes: the same rows as `subscriptions` and `dates`, and the exceptions, for those who change them and wait.
    """

    store: Store
    database: Database
    subscriptions: SubscriptionRows
    dates: DateRows
    changes: Changes


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did: which database it was, and its revision before (None: it was empty) and after."""

    place: str
    before: str | None
    after: str


def open_store(settings: Settings, now: Callable[[], datetime] = real_now) -> Store:
    """Return the store of the running bot alone; arguments and errors as of `open_kept`."""
    return open_kept(settings, now).store


def open_kept(settings: Settings, now: Callable[[], datetime] = real_now) -> Kept:
    """Return what the running bot keeps, its tables up to date.

    One that cannot be opened says so in the log and is tried again every now and then: the bot answers without it.
    The methods of its store are those of `handlers.ports.Store`.

    Raises: SettingsError: the URL cannot be read.
    """
    database = _database(settings)
    store = Store(Rows(database, settings.feedback_days, now))
    store.start()
    subscriptions, dates = SubscriptionRows(database, now), DateRows(database, now)
    changes = Changes(store, subscriptions, dates, AcceptanceRows(database, now))
    return Kept(store, database, subscriptions, dates, changes)


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


def open_acceptances(settings: Settings, now: Callable[[], datetime] = real_now) -> AcceptanceRows:
    """Return the exceptions that a bot keeps, for a command; `close` them at the end.

    Raises:
        SettingsError: there is no such file, or the URL cannot be read.
        StoreError: the database cannot be opened.
    """
    rows = open_rows(settings, now)
    rows.close()
    return AcceptanceRows(_database(settings), now)


def check_store(settings: Settings, now: Callable[[], datetime] = real_now) -> StoreReport | None:
    """Return whether the bot can keep things, and which posts did not come; None where nothing of Slack is set."""
    slack = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    if not any(slack):
        return None
    database = _database(settings)
    try:
        return inspect(database, settings.feedback_days, now())
    finally:
        database.close()


def upgrade(settings: Settings) -> Upgraded:
    """Bring the tables up to date, as the bot does when it starts, and return what that changed.

    Raises:
        SettingsError: the URL cannot be read.
        StoreError: the database cannot be written, or is that of a newer release; nothing was changed.
    """
    database = _database(settings)
    try:
        # Where there is no file yet, looking would make an empty one that anybody may read.
        database.make_file()
        before = revision(database)
        migrate(database)
        return Upgraded(database.place, before, revision(database) or "")
    finally:
        database.close()


def _database(settings: Settings) -> Database:
    return Database(settings.database_url.get_secret_value())
