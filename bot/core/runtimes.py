"""Which runtime a node runs its containers with; knows versions and sockets, not pools or pods."""

from enum import StrEnum

from msgspec import Struct

from bot.core.objects import Node
from bot.core.versions import Version, parse

#: Written by kubeadm up to 1.33; 1.34 deletes it on upgrade (kubernetes/kubernetes 131981, read 2026-11-22).
CRI_SOCKET_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"

#: First minor whose kubelet has no dockershim (kubernetes/kubernetes 97252; 1.24 released 2022-05-03).
FIRST_WITHOUT_DOCKERSHIM = Version(1, 24)


class Runtime(StrEnum):
    """What a node runs containers with."""

    DOCKERSHIM = "dockershim"
    CRI_DOCKERD = "cri-dockerd"
    CONTAINERD = "containerd"
    CRI_O = "cri-o"
    UNKNOWN = "unknown"

    @property
    def is_docker(self) -> bool:
        """Whether containers on the node run in Docker Engine."""
        return self in (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)


class Grade(StrEnum):
    """How sure a statement is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class NodeRuntime(Struct, frozen=True):
    """A node's runtime.

    ``version`` is the text behind ``://``, for Docker nodes that of Docker Engine; for an unknown runtime it
    is everything the node reports.
    """

    runtime: Runtime
    grade: Grade
    version: str


def runtime_of(node: Node) -> NodeRuntime:
    """Decide a node's runtime from nodeInfo, the kubelet's minor and the cri-socket annotation.

    ``docker://`` on kubelet 1.24 and newer is cri-dockerd, never dockershim. On 1.23 and older it is
    dockershim unless the annotation names cri-dockerd; without the annotation that is only likely,
    since kubelet flags may say otherwise. ``unknown`` when a version string is empty or cannot be parsed.

    Source: kubernetes.io "Find Out What Container Runtime is Used on a Node" and Mirantis/cri-dockerd,
    read 2026-11-22.
    """
    name, separator, version = node.runtime_version.strip().partition("://")
    name = name.lower()
    if not separator:
        return NodeRuntime(Runtime.UNKNOWN, Grade.CERTAIN, node.runtime_version.strip())
    if name in (Runtime.CONTAINERD, Runtime.CRI_O):
        return NodeRuntime(Runtime(name), Grade.CERTAIN, version)
    kubelet = parse(node.kubelet_version)
    if name != "docker" or kubelet is None:
        return NodeRuntime(Runtime.UNKNOWN, Grade.CERTAIN, node.runtime_version.strip())
    if kubelet >= FIRST_WITHOUT_DOCKERSHIM:
        return NodeRuntime(Runtime.CRI_DOCKERD, Grade.CERTAIN, version)
    socket = dict(node.annotations).get(CRI_SOCKET_ANNOTATION, "")
    if "cri-dockerd" in socket or "cri-docker." in socket:
        # The annotation is not updated when somebody edits the kubelet's flags (kubernetes/kubeadm 2364).
        return NodeRuntime(Runtime.CRI_DOCKERD, Grade.LIKELY, version)
    grade = Grade.CERTAIN if "dockershim" in socket else Grade.LIKELY
    return NodeRuntime(Runtime.DOCKERSHIM, grade, version)
