"""What carries on a conversation: "and in staging?", "why?", "who owns it?"."""

from collections.abc import Sequence
from typing import TypeGuard

from msgspec.structs import replace

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
from bot.core.understand.subjects import of_subject

#: In a sentence of so few words, of this probability, what it is about may have been left out.
UNSAID_WORDS = 4
UNSAID = 0.4

#: From this probability a sentence is clear by itself.
CLEAR = 0.9

#: A longer sentence says by itself what it asks.
CARRYING_WORDS = 8


def follow(before: Question, said: Sentence, best: Sequence[Scored]) -> Question | None:
    """Return what a sentence means after another question, None when it stands for itself."""
    if len(said.tokens) > CARRYING_WORDS or not best:
        return None
    if said.is_only(said.words.why):
        return _why(before)
    top = best[0]
    kind = top.label.partition(".")[0]
    target = target_of(before)
    if target and _is_node(before) and said.is_pointing() and said.says(said.words.running) and not said.entities:
        return Drain(target)
    if asked := of_subject(before, said, top):
        return asked
    if isinstance(before, AtRisk | Count) and kind == "owners" and (risky := _whose(before, said, top.label)):
        return risky
    # A greeting, and what is said of everything, do not carry on; nor does what is clear by itself.
    if (kind == "courtesy" and top.probability >= UNSAID) or said.says(said.words.everything):
        return None
    if isinstance(before, Count) and said.is_only(said.words.which):
        return _listed(before)
    if counted := _counted(before, said, best):
        return counted
    if said.is_carrying() and (said.is_begun() or top.probability < CLEAR):
        return _moved(before, said)
    if said.is_narrowing() and isinstance(before, AtRisk) and not said.entities and fill(top.label, said) == AtRisk():
        return before
    if _is_readiness(before, said, kind):
        return replace(before, ready=said.ready(), cordoned=said.cordoned())
    if target is None or said.entities:
        return None
    if not (said.is_pointing() or said.is_only(())):
        return _unsaid(before, target, said, top)
    for scored in best[: 1 if top.probability >= UNSAID else 2]:
        question = fill(scored.label, said)
        if question == Guide():
            return _guide_of(target, before, said)
        if question is None or target_of(question) in said.words.pronouns:
            return _aimed_label(scored.label, target, before)
        if _is_node(before) and question == AtRisk():
            return Drain(target)
        if target_of(question) is None and (pointed := aimed(question, target, is_pool=_is_pool(before))):
            return pointed
    return None


def _is_readiness(before: Question, said: Sentence, kind: str) -> TypeGuard[Nodes | Count]:
    """Whether a sentence asks which of the nodes that were listed are Ready, or not."""
    is_of_nodes = isinstance(before, Nodes | Count) and getattr(before, "what", "nodes") == "nodes"
    is_of_nodes = is_of_nodes and getattr(before, "name", None) is None
    return (
        is_of_nodes
        and (kind in ("nodes", "count", "node", "safe") or said.is_narrowing())
        and (said.ready() is not None or said.cordoned() is not None)
        and not (said.entities or said.runtimes() or said.any_version())
        and (said.is_begun() or said.is_narrowing() or said.is_pointing())
    )


def _is_node(before: Question) -> bool:
    """Whether what a question is about is a node."""
    return isinstance(before, NodeState | Drain) or (isinstance(before, Nodes) and before.name is not None)


def _is_pool(before: Question) -> bool:
    """Whether what a question is about is a pool."""
    return (isinstance(before, Nodes) and before.name is None) or getattr(before, "what", None) == "pool"


def _unsaid(before: Question, target: str, said: Sentence, top: Scored) -> Question | None:
    """Return a question that leaves out what it is about, as Korean does: "담당자가 누구야?"."""
    if len(said.tokens) > UNSAID_WORDS:
        return None
    kind, _, aspect = top.label.partition(".")
    if _is_node(before):
        if kind == "drain":
            return Drain(target)
        if said.says(("kubelet",)):
            return NodeState(target, "kubelet")
        # What is clear by itself is about the cluster: "how are we doing?".
        is_of_node = kind in ("node", "version") or (kind == "status" and top.probability < UNSAID)
        return NodeState(target, "kubelet" if kind == "version" else aspect or "state") if is_of_node else None
    if top.probability < UNSAID or not isinstance(before, Explain | Where | Owners | Safe | AtRisk):
        return None
    match kind:
        case "owners" if fill(top.label, said) == Owners():
            return Owners(target)
        case "where":
            return Where(target)
        case "guide" if fill(top.label, said) == Guide():
            return _guide_of(target, before, said)
        case "explain":
            return Explain(target) if isinstance(before, Owners | Where) else _why(before)
        case _:
            return None


def _guide_of(target: str, before: Question, said: Sentence) -> Question | None:
    """Return the way out for what was asked about: the product's, else what is said of it and what to do."""
    is_product = any(product in target for product in said.words.products)
    return Guide(target.rpartition("/")[2]) if is_product else _why(before)


def _counted(before: Question, said: Sentence, best: Sequence[Scored]) -> Question | None:
    """Return how many of what was listed: "몇 대야?"."""
    is_bare = said.is_only(said.words.how_many)
    if not best or said.entities or len(said.tokens) > UNSAID_WORDS:
        return None
    if not is_bare and best[0].label.partition(".")[0] != "count":
        return None
    asked = Count("nodes" if isinstance(before, Nodes) else "at-risk") if is_bare else fill(best[0].label, said)
    match before:
        case Nodes() if asked == Count("nodes"):
            return Count("nodes", before.runtimes, before.pool, before.version, before.ready, cordoned=before.cordoned)
        case AtRisk() if is_bare or asked in (Count("workloads"), Count("at-risk")):
            is_plain = before.workload is None and before.code is None
            counted = Count("at-risk", pool=before.pool, namespace=before.namespace, owner=before.owner)
            return counted if is_plain else None
        case _:
            return None


def _aimed_label(label: str, target: str, before: Question) -> Question | None:
    match label.partition(".")[0]:
        case "where":
            return Where(target)
        case "explain":
            return Explain(target) if isinstance(before, Owners | Where) else _why(before)
        case "guide" if isinstance(before, Explain | AtRisk):
            return _why(before)
        case "drain":
            return Drain(target)
        case "node":
            return NodeState(target, label.partition(".")[2] or "state")
        case _:
            return None


def _whose(before: AtRisk | Count, said: Sentence, label: str) -> AtRisk | None:
    """Return the workloads at risk that were listed or counted again: each is shown with its owner."""
    listed = _listed(before) if isinstance(before, Count) else before
    is_one = not isinstance(listed, AtRisk) or listed.workload is not None or listed == AtRisk()
    is_of_them = said.says(said.words.several) or (len(said.tokens) <= UNSAID_WORDS and not said.text.isascii())
    if is_one or not is_of_them or said.entities or fill(label, said) not in (Owners(), None):
        return None
    return listed if isinstance(listed, AtRisk) else None


def _listed(before: Count) -> Question | None:
    """Return what lists the things that were counted."""
    match before.what:
        case "nodes":
            return Nodes(before.runtimes, before.pool, before.version, None, before.ready, before.cordoned)
        case "workloads" | "pods" | "at-risk" | "exposed":
            return AtRisk(before.namespace, None, before.owner, None, before.pool)
        case "owners":
            return Owners()
        case _:
            return Status()


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
    name = pool or node or namespace or workload or owner or said.stranger()
    match before:
        case Nodes() | Count(what="nodes"):
            runtimes = said.runtimes() or before.runtimes
            if name and not (pool or node or said.runtimes()):  # of another type, or of nothing that is known
                if namespace or workload or owner:
                    return None
                pool = name
            pool, version = pool or before.pool, version or before.version
            if isinstance(before, Count):
                return replace(before, runtimes=runtimes, pool=pool, version=version)
            return replace(before, runtimes=runtimes, pool=pool, version=version, name=node)
        case Count():
            if not name or not (pool or namespace or owner or name == said.stranger()) or said.runtimes():
                return None
            namespace = namespace or (None if pool or owner else name)
            return Count(before.what, pool=pool, namespace=namespace, owner=None if namespace else owner)
        case Upgrade() | Milestone() if version:
            return type(before)(version)
        case Status() | Progress() if pool or node:
            return type(before)(pool or node)
        case Status() if namespace or name:
            return AtRisk(namespace or name)
        case AtRisk() if code := said.code():
            return AtRisk(before.namespace, None, before.owner, code, before.pool)
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
