"""What people order about exceptions: ``except deploy/web docker-socket until 2027-01-31 because …``."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from bot.core.exceptions import REASON_CHARS, Acceptance
from bot.core.masking import masked
from bot.core.orders import BECAUSE, UNTIL, Order, Verb, reason_in
from bot.core.rules import RULES
from bot.core.subscription_words import Problem
from bot.core.targets import is_named, parts_of

_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:까지)?", re.ASCII)
_IMPORT = "import"
_NOT_HERE = "except-import"

#: In the table of verbs: words with which people ask for something, which say nothing of what.
_ASKING = "asking"

#: Spellings that name the thing rather than order it: "exceptions legacy" may ask which there are.
_NOUNS = ("exception", "exceptions")

_NAME = re.compile(r"[a-z0-9][a-z0-9./-]*", re.ASCII | re.IGNORECASE)
_CODES = frozenset(rule.code for rule in RULES)

#: From this likeness on a word in the place of a rule code is a mistyped one.
_LIKE_A_CODE = 0.85

_QUESTION = "?？"


def exception_order_of(first: str, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what a text that begins with ``except`` orders; None where it is no order but words of a sentence.

    Args:
        first: its first word; words: those after it.
        verbs: every spelling of ``except`` and of what may follow it, in every language.
    """
    rest = [word.strip("`") for word in words]
    if verbs.get(first.lower()) != Verb.EXCEPT:
        return _wanted([first, *rest], verbs)
    if not rest:
        return Order(Verb.EXCEPT_SHOW)
    if rest[-1].endswith(tuple(_QUESTION)):
        return _questioned(first, rest, verbs)
    known = verbs.get(rest[0].lower())
    if known == Verb.EXCEPT_HELP:
        return Order(Verb.EXCEPT_HELP) if not rest[1:] else None
    if known in (Verb.EXCEPT_SHOW, Verb.EXCEPT_EXPORT, _IMPORT):
        if known == _IMPORT:
            return Order(Verb.EXCEPT, problem=Problem(_NOT_HERE))
        if known == Verb.EXCEPT_SHOW and rest[1:]:
            problem = Problem("too-much", " ".join(rest[2:])) if rest[2:] else None
            return Order(Verb.EXCEPT_SHOW, target=rest[1], problem=problem)
        return Order(Verb(known), problem=Problem("too-much", " ".join(rest[1:])) if rest[1:] else None)
    if known == Verb.EXCEPT_OFF:
        return _off(rest[1:])
    return _on(rest) if _is_plain(rest) else _begun(first, rest, verbs)


def is_begun(order: Order) -> bool:
    """Whether it accepts or ends something, if only the words of it were whole."""
    found = order.problem
    return order.verb in (Verb.EXCEPT, Verb.EXCEPT_OFF) and (found is None or found.key != _NOT_HERE)


def words_for(order: Order) -> str:
    """Return the whole of an order about exceptions, what was said of it filled in: it can be copied and finished."""
    target = order.target or "NAME"
    if order.verb is Verb.EXCEPT_OFF:
        return f"except off {target} {order.code or 'CODE'}"
    day = order.day if _DATE.fullmatch(order.day) else "DATE"
    return f"except {target} {order.code or 'CODE'} until {day} because {masked(order.note) or '…'}"


def _questioned(first: str, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what an order would be without the question mark at its end; a question may look like the rest of it."""
    if first.lower() != Verb.EXCEPT and not any(_DATE.fullmatch(word.rstrip(_QUESTION)) for word in words):
        return None
    plain = [*words[:-1], words[-1].rstrip(_QUESTION)]
    if len(plain) == 2 and verbs.get(plain[0].lower()) == Verb.EXCEPT_SHOW and plain[1]:
        return Order(Verb.EXCEPT_SHOW, target=plain[1])  # it only looks, so that it may ask as well
    order = _begun(first, plain, verbs)
    return replace(order, problem=Problem("except-asked")) if order is not None else None


def _wanted(words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return what somebody asks for in a sentence: "can you except legacy?", "legacy 예외 처리해줘"."""
    kinds = [verbs.get(word.lower().strip("?？!.,")) for word in words]
    if Verb.EXCEPT not in kinds:
        return None
    at = kinds.index(Verb.EXCEPT)
    before, after = list(words[:at]), [*words[at + 1 : -1], words[-1].rstrip("?？!.,")]
    if all(kind == _ASKING for kind in kinds[:at]):
        order = _begun(words[at], after, verbs) if words[at].lower() not in _NOUNS else None
    elif len(before) <= 2 and words[at + 1 :] and all(kind == _ASKING for kind in kinds[at + 1 :]):
        order = _begun(words[at], before, verbs)
    else:
        return None
    return replace(order, problem=Problem("except-first")) if order is not None else None


def _begun(first: str, words: Sequence[str], verbs: Mapping[str, str]) -> Order | None:
    """Return the order that words begin; None where they may as well be those of a sentence.

    Args:
        first: the spelling of ``except``; words: those that say what.
    """
    rest = [word for word in words if word]
    while rest and verbs.get(rest[0].lower()) == _ASKING:
        rest.pop(0)
    while len(rest) > 1 and verbs.get(rest[-1].lower()) == _ASKING and not _says_when(rest):
        rest.pop()
    if rest and verbs.get(rest[0].lower()) == Verb.EXCEPT_OFF:
        return _off(rest[1:]) if all(_NAME.fullmatch(word) for word in rest[1:3]) else None
    if not rest or verbs.get(rest[0].lower()) is not None or not _NAME.fullmatch(rest[0]):
        return None
    if len(rest) > 1 and _is_code(rest[1]):
        return _on(rest)
    if rest[0].lower() in _CODES and (not rest[1:] or _NAME.fullmatch(rest[1])) and len(rest) <= 2:
        target = rest[1] if rest[1:] else ""
        problem = Problem("except-until" if target else "except-target")
        return Order(Verb.EXCEPT, target=target, code=rest[0].lower(), problem=problem)
    is_short = len(rest) == 1 or (len(rest) == 2 and "/" in rest[0])
    return _on(rest) if (is_short and first.lower() not in _NOUNS) or _says_when(rest[1:]) else None


def _is_code(word: str) -> bool:
    lower = word.lower()
    return lower in _CODES or ("-" in lower and bool(difflib.get_close_matches(lower, _CODES, 1, _LIKE_A_CODE)))


def _is_plain(words: Sequence[str]) -> bool:
    """Whether the words are those of an order, not of a sentence such as "except the gpu pool"."""
    return "/" in words[0] or _says_when(words[1:])


def _says_when(words: Sequence[str]) -> bool:
    return any(word.lower() in (*UNTIL, *BECAUSE) or _DATE.fullmatch(word) for word in words)


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
    code = day = ""
    if rest and rest[0].lower() not in (*UNTIL, *BECAUSE) and not _DATE.fullmatch(rest[0]):
        code = rest.pop(0).lower()
    if rest and rest[0].lower() in UNTIL:
        rest.pop(0)
    if rest and rest[0].lower() not in BECAUSE:
        day = rest.pop(0).removesuffix("까지")
    note = reason_in(rest)
    said = {"except-code": code, "except-until": day, "except-reason": note.strip()}
    missing = next((key for key, value in said.items() if not value), None)
    problem = Problem(missing) if missing is not None else None
    if len(note) > REASON_CHARS:
        problem, note = problem or Problem("except-long", str(REASON_CHARS)), ""
    return Order(Verb.EXCEPT, target=target, code=code, day=day, note=note, problem=problem)


def find_accepted(accepted: Iterable[Acceptance], target: str, code: str) -> tuple[Acceptance, ...]:
    """Return the exceptions that ``[NAMESPACE/][KIND/]NAME`` and a code can mean, whatever the cluster has by now.

    Args:
        code: empty for whatever is accepted of it.
    """
    every = tuple(accepted)
    parts = parts_of(target, {each.key.namespace for each in every})
    return tuple(each for each in every if code in ("", each.code) and parts and is_named(each.key, parts))
