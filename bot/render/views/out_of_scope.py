"""What is not done or told here, in a word, and the nearest that is. Nothing of the asker's words is repeated."""

from bot.core.topic_answers import OutOfScopeAnswer
from bot.render.document import Command, Document, Element, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks

#: (entry of ``ask.``, words) of what is nearest, by reason.
_NEAREST = {
    "action": (("status", "status"), ("pods", "pods"), ("help", "help")),
    "secret": (("status", "status"), ("help", "help")),
    "other": (("status", "status"), ("milestones", "milestones"), ("help", "help")),
}


def compose(answer: OutOfScopeAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the refusal and what to ask instead."""
    elements: list[Element] = [Verdict(catalogue.say(f"out-of-scope.{answer.reason}"))]
    nearest = catalogue.say(
        f"out-of-scope.{answer.reason}-nearest", drain=Command("drain NODE"), explain=Command("explain NAME")
    )
    elements.append(Paragraph(nearest))
    return (*elements, *asks(catalogue, limits, *_NEAREST[answer.reason]))
