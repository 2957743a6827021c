"""Snapshot to ClusterView: which runtime, which pool, which workload, what depends on Docker, who owns it."""

from msgspec import Struct

from bot.core.cluster import Cluster, Reading
from bot.core.judging import Judging
from bot.core.snapshot import Snapshot
from bot.core.view import ClusterView
from bot.core.workloads import key_of


class Assessor(Struct, frozen=True):
    """Turns what was read at one moment into a view."""

    judging: Judging

    def assess(self, snapshot: Snapshot) -> ClusterView:
        """Return the view of a snapshot. Each distinct template is judged once."""
        cluster = Cluster(self.judging)
        for items in (
            snapshot.nodes,
            snapshot.namespaces,
            snapshot.persistent_volumes,
            snapshot.claims,
            snapshot.runtime_classes,
            snapshot.pods,
        ):
            for item in items:
                cluster.put(item)
        seen = set()
        for controller in snapshot.controllers:
            key = key_of(controller)
            (cluster.put_beside if key in seen else cluster.put)(controller)
            seen.add(key)
        reading = Reading(snapshot.as_of, snapshot.cluster_name, snapshot.version, snapshot.gaps, snapshot.clock)
        return cluster.view(reading)
