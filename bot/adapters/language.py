"""The model of people's own words, and the phrases it is trained on: files of ``bot/data`` to values."""

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from bot.core.understand.model import Model
from bot.core.understand.sentence import Words
from bot.core.understand.tokens import Concepts

#: Written by ``make model``.
MODEL = "language.msgpack"


class _Written(msgspec.Struct, frozen=True):
    digest: str
    labels: list[str]
    bias: list[float]
    scale: float
    features: dict[str, tuple[float, bytes, bytes]]
    words: dict[str, int]


@cache
def load_model() -> Model:
    """Return the trained model; read once a process, for it never changes."""
    written = _written()
    return Model(written.labels, written.bias, written.features, written.words, load_concepts(), written.scale)


def load_concepts() -> Concepts:
    """Return the words that mean the same."""
    whole: dict[str, tuple[str, ...]] = {}
    beginnings: dict[str, tuple[str, ...]] = {}
    for concept, words in _read("concepts.toml").items():
        for word in words.split():
            table = beginnings if word.endswith("*") else whole
            key = word.removesuffix("*")
            table[key] = (*table.get(key, ()), concept)
    return Concepts(whole, beginnings)


def load_words(topics: Iterable[str], products: Iterable[str] = ()) -> Words:
    """Return the words that narrow questions; ``topics`` are those that name guides, ``products`` what has a topic."""
    data = _read("words.toml")

    def table(name: str) -> dict[str, tuple[str, ...]]:
        return {meaning: tuple(words) for meaning, words in data[name].items()}

    return Words(
        runtimes=table("runtimes"),
        ready=table("ready"),
        cordoned=table("cordoned"),
        moved=table("moved"),
        codes=table("codes"),
        short=data["short"],
        spoken=data["spoken"],
        flagged=tuple(data["flagged"]["words"]),
        plainly=table("plainly"),
        joined=load_joined(),
        subject=data["subject"],
        using=table("using"),
        excepted=table("excepted"),
        affected=table("affected"),
        having=table("having"),
        moving=table("moving"),
        way=data["way"],
        running=tuple(data["running"]["words"]),
        which=tuple(data["carrying"]["which"]),
        how_many=tuple(data["carrying"]["how-many"]),
        everything=tuple(data["carrying"]["everything"]),
        beginnings=tuple(data["carrying"]["beginnings"]),
        narrowing=tuple(data["carrying"]["narrowing"]),
        pronouns=tuple(data["pronouns"]["words"]),
        several=tuple(data["pronouns"]["several"]),
        carrying=tuple(data["carrying"]["words"]),
        why=tuple(data["carrying"]["why"]),
        unowned=tuple(data["carrying"]["unowned"]),
        control_plane=tuple(data["control-plane"]["words"]),
        asking=tuple(data["carrying"]["asking"]),
        topics=frozenset(topics),
        products=frozenset(products),
    )


def load_joined() -> Mapping[str, str]:
    """Return what is one thing though written as several words, to the word it is read as."""
    joined: Mapping[str, str] = _read("words.toml")["joined"]
    return joined


def model_digest() -> str:
    """Return the digest of the phrases the model was trained on."""
    return _written().digest


def read_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return what people ask by label: ``kind``, ``kind.variant`` or ``faq:topic``."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for topic in read_topics():
        for language in ("en", "ko"):
            found[f"faq:{topic['id']}"] |= dict.fromkeys((topic["title"][language], *topic["asks"][language]))
    for data in _tables("phrases"):
        for kind, variants in data.items():
            for variant, phrases in variants.items():
                found[kind if variant == "phrases" else f"{kind}.{variant}"] |= dict.fromkeys(phrases)
    return {label: tuple(phrases) for label, phrases in found.items()}


def read_topics() -> Iterator[Mapping[str, Any]]:
    """Yield the topics as they are written, with what people ask."""
    for data in _tables("faq"):
        yield from data["topic"]


def phrases_digest() -> str:
    """Return the digest of all that the model is trained on: phrases, concepts, words joined, answers of topics."""
    digest = hashlib.sha256(repr(sorted(_read("concepts.toml").items())).encode())
    digest.update(repr(sorted(load_joined().items())).encode())
    for table in _tables("faq"):
        for topic in table["topic"]:
            digest.update(repr((topic["id"], topic["answer"], topic["mistake"])).encode())
    for label, phrases in sorted(read_phrases().items()):
        digest.update("\n".join((label, *phrases, "")).encode())
    return digest.hexdigest()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("bot.data").joinpath(name).read_text(encoding="utf-8"))


def _written() -> _Written:
    return msgspec.msgpack.decode(resources.files("bot.data").joinpath(MODEL).read_bytes(), type=_Written)


def _tables(folder: str) -> Iterator[dict[str, Any]]:
    entries = resources.files("bot.data").joinpath(folder).iterdir()
    for file in sorted((file for file in entries if file.name.endswith(".toml")), key=lambda file: file.name):
        yield tomllib.loads(file.read_text(encoding="utf-8"))
