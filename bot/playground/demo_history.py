"""How the demo cluster came to be as it is: sixty fictional days, always the same, that end in the cluster itself.

The nodes of the pools that left Docker did so when the cluster says that they were made anew; before that they ran
dockershim. Workloads had their findings all along, but for what stands below.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.history import Detail, Point, detail_of, point_of
from bot.core.node_history import NodeChange, NodeHistory, What, record_of
from bot.core.runtimes import Runtime
from bot.core.targets import find_node
from bot.core.view import ClusterView, ordered
from bot.playground.demo_nodes import places
from bot.playground.demo_objects import AS_OF

DAYS = 60

#: Days before the end on which not everything was read.
_TORN = frozenset({33, 34, 47})

#: What was fixed, CronJobs without a pod: workload, codes, how many days ago.
_FIXED = (
    ("batch/CronJob/invoice-export", ("docker-socket",), 16.0),
    ("batch/CronJob/nightly-report", ("docker-socket",), 0.4),
)

#: What came in: a workload of the cluster as it is, and how many days ago; the pod when it was created.
_NEW = {"payments/CronJob/image-cleaner": 0.3, "web/Pod/debug-shell": 11.4}

#: What the pools that left Docker ran before, and how long each node had not been read when it was found to have moved.
_BEFORE = ("dockershim://20.10.24", "v1.23.17")
_UNSEEN, _UNSEEN_OF = timedelta(minutes=1), {"edge-03": timedelta(hours=2, minutes=17)}

#: What changed of nodes that stay on Docker: node, what, before, after, how many days ago.
_STATES = (
    ("gpu-05", What.READY, "ready", "not-ready", 0.028),
    ("gpu-05", What.READY, "not-ready", "ready", 2.03),
    ("gpu-05", What.READY, "ready", "not-ready", 2.05),
    ("general-14", What.CORDON, "schedulable", "cordoned", 0.4),
)

#: What runs on every Docker node, as long as it is one.
_ON_EVERY = "logging/DaemonSet/fluentd"


class DemoHistory:
    """The history port over the demo cluster.

    Args:
        view: returns the cluster as it is now; the history ends there, whenever that is said to be.
    """

    def __init__(self, view: Callable[[], ClusterView]) -> None:
        self._view = view
        self._left = {place.name: AS_OF - place.created for place in places()}

    def points(self, since: datetime) -> tuple[Point, ...]:
        """Return a point a day from a moment on; the last is the view itself."""
        view = self._view()
        days = (timedelta(days=day) for day in range(DAYS, -1, -1))
        return tuple(self._point(view, ago) for ago in days if view.as_of - ago >= since)

    def detail_before(self, at: datetime) -> Detail | None:
        """Return the detail of the last of these reads at or before a moment; None before the first."""
        view = self._view()
        days = max(-((at - view.as_of) // timedelta(days=1)), 0)
        return self._detail(view, timedelta(days=days)) if days <= DAYS else None

    def node(self, name: str) -> NodeHistory:
        """Return when a node left Docker, or what state it went through; no demo node ever left the cluster."""
        view = self._view()
        node = find_node(view, name)
        if node is None:
            return NodeHistory(None, ())
        record = record_of(node)
        found: list[tuple[What, str, str, timedelta]] = []
        if not node.runtime.is_docker:
            runtime, kubelet = _BEFORE
            found.append((What.RUNTIME, runtime, record.runtime, self._left[name]))
            found.append((What.KUBELET, kubelet, record.kubelet, self._left[name]))
        for other, what, before, after, days in _STATES:
            if other == name:
                found.append((what, before, after, timedelta(days=days)))
        unseen = _UNSEEN_OF.get(name, _UNSEEN)
        changes = [
            NodeChange(view.as_of - ago, view.as_of - ago - unseen, name, what, before, after)
            for what, before, after, ago in found
        ]
        return NodeHistory(record, tuple(changes))

    def _runtimes(self, view: ClusterView, ago: timedelta) -> dict[str, Runtime]:
        return {
            node.name: node.runtime
            if node.runtime.is_docker or self._left.get(node.name, ago) >= ago
            else Runtime.DOCKERSHIM
            for node in view.nodes
        }

    def _point(self, view: ClusterView, ago: timedelta) -> Point:
        now, runtimes = point_of(view), self._runtimes(view, ago)
        if not ago:
            return now
        there = [workload for workload in view.at_risk if not _is_new(workload.key.full_name, ago)]
        docker = {node for node, runtime in runtimes.items() if runtime.is_docker}
        exposed = sum(
            len(docker) if workload.key.full_name == _ON_EVERY else sum(workload.nodes.get(node, 0) for node in docker)
            for workload in there
        )
        return Point(
            at=view.as_of - ago,
            is_whole=now.is_whole and ago.days not in _TORN,
            by_runtime=ordered(Counter(runtimes.values())),
            exposed=exposed,
            at_risk=len(there) + len(_fixed_since(ago)),
            to_check=sum(not _is_new(workload.key.full_name, ago) for workload in view.to_check),
        )

    def _detail(self, view: ClusterView, ago: timedelta) -> Detail:
        now = detail_of(view)
        found = {name: codes for name, codes in now.findings.items() if not _is_new(name, ago)}
        found |= _fixed_since(ago)
        owners = {w.key.full_name: w.owner.name if w.owner else None for w in view.workloads}
        return Detail(
            at=view.as_of - ago,
            is_whole=now.is_whole and ago.days not in _TORN,
            nodes={name: str(runtime) for name, runtime in self._runtimes(view, ago).items()},
            findings=found,
            owners={name: owners.get(name) for name in found},
        )


def _fixed_since(ago: timedelta) -> dict[str, tuple[str, ...]]:
    return {name: codes for name, codes, days in _FIXED if timedelta(days=days) < ago}


def _is_new(workload: str, ago: timedelta) -> bool:
    return workload in _NEW and timedelta(days=_NEW[workload]) < ago
