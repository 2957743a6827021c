"""A PostgreSQL server that froze: its processes stand still, its limits with them, and the kernel acknowledges all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, select

from bot.adapters.store import schema
from bot.adapters.store.engine import Database
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.schema import migrate
from bot.adapters.store.tables import deliveries
from bot.core.subscriptions import EVERY_DAY, Subscription
from bot.errors import StoreError
from bot.reminders.ports import State
from tests.integration.postgres import PostgresServer
from tests.unit.adapters.test_store import wait_for
from tests.unit.reminders.world import Clock, Slack, World

#: By then everything has ended that ends at all.
AT_ALL = 60.0

START = datetime(2026, 11, 2, 8, 50, tzinfo=UTC)

_numbers = count()


@pytest.fixture
def url(server: PostgresServer) -> str:
    """Return the URL of an empty database."""
    name = f"frozen_{next(_numbers)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.url(name)


@pytest.fixture
def database(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Yield a database with its tables that is waited for 2 s."""
    monkeypatch.setattr("bot.adapters.store.engine.ANSWER_SECONDS", 2)
    database = Database(url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def freezer(server: PostgresServer) -> Iterator[ExitStack]:
    """Yield what a frozen server is entered into; closed, the server goes on."""
    with ExitStack() as frozen:
        yield frozen


def ended(action: Callable[[], object]) -> BaseException | None:
    """Return what an action raised; fail when it does not end at all."""
    raised: list[BaseException | None] = []

    def run() -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  looked at by the test
            raised.append(error)
        else:
            raised.append(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(AT_ALL)
    assert raised, "it waits for the server without an end"
    return raised[0]


def keys(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(connection.execute(select(deliveries.c.key)).scalars())


@pytest.mark.parametrize("step", ["connect", "statement", "commit", "rollback"])
def test_every_step_of_a_transaction_ends_and_the_next_is_on_a_new_connection(
    database: Database, server: PostgresServer, freezer: ExitStack, step: str
) -> None:
    insert = deliveries.insert()

    def write(key: str, frozen_at: str) -> None:
        def freeze(here: str) -> None:
            if here == frozen_at:
                freezer.enter_context(server.frozen())

        freeze("connect")
        with database.writing() as connection:
            freeze("statement")
            connection.execute(insert.values(key=key, at=START))
            freeze("commit")
            if frozen_at == "rollback":
                freeze("rollback")
                raise ValueError

    write("before", "never")
    error = ended(lambda: write("lost", step))
    assert isinstance(error, StoreError)
    # Of a commit that was not answered nobody can tell; everything else was not kept.
    assert error.key == ("store-unsure" if step == "commit" else "store-failed")
    assert step == "connect" or error.values["reason"] == "no answer within 2 s"
    freezer.close()
    assert ended(lambda: write("after", "never")) is None
    kept = ["after", "before", "lost"] if step == "commit" else ["after", "before"]
    assert wait_for(lambda: keys(database) == kept)


#: What a tick with one post asks of the database, in this order, but for the limits and the check of a connection.
STEPS = ["rows", "claim", "commit of the claim", "begin", "commit of begin", "settle", "commit of settle"]


@pytest.mark.parametrize("step", STEPS)
def test_a_tick_ends_wherever_the_server_freezes_and_a_later_one_posts_once(
    database: Database, server: PostgresServer, freezer: ExitStack, step: str
) -> None:
    clock = Clock(START)
    slack = Slack(clock)
    world = World(clock, slack, database, [Subscription("C1", START, EVERY_DAY)])
    reminders = world.process()
    clock.wait(minutes=15)
    passed = iter(STEPS)

    def next_step() -> None:
        if next(passed, None) == step:
            freezer.enter_context(server.frozen())

    def executed(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if not statement.startswith("SET LOCAL"):
            next_step()

    def committed(_connection: Any) -> None:
        next_step()

    event.listen(database._engine, "before_cursor_execute", executed)
    event.listen(database._engine, "commit", committed)
    assert ended(reminders.tick) is None
    assert slack.calls == (1 if "settle" in step else 0)
    freezer.close()
    for _ in range(4):
        clock.wait(seconds=75)
        assert ended(reminders.tick) is None
    assert [row.state for row in PostLedger(database).rows(START)] == [State.SENT]
    assert slack.calls == 1


def test_a_migration_takes_as_long_as_it_takes_and_what_follows_does_not(
    url: str, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.store.engine.ANSWER_SECONDS", 3)
    monkeypatch.setattr("bot.adapters.store.engine.BUSY_SECONDS", 2)
    upgrade = schema.command.upgrade

    def slow(configuration: Any, to: str) -> None:
        configuration.attributes["connection"].exec_driver_sql("SELECT pg_sleep(4)")
        upgrade(configuration, to)

    monkeypatch.setattr(schema.command, "upgrade", slow)
    database = Database(url)
    migrate(database)
    assert keys(database) == []
    with server.frozen():
        assert isinstance(ended(lambda: keys(database)), StoreError)
    database.close()


def test_a_bot_that_finds_nothing_to_migrate_waits_only_so_long(
    database: Database, server: PostgresServer, freezer: ExitStack
) -> None:
    """As one that opens its store again while the server freezes."""

    def executed(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if "alembic_version" in statement:
            freezer.enter_context(server.frozen())

    event.listen(database._engine, "before_cursor_execute", executed)
    assert isinstance(ended(lambda: migrate(database)), StoreError)
