"""Fixtures: what the integration tests have, for the program as a process."""

from itertools import count

import psycopg
import pytest

from tests.integration.conftest import apiserver, assets, cluster, deployed, mode, no_settings, server, slack
from tests.integration.postgres import PostgresServer

__all__ = ["apiserver", "assets", "cluster", "deployed", "mode", "no_settings", "server", "slack"]

_numbers = count()


@pytest.fixture
def database_url(server: PostgresServer) -> str:
    """Return the URL of an empty database on the PostgreSQL server."""
    name = f"unshim_{next(_numbers)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.url(name)
