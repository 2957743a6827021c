"""How a finding shows on a node, by its runtime: entries of the message catalogue below ``fails.``."""

from collections.abc import Iterable

from bot.core.rules import Failure
from bot.core.runtimes import Runtime

#: The only runtime whose answer to a missing path was read in its source.
_MAKES_DIRECTORIES = frozenset({Runtime.CONTAINERD})


def fails_as(failure: Failure, runtimes: Iterable[Runtime] = ()) -> str:
    """Return the catalogue's entry for how a finding shows once Docker is gone.

    Args:
        failure: of the finding.
        runtimes: of the nodes its pods are on, or will be on; none where that is not known.

    Source: containerd internal/cri/opts/spec_linux_opts.go makes a missing mount source as a directory (read
    2026-08-22). CRI-O's answer was not read, so no sentence names it.
    """
    others = {runtime for runtime in runtimes if not runtime.is_docker}
    if failure is Failure.EMPTY and others and others <= _MAKES_DIRECTORIES:
        return "empty-containerd"
    return failure.value
