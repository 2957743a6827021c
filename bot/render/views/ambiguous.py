"""Several things of that name: they are listed, and nothing is decided."""

from bot.core.answers import AmbiguousAnswer
from bot.render.document import Bullets, Command, Document, Element, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, seen


def compose(answer: AmbiguousAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return each match as the question that means only it."""
    verdict = catalogue.say("ambiguous.verdict", name=answer.name, n=len(answer.matches))
    lines = [(Command(f"explain {match}"),) for match in answer.matches[: limits.rows]]
    left = len(answer.matches) - limits.rows
    bullets = [*lines, catalogue.say("status.more", n=left)] if left > 0 else lines
    elements: list[Element] = [Verdict(verdict), Bullets(tuple(bullets)), seen(catalogue, answer.seen)]
    return tuple(elements)
