"""What a container runs, as its command, args, hooks and the scripts in its variables say. Judges nothing."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from bot.core.docker_tables import VERBS
from bot.core.docker_words import Use, all_uses
from bot.core.objects import NO_EVIDENCE, Container, EnvVar
from bot.core.rules.images import is_cli_image
from bot.core.shell import Call, calls, script_calls
from bot.core.shell_files import Locate
from bot.core.variables import expand_all

#: What words hold that have to do with Docker, in lower case.
_NEEDLES = ("docker", "runtime", ":2375", ":2376", "gpus", "dind", "cri-", "cri.", "cri_")

#: What may stand inside a word of a shell's text: ``d"ocker"`` is docker.
_QUOTES = str.maketrans("", "", "'\"\\")

#: Variables that hold a script or a command line by their name; any other must begin with ``#!``.
_SCRIPT_NAME = re.compile(r"(?:^|_)(?:SCRIPT|COMMAND|CMD|HOOK)$", re.IGNORECASE)


class Run(Struct, frozen=True):
    """A call, its uses of Docker and the field that holds it; ``is_from_env``: in a script in a variable."""

    call: Call
    field: str
    uses: tuple[Use, ...]
    is_from_env: bool = False


def last_of_each(variables: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
    """Return the variables without those whose name comes again."""
    return tuple({variable.name: variable for variable in variables}.values())


def runs_of(container: Container, values: Mapping[str, str | None], locate: Locate) -> Iterator[Run]:
    """Yield what a container's command, args, hooks and the scripts in its variables run."""
    evidence = container.evidence
    if evidence is NO_EVIDENCE:
        return
    argv = expand_all((*evidence.command, *evidence.args), values)
    n_command, implied = len(evidence.command), 0
    if not evidence.command and argv and is_cli_image(container.image) and (argv[0] in VERBS or argv[0][:1] == "-"):
        argv, implied = ["docker", *argv], 1  # what the image's entrypoint makes of it
    for call in calls(argv, locate) if _may_use(argv) else ():
        index = max(call.index - implied, 0)
        is_command = index < n_command
        place = f"{container.field}.{'command' if is_command else 'args'}"
        yield Run(call, f"{place}[{index if is_command else index - n_command}]", tuple(all_uses(call)))
    for hook in evidence.execs:
        place = f"{container.field}.{hook.field}"
        words = expand_all(hook.argv, values)
        for call in calls(words, locate) if _may_use(words) else ():
            yield Run(call, f"{place}[{call.index}]", tuple(all_uses(call)))
    for variable in last_of_each(evidence.env):
        text = values.get(variable.name) or ""
        if text.lstrip().startswith("#!") or _SCRIPT_NAME.search(variable.name):
            place = f"{container.field}.{variable.field}"
            for call in script_calls(text.lstrip(), locate):
                yield Run(call, place, tuple(all_uses(call)), is_from_env=True)


def _may_use(words: list[str]) -> bool:
    """Whether reading the words may find a call that has to do with Docker: most have none of these."""
    text = " ".join(words).lower().translate(_QUOTES)
    return any(needle in text for needle in _NEEDLES)
