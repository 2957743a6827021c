"""The demo cluster: a believable, fictional cluster in the middle of its move off Docker, always the same.

``python -m bot.playground.demo_cluster [PATH]`` writes it as ``kubectl get ... -A -o json`` would.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.playground import demo_apps, demo_batch, demo_controllers, demo_docker, demo_workloads
from bot.playground.demo_controllers import Workload
from bot.playground.demo_nodes import Place, node, places
from bot.playground.demo_objects import AS_OF, Json, ago, metadata, stamp

VERSION = "v1.25.16"
NAME = "demo"

#: In the order kubectl was asked for them.
_KINDS = (
    "Node",
    "Namespace",
    "Pod",
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "RuntimeClass",
)

#: The team label of each namespace; two have none.
_TEAMS = {
    "batch": "data-engineering",
    "ci": "developer-tools",
    "data": "",
    "default": "",
    "ingress": "edge",
    "kube-system": "platform",
    "logging": "observability",
    "ml": "ml-platform",
    "monitoring": "observability",
    "payments": "payments",
    "security": "security",
    "web": "storefront",
}

_Expand = Callable[[Workload, tuple[Place, ...]], Iterator[Json]]

_EXPAND: dict[str, _Expand] = {
    "CronJob": demo_batch.cron_job,
    "DaemonSet": demo_controllers.daemon_set,
    "Deployment": demo_controllers.deployment,
    "Job": demo_batch.job,
    "Pod": demo_controllers.bare_pod,
    "ReplicationController": demo_controllers.replication_controller,
    "Rollout": demo_controllers.rollout,
    "StatefulSet": demo_batch.stateful_set,
}


def build() -> dict[str, Any]:
    """Return the demo cluster as one List, the same at every call."""
    annotations = {
        "unshim.demo/as-of": stamp(AS_OF),
        "unshim.demo/name": NAME,
        "unshim.demo/version": VERSION,
    }
    items = sorted(_objects(), key=_position)
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"annotations": annotations}}


def workloads() -> tuple[Workload, ...]:
    """Return the whole catalogue."""
    tied = (*demo_docker.blockers(), *demo_docker.readers(), *demo_docker.others())
    return (*tied, *demo_workloads.infrastructure(), *demo_apps.applications())


def _position(item: Json) -> tuple[int, str, str]:
    about = item["metadata"]
    return _KINDS.index(item["kind"]), about.get("namespace", ""), about["name"]


def _objects() -> Iterator[Json]:
    nodes = places()
    yield from map(node, nodes)
    yield from (_namespace(name, team) for name, team in _TEAMS.items())
    yield from demo_batch.static_pods(nodes)
    for workload in workloads():
        yield from _EXPAND[workload.kind](workload, nodes)
    for name, handler in (("gvisor", "runsc"), ("nvidia", "nvidia")):
        about = metadata("RuntimeClass", "", name, ago(23))
        yield {"apiVersion": "node.k8s.io/v1", "handler": handler, "kind": "RuntimeClass", "metadata": about}


def _namespace(name: str, team: str) -> Json:
    labels = {"kubernetes.io/metadata.name": name} | ({"team": team} if team else {})
    about = metadata("Namespace", "", name, ago(1110), labels=labels)
    head: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
    return {**head, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def main() -> None:
    """Write the demo cluster to the given path, or to where the program reads it from."""
    default = Path(__file__).resolve().parents[1] / "data" / "demo.json"
    parser = argparse.ArgumentParser(description="Write the demo cluster as kubectl would dump it.")
    parser.add_argument("path", nargs="?", type=Path, default=default)
    path: Path = parser.parse_args().path
    text = json.dumps(build(), ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{path}: {len(text.encode())} bytes\n")


if __name__ == "__main__":
    main()
