"""Wire objects to the core's slim ones; equal templates, references and strings are shared."""

import sys
from collections.abc import Mapping

import msgspec
from msgspec import Raw

from bot.adapters.wire import (
    WireClaim,
    WireContainer,
    WireController,
    WireControllerSpec,
    WireCronJob,
    WireJobTemplate,
    WireLooseMeta,
    WireMeta,
    WireNamespace,
    WireNode,
    WireNodeInfo,
    WireNodeSpec,
    WireNodeStatus,
    WirePersistentVolume,
    WirePersistentVolumeSpec,
    WirePod,
    WirePodSpec,
    WireRuntimeClass,
    WireTemplate,
)
from bot.core.objects import (
    NO_HINTS,
    Claim,
    Container,
    Controller,
    Mount,
    Namespace,
    Node,
    OwnerHints,
    OwnerReference,
    PersistentVolume,
    Pod,
    RuntimeClass,
    Template,
    Volume,
)
from bot.core.owners import OwnerKeys, first, hints_of, merge
from bot.core.pools import PoolTable
from bot.core.runtimes import CRI_SOCKET_ANNOTATION
from bot.core.workloads import OLD_GROUPS, READ_KINDS

_STRING_MAP = msgspec.json.Decoder(dict[str, str] | None)
_LOOSE_META = msgspec.json.Decoder(WireLooseMeta | None)


def string_map(raw: Raw) -> Mapping[str, str]:
    """Return decoded labels or annotations; empty for null or absent ones."""
    return (_STRING_MAP.decode(raw) or {}) if raw else {}


class Slimmer:
    """Turns wire objects into slim ones; equal templates, references and strings are shared.

    Args:
        owners: which keys name an owner.
        pools: which node labels and annotations to keep.
    """

    def __init__(self, owners: OwnerKeys, pools: PoolTable) -> None:
        self._owners = owners
        self._pools = pools
        self._templates: dict[Template, Template] = {}
        self._references: dict[tuple[str, str, str], OwnerReference] = {}

    def node(self, wire: WireNode) -> Node:
        """Return the slim node; Ready is None when the condition is missing or Unknown."""
        status = wire.status or WireNodeStatus()
        info = status.node_info or WireNodeInfo()
        spec = wire.spec or WireNodeSpec()
        ready = next((c.status for c in status.conditions or () if c.type == "Ready"), "")
        labels = string_map(wire.metadata.labels)
        annotations = string_map(wire.metadata.annotations)
        return Node(
            name=wire.metadata.name,
            runtime_version=info.container_runtime_version or "",
            kubelet_version=info.kubelet_version or "",
            os_image=info.os_image or "",
            is_ready={"True": True, "False": False}.get(ready),
            is_unschedulable=bool(spec.unschedulable),
            provider_id=spec.provider_id or "",
            labels=tuple((key, value) for key, value in labels.items() if self._pools.keeps_label(key)),
            annotations=tuple(
                (key, value)
                for key, value in annotations.items()
                if key == CRI_SOCKET_ANNOTATION or self._pools.keeps_annotation(key)
            ),
        )

    def namespace(self, wire: WireNamespace) -> Namespace:
        """Return the slim namespace."""
        labels = string_map(wire.metadata.labels)
        return Namespace(wire.metadata.name, first(labels, self._owners.namespace_labels))

    def pod(self, wire: WirePod) -> Pod:
        """Return the slim pod. Its own owner hints are read only when no read controller speaks for it."""
        meta, spec = wire.metadata, wire.spec or WirePodSpec()
        controller = self._controller(meta)
        is_static = controller is not None and controller.kind == "Node" and not controller.group
        hints = NO_HINTS
        if controller is None or controller.kind not in READ_KINDS.get(controller.group, ()):
            hints = self._hints(meta)
        return Pod(
            namespace=sys.intern(meta.namespace or ""),
            name=meta.name,
            node=sys.intern(spec.node_name or ""),
            phase=sys.intern((wire.status.phase if wire.status else None) or ""),
            controller=controller,
            is_static=is_static,
            template=self._template(spec, meta.name),
            hints=hints,
        )

    def controller(self, wire: WireController, group: str, kind: str) -> Controller:
        """Return the slim form of an object whose pod template stands at ``spec.template``."""
        spec = wire.spec or WireControllerSpec()
        return self._templated(wire.metadata, group, kind, "spec.template.spec", spec.template, spec.replicas)

    def cron_job(self, wire: WireCronJob) -> Controller:
        """Return the slim form of a CronJob."""
        job = (wire.spec.job_template if wire.spec else None) or WireJobTemplate()
        template = job.spec.template if job.spec else None
        return self._templated(wire.metadata, "batch", "CronJob", "spec.jobTemplate.spec.template.spec", template, None)

    def persistent_volume(self, wire: WirePersistentVolume) -> PersistentVolume:
        """Return the slim volume with its path on the node, if it has one."""
        spec = wire.spec or WirePersistentVolumeSpec()
        source, claim = spec.host_path or spec.local, spec.claim_ref
        bound = (claim.namespace or "", claim.name) if claim and claim.name else None
        return PersistentVolume(wire.metadata.name, source.path if source else None, bound)

    def claim(self, wire: WireClaim) -> Claim:
        """Return the slim claim."""
        bound = wire.spec.volume_name if wire.spec else None
        return Claim(wire.metadata.namespace or "", wire.metadata.name, bound or "")

    def runtime_class(self, wire: WireRuntimeClass) -> RuntimeClass:
        """Return the slim RuntimeClass; v1alpha1 keeps the handler under ``spec``."""
        handler = wire.handler or (wire.spec.runtime_handler if wire.spec else None)
        return RuntimeClass(wire.metadata.name, handler or "")

    def _templated(
        self, meta: WireMeta, group: str, kind: str, field: str, template: WireTemplate | None, replicas: int | None
    ) -> Controller:
        template = template or WireTemplate()
        below = _LOOSE_META.decode(template.metadata) if template.metadata else None
        below = below or WireLooseMeta()
        template_hints = hints_of(string_map(below.labels), string_map(below.annotations), self._owners)
        return Controller(
            group=group,
            kind=kind,
            namespace=sys.intern(meta.namespace or ""),
            name=meta.name,
            template_field=field,
            template=self._template(template.spec or WirePodSpec()),
            replicas=replicas,
            controller=self._controller(meta),
            hints=merge(self._hints(meta), template_hints),
        )

    def _hints(self, meta: WireMeta) -> OwnerHints:
        return hints_of(string_map(meta.labels), string_map(meta.annotations), self._owners)

    def _controller(self, meta: WireMeta) -> OwnerReference | None:
        for reference in meta.owner_references or ():
            if reference.controller:
                key = (reference.api_version, reference.kind, reference.name)
                known = self._references.get(key)
                if known is None:
                    group = reference.api_version.rpartition("/")[0]
                    group = OLD_GROUPS.get(group, group)
                    known = self._references[key] = OwnerReference(group, reference.kind, reference.name)
                return known
        return None

    def _template(self, spec: WirePodSpec, pod_name: str = "") -> Template:
        volumes = []
        for number, volume in enumerate(spec.volumes or ()):
            if volume.host_path is not None:
                field = f"volumes[{number}].hostPath.path"
                volumes.append(Volume(volume.name, field, volume.host_path.path, volume.host_path.type or ""))
            elif volume.persistent_volume_claim is not None:
                field = f"volumes[{number}].persistentVolumeClaim.claimName"
                volumes.append(Volume(volume.name, field, claim=volume.persistent_volume_claim.claim_name))
            elif volume.ephemeral is not None and pod_name:
                field = f"volumes[{number}].ephemeral.volumeClaimTemplate"
                volumes.append(Volume(volume.name, field, claim=f"{pod_name}-{volume.name}"))
        kept = {volume.name for volume in volumes}
        containers = tuple(
            _container(container, f"{field}[{number}]", kept)
            for field, group in (
                ("initContainers", spec.init_containers),
                ("containers", spec.containers),
                ("ephemeralContainers", spec.ephemeral_containers),
            )
            if group
            for number, container in enumerate(group)
        )
        has_empty_dir = any(volume.empty_dir is not None for volume in spec.volumes or ())
        template = Template(tuple(volumes), containers, has_empty_dir)
        return self._templates.setdefault(template, template)


def _container(wire: WireContainer, field: str, kept: set[str]) -> Container:
    mounts: tuple[Mount, ...] = ()
    if kept and wire.volume_mounts:
        mounts = tuple(
            Mount(mount.name, mount.mount_path, mount.sub_path or "", mount.sub_path_expr or "")
            for mount in wire.volume_mounts
            if mount.name in kept
        )
    privileged = bool(wire.security_context and wire.security_context.privileged)
    return Container(wire.name, field, wire.image or "", privileged, mounts)
