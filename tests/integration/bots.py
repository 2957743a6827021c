"""Starts the whole bot against the Slack simulator: in a thread of the test, or as the program itself."""

import contextlib
import gc
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from bot.adapters.slack_socket import Pace
from bot.app import Source, now
from bot.app.bot import Bot
from bot.playground.slack import Delivery, Message, SlackSimulator
from bot.settings import Settings

ROOT = Path(__file__).parents[2]

#: Probes never go through a proxy, whatever a test sets.
_OPENER = build_opener(ProxyHandler({}))

#: The databases; gone when the tests end.
_FILES = tempfile.TemporaryDirectory(prefix="unshim-tests-")

Mode = Literal["socket", "http"]

#: The demo cluster: read in milliseconds, never old.
DEMO = Source(is_demo=True)

#: A watch of the socket impatient enough for tests; the proportions are those of the real one.
QUICK = Pace(
    look_seconds=0.05,
    ping_seconds=0.2,
    lost_seconds=0.6,
    replace_seconds=0.8,
    settled_seconds=0.3,
    pause_seconds=0.05,
    pulse_seconds=0.4,
)


def settings_of(slack: SlackSimulator, mode: Mode, **others: Any) -> Settings:
    """Return settings for one simulator; nothing of the tester's own environment file is read."""
    given = {
        "http_host": "127.0.0.1",
        "http_port": 0,
        "refresh_seconds": 0.5,
        "cluster_name": "tested",
        "database_url": database_url(),
    }
    return Settings(_env_file=None, **{**tokens_of(slack, mode), **given, **others})


def database_url() -> str:
    """Return where a bot keeps things that no other bot knows of."""
    return f"sqlite:///{_FILES.name}/{uuid.uuid4()}.db"


def tokens_of(slack: SlackSimulator, mode: Mode) -> dict[str, str]:
    """Return the environment variables that say where Slack is, and by that which mode."""
    mine = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url}
    if mode == "socket":
        return {**mine, "SLACK_APP_TOKEN": slack.app_token}
    return {**mine, "SLACK_SIGNING_SECRET": slack.signing_secret}


class Probed:
    """What has health probes on a port of loopback."""

    port: int

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a GET."""
        return self.request("GET", path)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Return status and body of a request, whatever they are."""
        request = Request(f"http://127.0.0.1:{self.port}{path}", body, dict(headers or {}), method=method)
        try:
            with _OPENER.open(request, timeout=10) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels, 0 before it was counted; an AssertionError when there is none."""
        text = self.get("/metrics")[1]
        assert re.search(rf"^# TYPE {re.escape(name.removesuffix('_count'))} ", text, re.MULTILINE), f"no metric {name}"
        lines = [line for line in text.splitlines() if re.match(rf"{re.escape(name)}[ {{]", line)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def wait_ready(self, seconds: float = 10.0) -> None:
        """Return once /readyz says so. Raises: AssertionError: not in time; what it says instead."""
        self.wait_readyz(lambda status, text: status == 200, seconds)

    def wait_readyz(self, is_so: Callable[[int, str], bool], seconds: float = 10.0) -> str:
        """Return what /readyz says once that holds of it. Raises: AssertionError: not in time."""
        until = time.monotonic() + seconds
        while True:
            found = self.get("/readyz")
            if is_so(*found):
                return found[1]
            assert time.monotonic() < until, f"/readyz still answers {found}"
            time.sleep(0.02)


class ThreadBot(Probed):
    """A `Bot` in a thread. A context manager that stops it and re-raises what `run` raised.

    Args:
        is_awaited: enter only once /readyz says yes.
        source: the cluster; by default the demo.
        clock, tick_seconds: as of `Bot`.
        others: further settings.
    """

    def __init__(
        self,
        slack: SlackSimulator,
        mode: Mode,
        source: Source = DEMO,
        *,
        pace: Pace = QUICK,
        is_awaited: bool = True,
        clock: Callable[[], datetime] = now,
        tick_seconds: float | None = None,
        **others: Any,
    ) -> None:
        self.slack = slack
        self.is_awaited = is_awaited
        self.error: BaseException | None = None
        self.bot = Bot(settings_of(slack, mode, **others), source, pace=pace, clock=clock, tick_seconds=tick_seconds)
        self.port = self.bot.port
        if mode == "http":
            slack.events_url = f"http://127.0.0.1:{self.port}/slack/events"
        self.thread = threading.Thread(target=self._run, name="bot")

    def __enter__(self) -> Self:
        self.thread.start()
        try:
            if self.is_awaited:
                self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None and self.error is not None:
            raise self.error

    def stop(self, seconds: float = 20.0) -> None:
        """Stop it. Raises: AssertionError: it does not end."""
        self.bot.stop()
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "the bot does not end"
        gc.unfreeze()  # what the bot set apart for as long as its process lives is the tests' own

    def _run(self) -> None:
        try:
            self.bot.run()
        except BaseException as error:  # noqa: BLE001  handed to the test's thread
            self.error = error


class ProcessBot(Probed):
    """``unshim serve`` as a process; its log is read line by line as it comes. A context manager that kills it.

    Args: command: starts the bot in another way than from this checkout.
    """

    def __init__(self, *arguments: str, env: Mapping[str, str], command: Sequence[str] = ()) -> None:
        given = {
            "PYTHONUTF8": "1",
            "UNSHIM_HTTP_HOST": "127.0.0.1",
            "UNSHIM_HTTP_PORT": "0",
            "UNSHIM_DATABASE_URL": database_url(),
            **env,
        }
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [*(command or (sys.executable, "-m", "bot", "serve")), *arguments],
            cwd=ROOT,
            env={**cleared(os.environ), **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, name="log-reader", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    @property
    def port(self) -> int:  # type: ignore[override]  # the base sets it once; here the log tells it
        """The HTTP port, once the log tells it."""
        return int(self.wait_log("listening")["port"])

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log so far; every line is a JSON object."""
        with self._changed:
            return [json.loads(line) for line in self.lines]

    def wait_log(self, event: str, seconds: float = 20.0, **fields: Any) -> dict[str, Any]:
        """Return the first line of the log with that event and those fields. Raises: AssertionError: none in time."""
        until = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in self.lines:
                    with contextlib.suppress(ValueError):
                        entry: dict[str, Any] = json.loads(line)
                        if entry.get("event") == event and fields.items() <= entry.items():
                            return entry
                assert time.monotonic() < until, f"no {event!r} in the log:\n" + "\n".join(self.lines)
                self._changed.wait(0.1)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 20.0) -> int:
        """Return the exit code. Raises: subprocess.TimeoutExpired: it runs on."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()


def cleared(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without settings, logins and proxies of the tester."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("UNSHIM_", "SLACK_", "KUBECONFIG", "KUBERNETES_"))
        and not name.lower().endswith("_proxy")
    }


def answer_to(slack: SlackSimulator, say: Callable[[], Delivery]) -> Message:
    """Return the one message that comes of something said or clicked; Slack showed nobody an error."""
    before = len(slack.messages)
    delivery = say()
    (message,) = slack.wait_messages(before + 1)[before:]
    assert delivery.wait_ack()
    assert delivery.error is None
    return message


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database file."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def ordered(slack: SlackSimulator, words: str, n: int = 2, **how: Any) -> list[Message]:
    """Say something, and return the messages that come of it: to who said it, and to everybody."""
    before = len(slack.messages)
    delivery = slack.command(words, **how)
    found = slack.wait_messages(before + n)[before:]
    assert delivery.wait_ack()
    assert len(found) == n
    return found
