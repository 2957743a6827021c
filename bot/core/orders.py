"""What people order in Slack, as values: digests, dates of this cluster, reminders put off, exceptions."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from bot.core.milestones import Milestone
from bot.core.subscription_words import Problem, is_days, read_zone

#: Longest reason of a date, in characters; what is longer is cut, and ends so.
NOTE_CHARS = 200

#: A version as people write it, or the id of a milestone: ``1.23``, ``v1.23``, ``kubernetes-1.23``.
_TARGET = re.compile(r"(?:v?\d+\.\d+|[a-z][a-z0-9-]*[.\d-][a-z0-9.-]*)", re.ASCII)
#: Before the id of a milestone that is meant whatever it looks like: a team's own may be called like any word.
_EXACTLY = "id="
_TIME = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_SPAN = re.compile(r"\d{1,2}:\d{2}[-~]\d{1,2}:\d{2}", re.ASCII)
_LEADS = re.compile(r"\d{1,4}(?:,\d{0,4})+", re.ASCII)
_LANGUAGES = ("en", "ko", "english", "korean", "영어", "한국어")
#: Words before a day, and before a reason.
UNTIL = ("until", "til", "till")
BECAUSE = ("because", "since", "as", "이유", "이유:", "because:")


class Verb(StrEnum):
    """What is ordered. ``open``: the settings as a form; ``set``, ``unset``: a date of this cluster.

    ``snooze``, ``wake``: reminders of a date are put off, or not any more; ``mine``: somebody takes care of a date, or,
    said again, not any more. ``except``: findings are accepted; what begins with it: what is done with exceptions.
    """

    OPEN = "open"
    ON = "on"
    OFF = "off"
    SHOW = "show"
    NOW = "now"
    PAUSE = "pause"
    RESUME = "resume"
    SET = "set"
    UNSET = "unset"
    SNOOZE = "snooze"
    WAKE = "wake"
    MINE = "mine"
    EXCEPT = "except"
    EXCEPT_SHOW = "except-show"
    EXCEPT_OFF = "except-off"
    EXCEPT_EXPORT = "except-export"
    EXCEPT_HELP = "except-help"

    @property
    def is_of_dates(self) -> bool:
        """Whether it is about a date of this cluster; all others are about the digest of one channel."""
        return self in (Verb.SET, Verb.UNSET)

    @property
    def is_of_reminders(self) -> bool:
        """Whether it is about the reminders of one date in one channel."""
        return self in (Verb.SNOOZE, Verb.WAKE, Verb.MINE)

    @property
    def is_of_exceptions(self) -> bool:
        """Whether it is about accepted findings."""
        return self in _OF_EXCEPTIONS


_OF_EXCEPTIONS = (Verb.EXCEPT, Verb.EXCEPT_SHOW, Verb.EXCEPT_OFF, Verb.EXCEPT_EXPORT, Verb.EXCEPT_HELP)


class Order(Struct, frozen=True):
    """One order. Texts are people's words, and nothing in them has been checked.

    Args:
        settings: of ``on``: name to value, as `bot.core.subscriptions.changed` takes them.
        day: of ``pause``, ``set``, ``snooze`` and ``except``; of ``snooze`` empty where it is to be asked for.
        target: of all that is about a date: a version, or the id of a milestone; of exceptions the workload, or
            empty for all.
        note: of ``set``, ``snooze`` and ``except``: why.
        code: of exceptions: the rule code, in lower case.
        problem: why it cannot be followed as it is written; None where it can.
    """

    verb: Verb
    settings: tuple[tuple[str, str], ...] = ()
    day: str = ""
    target: str = ""
    note: str = ""
    problem: Problem | None = None
    code: str = ""

    @property
    def is_asked_back(self) -> bool:
        """Whether a form is to ask for what is missing."""
        return self.problem is None and (self.verb is Verb.OPEN or (self.verb is Verb.SNOOZE and not self.day))


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


def reminder_order_of(first: str, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what a text that begins with a verb orders about the reminders of a date: ``snooze 1.38 until …``.

    Args:
        first: its first word; words: those after it.
        verbs: every spelling of ``snooze``, ``mine`` and, after the first, ``wake`` in every language.
    """
    known = verbs.get(first.lower())
    if known not in (Verb.SNOOZE, Verb.MINE) or (words and words[-1].endswith(("?", "？"))):
        return None
    verb, rest = Verb(known), list(words)
    if not rest:
        return Order(verb, problem=Problem("target"))
    target, rest = rest[0], rest[1:]
    if target.startswith(_EXACTLY):
        target = target.removeprefix(_EXACTLY).strip('"')
    elif not _TARGET.fullmatch(target.lower()):
        return None  # "mine are which?" is no order
    if verb is Verb.MINE:
        return Order(verb, target=target, problem=Problem("too-much", " ".join(rest)) if rest else None)
    if len(rest) == 1 and verbs.get(rest[0].lower()) == Verb.WAKE:
        return Order(Verb.WAKE, target=target)
    if rest and rest[0].lower() in UNTIL:
        rest = rest[1:]
        if not rest:
            return Order(verb, target=target, problem=Problem("snooze-until"))
    day, note = (rest[0].removesuffix("까지") if rest else ""), _note(rest[1:])
    problem = Problem("snooze-reason") if day and not note else None
    return Order(verb, target=target, day=day, note=note, problem=problem)


def words_of(verb: Verb, milestone: Milestone) -> str:
    """Return the words of a button that orders something about a date."""
    return f'{verb} {_EXACTLY}"{milestone.id}"'


def _digest(verb: Verb, rest: list[str]) -> Order:
    if verb is Verb.ON:
        read = settings_in(rest)
        return Order(verb, problem=read) if isinstance(read, Problem) else Order(verb, settings=read)
    if verb is Verb.PAUSE:
        rest = rest[1:] if rest and rest[0].lower() in UNTIL else rest
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
    return Order(verb, target=target, day=rest[0], note=_note(rest[1:]))


def reason_in(words: Sequence[str]) -> str:
    """Return why, without the word that begins it."""
    return " ".join(words[1:] if words and words[0].lower() in BECAUSE else words)


def _note(words: Sequence[str]) -> str:
    """Return why, as long as it may be."""
    note = reason_in(words)
    return note if len(note) <= NOTE_CHARS else f"{note[: NOTE_CHARS - 1].rstrip()}…"


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
