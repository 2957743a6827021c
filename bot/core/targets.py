"""Finding what a person means by a name: ``[NAMESPACE/][KIND/]NAME``, exact first, near names when nothing fits."""

import difflib
from collections.abc import Collection, Iterable, Sequence

from bot.core.view import ClusterView, NodeFact, Workload
from bot.core.workloads import WorkloadKey

#: kubectl's short and plural names of the kinds with a pod template.
_KINDS = {
    "deploy": "deployment",
    "deployments": "deployment",
    "ds": "daemonset",
    "daemonsets": "daemonset",
    "sts": "statefulset",
    "statefulsets": "statefulset",
    "rs": "replicaset",
    "replicasets": "replicaset",
    "rc": "replicationcontroller",
    "replicationcontrollers": "replicationcontroller",
    "jobs": "job",
    "cj": "cronjob",
    "cronjobs": "cronjob",
    "po": "pod",
    "pods": "pod",
    "no": "node",
    "nodes": "node",
}

NEAR_NAMES = 3


def kind_named(word: str) -> str:
    """Return a kind in lower case, whether given in full, in plural or by kubectl's short name."""
    return _KINDS.get(word.lower(), word.lower())


def find_node(view: ClusterView, name: str) -> NodeFact | None:
    """Return the node of that name."""
    return next((node for node in view.nodes if node.name == name), None)


def parts_of(target: str, namespaces: Collection[str]) -> tuple[str | None, str | None, str] | None:
    """Return (namespace, kind in lower case, name) of ``[NAMESPACE/][KIND/]NAME``; None for more parts than that.

    ``A/B`` is a namespace and a name if there is a namespace A, else a kind and a name.
    """
    parts = target.strip().strip("/").split("/")
    if len(parts) > 3:
        return None
    if len(parts) == 3:
        return parts[0], kind_named(parts[1]), parts[2]
    if len(parts) == 1:
        return None, None, parts[0]
    return (parts[0], None, parts[1]) if parts[0] in namespaces else (None, kind_named(parts[0]), parts[1])


def is_named(key: WorkloadKey, parts: tuple[str | None, str | None, str]) -> bool:
    """Whether a workload is one of those that such parts can mean."""
    namespace, kind, name = parts
    return key.name == name and namespace in (None, key.namespace) and _is_kind(key, kind)


def find(view: ClusterView, target: str) -> tuple[tuple[Workload, ...], tuple[NodeFact, ...]]:
    """Return every workload and node a target can mean.

    ``A/B`` is a namespace and a name if there is a namespace A, else a kind and a name. ``node/NAME`` is a
    node unless there is a namespace ``node``.
    """
    parts = parts_of(target, view.namespaces)
    if parts is None:
        return (), ()
    namespace, kind, name = parts
    workloads = tuple(workload for workload in view.workloads if is_named(workload.key, parts))
    nodes = tuple(node for node in view.nodes if node.name == name) if namespace is None else ()
    return workloads, nodes if kind in (None, "node") else ()


def _is_kind(key: WorkloadKey, kind: str | None) -> bool:
    """Whether a workload is of a kind, given plain or as ``kind.group``, as kubectl prints names."""
    if kind is None or kind == key.kind.lower():
        return True
    name, dot, group = kind.partition(".")
    return bool(dot) and kind_named(name) == key.kind.lower() and group == key.group.lower()


def full_names(workloads: Sequence[Workload]) -> tuple[str, ...]:
    """Return the full name of each; where two kinds of one name differ in their group, with the group."""
    names = [workload.key.full_name for workload in workloads]
    return tuple(
        name if names.count(name) == 1 else f"{w.key.namespace}/{w.key.kind}.{w.key.group}/{w.key.name}"
        for name, w in zip(names, workloads, strict=True)
    )


def near(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names nearest to one, best first; case does not count."""
    by_lower: dict[str, str] = {}
    for known in names:
        by_lower.setdefault(known.lower(), known)
    wanted = name.lower()
    starting = sorted(known for known in by_lower if wanted and known.startswith(wanted))[:NEAR_NAMES]
    close = difflib.get_close_matches(wanted, by_lower, n=NEAR_NAMES, cutoff=0.6)
    return tuple(by_lower[known] for known in dict.fromkeys((*starting, *close)))[:NEAR_NAMES]


def near_targets(view: ClusterView, target: str) -> tuple[str, ...]:
    """Return near workloads, as ``namespace/Kind/name``, and near nodes, as ``node/name``."""
    name = target.strip("/").rpartition("/")[2]
    # A pod carries its workload's name and a suffix: offer the workload to whoever pastes a pod's name.
    owning = {w.key.name for w in view.workloads if name.startswith(f"{w.key.name}-")}
    names = {workload.key.name for workload in view.workloads} | {node.name for node in view.nodes}
    found = [*sorted(owning, key=len, reverse=True)[:1], *near(name, names)]
    results = [w.key.full_name for known in found for w in view.workloads if w.key.name == known]
    results += [f"node/{node.name}" for known in found for node in view.nodes if node.name == known]
    return tuple(dict.fromkeys(results))[:NEAR_NAMES]
