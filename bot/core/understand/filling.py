"""From what a sentence asks and the names in it to a Question; says which name is missing instead of guessing one."""

from collections.abc import Callable, Collection, Mapping

from msgspec.structs import replace

from bot.core.questions import (
    UNOWNED,
    AtRisk,
    Count,
    Courtesy,
    Drain,
    Explain,
    Export,
    Faq,
    Guide,
    Help,
    Manage,
    Milestone,
    Milestones,
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
from bot.core.understand.sentence import OFF_DOCKER, Sentence
from bot.core.understand.spans import changes_in

#: The release that removed dockershim, which is meant when no version is named (facts: Kubernetes 1.24, 2022-05-03).
REMOVAL = "1.24"


def fill(label: str, said: Sentence) -> Question | None:
    """Return the question of a label, None when a name it needs is not in the sentence."""
    if label.startswith("faq:"):
        return Faq(label.removeprefix("faq:"))
    kind, _, variant = label.partition(".")
    return _FILLERS[kind](said, variant)


def _status(said: Sentence, variant: str) -> Question:
    target = said.name("pool", "node")
    if target is None and (namespace := said.name("namespace")):
        return AtRisk(namespace)
    if target is None and (workload := said.workload()):
        return Explain(workload)
    if target is None and (owner := said.name("owner")):
        return AtRisk(owner=owner)
    runtimes = said.runtimes()
    if target is None and len(runtimes) == 1 and said.says(said.words.using["words"]):  # "do we use cri-dockerd?"
        return Nodes(runtimes)
    return Status(target or said.name(""))


def _nodes(said: Sentence, variant: str) -> Question:
    if version := said.concerning():
        return Milestone(version)
    if version := said.concerning("blocking"):
        return Upgrade(version)
    runtimes = said.runtimes()
    if not runtimes and said.is_away():
        runtimes = OFF_DOCKER
    name = said.name("node")
    # Nodes tell no role but by their pool: without such a pool the answer says so, and is not about every node.
    pool = said.name("pool") or (said.name("") or said.control_plane() if name is None else None)
    asked = Nodes(runtimes, pool, said.version(), name, said.ready(), said.cordoned())
    if asked == Nodes() and (workload := said.workload()):
        return Where(workload)
    if asked == Nodes() and (code := said.code()):
        return AtRisk(code=code)
    return asked


def _count(said: Sentence, variant: str) -> Question:
    what = variant or "nodes"
    namespace, owner = said.name("namespace"), None
    if namespace is None or said.type_of(namespace) == "owner":
        owner = said.name("owner")
        namespace = None if owner else namespace
    if what == "nodes":
        nodes = _nodes(said, variant)
        if isinstance(nodes, Nodes):
            return Count(what, nodes.runtimes, nodes.pool, nodes.version, nodes.ready, cordoned=nodes.cordoned)
        return nodes
    if what in ("pools", "namespaces", "owners"):
        return Count(what)
    return Count(what, pool=said.name("pool"), namespace=namespace or said.name(""), owner=owner)


def _where(said: Sentence, variant: str) -> Question | None:
    target = said.workload() or said.any_name("workload")
    return Where(target) if target else None


def _drain(said: Sentence, variant: str) -> Question | None:
    if node := said.name("node"):
        return Drain(node)
    if pool := said.name("pool"):
        return Safe(pool, "pool")
    name = said.any_name("node")
    return Drain(name) if name else None


def _node(said: Sentence, variant: str) -> Question | None:
    if node := said.name("node"):
        return NodeState(node, variant or "state")
    if pool := said.name("pool"):
        return Nodes(pool=pool, ready=said.ready(), cordoned=said.cordoned()) if variant != "state" else Status(pool)
    name = said.any_name("node")
    return NodeState(name, variant or "state") if name else None


def _version(said: Sentence, variant: str) -> Question:
    if node := said.name("node"):
        return NodeState(node, "kubelet")
    if version := said.version():
        return Upgrade(version)
    return Nodes(pool=pool) if (pool := said.name("pool")) else ServerVersion()


def _progress(said: Sentence, variant: str) -> Question:
    pool = said.name("pool")
    if pool is None and (namespace := said.name("namespace")):
        return AtRisk(namespace)
    return Progress(pool or said.name(""))


def _upgrade(said: Sentence, variant: str) -> Question:
    return Upgrade(said.any_version())


def _safe(said: Sentence, variant: str) -> Question:
    target = said.workload() or said.name("namespace", "pool", "node", "owner") or said.any_name()
    if target is None:
        return Safe()
    return Safe(target, said.type_of(target))


def _at_risk(said: Sentence, variant: str) -> Question:
    owner, namespace = said.name("owner"), said.name("namespace")
    if namespace and said.type_of(namespace) == "owner":
        namespace = None
    if namespace:
        owner = None if owner == namespace else owner
    if owner is None and said.says(said.words.unowned):
        owner = UNOWNED
    pool, code = said.name("pool"), said.code()
    if not (namespace or owner or pool or code):
        if workload := said.workload():
            return AtRisk(workload=workload)
        if node := said.name("node"):
            return Drain(node)
        return AtRisk(said.any_name())
    return AtRisk(namespace, None, owner, code, pool)


def _explain(said: Sentence, variant: str) -> Question | None:
    if workload := said.workload():
        return Explain(workload)
    if node := said.name("node"):
        return Explain(f"node/{node}")
    if namespace := said.name("namespace"):
        return AtRisk(namespace)
    if pool := said.name("pool"):
        return AtRisk(pool=pool)
    if owner := said.name("owner"):
        return AtRisk(owner=owner)
    if code := said.code():
        return AtRisk(code=code)
    target = said.any_name()
    return Explain(target) if target else None


def _guide(said: Sentence, variant: str) -> Question:
    if code := said.code():
        return Guide(code)
    product = _topic(said, said.words.products)
    way = said.words.way.get(said.moving_to() or "")
    return Guide(product or way or _topic(said, said.words.topics) or said.any_name("workload"))


def _topic(said: Sentence, topics: Collection[str]) -> str | None:
    """Return the longest part of a sentence that is one of the topics."""
    words = [token.word for token in said.tokens]
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            topic = " ".join(words[start : start + size])
            if topic in topics and topic not in said.words.asking:
                return topic
    return None


def _milestone(said: Sentence, variant: str) -> Question:
    target = said.workload() or said.name("namespace", "owner")
    if target and said.says(said.words.affected["words"]):  # "is payments hit by 1.24?"
        return Safe(target, said.type_of(target))
    versions = dict.fromkeys(token.word for token in said.tokens if token.slot == "version")
    if len(versions) > 1:  # from one to another: the calendar
        return Milestones()
    if version := said.any_version():
        return Milestone(version)
    return Milestone(REMOVAL if variant == "removal" else None)


def _owners(said: Sentence, variant: str) -> Question:
    target = said.workload() or said.name("namespace")
    if target is None and (owner := said.name("owner")):
        return AtRisk(owner=owner)
    if target is None and variant == "target":
        target = said.any_name()
    return Owners(target)


def _exceptions(said: Sentence, variant: str) -> Question | None:
    if not said.says(said.words.excepted["words"]) or said.says(said.words.excepted["none"]):
        return None
    if variant != "show":
        return Manage("digest help")
    name = said.workload()
    return Manage(f"except show {name}" if name else "except show")


_FILLERS: Mapping[str, Callable[[Sentence, str], Question | None]] = {
    "status": _status,
    "nodes": _nodes,
    "count": _count,
    "where": _where,
    "drain": _drain,
    "node": _node,
    "version": _version,
    "progress": _progress,
    "upgrade": _upgrade,
    "at-risk": _at_risk,
    "explain": _explain,
    "safe": _safe,
    "milestones": lambda said, variant: Milestones(),
    "milestone": _milestone,
    "guide": _guide,
    "trend": lambda said, variant: Trend(),
    "changes": lambda said, variant: changes_in(said.text),
    "owners": _owners,
    "export": lambda said, variant: Export(nodes=said.says(("node", "nodes", "노드"))),
    "exceptions": _exceptions,
    "help": lambda said, variant: Help(),
    "courtesy": lambda said, variant: Courtesy(variant),
    "out-of-scope": lambda said, variant: OutOfScope(variant),
}


def target_of(question: Question) -> str | None:
    """Return the name a question is about."""
    for field in ("target", "workload", "namespace", "node", "name", "pool", "owner"):
        if value := getattr(question, field, None):
            return str(value)
    return None


def aimed(question: Question, target: str, *, is_pool: bool = False) -> Question | None:
    """Return a question without a name as asked about one; None for a question that is about none."""
    match question:
        case AtRisk() if is_pool:
            return AtRisk(pool=target)
        case Status() | Safe() | Progress() | Owners():
            return replace(question, target=target)
        case AtRisk():
            return AtRisk(workload=target) if "/" in target else AtRisk(target)
        case _:
            return None
