"""The program: argv in, exit code out. The only ``sys.exit``, and the only place that catches everything."""

import io
import sys
import traceback
import uuid
from collections.abc import Sequence

from bot import cli
from bot.errors import BotError


def main(argv: Sequence[str]) -> int:
    """Run the program and return its exit code; an error is one sentence on standard error, never a traceback."""
    try:
        return cli.run(argv)
    except BotError as error:
        cli.print_error(error, argv)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001  the last resort: a person gets a sentence and a reference, not a traceback
        reference = uuid.uuid4().hex[:8]
        if "--debug" in argv:
            traceback.print_exc()
        cli.print_error(BotError("internal", reference=reference), argv)
        return 70


def run() -> None:
    """Entry point of the ``unshim`` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 still gets its answer
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
