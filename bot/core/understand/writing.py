"""From a Question to the command that asks it: the way back of parsing."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.questions import (
    ASPECTS,
    KINDS,
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
    Manage,
    Milestone,
    Nodes,
    NodeState,
    OutOfScope,
    Owners,
    Progress,
    Question,
    Safe,
    Status,
    Upgrade,
    Where,
)
from bot.core.runtimes import Runtime


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
    cordoned = {None: "", True: "cordoned", False: "schedulable"}[question.cordoned]
    return [*runtimes, ready, cordoned, pool, f"version={question.version}" if question.version else ""]


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
    Changes: lambda q: ["changes", q.since.isoformat() if q.since else f"{q.days}d" if q.days else ""],
    Export: lambda q: ["export", "nodes" if q.nodes else ""],
    Faq: lambda q: ["faq", q.topic],
    Manage: lambda q: q.words.split(" "),
    Courtesy: lambda q: [{"greeting": "hello", "thanks": "thanks"}[q.what]],
    OutOfScope: lambda q: [],
    Clarify: lambda q: [],
    Help: lambda q: ["help"] if q.unknown is None else [],
}
