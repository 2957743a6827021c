"""Which PersistentVolume a claim of the same manifests will get, where only one fits; decided as the controller does.

A cluster binds by itself what is not bound by name, so in files a claim may lead to the node without saying so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from bot.adapters.wire import Texts
from bot.core.objects import Claim, PersistentVolume

_QUANTITY: Final = re.compile(r"([0-9.]+(?:[eE][-+]?[0-9]{1,3})?)(m|[kMGTPE]|[KMGTPE]i)?")
_FACTORS: Final = {
    "m": Decimal("0.001"),
    "k": Decimal(1000),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("MGTPE", start=2)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}


class _Meta(Struct, rename="camel"):
    labels: Texts = Raw()


class _Expression(Struct):
    """That there is one is all anybody looks at."""


class _Selector(Struct, rename="camel"):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _Requests(Struct):
    storage: str | int | float | None = None


class _Resources(Struct):
    requests: _Requests | None = None


class _Both(Struct, rename="camel"):
    storage_class_name: str | None = None
    volume_mode: str | None = None
    access_modes: list[str] | None = None


class _ClaimSpec(_Both, rename="camel"):
    selector: _Selector | None = None
    resources: _Resources | None = None


class _VolumeSpec(_Both, rename="camel"):
    capacity: _Requests | None = None


class _Claim(Struct):
    spec: _ClaimSpec | None = None


class _Volume(Struct):
    metadata: _Meta | None = None
    spec: _VolumeSpec | None = None


#: By kind: the types of what is looked at here beyond what is read of a cluster.
BINDING: Final[Mapping[str, Any]] = {"PersistentVolume": _Volume, "PersistentVolumeClaim": _Claim}


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that is no workload: its slim form, and what stands in the file."""

    slim: Any
    data: Mapping[str, Any]


def bound(volumes: Sequence[Kept], claims: Sequence[Kept]) -> tuple[tuple[Claim, ...], frozenset[str]]:
    """Return the claims with the volume each will get, and the volumes that no name says so of."""
    made, guessed = [], set()
    named = {item.slim.volume for item in claims}
    free = [item.data for item in volumes if item.slim.name not in named and item.slim.claim is None]
    for item in claims:
        claim = item.slim
        if not claim.volume and (name := only_fitting(item.data, free)):
            claim = msgspec.structs.replace(claim, volume=name)
            guessed.add(name)
        made.append(claim)
    return tuple(made), frozenset(guessed)


def unplaced(volumes: Sequence[Kept], claims: Sequence[Kept]) -> Iterator[PersistentVolume]:
    """Yield the volumes; one reserved for a claim that is there without a namespace means that one."""
    known = {(item.slim.namespace, item.slim.name) for item in claims}
    for item in volumes:
        volume: PersistentVolume = item.slim
        if volume.claim and volume.claim not in known and ("", volume.claim[1]) in known:
            volume = msgspec.structs.replace(volume, claim=("", volume.claim[1]))
        yield volume


def only_fitting(claim: Mapping[str, Any], volumes: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the name of the one volume that fits a claim, None where none or several do. All as in manifests.

    A claim that names no class gets the cluster's default one where there is any, so only a volume without class fits.
    Source: kubernetes.io "Persistent Volumes", binding, class and selector, read 2026-11-29.
    """
    wanted = _spec(claim)
    if wanted.get("volumeName") or wanted.get("dataSource") or wanted.get("dataSourceRef"):
        return None
    fitting = [volume for volume in volumes if _fits(claim, _spec(volume), volume)]
    if len(fitting) != 1:
        return None
    name = _map(fitting[0].get("metadata")).get("name")
    return name if isinstance(name, str) else None


def _fits(claim: Mapping[str, Any], spec: Mapping[str, Any], volume: Mapping[str, Any]) -> bool:
    wanted = _spec(claim)
    reference = _map(spec.get("claimRef"))
    if reference:
        meta = _map(claim.get("metadata"))
        named = (reference.get("name"), reference.get("namespace") or "")
        return named[0] == meta.get("name") and named[1] in ("", meta.get("namespace") or "")
    if (wanted.get("storageClassName") or "") != (spec.get("storageClassName") or ""):
        return False
    if (wanted.get("volumeMode") or "Filesystem") != (spec.get("volumeMode") or "Filesystem"):
        return False
    if not _texts(wanted.get("accessModes")) <= _texts(spec.get("accessModes")):
        return False
    selector = _map(wanted.get("selector"))
    if selector.get("matchExpressions"):
        return False
    labels = _map(_map(volume.get("metadata")).get("labels"))
    if any(labels.get(key) != value for key, value in _map(selector.get("matchLabels")).items()):
        return False
    asked = quantity(_map(_map(wanted.get("resources")).get("requests")).get("storage"))
    given = quantity(_map(spec.get("capacity")).get("storage"))
    return asked is None or given is None or given >= asked


def quantity(value: Any) -> Decimal | None:
    """Return a quantity such as ``10Gi`` as a number, None where it is none."""
    text = bytes(value).decode() if isinstance(value, Raw) else value
    match = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        return Decimal(match[1]) * _FACTORS.get(match[2] or "", Decimal(1))
    except InvalidOperation:
        return None


def _spec(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return _map(item.get("spec"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> frozenset[str]:
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()
