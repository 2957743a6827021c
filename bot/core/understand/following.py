"""What carries on a conversation: "and in staging?", "why?", "who owns it?"."""

from collections.abc import Sequence

from bot.core.questions import (
    AtRisk,
    Count,
    Drain,
    Explain,
    Faq,
    Guide,
    Milestone,
    Nodes,
    NodeState,
    Owners,
    Progress,
    Question,
    Safe,
    Status,
    Upgrade,
    Where,
)
from bot.core.understand.filling import aimed, fill, target_of
from bot.core.understand.model import Scored
from bot.core.understand.sentence import Sentence

#: A longer sentence says by itself what it asks.
CARRYING_WORDS = 8


def follow(before: Question, said: Sentence, best: Sequence[Scored]) -> Question | None:
    """Return what a sentence means after another question, None when it stands for itself."""
    if len(said.tokens) > CARRYING_WORDS:
        return None
    if said.is_only(said.words.why):
        return _why(before)
    if said.is_carrying():
        return _moved(before, said)
    target = target_of(before)
    if target is None or said.entities or not (said.is_pointing() or said.is_only(())):
        return None
    for scored in best[:2]:
        question = fill(scored.label, said)
        if question is None or target_of(question) in said.words.pronouns:
            return _aimed_label(scored.label, target, before)
        if target_of(question) is None and (pointed := aimed(question, target)):
            return pointed
    return None


def _aimed_label(label: str, target: str, before: Question) -> Question | None:
    match label.partition(".")[0]:
        case "where":
            return Where(target)
        case "explain":
            return _why(before)
        case "drain":
            return Drain(target)
        case "node":
            return NodeState(target, label.partition(".")[2] or "state")
        case _:
            return None


def _why(before: Question) -> Question | None:
    match before:
        case Safe(target=None) | Status(target=None) | Progress():
            return AtRisk()
        case Safe(target=target, what="pool") | Status(target=target):
            return AtRisk(pool=target)
        case Safe(target=target, what="namespace"):
            return AtRisk(target)
        case Safe(target=target, what="owner"):
            return AtRisk(owner=target)
        case AtRisk(workload=str(target)) | Where(target=target):
            return Explain(target)
        case Safe(target=str(target)):
            return AtRisk(workload=target) if "/" in target else AtRisk(target)
        case _:
            return before


def _moved(before: Question, said: Sentence) -> Question | None:
    """Return the question before, about what the sentence names instead."""
    pool, node, namespace = said.name("pool"), said.name("node"), said.name("namespace")
    workload, owner, version = said.workload(), said.name("owner"), said.any_version()
    name = pool or node or namespace or workload or owner or said.any_name()
    match before:
        case Nodes() | Count(what="nodes"):
            runtimes = said.runtimes() or before.runtimes
            if isinstance(before, Count):
                return Count("nodes", runtimes, pool or before.pool, version or before.version, before.ready)
            return Nodes(runtimes, pool or before.pool, version or before.version, node, before.ready)
        case Count():
            return Count(before.what, pool=pool, namespace=namespace, owner=None if namespace else owner)
        case Upgrade() | Milestone() if version:
            return type(before)(version)
        case Status() | Progress() if pool or node:
            return type(before)(pool or node)
        case Status() if namespace or name:
            return AtRisk(namespace or name)
        case AtRisk() if name:
            if namespace or not (pool or owner or workload):
                return AtRisk(namespace or name)
            return AtRisk(pool=pool) if pool else AtRisk(owner=owner) if owner else AtRisk(workload=workload)
        case Safe() if name:
            return Safe(name, said.type_of(name))
        case Explain() | Where() if name:
            return type(before)(workload or name)
        case Drain() if name:
            return Drain(node or name)
        case NodeState() if name:
            return NodeState(node or name, before.aspect)
        case Owners() if name:
            return Owners(workload or namespace or name)
        case Guide() if name or said.code():
            return Guide(said.code() or name)
        case Faq():
            return None
        case _:
            return None
