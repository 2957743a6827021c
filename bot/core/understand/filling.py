"""From what a sentence asks and the names in it to a Question; says which name is missing instead of guessing one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.questions import (
    UNOWNED,
    AtRisk,
    Changes,
    Count,
    Courtesy,
    Drain,
    Explain,
    Export,
    Faq,
    Guide,
    Help,
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
from bot.core.runtimes import Runtime
from bot.core.understand.names import Entity
from bot.core.understand.tokens import Token, type_of_word

#: The release that removed dockershim, which is meant when no version is named (facts: Kubernetes 1.24, 2022-05-03).
REMOVAL = "1.24"

DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
OFF_DOCKER = (Runtime.CONTAINERD, Runtime.CRI_O)


@dataclass(frozen=True, slots=True)
class Words:
    """The words that narrow questions, of ``bot/data/words.toml``: what is meant, to how it is said."""

    runtimes: Mapping[str, tuple[str, ...]]
    ready: Mapping[str, tuple[str, ...]]
    moved: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]
    pronouns: tuple[str, ...]
    carrying: tuple[str, ...]
    why: tuple[str, ...]
    asking: tuple[str, ...]
    unowned: tuple[str, ...]
    topics: frozenset[str] = frozenset()


class Sentence:
    """A sentence with its names, asked for by type.

    Args:
        text: normalised, in lower case.
        doubt: words up to this doubt are taken for names.
    """

    def __init__(self, text: str, tokens: Sequence[Token], words: Words, *, doubt: int) -> None:
        self.text = text
        self.words = words
        self.tokens = tokens
        self._entities = [(token, entity) for token in tokens if token.doubt <= doubt for entity in token.entities]
        self._unknown = next((token.raw for token in tokens if token.slot == "unknown"), None)

    def name(self, *types: str) -> str | None:
        """Return the first name of the first type there is one of; ``""`` is a name of no known type."""
        for what in types:
            fitting = [(token.slot != what, entity.name) for token, entity in self._entities if entity.what == what]
            if fitting:
                return min(fitting, key=lambda item: item[0])[1]
        return None

    def any_name(self, *first: str) -> str | None:
        """Return a name, of these types rather than others; a word nobody knows as the last resort."""
        if found := self.name(*first):
            return found
        if self._entities:
            return self._entities[0][1].name
        return self._unknown

    def type_of(self, name: str) -> str | None:
        """Return the type that the words beside a name say it has."""
        for token, entity in self._entities:
            if entity.name == name and token.hint:
                return token.hint
        return None

    def workload(self) -> str | None:
        """Return the workload named, with its namespace where that is named beside it."""
        name = self.name("workload")
        namespace = self.name("namespace")
        if name is None:
            return None
        return f"{namespace}/{name}" if namespace and namespace != name and "/" not in name else name

    def version(self) -> str | None:
        """Return the version named, but for one that belongs to a runtime: ``containerd 1.6``."""
        for index, token in enumerate(self.tokens):
            if token.slot == "version":
                before = self.tokens[index - 1].word if index else ""
                if not self.is_runtime(before):
                    return token.word
        return None

    def any_version(self) -> str | None:
        """Return the first version named, whatever it is of."""
        return next((token.word for token in self.tokens if token.slot == "version"), None)

    def is_runtime(self, word: str) -> bool:
        """Whether a word names a runtime."""
        return any(word.startswith(known) for spellings in self.words.runtimes.values() for known in spellings)

    def says(self, phrases: Sequence[str]) -> bool:
        """Whether one of the phrases is in the sentence, at the beginning of a word."""
        return any(_begins(self.text, phrase) for phrase in phrases)

    def runtimes(self) -> tuple[Runtime, ...]:
        """Return the runtimes asked for."""
        found: dict[Runtime, None] = {}
        plain = " ".join(token.word for token in self.tokens if not token.entities or token.doubt)
        # The longest first, and each taken out once found: 도커 is also the beginning of 도커심.
        named = [(word, name) for name, spellings in self.words.runtimes.items() for word in spellings]
        for spelling, name in sorted(named, key=lambda item: -len(item[0])):
            if not _begins(plain, spelling):
                continue
            plain = plain.replace(spelling, " ")
            found.update(dict.fromkeys(DOCKER if name == "docker" else (Runtime(name),)))
        if found and all(runtime.is_docker for runtime in found) and self.is_away():
            return OFF_DOCKER
        return tuple(runtime for runtime in Runtime if runtime in found)

    def is_away(self) -> bool:
        """Whether those that left Docker are meant."""
        return self.says(self.words.moved["away"]) and not self.says(self.words.moved["kept"])

    def ready(self) -> bool | None:
        """Return whether nodes that are Ready, or that are not, are asked for."""
        if self.says(self.words.ready["no"]):
            return False
        return True if self.says(self.words.ready["yes"]) else None

    def code(self) -> str | None:
        """Return the rule code named or described."""
        for token in self.tokens:
            if token.word in self.words.codes:
                return token.word
        return next((code for code, spellings in self.words.codes.items() if self.says(spellings)), None)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """What was taken for a name."""
        return tuple(dict.fromkeys(entity for _, entity in self._entities))

    def is_only(self, words: Sequence[str]) -> bool:
        """Whether the sentence is one of these words, and words that say nothing."""
        rest = [token.word for token in self.tokens if token.word not in self.words.carrying]
        return " ".join(rest) in words if rest else not words

    def is_carrying(self) -> bool:
        """Whether the sentence names something, and says nothing of it."""
        names = [t for t in self.tokens if t.slot or type_of_word(t.word) or self.is_runtime(t.word)]
        return bool(names) and all(t in names or t.word in self.words.carrying for t in self.tokens)

    def is_pointing(self) -> bool:
        """Whether the sentence speaks of something named before."""
        plain = {token.word for token in self.tokens}
        return any(word in plain or (" " in word and word in self.text) for word in self.words.pronouns)


#: What a word goes on with: `docker` is not in `cri-dockerd`.
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _begins(text: str, phrase: str) -> bool:
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        is_start = start == 0 or text[start - 1] not in _WORD
        is_end = end == len(text) or not phrase[-1].isascii() or not (text[end].isascii() and text[end] in _WORD)
        if is_start and is_end:
            return True
        start = text.find(phrase, start + 1)
    return False


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
    return Status(target or said.name(""))


def _nodes(said: Sentence, variant: str) -> Question:
    runtimes = said.runtimes()
    if not runtimes and said.is_away():
        runtimes = OFF_DOCKER
    name = said.name("node")
    pool = said.name("pool") or (said.name("") if name is None else None)
    asked = Nodes(runtimes, pool, said.version(), name, said.ready())
    if asked == Nodes() and (workload := said.workload()):
        return Where(workload)
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
            return Count(what, nodes.runtimes, nodes.pool, nodes.version, nodes.ready)
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
        return Nodes(pool=pool, ready=said.ready()) if variant != "state" else Status(pool)
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
    words = [token.word for token in said.tokens]
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            topic = " ".join(words[start : start + size])
            if topic in said.words.topics and topic not in said.words.asking:
                return Guide(topic)
    return Guide(said.any_name("workload"))


def _milestone(said: Sentence, variant: str) -> Question:
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
    "changes": lambda said, variant: Changes(),
    "owners": _owners,
    "export": lambda said, variant: Export(nodes=said.says(("node", "nodes", "노드"))),
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


def aimed(question: Question, target: str) -> Question | None:
    """Return a question without a name as asked about one; None for a question that is about none."""
    match question:
        case Status() | Safe() | Progress() | Owners():
            return replace(question, target=target)
        case AtRisk():
            return AtRisk(workload=target) if "/" in target else AtRisk(target)
        case _:
            return None
