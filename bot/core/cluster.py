"""A cluster kept judged: objects are put in and dropped one at a time, and a view can be had at any moment.

What a change does not touch is not looked at again: the view of 150,000 pods costs what has changed since the last.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec import Struct

from bot.core.behind import Behind
from bot.core.judging import Judge, Judging
from bot.core.node_facts import fact_of, pools_of
from bot.core.objects import Claim, Controller, Namespace, Node, PersistentVolume, Pod, RuntimeClass, Template
from bot.core.ordering import Ordered
from bot.core.pools import cluster_provider
from bot.core.snapshot import RESOURCES, Gap
from bot.core.tally import Placement, Tally
from bot.core.view import ClusterView, NodeFact, Pool, Workload
from bot.core.workloads import ControllerTree, WorkloadKey, key_of, workload_of

#: Anything that can be put in.
Slim = Node | Namespace | Pod | Controller | PersistentVolume | Claim | RuntimeClass


class Reading(Struct, frozen=True):
    """What a view says of how it was read, as of ClusterView."""

    as_of: datetime
    name: str | None = None
    version: str | None = None
    gaps: tuple[Gap, ...] = ()
    clock: datetime | None = None
    heard: Mapping[str, datetime] = {}


class Cluster:
    """What is known of one cluster now. Not for two threads at once; the views that come out are for any number."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._nodes: dict[str, Node] = {}
        self._facts: dict[str, tuple[NodeFact, str | None]] = {}
        self._namespaces: dict[str, Namespace] = {}
        self._behind = Behind()
        self._tree = ControllerTree()
        self._beside: dict[WorkloadKey, list[Controller]] = {}
        self._pods: dict[str, dict[str, Pod]] = {}
        self._pods_of: dict[WorkloadKey, dict[str, Pod]] = {}
        self._workloads = Ordered()
        self._by_namespace: dict[str, set[WorkloadKey]] = {}
        self._claiming: set[WorkloadKey] = set()
        self._judge = Judge(judging.agents)
        self._dirty: set[WorkloadKey] = set()
        self._moved: set[str] = set()
        self._node_part: tuple[tuple[NodeFact, ...], tuple[Pool, ...], str | None] | None = None
        self._seen: tuple[str, ...] | None = None

    # Taking in

    def put(self, item: Slim) -> bool:
        """Take in an object, in the place of what it was before; False where it is the same."""
        return _PUT[type(item)](self, item)

    def put_beside(self, item: Controller) -> None:
        """Take in a further pod template of an object that has several, as an object of a file may."""
        key = key_of(item)
        self._beside.setdefault(key, []).append(item)
        self._dirty.add(self._tree.top(key))

    def drop(self, group: str, kind: str, namespace: str, name: str) -> bool:
        """Forget an object; False where there is none."""
        drop = _DROP.get((group, kind))
        if drop is not None:
            return drop(self, namespace, name)
        return self._drop_controller(WorkloadKey(namespace, kind, name, group))

    def names(self, group: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield (namespace, name) of every object of a kind."""
        if kind == "Pod" and not group:
            return ((namespace, name) for namespace, pods in self._pods.items() for name in pods)
        held: Mapping[tuple[str, str], Mapping[Any, Any]] = {
            ("", "Node"): self._nodes,
            ("", "Namespace"): self._namespaces,
            ("", "PersistentVolume"): self._behind.volumes,
            ("node.k8s.io", "RuntimeClass"): self._behind.classes,
        }
        if (group, kind) in held:
            return (("", name) for name in held[group, kind])
        if kind == "PersistentVolumeClaim" and not group:
            return iter(self._behind.claims)
        keys = map(key_of, self._tree.every())
        return ((key.namespace, key.name) for key in keys if (key.group, key.kind) == (group, kind))

    def retain(self, group: str, kind: str, names: Collection[tuple[str, str]], namespace: str | None = None) -> int:
        """Forget the objects of a kind, in one namespace or all, that are not among some; return how many those were.

        Args:
            names: (namespace, name) of those that stay.
        """
        gone = [each for each in self.names(group, kind) if each not in names and namespace in (None, each[0])]
        for each in gone:
            self.drop(group, kind, *each)
        return len(gone)

    def counts(self) -> Mapping[str, int]:
        """Return how many objects there are, by kind."""
        controllers = Counter(item.kind for item in self._tree.every())
        held: Mapping[str, Mapping[Any, Any]] = {
            "Node": self._nodes,
            "Namespace": self._namespaces,
            "PersistentVolume": self._behind.volumes,
            "PersistentVolumeClaim": self._behind.claims,
            "RuntimeClass": self._behind.classes,
        }
        pods = sum(len(inside) for inside in self._pods.values())
        return {**controllers, **{kind: len(items) for kind, items in held.items()}, "Pod": pods}

    def templates(self) -> Iterator[Template]:
        """Yield the template of every pod and controller."""
        for item in self._tree.every():
            yield item.template
        for pods in self._pods.values():
            for pod in pods.values():
                yield pod.template

    @property
    def has_changed(self) -> bool:
        """Whether anything came in since the last view was made that the next one shows."""
        return bool(
            self._dirty or self._moved or self._behind.has_changed or self._node_part is None or self._seen is None
        )

    def _put_node(self, node: Node) -> bool:
        before = self._nodes.get(node.name)
        if before == node:
            return False
        self._nodes[node.name] = node
        fact, provider = fact_of(node, self._judging.pools)
        known = self._facts.get(node.name)
        if known is None or known[0].runtime is not fact.runtime:
            self._moved.add(node.name)
        self._facts[node.name] = (fact, provider)
        self._node_part = None
        return True

    def _drop_node(self, _: str, name: str) -> bool:
        if self._nodes.pop(name, None) is None:
            return False
        del self._facts[name]
        self._moved.add(name)
        self._node_part = None
        return True

    def _put_namespace(self, namespace: Namespace) -> bool:
        before = self._namespaces.get(namespace.name)
        self._namespaces[namespace.name] = namespace
        if before == namespace:
            return False
        if before is None:
            self._seen = None
        self._dirty |= self._by_namespace.get(namespace.name, set())
        return True

    def _drop_namespace(self, _: str, name: str) -> bool:
        if self._namespaces.pop(name, None) is None:
            return False
        self._dirty |= self._by_namespace.get(name, set())
        self._seen = None
        return True

    def _put_pod(self, pod: Pod) -> bool:
        inside = self._pods.get(pod.namespace)
        if inside is None:
            inside = self._pods[pod.namespace] = {}
        before = inside.get(pod.name)
        if before == pod:
            return False
        inside[pod.name] = pod
        above = workload_of(pod)
        if before is not None and (was_above := workload_of(before)) != above:
            self._take_from(was_above, pod.name)
        held = self._pods_of.get(above)
        if held is None:
            self._pods_of[above] = {pod.name: pod}
        else:
            held[pod.name] = pod
        self._dirty.add(self._tree.top(above))
        return True

    def _drop_pod(self, namespace: str, name: str) -> bool:
        inside = self._pods.get(namespace)
        pod = inside.pop(name, None) if inside else None
        if pod is None:
            return False
        if not inside:
            del self._pods[namespace]
        self._take_from(workload_of(pod), name)
        return True

    def _take_from(self, above: WorkloadKey, name: str) -> None:
        held = self._pods_of[above]
        del held[name]
        if not held:
            del self._pods_of[above]
        self._dirty.add(self._tree.top(above))

    def _put_controller(self, item: Controller) -> bool:
        key = key_of(item)
        before = self._tree.get(key)
        if before == item:
            return False
        self._dirty.add(self._tree.top(key))
        self._tree.put(item)
        self._dirty.add(self._tree.top(key))
        return True

    def _drop_controller(self, key: WorkloadKey) -> bool:
        if self._tree.get(key) is None:
            return False
        self._dirty.add(self._tree.top(key))
        self._tree.drop(key)
        self._dirty.add(key)
        return True

    # Giving out

    def view(self, reading: Reading) -> ClusterView:
        """Return what is known now."""
        if self._node_part is None:
            self._node_part = self._nodes_now()
        nodes, pools, provider = self._node_part
        self._look_again()
        if self._seen is None:
            self._seen = tuple(sorted(self._by_namespace.keys() | self._namespaces.keys()))
        return ClusterView(
            as_of=reading.as_of,
            clock=reading.clock,
            name=reading.name,
            version=reading.version,
            provider=provider,
            nodes=nodes,
            pools=pools,
            workloads=self._workloads.now(),
            namespaces=self._seen,
            gaps=reading.gaps,
            kinds=len(RESOURCES),
            heard=reading.heard,
        )

    def _nodes_now(self) -> tuple[tuple[NodeFact, ...], tuple[Pool, ...], str | None]:
        known = sorted(self._facts.items())
        nodes = tuple(fact for _, (fact, _) in known)
        return nodes, pools_of(nodes), cluster_provider([provider for _, (_, provider) in known])

    def _look_again(self) -> None:
        """Judge what has changed, and what that concerns."""
        self._look_behind()
        if self._moved:
            # A node's runtime counts for what is at risk alone, and that is found.
            self._dirty.update(
                workload.key for workload in self._workloads.found() if not self._moved.isdisjoint(workload.placed)
            )
            self._moved.clear()
        shared: dict[Placement, Mapping[str, int]] = {}
        self._workloads.change({key: self._tallied(key, shared) for key in self._dirty})
        self._dirty.clear()
        self._judge.tidy(self.templates)

    def _look_behind(self) -> None:
        if (index := self._behind.index()) is not None:
            changed = index.namespaces_unlike(self._judge.claims)
            self._judge.claims = index
            self._dirty.update(key for key in self._claiming if changed is None or key.namespace in changed)
        if classes := self._behind.changed_classes:
            self._judge.handlers = self._behind.handlers()
            pods = (pod for inside in self._pods.values() for pod in inside.values())
            self._dirty.update(
                self._tree.top(workload_of(pod)) for pod in pods if pod.template.runtime_class in classes
            )
            items = (item for item in self._tree.every() if item.template.runtime_class in classes)
            self._dirty.update(self._tree.top(key_of(item)) for item in items)
            classes.clear()

    def _tallied(self, key: WorkloadKey, shared: dict[Placement, Mapping[str, int]]) -> Workload | None:
        """Return a workload, None where nothing is left of it."""
        tally = Tally(self._judging.guides)
        is_claiming = is_there = False
        chain = self._tree.chain(key) if self._tree.top(key) == key else []  # else it is by now below another
        for step in chain:
            if (known := self._tree.get(step)) is None:
                continue
            is_there = True
            for item in (known, *self._beside.get(step, ())):
                tally.add_hints(item.hints, is_own=step == key)
                if self._tree.speaks_for_itself(item):
                    matches = self._judge(item.template, item.namespace)
                    tally.add_template(matches, item.template, item.template_field, f"{item.kind}/{item.name}")
                    is_claiming = is_claiming or _claims(item.template)
        runtimes = self._facts
        for pod in self._pods_in(chain):
            is_there = True
            tally.add_hints(pod.hints, is_own=False)
            fact = runtimes.get(pod.node)
            matches = self._judge(pod.template, pod.namespace)
            tally.add_pod(pod, matches, fact[0].runtime if fact is not None else None)
            is_claiming = is_claiming or _claims(pod.template)
        (self._claiming.add if is_claiming else self._claiming.discard)(key)
        if not is_there:
            if (inside := self._by_namespace.get(key.namespace)) is not None:
                inside.discard(key)
                if not inside:
                    del self._by_namespace[key.namespace]
                    self._seen = None
            return None
        if (inside := self._by_namespace.get(key.namespace)) is None:
            inside = self._by_namespace[key.namespace] = set()
            self._seen = None
        inside.add(key)
        namespace = self._namespaces.get(key.namespace)
        return tally.close(key, namespace.owner if namespace else None, shared)

    def _pods_in(self, chain: Iterable[WorkloadKey]) -> list[Pod]:
        pods = [pod for step in chain for pod in self._pods_of.get(step, _NO_PODS).values()]
        if len(pods) > 1:
            pods.sort(key=_NAME)
        return pods


_NO_PODS: Mapping[str, Pod] = {}
_NAME = attrgetter("name")

_PUT: Mapping[type, Callable[[Cluster, Any], bool]] = {
    Pod: Cluster._put_pod,
    Controller: Cluster._put_controller,
    Node: Cluster._put_node,
    Namespace: Cluster._put_namespace,
    PersistentVolume: lambda cluster, item: cluster._behind.put_volume(item),
    Claim: lambda cluster, item: cluster._behind.put_claim(item),
    RuntimeClass: lambda cluster, item: cluster._behind.put_class(item),
}

#: By (group, kind); every other kind is a controller's.
_DROP: Mapping[tuple[str, str], Callable[[Cluster, str, str], bool]] = {
    ("", "Pod"): Cluster._drop_pod,
    ("", "Node"): Cluster._drop_node,
    ("", "Namespace"): Cluster._drop_namespace,
    ("", "PersistentVolume"): lambda cluster, _, name: cluster._behind.drop_volume(name),
    ("", "PersistentVolumeClaim"): lambda cluster, *name: cluster._behind.drop_claim(*name),
    ("node.k8s.io", "RuntimeClass"): lambda cluster, _, name: cluster._behind.drop_class(name),
}


def _claims(template: Template) -> bool:
    return any(volume.claim or volume.wanted for volume in template.volumes)
