"""Wire objects to the core's slim ones; equal templates, references and strings are shared."""

import re
import sys
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Raw

from bot.adapters.evidence import EvidenceReader
from bot.adapters.wire import (
    WireClaim,
    WireClaimTemplate,
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
    WireOwnMeta,
    WirePersistentVolume,
    WirePersistentVolumeSpec,
    WirePod,
    WirePodSpec,
    WireRuntimeClass,
    WireSecurityContext,
    WireTemplate,
    WireVolume,
)
from bot.core.objects import (
    ELSEWHERE,
    EMPTY_DIR,
    NO_EVIDENCE,
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

#: The mirror that a kubelet makes of a static pod; in every release, while the owner reference came later.
_MIRROR = "kubernetes.io/config.mirror"

#: What numbers the ReplicaSets of one controller in the order of its templates: also after a rollback.
_REVISIONS = (
    "deployment.kubernetes.io/revision",
    "rollout.argoproj.io/revision",
    "openshift.io/deployment-config.latest-version",
)

_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_APPARMOR_BYTES = _APPARMOR.encode()
_LOCALHOST = "localhost/"

#: Mounted into nearly every container, from a volume whose name is another in each pod.
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"

_DIGITS = re.compile(r"[0-9]{1,18}")

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
        self._evidence = EvidenceReader()
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
        if controller is None:
            is_static = bool(meta.annotations) and _MIRROR in string_map(meta.annotations)
        else:
            is_static = controller.kind == "Node" and not controller.group
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
            template=self._template(spec, meta.annotations, meta.name),
            hints=hints,
        )

    def controller(self, wire: WireController, group: str, kind: str) -> Controller:
        """Return the slim form of an object whose pod template stands at ``spec.template``."""
        spec = wire.spec or WireControllerSpec()
        claims = tuple(_stems(spec.volume_claim_templates, wire.metadata.name)) if spec.volume_claim_templates else ()
        return self._templated(wire.metadata, group, kind, "spec.template.spec", spec.template, spec.replicas, claims)

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
        host_type = (spec.host_path.type or "") if spec.host_path else ""
        return PersistentVolume(wire.metadata.name, source.path if source else None, bound, host_type)

    def claim(self, wire: WireClaim) -> Claim:
        """Return the slim claim."""
        bound = wire.spec.volume_name if wire.spec else None
        return Claim(wire.metadata.namespace or "", wire.metadata.name, bound or "")

    def runtime_class(self, wire: WireRuntimeClass) -> RuntimeClass:
        """Return the slim RuntimeClass; v1alpha1 keeps the handler under ``spec``."""
        handler = wire.handler or (wire.spec.runtime_handler if wire.spec else None)
        return RuntimeClass(wire.metadata.name, handler or "")

    def _templated(
        self,
        meta: WireOwnMeta,
        group: str,
        kind: str,
        field: str,
        template: WireTemplate | None,
        replicas: int | None,
        claims: tuple[Volume, ...] = (),
    ) -> Controller:
        template = template or WireTemplate()
        below = _LOOSE_META.decode(template.metadata) if template.metadata else None
        below = below or WireLooseMeta()
        template_hints = hints_of(string_map(below.labels), string_map(below.annotations), self._owners)
        annotations = string_map(meta.annotations)
        return Controller(
            group=group,
            kind=kind,
            namespace=sys.intern(meta.namespace or ""),
            name=meta.name,
            template_field=field,
            template=self._template(template.spec or WirePodSpec(), below.annotations, claims=claims),
            replicas=replicas,
            controller=self._controller(meta),
            hints=merge(hints_of(string_map(meta.labels), annotations, self._owners), template_hints),
            age=_age(meta, annotations),
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

    def _template(
        self, spec: WirePodSpec, annotations: Raw, pod_name: str = "", claims: tuple[Volume, ...] = ()
    ) -> Template:
        """Return the shared template of a pod spec.

        Args:
            annotations: of the pod or of its template.
            pod_name: empty for a template.
            claims: further volumes, which a StatefulSet adds to each of its pods.
        """
        # This runs for each of 150,000 pods, most of which have nothing of the node's: hence the plain loops.
        has_empty_dir = False
        volumes = claims
        if spec.volumes:
            volumes = (*_volumes(spec.volumes, pod_name), *claims)
            for volume in spec.volumes:
                if volume.empty_dir is not None:
                    has_empty_dir = True
                    break
        profiles = _apparmor(annotations) if annotations and _APPARMOR_BYTES in bytes(annotations) else {}
        of_pod = _profile(spec.security_context, "securityContext") if spec.security_context else ()
        containers = []
        counts = bool(volumes)
        is_host_process = spec.security_context is not None and _is_host_process(spec.security_context)
        for field, group in (
            ("initContainers", spec.init_containers),
            ("containers", spec.containers),
            ("ephemeralContainers", spec.ephemeral_containers),
        ):
            for number, wire in enumerate(group or ()):
                place, context = f"{field}[{number}]", wire.security_context
                evidence = self._evidence(wire, _expressions(wire) if wire.volume_mounts else ())
                counts = counts or evidence is not NO_EVIDENCE
                profile: tuple[str, ...] = ()
                if context:
                    profile = _profile(context, f"{place}.securityContext")
                    is_host_process = is_host_process or _is_host_process(context)
                if profiles and not profile:
                    profile = profiles.get(wire.name, ())
                privileged = bool(context and context.privileged)
                containers.append(
                    Container(wire.name, place, wire.image or "", privileged, (), evidence, profile or of_pod)
                )
        if counts:
            containers = [*_mounted(containers, spec, volumes)]
        template = Template(
            volumes,
            tuple(containers),
            has_empty_dir,
            bool(spec.host_pid),
            bool(spec.host_network),
            is_host_process,
            spec.runtime_class_name or "",
        )
        return self._templates.setdefault(template, template)


def _volumes(wires: list[WireVolume], pod_name: str) -> Iterator[Volume]:
    """Yield the volumes that lead to the node's files, or may do so through a claim."""
    for number, volume in enumerate(wires):
        if volume.host_path is not None:
            field = f"volumes[{number}].hostPath.path"
            yield Volume(volume.name, field, volume.host_path.path, volume.host_path.type or "")
        elif volume.persistent_volume_claim is not None:
            field = f"volumes[{number}].persistentVolumeClaim.claimName"
            yield Volume(volume.name, field, claim=volume.persistent_volume_claim.claim_name)
        elif volume.ephemeral is not None:
            field, wanted = (
                f"volumes[{number}].ephemeral.volumeClaimTemplate",
                _wanted(volume.ephemeral.volume_claim_template),
            )
            if pod_name:
                yield Volume(volume.name, field, claim=f"{pod_name}-{volume.name}", wanted=wanted)
            elif wanted:
                yield Volume(volume.name, f"{field}.spec.volumeName", wanted=wanted)


def _stems(wires: list[WireClaimTemplate], name: str) -> Iterator[Volume]:
    """Yield what a StatefulSet of that name mounts of the claims it makes, ``<template>-<StatefulSet>-<number>``."""
    for number, wire in enumerate(wires):
        meta = _LOOSE_META.decode(wire.metadata) if wire.metadata else None
        if meta is not None and meta.name:
            wanted, field = _wanted(wire), f"spec.volumeClaimTemplates[{number}]"
            if wanted:
                field += ".spec.volumeName"
            yield Volume(meta.name, field, claim=f"{meta.name}-{name}-", wanted=wanted, is_stem=True)


def _wanted(template: WireClaimTemplate | None) -> str:
    return (template.spec.volume_name if template and template.spec else None) or ""


def _expressions(wire: WireContainer) -> tuple[str, ...]:
    """Return the subPathExprs of a container: what they refer to decides what it reaches."""
    for mount in wire.volume_mounts or ():
        if mount.sub_path_expr:
            return tuple(mount.sub_path_expr for mount in wire.volume_mounts or () if mount.sub_path_expr)
    return ()


def _mounted(containers: list[Container], spec: WirePodSpec, volumes: tuple[Volume, ...]) -> Iterator[Container]:
    """Yield the containers with what they mount: all of it, for what a mount shows may be hidden by another."""
    kinds = {volume.name: EMPTY_DIR for volume in spec.volumes or () if volume.empty_dir is not None}
    kinds.update((volume.name, "") for volume in volumes)
    wires = (*(spec.init_containers or ()), *(spec.containers or ()), *(spec.ephemeral_containers or ()))
    for container, wire in zip(containers, wires, strict=True):
        mounts = tuple(
            Mount(
                mount.name if (kind := kinds.get(mount.name, ELSEWHERE)) != ELSEWHERE else "",
                mount.mount_path,
                mount.sub_path or "",
                mount.sub_path_expr or "",
                kind,
            )
            for mount in wire.volume_mounts or ()
            if mount.mount_path != _TOKEN_PATH
        )
        yield msgspec.structs.replace(container, mounts=mounts) if mounts else container


def _profile(context: WireSecurityContext, field: str) -> tuple[str, ...]:
    """Return the localhost AppArmor profile of a container or pod, and the field that names it."""
    profile = context.app_armor_profile.localhost_profile if context.app_armor_profile else None
    return (profile, f"{field}.appArmorProfile.localhostProfile") if profile else ()


def _is_host_process(context: WireSecurityContext) -> bool:
    return context.windows_options is not None and bool(context.windows_options.host_process)


def _apparmor(annotations: Raw) -> dict[str, tuple[str, ...]]:
    """Return the same by container, as annotations named them before Kubernetes 1.30."""
    return {
        key.removeprefix(_APPARMOR): (value.removeprefix(_LOCALHOST), f"metadata.annotations[{key}]")
        for key, value in string_map(annotations).items()
        if key.startswith(_APPARMOR) and value.startswith(_LOCALHOST)
    }


def _age(meta: WireOwnMeta, annotations: Mapping[str, str]) -> tuple[int, str]:
    """Return what orders the ReplicaSets of one controller: the revision, else the time they were made."""
    revision = next((annotations[key] for key in _REVISIONS if key in annotations), "")
    return (int(revision) if _DIGITS.fullmatch(revision) else 0, meta.creation_timestamp or "")
