"""The proxy: bytes arrive as they were sent, and each fault is the one it is named for."""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
import yaml

from tests.integration.apiserver import ApiServer
from tests.integration.proxy import Proxy

SECONDS = 5


class _Echo:
    """A server that says back what it hears, and counts who came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.sockets.append(sock)
                threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := sock.recv(65536):
                sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for sock in (self._listener, *self.sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # close() alone does not wake a thread that reads
            sock.close()


@pytest.fixture
def echo() -> Iterator[_Echo]:
    server = _Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: _Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as proxy:
        yield proxy


@pytest.fixture
def dial(proxy: Proxy) -> Iterator[Callable[[], socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=SECONDS))


def _ask(sock: socket.socket, data: bytes = b"hello") -> bytes:
    sock.sendall(data)
    return sock.recv(65536)


def test_bytes_pass_untouched_and_are_counted(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    data = bytes(range(256)) * 40_000  # more than the kernels and the proxy hold: each side must wait for the other
    client = dial()
    sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)), daemon=True)
    sender.start()
    time.sleep(0.3)  # until nothing moves any more
    got = bytearray()
    while part := client.recv(65536):
        got += part
    sender.join(SECONDS)

    assert bytes(got) == data
    assert (proxy.opened, proxy.bytes_up, proxy.bytes_down) == (1, len(data), len(data))
    deadline = time.monotonic() + SECONDS
    while proxy.open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert proxy.open == 0


def test_a_cut_resets_all_and_a_new_connection_is_fine(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    clients = [dial(), dial()]
    assert [_ask(client) for client in clients] == [b"hello", b"hello"]
    proxy.cut()
    for client in clients:
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert _ask(dial()) == b"hello"


def test_a_cut_by_fin_is_an_orderly_end(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    client = dial()
    _ask(client)
    proxy.cut(reset=False)
    assert client.recv(1) == b""


def test_one_is_cut_and_the_others_go_on(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    clients = [dial() for _ in range(4)]
    for client in clients:
        _ask(client)
    proxy.cut(one=True)
    ended, _, _ = select.select(clients, [], [], SECONDS)
    assert len(ended) == 1
    assert [_ask(client) for client in clients if client not in ended] == [b"hello"] * 3


def test_half_open_is_silence_in_both_directions_and_stays(
    proxy: Proxy, echo: _Echo, dial: Callable[[], socket.socket]
) -> None:
    client = dial()
    _ask(client)
    proxy.half_open()
    echo.sockets[0].sendall(b"an event")
    client.sendall(b"a request")
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    assert _ask(dial()) == b"hello"

    proxy.heal()
    with pytest.raises(TimeoutError):
        client.recv(1)
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_new_connections_can_be_silent_too(proxy: Proxy, echo: _Echo, dial: Callable[[], socket.socket]) -> None:
    proxy.half_open(new_are_silent=True)
    client = dial()
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        _ask(client)
    assert echo.sockets == []
    proxy.heal()
    assert _ask(dial()) == b"hello"


def test_a_delay_holds_each_way_and_keeps_the_order(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    client = dial()
    proxy.delay(0.2)
    start = time.monotonic()
    client.sendall(b"1")
    time.sleep(0.05)
    client.sendall(b"2")
    first = client.recv(1)
    assert time.monotonic() - start >= 0.4
    assert (first, client.recv(1)) == (b"1", b"2")
    assert time.monotonic() - start < 0.8  # the second did not wait for the first to come back


def test_a_refusing_proxy_keeps_open_connections_and_its_port(proxy: Proxy, dial: Callable[[], socket.socket]) -> None:
    client = dial()
    _ask(client)
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        dial()
    assert _ask(client) == b"hello"
    proxy.accept()
    assert _ask(dial()) == b"hello"


def test_a_server_that_is_down_resets_the_connection(dial: Callable[[], socket.socket], echo: _Echo) -> None:
    echo.close()
    with pytest.raises(ConnectionResetError):
        _ask(dial())


def test_a_real_api_server_answers_through_it_with_its_certificate_checked(cluster: ApiServer, tmp_path: Path) -> None:
    with Proxy(cluster.port) as proxy:
        config = yaml.safe_load(cluster.kubeconfig(tmp_path / "config", port=proxy.port).read_text())
        url = config["clusters"][0]["cluster"]["server"]
        assert url == f"https://127.0.0.1:{proxy.port}"
        headers = {"Authorization": f"Bearer {cluster.admin_token}"}
        context = ssl.create_default_context(cafile=str(cluster.ca_file))
        with urllib3.PoolManager(ssl_context=context, retries=False, timeout=SECONDS) as http:
            assert http.request("GET", f"{url}/api/v1/namespaces", headers=headers).status == 200
            query = "watch=1&timeoutSeconds=60"
            watch = http.request("GET", f"{url}/api/v1/pods?{query}", headers=headers, preload_content=False)
            proxy.cut()
            with pytest.raises(urllib3.exceptions.ProtocolError):
                watch.read()
