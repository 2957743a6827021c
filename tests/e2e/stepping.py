"""A clock that several processes share and a test moves: between two moves it runs as real clocks do.

It is moved only while no process is in the middle of a pass over the posts that are due. So within a pass leases and
time-outs mean what they mean in production, and only the hours in which nothing happens are left out.
"""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

#: What the file holds: seconds from the monotonic clock of the machine to 1970, the number of moves so far, and for
#: each replica the move after which its last whole pass began.
_SHIFT = struct.Struct("d")
_COUNT = struct.Struct("Q")
_MOVES_AT, _PASSES_AT, _SIZE = 8, 16, 4096

#: The two locks beside it: whoever begins a pass, or moves the clock, goes through the gate into the room.
_GATE, _ROOM = "gate", "room"


class SteppedClock:
    """The time; a function of no arguments, as `bot.app.bot.Bot` takes it. One for each process.

    Args:
        folder: what the processes share.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "clock"
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _SIZE)
        # Locks belong to what was opened, so no process may use what it got from its parent.
        self._gate, self._room = (os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600) for name in (_GATE, _ROOM))

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Return it in seconds since 1970."""
        shift: float = _SHIFT.unpack_from(self._shared, 0)[0]
        return shift + time.monotonic()

    @property
    def moves(self) -> int:
        """How often it was moved."""
        return self._count(_MOVES_AT)

    def move(self, to: datetime) -> None:
        """Move it, once no pass is under way; a process that is killed leaves no lock behind."""
        with _held(self._gate, fcntl.LOCK_EX), _held(self._room, fcntl.LOCK_EX):
            _SHIFT.pack_into(self._shared, 0, to.timestamp() - time.monotonic())
            _COUNT.pack_into(self._shared, _MOVES_AT, self.moves + 1)

    @contextmanager
    def standing(self, replica: int) -> Iterator[None]:
        """Keep it from being moved, during one pass of a replica, and note that the pass came to its end."""
        with _held(self._gate, fcntl.LOCK_EX):
            fcntl.flock(self._room, fcntl.LOCK_SH)
        try:
            began_after = self.moves
            yield
            _COUNT.pack_into(self._shared, _PASSES_AT + 8 * replica, began_after)
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def was_looked_at(self, replicas: int) -> bool:
        """Whether a replica has made a whole pass since the last move."""
        return any(self._count(_PASSES_AT + 8 * replica) >= self.moves for replica in range(replicas))

    def _count(self, at: int) -> int:
        count: int = _COUNT.unpack_from(self._shared, at)[0]
        return count


@contextmanager
def _held(lock: int, how: int) -> Iterator[None]:
    fcntl.flock(lock, how)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)
