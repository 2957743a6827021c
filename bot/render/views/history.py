"""How the cluster came to be as it is: no history is kept, so what is true now is said instead."""

from bot.core.people_answers import HistoryAnswer
from bot.render.document import Document, Element, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, risk, seen


def compose(answer: HistoryAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return that there is no trend, and the figures of now that one would begin with."""
    elements: list[Element] = [Verdict(catalogue.say(f"history.{answer.what}"))]
    sentence = risk(catalogue, answer.at_risk, answer.to_check, is_complete=not answer.seen.gaps)
    if answer.nodes_known and answer.nodes:
        partial = "" if answer.seen.is_whole("nodes") else "-partial"
        now = catalogue.say(f"history.now{partial}", docker=answer.docker, n=answer.nodes, risk=sentence)
    else:
        now = catalogue.say("history.now-unread", risk=sentence)
    elements.append(Paragraph(now))
    elements += asks(catalogue, limits, ("status", "status"), ("pods", "pods"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)
