"""Which programs a container's command or a script runs, and with which words; knows nothing of Docker.

A reader of our own: bashlex is under the GPL and gives up on much that shells accept, shlex knows words but no
commands, and tree-sitter-bash 0.25 took 6.7 s for 64 KiB of ``<`` (measured 2026-11-29): a spec may hold anything.

What only prints, searches or names a program (echo, grep, which, alias) is a call with words; what runs its words
(sudo, sh -c, xargs) is left out in favour of what it runs. ssh and kubectl exec run theirs elsewhere: calls with words.
"""

from collections.abc import Sequence

from bot.core.shell_files import Files, Locate, plainly
from bot.core.shell_programs import POWERSHELLS, SHELLS
from bot.core.shell_runner import DEPTH, SCRIPT_CHARS, Call, Place, Runner, interpreter_of
from bot.core.shell_windows import read_powershell

__all__ = ["DEPTH", "SCRIPT_CHARS", "Call", "calls", "is_cut", "script_calls"]


def calls(argv: Sequence[str], locate: Locate = plainly) -> tuple[Call, ...]:
    """Return what a container's command and args run, in exec form and after ``$(VAR)`` (``bot.core.variables``).

    Never raises; the time is linear in the length.

    Args:
        locate: tells files that the words write and run apart.
    """
    runner = Runner(Files(locate))
    if argv:
        if argv[0].startswith("-"):
            runner.image_args(list(argv))
        else:
            runner.run(list(argv), Place(step=1))
    return runner.all_found()


def script_calls(text: str, locate: Locate = plainly) -> tuple[Call, ...]:
    """Return what a script runs: a shell's, or PowerShell's where its ``#!`` says so; of any other language nothing.

    Never raises; the time is linear in the length.
    """
    runner = Runner(Files(locate))
    interpreter = interpreter_of(text)
    if not interpreter or interpreter in SHELLS:
        runner.script(text, Place())
    elif interpreter in POWERSHELLS:
        runner.windows(read_powershell(text[:SCRIPT_CHARS]), Place())
    return runner.all_found()


def is_cut(argv: Sequence[str]) -> bool:
    """Whether ``calls`` or ``script_calls`` leaves out the end of one of these texts for its length."""
    return any(len(text) > SCRIPT_CHARS for text in argv)
