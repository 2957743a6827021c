"""How the cluster came to be as it is, where that cannot be told: why not, and what is true now."""

from bot.core.people_answers import HistoryAnswer
from bot.errors import StoreError
from bot.render.document import Document, Element, Line, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, error_line, seen
from bot.render.risks import risk
from bot.render.views.changes import meanwhile, told


def compose(answer: HistoryAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return that there is no trend or no earlier read, why, and the figures of now that one would begin with."""
    elements: list[Element] = [Verdict(_both(answer, catalogue))]
    sentence = risk(catalogue, answer.at_risk, answer.to_check, answer.excepted, is_complete=not answer.seen.gaps)
    if answer.nodes_known and answer.nodes:
        partial = "" if answer.seen.is_whole("nodes") else "-partial"
        now = catalogue.say(f"history.now{partial}", docker=answer.docker, n=answer.nodes, risk=sentence)
    else:
        now = catalogue.say("history.now-unread", risk=sentence)
    elements.append(Paragraph(now))
    elements += meanwhile(answer, catalogue, limits)
    elements += asks(catalogue, limits, ("status", "status"), ("pods", "pods"))
    elements.append(seen(catalogue, told(answer.seen, answer.blind)))
    return tuple(elements)


def _both(answer: HistoryAnswer, catalogue: Catalogue) -> Line:
    verdict = _verdict(answer, catalogue)
    return (*verdict, Text(" "), *catalogue.say("blind.below")) if answer.blind else verdict


def _verdict(answer: HistoryAnswer, catalogue: Catalogue) -> Line:
    if answer.failure is not None:
        key, values = answer.failure
        return catalogue.say(f"history.{answer.what}-failed", why=error_line(StoreError(key, **values), catalogue))
    if answer.since is not None:
        return catalogue.say("history.changes-young", since=answer.since)
    return catalogue.say(f"history.{answer.what}")
