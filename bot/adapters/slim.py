"""Wire objects to the core's slim ones; equal templates, references and strings are shared."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from bot.adapters.templates import LOOSE_META, TemplateReader, stems, string_map
from bot.adapters.wire import (
    WireClaim,
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
    WireTemplate,
)
from bot.core.names import bounded
from bot.core.objects import (
    Claim,
    Controller,
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
from bot.core.workloads import OLD_GROUPS

__all__ = ["Slimmer", "string_map"]

#: The mirror that a kubelet makes of a static pod; in every release, while the owner reference came later.
_MIRROR = "kubernetes.io/config.mirror"

#: What numbers the ReplicaSets of one controller in the order of its templates: also after a rollback.
_REVISIONS = (
    "deployment.kubernetes.io/revision",
    "rollout.argoproj.io/revision",
    "openshift.io/deployment-config.latest-version",
)

#: Of what is shared, so much is kept whether it is in use or not.
SHARED_KEPT = 2_000

#: Of keys of nodes' labels and annotations, for so many it is known whether they count.
KEYS_KEPT = 2_000

_DIGITS = re.compile(r"[0-9]{1,18}")


class Slimmer:
    """Turns wire objects into slim ones; equal templates, references and strings are shared.

    Args:
        owners: which keys name an owner.
        pools: which node labels and annotations to keep.
    """

    def __init__(self, owners: OwnerKeys, pools: PoolTable) -> None:
        self._owners = owners
        # Nodes have the same few keys, and the table is long.
        self._keeps_label = lru_cache(KEYS_KEPT)(pools.keeps_label)
        self._keeps_annotation = lru_cache(KEYS_KEPT)(pools.keeps_annotation)
        self._template = TemplateReader()
        self._references: dict[tuple[str, str, str], OwnerReference] = {}
        self._shared_hints: dict[OwnerHints, OwnerHints] = {}
        self._tidy_above = SHARED_KEPT

    def tidy(self, templates: Callable[[], Iterable[Template]]) -> None:
        """Forget what is shared with nothing any more, once there is so much that it may be most.

        Args:
            templates: returns those in use.
        """
        if self._template.size + len(self._references) + len(self._shared_hints) > self._tidy_above:
            self._template.tidy(templates())
            self._references, self._shared_hints = {}, {}
            self._tidy_above = max(SHARED_KEPT, self._template.size * 5 // 4)

    def node(self, wire: WireNode) -> Node:
        """Return the slim node; Ready is None when the condition is missing or Unknown."""
        status = wire.status or WireNodeStatus()
        info = status.node_info or WireNodeInfo()
        spec = wire.spec or WireNodeSpec()
        ready = next((c.status for c in status.conditions or () if c.type == "Ready"), "")
        labels = string_map(wire.metadata.labels)
        annotations = string_map(wire.metadata.annotations)
        return Node(
            name=bounded(wire.metadata.name),
            runtime_version=info.container_runtime_version or "",
            kubelet_version=info.kubelet_version or "",
            os_image=info.os_image or "",
            is_ready={"True": True, "False": False}.get(ready),
            is_unschedulable=bool(spec.unschedulable),
            provider_id=spec.provider_id or "",
            labels=tuple((key, value) for key, value in labels.items() if self._keeps_label(key)),
            annotations=tuple(
                (key, value)
                for key, value in annotations.items()
                if key == CRI_SOCKET_ANNOTATION or self._keeps_annotation(key)
            ),
        )

    def namespace(self, wire: WireNamespace) -> Namespace:
        """Return the slim namespace."""
        labels = string_map(wire.metadata.labels)
        return Namespace(bounded(wire.metadata.name), first(labels, self._owners.namespace_labels))

    def pod(self, wire: WirePod) -> Pod:
        """Return the slim pod."""
        meta, spec = wire.metadata, wire.spec or WirePodSpec()
        namespace = sys.intern(bounded(meta.namespace or ""))
        controller = self._controller(meta)
        if controller is None:
            is_static = bool(meta.annotations) and _MIRROR in string_map(meta.annotations)
        else:
            is_static = controller.kind == "Node" and not controller.group
        return Pod(
            namespace=namespace,
            name=bounded(meta.name),
            node=sys.intern(spec.node_name or ""),
            phase=sys.intern((wire.status.phase if wire.status else None) or ""),
            controller=controller,
            is_static=is_static,
            template=self._template(spec, meta.annotations, bounded(meta.name)),
            hints=self._hints(meta),
        )

    def controller(self, wire: WireController, group: str, kind: str) -> Controller:
        """Return the slim form of an object whose pod template stands at ``spec.template``."""
        spec = wire.spec or WireControllerSpec()
        claims = tuple(stems(spec.volume_claim_templates, wire.metadata.name)) if spec.volume_claim_templates else ()
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
        bound = (bounded(claim.namespace or ""), bounded(claim.name)) if claim and claim.name else None
        host_type = (spec.host_path.type or "") if spec.host_path else ""
        return PersistentVolume(bounded(wire.metadata.name), source.path if source else None, bound, host_type)

    def claim(self, wire: WireClaim) -> Claim:
        """Return the slim claim."""
        bound = wire.spec.volume_name if wire.spec else None
        return Claim(bounded(wire.metadata.namespace or ""), bounded(wire.metadata.name), bounded(bound or ""))

    def runtime_class(self, wire: WireRuntimeClass) -> RuntimeClass:
        """Return the slim RuntimeClass; v1alpha1 keeps the handler under ``spec``."""
        handler = wire.handler or (wire.spec.runtime_handler if wire.spec else None)
        return RuntimeClass(bounded(wire.metadata.name), handler or "")

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
        below = LOOSE_META.decode(template.metadata) if template.metadata else None
        below = below or WireLooseMeta()
        template_hints = hints_of(string_map(below.labels), string_map(below.annotations), self._owners)
        annotations = string_map(meta.annotations)
        namespace, name = sys.intern(bounded(meta.namespace or "")), bounded(meta.name)
        return Controller(
            group=group,
            kind=kind,
            namespace=namespace,
            name=name,
            template_field=field,
            template=self._template(template.spec or WirePodSpec(), below.annotations, claims=claims),
            replicas=replicas,
            controller=self._controller(meta),
            hints=merge(hints_of(string_map(meta.labels), annotations, self._owners), template_hints),
            age=_age(meta, annotations),
        )

    def _hints(self, meta: WireMeta) -> OwnerHints:
        hints = hints_of(string_map(meta.labels), string_map(meta.annotations), self._owners)
        return self._shared_hints.setdefault(hints, hints)

    def _controller(self, meta: WireMeta) -> OwnerReference | None:
        for reference in meta.owner_references or ():
            if reference.controller:
                key = (reference.api_version, reference.kind, reference.name)
                known = self._references.get(key)
                if known is None:
                    group = reference.api_version.rpartition("/")[0]
                    group = OLD_GROUPS.get(group, group)
                    known = self._references[key] = OwnerReference(
                        group, bounded(reference.kind), bounded(reference.name)
                    )
                return known
        return None


def _age(meta: WireOwnMeta, annotations: Mapping[str, str]) -> tuple[int, str]:
    """Return what orders the ReplicaSets of one controller: the revision, else the time they were made."""
    revision = next((annotations[key] for key in _REVISIONS if key in annotations), "")
    return (int(revision) if _DIGITS.fullmatch(revision) else 0, meta.creation_timestamp or "")
