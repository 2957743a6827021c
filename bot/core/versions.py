"""Version strings as kubelets and runtimes report them; never guesses what cannot be parsed."""

import re
from typing import NamedTuple

_LEADING = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?![0-9])(?:\.([0-9]{1,6}))?")


class Version(NamedTuple):
    """A version's leading numbers; compares in the usual order. A missing patch is 0."""

    major: int
    minor: int
    patch: int = 0

    @property
    def short(self) -> str:
        """``1.23``."""
        return f"{self.major}.{self.minor}"


def parse(text: str) -> Version | None:
    """Return the leading ``major.minor[.patch]`` of a version string, or None.

    Suffixes such as ``-eks-0a21954``, ``+k3s1`` or ``~ce`` are ignored.
    """
    match = _LEADING.match(text.strip())
    if not match:
        return None
    return Version(int(match[1]), int(match[2]), int(match[3] or 0))
