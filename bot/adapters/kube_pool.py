"""The connection pool of an API server, made for watches: what came is read at once, however many events it is.

http.client gives one chunk at a time, which is one event of a watch, in pieces of a buffer of 8 KiB.
"""

from http.client import HTTPResponse, IncompleteRead

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

#: Most that is read from a connection at once.
PIECE_BYTES = 65_536

#: Longest line of a chunk's length or of a trailer, as http.client has it.
LINE_BYTES = 65_536


class _Response(HTTPResponse):
    """An answer whose `read1` gives all chunks that came; one answer is read by that alone, or by `read`."""

    _rest = b""
    #: Bytes still to come of a chunk and of the line end behind it.
    _due = 0
    #: Whether the chunk without content came, and whether the trailers behind it did.
    _is_ending = _is_last = False

    def read1(self, n: int = -1) -> bytes:
        """Return what came, at least a byte of it; empty at the end.

        Raises: IncompleteRead: the connection was cut; ValueError: a chunk's length is none.
        """
        if self.fp is None or not self.chunked:
            return super().read1(n)
        while not self._is_last:
            data = self.fp.read1(min(n, PIECE_BYTES) if n > 0 else PIECE_BYTES)
            if not data:
                self.close()
                raise IncompleteRead(b"")
            if pieces := self._pieces(data):
                return b"".join(pieces)
        self.close()
        return b""

    def _pieces(self, data: bytes) -> list[bytes]:
        """Return the parts of chunks in what came."""
        pieces: list[bytes] = []
        data, at = self._rest + data, 0
        self._rest = b""
        while at < len(data):
            if self._due > 0:
                # The line end behind a chunk counts as due.
                end = min(at + self._due, len(data))
                if (content := min(end, at + self._due - 2)) > at:
                    pieces.append(data[at:content])
                self._due -= end - at
                at = end
                continue
            newline = data.find(b"\n", at)
            if newline < 0:
                if len(data) - at > LINE_BYTES:
                    raise ValueError("a chunk's length has no end")
                self._rest = data[at:]
                break
            line, at = data[at:newline], newline + 1
            if self._is_ending:
                if not line.strip():
                    self._is_last = True
                    break
            elif (length := int(line.partition(b";")[0], 16)) > 0:
                self._due = length + 2
            elif length < 0:
                raise ValueError("a chunk's length is below 0")
            else:
                self._is_ending = True
        return pieces


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def suit_watches(manager: PoolManager) -> None:
    """Let a manager make such connections from now on; one for SOCKS proxies keeps its own."""
    if manager.pool_classes_by_scheme.get("https") is HTTPSConnectionPool:
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
