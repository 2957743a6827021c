"""``unshim check`` beside a running bot: what it says of the bot's watch."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import Source
from bot.playground.slack import SlackSimulator
from tests.factories import make_node, make_pod
from tests.integration.bots import DEMO, ThreadBot
from tests.integration.program import Result, unshim
from tests.integration.watching import WatchServer

KINDS = 13


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    with SlackSimulator() as simulator:
        yield simulator


@pytest.fixture
def server() -> Iterator[WatchServer]:
    with WatchServer() as server:
        server.put("/api/v1/nodes", make_node("n1"))
        server.put("/api/v1/pods", make_pod("web"))
        yield server


def check(bot: ThreadBot, config: Path, language: str = "en") -> Result:
    env = {"UNSHIM_HTTP_PORT": str(bot.port), "UNSHIM_STALE_SECONDS": "60"}
    return unshim("check", "--lang", language, kubeconfig=config, env=env)


def wait_for(bot: ThreadBot, config: Path, line: str) -> Result:
    until = time.monotonic() + 20
    while line not in (result := check(bot, config)).out:
        assert time.monotonic() < until, result.out
    return result


def test_the_watch_of_the_bot_beside_it(slack: SlackSimulator, server: WatchServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    with ThreadBot(slack, "socket", Source(kubeconfig=str(config)), request_timeout_seconds=2.0) as bot:
        out = check(bot, config).out
        assert f"Watch: the running bot sees all {KINDS} kinds.\n" in out
        assert "since it started nothing failed" in out
        assert f"Watch: 실행 중인 봇이 {KINDS}종을 모두 보고 있습니다.\n" in check(bot, config, "ko").out

        server.inject("/api/v1/pods", b"this is no event\n")
        out = wait_for(bot, config, "listed again since it started: malformed event 1").out
        assert "odd events since it started: pods (malformed 1)" in out

        server.serve("/api/v1/nodes", False)
        server.drop("/api/v1/nodes")
        result = wait_for(bot, config, f"Watch: the running bot does not see 1 of {KINDS} kinds.\n")
        assert "not seen: nodes" in result.out
        assert "not-served" in result.out
        assert result.code == 1


def test_a_bot_that_watches_nothing(slack: SlackSimulator, server: WatchServer, tmp_path: Path) -> None:
    with ThreadBot(slack, "socket", DEMO) as bot:
        result = check(bot, server.kubeconfig(tmp_path / "kubeconfig"))
    assert "Watch: the bot beside this watches no cluster; it reads the demo or a file.\n" in result.out


def test_without_a_bot_one_line_says_so(slack: SlackSimulator, server: WatchServer, tmp_path: Path) -> None:
    with ThreadBot(slack, "socket", DEMO, is_awaited=False) as bot:
        pass
    result = check(bot, server.kubeconfig(tmp_path / "kubeconfig"))
    assert f"Watch: no bot runs beside this: nothing answers on 127.0.0.1:{bot.port}.\n" in result.out


@pytest.mark.usefixtures("slack")
def test_a_file_is_watched_by_nobody() -> None:
    assert "Watch" not in unshim("check", "--demo").out
