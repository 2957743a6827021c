"""Messages that ask several things: taken apart only where each part is clearly a question about the cluster."""

import re
from collections.abc import Callable

from bot.core.questions import (
    AtRisk,
    Changes,
    Clarify,
    Count,
    Courtesy,
    Drain,
    Explain,
    Help,
    Milestone,
    Nodes,
    NodeState,
    OutOfScope,
    Owners,
    Progress,
    Question,
    Safe,
    ServerVersion,
    Trend,
    Upgrade,
    Where,
)

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

#: How sure each part must be.
CLEAR = 0.75

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

#: What asks nothing of the cluster.
_NOTHING = (OutOfScope, Help, Clarify)


def questions_in(
    text: str, whole: Question, read: Callable[[str, Question | None], tuple[Question, float]]
) -> tuple[Question, ...]:
    """Return the questions of a message that asks several, nothing for one that asks one.

    Args:
        whole: what the message means as one question.
        read: returns what a part means after another question, and how sure that is.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part and part.strip()]
    if not 2 <= len(parts) <= MOST_PARTS:
        return ()
    found: list[Question] = []
    for part in parts:
        question, sure = read(part, found[-1] if found else None)
        if isinstance(question, Courtesy) or (not found and isinstance(question, _NOTHING)):
            continue  # a greeting, and who they are
        least = PART_WORDS if found and part.isascii() else SHORT_WORDS
        if not isinstance(question, _ALONE) or question == Safe() or sure < CLEAR or len(part.split()) < least:
            return ()
        found.append(question)
    kinds = [type(question) for question in found]
    if not 2 <= len(found) <= MOST_QUESTIONS or len(set(kinds)) < len(kinds):
        return ()
    # Where the message as a whole means none of them, the parts have lost what holds them together.
    return tuple(found) if isinstance(whole, (*kinds, *_NOTHING)) else ()
