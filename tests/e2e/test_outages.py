"""A database that is away, locked or full while posts are due: questions are answered, and the posts follow, once."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.adapters.store.engine import Database
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.schema import migrate
from bot.adapters.store.subscribing import SubscriptionRows
from bot.core.kept import Actor
from bot.core.subscriptions import EVERY_DAY, Subscription
from bot.playground.slack import SlackSimulator
from bot.reminders.ports import Part, State
from tests.e2e.plan import cluster
from tests.e2e.quarter import HISTORY_SCOPES
from tests.e2e.stepped import Replicas
from tests.integration.bots import answer_to, tokens_of
from tests.integration.postgres import PostgresServer

CHANNELS = [f"C0DAY{n}" for n in range(3)]

START = datetime(2026, 11, 2, 8, 50, tzinfo=UTC)
DUE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass
class Running:
    """Replicas with daily digests for three channels."""

    slack: SlackSimulator
    replicas: Replicas
    url: str
    ids: list[int]

    @property
    def posted(self) -> list[str]:
        """Return the channels of the digests so far."""
        return sorted(said.channel for said in self.slack.messages if said.metadata and said.thread_ts is None)

    def move(self, to: datetime) -> None:
        """Move the clock, and wait until a replica has looked at what is due then, in vain or not."""
        self.replicas.clock.move(to)
        self.slack.wait_for(lambda: self.replicas.clock.was_looked_at(len(self.ids)), 60)

    def ask(self) -> None:
        """Ask something, and get an answer."""
        assert "Docker" in answer_to(self.slack, lambda: self.slack.command("status")).text

    def settle(self) -> None:
        """Let everything come to its end: looks, leases, pauses."""
        for _ in range(6):
            self.move(self.replicas.clock() + timedelta(seconds=75))

    def check(self) -> None:
        """Fail unless each channel has got its digest once, and the ledger knows."""
        assert self.posted == CHANNELS
        database = Database(self.url)
        rows = PostLedger(database).rows(START)
        database.close()
        messages = [(row.slot.channel, row.state) for row in rows if row.slot.part is Part.MESSAGE]
        assert sorted(messages) == [(channel, State.SENT) for channel in CHANNELS]


@contextmanager
def running(slack: SlackSimulator, folder: Path, url: str, replicas: int) -> Iterator[Running]:
    """Start replicas on an empty database, ten minutes before three digests are due."""
    slack.scopes = slack.scopes | HISTORY_SCOPES
    database = Database(url)
    database.make_file()
    migrate(database)
    rows = SubscriptionRows(database, lambda: START)
    for channel in CHANNELS:
        slack.add_channel(channel, channel.lower())
        slack.invite(channel)
        assert rows.put(Subscription(channel, START, EVERY_DAY, time(9)), None, Actor(), "digest on")
    database.close()
    env = {
        **tokens_of(slack, "socket"),
        "UNSHIM_DATABASE_URL": url,
        "UNSHIM_HTTP_HOST": "127.0.0.1",
        "UNSHIM_HTTP_PORT": "0",
        "UNSHIM_REFRESH_SECONDS": "3600",
        "UNSHIM_STALE_SECONDS": "86400",
    }
    with Replicas(folder, cluster(folder), env) as started:
        slack.workspace.clock = started.clock.timestamp
        started.clock.move(START)
        found = Running(slack, started, url, [started.start(number) for number in range(replicas)])
        slack.wait_connections(replicas, 20)
        yield found
        events = {entry.get("event") for entry in started.log()}
        assert "channel failed" not in events


def test_postgresql_that_is_away_when_posts_are_due_delays_them_and_no_answer(
    slack: SlackSimulator, server: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    with running(slack, tmp_path, database_url, 2) as bot:
        bot.ask()
        server.stop()
        try:
            bot.move(DUE)
            bot.ask()
            bot.move(DUE + timedelta(hours=2))
            bot.ask()
            assert bot.posted == []
        finally:
            server.start()
        slack.wait_for(lambda: bot.posted == CHANNELS, 20)
        bot.ask()
        bot.settle()
        bot.check()


def test_postgresql_that_goes_away_while_posts_are_on_their_way_doubles_none(
    slack: SlackSimulator, server: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    slack.faults.delay("chat.postMessage", 1.0)
    with running(slack, tmp_path, database_url, 2) as bot:
        bot.replicas.clock.move(DUE)
        slack.wait_for(lambda: len(bot.posted) == 3)
        server.stop()  # Slack has the posts, and nobody can write that down
        slack.faults.clear()
        try:
            bot.move(DUE + timedelta(minutes=2))
            bot.ask()
        finally:
            server.start()
        bot.settle()
        bot.check()


def test_postgresql_that_freezes_while_posts_are_due_delays_them_and_no_answer(
    slack: SlackSimulator, server: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    """It takes connections, and answers nothing: each look at what is due has to give up by itself."""
    with running(slack, tmp_path, database_url, 2) as bot:
        bot.ask()
        with server.frozen():
            bot.move(DUE)
            bot.ask()
            bot.move(DUE + timedelta(minutes=2))
            bot.ask()
            assert bot.posted == []
        bot.settle()
        bot.check()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a database, as a backup that hangs does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(process: int) -> Iterator[None]:
    """Let a process write nothing beyond the first byte of any file; what is there can be read, as on a full disk."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("how", ["locked", "full"])
@pytest.mark.parametrize("when", ["due", "sent"])
def test_a_file_that_cannot_be_written_for_a_while_delays_posts_and_no_answer(
    slack: SlackSimulator, tmp_path: Path, how: str, when: str
) -> None:
    path = tmp_path / "unshim.db"
    with running(slack, tmp_path, f"sqlite:///{path}", 1) as bot, ExitStack() as trouble:
        bot.ask()
        if when == "sent":
            slack.faults.delay("chat.postMessage", 1.0)
            bot.replicas.clock.move(DUE)
            slack.wait_for(lambda: len(bot.posted) == 3)
        trouble.enter_context(locked(path) if how == "locked" else full(bot.ids[0]))
        slack.faults.clear()
        bot.move(DUE + timedelta(minutes=2))
        bot.ask()
        assert len(bot.posted) == (3 if when == "sent" else 0)
        trouble.close()
        bot.move(DUE + timedelta(minutes=10))
        bot.settle()
        bot.check()
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
