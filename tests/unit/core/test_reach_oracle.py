"""What containers reach of the node, against an oracle that walks every path with a finger: 100,000 random mounts.

Hypothesis finds small counterexamples well but makes some 1,000 of them in the time that this loop makes 100,000.
"""

import random
from collections.abc import Iterator

from bot.core.agents import Agents
from bot.core.objects import ELSEWHERE, EMPTY_DIR, Container, Mount, Template, Volume
from bot.core.rules import Severity, judge

MOUNTS = 100_000

#: Spellings of places that matter, of places like them, and of places above and below them.
HOST = [
    "/",
    "/run",
    "/var",
    "/var/run",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "//var//run/./docker.sock",
    "/var/lib/../run/docker.sock",
    "/var/run/../run/docker.sock",
    "/var/run/..",
    "/run/docker.sock/",
    "/run/docker.sock.bak",
    "/run/dockershim.sock",
    "/var/lib/dockershim",
    "/var/lib/dockershim/x",
    "/var/lib/docker",
    "/var/lib/docker/overlay2",
    "/var/lib/docker/containers",
    "/var/lib/docker/containers/a",
    "/var/lib/dockerx",
    "/var/lib",
    "/run/docker",
    "/var/run/docker/netns",
    "/etc/docker",
    "/etc/docker/daemon.json",
    "/etc",
    "/srv",
    "/run/cri-dockerd.sock",
    "/usr/bin/docker",
    "/usr/bin",
    "/usr/bin/dockerd",
    "/run/user/1/docker.sock",
    "/running",
    "/var/./run/",
]
SUB = [
    "docker.sock",
    "run",
    "run/docker.sock",
    "var/run",
    "var/run/docker.sock",
    "./docker.sock",
    "lib/docker",
    "docker",
    "docker/containers",
    "app",
    "../run/docker.sock",
    "run/../docker.sock",
    "lib",
    "etc/docker",
    "..",
    ".",
    "containers/x",
    "daemon.json",
]
AT = [
    "/",
    "/host",
    "/host/run",
    "/host/var/run",
    "/var/run",
    "/run",
    "/var",
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/x",
    "/host/run/docker.sock",
]


def walk(path: str, *, follows: bool = True) -> tuple[str, ...]:
    """Follow a path segment by segment; /var/run is a link to /run."""
    places: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            places = places[:-1]
        elif segment not in ("", "."):
            places = [*places, segment]
        if follows and places == ["var", "run"]:
            places = ["run"]
    return tuple(places)


def oracle(volumes: dict[str, str], mounts: list[Mount]) -> set[tuple[str, str]]:
    """Return (volume, code) of all that one container reaches, as slowly as it can be said."""
    found = set()
    for mount in mounts:
        if mount.kind:
            continue
        inside = walk(mount.sub_path, follows=False)
        place = walk("/".join(walk(volumes[mount.volume]) + inside))
        name, text = mount.volume, "/" + "/".join(place)
        if text in ("/run/docker.sock", "/run/user/1/docker.sock"):
            found.add((name, "docker-socket"))
        if text == "/run/dockershim.sock" or place[:3] == ("var", "lib", "dockershim"):
            found.add((name, "dockershim-socket"))
        if text == "/run/cri-dockerd.sock":
            found.add((name, "cri-dockerd-socket"))
        if place[:4] == ("var", "lib", "docker", "containers"):
            found.add((name, "docker-logs"))
        elif place[:3] == ("var", "lib", "docker") or place[:2] == ("run", "docker"):
            found.add((name, "docker-data"))
        if place[:2] == ("etc", "docker"):
            found.add((name, "docker-config"))
        if text in ("/usr/bin/docker", "/usr/bin/dockerd"):
            found.add((name, "docker-binary"))
        if text in ("/", "/run", "/var") and shows_socket(volumes, mounts, mount, place):
            found.add((name, "socket-parent-dir"))
    return found


def shows_socket(volumes: dict[str, str], mounts: list[Mount], mount: Mount, place: tuple[str, ...]) -> bool:
    """Whether the socket below a mounted folder is what the container finds at its place there."""
    rest = ("run", "docker.sock") if place in ((), ("var",)) else ("docker.sock",)
    target = walk("/".join(walk(mount.path) + rest))
    for length in range(len(target), -1, -1):  # the longest mount path that begins the place decides
        for other in mounts:
            if walk(other.path) == target[:length]:
                if other.kind:
                    return False
                host = walk("/".join(walk(volumes[other.volume]) + walk(other.sub_path, follows=False)))
                below = target[length:]
                return walk("/".join(host + below)) == ("run", "docker.sock")
    return False


def templates(chance: random.Random) -> Iterator[tuple[dict[str, str], list[Mount]]]:
    """Yield what a container mounts, at no place twice, until there were MOUNTS mounts."""
    left = MOUNTS
    while left > 0:
        places = {walk(path): path for path in chance.sample(AT, chance.randint(1, 4))}
        volumes, mounts = {}, []
        for number, path in enumerate(places.values()):
            kind = chance.choice(("", "", "", EMPTY_DIR, ELSEWHERE))
            sub_path = chance.choice(SUB) if not kind and chance.random() < 0.5 else ""
            if not kind:
                volumes[f"v{number}"] = chance.choice(HOST)
            mounts.append(Mount(f"v{number}" if kind != ELSEWHERE else "", path, sub_path, "", kind))
        left -= len(mounts)
        yield volumes, mounts


def test_what_100_000_random_mounts_reach_is_what_a_finger_finds() -> None:
    chance = random.Random(6)
    seen: dict[str, int] = {}
    agents = Agents()
    for volumes, mounts in templates(chance):
        kept = tuple(Volume(name, name, path) for name, path in volumes.items())
        container = Container("main", "containers[0]", "app", False, tuple(mounts))
        found = {
            (match.field, match.code)
            for match in judge(Template(kept, (container,)), agents)
            if match.severity is not Severity.INFO
        }
        assert found == oracle(volumes, mounts), (volumes, mounts)
        for _, code in found:
            seen[code] = seen.get(code, 0) + 1
    assert min(seen.values()) > 300, seen  # every rule about paths was put to the test
    assert len(seen) == 8, seen
