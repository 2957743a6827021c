"""How a finding shows on a node, by its runtime: entries of the message catalogue below ``fails.``."""

from collections.abc import Iterable

from bot.core.rules import Failure
from bot.core.runtimes import Runtime

#: What this finding needs works here, as long as Docker stays.
WORKS = "works"

_EMPTY = {Runtime.CONTAINERD: "empty-containerd", Runtime.CRI_O: "empty-cri-o"}


def fails_as(failure: Failure, runtime: Runtime | None = None, reason: str = "") -> str:
    """Return the catalogue's entry for how a finding shows on nodes of a runtime.

    Args:
        failure: of the finding.
        runtime: of the nodes; None: on any without Docker.
        reason: of the finding: dockershim is not on nodes with cri-dockerd, nor cri-dockerd on those with dockershim.

    Source: containerd internal/cri/opts/spec_linux_opts.go makes a missing mount source as a directory (read
    2026-08-22), and so does CRI-O's addOCIBindMounts, unless absent_mount_sources_to_reject names it (read 2026-11-29).
    """
    if runtime is not None and runtime.is_docker and needed(reason) in (None, runtime):
        return WORKS
    if failure is Failure.EMPTY and runtime in _EMPTY:
        return _EMPTY[runtime]
    return failure.value


def outcomes(failure: Failure, reason: str, runtimes: Iterable[Runtime]) -> tuple[tuple[str, tuple[Runtime, ...]], ...]:
    """Return how a finding shows, each with the runtimes of which it is true: what fails first, what works last.

    Where no node runs without Docker yet, what will happen there stands with no runtime.
    """
    found: dict[str, list[Runtime]] = {}
    for runtime in runtimes:
        if runtime is not Runtime.UNKNOWN:
            found.setdefault(fails_as(failure, runtime, reason), []).append(runtime)
    if all(runtime.is_docker for some in found.values() for runtime in some):
        found = {fails_as(failure): [], **found} if fails_as(failure) not in found else found
    ordered = sorted(found.items(), key=lambda item: item[0] == WORKS)
    return tuple((key, tuple(some)) for key, some in ordered)


def needed(reason: str) -> Runtime | None:
    """Return the one adapter to Docker that a finding's reason is about, None where it is about Docker itself."""
    if "cri-dockerd" in reason:
        return Runtime.CRI_DOCKERD
    return Runtime.DOCKERSHIM if "dockershim" in reason else None
