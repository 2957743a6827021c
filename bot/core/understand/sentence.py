"""A sentence with its names and the words that narrow it, asked one thing at a time."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.runtimes import Runtime
from bot.core.understand.names import CONTROL_PLANE, Entity
from bot.core.understand.tokens import Token, type_of_word

#: What a version belongs to, beside it: "kubelet 1.38".
PRODUCTS = ("kubelet", "kubernetes", "k8s", "쿠버네티스")

DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
OFF_DOCKER = (Runtime.CONTAINERD, Runtime.CRI_O)


class Words(Struct, frozen=True):
    """The words that narrow questions, of ``bot/data/words.toml``: what is meant, to how it is said."""

    runtimes: Mapping[str, tuple[str, ...]]
    ready: Mapping[str, tuple[str, ...]]
    cordoned: Mapping[str, tuple[str, ...]]
    moved: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]
    short: Mapping[str, str]
    spoken: Mapping[str, str]
    flagged: tuple[str, ...]
    plainly: Mapping[str, tuple[str, ...]]
    joined: Mapping[str, str]
    subject: Mapping[str, str]
    using: Mapping[str, tuple[str, ...]]
    excepted: Mapping[str, tuple[str, ...]]
    affected: Mapping[str, tuple[str, ...]]
    having: Mapping[str, tuple[str, ...]]
    moving: Mapping[str, tuple[str, ...]]
    way: Mapping[str, str]
    running: tuple[str, ...]
    which: tuple[str, ...]
    how_many: tuple[str, ...]
    everything: tuple[str, ...]
    beginnings: tuple[str, ...]
    narrowing: tuple[str, ...]
    pronouns: tuple[str, ...]
    several: tuple[str, ...]
    carrying: tuple[str, ...]
    why: tuple[str, ...]
    asking: tuple[str, ...]
    unowned: tuple[str, ...]
    control_plane: tuple[str, ...]
    topics: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()


class Sentence:
    """A sentence with its names, asked for by type.

    Args:
        text: normalised, in lower case.
        doubt: words up to this doubt are taken for names.
        rare: plain words that may be names of what the cluster does not have.
        control_plane: the pool of control plane nodes.
    """

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        words: Words,
        *,
        doubt: int,
        rare: Sequence[Token] = (),
        control_plane: str = CONTROL_PLANE[0],
    ) -> None:
        self.text = text
        self.words = words
        self.tokens = tokens
        self._rare = rare
        self._control_plane = control_plane
        self._entities = [(token, entity) for token in tokens if token.doubt <= doubt for entity in token.entities]
        self._unknown = next((token.raw for token in tokens if token.slot == "unknown"), None)

    def name(self, *types: str) -> str | None:
        """Return the first name of the first type there is one of; ``""`` is a name of no known type."""
        for what in types:
            fitting = [(token.slot != what, entity.name) for token, entity in self._entities if entity.what == what]
            if fitting:
                return min(fitting, key=lambda item: item[0])[1]
        return None

    def any_name(self, *first: str) -> str | None:
        """Return a name, of these types rather than others; a word nobody knows as the last resort."""
        if found := self.name(*first):
            return found
        if self._entities:
            return self._entities[0][1].name
        return self._unknown

    def stranger(self) -> str | None:
        """Return a name, or else a word that may be the name of something that the cluster does not have."""
        return self.any_name() or next((token.raw for token in self._rare), None)

    def type_of(self, name: str) -> str | None:
        """Return the type that the words beside a name say it has."""
        for token, entity in self._entities:
            if entity.name == name and token.hint:
                return token.hint
        return None

    def workload(self) -> str | None:
        """Return the workload named, with its namespace where that is named beside it."""
        name = self.name("workload")
        namespace = self.name("namespace")
        if name is None:
            return None
        return f"{namespace}/{name}" if namespace and namespace != name and "/" not in name else name

    def version(self) -> str | None:
        """Return the version named, but for one that belongs to a runtime: ``containerd 1.6``."""
        for index, token in enumerate(self.tokens):
            if token.slot == "version":
                before = self.tokens[index - 1].word if index else ""
                if not self.is_runtime(before):
                    return token.word
        return None

    def any_version(self) -> str | None:
        """Return the first version named, whatever it is of."""
        return next((token.word for token in self.tokens if token.slot == "version"), None)

    def concerning(self, what: str = "words") -> str | None:
        """Return the version that does something to nodes; None for one that nodes have.

        ``which nodes does 1.38 break`` has one, ``which nodes on 1.23 break`` has none.

        Args:
            what: ``words`` of what it does to them, ``blocking`` of what they do to it.
        """
        version = self.version()
        if version is None or not self.says(self.words.affected[what]):
            return None
        index = next(number for number, token in enumerate(self.tokens) if token.word == version)
        behind = next((token.word for token in self.tokens[index + 1 : index + 2]), "")
        before = [token for token in self.tokens[:index] if not token.word.startswith(PRODUCTS)]
        is_had = type_of_word(behind) == "node" or behind in self.words.having["behind"]
        if before and before[-1].word in self.words.having["before"]:
            said = self.text[: self.text.find(version)]
            is_had = is_had or not any(_begins(said, phrase) for phrase in self.words.affected[what])
        return None if is_had else version

    def moving_to(self) -> Runtime | None:
        """Return the runtime that something moves to."""
        if not self.says(self.words.moving["words"]):
            return None
        named: list[Runtime] = []
        for index, token in enumerate(self.tokens):
            runtime = next((r for r in Runtime if token.word in self.words.runtimes.get(r, ())), None)
            if runtime is None:
                continue
            before, behind = self.tokens[index - 1 : index], self.tokens[index + 1 : index + 2]
            if any(t.word in self.words.moving["onto"] for t in before) or any(
                t.word in self.words.moving["onto-behind"] for t in behind
            ):
                return runtime
            named.append(runtime)
        return named[0] if len(named) == 1 else None

    def is_runtime(self, word: str) -> bool:
        """Whether a word names a runtime."""
        return any(word.startswith(known) for spellings in self.words.runtimes.values() for known in spellings)

    def says(self, phrases: Sequence[str]) -> bool:
        """Whether one of the phrases is in the sentence, at the beginning of a word."""
        return any(_begins(self.text, phrase) for phrase in phrases)

    def runtimes(self) -> tuple[Runtime, ...]:
        """Return the runtimes asked for."""
        found: dict[Runtime, None] = {}
        plain = " ".join(token.word for token in self.tokens if not token.entities or token.doubt)
        # The longest first, and each taken out once found: 도커 is also the beginning of 도커심.
        named = [(word, name) for name, spellings in self.words.runtimes.items() for word in spellings]
        for spelling, name in sorted(named, key=lambda item: -len(item[0])):
            if not _begins(plain, spelling):
                continue
            plain = plain.replace(spelling, " ")
            found.update(dict.fromkeys(DOCKER if name == "docker" else (Runtime(name),)))
        if found and all(runtime.is_docker for runtime in found) and self.is_away():
            return OFF_DOCKER
        return tuple(runtime for runtime in Runtime if runtime in found)

    def is_away(self) -> bool:
        """Whether those that left Docker are meant."""
        return self.says(self.words.moved["away"]) and not self.says(self.words.moved["kept"])

    def control_plane(self) -> str | None:
        """Return the pool of the control plane's nodes where those are meant."""
        return self._control_plane if self.says(self.words.control_plane) else None

    def ready(self) -> bool | None:
        """Return whether nodes that are Ready, or that are not, are asked for."""
        if self.says(self.words.ready["no"]):
            return False
        return True if self.says(self.words.ready["yes"]) else None

    def cordoned(self) -> bool | None:
        """Return whether nodes that take no new pods, or that do, are asked for."""
        if self.says(self.words.cordoned["no"]):
            return False
        return True if self.says(self.words.cordoned["yes"]) else None

    def code(self) -> str | None:
        """Return the rule code named or described."""
        for token in self.tokens:
            if token.word in self.words.codes:
                return token.word
        # "docker log parser" is no matter of "docker log"
        said = [(len(words), code) for code, some in self.words.codes.items() for words in some if self.says((words,))]
        return max(said, key=lambda item: item[0])[1] if said else None

    @property
    def entities(self) -> tuple[Entity, ...]:
        """What was taken for a name."""
        return tuple(dict.fromkeys(entity for _, entity in self._entities))

    def is_only(self, words: Sequence[str]) -> bool:
        """Whether the sentence is one of these words, and words that say nothing."""
        rest = [token.word for token in self.tokens if token.word not in self.words.carrying]
        return " ".join(rest) in words if rest else not words

    def is_carrying(self) -> bool:
        """Whether the sentence names something, and says nothing of it."""
        names = [
            token
            for token in self.tokens
            if token.slot or type_of_word(token.word) or self.is_runtime(token.word) or token.word in self.words.codes
        ]
        names = names or (list(self._rare) if self.is_begun() else [])
        return bool(names) and all(t in names or t.word in self.words.carrying for t in self.tokens)

    def is_begun(self) -> bool:
        """Whether the sentence begins as one that carries on: "and in staging?"; a Korean one needs no such word."""
        return not self.text.isascii() or any(self.text.startswith(f"{word} ") for word in self.words.beginnings)

    def is_narrowing(self) -> bool:
        """Whether the sentence asks for a part of what was listed."""
        return self.says(self.words.narrowing)

    def is_pointing(self) -> bool:
        """Whether the sentence speaks of something named before."""
        plain = {token.word for token in self.tokens}
        return any(word in plain or (" " in word and word in self.text) for word in self.words.pronouns)


#: What a word goes on with: `docker` is not in `cri-dockerd`.
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _begins(text: str, phrase: str) -> bool:
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        is_start = start == 0 or text[start - 1] not in _WORD
        is_end = end == len(text) or not phrase[-1].isascii() or not (text[end].isascii() and text[end] in _WORD)
        if is_start and is_end:
            return True
        start = text.find(phrase, start + 1)
    return False
