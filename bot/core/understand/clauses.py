"""Messages that ask several things: taken apart only where each part is clearly a question about the cluster."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from bot.core.questions import (
    AtRisk,
    Changes,
    Clarify,
    Count,
    Courtesy,
    Drain,
    Explain,
    Help,
    Manage,
    Milestone,
    Nodes,
    NodeState,
    OutOfScope,
    Owners,
    Progress,
    Question,
    Safe,
    ServerVersion,
    Status,
    Trend,
    Upgrade,
    Where,
)
from bot.core.understand.filling import target_of
from bot.core.understand.names import Entity

#: Where one question may end and another begin; in Korean also a verb or a question word with 고.
_BETWEEN = re.compile(
    r"(?:[?!.;]\s+|\n|,\s+)(?:and\s+|also\s+|그리고\s+)?"
    r"|\s+(?:and|also|plus|그리고)\s+"
    r"|(?:(?<=구)|(?<=개)|(?<=대)|(?<=싶)|(?<=뭐)|(?<=디)|(?<=야)|(?<=됐)|(?<=했)|(?<=하)|(?<=되)|(?<=이))고\s+",
    re.IGNORECASE,
)

#: A paste has more parts than a person has questions.
MOST_PARTS = 4

#: Fewer words ask nothing by themselves: "and how much"; at the beginning, and in Korean, two do.
PART_WORDS = 3
SHORT_WORDS = 2

#: Questions answered in one message.
MOST_QUESTIONS = 3

#: How sure each part must be; one about the whole cluster more so.
CLEAR = 0.75
#: Below this what is said before the first question asks nothing: "I'm new here".
DOUBTFUL = 0.4
VERY_CLEAR = 0.9

#: What stands by itself. Topics and guides do not: what is asked of them hangs on the words beside.
_ALONE = (
    AtRisk,
    Changes,
    Count,
    Drain,
    Explain,
    Milestone,
    Nodes,
    NodeState,
    Owners,
    Progress,
    Safe,
    ServerVersion,
    Trend,
    Upgrade,
    Where,
)

#: Of what is shown where orders are followed, what is asked beside other things.
_EXCEPTIONS = "except show"

#: Where a question that is about one thing has its name.
_FIELDS: Mapping[type, str] = {Safe: "target", Drain: "node", Where: "target", Owners: "target"}

#: What asks nothing of the cluster.
_NOTHING = (OutOfScope, Help, Clarify)


def questions_in(
    text: str,
    whole: Question,
    read: Callable[[str, Question | None], tuple[Question, float]],
    before: Question | None = None,
) -> tuple[Question, ...]:
    """Return the questions of a message that asks several, nothing for one that asks one.

    Args:
        whole: what the message means as one question.
        read: returns what a part means after another question, and how sure that is.
        before: what the same conversation was about.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part and part.strip()]
    if not 2 <= len(parts) <= MOST_PARTS:
        return ()
    found: list[Question] = []
    for part in parts:
        question, sure = read(part, found[-1] if found else before)
        is_nothing = isinstance(question, _NOTHING) or sure < DOUBTFUL
        if isinstance(question, Courtesy) or (not found and is_nothing):
            continue  # a greeting, and who they are
        least = PART_WORDS if found and part.isascii() else SHORT_WORDS
        is_whole = question in (Safe(), Status())
        if is_whole and found:  # "and are not ready": of what was named before
            return ()
        clear = VERY_CLEAR if is_whole else CLEAR
        is_alone = isinstance(question, (*_ALONE, Status)) or _is_of_exceptions(question)
        if not is_alone or sure < clear or len(part.split()) < least:
            return ()
        found.append(question)
    if not 2 <= len(found) <= MOST_QUESTIONS or not _are_several(found):
        return ()
    # Where the message as a whole means none of them, the parts have lost what holds them together.
    return tuple(found) if isinstance(whole, (*map(type, found), *_NOTHING)) else ()


def _is_of_exceptions(question: Question) -> bool:
    return isinstance(question, Manage) and question.words.startswith(_EXCEPTIONS)


def _are_several(found: list[Question]) -> bool:
    """Whether questions ask several things: of one kind only where each names what it is about, and another."""
    about = [(type(question), target_of(question)) for question in found]
    named = all(about.count(one) == 1 for one in about)
    kinds = [kind for kind, _ in about]
    return named and all(target is not None or kinds.count(kind) == 1 for kind, target in about)


def others_named(question: Question, names: Sequence[Entity]) -> tuple[Question, ...]:
    """Return the same question of every other thing of the kind that was named: "are web and payments safe?"."""
    field = _FIELDS.get(type(question))
    target = getattr(question, field) if field else None
    kinds = [entity.what for entity in names if entity.name == target]
    if field is None or not kinds:
        return ()
    others = dict.fromkeys(entity.name for entity in names if entity.what == kinds[0] and entity.name != target)
    made: Any = question  # each of these kinds is a dataclass with that field
    return tuple(replace(made, **{field: name}) for name in others)[: MOST_QUESTIONS - 1]
