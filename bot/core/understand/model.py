"""A linear model over features: which label fits a sentence, and how sure that is. Trained by ``make model``."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from bot.core.understand.names import distance
from bot.core.understand.tokens import Concepts

#: Shorter words resemble too many others.
TYPO_CHARS = 4

#: Fewer phrases than that have a rare word.
RARE = 20

#: A word in fewer phrases is not taken for what a mistyped one should have been.
COMMON = 10


class Scored(Struct, frozen=True):
    """A label with its probability, 0 to 1."""

    label: str
    probability: float


@dataclass(frozen=True)
class Model:
    """Weights by feature.

    Args:
        labels: what it can say.
        bias: one for each label.
        features: feature to (weight of the feature itself, numbers of labels, their weights times ``scale``).
        words: the plain words of the phrases it was trained on, and in how many of them each stands.
        concepts: of words.
        scale: of the weights, which are whole numbers from -127 to 127.
    """

    labels: Sequence[str]
    bias: Sequence[float]
    features: Mapping[str, tuple[float, bytes, bytes]]
    words: Mapping[str, int]
    concepts: Concepts
    scale: float

    def is_word(self, word: str) -> bool:
        """Whether a word is one people use in questions."""
        return word in self.words

    def is_rare(self, word: str) -> bool:
        """Whether a plain word stands in few questions: a noun of somebody's trade rather than a word of grammar."""
        return self.words.get(word, 0) < RARE and len(word) > 1

    def corrected(self, word: str) -> str:
        """Return the common word that a word is a typo of, else the word: ``wich`` is ``which``."""
        if len(word) < TYPO_CHARS or not word.isascii() or not word.isalpha():
            return word
        near = [known for known in self._common if abs(len(known) - len(word)) <= 1 and distance(known, word) <= 1]
        return max(near, key=lambda known: (self.words[known], known), default=word)

    @cached_property
    def _common(self) -> tuple[str, ...]:
        return tuple(word for word, count in self.words.items() if count >= COMMON and len(word) >= TYPO_CHARS)

    def score(self, found: Iterable[str]) -> list[Scored]:
        """Return the labels, likeliest first."""
        known = [self.features[feature] for feature in found if feature in self.features]
        norm = math.sqrt(sum(weight * weight for weight, _, _ in known)) or 1.0
        sums = list(self.bias)
        for weight, numbers, weights in known:
            factor = weight / norm * self.scale
            for number, value in zip(numbers, weights, strict=True):
                sums[number] += factor * (value - 256 if value > 127 else value)
        top = max(sums)
        powers = [math.exp(value - top) for value in sums]
        total = sum(powers)
        scored = [Scored(label, power / total) for label, power in zip(self.labels, powers, strict=True)]
        return sorted(scored, key=lambda item: (-item.probability, item.label))

    def weight_of(self, feature: str, label: str) -> float:
        """Return how much a feature speaks for a label; for explanations."""
        weight, numbers, weights = self.features.get(feature, (0.0, b"", b""))
        number = self.labels.index(label)
        position = numbers.find(number)
        if position < 0:
            return 0.0
        value = weights[position]
        return weight * self.scale * (value - 256 if value > 127 else value)
