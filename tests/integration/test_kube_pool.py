"""A watch's chunks as they come, however they are cut: from a server of bare sockets."""

import socket
import threading
import time
from collections.abc import Sequence

import pytest
import urllib3

from bot.adapters.kube_api import Stream
from bot.adapters.kube_pool import suit_watches
from tests.integration.raw import Raw

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LINES = [b'{"type":"ADDED"}\n', b'{"type":"MODIFIED","object":{"a":"\r\n0\r\n\r\n"}}\n', b'{"type":"DELETED"}\n']
BODY = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in LINES)
END = b"0\r\n\r\n"
PAUSE_SECONDS = 0.002


def manager() -> urllib3.PoolManager:
    made = urllib3.PoolManager(retries=False, timeout=5, maxsize=2)
    suit_watches(made)
    return made


def serving(answers: Sequence[Sequence[bytes]]) -> Raw:
    """Return a server that answers one request after the other on a connection, each in pieces, then hangs up."""

    def serve(raw: Raw, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pieces in answers:
            if not read_get(raw, connection):
                return
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(PAUSE_SECONDS)

    return Raw(serve)


def read_get(raw: Raw, connection: socket.socket) -> bool:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        if not (more := connection.recv(65536)):
            return False
        data += more
    raw.requests.append(data)
    return True


def pieces_of(response: urllib3.BaseHTTPResponse) -> list[bytes]:
    pieces = []
    while piece := response.read1(65_536):
        pieces.append(piece)
    return pieces


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, 1000], ids=lambda size: f"{size} bytes at a time")
def test_the_content_is_the_same_however_it_is_cut(size: int) -> None:
    with serving([[HEAD, *cut(BODY + END, size)]]) as server, manager() as client:
        response = client.request("GET", server.url, preload_content=False)
        assert b"".join(pieces_of(response)) == b"".join(LINES)


def test_chunks_that_came_together_are_given_together() -> None:
    with serving([[HEAD, BODY, END]]) as server, manager() as client:
        response = client.request("GET", server.url, preload_content=False)
        assert pieces_of(response) == [b"".join(LINES)]


@pytest.mark.parametrize(
    "end", [[END], [b"0\r\n", b"\r\n"], [b"0", b"\r\n\r\n"], [b"0;last\r\nExpires: never\r\n\r", b"\n"]]
)
def test_the_connection_is_used_again_behind_the_end(end: Sequence[bytes]) -> None:
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with serving([[HEAD, BODY, *end], [plain], [HEAD, BODY, *end]]) as server, manager() as client:
        for want in (b"".join(LINES), b"ok", b"".join(LINES)):
            response = client.request("GET", server.url, preload_content=False)
            assert b"".join(pieces_of(response)) == want
        (pool,) = [client.connection_from_url(server.url)]
        assert (pool.num_connections, pool.num_requests) == (1, 3)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY, id="between two chunks"),
        pytest.param(BODY[:-10], id="in a chunk"),
        pytest.param(BODY + b"1", id="in a length"),
        pytest.param(BODY + b"0\r\n", id="before the trailers"),
    ],
)
def test_a_connection_that_is_cut_is_no_end(body: bytes) -> None:
    with serving([[HEAD, body]]) as server, manager() as client:
        response = client.request("GET", server.url, preload_content=False)
        with pytest.raises(urllib3.exceptions.ProtocolError):
            pieces_of(response)


@pytest.mark.parametrize("length", [b"length", b"", b"-1"])
def test_a_length_that_is_none_is_an_error(length: bytes) -> None:
    with serving([[HEAD, BODY + length + b"\r\n"]]) as server, manager() as client:
        response = client.request("GET", server.url, preload_content=False)
        with pytest.raises((ValueError, urllib3.exceptions.HTTPError)):
            pieces_of(response)


def test_a_stream_tells_whether_more_has_come_than_was_read() -> None:
    times, goes_on = 10_000, threading.Event()

    def serve(raw: Raw, connection: socket.socket) -> None:
        if read_get(raw, connection):
            connection.sendall(HEAD + BODY * times)
            goes_on.wait(10)
            connection.sendall(END)

    with Raw(serve) as server, manager() as client:
        stream = Stream(client.request("GET", server.url, preload_content=False))
        read, more = len(next(stream)), []
        while read < times * len(b"".join(LINES)):
            time.sleep(PAUSE_SECONDS)  # so that what was sent has come
            more.append(stream.has_more())
            read += len(next(stream))
        assert more
        assert all(more)
        assert not stream.has_more()
        goes_on.set()
        assert list(stream) == []


def test_an_answer_read_as_a_whole_is_read_as_ever() -> None:
    with serving([[HEAD, *cut(BODY + END, 7)]]) as server, manager() as client:
        assert client.request("GET", server.url).data == b"".join(LINES)


def test_the_pool_of_a_socks_proxy_stays() -> None:
    client = urllib3.PoolManager()
    client.pool_classes_by_scheme = kept = {"http": urllib3.HTTPConnectionPool, "https": _SocksPool}
    suit_watches(client)
    assert client.pool_classes_by_scheme is kept


class _SocksPool(urllib3.HTTPSConnectionPool):
    """Stands for that of urllib3.contrib.socks, which needs another package."""
