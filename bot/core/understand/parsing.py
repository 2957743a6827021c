"""From a command and the words after it to a Question."""

import re
from collections.abc import Callable, Mapping

from bot.core.questions import (
    ASPECTS,
    COUNTED,
    NODE_STATES,
    SAFE_OF,
    AtRisk,
    Count,
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
from bot.core.understand.spans import changes_in

#: A version as people write it; the group is without its ``v``.
VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+(?:[-+][\w.+-]+)?)?)$", re.ASCII)


def parse(command: str, arguments: list[str]) -> Question:
    """Return the question of a command of COMMANDS and the words after it."""
    return _PARSERS[command]([_plain(word) for word in arguments if word.strip("`")])


def _plain(word: str) -> str:
    key, equals, value = word.strip("`").partition('="')
    return f"{key}={value.removesuffix(chr(34))}" if equals else key


def _status(words: list[str]) -> Question:
    target = _without_article(words, "pool", "node")
    return Status(" ".join(target) or None)


def _nodes(words: list[str]) -> Question:
    runtimes: tuple[Runtime, ...] = ()
    pool = version = name = None
    ready = cordoned = None
    for word in (word for word in words if any(character.isalnum() for character in word)):
        key, equals, value = word.partition("=")
        key = key.lower() if equals else ""
        value = value if equals else word
        lower = value.lower()
        if lower == "docker" and key in ("", "runtime"):
            runtimes += (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
        elif lower in list(Runtime) and key in ("", "runtime"):
            runtimes += (Runtime(lower),)
        elif lower in ("cordoned", "schedulable") and not key:
            cordoned = lower == "cordoned"
        elif lower in NODE_STATES and not key:
            ready = lower == "ready"
        elif (match := VERSION.match(lower)) and key in ("", "version", "kubelet"):
            if version not in (None, match[1]):
                return _too_many(words)
            version = match[1]
        elif key in ("node", "name"):
            name = value
        elif key or lower not in ("pool", "node", "nodes", "on", "in"):
            if pool not in (None, value):
                return _too_many(words)
            pool = value
    return Nodes(tuple(dict.fromkeys(runtimes)), pool, version, name, ready, cordoned)


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
    return next((match[1] for word in words if (match := VERSION.match(word.lower()))), None)


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
    return Count(what, nodes.runtimes, nodes.pool, nodes.version, nodes.ready, cordoned=nodes.cordoned, **values)


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
    "changes": lambda words: changes_in(" ".join(words)),
    "faq": _named(Faq, "faq", "TOPIC"),
    "digest": lambda words: Manage(" ".join(("digest", *words))),
}

COMMANDS = tuple(_PARSERS)
