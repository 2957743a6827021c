"""What stands behind pods: the volumes of their claims, and the handlers of their RuntimeClasses."""

from collections.abc import Mapping

from bot.core.objects import Claim, PersistentVolume, RuntimeClass
from bot.core.volumes import ClaimIndex


class Behind:
    """Volumes, claims and RuntimeClasses, and whether any of them leads elsewhere than when it was last looked at."""

    def __init__(self) -> None:
        self.volumes: dict[str, PersistentVolume] = {}
        self.claims: dict[tuple[str, str], Claim] = {}
        self.classes: dict[str, RuntimeClass] = {}
        #: Names of RuntimeClasses that came, changed or went.
        self.changed_classes: set[str] = set()
        self._are_claims_stale = False

    @property
    def has_changed(self) -> bool:
        """Whether anything may lead elsewhere by now."""
        return self._are_claims_stale or bool(self.changed_classes)

    def put_volume(self, volume: PersistentVolume) -> bool:
        """Take in a volume; False where it is the same."""
        before = self.volumes.get(volume.name)
        self.volumes[volume.name] = volume
        if before == volume:
            return False
        self._are_claims_stale = self._are_claims_stale or _leads(before) or _leads(volume)
        return True

    def drop_volume(self, name: str) -> bool:
        """Forget a volume; False where there is none."""
        volume = self.volumes.pop(name, None)
        self._are_claims_stale = self._are_claims_stale or _leads(volume)
        return volume is not None

    def put_claim(self, claim: Claim) -> bool:
        """Take in a claim; False where it is the same."""
        key = (claim.namespace, claim.name)
        before = self.claims.get(key)
        self.claims[key] = claim
        if before == claim:
            return False
        self._are_claims_stale = True
        return True

    def drop_claim(self, namespace: str, name: str) -> bool:
        """Forget a claim; False where there is none."""
        if self.claims.pop((namespace, name), None) is None:
            return False
        self._are_claims_stale = True
        return True

    def put_class(self, item: RuntimeClass) -> bool:
        """Take in a RuntimeClass; False where it is the same."""
        if self.classes.get(item.name) == item:
            return False
        self.classes[item.name] = item
        self.changed_classes.add(item.name)
        return True

    def drop_class(self, name: str) -> bool:
        """Forget a RuntimeClass; False where there is none."""
        if self.classes.pop(name, None) is None:
            return False
        self.changed_classes.add(name)
        return True

    def index(self) -> ClaimIndex | None:
        """Return where claims lead, None where that is as it was."""
        if not self._are_claims_stale:
            return None
        self._are_claims_stale = False
        return ClaimIndex(self.volumes.values(), self.claims.values())

    def handlers(self) -> Mapping[str, str]:
        """Return the handler of each RuntimeClass."""
        return {item.name: item.handler for item in self.classes.values()}


def _leads(volume: PersistentVolume | None) -> bool:
    return volume is not None and volume.host_path is not None
