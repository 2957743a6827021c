"""What a container sees of its node and of its pod: mounts, variables, what it runs. Judges nothing."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import Struct, field

from bot.core.objects import ELSEWHERE, EMPTY_DIR, NO_EVIDENCE, Container, EnvVar, Mount, Template, Volume
from bot.core.paths import PIPE_PREFIX, is_within, join, normalise
from bot.core.rules.images import is_daemon_image
from bot.core.rules.left_out import kept, kept_of_text, names_left_out
from bot.core.rules.runs import Run, last_of_each, runs_of
from bot.core.shell_files import Location
from bot.core.variables import EXPANDED_CHARS, expand, expand_all, resolve

#: Where a path in a container leads, when it is neither EMPTY_DIR nor ELSEWHERE.
NODE = "node"
IMAGE = "image"

#: Programs that are a Docker daemon in the container that runs them.
_DAEMONS = frozenset({"dockerd", "dockerd-entrypoint.sh", "dockerd-rootless.sh", "dind"})

#: What may be a path among other words, and how many that name Docker are looked at.
_PATHS = re.compile(r"[\w./:-]+")
_NAMED = 64

#: The root of the first process, which is the node's where a container sees the node's processes; also the name of
#: what leads there in place of a volume's, whose names have no slash.
FIRST_ROOT = "/proc/1/root"

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


class Shown(Struct, frozen=True):
    """A mount as its container sees it.

    Args:
        at: where, in normal form.
        kind: NODE, EMPTY_DIR or ELSEWHERE.
        path: of a NODE the path there, in normal form.
        name: of the volume, empty for ELSEWHERE.
        mount: as written.
    """

    at: str
    kind: str
    path: str
    name: str
    sub_path: str
    volume: Volume | None
    mount: Mount

    def below(self, place: str) -> str:
        """Return where in the container a path of the node is seen through this mount."""
        return join(self.at, place.removeprefix(self.path))


class Spot(Struct, frozen=True):
    """Where a path in a container leads: to a path of the NODE, into an emptyDir, ELSEWHERE, or to the IMAGE.

    ``path``: on the NODE or in the IMAGE; ``name``: of the volume.
    """

    kind: str
    path: str = ""
    name: str = ""


class Inside(Struct, frozen=True):
    """A container with what it sees and does.

    Args:
        mounts: the longest path first: it hides what the others show there.
        values: the variables after ``$(VAR)``; None where a value comes from elsewhere.
        put_in: by variable the names of those from elsewhere whose value stands in it where ``values`` has ``$(VAR)``;
            any other reference in it is one to the kubelet neither.
        sees_processes: whether the pod has the node's processes in its /proc.
        named: the paths with docker in them that its command, hooks and variables name, and not to leave them out.
    """

    container: Container
    mounts: tuple[Shown, ...] = ()
    values: Mapping[str, str | None] | None = None
    runs: tuple[Run, ...] = ()
    is_daemon: bool = False
    named: tuple[str, ...] = ()
    put_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sees_processes: bool = False

    @property
    def name(self) -> str:
        """The container's name."""
        return self.container.name

    @property
    def env(self) -> tuple[EnvVar, ...]:
        """The variables that count; of one name the last, as for the kubelet."""
        return last_of_each(self.container.evidence.env)

    def origin(self, name: str) -> str:
        """Return where a variable's value comes from, empty for a written one or none."""
        return next((variable.origin for variable in self.env if variable.name == name), "")

    def in_shell(self, text: str) -> str:
        """Return a text as a shell in the container expands ``$VAR`` and ``${VAR}``, as far as they are known."""
        return _in_shell(text, self.values or {})

    @property
    def words(self) -> list[str]:
        """The words it is started with, with the variables that are known in them."""
        evidence = self.container.evidence
        return expand_all((*evidence.command, *evidence.args), self.values or {})

    def spot(self, path: str) -> Spot:
        """Return where a path in the container leads, as written or in normal form."""
        place = path if path.startswith(PIPE_PREFIX) else normalise(path)
        for mount in self.mounts:
            if is_within(place, mount.at):
                if mount.kind != NODE:
                    return Spot(mount.kind, name=mount.name)
                rest = place if mount.at == "/" else place.removeprefix(mount.at)
                return Spot(NODE, _from_first_root(join(mount.path, rest)) if rest else mount.path, mount.name)
        if self.sees_processes and is_within(place, FIRST_ROOT):
            return Spot(NODE, _from_first_root(place), FIRST_ROOT)
        return Spot(IMAGE, place)

    def located(self, path: str, on_host: bool, root: str | None) -> Location:
        """Return which file a path means that a script in the container writes or runs; see ``shell_files.Locate``."""
        path = self.in_shell(path)
        if root is not None:
            path = join(self.in_shell(root), path)
        elif on_host:
            return Location(True, normalise(path))
        if not path.startswith("/"):
            return Location(False, path.removeprefix("./"))
        spot = self.spot(path)
        return Location(True, spot.path) if spot.kind == NODE else Location(False, normalise(path))

    def sees(self, path: str, mount: Shown) -> bool:
        """Whether a path of the node is seen through a mount; a deeper mount may hide it, or show the same."""
        if not is_within(path, mount.path):
            return False
        spot = self.spot(mount.below(path))
        return spot.kind == NODE and spot.path == (path if path.startswith(PIPE_PREFIX) else normalise(path))

    def mounts_volume(self, name: str) -> bool:
        """Whether the container mounts a volume."""
        return any(mount.name == name for mount in self.mounts)


def look_inside(container: Container, template: Template) -> Inside:
    """Return what a container sees and does."""
    evidence, sees_processes = container.evidence, template.host_pid
    is_daemon = is_daemon_image(container.image)
    if evidence is NO_EVIDENCE and not container.mounts:
        return Inside(container, is_daemon=is_daemon)
    values, put_in = resolve((variable.name, variable.value) for variable in evidence.env)
    mounts = tuple(sorted(_shown(container, template, values), key=lambda mount: -len(mount.at)))
    runs = tuple(runs_of(container, values, Inside(container, mounts, values, sees_processes=sees_processes).located))
    is_daemon = is_daemon or any(run.call.program in _DAEMONS and not run.call.on_host for run in runs)
    return Inside(
        container,
        mounts,
        values,
        runs,
        is_daemon,
        tuple(dict.fromkeys(islice(_named_paths(container, values), _NAMED))),
        put_in,
        sees_processes,
    )


def _named_paths(container: Container, values: Mapping[str, str | None]) -> Iterator[str]:
    evidence = container.evidence
    if evidence is NO_EVIDENCE:
        return
    values_kept = [value for name, value in values.items() if not names_left_out(name)]
    hooks = (hook.argv for hook in evidence.execs)
    for words in ((*evidence.command, *evidence.args), *hooks, *((value or "",) for value in values_kept)):
        for text in kept(words):
            if "docker" in text and "/" in text:
                for word in kept_of_text(_in_shell(text, values)):
                    yield from docker_paths(word)


def docker_paths(text: str) -> Iterator[str]:
    """Yield what may be a path in a text and has docker in it."""
    for word in _PATHS.findall(text):
        before, slash, path = word.partition("/")
        if slash and "docker" in path and before[-1:] in ("", ":", "-"):
            yield slash + path


def _from_first_root(path: str) -> str:
    """Return a path on the node without the root of its first process, which is its own."""
    return normalise(path.removeprefix(FIRST_ROOT) or "/") if is_within(path, FIRST_ROOT) else path


def _in_shell(text: str, values: Mapping[str, str | None]) -> str:
    if "$" not in text:
        return text
    parts: list[str] = []
    at = size = 0
    for match in _VARIABLE.finditer(text):
        parts += (text[at : match.start()], values.get(match[1] or match[2]) or match[0])
        size += len(parts[-2]) + len(parts[-1])
        at = match.end()
        if size > EXPANDED_CHARS:
            break
    return "".join((*parts, text[at:]))


def _shown(container: Container, template: Template, values: Mapping[str, str | None]) -> Iterator[Shown]:
    volumes = {volume.name: volume for volume in template.volumes}
    for mount in container.mounts:
        at = normalise(mount.path)
        if mount.kind in (EMPTY_DIR, ELSEWHERE):
            yield Shown(at, mount.kind, "", mount.volume, "", None, mount)
        elif (volume := volumes.get(mount.volume)) is None or volume.host_path is None:
            yield Shown(at, ELSEWHERE, "", mount.volume, "", None, mount)
        else:
            sub_path = _sub_path(mount, container, values)
            yield Shown(at, NODE, join(volume.host_path, sub_path), volume.name, sub_path, volume, mount)


def _sub_path(mount: Mount, container: Container, values: Mapping[str, str | None]) -> str:
    """Return the folder that a mount shows for certain: in and behind a variable nobody knows, anything may follow.

    What the downward API puts in, a name or an address of the pod, is a folder of its own that is never Docker's.
    """
    if not mount.sub_path_expr:
        return mount.sub_path
    own = {v.name for v in container.evidence.env if v.origin.startswith("field ")}
    known = {name: f"$({name})" if name in own else value for name, value in values.items()}
    expanded = expand(mount.sub_path_expr, known)
    text = expanded.text
    ends = [at for name in (*expanded.unknown, *expanded.undefined) if (at := text.find(f"$({name})")) >= 0]
    return text[: min(ends)].rpartition("/")[0] if ends else text
