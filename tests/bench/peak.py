"""Run a command and write its duration, peak memory and exit code into a file: ``peak.py REPORT COMMAND…``.

On Linux a process starts with the peak memory of the one that forked it. This script imports next to nothing so that
the peak it reports is the command's own, not that of a parent which just filled an API server.
"""

import os
import sys
import time

_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, getrusage(2)


def main(report: str, command: list[str]) -> None:
    """Run the command on this process's standard streams."""
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    with open(report, "w") as file:
        file.write(f"{seconds} {usage.ru_maxrss * _UNIT} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
