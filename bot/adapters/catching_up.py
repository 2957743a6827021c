"""How far a watch has come: which resourceVersion was seen last, and up to when that is all there was.

Nothing in an event says when it was sent. What came last is how things are only where nothing else is on its way.
"""

import math
import time
from collections.abc import Callable, Iterator

#: What was held up follows within so long, piece by piece; whoever is not further behind than that need not ask.
SETTLED_SECONDS = 1.0


class Position:
    """The resourceVersion of what was seen of one kind; None where it has to be listed.

    Args:
        clock: the monotonic clock.

    Attributes:
        current_at: of that clock; all that happened before was seen.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.version: str | None = None
        self.current_at = 0.0
        self._target = ""

    def begin(self, version: str, at: float) -> None:
        """Note a list that gave everything as it was at a moment or later."""
        self.version, self.current_at, self._target = version, at, ""

    @property
    def is_old(self) -> bool:
        """Whether so much may have happened since ``current_at`` that it takes its time to come."""
        return self._clock() - self.current_at > SETTLED_SECONDS

    def aim(self, version: str) -> bool:
        """Note how far the server is: until that comes, all that comes is of before.

        Returns: False where more than that was seen, which a server that goes back does.
        """
        known = self.version or ""
        if version.isdecimal() and known.isdecimal() and int(version) < int(known):
            return False
        self._target = version
        return True

    @property
    def is_behind(self) -> bool:
        """Whether the server was further when it was asked."""
        known = self.version or ""
        return self._target.isdecimal() and known.isdecimal() and int(known) < int(self._target)

    def reached(self, at: float) -> None:
        """Note that all that happened before a moment was seen."""
        self.current_at, self._target = max(self.current_at, at), ""

    def order(self, version: str) -> int:
        """Return 1 for a version that is newer than all before, 0 for the newest, -1 for an older one; and keep it.

        They are compared as numbers, as Kubernetes 1.35 says they may be (API concepts, "Resource versions"); where
        they are none, the order in which they come is trusted.
        """
        known = self.version or ""
        if not version:
            return 1
        if version.isdecimal() and known.isdecimal():
            order = (int(version) > int(known)) - (int(version) < int(known))
            if order > 0:
                self.version = version
            return order
        self.version = version
        return 1


class Pieces:
    """Pieces of a stream, and which of them were the last of what was sent: no more had come, nor is an event cut off.

    Not a moment after a silence, the beginning or what was behind: what held them up may hold more of them.

    Args:
        has_more: whether more has come than the pieces so far.
        clock: the monotonic clock.
    """

    def __init__(
        self, pieces: Iterator[bytes], has_more: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pieces = pieces
        self._has_more = has_more
        self._clock = clock
        self._silent_until = clock()
        self._came_at = -math.inf
        #: Of the clock: nothing that was sent before is behind the last piece; None where something may be.
        self.caught_up_at: float | None = None

    @property
    def is_flowing(self) -> bool:
        """Whether a piece came a moment ago."""
        return self._clock() - self._came_at < SETTLED_SECONDS

    def held_up(self) -> None:
        """Note that the last piece was of before; what happened while such came is still on its way."""
        self._silent_until, self.caught_up_at = self._came_at, None

    def __iter__(self) -> Iterator[bytes]:
        while True:
            began = self._clock()
            piece = next(self._pieces, None)
            if piece is None:
                return
            came = self._came_at = self._clock()
            if came - began > SETTLED_SECONDS:
                self._silent_until = came
            is_settled = came - self._silent_until >= SETTLED_SECONDS
            is_last = is_settled and piece.endswith(b"\n") and not self._has_more()
            self.caught_up_at = came if is_last else None
            yield piece
