"""A PostgreSQL server of the tests' own: it keeps everything in one folder, and listens on a socket there alone."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

#: Debian keeps the server's programs out of the PATH.
_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name)

#: The server refuses to run as root.
_UNPRIVILEGED = "nobody"


def find_programs() -> Path | None:
    """Return the folder of initdb, pg_ctl and postgres, the newest release first; None when there is none."""
    found = shutil.which("postgres")
    folders = [*([Path(found).resolve().parent] if found else []), *reversed(_FOLDERS)]
    return next((folder for folder in folders if all((folder / name).exists() for name in ("initdb", "pg_ctl"))), None)


class PostgresServer:
    """Starts, stops and starts again.

    Args:
        programs: folder of initdb and pg_ctl.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not in pytest's folder: another user must get there, and a socket's path is at most 107 bytes long.
        self._folder = Path(tempfile.mkdtemp(prefix="unshim-pg-"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def __enter__(self) -> Self:
        try:
            self._run("initdb", "--auth=trust", "--username=unshim", "--encoding=UTF8", "--no-sync", "--no-locale")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        # No flush of the disk, for speed: the server is ended, never the machine.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder}/log", f"--options={options}")

    def stop(self) -> None:
        """Stop the server at once, with all connections to it."""
        self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the server where it is, and let it go on in the end; connections stay open."""
        parent = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        statuses = list(Path("/proc").glob("[0-9]*/stat"))
        children = [path.parent.name for path in statuses if _parent(path) == parent]
        processes = [int(pid) for pid in (parent, *children)]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)

    def url(self, database: str, user: str = "unshim") -> str:
        """Return the URL of a database, as UNSHIM_DATABASE_URL takes it."""
        return f"postgresql://{user}@/{database}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, f"--pgdata={self._folder}/data", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **self._user,
        )


def _parent(stat: Path) -> str:
    """Return the process that started one, empty when it is gone."""
    with suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[1]
    return ""
