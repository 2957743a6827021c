"""Which reading of a sentence is taken, with which of its words for names, and how sure that is."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from bot.core.questions import Explain, Guide, Owners, Question, Safe
from bot.core.understand.filling import fill
from bot.core.understand.model import Model, Scored
from bot.core.understand.sentence import Sentence
from bot.core.understand.tokens import Token, features

#: From this probability a reading is taken; chosen on tests/answers.
SURE = 0.40

#: A reading this much likelier than the next is taken from a lower probability on.
LEADING = 2.0
LEADING_SURE = 0.20

#: From this probability a question about the cluster is preferred where a plain word is also a name.
PREFERRED = 0.8

#: From this probability on, words that only resemble names are left alone.
LIKELY = 0.35

#: From this probability the whole cluster is meant, whatever else stands in the sentence: "ready everywhere?".
PREFERRED_WHOLE = 0.9

#: From this probability a sentence asks where a product's workload runs, or who owns it, rather than about the product.
MASKED = 0.6

#: Words this long or shorter are no names on their own.
SHORT_WORD = 3

#: From this probability of all topics together the rest of a sentence is about one of them.
TOPICAL = 0.8

#: Every word that may be a name.
MOST_DOUBT = 2

#: Pieces of evidence named in an explanation.
EVIDENCE = 5


def best_reading(
    sentence: Callable[..., Sentence], tokens: Sequence[Token], model: Model
) -> tuple[list[Scored], Sentence]:
    """Return the readings, likeliest first, with the names taken that make the likeliest reading.

    A plain word that is exactly a name is preferably taken for the name, where the cluster is then asked about.
    """
    found: list[tuple[list[Scored], Sentence]] = []
    for doubt in sorted({0, *(token.doubt for token in tokens)}):
        if doubt == MOST_DOUBT and (any(_is_whole(*reading) for reading in found) or _is_topic(tokens, model, doubt)):
            break
        scored = _by_question(model.score(features(tokens, model.concepts, doubt=doubt)))
        found.append((scored, sentence(doubt=doubt)))
        if doubt == 1 and _is_about_cluster(scored[0]):
            return found[0] if _is_topic(tokens, model, doubt) else found[-1]
    return max(found, key=lambda item: item[0][0].probability)


def _is_topic(tokens: Sequence[Token], model: Model, doubt: int) -> bool:
    """Whether a sentence is about a topic without the plain words that may be names: `private registry creds`."""
    rest = [token for token in tokens if token.doubt < doubt]
    scored = model.score(features(rest, model.concepts, doubt=0))
    return sum(item.probability for item in scored if item.label.startswith("faq:")) >= TOPICAL


def of_workload(best: Scored, said: Sentence, tokens: Sequence[Token], model: Model) -> Question | None:
    """Return what is asked of a product's workload in the cluster, where the product alone would be answered about."""
    workload = said.workload()
    if not best.label.startswith("faq:agent-") or not workload:
        return None
    if said.says(said.words.flagged):
        return Explain(workload)
    (masked, *_) = _by_question(model.score(features(tokens, model.concepts, doubt=MOST_DOUBT)))
    saying = said.words.plainly.get(masked.label.partition(".")[0], ())
    return fill(masked.label, said) if masked.probability >= MASKED and said.says(saying) else None


def of_code(said: Sentence) -> Question | None:
    """Return the workloads with a rule's finding, where it is asked whether what the rule is about is used here.

    ``do we use dind?`` is no question about dind; ``should we use dind?`` and ``is there a guide on dind?`` are.
    """
    using = said.words.using
    is_asked = said.says(using["asking"]) or (said.says(using["here"]) and said.says(using["asking-here"]))
    if not is_asked or said.says(using["deciding"]) or said.says(using["written"]) or said.code() is None:
        return None
    return fill("at-risk", said)


def is_stranger(token: Token, model: Model) -> bool:
    """Whether a plain word may be the name of something that the cluster does not have: `staging`."""
    is_noun = token.word.isascii() and token.word.isalpha() and len(token.word) > SHORT_WORD
    return is_noun and not token.slot and model.is_rare(token.word) and not model.concepts.of(token.word)


def filled(scored: Scored, said: Sentence, every: Sentence) -> Question | None:
    """Return the question of a label; an answer about everything is given only when nothing like a name was said."""
    question = fill(scored.label, said)
    if question is None or question in (Owners(), Safe(), Guide()):
        question = fill(scored.label, every)
    if question == Safe() and scored.probability < PREFERRED_WHOLE:
        return Safe(every.stranger())
    return question


def _is_whole(scored: Sequence[Scored], said: Sentence) -> bool:
    """Whether a sentence has a likely reading, and every name that takes."""
    return scored[0].probability >= LIKELY and fill(scored[0].label, said) is not None


def _is_about_cluster(scored: Scored) -> bool:
    return scored.probability >= PREFERRED and not scored.label.startswith(("faq:", "out-of-scope", "courtesy", "help"))


def _by_question(scored: Sequence[Scored]) -> list[Scored]:
    """Return readings with the variants of one kind taken together, under the likeliest of them."""
    sums: dict[str, float] = defaultdict(float)
    first: dict[str, str] = {}
    for item in scored:
        kind = item.label if item.label.startswith(("faq:", "out-of-scope")) else item.label.partition(".")[0]
        sums[kind] += item.probability
        first.setdefault(kind, item.label)
    return sorted((Scored(first[kind], total) for kind, total in sums.items()), key=lambda s: (-s.probability, s.label))


def is_sure(best: Sequence[Scored], taken: Scored) -> bool:
    others = [scored.probability for scored in best if scored.label != taken.label]
    following = max(others, default=0.0)
    return taken.probability >= SURE or (taken.probability >= LEADING_SURE and taken.probability >= LEADING * following)


def evidence_for(tokens: Sequence[Token], label: str, model: Model) -> tuple[str, ...]:
    weights = {
        feature: model.weight_of(feature, label) for feature in features(tokens, model.concepts, doubt=MOST_DOUBT)
    }
    strongest = sorted(weights, key=lambda feature: (-weights[feature], feature))
    return tuple(feature for feature in strongest[:EVIDENCE] if weights[feature] > 0)
