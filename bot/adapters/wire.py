"""The JSON shapes of Kubernetes objects, only as far as rules and views need them.

Field names are the API's. Every list and object may be null or absent: dumps edited by hand have that.
Labels and annotations of pods stay undecoded until somebody needs them: most pods belong to a controller.
So do commands, variables, probes and hooks: `bot.adapters.evidence` looks into each distinct one once.
What such a field holds is said beside it all the same: this is the one table of the types of all that is read.
"""

import typing
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Raw, Struct


@dataclass(frozen=True, slots=True)
class Holds:
    """The type of what an undecoded field holds, where it is there and not null."""

    type: Any


def held(hint: Any) -> Any:
    """Return the type of what a field holds, null or not; of a field that is decoded, its own."""
    if typing.get_origin(hint) is Annotated:
        _, holds = typing.get_args(hint)
        return holds.type | None
    return hint


#: Labels and annotations.
Texts = Annotated[Raw, Holds(dict[str, str])]


class WireOwnerReference(Struct, rename="camel", gc=False):
    kind: str
    name: str
    api_version: str = ""
    controller: bool | None = None


class WireMeta(Struct, rename="camel", gc=False):
    name: str
    namespace: str | None = None
    resource_version: str | None = None
    labels: Texts = Raw()
    annotations: Texts = Raw()
    owner_references: list[WireOwnerReference] | None = None


class WireOwnMeta(WireMeta, rename="camel", gc=False):
    """Metadata of an object with a pod template; the time tells a newer ReplicaSet from an older one."""

    creation_timestamp: str | None = None


class WireLooseMeta(Struct, gc=False):
    """Metadata of a pod template, which has no name of its own, or of a claim template, which has."""

    name: str | None = None
    labels: Texts = Raw()
    annotations: Texts = Raw()


#: Undecoded, too: of most templates nobody asks for it.
LooseMeta = Annotated[Raw, Holds(WireLooseMeta)]


class WireHostPath(Struct, gc=False):
    path: str
    type: str | None = None


class WireClaimSource(Struct, rename="camel", gc=False):
    claim_name: str


class WireClaimSpec(Struct, rename="camel", gc=False):
    volume_name: str | None = None


class WireClaimTemplate(Struct, gc=False):
    """The claim a pod or a StatefulSet makes for itself; only a StatefulSet's has a name of its own."""

    metadata: LooseMeta = Raw()
    spec: WireClaimSpec | None = None


class WireEphemeral(Struct, rename="camel", gc=False):
    """A generic ephemeral volume: its claim is named after the pod and the volume."""

    volume_claim_template: WireClaimTemplate | None = None


class WireEmptyDir(Struct, gc=False):
    """An emptyDir: that it is one is all anybody looks at."""


class WireVolume(Struct, rename="camel", gc=False):
    name: str = ""
    host_path: WireHostPath | None = None
    persistent_volume_claim: WireClaimSource | None = None
    ephemeral: WireEphemeral | None = None
    empty_dir: WireEmptyDir | None = None


class WireMount(Struct, rename="camel", gc=False):
    name: str
    mount_path: str = ""
    sub_path: str | None = None
    sub_path_expr: str | None = None


class WireAppArmor(Struct, rename="camel", gc=False):
    localhost_profile: str | None = None


class WireWindows(Struct, rename="camel", gc=False):
    host_process: bool | None = None


class WireSecurityContext(Struct, rename="camel", gc=False):
    """Of a container or of a whole pod, which has no ``privileged``."""

    privileged: bool | None = None
    app_armor_profile: WireAppArmor | None = None
    windows_options: WireWindows | None = None


class WireFieldReference(Struct, rename="camel", gc=False):
    field_path: str | None = None


class WireKeyReference(Struct, gc=False):
    name: str | None = None
    key: str | None = None


class WireValueSource(Struct, rename="camel", gc=False):
    """Where a variable's value comes from; the other sources are not looked into."""

    field_ref: WireFieldReference | None = None
    secret_key_ref: WireKeyReference | None = None
    config_map_key_ref: WireKeyReference | None = None


class WireVariable(Struct, rename="camel", gc=False):
    name: str
    value: str | None = None
    value_from: WireValueSource | None = None


class WireVariables(Struct, gc=False):
    """An entry of ``envFrom``: that there is one is all anybody looks at."""


class WireExec(Struct, gc=False):
    command: list[str] | None = None


class WireAction(Struct, gc=False):
    """A probe, or one half of a hook."""

    exec: WireExec | None = None


class WireLifecycle(Struct, rename="camel", gc=False):
    post_start: WireAction | None = None
    pre_stop: WireAction | None = None


Words = Annotated[Raw, Holds(list[str])]
Probe = Annotated[Raw, Holds(WireAction)]


class WireContainer(Struct, rename="camel", gc=False):
    """A container. Without a name it is not valid, but what it does can be judged all the same."""

    name: str = ""
    image: str | None = None
    volume_mounts: list[WireMount] | None = None
    security_context: WireSecurityContext | None = None
    restart_policy: str | None = None
    command: Words = Raw()
    args: Words = Raw()
    env: Annotated[Raw, Holds(list[WireVariable])] = Raw()
    env_from: Annotated[Raw, Holds(list[WireVariables])] = Raw()
    lifecycle: Annotated[Raw, Holds(WireLifecycle)] = Raw()
    liveness_probe: Probe = Raw()
    readiness_probe: Probe = Raw()
    startup_probe: Probe = Raw()


class WirePodSpec(Struct, rename="camel", gc=False):
    node_name: str | None = None
    volumes: list[WireVolume] | None = None
    init_containers: list[WireContainer] | None = None
    containers: list[WireContainer] | None = None
    ephemeral_containers: list[WireContainer] | None = None
    host_pid: bool | None = msgspec.field(default=None, name="hostPID")
    host_network: bool | None = None
    runtime_class_name: str | None = None
    security_context: WireSecurityContext | None = None


class WirePodStatus(Struct, gc=False):
    phase: str | None = None


class WirePod(Struct, gc=False):
    metadata: WireMeta
    spec: WirePodSpec | None = None
    status: WirePodStatus | None = None


class WireTemplate(Struct, gc=False):
    metadata: LooseMeta = Raw()
    spec: WirePodSpec | None = None


class WireControllerSpec(Struct, rename="camel", gc=False):
    template: WireTemplate | None = None
    replicas: int | None = None
    volume_claim_templates: list[WireClaimTemplate] | None = None


class WireController(Struct, gc=False):
    metadata: WireOwnMeta
    spec: WireControllerSpec | None = None


class WireJobTemplate(Struct, gc=False):
    spec: WireControllerSpec | None = None


class WireCronJobSpec(Struct, rename="camel", gc=False):
    job_template: WireJobTemplate | None = None


class WireCronJob(Struct, gc=False):
    metadata: WireOwnMeta
    spec: WireCronJobSpec | None = None


class WireNodeInfo(Struct, rename="camel", gc=False):
    container_runtime_version: str | None = None
    kubelet_version: str | None = None
    os_image: str | None = None


class WireCondition(Struct, gc=False):
    type: str
    status: str


class WireNodeStatus(Struct, rename="camel", gc=False):
    node_info: WireNodeInfo | None = None
    conditions: list[WireCondition] | None = None


class WireNodeSpec(Struct, gc=False):
    provider_id: str | None = msgspec.field(default=None, name="providerID")
    unschedulable: bool | None = None


class WireNode(Struct, gc=False):
    metadata: WireMeta
    spec: WireNodeSpec | None = None
    status: WireNodeStatus | None = None


class WireNamespace(Struct, gc=False):
    metadata: WireMeta


class WireClaimReference(Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class WirePersistentVolumeSpec(Struct, rename="camel", gc=False):
    host_path: WireHostPath | None = None
    local: WireHostPath | None = None
    claim_ref: WireClaimReference | None = None


class WirePersistentVolume(Struct, gc=False):
    metadata: WireMeta
    spec: WirePersistentVolumeSpec | None = None


class WireClaim(Struct, gc=False):
    metadata: WireMeta
    spec: WireClaimSpec | None = None


class WireRuntimeClass(Struct, gc=False):
    metadata: WireMeta
    handler: str | None = None
    spec: "WireRuntimeClassSpec | None" = None


class WireRuntimeClassSpec(Struct, rename="camel", gc=False):
    runtime_handler: str | None = None
