"""What people order in Slack, as values: digests on, off, paused, shown; dates of this cluster. Changes nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.subscriptions import Problem, is_days, read_zone

#: Longest reason of a date, in characters; what is longer is cut.
NOTE_CHARS = 200

#: A version as people write it, or the id of a milestone: ``1.23``, ``v1.23``, ``kubernetes-1.23``.
_TARGET = re.compile(r"(?:v?\d+\.\d+|[a-z][a-z0-9-]*[.\d-][a-z0-9.-]*)", re.ASCII)
_TIME = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_SPAN = re.compile(r"\d{1,2}:\d{2}[-~]\d{1,2}:\d{2}", re.ASCII)
_LEADS = re.compile(r"\d{1,4}(?:,\d{0,4})+", re.ASCII)
_LANGUAGES = ("en", "ko", "english", "korean", "영어", "한국어")
_BECAUSE = ("because", "since", "as", "이유", "이유:", "because:")


class Verb(StrEnum):
    """What is ordered. ``open``: the settings as a form; ``set``, ``unset``: a date of this cluster."""

    OPEN = "open"
    ON = "on"
    OFF = "off"
    SHOW = "show"
    NOW = "now"
    PAUSE = "pause"
    RESUME = "resume"
    SET = "set"
    UNSET = "unset"

    @property
    def is_of_dates(self) -> bool:
        """Whether it is about a date of this cluster; all others are about the digest of one channel."""
        return self in (Verb.SET, Verb.UNSET)


@dataclass(frozen=True, slots=True)
class Order:
    """One order. Texts are people's words, and nothing in them has been checked.

    Args:
        settings: of ``on``: name to value, as `bot.core.subscriptions.changed` takes them.
        day: of ``pause`` and ``set``.
        target: of ``set`` and ``unset``: a version, or the id of a milestone.
        note: of ``set``: why.
        problem: why it cannot be followed as it is written; None where it can.
    """

    verb: Verb
    settings: tuple[tuple[str, str], ...] = ()
    day: str = ""
    target: str = ""
    note: str = ""
    problem: Problem | None = None


#: Names of settings as people write them.
_NAMES: Mapping[str, str] = {
    **{name: "days" for name in ("days", "day", "요일")},
    **{name: "at" for name in ("at", "time", "시각", "시간")},
    **{name: "zone" for name in ("zone", "tz", "timezone", "시간대")},
    **{name: "language" for name in ("language", "lang", "언어")},
    **{name: "namespaces" for name in ("namespaces", "namespace", "ns", "네임스페이스")},
    **{name: "owner" for name in ("owner", "담당자", "담당")},
    **{name: "scope" for name in ("scope", "범위")},
    **{name: "leads" for name in ("leads", "lead", "며칠전")},
    **{name: "quiet" for name in ("quiet", "방해금지")},
    **{name: "weekdays" for name in ("weekdays", "평일만")},
    **{name: "unchanged" for name in ("unchanged", "변경없음")},
    **{name: "nudge" for name in ("nudge", "독촉")},
}

#: What ``unchanged`` stands for in a command: whether an unchanged cluster gets a digest.
_OF_DIGEST, _OF_DATES = "digest", "milestones"


def order_of(command: str | None, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what a text orders, None where it orders nothing and is a question.

    Args:
        command: the command its first word stands for.
        words: the words after that.
        verbs: every spelling of a verb in every language; the verb must follow the command at once, as it stands.
    """
    if command not in (_OF_DIGEST, _OF_DATES):
        return None
    if not words:
        return Order(Verb.OPEN) if command == _OF_DIGEST else None
    known = verbs.get(words[0].lower())
    # "digest on?" asks.
    if known is None or words[-1].endswith(("?", "？")):
        return None
    verb, rest = Verb(known), list(words[1:])
    if verb.is_of_dates != (command == _OF_DATES) or verb is Verb.OPEN:
        return None
    return _date(verb, rest) if verb.is_of_dates else _digest(verb, rest)


def _digest(verb: Verb, rest: list[str]) -> Order:
    if verb is Verb.ON:
        read = settings_in(rest)
        return Order(verb, problem=read) if isinstance(read, Problem) else Order(verb, settings=read)
    if verb is Verb.PAUSE:
        rest = rest[1:] if rest and rest[0].lower() in ("until", "til", "till") else rest
        problem = Problem("pause-until") if not rest else Problem("too-much", " ".join(rest[1:])) if rest[1:] else None
        return Order(verb, day=rest[0] if rest else "", problem=problem)
    return Order(verb, problem=Problem("too-much", " ".join(rest)) if rest else None)


def _date(verb: Verb, rest: list[str]) -> Order | None:
    if not rest:
        return Order(verb, problem=Problem("target"))
    target, rest = rest[0], rest[1:]
    if not _TARGET.fullmatch(target.lower()):
        return None  # "milestones set for us" is no order
    if verb is Verb.UNSET:
        return Order(verb, target=target, problem=Problem("too-much", " ".join(rest)) if rest else None)
    if not rest:
        return Order(verb, target=target, problem=Problem("date-missing", target))
    day, note = rest[0], rest[1:]
    if note and note[0].lower() in _BECAUSE:
        note = note[1:]
    return Order(verb, target=target, day=day, note=" ".join(note)[:NOTE_CHARS])


def settings_in(words: Sequence[str]) -> tuple[tuple[str, str], ...] | Problem:
    """Return the settings in ``key=value`` words and in bare words that can mean only one thing; each once.

    ``mon,thu 09:00 Asia/Seoul ko`` are days, time, zone and language; ``22:00-07:00`` are quiet hours.
    """
    found: dict[str, str] = {}
    last = ""
    for word in words:
        key, equals, value = word.strip("`").partition("=")
        name = _NAMES.get(key.lower()) if equals else _meant(key)
        if not equals and name is None and last and found[last].endswith(","):
            name = last  # ``namespaces=a, b``
        if name is None:
            return Problem("unknown", key)
        value = (value.strip('"') if equals else key).strip()
        if name in found and name not in ("days", "leads", "namespaces"):
            return Problem("twice", name)
        found[name] = f"{found[name].rstrip(',')},{value}" if name in found else value
        last = name
    if len([name for name in ("namespaces", "owner", "scope") if name in found]) > 1:
        return Problem("scopes")
    return tuple((name, value.rstrip(",")) for name, value in found.items())


def _meant(word: str) -> str | None:
    """Return the setting that a bare word can only mean."""
    lower = word.lower()
    if is_days(lower):
        return "days"
    if _TIME.fullmatch(word):
        return "at"
    if _SPAN.fullmatch(word):
        return "quiet"
    if _LEADS.fullmatch(word):
        return "leads"
    if lower in _LANGUAGES:
        return "language"
    # What looks like a zone is meant as one, so that a mistyped one is told as such.
    if re.fullmatch(r"[a-z_]+/[a-z_/]+", lower) or not isinstance(read_zone(word), Problem):
        return "zone"
    return None
