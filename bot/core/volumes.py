"""From a claim to the path on the node behind it: PersistentVolumeClaim, PersistentVolume, path. Judges nothing."""

import re
from collections.abc import Iterable

import msgspec

from bot.core.objects import Claim, PersistentVolume, Template, Volume

_NUMBERED = re.compile(r"(.*-)[0-9]+")


class ClaimIndex:
    """Finds the PersistentVolumes with a path on the node, by the claims that are bound to them."""

    def __init__(self, volumes: Iterable[PersistentVolume] = (), claims: Iterable[Claim] = ()) -> None:
        leading = [volume for volume in volumes if volume.host_path is not None]
        self._volumes = {volume.name: volume for volume in sorted(leading, key=lambda volume: volume.name)}
        # Either end names the other; the volume's word counts where the claim is pending or was not read.
        self._claims = {volume.claim: volume for volume in self._volumes.values() if volume.claim}
        for claim in claims if leading else ():
            key = (claim.namespace, claim.name)
            if claim.volume in self._volumes:
                self._claims[key] = self._volumes[claim.volume]
            elif claim.volume:  # bound elsewhere: a released volume may still name it
                self._claims.pop(key, None)
        # What a StatefulSet of no pods will find again: the claims of its former ones, the first counts.
        self._stems: dict[tuple[str, str], PersistentVolume] = {}
        for (namespace, name), volume in sorted(self._claims.items(), key=lambda item: item[0]):
            if stem := _NUMBERED.fullmatch(name):
                self._stems.setdefault((namespace, stem[1]), volume)

    def namespaces_unlike(self, other: "ClaimIndex") -> frozenset[str] | None:
        """Return the namespaces whose claims lead elsewhere than in another index, None for any of them."""
        if self._volumes != other._volumes:
            return None
        return frozenset(namespace for (namespace, _), _ in self._claims.items() ^ other._claims.items())

    def followed(self, template: Template, namespace: str) -> Template:
        """Return a template with the paths behind its claims; the same one where there are none."""
        if not self._volumes:
            return template
        for volume in template.volumes:
            if volume.claim or volume.wanted:
                followed = tuple(self._follow(one, namespace) for one in template.volumes)
                return msgspec.structs.replace(template, volumes=followed)
        return template

    def _follow(self, volume: Volume, namespace: str) -> Volume:
        behind = None
        if volume.claim:
            behind = (self._stems if volume.is_stem else self._claims).get((namespace, volume.claim))
        if behind is None and volume.wanted:
            behind = self._volumes.get(volume.wanted)
        if behind is None:
            return volume
        return msgspec.structs.replace(
            volume, host_path=behind.host_path, host_type=behind.host_type, persistent_volume=behind.name
        )
