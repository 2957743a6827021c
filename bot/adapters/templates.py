"""Pod specs to the core's slim templates; equal ones are shared."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Raw

from bot.adapters.evidence import EvidenceReader
from bot.adapters.wire import (
    WireClaimTemplate,
    WireContainer,
    WireLooseMeta,
    WirePodSpec,
    WireSecurityContext,
    WireVolume,
)
from bot.core.names import bounded
from bot.core.objects import ELSEWHERE, EMPTY_DIR, NO_EVIDENCE, Container, Mount, Template, Volume

_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_APPARMOR_BYTES = _APPARMOR.encode()
_LOCALHOST = "localhost/"

#: An init container with this restartPolicy is a sidecar: it runs on beside all that come behind it.
_ALWAYS = "Always"

#: ContainerRestartPolicy of k8s.io/api core/v1 types.go (v0.34), of any container; None and empty where there is none.
_RESTARTS = (None, "", _ALWAYS, "OnFailure", "Never")

#: Mounted into nearly every container, from a volume whose name is another in each pod.
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"

_STRING_MAP = msgspec.json.Decoder(dict[str, str] | None)
LOOSE_META = msgspec.json.Decoder(WireLooseMeta | None)


def string_map(raw: Raw) -> Mapping[str, str]:
    """Return decoded labels or annotations; empty for null or absent ones."""
    return (_STRING_MAP.decode(raw) or {}) if raw else {}


class TemplateReader:
    """Turns pod specs into slim templates; equal templates, and what containers run, are shared."""

    def __init__(self) -> None:
        self._templates: dict[Template, Template] = {}
        self._evidence = EvidenceReader()

    @property
    def size(self) -> int:
        """How many templates and digests are kept."""
        return len(self._templates) + self._evidence.size

    def tidy(self, templates: Iterable[Template]) -> None:
        """Keep nothing but some templates, those that are in use; what is needed again is read again."""
        self._templates = {template: template for template in templates}
        self._evidence = EvidenceReader()

    def __call__(
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
        profiles = {}
        if annotations:
            text = bytes(annotations)
            if _APPARMOR_BYTES in text or text[:1] not in (b"{", b"n"):  # what is no object may be anything
                profiles = _apparmor(annotations)
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
                    Container(
                        bounded(wire.name),
                        place,
                        wire.image or "",
                        privileged,
                        (),
                        evidence,
                        profile or of_pod,
                        field == "initContainers" and wire.restart_policy != _ALWAYS,
                        wire.restart_policy not in _RESTARTS,
                    )
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
            yield Volume(volume.name, field, claim=bounded(volume.persistent_volume_claim.claim_name))
        elif volume.ephemeral is not None:
            field, wanted = (
                f"volumes[{number}].ephemeral.volumeClaimTemplate",
                _wanted(volume.ephemeral.volume_claim_template),
            )
            if pod_name:
                yield Volume(volume.name, field, claim=bounded(f"{pod_name}-{volume.name}"), wanted=wanted)
            elif wanted:
                yield Volume(volume.name, f"{field}.spec.volumeName", wanted=wanted)


def stems(wires: list[WireClaimTemplate], name: str) -> Iterator[Volume]:
    """Yield what a StatefulSet of that name mounts of the claims it makes, ``<template>-<StatefulSet>-<number>``."""
    for number, wire in enumerate(wires):
        meta = LOOSE_META.decode(wire.metadata) if wire.metadata else None
        if meta is not None and meta.name:
            wanted, field = _wanted(wire), f"spec.volumeClaimTemplates[{number}]"
            if wanted:
                field += ".spec.volumeName"
            yield Volume(meta.name, field, claim=bounded(f"{meta.name}-{name}-"), wanted=wanted, is_stem=True)


def _wanted(template: WireClaimTemplate | None) -> str:
    return bounded((template.spec.volume_name if template and template.spec else None) or "")


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
                number,
            )
            for number, mount in enumerate(wire.volume_mounts or ())
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
        key.removeprefix(_APPARMOR): (value.removeprefix(_LOCALHOST), f"metadata.annotations[{bounded(key)}]")
        for key, value in string_map(annotations).items()
        if key.startswith(_APPARMOR) and value.startswith(_LOCALHOST)
    }
