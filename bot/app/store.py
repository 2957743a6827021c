"""The store, built from the settings; imported by what needs it, since it brings SQLAlchemy with it."""

from collections.abc import Callable
from datetime import datetime

from bot.adapters.store import Store
from bot.app import now as real_now
from bot.settings import Settings


def open_store(settings: Settings, now: Callable[[], datetime] = real_now) -> Store:
    """Return the store; one that cannot be opened says so in the log, and is tried again later. Never raises.

    Its methods are those of FeedbackStore, ThreadMemory and Deliveries of `handlers.ports`; `close` it at the end.
    """
    return Store(settings.feedback_days, now)
