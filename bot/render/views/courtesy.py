"""A word back, and what could be asked."""

from bot.core.topic_answers import CourtesyAnswer
from bot.render.document import Command, Document, Element, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks

_QUESTIONS = (("status", "status"), ("pods", "pods"), ("help", "help"))


def compose(answer: CourtesyAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return one line, after a greeting with the way to begin."""
    elements: list[Element] = [Verdict(catalogue.say(f"courtesy.{answer.what}"))]
    if answer.what != "greeting":
        return tuple(elements)
    if limits.has_buttons:
        return (*elements, *asks(catalogue, limits, *_QUESTIONS))
    begin = catalogue.say("courtesy.begin", status=Command("status"), pods=Command("pods"), help=Command("help"))
    return (*elements, Paragraph(begin))
