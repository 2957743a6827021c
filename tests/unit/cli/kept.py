"""A database as a bot leaves it behind, on a real file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import load_settings
from bot.app.store import open_store
from bot.core.kept import Feedback, Remembered, Unanswered, Why

ALICE, BOB, EVE = "U0ALICE", "U0BOB", "U0EVE"
CAKE = "who eats the docker cake"
MOVED = "결제 팀은 언제 옮기나요"

#: Text that a terminal obeys, should it ever have come into the database: the bot takes it out on the way in.
HOSTILE = "clear\x1b[2J bell\x07 turned\u202eround line\nbreak nul\x00"


def unanswered(question: str, *users: str, days_ago: float = 0, why: Why = Why.NOT_UNDERSTOOD) -> None:
    """Let each user ask a question that got no answer, one time for each mention of the user."""
    store = open_store(load_settings(), now=lambda: datetime.now(UTC) - timedelta(days=days_ago))
    try:
        for user in users:
            store.note_unanswered(Unanswered(user, "ko" if question == MOVED else "en", question, why))
    finally:
        store.close()


def rated(question: str, *users: str, words: str = "nodes docker", is_good: bool = False) -> None:
    """Let each user rate an answer."""
    store = open_store(load_settings())
    try:
        for number, user in enumerate(users):
            key = f"C0GENERAL:{question}:{number}"
            assert store.rate(Feedback(user, user, key, "en", question, "nodes", words, is_good))
    finally:
        store.close()


def talked(*users: str) -> None:
    """Let each user ask in a thread."""
    store = open_store(load_settings())
    try:
        for number, user in enumerate(users):
            store.remember("C0GENERAL", str(number), Remembered(user, "nodes", "nodes docker", "en"))
            store.choose(user, ["payments"], "1")
    finally:
        store.close()


def rows(path: Path, statement: str, values: Sequence[str] = ()) -> list[tuple[object, ...]]:
    """Run a statement on the file behind the program's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()
