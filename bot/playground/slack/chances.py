"""Faults that come at random: a share of the calls of a method fails, before or after it was carried out.

Each method draws from a source of its own, so the same seed spoils the same calls of it, in the order they come in.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

#: ``500``: an error of the server; ``drop``: the connection ends without an answer; ``silence``: it stays open, and
#: nothing comes.
Break = Literal["500", "drop", "silence"]

BREAKS: tuple[Break, ...] = ("500", "drop", "silence")


@dataclass(frozen=True, slots=True)
class Loss:
    """An answer that is lost. ``is_taken``: the call was carried out all the same."""

    is_taken: bool
    how: Break


@dataclass(frozen=True, slots=True)
class _Chance:
    rate: float
    taken: float
    hows: tuple[Break, ...]
    random: Random


class Chances:
    """Which calls are lost. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chances: dict[str, _Chance] = {}

    def set(
        self, method: str, rate: float, *, taken: float = 0.5, hows: Sequence[Break] = BREAKS, seed: int = 0
    ) -> None:
        """Lose a share of the calls from now on.

        Args:
            rate: of all calls of the method, from 0 to 1.
            taken: share of those lost that are carried out before.
            hows: each as likely as the others.
        """
        with self._lock:
            self._chances[method] = _Chance(rate, taken, tuple(hows), Random(f"{method} {seed}"))

    def clear(self) -> None:
        """Lose nothing any more."""
        with self._lock:
            self._chances.clear()

    def draw(self, method: str) -> Loss | None:
        """Return how the answer to this call is lost, None when it is not."""
        with self._lock:
            chance = self._chances.get(method)
            if chance is None or chance.random.random() >= chance.rate:
                return None
            return Loss(chance.random.random() < chance.taken, chance.random.choice(chance.hows))
