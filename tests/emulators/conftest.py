"""Fixtures: what `install.sh` brings, named by environment variables as .ci/run sets them."""

import logging
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

LOCAL_SLACK, EMULATE, TYPES = "UNSHIM_LOCAL_SLACK", "UNSHIM_EMULATE", "UNSHIM_SLACK_TYPES"


def _named(request: pytest.FixtureRequest, variable: str, what: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named).absolute()
    reason = f"{variable} is not set: no {what} (make emulators)"
    if request.config.getoption("--require-cluster"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def local_slack_binary(request: pytest.FixtureRequest) -> Path:
    """Return the program local-slack, or skip."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"local-slack is installed for Linux on x86_64 only, this is {platform.platform()}")
    return _named(request, LOCAL_SLACK, "local-slack to talk to")


@pytest.fixture(scope="session")
def emulate_script(request: pytest.FixtureRequest) -> Path:
    """Return the script of emulate, or skip."""
    return _named(request, EMULATE, "emulate to talk to")


@pytest.fixture(scope="session")
def node_modules(request: pytest.FixtureRequest) -> Path:
    """Return the folder that holds typescript and @slack/types, or skip."""
    return _named(request, TYPES, "folder with typescript and @slack/types")


@pytest.fixture(scope="session", autouse=True)
def quiet() -> Iterator[None]:
    """No log of what is refused on purpose and of connections that end with an emulator."""
    logger = logging.getLogger("slack_sdk")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)
