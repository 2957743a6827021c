"""Trains the model that tells what a sentence asks (``make model``): phrases and topics in, one file of weights out.

scikit-learn is needed here only; the program reads the weights. The file names the data it was trained on by its
digest, and a test fails when the data has changed since.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

import bot.data
from bot.adapters.language import load_concepts, load_joined, phrases_digest, read_phrases, read_topics
from bot.core.rules import RULES
from bot.core.understand.names import NO_NAMES
from bot.core.understand.text import joined
from bot.core.understand.tokens import features, named, tokens_of

OUTPUT = Path(bot.data.__file__).with_name("language.msgpack")

CONCEPTS = load_concepts()

#: The end of a sentence; what is shorter than this is a rest of one.
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
SHORT = 8

#: Slots that stand for plain words.
WORDS = {
    "runtime": ("docker", "dockershim", "containerd", "cri-dockerd", "cri-o", "crio"),
    "agent": ("datadog", "fluentd", "falco", "fluent-bit", "filebeat", "cadvisor", "gitlab-runner", "jenkins"),
    "topic": ("docker.sock", "containerd", "gke", "eks", "cgroup", "crictl", "logging", "cri-dockerd", "소켓", "로그"),
    "code": tuple(rule.code for rule in RULES),
}

#: What may stand in the place of a name of another type: a person does not know the type, or nothing has that name.
OTHERS = {
    "namespace": ("namespace", "namespace", "workload", "owner", "unknown", "name"),
    "workload": ("workload", "workload", "namespace", "unknown", "name"),
    "owner": ("owner", "owner", "namespace", "unknown", "name"),
    "pool": ("pool", "pool", "name"),
    "node": ("node", "node", "name"),
}

#: Labels that are told by the type of the name, which therefore stays as it is.
TYPED = ("drain", "node.", "where", "count", "nodes", "progress", "status")

#: Copies of a phrase with slots, each filled anew.
COPIES = 4

#: Chooses what the slots are filled with.
SEED = 20261125

#: Inverse strength of the regularisation, found by cross-validation.
STRENGTH = 2.0

#: How much each family of features counts: words, pairs, pairs with a gap, pieces, concepts, pairs of concepts. Found
#: by cross-validation: alike for all, 0.69 of held-out phrases were recognised, so 0.73.
FAMILIES = {"word": 1.0, "pair": 0.3, "gap": 0.2, "piece": 0.4, "concept": 2.2, "concepts": 1.1}

#: Margins times this are the logarithms of probabilities, as far as held-out phrases tell (least log loss).
SHARPNESS = 6.5

#: What a phrase without its rare words counts.
RARE_WEIGHT = 0.5

#: What a sentence of a topic's answer counts beside a phrase: it has the words, though it asks nothing.
ANSWER_WEIGHT = 0.6

#: A weight below this share of the largest changes no answer.
SMALLEST = 0.012


def filled(phrase: str, label: str, chance: random.Random) -> Iterator[str]:
    """Yield a phrase with its slots filled, once if it has none."""
    if "{" not in phrase:
        yield phrase
        return
    for _ in range(COPIES):
        text = phrase
        for slot, words in WORDS.items():
            while f"{{{slot}}}" in text:
                text = text.replace(f"{{{slot}}}", chance.choice(words), 1)
        for slot, others in OTHERS.items():
            other = slot if label.startswith(TYPED) else chance.choice(others)
            text = text.replace(f"{{{slot}}}", f"{{{other}}}")
        yield text


def examples() -> Iterator[tuple[str, str, float]]:
    """Yield (label, text, weight)."""
    for label, phrases in sorted(read_phrases().items()):
        for phrase in phrases:
            # Each phrase has its own chance: one more changes nothing in how the others are filled.
            chance = random.Random(f"{SEED} {label} {phrase}")
            texts = list(dict.fromkeys(filled(phrase, label, chance)))
            for text in texts:
                yield label, text, 1.0 / len(texts) ** 0.5
    yield from rare_words_unknown(list(read_phrases().items()))
    for topic in read_topics():
        for language in ("en", "ko"):
            text = f"{topic['answer'][language]} {topic['mistake'][language]}"
            for sentence in _SENTENCE.split(text):
                if len(sentence) > SHORT:
                    yield f"faq:{topic['id']}", sentence, ANSWER_WEIGHT


def rare_words_unknown(
    phrases: list[tuple[str, tuple[str, ...]]],
) -> Iterator[tuple[str, str, float]]:
    """Yield phrases with the words that stand in no other phrase taken out: as a question with new words looks."""
    counts = words_in([phrase for _, some in phrases for phrase in some])
    for label, some in sorted(phrases):
        for phrase in some:
            if "{" in phrase:
                continue
            words = phrase.split(" ")
            shown = [
                "{unknown}" if counts[word.lower().strip("?!.,")] == 1 and word.isascii() else word for word in words
            ]
            if shown != words:
                yield label, " ".join(shown), RARE_WEIGHT


def family(feature: str) -> str:
    """Return the family of a feature."""
    if feature[0] == "#":
        return "piece"
    if feature[0] == "=":
        return "concepts" if feature.count("=") > 1 else "concept"
    return "gap" if " _ " in feature else "pair" if " " in feature else "word"


def words_in(texts: list[str]) -> Counter[str]:
    """Return the plain words of the phrases, and in how many of them each stands."""
    return Counter(word for text in texts for word in {token.word for token in tokens_of(text) if not token.slot})


def features_of(text: str, words: Counter[str]) -> list[str]:
    """Return the features of a phrase: every word of it is a plain one."""
    return features(named(tokens_of(text), NO_NAMES, words.__contains__), CONCEPTS, doubt=0)


class Trained:
    """A fitted model before it is written.

    Args:
        data: (label, text, weight) of each example.
    """

    def __init__(self, data: list[tuple[str, str, float]]) -> None:
        self.words = words_in([text for _, text, _ in data])
        rows = [features_of(text, self.words) for _, text, _ in data]
        counts: dict[str, int] = defaultdict(int)
        for row in rows:
            for feature in row:
                counts[feature] += 1
        kept = sorted(feature for feature, count in counts.items() if count > 1 or feature[0] not in "#=")
        self.index = {feature: number for number, feature in enumerate(kept)}
        self.idf = numpy.array([FAMILIES[family(f)] * (numpy.log((1 + len(rows)) / (1 + counts[f])) + 1) for f in kept])
        self.labels = sorted({label for label, _, _ in data})
        self.fit = LinearSVC(C=STRENGTH, random_state=0)
        targets = [self.labels.index(label) for label, _, _ in data]
        self.fit.fit(self.matrix(rows), targets, sample_weight=[weight for _, _, weight in data])

    def matrix(self, rows: list[list[str]]) -> csr_matrix:
        """Return rows of features as weights of length one."""
        numbers, starts, values = [], [0], []
        for row in rows:
            known = [self.index[feature] for feature in row if feature in self.index]
            weights = self.idf[known] if known else numpy.array([])
            norm = numpy.sqrt((weights**2).sum()) or 1.0
            numbers += known
            values += list(weights / norm)
            starts.append(len(numbers))
        return csr_matrix((values, numbers, starts), shape=(len(rows), len(self.index)))

    def write(self) -> None:
        """Write the weights as whole numbers of one byte, without those that change nothing."""
        largest = float(numpy.abs(self.fit.coef_).max())
        step = largest / 127
        whole = numpy.rint(self.fit.coef_ / step).astype(int)
        whole[numpy.abs(self.fit.coef_) < largest * SMALLEST] = 0
        table = {}
        for feature, number in self.index.items():
            labels = numpy.flatnonzero(whole[:, number])
            if len(labels):
                weights = bytes(int(value) & 255 for value in whole[labels, number])
                table[feature] = (round(float(self.idf[number]), 3), bytes(labels.tolist()), weights)
        content = {
            "digest": phrases_digest(),
            "labels": self.labels,
            "bias": [round(float(value) * SHARPNESS, 4) for value in self.fit.intercept_],
            "scale": step * SHARPNESS,
            "features": table,
            "words": dict(sorted(self.words.items())),
        }
        OUTPUT.write_bytes(msgspec.msgpack.encode(content))


def main() -> None:
    """Train on everything and write the file."""
    names = load_joined()
    data = [(label, joined(text, names), weight) for label, text, weight in examples()]
    Trained(data).write()
    print(f"{len(data)} examples, {OUTPUT.stat().st_size / 1e6:.1f} MB")  # noqa: T201  a command's output


if __name__ == "__main__":
    main()
