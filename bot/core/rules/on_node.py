"""What a container runs on the node itself, and which of the node's files that names. Judges nothing."""

import re
from collections.abc import Iterator

from msgspec import Struct

from bot.core.docker_tables import CLIS
from bot.core.paths import normalise
from bot.core.rules.inside import FIRST_ROOT, NODE, Inside, docker_paths
from bot.core.rules.runs import Run
from bot.core.shell import Call

#: Say their words, or give them to a program elsewhere, and open no file here.
_ELSEWHERE = frozenset(
    {"echo", "printf", "logger", "write-host", "write-output", "ssh", "kubectl", "crictl", "nerdctl", "podman"} | CLIS
)

#: Options of tar, rsync, grep, find and their like for what they leave out.
_LEFT_OUT = re.compile(r"--?(?:exclude|ignore)[\w-]*|-(?:i?path|i?wholename)")


class Named(Struct, frozen=True):
    """A file of the node that a run names, in normal form, and the word as written that does."""

    run: Run
    path: str
    word: str


def is_on_node(call: Call, inside: Inside) -> bool:
    """Whether a call runs on the node itself: under a chroot to its root, in its namespaces, or by its cron."""
    if call.by_cron:
        return True
    if call.root is not None:
        spot = inside.spot(inside.in_shell(call.root))
        return spot.kind == NODE and spot.path == "/"
    sees_processes = inside.sees_processes or any(m.kind == NODE and m.path in ("/", "/proc") for m in inside.mounts)
    return call.on_host and sees_processes


def is_start_script(run: Run, inside: Inside) -> bool:
    """Whether a script in a variable is most likely run on the node: what else would need its processes and privileges?

    So does the image of the "startup-script" DaemonSets (facts 4.2, where scanners look and miss).
    """
    return run.is_from_env and inside.sees_processes and inside.container.privileged


def named_on_node(inside: Inside) -> Iterator[Named]:
    """Yield the files with docker in their path that a container names on the node, not through a volume.

    What runs on the node names its paths as they stand; the root of the node's first process is another way there.
    """
    for run in inside.runs:
        call = run.call
        if call.program in _ELSEWHERE or not any("docker" in word for word in call.args):
            continue
        is_there = is_on_node(call, inside) or is_start_script(run, inside)
        for before, word in zip(("", *call.args), call.args, strict=False):
            if "docker" not in word or _LEFT_OUT.fullmatch(before) or _LEFT_OUT.fullmatch(word.partition("=")[0]):
                continue
            for path in docker_paths(inside.in_shell(word)):
                if is_there:
                    yield Named(run, normalise(path), path)
                elif call.root is None and (spot := inside.spot(path)).name == FIRST_ROOT:
                    yield Named(run, spot.path, path)
