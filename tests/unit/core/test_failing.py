"""How a finding shows, by the runtime of a node."""

import pytest

from bot.core.failing import outcomes
from bot.core.rules import Failure
from bot.core.runtimes import Runtime

SHIM, DOCKERD, CONTAINERD, CRIO = Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD, Runtime.CONTAINERD, Runtime.CRI_O


@pytest.mark.parametrize(
    ("failure", "reason", "runtimes", "wanted"),
    [
        (Failure.MOUNT, "docker-socket-checked", [SHIM, CONTAINERD], [("mount", [CONTAINERD]), ("works", [SHIM])]),
        (
            Failure.EMPTY,
            "docker-socket",
            [SHIM, DOCKERD, CONTAINERD, CRIO],
            [("empty-containerd", [CONTAINERD]), ("empty-cri-o", [CRIO]), ("works", [SHIM, DOCKERD])],
        ),
        # Nothing runs without Docker yet: what is to come is said without a runtime.
        (Failure.FORMAT, "docker-logs", [SHIM], [("format", []), ("works", [SHIM])]),
        (Failure.FORMAT, "docker-logs", [], [("format", [])]),
        (Failure.FORMAT, "docker-logs", [Runtime.UNKNOWN], [("format", [])]),
        (Failure.FORMAT, "docker-logs", [CONTAINERD, CRIO], [("format", [CONTAINERD, CRIO])]),
        # dockershim is not behind cri-dockerd, and the other way round.
        (Failure.EMPTY, "dockershim-socket", [SHIM, DOCKERD], [("empty", [DOCKERD]), ("works", [SHIM])]),
        (Failure.SETTING, "runtime-setting-dockershim", [DOCKERD], [("setting", [DOCKERD])]),
        (Failure.CONNECT, "cri-dockerd-socket", [SHIM, DOCKERD], [("connect", [SHIM]), ("works", [DOCKERD])]),
    ],
)
def test_what_fails_comes_first_and_runtimes_alike_stand_together(
    failure: Failure, reason: str, runtimes: list[Runtime], wanted: list[tuple[str, list[Runtime]]]
) -> None:
    assert outcomes(failure, reason, runtimes) == tuple((key, tuple(some)) for key, some in wanted)
