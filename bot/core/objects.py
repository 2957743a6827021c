"""The slim Kubernetes objects: only the fields that rules and views need, immutable and hashable.

They are msgspec structs because a cluster has 150,000 pods: creating one costs about a ninth
of a frozen dataclass (timeit).
They hold no cycles, so the garbage collector need not look at them (``gc=False``).
Adapters make them; nothing here decodes, fetches or judges.
"""

from msgspec import Struct


class OwnerReference(Struct, frozen=True, gc=False):
    """The owner reference with ``controller: true``. ``group`` is the API group, empty for core."""

    group: str
    kind: str
    name: str


class OwnerHints(Struct, frozen=True, gc=False):
    """What an object's own metadata says about who must act, one field per rung of the owner ladder."""

    label: str | None = None
    annotation: str | None = None
    helm: str | None = None
    argo: str | None = None


NO_HINTS = OwnerHints()


class Volume(Struct, frozen=True, gc=False):
    """A volume that leads to the node's files, or may do so through a claim; all others are dropped.

    Args:
        field: where the evidence stands inside a pod spec, such as ``volumes[2].hostPath.path``.
            One that starts with ``spec.`` stands in the workload itself, outside its pod spec.
        host_path: path on the node as written; None for a claim not (yet) followed.
        host_type: hostPath ``type``, empty when unset.
        claim: name of the persistentVolumeClaim, None for a hostPath. With ``is_stem`` the beginning of the names
            ``<template>-<StatefulSet>-<number>`` that a StatefulSet gives the claims it makes.
        wanted: the PersistentVolume that a claim template asks for by name.
        persistent_volume: the PersistentVolume the claim is bound to, once followed.
    """

    name: str
    field: str
    host_path: str | None = None
    host_type: str = ""
    claim: str | None = None
    persistent_volume: str | None = None
    wanted: str = ""
    is_stem: bool = False


#: Where a mount leads that does not lead to one of the kept volumes.
EMPTY_DIR = "emptyDir"
ELSEWHERE = "elsewhere"


class Mount(Struct, frozen=True, gc=False):
    """A container's mount. The kubelet expands ``$(VAR)`` in ``sub_path_expr``.

    Args:
        kind: empty for one of the kept volumes; EMPTY_DIR; ELSEWHERE for every other volume, whose name is left out.
            Mounts of the last two are kept only in a pod where something has to do with the node or with Docker.
        index: its number in the container's ``volumeMounts``.
    """

    volume: str
    path: str
    sub_path: str = ""
    sub_path_expr: str = ""
    kind: str = ""
    index: int = 0


class EnvVar(Struct, frozen=True, gc=False):
    """A variable of a container's ``env``.

    Args:
        field: its place inside the container, such as ``env[3]``.
        value: as written, None where it comes from elsewhere.
        origin: ``field status.hostIP``, ``Secret NAME/KEY``, ``ConfigMap NAME/KEY``; empty for a written value.
    """

    name: str
    field: str
    value: str | None = None
    origin: str = ""


class Exec(Struct, frozen=True, gc=False):
    """The command of a probe or a hook, and its place inside the container: ``livenessProbe.exec.command``."""

    field: str
    argv: tuple[str, ...]


class Evidence(Struct, frozen=True, cache_hash=True, gc=False):
    """What a container runs and is told, where any of it has to do with Docker; variables only as far as they count.

    Never shown as it stands: only what a rule cuts out of it.
    """

    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    execs: tuple[Exec, ...] = ()
    has_env_from: bool = False


NO_EVIDENCE = Evidence()


class Container(Struct, frozen=True, gc=False):
    """A container, init container or ephemeral container.

    Args:
        field: its place inside a pod spec, such as ``initContainers[0]``.
        apparmor: its localhost AppArmor profile and the field that names it; empty without one.
        ends_first: whether it has run to its end before the containers start: an init container that is no sidecar.
        has_odd_restart: whether its restartPolicy is a word that the API does not have.
    """

    name: str
    field: str
    image: str
    privileged: bool = False
    mounts: tuple[Mount, ...] = ()
    evidence: Evidence = NO_EVIDENCE
    apparmor: tuple[str, ...] = ()
    ends_first: bool = False
    has_odd_restart: bool = False


class Template(Struct, frozen=True, cache_hash=True, gc=False):
    """What a rule may look at in a pod spec, and whether it has an emptyDir. Equal templates are judged once.

    Args:
        host_process: whether its containers are processes of a Windows node and see all that it has.
        runtime_handler: the CRI handler behind ``runtime_class``, once looked up; empty when it is not known.
        has_odd_mounts: whether something that a container mounts could not be read: nobody knows which volume it is.
    """

    volumes: tuple[Volume, ...] = ()
    containers: tuple[Container, ...] = ()
    has_empty_dir: bool = False
    host_pid: bool = False
    host_network: bool = False
    host_process: bool = False
    runtime_class: str = ""
    runtime_handler: str = ""
    has_odd_mounts: bool = False


class Node(Struct, frozen=True, gc=False):
    """A node; ``labels`` and ``annotations`` hold only what names a provider, a pool or a CRI socket."""

    name: str
    runtime_version: str
    kubelet_version: str
    os_image: str
    is_ready: bool | None
    is_unschedulable: bool
    provider_id: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()


class Namespace(Struct, frozen=True, gc=False):
    """A namespace and the owner its labels name."""

    name: str
    owner: str | None = None


class Pod(Struct, frozen=True, gc=False):
    """A pod. ``node`` is empty while it is unscheduled; ``is_static`` marks the mirror of a static pod."""

    namespace: str
    name: str
    node: str
    phase: str
    controller: OwnerReference | None
    is_static: bool
    template: Template
    hints: OwnerHints = NO_HINTS

    @property
    def is_finished(self) -> bool:
        """Whether the pod has run to its end (phase Succeeded or Failed)."""
        return self.phase in ("Succeeded", "Failed")


class Controller(Struct, frozen=True, gc=False):
    """An object with a pod template, from a Deployment to a CronJob.

    Args:
        template_field: path of its pod spec, such as ``spec.template.spec``.
        replicas: desired number of pods, None where the kind has none.
        controller: its own controller, when something else manages it.
        age: (revision that its controller numbered it with, time of creation); the greater is the newer.
    """

    group: str
    kind: str
    namespace: str
    name: str
    template_field: str
    template: Template
    replicas: int | None = None
    controller: OwnerReference | None = None
    hints: OwnerHints = NO_HINTS
    age: tuple[int, str] = (0, "")


class PersistentVolume(Struct, frozen=True, gc=False):
    """A PersistentVolume; ``host_path`` is its hostPath or local path, None for every other source.

    ``claim`` is the (namespace, name) it is bound to or reserved for, None while it is free. ``host_type``: its
    hostPath ``type``.
    """

    name: str
    host_path: str | None
    claim: tuple[str, str] | None = None
    host_type: str = ""


class Claim(Struct, frozen=True, gc=False):
    """A PersistentVolumeClaim and the volume it is bound to, empty while pending."""

    namespace: str
    name: str
    volume: str


class RuntimeClass(Struct, frozen=True, gc=False):
    """A RuntimeClass and the CRI handler it selects."""

    name: str
    handler: str
