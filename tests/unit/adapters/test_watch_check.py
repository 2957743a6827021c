"""What a bot beside the program says of its watch, asked of real servers on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.adapters.metrics import Metrics
from bot.adapters.watch_check import ALL_SECONDS, check
from bot.core.snapshot import RESOURCES
from bot.core.watch_report import Absence, WatchReport

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[int, list[BaseHTTPRequestHandler]]]:
    """Serve every GET; yield the port and the requests."""
    requests: list[BaseHTTPRequestHandler] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self)
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_port, requests
        finally:
            server.shutdown()
            thread.join()


def text(data: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def of(answer: Answer) -> WatchReport:
    with serving(answer) as (port, _):
        report = check(port, 300.0)
        assert report.address == f"127.0.0.1:{port}"
    return report


def exposition(ages: dict[str, float] | None, fill: Callable[[Metrics], None] = lambda _: None) -> bytes:
    metrics = Metrics()
    metrics.watch("unshim_view_age_seconds", "Age of the last good view", lambda: 1.0)
    fill(metrics)
    lines = [f'unshim_kind_age_seconds{{resource="{kind}"}} {age}' for kind, age in (ages or {}).items()]
    gauge = "# HELP unshim_kind_age_seconds x\n# TYPE unshim_kind_age_seconds gauge\n" + "\n".join(lines) + "\n"
    return metrics.exposition() + (gauge.encode() if ages is not None else b"")


ALL = dict.fromkeys(RESOURCES, 1.0)


def test_a_bot_that_sees_every_kind() -> None:
    report = of(text(exposition({**ALL, "jobs": 7.25})))
    assert report.absence is None
    assert report.unseen == ()
    assert report.oldest == ("jobs", 7.25)
    assert (report.relists, report.failures, report.odd) == ((), (), ())
    assert report.is_fine


def test_what_went_wrong_is_counted_over_all_kinds_and_odd_events_by_kind() -> None:
    def fill(metrics: Metrics) -> None:
        metrics.relist("pods", "expired")
        metrics.relist("jobs", "expired")
        metrics.relist("jobs", "another cluster")
        metrics.failed("pods", "timeout")
        metrics.event("pods", "added", 500)
        metrics.event("pods", "repeated", 2)
        metrics.event("pods", "malformed")
        metrics.event("nodes", "unknown")
        metrics.event("nodes", "backwards", 3)

    report = of(text(exposition(ALL, fill)))
    assert report.relists == (("expired", 2), ("another cluster", 1))
    assert report.failures == (("timeout", 1),)
    assert report.odd == (
        ("nodes", (("backwards", 3), ("unknown", 1))),
        ("pods", (("repeated", 2), ("malformed", 1))),
    )
    assert report.is_fine


def test_a_kind_without_an_age_is_not_seen() -> None:
    ages = {**ALL, "pods": float("nan")}
    del ages["jobs"]
    report = of(text(exposition(ages)))
    assert report.unseen == ("jobs", "pods")
    assert not report.is_fine


def test_a_bot_that_was_told_nothing_so_far_sees_nothing() -> None:
    report = of(text(exposition({})))
    assert report.absence is None
    assert report.unseen == RESOURCES
    assert report.oldest is None
    assert not report.is_fine


def test_a_kind_that_was_not_heard_for_long_is_old() -> None:
    report = of(text(exposition({**ALL, "nodes": 300.5})))
    assert report.is_stale
    assert not report.is_fine


def test_a_bot_that_watches_nothing_says_so() -> None:
    report = of(text(exposition(None)))
    assert report.absence is Absence.UNWATCHED
    assert report.is_fine


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(text(b"unshim_view_age_seconds 1\n", 503), id="no-200"),
        pytest.param(text(b"", 302, Location="/elsewhere"), id="redirect"),
        pytest.param(text(b"<html>hello</html>"), id="page"),
        pytest.param(text(b"\xff\xfe\x00"), id="bytes"),
        pytest.param(text(b'unshim_view_age_seconds{a="'), id="half-a-line"),
        pytest.param(text(b"unshim_view_age_seconds one\n"), id="no-number"),
        pytest.param(text(b"# TYPE\n# HELP\n{}\n"), id="half-a-comment"),
        pytest.param(text(b"process_cpu_seconds_total 1\n"), id="metrics-of-others"),
        pytest.param(text(b"# " + b"x" * 5_000_000), id="endless"),
    ],
)
def test_another_program_is_no_bot(answer: Answer) -> None:
    report = of(answer)
    assert report.absence is Absence.OTHER
    assert report.is_fine


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        report = check(free.getsockname()[1], 300.0)
    assert report.absence is Absence.SILENT
    assert report.is_fine
    assert check(0, 300.0).absence is Absence.SILENT


def test_who_says_nothing_is_not_waited_for() -> None:
    stop = threading.Event()
    started = time.monotonic()
    with serving(lambda _: bool(stop.wait(10)) and None) as (port, _):
        assert check(port, 300.0).absence is Absence.SILENT
        stop.set()
    assert time.monotonic() - started < ALL_SECONDS + 2


def test_who_talks_for_ever_is_not_listened_to_for_ever() -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not stop.wait(0.1):
            request.wfile.write(b"# still here\n")

    started = time.monotonic()
    with serving(drip) as (port, _):
        assert check(port, 300.0).absence is Absence.OTHER
        stop.set()
    assert time.monotonic() - started < ALL_SECONDS + 2


def test_no_proxy_and_no_token_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(text(exposition(ALL))) as (port, requests):
        assert check(port, 300.0).absence is None
    (request,) = requests
    assert request.path == "/metrics"
    assert {name.lower() for name in request.headers} <= {"host", "accept-encoding", "user-agent"}


def test_numbers_that_are_none_count_nothing() -> None:
    wrong = b'unshim_relists_total{resource="pods",cause="x"} NaN\nunshim_read_failures_total{cause="y"} +Inf\n'
    report = of(text(exposition({**ALL, "pods": float("-inf"), "jobs": -5.0}) + wrong))
    assert (report.relists, report.failures) == ((), ())
    assert report.unseen == ("pods",)
    assert dict(report.ages)["jobs"] == 0.0
