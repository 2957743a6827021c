"""Where a spec tells a log collector to read Docker's lines (facts 4.2, row 21)."""

import re
from collections.abc import Iterator

from msgspec import Struct

from bot.core.rules.inside import Inside

#: Fluentd's: container logs read as JSON lines. ``@type cri`` may hold a JSON parser for the message.
_POD_LOGS = re.compile(r"/var/log/(?:containers|pods)\b")
_JSON_TYPE = re.compile(r"(?:@type|\bformat)[ \t]+json\b")
_CRI_TYPE = re.compile(r"(?:@type|\bformat)[ \t]+cri\b")

_PARSER_VARIABLE = "FLUENT_CONTAINER_TAIL_PARSER_TYPE"

#: In the words of a collector: Fluent Bit's parser, Filebeat's input and autodiscover provider, its Docker metadata.
#: ``docker, cri`` reads both.
_DOCKER_PARSERS = re.compile(
    r"(?i)\b(?:multiline\.)?parser[ =:]+[\"']?docker\b(?![-_./])(?!\s*,\s*cri)|\badd_docker_metadata\b"
    r"|\bautodiscover\b.{0,80}\btype[ =:]+[\"']?docker\b"
)


class Told(Struct, frozen=True):
    """A field and the words in it that make a collector read Docker's lines; ``is_whole``: they are its whole value."""

    field: str
    words: str
    is_whole: bool = False


def told_docker_lines(inside: Inside) -> tuple[Told, ...]:
    """Return where a container is told to read Docker's format of log lines."""
    return tuple(_told(inside))


def _told(inside: Inside) -> Iterator[Told]:
    for variable in inside.env:
        value = (inside.values or {}).get(variable.name) or ""
        if variable.name == _PARSER_VARIABLE and value == "json":
            is_whole = variable.value == "json"
            yield Told(f"{inside.container.field}.{variable.field}", f"{variable.name}=json", is_whole)
        elif parser := _parses(value):
            yield Told(f"{inside.container.field}.{variable.field}", parser)
    evidence = inside.container.evidence
    for place, argv in (("command", evidence.command), ("args", evidence.args)):
        for number, word in enumerate(argv):
            pair = " ".join((word, *argv[number + 1 : number + 2])) if word.lower().endswith("parser") else word
            if parser := _parses(pair):
                yield Told(f"{inside.container.field}.{place}[{number}]", parser)


def _parses(text: str) -> str:
    """Return the words that make a collector read Docker's lines, empty where there are none."""
    if "docker" in text.lower() and (found := _DOCKER_PARSERS.search(text)):
        return found[0]
    if _POD_LOGS.search(text) and not _CRI_TYPE.search(text) and (found := _JSON_TYPE.search(text)):
        return found[0]
    return ""
