"""YAML to plain data that knows its lines, one document after the other; what is wrong with one ends only that one.

Nothing is ever constructed: tags say at most that a scalar is a string. Scalars mean what they mean to kubectl, which
reads YAML 1.1 (sigs.k8s.io/yaml, read 2026-11-29): ``yes`` and ``on`` are true, ``0777`` is octal.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml
from msgspec import Raw
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.adapters.marked import Composer, Document, NodeError

#: libyaml where the wheel has it, which all of PyPI's do: some ten times faster, and the same events.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML 1.2, 9.1.2: these markers at the start of a line end a document wherever they stand, inside quotes, too.
_MARKER: Final = re.compile(rb"(?<![^\r\n])(?:---|\.\.\.)(?![^ \t\r\n])")
_BREAK: Final = re.compile(rb"\r\n|\r|\n")
# libyaml counts three more characters as line breaks, as YAML 1.1 does and no editor.
_ODD_BREAK: Final = re.compile(rb"\xc2\x85|\xe2\x80[\xa8\xa9]")
_ANY_BREAK: Final = re.compile(rb"\r\n|\r|\n|\xc2\x85|\xe2\x80[\xa8\xa9]")
# A line that is neither empty nor a comment nor a directive, which belongs to the document behind the next marker.
_CONTENT: Final = re.compile(rb"(?<![^\r\n])[ \t]*+(?![#%\r\n]|\Z)")

_RESOLVED: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{form: True for word in ("true", "yes", "on", "y") for form in (word, word.capitalize(), word.upper())},
    **{form: False for word in ("false", "no", "off", "n") for form in (word, word.capitalize(), word.upper())},
}
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(r"([-+]?)(?:0x([0-9a-fA-F_]+)|0b([01_]+)|0o?([0-7_]+)|([0-9][0-9_]*))")
_FLOAT: Final = re.compile(r"([-+]?)([0-9_]*)\.?([0-9_]*)((?:[eE][-+]?[0-9]+)?)")
_NUMBER_CHARS: Final = frozenset("-+.0123456789")

#: Longest number that is taken for one; what is longer fits nothing in Kubernetes.
_DIGITS: Final = 300

#: libyaml's words for what is wrong, and ours; what is not listed is ``not-yaml``.
_PROBLEMS: Final = (
    ("could not find expected ':'", "colon"),
    ("mapping values are not allowed", "indent"),
    ("did not find expected key", "indent"),
    ("did not find expected '-' indicator", "indent"),
    ("block sequence entries are not allowed", "indent"),
    ("did not find expected ',' or", "bracket"),
    ("unexpected end of stream", "quote"),
    ("unexpected document indicator", "quote"),
)


def read_yaml(data: bytes) -> Iterator[Document]:
    """Yield the documents of UTF-8 text; empty ones, and such as hold comments only, are left out."""
    line = 1
    for chunk in _chunks(data):
        if _CONTENT.search(chunk, 3 if chunk.startswith(b"---") else 0):
            yield from _documents(chunk, line)
        line += len(_BREAK.findall(chunk))


def _chunks(data: bytes) -> Iterator[bytes]:
    """Yield the text between document markers, each with the marker before it."""
    start = 0
    for marker in _MARKER.finditer(data):
        if marker.start() > start:
            yield data[start : marker.start()]
        # "..." belongs to nothing: what follows may be directives or a document without a marker.
        start = marker.end() if data[marker.start() : marker.end()] == b"..." else marker.start()
    if start < len(data):
        yield data[start:]


def _documents(chunk: bytes, first: int) -> Iterator[Document]:
    try:
        chunk.decode()
    except UnicodeDecodeError as error:
        where = _line_at(chunk, error.start, first)
        yield Document(None, first, (NodeError("encoding", where),))
        return
    composer, start, at = Composer(), first, _lines(chunk, first)
    try:
        for event in yaml.parse(chunk, Loader=_LOADER):
            if isinstance(event, DocumentStartEvent):
                composer = Composer()
            elif isinstance(event, DocumentEndEvent):
                if composer.root is not None:
                    yield Document(composer.root, getattr(composer.root, "line", start), tuple(composer.errors))
            else:
                _tell(composer, event, at)
    except NodeError as error:
        yield Document(composer.partial(), start, (*composer.errors, error), chunk)
    except yaml.YAMLError as error:
        yield Document(composer.partial(), start, (*composer.errors, _explained(error, chunk, first, at)), chunk)


def _tell(
    composer: Composer, event: Any, at: Callable[[int], int]
) -> None:  # Any: types-PyYAML says that a mark may be missing
    kind = type(event)
    if kind is ScalarEvent:
        line, is_plain = at(event.start_mark.line), event.implicit[0] and not event.style
        value: Any = event.value
        if event.tag in _RESOLVED or (event.tag is None and is_plain):
            value = plain(event.value)
        composer.scalar(value, event.value, line, event.anchor, is_plain=is_plain)
    elif kind is MappingStartEvent:
        composer.open(at(event.start_mark.line), event.anchor, is_list=False)
    elif kind is SequenceStartEvent:
        composer.open(at(event.start_mark.line), event.anchor, is_list=True)
    elif kind is MappingEndEvent or kind is SequenceEndEvent:
        composer.close()
    elif kind is AliasEvent:
        composer.alias(event.anchor, at(event.start_mark.line))


def plain(text: str) -> Any:
    """Return what a plain scalar means: null, a bool, a number as JSON text, or the string itself."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_CHARS or len(text) > _DIGITS:
        return text
    if _JSON_NUMBER.fullmatch(text):
        return Raw(text.encode())
    if match := _INTEGER.fullmatch(text):
        sign, *forms = match.groups()
        for digits, base in zip(forms, (16, 2, 8, 10), strict=True):
            digits = (digits or "").replace("_", "")
            if digits and not (base == 10 and digits.startswith("0")):
                return Raw(f"{'-' if sign == '-' else ''}{int(digits, base)}".encode())
    match = _FLOAT.fullmatch(text)
    if match and (match[2] + match[3]).strip("_"):
        whole, part = (match[number].replace("_", "") for number in (2, 3))
        number = f"{'-' if match[1] == '-' else ''}{whole.lstrip('0') or '0'}.{part or '0'}{match[4]}"
        return Raw(number.encode())
    return text


def _explained(error: yaml.YAMLError, chunk: bytes, first: int, at: Callable[[int], int]) -> NodeError:
    problem = str(getattr(error, "problem", None) or "")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # the reader's own errors know a position only
        position = getattr(error, "position", 0)
        return NodeError("control", _line_at(chunk, position, first), code=_code(error))
    rows = _ANY_BREAK.split(chunk.rstrip())
    is_end = mark.line >= len(rows)
    line = at(min(mark.line, len(rows) - 1))
    row = b"" if is_end else rows[mark.line]
    # A tab goes on with the value of the line before, and what libyaml then says is about that.
    is_indent = row.lstrip(b" ")[:1] == b"\t"
    if is_indent or ("cannot start any token" in problem and row[mark.column : mark.column + 1] == b"\t"):
        return NodeError("tab", line)
    key = next((key for words, key in _PROBLEMS if words in problem), "cut" if is_end else "not-yaml")
    context = getattr(error, "context_mark", None)
    if key in ("bracket", "quote") and context is not None:
        return NodeError(key, at(context.line), end=line)
    return NodeError(key, line)


def _lines(chunk: bytes, first: int) -> Callable[[int], int]:
    """Return what makes a line of the file of libyaml's line of a document."""
    if _ODD_BREAK.search(chunk) is None:
        return first.__add__
    known = [first]
    for found in _ANY_BREAK.findall(chunk):
        known.append(known[-1] + (found[:1] in (b"\r", b"\n")))
    return lambda line: known[min(line, len(known) - 1)]


def _code(error: yaml.YAMLError) -> str:
    character = getattr(error, "character", 0)
    number = ord(character) if isinstance(character, str) and len(character) == 1 else character
    return f"0x{number:02x}" if isinstance(number, int) else "?"


def _line_at(data: bytes, position: int, first: int) -> int:
    return first + len(_BREAK.findall(data[:position]))
