"""Carries out a Dockerfile's own lines where no image can be built, and starts what comes out as a container would.

A stage is a folder. The machine's system folders are mounted into it read-only, with its Python at ``/usr/local``,
where the official image has it; so the base image itself is not tried. A container here is a mount namespace, a changed
root and a user without capabilities: no image store, no seccomp, no cgroup. Needs root on Linux. A line of a form it
does not know is an error, so that the Dockerfile cannot say something that nobody tried.
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "opt")

#: A Python built as a shared library is found there, as it is in the official image by way of ldconfig.
BASE_ENV = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin", "LD_LIBRARY_PATH": "/usr/local/lib"}

RUN_SECONDS = 300


@dataclass
class Stage:
    """One ``FROM`` and its lines, as pairs of instruction and text."""

    base: str
    name: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    def texts(self, word: str) -> list[str]:
        """Return the texts of all lines of one instruction."""
        return [text for found, text in self.lines if found == word]


def parse(dockerfile: str) -> list[Stage]:
    """Return the stages of a Dockerfile; arguments before the first ``FROM`` are put in."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    kept = [line for line in dockerfile.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(kept).replace("\\\n", " ").splitlines():
        word, _, text = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = string.Template(text).substitute(arguments).partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].lines.append((word, text.strip()))
        elif word == "ARG":
            name, _, value = text.partition("=")
            arguments[name] = value
        else:
            raise ValueError(f"unknown before the first FROM: {line}")
    return stages


def image_env(words: str = "MALLOC_") -> dict[str, str]:
    """Return variables of the image whose names begin so: what a process needs that is to be as it is in the pod."""
    *_, last = parse((Path(__file__).parents[2] / "deploy" / "Dockerfile").read_text())
    pairs = (pair.partition("=") for text in last.texts("ENV") for pair in shlex.split(text))
    return {name: value for name, _, value in pairs if name.startswith(words)}


def ignores(patterns: str, path: PurePosixPath) -> bool:
    """Return whether a ``.dockerignore`` keeps a path out of the build: the last pattern that matches decides."""
    is_out = False
    for pattern in (line.strip() for line in patterns.splitlines() if line.strip() and not line.startswith("#")):
        bare = pattern.removeprefix("!").removeprefix("/").rstrip("/")
        above = [path, *path.parents][:-1]
        names = [part.name for part in above] if bare.startswith("**/") else [str(part) for part in above]
        if any(fnmatch.fnmatchcase(name, bare.removeprefix("**/")) for name in names):
            is_out = not pattern.startswith("!")
    return is_out


@dataclass
class Container:
    """A stage's folder and how programs are started in it."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: dict(BASE_ENV))
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        """Return where a path of the container is on this machine."""
        return self.root / str(PurePosixPath(self.workdir, path)).lstrip("/")

    def command(
        self,
        arguments: list[str],
        *,
        env: Mapping[str, str] | None = None,
        mounts: Mapping[str, Path] | None = None,
        is_read_only: bool = True,
    ) -> list[str]:
        """Return the command that starts a program in the container; its process id is that of the program.

        Args:
            env: added to the image's own; nothing of this machine's gets in.
            mounts: folders of this machine by path in the container, writable.
            is_read_only: whether everything but the mounts and ``/dev`` is.
        """
        root = shlex.quote(str(self.root))
        script = [f"mount --bind {root} {root}"]
        folders = {f"/{name}": Path("/", name) for name in SYSTEM if Path("/", name).is_dir()}
        for path, source in [*folders.items(), ("/usr/local", Path(sys.base_prefix))]:
            target = self.root / path[1:]
            if source.is_symlink():
                if not target.is_symlink():
                    target.symlink_to(os.readlink(source))
                continue
            if path in folders:
                target.mkdir(exist_ok=True)
            script.append(f"mount --bind -o ro {shlex.quote(str(source))} {shlex.quote(str(target))}")
        for path, source in {"/dev": Path("/dev"), "/proc": Path("/proc"), **(mounts or {})}.items():
            target = self.root / path[1:]
            target.mkdir(parents=True, exist_ok=True)
            script.append(f"mount --rbind {shlex.quote(str(source))} {shlex.quote(str(target))}")
        if is_read_only:
            script.append(f"mount -o remount,bind,ro {root}")
        script.append(f'exec chroot {root} "$@"')
        uid, gid = self.user.split(":")
        user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs"]
        user += ["--bounding-set=-all", "--inh-caps=-all"]
        variables = [f"{name}={value}" for name, value in {**self.env, "HOME": "/", **(env or {})}.items()]
        inside = [*(user if uid != "0" else []), "env", "-i", "-C", self.workdir, *variables, *arguments]
        return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", "\n".join(script), "sh", *inside]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the entry point with arguments, as ``docker run IMAGE ARGUMENTS`` does, and return what it left."""
        command = self.command([*self.entrypoint, *(arguments or self.cmd)], **options)
        return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)


class RunError(Exception):
    """A ``RUN`` line failed; the text is what it printed."""


class Build:
    """One build of a Dockerfile.

    Args:
        folder: where the stages go; must be empty.
        context: the root of the repository.
        ignore: text of the ``.dockerignore``.
        build_env: variables that only ``RUN`` lines get, such as those pip is set up with on this machine.
    """

    def __init__(self, folder: Path, context: Path, ignore: str, build_env: Mapping[str, str]) -> None:
        self._folder = folder
        self._context = context
        self._ignore = ignore
        self._build_env = build_env
        self._made: dict[str, Container] = {}

    def build(self, dockerfile: str) -> Container:
        """Carry out all stages and return the last.

        Raises: RunError: a RUN line failed; ValueError: a line of a form that is not known here.
        """
        for number, stage in enumerate(parse(dockerfile)):
            root = self._folder / f"stage-{number}"
            root.mkdir()
            root.chmod(0o755)
            container = self._made[stage.name] = Container(root)
            for word, text in stage.lines:
                self._carry_out(container, word, text)
        return container

    def _carry_out(self, container: Container, word: str, text: str) -> None:
        match word:
            case "WORKDIR":
                container.workdir = text
                container.at("").mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(container, text)
            case "RUN":
                self._run(container, text)
            case "ENV":
                pairs = (pair.split("=", 1) for pair in shlex.split(text))
                container.env |= {name: string.Template(value).substitute(container.env) for name, value in pairs}
            case "USER" if re.fullmatch(r"\d+:\d+", text):
                container.user = text
            case "ENTRYPOINT" if text.startswith("["):
                container.entrypoint = json.loads(text)
            case "CMD" if text.startswith("["):
                container.cmd = json.loads(text)
            case "EXPOSE":
                pass
            case _:
                raise ValueError(f"not known here: {word} {text}")

    def _copy(self, container: Container, text: str) -> None:
        *options, source, target = text.split()
        to = container.at(target)
        match [option.partition("=") for option in options]:
            case []:
                files = list(self._sent(source))
                if not files:
                    raise ValueError(f"nothing to copy: {source}")
                for file in files:
                    inside = file.relative_to(self._context / source)
                    goal = to / (inside if inside.parts else file.name)
                    goal.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, goal)
                    goal.chmod(0o600)  # as in a checkout made under umask 077
            case [("--from", "=", stage)]:
                shutil.copytree(self._made[stage].at(source), to, symlinks=True, dirs_exist_ok=True)
            case _:
                raise ValueError(f"not known here: COPY {text}")

    def _sent(self, source: str) -> Iterator[Path]:
        """Yield the files of a source that the context holds."""
        start = self._context / source
        for file in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if file.is_file() and not ignores(self._ignore, PurePosixPath(file.relative_to(self._context))):
                yield file

    def _run(self, container: Container, text: str) -> None:
        tmp = self._folder / "tmp"
        tmp.mkdir(exist_ok=True)
        env = {**self._build_env, "HOME": "/tmp"}
        command = container.command(["/bin/sh", "-c", text], env=env, mounts={"/tmp": tmp}, is_read_only=False)
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=RUN_SECONDS, check=False)
        if done.returncode:
            raise RunError(f"RUN {text}\n{done.stdout}{done.stderr}")
