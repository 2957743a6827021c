"""The whole bot where Slack is behind a proxy of the environment: the Web API and the socket both go through it."""

import socket
import threading
from collections.abc import Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

import pytest

from bot.adapters.slack_link import Link
from bot.errors import SlackError
from bot.playground.slack import SlackSimulator
from tests.integration.bots import ThreadBot


class Proxy(ThreadingTCPServer):
    """Passes connections on, and keeps the first line of each."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.lines: list[str] = []


class Passing(StreamRequestHandler):
    """One connection: ``CONNECT host:port``, or a request with a whole URL."""

    rbufsize = 0
    server: Proxy

    def handle(self) -> None:
        """Connect to where the first line says and copy in both directions."""
        line = self.rfile.readline()
        method, target, _ = line.decode().split(" ", 2)
        self.server.lines.append(f"{method} {target}")
        host, port = target.split(":") if method == "CONNECT" else (urlsplit(target).hostname, urlsplit(target).port)
        with socket.create_connection((host, int(port or 80))) as there:
            if method == "CONNECT":
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                there.sendall(line)
            back = threading.Thread(target=copy, args=(there, self.connection), daemon=True)
            back.start()
            copy(self.connection, there)
            back.join(5)


def copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until the source ends."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Yield a proxy."""
    with Proxy() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running
        running.shutdown()


def test_slack_is_reached_through_the_proxy(
    slack: SlackSimulator, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_address[1]}")
    with ThreadBot(slack, "socket", is_awaited=False):
        slack.wait_connections(1)
        slack.mention("status")
        assert slack.wait_messages(1)[0].text.startswith("20 of 30 nodes")
    sockets = [line for line in proxy.lines if line.startswith("CONNECT ")]
    assert sockets == [f"CONNECT 127.0.0.1:{slack._sockets.port}"]
    assert f"POST {slack.api_url}auth.test" in proxy.lines
    assert f"POST {slack.api_url}chat.postMessage" in proxy.lines


def test_a_host_that_needs_no_proxy_is_reached_without(
    slack: SlackSimulator, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadBot(slack, "socket"):
        slack.command("status")
        slack.wait_messages(1)
    assert proxy.lines == []


def test_a_proxy_that_is_not_there_is_slack_that_is_absent(
    slack: SlackSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with ThreadBot(slack, "socket", is_awaited=False) as bot:
        text = bot.wait_readyz(lambda status, text: "cluster" not in text)
        assert text == "slack: not connected, or silent\n"


def test_a_kind_of_proxy_that_is_not_supported_is_slack_that_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:1")
    with pytest.raises(SlackError):
        Link("ws://127.0.0.1:1/", lambda link, message: None, threading.Event())
