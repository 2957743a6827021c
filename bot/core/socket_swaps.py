"""The socket of another runtime in place of one that goes with Docker, as a patch. Changes nothing."""

from collections.abc import Iterator

from bot.core.agents import Agent, Agents
from bot.core.json_patch import Operation, changed, known_pointer, pointer
from bot.core.paths import normalise
from bot.core.rules import DOCKERSHIM_SOCKET, Evident, split_image
from bot.core.view import Finding

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"

_SWAPPED = ("/run/dockershim.sock", "/run/docker.sock")


def deployed_agent(finding: Finding, agents: Agents) -> Agent | None:
    """Return the known agent that the one container of a finding runs, None where there is none or more than one."""
    if len(finding.images) != 1:
        return None
    return agents.find(split_image(finding.images[0])[0])


def swaps(findings: tuple[Finding, ...], agents: Agents) -> dict[int, tuple[Operation, ...]]:
    """Return containerd's socket in place of one that goes with Docker, and of settings that name it, by finding.

    Dockershim's speaks the same protocol. Docker's does not, but a few known agents work with either, once told so.
    An old version of a known agent is to be updated instead.
    """
    settings = {
        number: address
        for number, finding in enumerate(findings)
        if finding.code == "runtime-setting" and finding.is_whole and (address := _address(finding)) is not None
    }
    found: dict[int, tuple[Operation, ...]] = {}
    for number, finding in enumerate(findings):
        volume, agent = finding.volume, deployed_agent(finding, agents)
        if volume is None or not _is_swapped(finding, volume, agent, findings):
            continue
        swapped = [*changed(known_pointer(finding.field), volume.path, CONTAINERD_SOCKET)]
        for mount in volume.mounts:
            naming = [at for at, (_, path) in settings.items() if _shares(finding, findings[at], mount.path, path)]
            # A client that has the path built in finds the socket where it always was.
            if not naming and finding.code == DOCKERSHIM_SOCKET:
                continue
            new = _renamed(mount.path)
            swapped += changed(known_pointer(f"{mount.field}.mountPath"), mount.path, new)
            for at in naming:
                found[at] = tuple(_readdressed(findings[at], *settings[at], new))
        found[number] = tuple(swapped)
    return found


def _is_swapped(finding: Finding, volume: Evident, agent: Agent | None, findings: tuple[Finding, ...]) -> bool:
    """Whether a volume is nothing but such a socket, of a container that works with containerd's in its place."""
    if finding.code == DOCKERSHIM_SOCKET:
        is_client = agent is None or not any(other.reason == "known-agent-old" for other in findings)
    else:
        is_client = finding.code == "docker-socket" and agent is not None and agent.takes_socket
    is_socket = normalise(volume.path) in _SWAPPED and not any(mount.sub_path for mount in volume.mounts)
    is_plain = (
        volume.claim is None and volume.is_all and volume.has_instead is False and pointer(finding.field) is not None
    )
    return finding.severity.is_at_risk and is_client and is_socket and is_plain


def _address(finding: Finding) -> tuple[str, str] | None:
    """Return what stands before the path in a setting that names a socket (``NAME=unix://``), and the path."""
    text = finding.value
    before, slash, path = text.partition("/")
    if before.endswith(":"):  # unix:///path
        before, path = f"{before}//", path.removeprefix("/")
        slash = "/" if path.startswith("/") else ""
        path = path.removeprefix("/")
    return (before, f"/{path}") if slash else None


def _shares(socket: Finding, setting: Finding, mounted: str, named: str) -> bool:
    return normalise(mounted) == normalise(named) and set(setting.containers) <= set(socket.containers)


def _readdressed(finding: Finding, before: str, path: str, new: str) -> Iterator[Operation]:
    place = known_pointer(finding.field)
    if place.endswith("/value"):
        scheme = before.partition("=")[2]
        yield from changed(place, f"{scheme}{path}", f"{scheme}{new}")
        return
    name, separator, scheme = before.partition("=") if "=" in before else before.partition(" ")
    if separator:
        yield from option(finding, place, name, f"{scheme}{path}", f"{scheme}{new}")


def _renamed(mounted: str) -> str:
    """Return where containerd's socket is mounted in place of another: at its own path, or beside it."""
    if normalise(mounted) in _SWAPPED:
        return CONTAINERD_SOCKET
    return f"{mounted.rpartition('/')[0]}/containerd.sock"


def option(finding: Finding, path: str, name: str, old: str, new: str, new_name: str = "") -> Iterator[Operation]:
    """Yield an option with another value, and name; nothing where the finding is about another one.

    Args:
        path: JSON Pointer of the word that holds its name, and its value behind ``=``; else that is the next word.
    """
    if finding.value == f"{name}={old}":
        yield from changed(path, f"{name}={old}", f"{new_name or name}={new}")
    elif finding.value == f"{name} {old}":
        place, _, number = path.rpartition("/")
        yield from changed(path, name, new_name or name)
        yield from changed(f"{place}/{int(number) + 1}", old, new)
