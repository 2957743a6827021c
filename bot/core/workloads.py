"""From a pod to the workload a user would name, along controller references; judges nothing."""

from collections.abc import Iterable
from typing import NamedTuple

from bot.core.objects import Controller, OwnerReference, Pod

#: Groups that served a kind before its present one: dumps and owner references of that age name them.
OLD_GROUPS = {"extensions": "apps"}

#: Controllers that manage an object of the key's kind by stamping out their own template.
_STAMPED_BY = {"ReplicaSet": "Deployment", "Job": "CronJob"}

#: Kinds of which a controller keeps old ones, scaled to zero.
_SCALED = frozenset({"ReplicaSet", "ReplicationController"})


class WorkloadKey(NamedTuple):
    """Identity of a workload. ``group`` tells apart kinds of one name, such as batch and Volcano Jobs."""

    namespace: str
    kind: str
    name: str
    group: str = ""

    @property
    def full_name(self) -> str:
        """``namespace/Kind/name``: unambiguous, and what ``explain`` takes as it stands."""
        return f"{self.namespace}/{self.kind}/{self.name}"

    @property
    def short_name(self) -> str:
        """``namespace/name``, as people write it."""
        return f"{self.namespace}/{self.name}"


class ControllerTree:
    """The controllers read, by who controls whom; finds the workload at the top of a chain of references."""

    def __init__(self) -> None:
        self._controllers: dict[WorkloadKey, Controller] = {}
        self._below: dict[WorkloadKey, dict[WorkloadKey, Controller]] = {}

    def put(self, item: Controller) -> None:
        """Take in a controller, in the place of what it was before."""
        key = key_of(item)
        self.drop(key)
        self._controllers[key] = item
        if item.controller is not None:
            self._below.setdefault(_key(item.namespace, item.controller), {})[key] = item

    def drop(self, key: WorkloadKey) -> None:
        """Forget a controller; what it controls stays, and is now the top of its chain."""
        item = self._controllers.pop(key, None)
        if item is not None and item.controller is not None:
            parent = _key(item.namespace, item.controller)
            held = self._below[parent]
            del held[key]
            if not held:
                del self._below[parent]

    def get(self, key: WorkloadKey) -> Controller | None:
        """Return the object behind a key, if it was read."""
        return self._controllers.get(key)

    def every(self) -> Iterable[Controller]:
        """Return all that were read."""
        return self._controllers.values()

    def top(self, key: WorkloadKey) -> WorkloadKey:
        """Return the last controller above ``key``; of a loop of references the first of its keys."""
        item = self._controllers.get(key)
        if item is None or item.controller is None:
            return key
        seen = {key: None}
        current = key
        while item is not None and item.controller is not None:
            current = _key(current.namespace, item.controller)
            if current in seen:
                steps = list(seen)
                return min(steps[steps.index(current) :])
            seen[current] = None
            item = self._controllers.get(current)
        return current

    def chain(self, key: WorkloadKey) -> list[WorkloadKey]:
        """Return a workload's key and those of all controllers below it: in the order in which kinds are read."""
        found = {key: None}
        waiting = [key]
        while waiting:
            for below in self._below.get(waiting.pop(), ()):
                if below not in found:
                    found[below] = None
                    waiting.append(below)
        return sorted(found, key=_in_reading_order) if len(found) > 1 else list(found)

    def speaks_for_itself(self, item: Controller) -> bool:
        """Whether the object's own template says what its workload will run next.

        Not so for a ReplicaSet of a Deployment or a Job of a CronJob: those are history, or come from a
        template that is read anyway. When that parent is not readable, the ReplicaSet that is scaled up
        is the best evidence there is, and where none is, the newest. The same goes for ReplicationControllers,
        which OpenShift's DeploymentConfig makes.
        """
        if item.controller is None:
            return True
        parent = _key(item.namespace, item.controller)
        if _STAMPED_BY.get(item.kind) == parent.kind and parent in self._controllers:
            return False
        return item.kind not in _SCALED or item.replicas != 0 or self._is_newest_of_none(item, parent)

    def _is_newest_of_none(self, item: Controller, parent: WorkloadKey) -> bool:
        """Whether it is what a parent that was not read, and has nothing scaled up, made last."""
        if parent in self._controllers:
            return False
        made = [below for below in self._below[parent].values() if below.kind in _SCALED]
        return all(below.replicas == 0 for below in made) and item is max(
            made, key=lambda each: (each.age, each.name, each.kind)
        )


def workload_of(pod: Pod) -> WorkloadKey:
    """Return what controls a pod, or the bare or static pod itself.

    A static pod's mirror names its Node as controller and is its own workload.
    """
    if pod.is_static or pod.controller is None:
        return WorkloadKey(pod.namespace, "Pod", pod.name)
    return _key(pod.namespace, pod.controller)


def key_of(item: Controller) -> WorkloadKey:
    """Return the identity of an object with a pod template."""
    return WorkloadKey(item.namespace, item.kind, item.name, item.group)


#: As bot.core.snapshot.RESOURCES has them; kinds of other groups are never read.
_KINDS = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "ReplicationController", "Job", "CronJob")


def _in_reading_order(key: WorkloadKey) -> tuple[int, WorkloadKey]:
    return (_KINDS.index(key.kind) if key.kind in _KINDS else len(_KINDS), key)


def _key(namespace: str, reference: OwnerReference) -> WorkloadKey:
    return WorkloadKey(namespace, reference.kind, reference.name, reference.group)
