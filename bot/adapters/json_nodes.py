"""JSON to plain data that knows its lines; several documents may follow each other, as kubectl prints them."""

import json
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Raw

from bot.adapters.marked import Composer, Document, NodeError

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:(?P<string>"(?:[^"\\\x00-\x1f]++|\\.)*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\]:,]))",
    re.DOTALL,
)
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def read_json(data: bytes) -> Iterator[Document]:
    """Yield the documents of UTF-8 text; an error ends the text, and nothing behind it is read."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        yield Document(None, 1, (NodeError("encoding", 1 + data.count(b"\n", 0, error.start)),))
        return
    reader = _Reader(text)
    while reader.has_more():
        composer, start = Composer(), reader.line
        try:
            reader.document(composer)
        except NodeError as error:
            yield Document(composer.partial(), start, (*composer.errors, error), data)
            return
        yield Document(composer.root, start, tuple(composer.errors))


class _Reader:
    """Walks the tokens of a text; the grammar is checked with a stack of what may come next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.line = 1

    def has_more(self) -> bool:
        """Whether anything but space is left."""
        self._skip()
        return self._position < len(self._text)

    def document(self, composer: Composer) -> None:
        """Read one value.

        Raises: NodeError: no JSON, cut short, or beyond a limit.
        """
        closers: list[str] = []
        state = "value"
        while True:
            kind, token = self._next()
            if state in ("value", "first") and token in ("{", "["):
                composer.open(self.line, is_list=token == "[")
                closers.append("}" if token == "{" else "]")
                state = "first-key" if token == "{" else "first"
                continue
            if state in ("first", "first-key", "more") and closers and token == closers[-1]:
                composer.close()
                closers.pop()
            elif state in ("first-key", "key") and kind == "string":
                key = self._string(token)
                composer.scalar(key, key, self.line)
                state = "colon"
                continue
            elif state == "colon" and token == ":":
                state = "value"
                continue
            elif state == "more" and token == ",":
                state = "key" if closers[-1] == "}" else "value"
                continue
            elif state in ("value", "first") and kind != "mark":
                self._scalar(composer, kind, token)
            else:
                raise NodeError("not-json", self.line)
            if not closers:
                return
            state = "more"

    def _scalar(self, composer: Composer, kind: str, token: str) -> None:
        if kind == "string":
            text = self._string(token)
            composer.scalar(text, text, self.line)
        elif kind == "number":
            composer.scalar(Raw(token.encode()), token, self.line)
        else:
            composer.scalar(_WORDS[token], token, self.line)

    def _string(self, token: str) -> str:
        if "\\" not in token:
            return token[1:-1]
        try:
            text: str = json.loads(token)
        except ValueError as error:
            raise NodeError("not-json", self.line) from error
        # Half of a surrogate pair is no text; the API server replaces it, too.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _next(self) -> tuple[str, str]:
        self._skip()
        if self._position >= len(self._text):
            raise NodeError("cut", self.line)
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            is_cut = self._text[self._position] == '"' and '"' not in self._text[self._position + 1 :]
            raise NodeError("cut" if is_cut else "not-json", self.line)
        self._position = match.end()
        kind = match.lastgroup or ""
        return kind, match[kind]

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._position)
        if match is not None and match.end() > self._position:
            self.line += len(_BREAK.findall(match[0]))
            self._position = match.end()
