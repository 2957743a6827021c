"""What a person means: a command, a sentence of their own, or a word that carries the conversation on."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from bot.core.exception_orders import is_begun, words_for
from bot.core.orders import Order, Verb
from bot.core.questions import (
    Clarify,
    Courtesy,
    Help,
    Manage,
    OutOfScope,
    Question,
)
from bot.core.understand.choosing import (
    MOST_DOUBT,
    best_reading,
    evidence_for,
    filled,
    is_stranger,
    is_sure,
    of_code,
    of_workload,
)
from bot.core.understand.clauses import others_named, questions_in
from bot.core.understand.commands import (
    Grammar,
    command_of,
    is_argument,
    ordered,
    understand,
    words_in,
)
from bot.core.understand.following import follow
from bot.core.understand.model import Model, Scored
from bot.core.understand.names import NO_NAMES, Entity, Names
from bot.core.understand.parsing import parse
from bot.core.understand.sentence import Sentence, Words
from bot.core.understand.text import joined, normalise
from bot.core.understand.tokens import named, tokens_of
from bot.core.understand.writing import words_of

#: Below this probability a reading is not even offered. Chosen on tests/answers.
LEAST = 0.10

#: Orders that only look, in the words that every language knows.
_LOOKING = {Verb.EXCEPT_SHOW: "except show", Verb.EXCEPT_EXPORT: "except export", Verb.EXCEPT_HELP: "except help"}

#: So few words are read as they stand.
SHORT_WORDS = 2


class Understood(Struct, frozen=True):
    """A question, and how it was found.

    Args:
        by: ``command``, ``sentence``, ``thread`` (carries on what was asked before) or ``nothing``.
        confidence: 0 to 1; 1 for a command.
        readings: the likeliest labels of a sentence with their probabilities.
        names: what was taken for names of the cluster.
        evidence: words and pieces that spoke for the reading, strongest first.
        also: the other questions of a message that asks several.
    """

    question: Question
    by: str
    confidence: float = 1.0
    readings: tuple[Scored, ...] = ()
    names: tuple[Entity, ...] = ()
    evidence: tuple[str, ...] = ()
    also: tuple[Question, ...] = ()


class Understanding:
    """Makes Questions of what people write. Pure, deterministic, shared by threads.

    Args:
        model, words: loaded when the first sentence comes that is no command.
    """

    def __init__(self, grammar: Grammar, model: Callable[[], Model], words: Callable[[], Words]) -> None:
        self._grammar = grammar
        self._model = model
        self._words = words

    def again(self, words: str) -> Question:
        """Return the question of words that `words_of` made."""
        return understand(words, self._grammar)

    def order(self, text: str) -> Order | None:
        """Return what a text orders; None for a question, which is everything that is not plainly an order."""
        return ordered(text, self._grammar)

    def read(
        self, text: str, names: Callable[[], Names] = lambda: NO_NAMES, before: Question | None = None
    ) -> Understood:
        """Return the question of a text, and the others where it asks several.

        Args:
            text: as Slack delivers it, any mention included.
            names: the names of the cluster; asked for only where the text is no plain command.
            before: what the same conversation was about.
        """
        understood = self._read(text, names, before)
        if understood.by == "command" or isinstance(understood.question, Courtesy):
            return understood

        def part(said: str, earlier: Question | None) -> tuple[Question, float]:
            found = self._read(said, names, earlier)
            return found.question, 1.0 if found.by in ("command", "thread") else found.confidence

        several = questions_in(normalise(text), understood.question, part, before)
        if several:
            return replace(understood, question=several[0], also=several[1:])
        return replace(understood, also=others_named(understood.question, understood.names))

    def _read(self, text: str, names: Callable[[], Names], before: Question | None) -> Understood:
        words = words_in(text)
        if not words:
            return Understood(Help(), "nothing")
        if (order := ordered(text, self._grammar)) is not None:
            said = _LOOKING.get(order.verb) if order.problem is None else None
            if order.problem is not None and order.verb.is_of_exceptions and is_begun(order):
                said = words_for(order)
            if order.verb is Verb.EXCEPT_SHOW and said is not None and order.target:
                said = f"{said} {order.target}"
            said = said or " ".join((command_of(words[0], self._grammar) or words[0], *words[1:]))
            return Understood(Manage(said), "command")
        if len(words) > 1:
            words = [self._spelled(word) for word in words]
        command = command_of(words[0], self._grammar)
        if before is not None and " ".join(words).lower().rstrip("?!. ") in self._words().why:
            command = None  # "why not": no workload is called so
        if command is not None and not words[1:]:
            return Understood(parse(command, []), "command")
        model = self._model()
        if command is not None and words[1:]:
            is_plain = all(
                is_argument(command, word, lambda name: names().exact(name), model.is_word, self._words().topics)
                for word in words[1:]
            )
            if is_plain:
                return Understood(parse(command, words[1:]), "command")
        return self._sentence(text, words, command, names(), model, before)

    def _spelled(self, word: str) -> str:
        """Return a short form as the words it stands for, and a product's Korean name as the product writes it."""
        known = self._words()
        korean = next((name for name in known.spoken if word.startswith(name)), None)
        if korean is not None:
            return known.spoken[korean] + word[len(korean) :]
        return known.short.get(word.lower(), word)

    def _sentence(
        self,
        text: str,
        words: Sequence[str],
        command: str | None,
        names: Names,
        model: Model,
        before: Question | None,
    ) -> Understood:
        plain = joined(" ".join(words), self._words().joined)
        # Of one or two words each may be all there is: a mistyped command is asked back, not put right.
        correct = partial(_corrected, names, model) if len(words) > SHORT_WORDS else str
        tokens = named(tokens_of(plain), names, model.is_word, correct, model.is_rare)
        if not tokens:
            return Understood(Help(), "nothing")
        rare = [token for token in tokens if is_stranger(token, model)]
        sentence = partial(
            Sentence, plain.lower(), tokens, self._words(), rare=rare, control_plane=names.control_plane()
        )
        best, said = best_reading(sentence, tokens, model)
        every = sentence(doubt=MOST_DOUBT)
        if before is not None and (question := follow(before, every, best)):
            return Understood(question, "thread", best[0].probability, tuple(best[:3]), every.entities)
        if (asked := of_workload(best[0], every, tokens, model)) is not None:
            return Understood(asked, "sentence", best[0].probability, tuple(best[:3]), every.entities)
        if (asked := of_code(said)) is not None:
            return Understood(asked, "sentence", best[0].probability, tuple(best[:3]), said.entities)
        if command is not None and not words[1:]:
            return Understood(parse(command, []), "command")
        readings = _together((scored, filled(scored, said, every)) for scored in best[:4])
        is_known = any(token.entities or token.slot not in ("unknown", "name") for token in tokens)
        is_command = command is not None and len(words) == SHORT_WORDS
        if readings and is_known and is_sure(best, readings[0][0]) and not (is_command and _is_outside(readings[0][1])):
            scored, question = readings[0]
            evidence = evidence_for(tokens, scored.label, model)
            return Understood(question, "sentence", scored.probability, tuple(best[:3]), said.entities, evidence)
        if command is not None and is_command:
            return Understood(parse(command, list(words[1:])), "command")
        return self._unsure(text, best, readings, said)

    def _unsure(
        self, text: str, best: list[Scored], readings: list[tuple[Scored, Question]], said: Sentence
    ) -> Understood:
        shown = tuple(best[:3])
        commanded = understand(text, self._grammar)
        offered = [
            words
            for scored, question in readings
            if scored.probability >= LEAST
            and not isinstance(question, OutOfScope | Courtesy | Help)
            and (words := words_of(question))
        ]
        offered = list(dict.fromkeys(offered))[:2]
        top = best[0].probability if best else 0.0
        if len(normalise(text).split()) <= SHORT_WORDS and isinstance(commanded, Help) and commanded.nearest:
            return Understood(commanded, "nothing", top, shown, said.entities)
        if len(offered) == 2:
            return Understood(Clarify(tuple(offered)), "sentence", top, shown, said.entities)
        if best and best[0].label.startswith("out-of-scope") and readings:
            return Understood(readings[0][1], "sentence", top, shown, said.entities)
        question = commanded if isinstance(commanded, Help) else Help(unknown=normalise(text), nearest=None)
        if offered:
            question = Help(unknown=normalise(text), nearest=offered[0])
        return Understood(question, "nothing", top, shown, said.entities)


def _together(readings: Iterable[tuple[Scored, Question | None]]) -> list[tuple[Scored, Question]]:
    """Return the readings that make a question, those of one question as one with their probabilities summed."""
    found: dict[Question, Scored] = {}
    for scored, question in readings:
        if question is not None:
            known = found.get(question)
            found[question] = replace(known, probability=known.probability + scored.probability) if known else scored
    return [(scored, question) for question, scored in sorted(found.items(), key=lambda item: -item[1].probability)]


def _corrected(names: Names, model: Model, word: str) -> str:
    """Return a word with its typo put right, unless it may be a name."""
    if model.is_word(word) or names.exact(word) or names.beginning(word) or names.mistyped(word):
        return word
    return model.corrected(word)


def _is_outside(question: Question) -> bool:
    return isinstance(question, OutOfScope) and question.reason == "other"
