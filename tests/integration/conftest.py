"""Fixtures: one API server for the whole session, the login of the shipped ServiceAccount, and Slack's simulator."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from bot.playground.slack import SlackSimulator
from tests.integration.apiserver import ASSETS, ApiServer
from tests.integration.bots import Mode, cleared
from tests.integration.postgres import PostgresServer, find_programs

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


@pytest.fixture(scope="session", autouse=True)
def _quiet_log() -> Iterator[None]:
    """Keep the log of bots that run in this process out of the report; what is logged is tested with the program."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(*_: object) -> NoReturn:
    raise structlog.DropEvent


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide settings, logins and proxies of the tester from what runs in this process."""
    for name in set(os.environ) - set(cleared(os.environ)):
        monkeypatch.delenv(name)


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Return how Slack reaches the bot: each test runs in both modes."""
    found: Mode = request.param
    return found


@pytest.fixture
def slack(no_settings: None) -> Iterator[SlackSimulator]:
    """Yield a simulator; whatever a bot does that Slack only lets pass fails the test in the end."""
    with SlackSimulator(ack_seconds=1.0, retry_pauses=(0.0, 0.1, 0.2)) as simulator:
        yield simulator
        assert simulator.faults_found == []


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """Yield a running server, or skip."""
    programs = find_programs()
    if programs is None:
        reason = "no postgres in the PATH or below /usr/lib/postgresql: no PostgreSQL to test against"
        if request.config.getoption("--require-cluster"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Python ends at once on SIGTERM; an interrupt lets pytest tear down, which ends the server too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with PostgresServer(programs) as server:
            yield server
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def kubectl_program(request: pytest.FixtureRequest) -> str:
    """Return kubectl's path; where there is none, skip, or fail with ``--require-cluster``."""
    if (found := shutil.which("kubectl")) is not None:
        return found
    reason = "kubectl is not installed: nothing to ask or to tell the API server with"
    if request.config.getoption("--require-cluster"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def dump(kubectl_program: str, cluster: ApiServer, tmp_path: Path) -> Callable[[str], Path]:
    """Return what writes a file of what ``kubectl get KINDS -A -o json`` prints."""
    admin, file = cluster.kubeconfig(tmp_path / "admin", cluster.admin_token), tmp_path / "dump.json"
    command = [kubectl_program, "--kubeconfig", str(admin), "--cache-dir", str(tmp_path), "get", "-A", "-o", "json"]

    def write(kinds: str) -> Path:
        file.write_bytes(subprocess.run([*command, kinds], check=True, capture_output=True, timeout=60).stdout)
        return file

    return write
