"""The names of a cluster in people's words: exact, after a type, by unique beginning, with a typo or two."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import Struct

from bot.core.view import ClusterView
from bot.core.workloads import WorkloadKey

#: What a name can be, in the order of preference where it is several things and the words do not say which.
TYPES = ("namespace", "workload", "pool", "node", "owner")

#: Shorter beginnings and shorter words with a typo are too likely to be something else.
PREFIX_CHARS = 4
TYPO_CHARS = 5
TWO_TYPOS_CHARS = 9

#: The role of control plane nodes, as their labels have it and had it before 1.20, and what pools of them are called.
CONTROL_PLANE = ("control-plane", "master", "controlplane", "control", "masters")

# Particles a Korean noun takes, longest first; a name never ends in Hangul, so what follows it is no part of it.
_PARTICLES = re.compile(r"^(.*?[^\uac00-\ud7a3])([\uac00-\ud7a3]+)$")


_DIGITS = re.compile(r"\d+")


class Entity(Struct, frozen=True):
    """One thing of the cluster. ``name`` is written as the cluster writes it."""

    what: str
    name: str


@dataclass(frozen=True)
class Names:
    """Every name of one view, by its lower-case spelling; immutable, made once a view."""

    by_word: Mapping[str, tuple[Entity, ...]]
    by_name: Mapping[str, tuple[WorkloadKey, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, view: ClusterView) -> "Names":
        """Return the names of a view."""
        found: dict[str, dict[Entity, None]] = defaultdict(dict)
        keys: dict[str, list[WorkloadKey]] = defaultdict(list)

        def add(what: str, names: Iterable[str | None]) -> None:
            for name in names:
                if name:
                    found[name.lower()][Entity(what, name)] = None

        add("namespace", view.namespaces)
        for workload in view.workloads:
            keys[workload.key.name.lower()].append(workload.key)
        for held in keys.values():
            add("workload", dict.fromkeys(key.name for key in held))
        add("pool", (pool.name for pool in view.pools))
        add("node", (node.name for node in view.nodes))
        add("owner", {workload.owner.name: None for workload in view.workloads if workload.owner})
        return cls(
            {word: tuple(entities) for word, entities in found.items()},
            {name: tuple(held) for name, held in keys.items()},
        )

    def exact(self, word: str) -> tuple[Entity, ...]:
        """Return what has exactly this name, be it a workload's with its namespace or kind; case does not count."""
        word = word.lower()
        return (*self.by_word.get(word, ()), *self._full(word))

    def _full(self, word: str) -> Iterator[Entity]:
        """Yield the workloads called ``namespace/kind/name``, ``namespace/name`` or ``kind/name``.

        Of 40,000 workloads these are 120,000 words, and few are ever asked for: they are not kept.
        """
        if "/" not in word:
            return
        *above, name = word.split("/")
        forms: dict[str, None] = {}
        for key in self.by_name.get(name, ()):
            for full in (key.full_name, f"{key.namespace}/{key.name}", f"{key.kind}/{key.name}"):
                if full.lower() == word and above:
                    forms[full] = None
        yield from (Entity("workload", full) for full in forms)

    def control_plane(self) -> str:
        """Return the pool called as Kubernetes calls the role of control plane nodes, its own word when none is."""
        pools = (entity.name for role in CONTROL_PLANE for entity in self.exact(role) if entity.what == "pool")
        return next(pools, CONTROL_PLANE[0])

    def longest(self) -> int:
        """Return the most words a name has: owners may be called ``Team A``."""
        return self._words

    @cached_property
    def _words(self) -> int:
        return max((word.count(" ") + 1 for word in self.by_word), default=1)

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return tuple(sorted(word for word in self.by_word if "/" not in word))

    @cached_property
    def _letters(self) -> tuple[int, ...]:
        """The letters of each plain name as bits: two names of few typos share most of them, and bits compare fast."""
        return tuple(_bits(word) for word in self._plain)

    def beginning(self, word: str) -> tuple[Entity, ...]:
        """Return the one name that begins with a word or ends with ``-word``, or the workload of a pod's name."""
        word = word.lower()
        if len(word) < PREFIX_CHARS:
            return ()
        starting = self._starting(word)
        if len(starting) == 1:
            return self.by_word[starting[0]]
        # A pod's name is its workload's and one or two generated parts.
        for owning in (word.rpartition("-")[0], word.rpartition("-")[0].rpartition("-")[0]):
            if workloads := tuple(e for e in self.by_word.get(owning, ()) if e.what == "workload"):
                return workloads
        ending = [] if starting else [name for name in self._plain if name.endswith(f"-{word}")]
        return self.by_word[ending[0]] if len(ending) == 1 else ()

    def _starting(self, word: str) -> list[str]:
        """Return the names that begin with a word, two at most."""
        first = bisect_left(self._plain, word)
        return [name for name in self._plain[first : first + 2] if name.startswith(word)]

    def mistyped(self, word: str) -> tuple[Entity, ...]:
        """Return the one name that differs by a typo, in long words by two; none for the beginning of several."""
        word = word.lower()
        if len(word) < TYPO_CHARS or self._starting(word):
            return ()
        limit = 2 if len(word) >= TWO_TYPOS_CHARS else 1
        bits = _bits(word)
        near = [
            (distance(name, word), name)
            for name, letters in zip(self._plain, self._letters, strict=True)
            if (letters ^ bits).bit_count() <= 2 * limit and abs(len(name) - len(word)) <= limit
        ]
        # Numbers tell names apart, so they are not taken for typos: `genral-04` is general-04, never general-14.
        digits = _DIGITS.findall(word)
        close = sorted(item for item in near if item[0] <= limit and _DIGITS.findall(item[1]) == digits)
        is_one = len(close) == 1 or (len(close) > 1 and close[0][0] < close[1][0])
        return self.by_word[close[0][1]] if is_one else ()


def _bits(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


#: What is known where there is no view.
NO_NAMES = Names({})


def without_particle(word: str) -> tuple[str, str]:
    """Return a word without the Hangul behind it, and that Hangul: ``payments에서`` is ``payments`` and ``에서``."""
    match = _PARTICLES.match(word)
    return (match[1], match[2]) if match else (word, "")


def distance(one: str, other: str) -> int:
    """Return how many typos lie between two words: a letter added, lost, changed, or two neighbours swapped."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
