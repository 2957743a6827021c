"""The JSON shapes of Kubernetes objects, only as far as rules and views need them.

Field names are the API's. Every list and object may be null or absent: dumps edited by hand have that.
Labels and annotations of pods stay undecoded until somebody needs them: most pods belong to a controller.
"""

import msgspec
from msgspec import Raw, Struct


class WireOwnerReference(Struct, rename="camel", gc=False):
    kind: str
    name: str
    api_version: str = ""
    controller: bool | None = None


class WireMeta(Struct, rename="camel", gc=False):
    name: str
    namespace: str | None = None
    labels: Raw = Raw()
    annotations: Raw = Raw()
    owner_references: list[WireOwnerReference] | None = None


class WireHostPath(Struct, gc=False):
    path: str
    type: str | None = None


class WireClaimSource(Struct, rename="camel", gc=False):
    claim_name: str


class WireEphemeral(Struct, gc=False):
    """A generic ephemeral volume: its claim is named after the pod and the volume."""


class WireEmptyDir(Struct, gc=False):
    """An emptyDir: that it is one is all anybody looks at."""


class WireVolume(Struct, rename="camel", gc=False):
    name: str
    host_path: WireHostPath | None = None
    persistent_volume_claim: WireClaimSource | None = None
    ephemeral: WireEphemeral | None = None
    empty_dir: WireEmptyDir | None = None


class WireMount(Struct, rename="camel", gc=False):
    name: str
    mount_path: str = ""
    sub_path: str | None = None
    sub_path_expr: str | None = None


class WireSecurityContext(Struct, gc=False):
    privileged: bool | None = None


class WireContainer(Struct, rename="camel", gc=False):
    name: str
    image: str | None = None
    volume_mounts: list[WireMount] | None = None
    security_context: WireSecurityContext | None = None


class WirePodSpec(Struct, rename="camel", gc=False):
    node_name: str | None = None
    volumes: list[WireVolume] | None = None
    init_containers: list[WireContainer] | None = None
    containers: list[WireContainer] | None = None
    ephemeral_containers: list[WireContainer] | None = None


class WirePodStatus(Struct, gc=False):
    phase: str | None = None


class WirePod(Struct, gc=False):
    metadata: WireMeta
    spec: WirePodSpec | None = None
    status: WirePodStatus | None = None


class WireTemplate(Struct, gc=False):
    metadata: Raw = Raw()
    spec: WirePodSpec | None = None


class WireControllerSpec(Struct, gc=False):
    template: WireTemplate | None = None
    replicas: int | None = None


class WireController(Struct, gc=False):
    metadata: WireMeta
    spec: WireControllerSpec | None = None


class WireJobTemplate(Struct, gc=False):
    spec: WireControllerSpec | None = None


class WireCronJobSpec(Struct, rename="camel", gc=False):
    job_template: WireJobTemplate | None = None


class WireCronJob(Struct, gc=False):
    metadata: WireMeta
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


class WirePath(Struct, gc=False):
    path: str


class WireClaimReference(Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class WirePersistentVolumeSpec(Struct, rename="camel", gc=False):
    host_path: WirePath | None = None
    local: WirePath | None = None
    claim_ref: WireClaimReference | None = None


class WirePersistentVolume(Struct, gc=False):
    metadata: WireMeta
    spec: WirePersistentVolumeSpec | None = None


class WireClaimSpec(Struct, rename="camel", gc=False):
    volume_name: str | None = None


class WireClaim(Struct, gc=False):
    metadata: WireMeta
    spec: WireClaimSpec | None = None


class WireRuntimeClass(Struct, gc=False):
    metadata: WireMeta
    handler: str | None = None
    spec: "WireRuntimeClassSpec | None" = None


class WireRuntimeClassSpec(Struct, rename="camel", gc=False):
    runtime_handler: str | None = None


class WireLooseMeta(Struct, gc=False):
    """Metadata of a pod template, which has no name of its own."""

    labels: Raw = Raw()
    annotations: Raw = Raw()
