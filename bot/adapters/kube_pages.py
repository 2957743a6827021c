"""A list page by page: the next page is on its way while one is decoded."""

import re
import threading
from collections.abc import Callable, Iterator

from bot.adapters.decoding import NOT_DECODED, Page
from bot.adapters.kube_api import Api, ReadError
from bot.core.snapshot import Cause

_CONTINUE = re.compile(rb'"continue":"([A-Za-z0-9_=+/-]+)"')

#: The metadata of a list stand before its items.
_HEAD_BYTES = 4096


def pages(api: Api, path: str, limit: int, decode: Callable[[bytes], Page]) -> Iterator[Page]:
    """Yield the pages of a list.

    Args:
        limit: objects a page; 0 asks for all in one.
        decode: raises DecodeError or UnicodeDecodeError on what is no page.

    Raises: ReadError: a request failed, or its answer is no page of a list.
    """
    tokens: set[str] = set()

    def asked(token: str | None) -> _Coming:
        query: dict[str, str | int] = {"limit": limit} if limit else {}
        if token:
            query["continue"] = token
        return _Coming(lambda: api.get(path, query))

    coming = asked(None)
    while True:
        data = coming.result()
        early = _early_token(data)
        if early is not None and early not in tokens:
            coming = asked(early)
        try:
            page = decode(data)
        except NOT_DECODED as error:
            raise ReadError(Cause.BAD_ANSWER, 200) from error
        yield page
        token = page.continue_
        if not token:
            return
        if token in tokens:  # a proxy that drops the query would have the first page read for ever
            raise ReadError(Cause.BAD_ANSWER, 200)
        tokens.add(token)
        if token != early:
            coming = asked(token)


class _Coming:
    """An answer on its way. Not an executor's: the end of the process would wait for a server that says nothing."""

    def __init__(self, call: Callable[[], bytes]) -> None:
        self._call = call
        self._data: bytes = b""
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="list-page", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._data = self._call()
        except Exception as error:  # noqa: BLE001  raised again where it is waited for
            self._error = error

    def result(self) -> bytes:
        """Wait for the answer and return it. Raises: ReadError: the request failed."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._data


def _early_token(data: bytes) -> str | None:
    """Return the continue token where it can be told before the page is decoded."""
    head = data[:_HEAD_BYTES].partition(b'"items":')[0]
    found = _CONTINUE.search(head)
    return found[1].decode() if found else None
