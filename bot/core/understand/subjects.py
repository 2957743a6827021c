"""What a topic, a rule or a date is about, and what of the cluster that concerns: "do we use it?", "who has it?"."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.core.questions import AtRisk, Count, Faq, Guide, Milestone, Milestones, Nodes, Question, Upgrade
from bot.core.runtimes import Runtime
from bot.core.understand.filling import fill
from bot.core.understand.model import Scored
from bot.core.understand.parsing import VERSION
from bot.core.understand.sentence import DOCKER, Sentence

#: From this probability a topic or a courtesy is what a sentence is about, and it carries nothing on.
OWN = 0.4

#: From this probability what to do first is asked.
CLEAR = 0.6

#: A Korean sentence of so few words leaves out what it is about.
UNSAID_WORDS = 4

#: What leads away from a subject to what to do first.
FIRST = "faq:what-to-do-first"


def of_subject(before: Question, said: Sentence, top: Scored) -> Question | None:
    """Return what a sentence asks of the cluster about the subject of the question before, None where it does not."""
    kind = top.label.partition(".")[0]
    if said.entities or said.runtimes() or said.any_version():
        return None
    if isinstance(before, Upgrade):
        return _of_upgrade(before, said, top, kind) if before.version else None
    is_else = kind in ("courtesy", "out-of-scope") and top.probability >= OWN
    if is_else and not _is_using(said) and not said.is_only(said.words.which):
        return None
    if dated := _date(before, said):
        return _of_date(dated, said, top, kind)
    if runtimes := _runtimes(before, said):
        return _used(runtimes, said, top.label, kind)
    code = _code(before, said)
    if code and fill(top.label, said) == Guide():  # "how do I fix it?"
        return Guide(code)
    return AtRisk(code=code) if code and _is_of_code(said, kind) else None


def _about(before: Question, said: Sentence) -> str:
    """Return what a topic or a guide is about, in a word."""
    if isinstance(before, AtRisk):
        return before.code if before == AtRisk(code=before.code) and before.code else ""
    topic = before.topic if isinstance(before, Faq | Guide) else None
    return said.words.subject.get(topic, topic) if topic else ""


def _date(before: Question, said: Sentence) -> Milestone | None:
    if isinstance(before, Milestone | Milestones):
        return before if isinstance(before, Milestone) else Milestone()
    about = _about(before, said)
    return Milestone(about) if VERSION.match(about) else None


def _runtimes(before: Question, said: Sentence) -> tuple[Runtime, ...]:
    about = _about(before, said)
    if about == "docker":
        return DOCKER
    return tuple(runtime for runtime in Runtime if runtime in about and runtime is not Runtime.UNKNOWN)


def _code(before: Question, said: Sentence) -> str | None:
    about = _about(before, said)
    if about in said.words.codes:
        return about
    return next((code for code, spellings in said.words.codes.items() if about and about in spellings), None)


def _of_upgrade(before: Upgrade, said: Sentence, top: Scored, kind: str) -> Question | None:
    """Return what stands in the way again, and the date of the version where that is asked for."""
    if kind == "milestone" and said.is_pointing():
        return Milestone(before.version)
    is_affected = kind in ("nodes", "count") and said.says(said.words.affected["words"])
    is_topic = top.label.startswith("faq:") and top.label != FIRST and top.probability >= OWN
    is_blocked = said.says(said.words.affected["blocking"]) and not is_topic and kind != "guide"
    is_first = top.label == FIRST and top.probability >= CLEAR
    return before if is_first or is_affected or is_blocked else None


def _of_date(dated: Milestone, said: Sentence, top: Scored, kind: str) -> Question | None:
    """Return a date again where it is asked whom it concerns, or how far it is."""
    if said.ready() is not None or said.cordoned() is not None or said.says(said.words.affected["workloads"]):
        return None
    if top.label.startswith("faq:") and top.probability >= OWN:
        return None
    if said.is_pointing() and kind == "upgrade" and dated.version:
        return Upgrade(dated.version)
    is_pointing = said.is_pointing() and kind in ("nodes", "count", "milestone")
    is_whom = said.is_only(said.words.which) or said.says(said.words.affected["words"])
    return dated if is_pointing or is_whom else None


def _used(runtimes: Sequence[Runtime], said: Sentence, label: str, kind: str) -> Question | None:
    """Return the nodes of the runtimes, or how many, where it is asked whether they are in use."""
    is_of_nodes = kind in ("nodes", "count") and (said.is_pointing() or said.says(said.words.using["words"]))
    if not is_of_nodes and not _is_using(said):
        return None
    asked = fill(label, said)
    if isinstance(asked, Nodes) or (isinstance(asked, Count) and asked.what == "nodes"):
        return replace(asked, runtimes=tuple(runtimes))
    return Nodes(tuple(runtimes))


def _is_of_code(said: Sentence, kind: str) -> bool:
    """Whether the workloads with a rule's finding are asked for."""
    is_of_workloads = kind in ("owners", "at-risk", "count", "where", "nodes", "safe")
    is_named = is_of_workloads or said.says(said.words.affected["workloads"])
    if is_named and said.says(said.words.affected["words"]):
        return True
    if is_of_workloads and (said.is_pointing() or _is_unsaid(said)) and not said.says(said.words.everything):
        return True
    return said.is_only(said.words.which) or _is_using(said)


def _is_using(said: Sentence) -> bool:
    """Whether it is asked if what was spoken of is used here; not whether it should be."""
    if not said.says(said.words.using["words"]) or said.says(said.words.using["deciding"]):
        return False
    return said.is_pointing() or (_is_unsaid(said) and said.says(said.words.using["here"]))


def _is_unsaid(said: Sentence) -> bool:
    """Whether a sentence is Korean and short enough to leave out what it is about."""
    return (
        not said.text.isascii() and len(said.tokens) <= UNSAID_WORDS and not any(t.word.isascii() for t in said.tokens)
    )
