"""Docker's sockets, dockershim's, cri-dockerd's, and the directories above them (facts 4.2, rows 1 to 4, 15, 16)."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from bot.core.paths import is_within, normalise
from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case, Reach, gone_match, in_place, match_of
from bot.core.rules.inside import NODE, Inside
from bot.core.runtimes import Grade

#: The one rule whose socket is gone on cri-dockerd as well, which is Docker but has no dockershim.
DOCKERSHIM_SOCKET = "dockershim-socket"

DOCKER_SOCKETS = ("/run/docker.sock", "pipe:docker_engine")
PARENTS = ("/run", "/var", "/")

_SHIM_SOCKETS = ("/run/dockershim.sock", "pipe:dockershim")
_SHIM_STATE = "/var/lib/dockershim"
_CRI_DOCKERD_SOCKETS = ("/run/cri-dockerd.sock", "pipe:cri-dockerd")

_OTHER_RUNTIMES = (
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "pipe:containerd-containerd",
)

#: Mostly of a daemon of one's own, or of another engine that speaks Docker's API.
_OTHER_SOCKETS = re.compile(r"/run/user/[^/]+/docker\.sock|/run/balena[^/]*\.sock")


def is_other_socket(path: str) -> bool:
    """Whether a path on the node, in normal form, is a rootless Docker's socket or that of balenaEngine."""
    return _OTHER_SOCKETS.fullmatch(path) is not None


def sees_other_socket(inside: Inside) -> bool:
    """Whether a container sees another runtime's socket, or the folder that holds it."""
    return any(
        mount.kind == NODE and any(is_within(socket, mount.path) for socket in _OTHER_RUNTIMES)
        for mount in inside.mounts
    )


def docker_socket(case: Case) -> Iterator[Match]:
    """Find Docker's socket and the Windows pipe, by the host path."""
    code = "docker-socket"
    for reach in case.reaches:
        if reach.path in DOCKER_SOCKETS:
            # Below /var lies a link to /run, which leads the kubelet out of the volume.
            is_sure = normalise(reach.volume.host_path or "") != "/var"
            grade = Grade.CERTAIN if is_sure else Grade.LIKELY
            instead = in_place(map(sees_other_socket, reach.containers))
            yield gone_match(code, Severity.BLOCKER, grade, reach, Failure.EMPTY, has_instead=instead)
        elif is_other_socket(reach.path):
            yield match_of(code, Severity.REVIEW, Grade.POSSIBLE, reach, "docker-socket-other")


def dockershim_socket(case: Case) -> Iterator[Match]:
    """Find dockershim's socket and its state."""
    for reach in case.reaches:
        if reach.path in _SHIM_SOCKETS or is_within(reach.path, _SHIM_STATE):
            instead = in_place(map(sees_other_socket, reach.containers))
            yield gone_match(
                DOCKERSHIM_SOCKET, Severity.BLOCKER, Grade.CERTAIN, reach, Failure.EMPTY, has_instead=instead
            )


def cri_dockerd_socket(case: Case) -> Iterator[Match]:
    """Find cri-dockerd's socket: it works as long as cri-dockerd is kept."""
    code = "cri-dockerd-socket"
    for reach in case.reaches:
        if reach.path in _CRI_DOCKERD_SOCKETS:
            yield match_of(code, Severity.REVIEW, Grade.CERTAIN, reach, code, Failure.CONNECT)


def socket_parent_dir(case: Case) -> Iterator[Match]:
    """Find a directory below which a container can open Docker's socket, unless another mount hides it there."""
    for reach in case.reaches:
        if reach.path in PARENTS:
            if seen := _seeing(reach):
                yield match_of("socket-parent-dir", Severity.REVIEW, Grade.POSSIBLE, seen, "socket-parent-dir")
            else:
                reason = "socket-parent-dir-hidden"
                yield match_of("socket-parent-dir", Severity.INFO, Grade.LIKELY, reach, reason)


def _seeing(reach: Reach) -> Reach | None:
    """Return a reach by those containers only that see the socket through it; None where none does."""
    if not reach.by:
        return reach
    by = tuple((inside, mount) for inside, mount in reach.by if inside.sees(socket_below(reach.path), mount))
    return replace(reach, by=by) if by else None


def socket_below(parent: str) -> str:
    """Return where Docker's socket lies in one of PARENTS: below /var through the link."""
    return "/var/run/docker.sock" if parent == "/var" else DOCKER_SOCKETS[0]
