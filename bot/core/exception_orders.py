"""What people order about exceptions: ``except deploy/web docker-socket until 2027-01-31 because …``."""

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.core.exceptions import Acceptance
from bot.core.orders import BECAUSE, UNTIL, Order, Verb, reason_in
from bot.core.subscription_words import Problem
from bot.core.targets import is_named, parts_of

_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:까지)?", re.ASCII)
_IMPORT = "import"


def exception_order_of(first: str, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what a text that begins with ``except`` orders; None where it is no order but words of a sentence.

    Args:
        first: its first word; words: those after it.
        verbs: every spelling of ``except`` and of what may follow it, in every language.
    """
    if verbs.get(first.lower()) != Verb.EXCEPT or (words and words[-1].endswith(("?", "？"))):
        return None
    rest = [word.strip("`") for word in words]
    if not rest:
        return Order(Verb.EXCEPT_SHOW)
    known = verbs.get(rest[0].lower())
    if known in (Verb.EXCEPT_SHOW, Verb.EXCEPT_EXPORT, _IMPORT):
        if known == _IMPORT:
            return Order(Verb.EXCEPT, problem=Problem("except-import"))
        if known == Verb.EXCEPT_SHOW and rest[1:]:
            problem = Problem("too-much", " ".join(rest[2:])) if rest[2:] else None
            return Order(Verb.EXCEPT_SHOW, target=rest[1], problem=problem)
        return Order(Verb(known), problem=Problem("too-much", " ".join(rest[1:])) if rest[1:] else None)
    if known == Verb.EXCEPT_OFF:
        return _off(rest[1:])
    return _on(rest) if _is_plain(rest) else None


def _is_plain(words: Sequence[str]) -> bool:
    """Whether the words are those of an order, not of a sentence such as "except the gpu pool"."""
    lower = [word.lower() for word in words]
    return "/" in words[0] or any(word in (*UNTIL, *BECAUSE) or _DATE.fullmatch(word) for word in lower[1:])


def _off(words: Sequence[str]) -> Order:
    problem = None
    if not words:
        problem = Problem("except-target")
    elif words[2:]:
        problem = Problem("too-much", " ".join(words[2:]))
    target, code = (*words, "", "")[:2]
    return Order(Verb.EXCEPT_OFF, target=target, code=code.lower(), problem=problem)


def _on(words: Sequence[str]) -> Order:
    target, rest = words[0], list(words[1:])
    if not rest or rest[0].lower() in (*UNTIL, *BECAUSE) or _DATE.fullmatch(rest[0]):
        return Order(Verb.EXCEPT, target=target, problem=Problem("except-code"))
    code, rest = rest[0].lower(), rest[1:]
    if rest and rest[0].lower() in UNTIL:
        rest = rest[1:]
    if not rest or rest[0].lower() in BECAUSE:
        return Order(Verb.EXCEPT, target=target, code=code, problem=Problem("except-until"))
    note = reason_in(rest[1:])
    problem = None if note.strip() else Problem("except-reason")
    return Order(Verb.EXCEPT, target=target, code=code, day=rest[0].removesuffix("까지"), note=note, problem=problem)


def find_accepted(accepted: Iterable[Acceptance], target: str, code: str) -> tuple[Acceptance, ...]:
    """Return the exceptions that ``[NAMESPACE/][KIND/]NAME`` and a code can mean, whatever the cluster has by now.

    Args:
        code: empty for whatever is accepted of it.
    """
    every = tuple(accepted)
    parts = parts_of(target, {each.key.namespace for each in every})
    return tuple(each for each in every if code in ("", each.code) and parts and is_named(each.key, parts))
