"""From a pod to the workload a user would name, along controller references; judges nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


class ControllerIndex:
    """Finds the workload at the top of a chain of controller references."""

    def __init__(self, controllers: Iterable[Controller]) -> None:
        self._controllers: Mapping[WorkloadKey, Controller] = {key_of(item): item for item in controllers}
        self._tops: dict[WorkloadKey, WorkloadKey] = {}
        self._newest = self._newest_of_none()

    def workload_of(self, pod: Pod) -> WorkloadKey:
        """Return the workload of a pod: the top of its chain, or the bare or static pod itself.

        A chain ends where no further controller is known: at an unknown kind, or at an object that was
        not read. A static pod's mirror names its Node as controller and is its own workload.
        """
        if pod.is_static or pod.controller is None:
            return WorkloadKey(pod.namespace, "Pod", pod.name)
        return self.top(_key(pod.namespace, pod.controller))

    def top(self, key: WorkloadKey) -> WorkloadKey:
        """Return the last controller above ``key``; a loop of references ends where it closes."""
        if (known := self._tops.get(key)) is not None:
            return known
        seen = [key]
        current = key
        while (item := self._controllers.get(current)) is not None and item.controller is not None:
            current = _key(current.namespace, item.controller)
            if current in seen:
                break
            seen.append(current)
        for step in seen:
            self._tops[step] = current
        return current

    def get(self, key: WorkloadKey) -> Controller | None:
        """Return the object behind a key, if it was read."""
        return self._controllers.get(key)

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
        return item.kind not in _SCALED or item.replicas != 0 or key_of(item) in self._newest

    def _newest_of_none(self) -> frozenset[WorkloadKey]:
        """Return, for each parent that was not read and has nothing scaled up, what it made last."""
        made: dict[WorkloadKey, list[Controller]] = defaultdict(list)
        for item in self._controllers.values():
            if item.kind in _SCALED and item.controller is not None:
                parent = _key(item.namespace, item.controller)
                if parent not in self._controllers:
                    made[parent].append(item)
        return frozenset(
            key_of(max(items, key=lambda item: (item.age, item.name)))
            for items in made.values()
            if all(item.replicas == 0 for item in items)
        )


def key_of(item: Controller) -> WorkloadKey:
    """Return the identity of an object with a pod template."""
    return WorkloadKey(item.namespace, item.kind, item.name, item.group)


def _key(namespace: str, reference: OwnerReference) -> WorkloadKey:
    return WorkloadKey(namespace, reference.kind, reference.name, reference.group)
