"""The commands: words that stand for one Question each, both ways; knows no cluster and no sentences."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.questions import (
    ASPECTS,
    COUNTED,
    KINDS,
    SAFE_OF,
    AtRisk,
    Changes,
    Clarify,
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
from bot.core.understand.text import normalise

_WORD = re.compile(r'[a-z]+="[^"]*"|\S+')
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+(?:[-+][\w.+-]+)?)?)$", re.ASCII)

#: A shorter word resembles too many commands to be a mistyped one.
MISTYPED_CHARS = 3

#: A mistyped command with more words than this is a sentence: its other words mean something else.
COMMAND_WORDS = 3


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of the commands. ``words`` maps every spelling in every language to its command."""

    words: Mapping[str, str]


def understand(text: str, grammar: Grammar) -> Question:
    """Return the question that a text asks.

    An unknown first word gives Help with the nearest valid question; nothing is guessed.
    """
    words = words_in(text)
    if not words:
        return Help()
    command = command_of(words[0], grammar)
    if command is None:
        return Help(unknown=" ".join(words), nearest=_nearest(words, grammar))
    return parse(command, words[1:])


def words_in(text: str) -> list[str]:
    """Return the words after the slash command; a quoted value of ``key="a b"`` is one word."""
    words = _WORD.findall(normalise(text))
    return words[1:] if words and words[0].lower() in ("/runtime", "runtime") else words


def command_of(word: str, grammar: Grammar) -> str | None:
    """Return the command a word stands for, None when it is no command word."""
    return grammar.words.get(_bare(word) or word)


#: Words beside names and values that a command takes.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "status": ("pool", "node"),
    "nodes": ("docker", *Runtime, "ready", "notready", "not-ready", "pool", "node", "nodes", "on", "in"),
    "count": ("docker", *Runtime, "ready", "notready", "not-ready", "pool", "on", "in", *COUNTED),
    "pods": ("in", "namespace"),
    "export": ("all", "the", "pods", "workloads", "nodes", "node"),
    "progress": ("pool",),
    "upgrade": ("to",),
    "node-state": ASPECTS,
    "help": ("me",),
}

#: Commands that take nothing: what follows them makes a sentence.
_ALONE = ("milestones", "trend", "changes", "version", "help", "export")


def is_argument(
    command: str,
    word: str,
    exact: Callable[[str], object],
    is_word: Callable[[str], bool],
    topics: Collection[str],
) -> bool:
    """Whether a word is what a command takes, rather than a word of a sentence that begins like one.

    Args:
        exact: what has exactly this name in the cluster; is_word: whether people use it in sentences.
        topics: words that name guides.
    """
    plain = _bare(word)
    if plain in _ARGUMENTS.get(command, ()) or not plain:
        return True
    if command in _ALONE:
        return False
    is_value = "=" in word or "/" in word or word.startswith("`") or bool(_VERSION.match(plain))
    if is_value:
        return True
    if command in ("guide", "faq"):  # these need no cluster, so its names are not asked for
        return plain in topics or not is_word(plain)
    if exact(plain):
        return True
    return not is_word(plain) and not any("\uac00" <= letter <= "\ud7a3" for letter in plain)


def parse(command: str, arguments: list[str]) -> Question:
    """Return the question of a command of COMMANDS and the words after it."""
    return _PARSERS[command]([_plain(word) for word in arguments if word.strip("`")])


def _plain(word: str) -> str:
    key, equals, value = word.strip("`").partition('="')
    return f"{key}={value.removesuffix(chr(34))}" if equals else key


def _bare(word: str) -> str:
    return word.lower().strip("`'\"?!.,:")


def _nearest(words: list[str], grammar: Grammar) -> str | None:
    first = _bare(words[0])
    close = difflib.get_close_matches(first, grammar.words, n=1, cutoff=0.6) if len(first) >= MISTYPED_CHARS else []
    if not close:
        # "show me the nodes": a command word in the middle is nearer than nothing.
        return next((grammar.words[_bare(word)] for word in words if _bare(word) in grammar.words), None)
    return " ".join([grammar.words[close[0]], *(words[1:] if len(words) <= COMMAND_WORDS else ())])


def _status(words: list[str]) -> Question:
    target = _without_article(words, "pool", "node")
    return Status(" ".join(target) or None)


def _nodes(words: list[str]) -> Question:
    runtimes: tuple[Runtime, ...] = ()
    pool = version = name = None
    ready = None
    for word in (word for word in words if any(character.isalnum() for character in word)):
        key, equals, value = word.partition("=")
        key = key.lower() if equals else ""
        value = value if equals else word
        lower = value.lower()
        if lower == "docker" and key in ("", "runtime"):
            runtimes += (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
        elif lower in list(Runtime) and key in ("", "runtime"):
            runtimes += (Runtime(lower),)
        elif lower in ("ready", "notready", "not-ready") and not key:
            ready = lower == "ready"
        elif (match := _VERSION.match(lower)) and key in ("", "version", "kubelet"):
            if version not in (None, match[1]):
                return _too_many(words)
            version = match[1]
        elif key in ("node", "name"):
            name = value
        elif key or lower not in ("pool", "node", "nodes", "on", "in"):
            if pool not in (None, value):
                return _too_many(words)
            pool = value
    return Nodes(tuple(dict.fromkeys(runtimes)), pool, version, name, ready)


def _too_many(words: list[str]) -> Question:
    """Two pools or two versions at once: none of them is dropped in silence."""
    return Help(unknown=" ".join(("nodes", *words)), nearest=f"nodes {words[0]}")


def _pods(words: list[str]) -> Question:
    values, rest = _keyed(words, "namespace", "owner", "code", "pool")
    if values:
        return AtRisk(**{"namespace": " ".join(rest) or None, **values})
    target = " ".join(_without_article(words, "in", "namespace"))
    if not target:
        return AtRisk()
    return AtRisk(workload=target) if "/" in target else AtRisk(namespace=target)


def _explain(words: list[str]) -> Question:
    if not words:
        return Help(unknown="explain", nearest="explain NAMESPACE/NAME")
    return Explain(" ".join(words))


def _guide(words: list[str]) -> Question:
    return Guide(" ".join(words) or None)


def _export(words: list[str]) -> Question:
    what = " ".join(_without_article(words, "all", "the")).lower()
    if what in ("", "pods", "workloads"):
        return Export()
    return Export(nodes=True) if what in ("nodes", "node") else Help(unknown=f"export {what}", nearest="export nodes")


def _version(words: list[str]) -> str | None:
    """Return the first version among the words: ``1.24`` of ``to v1.24``."""
    return next((match[1] for word in words if (match := _VERSION.match(word.lower()))), None)


def _upgrade(words: list[str]) -> Question:
    return Upgrade(_version(words) or " ".join(_without_article(words, "to")) or None)


def _milestone(words: list[str]) -> Question:
    return Milestone(_version(words) or " ".join(words) or None)


def _node_state(words: list[str]) -> Question:
    aspect = next((word.lower() for word in words[1:] if word.lower() in ASPECTS), ASPECTS[0])
    return NodeState(words[0], aspect) if words else _unnamed("node-state", "NODE")


def _count(words: list[str]) -> Question:
    values, rest = _keyed(words, "namespace", "owner")
    what = rest[0].lower() if rest else "nodes"
    nodes = _nodes(rest[1:])
    if what not in COUNTED or not isinstance(nodes, Nodes):
        return Help(unknown=" ".join(("count", *words)), nearest="count nodes")
    return Count(what, nodes.runtimes, nodes.pool, nodes.version, nodes.ready, **values)


def _safe(words: list[str]) -> Question:
    values, rest = _keyed(words, *SAFE_OF)
    for what, target in values.items():
        return Safe(target, what)
    return Safe(" ".join(rest) or None)


def _named(make: Callable[[str], Question], command: str, placeholder: str) -> Callable[[list[str]], Question]:
    """Return a parser of a command that needs one name."""

    def parse(words: list[str]) -> Question:
        return make(" ".join(words)) if words else _unnamed(command, placeholder)

    return parse


def _unnamed(command: str, placeholder: str) -> Question:
    return Help(unknown=command, nearest=f"{command} {placeholder}")


def _keyed(words: list[str], *keys: str) -> tuple[dict[str, str], list[str]]:
    """Return the values of ``key=value`` words, and the other words."""
    values: dict[str, str] = {}
    rest: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key.lower() in keys and value:
            values[key.lower()] = value
        else:
            rest.append(word)
    return values, rest


def _without_article(words: list[str], *articles: str) -> list[str]:
    while len(words) > 1 and words[0].lower() in articles:
        words = words[1:]
    return words


_PARSERS: Mapping[str, Callable[[list[str]], Question]] = {
    "status": _status,
    "nodes": _nodes,
    "pods": _pods,
    "explain": _explain,
    "guide": _guide,
    "milestones": lambda words: Milestones(),
    "export": _export,
    "help": lambda words: Help(),
    "safe": _safe,
    "where": _named(Where, "where", "NAMESPACE/NAME"),
    "drain": _named(Drain, "drain", "NODE"),
    "node-state": _node_state,
    "count": _count,
    "progress": lambda words: Progress(" ".join(_without_article(words, "pool")) or None),
    "upgrade": _upgrade,
    "version": lambda words: ServerVersion(),
    "when": _milestone,
    "owners": lambda words: Owners(" ".join(words) or None),
    "trend": lambda words: Trend(),
    "changes": lambda words: Changes(),
    "faq": _named(Faq, "faq", "TOPIC"),
}

COMMANDS = tuple(_PARSERS)

#: The commands that help lists; the others are what sentences and buttons become.
LISTED = ("status", "nodes", "pods", "explain", "guide", "milestones", "export", "help")


def words_of(question: Question) -> str:
    """Return the command that asks a question; empty for what no command asks.

    `understand` makes the same question of it, as long as names hold no white space but single blanks.
    """
    writer = _WRITERS.get(type(question))
    words = [KINDS[type(question)]] if writer is None else [word for word in writer(question) if word]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    key, equals, value = word.partition("=")
    return f'{key}="{value}"' if equals and " " in value else word


def _node_words(question: Nodes | Count) -> list[str]:
    docker = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
    ready = {None: "", True: "ready", False: "notready"}[question.ready]
    runtimes = ["docker"] if question.runtimes == docker else [str(runtime) for runtime in question.runtimes]
    pool = f"pool={question.pool}" if question.pool else ""
    return [*runtimes, ready, pool, f"version={question.version}" if question.version else ""]


def _pod_words(question: AtRisk) -> list[str]:
    filters = {"owner": question.owner, "code": question.code, "pool": question.pool}
    if question.workload and "/" not in question.workload:
        return ["explain", question.workload]
    keyed = [f"{key}={value}" for key, value in filters.items() if value]
    place = [f"namespace={question.namespace}"] if keyed and question.namespace else [question.namespace or ""]
    return ["pods", *place, *keyed, question.workload or ""]


_WRITERS: Mapping[type, Callable[[Any], list[str]]] = {
    Status: lambda q: ["status", q.target or ""],
    Nodes: lambda q: ["nodes", *_node_words(q), f"name={q.name}" if q.name else ""],
    Count: lambda q: [
        "count",
        q.what,
        *_node_words(q),
        *(f"{key}={value}" for key, value in (("namespace", q.namespace), ("owner", q.owner)) if value),
    ],
    Where: lambda q: ["where", q.target],
    Drain: lambda q: ["drain", q.node],
    NodeState: lambda q: ["node-state", q.name, "" if q.aspect == ASPECTS[0] else q.aspect],
    Progress: lambda q: ["progress", q.target or ""],
    Upgrade: lambda q: ["upgrade", q.version or ""],
    Safe: lambda q: ["safe", f"{q.what}={q.target}" if q.what else q.target or ""],
    AtRisk: _pod_words,
    Explain: lambda q: ["explain", q.target],
    Guide: lambda q: ["guide", q.topic or ""],
    Milestone: lambda q: ["when", q.version or ""],
    Owners: lambda q: ["owners", q.target or ""],
    Export: lambda q: ["export", "nodes" if q.nodes else ""],
    Faq: lambda q: ["faq", q.topic],
    Courtesy: lambda q: [{"greeting": "hello", "thanks": "thanks"}[q.what]],
    OutOfScope: lambda q: [],
    Clarify: lambda q: [],
    Help: lambda q: ["help"] if q.unknown is None else [],
}
