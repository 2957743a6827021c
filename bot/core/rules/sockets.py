"""Docker's sockets, dockershim's, and the directories above them (facts 4.2, rows 1 to 3 and 15)."""

from collections.abc import Iterator

from bot.core.paths import is_within
from bot.core.rules.base import Match, Severity
from bot.core.rules.case import Case, fails_as, match_of
from bot.core.runtimes import Grade

#: The one rule whose socket is gone on cri-dockerd as well, which is Docker but has no dockershim.
DOCKERSHIM_SOCKET = "dockershim-socket"

_SOCKETS = ("/run/docker.sock", "pipe:docker_engine")
_SHIM_SOCKETS = ("/run/dockershim.sock", "pipe:dockershim")
_SHIM_STATE = "/var/lib/dockershim"
_PARENTS = ("/run", "/var", "/")


def docker_socket(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _SOCKETS:
            reason = fails_as("docker-socket", reach)
            yield match_of("docker-socket", Severity.BLOCKER, Grade.CERTAIN, reach, reason)


def dockershim_socket(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _SHIM_SOCKETS or is_within(reach.path, _SHIM_STATE):
            yield match_of(DOCKERSHIM_SOCKET, Severity.BLOCKER, Grade.CERTAIN, reach, DOCKERSHIM_SOCKET)


def socket_parent_dir(case: Case) -> Iterator[Match]:
    for reach in case.reaches:
        if reach.path in _PARENTS:
            yield match_of("socket-parent-dir", Severity.REVIEW, Grade.POSSIBLE, reach, "socket-parent-dir")
