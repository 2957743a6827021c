"""Names as they are shown: whole, as long as Kubernetes itself would take them."""

from hashlib import sha256
from typing import Final

#: Longest name of an object (kubernetes.io, "Object Names and IDs"); a container's may have 63 characters.
NAME_CHARS: Final = 253

_DIGEST_CHARS: Final = 8


def bounded(name: str) -> str:
    """Return a name, cut where it is longer than any that Kubernetes takes; two that differ stay two."""
    if len(name) <= NAME_CHARS:
        return name
    digest = sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    return f"{name[: NAME_CHARS - 1 - _DIGEST_CHARS]}…{digest}"
