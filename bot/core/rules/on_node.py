"""What a container runs on the node itself, and which of the node's files that names. Judges nothing."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.core.docker_tables import OPENED_OPERANDS, OPENERS, Opener
from bot.core.paths import normalise
from bot.core.rules.inside import FIRST_ROOT, NODE, Inside, docker_paths
from bot.core.rules.left_out import names_left_out
from bot.core.rules.runs import Run
from bot.core.shell import Call

#: A path as a whole word, or a pattern for paths, and not a sentence that has one in it.
_PATH = re.compile(r"/\S*")


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
    """Yield the files with docker in their path that a container opens on the node, not through a volume.

    What runs on the node names its paths as they stand; the root of the node's first process is another way there.
    Only programs that are known to open what they name count: any other may test for a file, or speak of it.
    """
    for run in inside.runs:
        call = run.call
        opener = OPENERS.get(call.program)
        if opener is None or not any("docker" in word for word in call.args):
            continue
        is_there = is_on_node(call, inside) or is_start_script(run, inside)
        for word in _opened(opener, [inside.in_shell(word) for word in call.args]):
            for path in docker_paths(word) if _PATH.fullmatch(word) else ():
                if is_there:
                    yield Named(run, normalise(path), path)
                elif call.root is None and (spot := inside.spot(path)).name == FIRST_ROOT:
                    yield Named(run, spot.path, path)


def _opened(opener: Opener, words: Sequence[str]) -> Iterator[str]:
    """Yield the words that name what a program opens; options may stand behind operands, as getopt of GNU has it."""
    operands: list[str] = []
    given: set[str] = set()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            operands += words[at:]
            break
        if opener.is_paths_first and word[:1] in ("-", "(", "!", "\\") and operands:
            break
        if not word.startswith("-") or word == "-":
            operands.append(word)
            continue
        name, value, takes_next = _option(opener, word)
        given.add(name)
        if takes_next and at < len(words):
            value = words[at]
            at += 1
        if name in opener.files:
            yield value
    for operand in operands if given & opener.instead else operands[opener.first :]:
        start = next((start for start in OPENED_OPERANDS if operand.startswith(start)), "")
        yield operand.removeprefix(start)


def _option(opener: Opener, word: str) -> tuple[str, str, bool]:
    """Return the name of an option's word, the value in it, and whether the next word is the value."""
    if word.startswith("--"):
        name, has_value, value = word[2:].partition("=")
        return name, value, not has_value and (name in opener.longs or names_left_out(word))
    for place, letter in enumerate(word[1:], start=2):
        if letter in opener.shorts:
            return letter, word[place:], place == len(word)
    return word[1:], "", False
