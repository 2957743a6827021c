"""The command line: arguments to questions and reports, answers to standard output, exit codes.

arguments   what can be typed
ask, scan, check, questions, forget, …   one module per command, each with ``run(arguments) -> exit code``
output      what the commands share
"""

from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise

from bot.cli.arguments import parse
from bot.core.understand import language_of
from bot.errors import BotError


def run(argv: Sequence[str]) -> int:
    """Parse the arguments, run the command and return its exit code.

    Raises: BotError: anything a person can mend; the exit code is the error's.
    """
    arguments = parse(argv)
    # Imported only now, so that --help and a wrong call answer at once.
    code: int = import_module(f"bot.cli.{arguments.command}").run(arguments)
    return code


def print_error(error: BotError, argv: Sequence[str]) -> None:
    """Print an error as one sentence on standard error, in the language asked for."""
    from bot.app import load_settings
    from bot.cli.output import write_error

    chosen = next((word for previous, word in pairwise(argv) if previous == "--lang"), "")
    chosen = chosen or next((word.removeprefix("--lang=") for word in argv if word.startswith("--lang=")), "")
    if chosen not in ("en", "ko"):
        try:
            chosen = load_settings().language
        except BotError:  # the settings are what is wrong
            chosen = "auto"
    write_error(error, language_of(" ".join(argv)) if chosen == "auto" else chosen)
