"""Objects that decode and are still not all there: they are judged as far as they go, and counted as read in part.

A word that the API does not have, of a few that it takes in a field, means nothing to any rule: a hostPath type is then
taken as unset, a phase as that of a pod that runs, a restartPolicy as that of an init container that ends.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from bot.core.objects import Controller, PersistentVolume, Pod

#: HostPathType and PodPhase of k8s.io/api core/v1 types.go (v0.34); empty where there is none.
_HOST_TYPES = frozenset(
    {"", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"}
)
_PHASES = frozenset({"", "Pending", "Running", "Succeeded", "Failed", "Unknown"})

#: Fields without which nobody can say what volumes are mounted: a container, its mounts, the name of one.
_MOUNTING = re.compile(r"[cC]ontainers(\[\d+\](\.volumeMounts(\[\d+\](\.name)?)?)?)?$")


def is_in_part(slim: Any) -> bool:
    """Whether a slim object names no container, so that nobody can say what it does, or holds an unknown word.

    What another object stamps out does not matter: its pods are there, and so is the stamp.
    """
    if isinstance(slim, Pod):
        if slim.phase not in _PHASES:
            return True
    elif not isinstance(slim, Controller):
        return isinstance(slim, PersistentVolume) and slim.host_type not in _HOST_TYPES
    elif slim.controller is not None:
        return False
    template = slim.template
    if not template.containers or any(container.has_odd_restart for container in template.containers):
        return True
    volumes = template.volumes
    return bool(volumes) and any(volume.host_type not in _HOST_TYPES for volume in volumes)


def unknown_words(slim: Any) -> tuple[str, ...]:
    """Return the fields of an object of a file that hold such a word."""
    if isinstance(slim, PersistentVolume):
        return () if slim.host_type in _HOST_TYPES else ("spec.hostPath.type",)
    if not isinstance(slim, Controller):
        return ()
    template, above = slim.template, slim.template_field
    types = [
        f"{above}.{volume.field.removesuffix('path')}type"
        for volume in template.volumes
        if volume.host_type not in _HOST_TYPES
    ]
    restarts = [f"{above}.{each.field}.restartPolicy" for each in template.containers if each.has_odd_restart]
    return (*types, *restarts)


def with_doubt(slim: Any, misfits: Iterable[str]) -> Any:
    """Return an object of which some fields did not fit: where they say what a container mounts, nobody knows that."""
    if isinstance(slim, (Pod, Controller)) and any(_MOUNTING.search(path) for path in misfits):
        return msgspec.structs.replace(slim, template=msgspec.structs.replace(slim.template, has_odd_mounts=True))
    return slim
