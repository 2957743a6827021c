"""Fixtures: one API server for the whole session, and the login of the shipped ServiceAccount."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apiserver import ASSETS, ApiServer

BASE = Path(__file__).parents[2] / "deploy" / "base"


@pytest.fixture(scope="session")
def assets(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the programs, or skip; for tests that start an `ApiServer` of their own."""
    folder = os.environ.get(ASSETS)
    if folder:
        return Path(folder)
    reason = f"{ASSETS} is not set: no kube-apiserver to test against"
    if request.config.getoption("--require-cluster"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def apiserver(assets: Path) -> Iterator[ApiServer]:
    """Yield a running API server, shared by all tests: see `cluster` for one that is cleaned up after each."""
    # Python ends at once on SIGTERM; an interrupt lets pytest tear down, which deletes the server's folder too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ApiServer() as server:
            yield server
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def cluster(apiserver: ApiServer) -> Iterator[ApiServer]:
    """Yield the shared API server and delete what the test created."""
    yield apiserver
    apiserver.reset()


@pytest.fixture(scope="session")
def deployed(apiserver: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apply deploy/base and return a kubeconfig that logs in as its ServiceAccount."""
    apiserver.apply_manifest(BASE)
    token = apiserver.service_account_token("unshim", "unshim")
    return apiserver.kubeconfig(tmp_path_factory.mktemp("kubeconfig") / "config", token)
