"""A sentence to tokens and features: words, versions, and what in them is a name of the cluster."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.core.understand.names import TYPES, Entity, Names, without_particle

#: Only the beginning of a paste says what is asked.
READ_CHARS = 1000

_TOKEN = re.compile(
    r"`([^`]+)`"  # quoted: a name as it stands
    r"|\{([a-z]+)\}"  # a slot of a training phrase
    r"|(v?\d+\.\d+(?:\.\d+)?)(?![a-z0-9_])(?!\.\d)"
    r"|([a-z0-9_][a-z0-9_.:/@=+-]*)"
    r"|([\uac00-\ud7a3\u3131-\u318e]+)",
    re.IGNORECASE,
)
_EMOJI = re.compile(r":[a-z0-9_+'-]{2,}:(?=\s|:|$)", re.IGNORECASE)
_PASTE = re.compile(r"`([^`]*\s[^`]*)`")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e]")

#: Words that say what the name beside them is, in English and Korean.
TYPE_WORDS = {
    "namespace": "namespace",
    "namespaces": "namespace",
    "ns": "namespace",
    "네임스페이스": "namespace",
    "pool": "pool",
    "pools": "pool",
    "nodepool": "pool",
    "nodegroup": "pool",
    "풀": "pool",
    "노드풀": "pool",
    "노드그룹": "pool",
    "node": "node",
    "nodes": "node",
    "노드": "node",
    "team": "owner",
    "owner": "owner",
    "squad": "owner",
    "팀": "owner",
    "workload": "workload",
    "deployment": "workload",
    "deploy": "workload",
    "daemonset": "workload",
    "ds": "workload",
    "statefulset": "workload",
    "sts": "workload",
    "cronjob": "workload",
    "job": "workload",
    "워크로드": "workload",
    "디플로이먼트": "workload",
    "데몬셋": "workload",
    "데몬세트": "workload",
    "스테이트풀셋": "workload",
    "크론잡": "workload",
}


#: Words that name runtimes, and never the workload that begins like one.
RUNTIME_WORDS = frozenset(
    ("docker", "dockershim", "dockerd", "cri-dockerd", "containerd", "cri-o", "crio", "podman", "moby")
)

#: Types of which a name that nothing has is still a name: "is namespace frontend safe" is not about the cluster.
UNKNOWN_TYPES = ("namespace", "pool")

#: A word that is no name where one of these follows: the control plane, not a pool called control.
IDIOMS: Mapping[str, tuple[str, ...]] = {
    "control": ("plane",),
    "default": (
        *("config", "configs", "configuration", "config.toml", "setting", "settings", "value", "values", "option"),
        *("options", "runtime", "registry", "driver", "path", "socket", "endpoint", "cgroup", "log", "logging"),
        *("설정", "값", "값은", "컨피그", "구성", "런타임"),
    ),
}

#: A word that is no name behind one of these: ``containerd config default`` is a command.
BEHIND: Mapping[str, tuple[str, ...]] = {"default": ("config",)}


class Token(Struct, frozen=True):
    """One word of a sentence.

    Args:
        word: in lower case, without a Korean particle; ``raw``: as typed.
        particle: the Hangul that followed a name without a space.
        is_quoted: whether it stood in backticks.
        entities: what it names.
        doubt: whether a plain word is meant instead: 0 hardly, 1 it has exactly that name, 2 it resembles one.
        slot: what it stands for: a type of TYPES, ``version``, or empty for a plain word.
        hint: the type that a word beside it says it has.
    """

    word: str
    raw: str
    particle: str = ""
    is_quoted: bool = False
    entities: tuple[Entity, ...] = ()
    doubt: int = 0
    slot: str = ""
    hint: str = ""


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a normalised text, none of them yet a name."""
    plain = _EMOJI.sub(" ", text[:READ_CHARS]).replace("```", " ")
    # In backticks stands a name; with blanks it is a paste, and read as words.
    return tuple(_tokens(_PASTE.sub(r" \1 ", plain)))


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        quoted, slot, version, word, hangul = match.groups()
        glued = _HANGUL.match(text, match.end()) is not None
        if quoted is not None:
            name = quoted.strip()
            yield Token(name.lower(), name, is_quoted=True)
        elif slot is not None:
            yield Token(f"{{{slot}}}", slot, slot=slot)
        elif version is not None:
            yield Token(version.lower().removeprefix("v"), version, slot="version")
        elif word is not None:
            plain = word.rstrip(".:/@=+-")
            yield Token(plain.lower(), plain, particle="+" if glued else "")
        else:
            is_particle = match.start() > 0 and not text[match.start() - 1].isspace()
            yield Token(hangul, hangul, particle="-" if is_particle else "")


def named(
    tokens: Sequence[Token],
    names: Names,
    is_word: Callable[[str], bool],
    correct: Callable[[str], str] = str,
    is_rare: Callable[[str], bool] = lambda word: False,
) -> tuple[Token, ...]:
    """Return the tokens with the names of the cluster recognised in them.

    Args:
        is_word: whether a word is a plain one that people use in questions.
        is_rare: whether a plain word is one that is hardly ever said: after "namespace" it is a name all the same.
        correct: returns the plain word that a word is a typo of, else the word.
    """
    joined = _joined([_spelled(token, correct) for token in tokens], names)
    return tuple(_named(joined, index, names, is_word, is_rare) for index in range(len(joined)))


def _joined(tokens: Sequence[Token], names: Names) -> list[Token]:
    """Join the words of a name (``Team A``, ``datadog agent`` for datadog-agent); part ``pool-a`` of a pool ``a``."""
    result: list[Token] = []
    index = 0
    longest = max(names.longest(), LONGEST_NAME)
    while index < len(tokens):
        for length in range(min(longest, len(tokens) - index), 1, -1):
            part = tokens[index : index + length]
            raws = [token.raw for token in part]
            blank, hyphen = names.exact(" ".join(raws)), names.exact("-".join(raws))
            if entities := blank or hyphen:
                doubt = 0 if blank else 1
                word = " ".join(token.word for token in part)
                result.append(Token(word, " ".join(raws), entities=entities, doubt=doubt, slot=entities[0].what))
                index += length
                break
        else:
            result.extend(_parted(tokens[index], names))
            index += 1
    return result


#: Words of a name written with blanks for its hyphens.
LONGEST_NAME = 3


def _spelled(token: Token, correct: Callable[[str], str]) -> Token:
    return token if token.slot or token.is_quoted else replace(token, word=correct(token.word))


def _parted(token: Token, names: Names) -> list[Token]:
    what, dash, name = token.word.partition("-")
    if dash and what in TYPE_WORDS and not names.exact(token.word) and names.exact(name):
        return [Token(what, what), replace(token, word=name, raw=token.raw[len(what) + 1 :])]
    return [token]


def _named(
    tokens: Sequence[Token],
    index: int,
    names: Names,
    is_word: Callable[[str], bool],
    is_rare: Callable[[str], bool],
) -> Token:
    token = tokens[index]
    after = tokens[index + 1].word if index + 1 < len(tokens) else ""
    before = tokens[index - 1].word if index else ""
    is_idiom = after in IDIOMS.get(token.word, ()) or before in BEHIND.get(token.word, ())
    if token.slot or _HANGUL.match(token.word) or is_idiom:
        return token
    hint, beside = _hint(tokens, index)
    entities = names.exact(token.word)
    is_exact = bool(entities)
    is_plain = is_word(token.word) and not token.is_quoted
    if not entities and token.word not in TYPE_WORDS and token.word not in RUNTIME_WORDS:
        entities = names.beginning(token.word)
        if not entities and not is_plain:
            entities = names.mistyped(token.word)
    if entities:
        fitting = tuple(entity for entity in entities if entity.what == hint) if hint else ()
        doubt = 0 if fitting or not is_plain else 1 if is_exact else 2
        if not fitting and len(token.word) == 1 and not beside:
            return token  # `a` is a pool only beside the word
        entities = fitting or entities
        best = min(entities, key=lambda entity: TYPES.index(entity.what))
        return replace(token, entities=entities, doubt=doubt, slot=best.what, hint=hint if fitting else "")
    is_letter = len(token.word) == 1 and index > 0 and TYPE_WORDS.get(tokens[index - 1].word) == "pool"
    is_named = hint in UNKNOWN_TYPES and token.word not in RUNTIME_WORDS and (is_rare(token.word) or is_letter)
    if token.word in TYPE_WORDS or (is_plain and not is_named):
        return token
    if (beside and hint) or token.is_quoted or _is_name_shaped(token.word):
        # A name that nothing in the cluster has: it is asked for all the same, and will not be found.
        what = hint or ""
        return replace(token, entities=(Entity(what, token.raw),), slot=what or "name", hint=what)
    return replace(token, slot="unknown")


def _hint(tokens: Sequence[Token], index: int) -> tuple[str, bool]:
    """Return the type that a word beside a token says it has, and whether there is such a word."""
    before = tokens[index - 1].word if index else ""
    after = tokens[index + 1].word if index + 1 < len(tokens) else ""
    then = tokens[index + 2].word if index + 2 < len(tokens) else ""
    if after in ("node", "노드") and then in ("pool", "pools", "풀", "group", "그룹"):
        return "pool", True
    for word in (after, before):
        if what := TYPE_WORDS.get(word):
            return what, True
    what = type_of_word(after)
    return what, bool(what)


def type_of_word(word: str) -> str:
    """Return the type a word names, a Korean one with its particle too (`풀은`); empty when it names none."""
    if word in TYPE_WORDS or not _HANGUL.match(word):
        return TYPE_WORDS.get(word, "")
    beginnings = (word[:-1], word[:-2])  # a particle has one syllable or two
    return next((TYPE_WORDS[beginning] for beginning in beginnings if beginning in TYPE_WORDS), "")


def _is_name_shaped(word: str) -> bool:
    return "-" in word.strip("-") or "/" in word or (any(c.isdigit() for c in word) and any(c.isalpha() for c in word))


def plain_word(word: str) -> str:
    """Return a word as the vocabulary has it."""
    return without_particle(word)[0].lower()


class Concepts(Struct, frozen=True):
    """Words that mean the same: whole English words, beginnings of them, and pieces of Korean ones, to concepts."""

    words: Mapping[str, tuple[str, ...]]
    beginnings: Mapping[str, tuple[str, ...]]

    def of(self, word: str) -> set[str]:
        """Return the concepts of a word."""
        found = set(self.words.get(word, ()))
        if _HANGUL.match(word):
            for start in range(len(word)):
                for end in range(start + 1, min(start + LONGEST, len(word)) + 1):
                    if end - start > 1 or start == 0:
                        found.update(self.words.get(word[start:end], ()))
        else:
            for end in range(2, len(word) + 1):
                found.update(self.beginnings.get(word[:end], ()))
        return found


#: Syllables of the longest Korean piece of a concept.
LONGEST = 5


def features(tokens: Sequence[Token], concepts: Concepts, *, doubt: int) -> list[str]:
    """Return what the model looks at, each once: words, pairs, pieces, concepts, and what stands for names.

    Args:
        doubt: words up to this doubt are taken for names.
    """
    shown = [(token, word) for token in tokens for word in _shown(token, doubt)]
    words = [word for _, word in shown]
    found: dict[str, None] = {}
    for token, word in shown:
        found[word] = None
        if word.startswith("{"):
            if word not in ("{version}", "{unknown}"):
                found["{any}"] = None
            if token.slot == "version" and not token.word.startswith("{"):
                found[f"v{'.'.join(token.word.split('.')[:2])}"] = None
        else:
            found.update(dict.fromkeys(_pieces(word)))
    meant = sorted({concept for word in words for concept in concepts.of(word)} | {w for w in words if w[0] == "{"})
    for number, one in enumerate(meant):
        found[f"={one}"] = None
        for other in meant[number + 1 :]:
            found[f"={one}={other}"] = None
    for one, other in zip(["^", *words], [*words, "$"], strict=True):
        found[f"{one} {other}"] = None
    for one, other in zip(words, words[2:], strict=False):
        found[f"{one} _ {other}"] = None
    return list(found)


def _shown(token: Token, doubt: int) -> list[str]:
    return [f"{{{token.slot}}}"] if token.slot and token.doubt <= doubt else token.word.split(" ")


def _pieces(word: str) -> Iterator[str]:
    sizes = (2, 3) if _HANGUL.match(word) else (4, 5)
    padded = f"<{word}>"
    for size in sizes:
        for start in range(len(padded) - size + 1):
            yield f"#{padded[start : start + size]}"
