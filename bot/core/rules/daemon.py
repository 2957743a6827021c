"""Which Docker daemon a container talks to: the node's, the pod's own, a remote one, or one that nobody can tell."""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from bot.core.docker_tables import SOCAT_ADDRESS, SOCAT_LISTENER
from bot.core.docker_words import Kind, Use
from bot.core.endpoints import DEFAULT_SOCKET, Endpoint, Transport, read_endpoint
from bot.core.objects import EMPTY_DIR
from bot.core.rules.case import Case
from bot.core.rules.inside import IMAGE, NODE, Inside, Spot
from bot.core.rules.on_node import is_on_node
from bot.core.rules.sockets import DOCKER_SOCKETS, PARENTS, is_other_socket, socket_below
from bot.core.runtimes import Grade
from bot.core.shell import Call

DOCKER_HOST = "DOCKER_HOST"

#: What is longer is no address.
_ADDRESS_CHARS = 4096

_FOUND = "daemon"

#: Docker's bridge on the node.
BRIDGE = "172.17.0.1"

#: Docker Desktop's names for the machine that it runs on; what they stand for on a node nobody can tell.
_DESKTOP = ".docker.internal"

_REFERENCE = re.compile(r"\$[({]?([A-Za-z_][A-Za-z0-9_.-]*)[)}]?")

#: What the downward API gives for the node, and for the pod itself.
_NODE_FIELDS = frozenset({"field status.hostIP", "field status.hostIPs", "field spec.nodeName"})
_POD_FIELDS = frozenset({"field status.podIP", "field status.podIPs"})


class Where(StrEnum):
    """Whose daemon it is."""

    NODE = "node"
    OWN = "own"
    REMOTE = "remote"
    UNKNOWN = "unknown"


class Daemon(Struct, frozen=True):
    """Whose daemon a container talks to, how sure that is, and why it is unknown.

    Args:
        hint: of an UNKNOWN one ``unmounted``, ``address`` or ``unknown``.
    """

    where: Where
    grade: Grade
    hint: str = "unknown"


_OWN = Daemon(Where.OWN, Grade.LIKELY)
_REMOTE = Daemon(Where.REMOTE, Grade.LIKELY)
_UNKNOWN = Daemon(Where.UNKNOWN, Grade.POSSIBLE)


def daemon_at(text: str, inside: Inside, case: Case, variable: str | None = None) -> Daemon:
    """Return whose daemon listens at an address, as a container writes it.

    Args:
        variable: whose value the text is; there the kubelet alone puts others in, and only those listed before it.
    """
    if len(text) > _ADDRESS_CHARS:
        return _UNKNOWN
    for name in _REFERENCE.findall(text):
        if variable is not None and name not in inside.put_in.get(variable, ()):
            continue
        origin = inside.origin(name)
        if origin in _NODE_FIELDS:
            return Daemon(Where.NODE, Grade.CERTAIN)
        if origin in _POD_FIELDS:
            return _at_home(inside, case)
    endpoint = read_endpoint(inside.in_shell(text))
    if endpoint is None:
        return _UNKNOWN
    if endpoint.transport is Transport.SSH:
        return _REMOTE
    if endpoint.transport is Transport.TCP:
        return _over_network(endpoint, inside, case)
    return _at_socket(endpoint.path, inside, case)


def daemon_of(inside: Inside, case: Case) -> Daemon:
    """Return whose daemon a container talks to that is told nothing else: DOCKER_HOST's, else that of its socket."""
    found: Daemon | None = case.found.get((_FOUND, id(inside)))
    if found is None:
        found = case.found[_FOUND, id(inside)] = _default(inside, case)
    return found


def _default(inside: Inside, case: Case) -> Daemon:
    told = (inside.values or {}).get(DOCKER_HOST, "")
    if told is None:
        return Daemon(Where.NODE, Grade.CERTAIN) if inside.origin(DOCKER_HOST) in _NODE_FIELDS else _UNKNOWN
    if told:
        return daemon_at(told, inside, case, DOCKER_HOST)
    found = _at_socket(DEFAULT_SOCKET, inside, case)
    if found.where is Where.UNKNOWN:
        pipe = _at_socket(DOCKER_SOCKETS[1], inside, case)
        found = pipe if pipe.where is not Where.UNKNOWN else found
    if found.where is not Where.UNKNOWN:
        return found
    if _daemons(inside, case):  # the image of docker's command line asks its neighbour when there is no socket
        return _OWN
    return Daemon(Where.NODE, Grade.LIKELY) if sees_parent(inside) else found


def daemon_of_call(use: Use, call: Call, inside: Inside, case: Case) -> Daemon:
    """Return whose daemon a call asks."""
    if is_on_node(call, inside):
        return Daemon(Where.NODE, Grade.LIKELY if call.by_cron else Grade.CERTAIN)
    if use.context is not None:
        return _REMOTE if use.kind is Kind.CLI else _UNKNOWN
    if use.endpoint is not None:
        return daemon_at(use.endpoint, inside, case) if use.endpoint else _UNKNOWN
    if dict(call.environment).get(DOCKER_HOST):
        return daemon_at(dict(call.environment)[DOCKER_HOST], inside, case)
    return daemon_of(inside, case)


def sees_parent(inside: Inside) -> bool:
    """Whether a container sees Docker's socket below a directory it mounts."""
    return any(
        mount.kind == NODE and mount.path in PARENTS and inside.sees(socket_below(mount.path), mount)
        for mount in inside.mounts
    )


def sees_socket(inside: Inside) -> bool:
    """Whether a container mounts Docker's socket, or a directory above it."""
    return any(mount.path in DOCKER_SOCKETS for mount in inside.mounts) or sees_parent(inside)


def _at_socket(path: str, inside: Inside, case: Case) -> Daemon:
    if case.template.host_process and path == DOCKER_SOCKETS[1]:
        return Daemon(Where.NODE, Grade.CERTAIN)
    spot = inside.spot(path)
    if spot.kind == NODE:
        if _is_nodes_socket(spot):
            return Daemon(Where.NODE, Grade.CERTAIN)
        if is_other_socket(spot.path) or not any(other.mounts_volume(spot.name) for other in _daemons(inside, case)):
            return _UNKNOWN
        return _OWN
    if spot.kind == EMPTY_DIR:
        return Daemon(Where.NODE, Grade.LIKELY) if _is_passed_on(path, spot.name, inside, case) else _OWN
    if spot.kind == IMAGE and inside.is_daemon:
        return _OWN
    return Daemon(Where.UNKNOWN, Grade.POSSIBLE, "unmounted") if spot.kind == IMAGE else _UNKNOWN


def _is_passed_on(path: str, volume: str, inside: Inside, case: Case) -> bool:
    """Whether a container of the pod passes the node's socket on to a socket in an emptyDir (socat).

    Beside a daemon of the pod's own in the same volume the socket's name has to be the same.
    """
    listening = {listener for other in case.insides for listener in _passing_on(other) if listener[0] == volume}
    if any(daemon.mounts_volume(volume) for daemon in _daemons(inside, case)):
        return (volume, path.rpartition("/")[2]) in listening
    return bool(listening)


def _passing_on(inside: Inside) -> Iterator[tuple[str, str]]:
    """Yield where a container makes the node's Docker socket available in an emptyDir: (volume, name of the socket)."""
    for run in inside.runs:
        if run.call.program == "socat":
            asked = [found[1] for word in run.call.args if (found := SOCAT_ADDRESS.match(word))]
            made = [found[1] for word in run.call.args if (found := SOCAT_LISTENER.match(word))]
            if any(_is_nodes_socket(inside.spot(inside.in_shell(path))) for path in asked):
                for path in made:
                    spot = inside.spot(inside.in_shell(path))
                    if spot.kind == EMPTY_DIR:
                        yield spot.name, path.rpartition("/")[2]


def _is_nodes_socket(spot: Spot) -> bool:
    return spot.kind == NODE and spot.path in DOCKER_SOCKETS


def _over_network(endpoint: Endpoint, inside: Inside, case: Case) -> Daemon:
    if endpoint.is_loopback:
        return _at_home(inside, case)
    if "$" in endpoint.host or endpoint.host.endswith(_DESKTOP):
        return _UNKNOWN
    if endpoint.is_literal_ip:
        return Daemon(Where.UNKNOWN, Grade.POSSIBLE, "address")
    return _REMOTE


def _daemons(inside: Inside, case: Case) -> tuple[Inside, ...]:
    """Return the daemons of the pod's own that run while a container does."""
    return case.daemons or ((inside,) if inside.is_daemon else ())


def _at_home(inside: Inside, case: Case) -> Daemon:
    """Return who listens in the pod: its own daemon, else what passes the node's socket on, else the node itself."""
    if _daemons(inside, case):
        return _OWN
    if any(sees_socket(other) for other in case.insides) or case.template.host_network:
        return Daemon(Where.NODE, Grade.LIKELY)
    return _UNKNOWN
