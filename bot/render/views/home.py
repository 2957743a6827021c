"""The page of one person in Slack: the whole cluster at a glance, then the namespaces they chose."""

from bot.core.answers import HomeAnswer, NamespaceState
from bot.core.seen import Seen
from bot.render.document import Ask, Asks, Document, Element, Footer, Heading, Line, Name, Paragraph, Table
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks
from bot.render.risks import risk
from bot.render.views import status

#: Questions of the page besides those of the status: (entry of ``ask.``, words).
QUESTIONS = (("owners", "owners"), ("upgrade", "upgrade"), ("help", "help"))


def compose(answer: HomeAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the status with the chosen namespaces before its footer, and every question that is worth a click."""
    elements: list[Element] = []
    questions: list[Ask] = []
    footers: list[Element] = []
    for element in status.compose(answer.status, catalogue, limits):
        match element:
            case Asks():
                questions += element.asks
            case Footer():
                footers.append(element)
            case _:
                elements.append(element)
    if answer.namespaces:
        elements += [Heading(catalogue.say("home.namespaces")), _table(answer, catalogue)]
    for more in asks(catalogue, limits, *QUESTIONS):
        questions += more.asks if isinstance(more, Asks) else ()
    elements += [Asks(tuple(questions))] if questions else []
    elements.append(Paragraph(catalogue.say("home.where"), is_faint=True))
    return (*elements, *footers)


def _table(answer: HomeAnswer, catalogue: Catalogue) -> Table:
    return Table(
        headers=(catalogue.say("table.namespace"), catalogue.say("table.findings")),
        rows=tuple(((Name(state.name),), _state(state, answer.seen, catalogue)) for state in answer.namespaces),
        marks=tuple(_mark(state, answer.seen) for state in answer.namespaces),
        asks=tuple(Ask(catalogue.say("ask.details"), f"pods {state.name}") for state in answer.namespaces),
    )


def _state(state: NamespaceState, seen: Seen, catalogue: Catalogue) -> Line:
    if not state.is_seen:
        return catalogue.say("home.unseen")
    return risk(catalogue, len(state.at_risk), state.to_check, state.excepted, is_complete=not seen.gaps)


def _mark(state: NamespaceState, seen: Seen) -> str:
    worst = next(iter((*state.at_risk, *state.to_check)), None)
    if worst is not None:
        return str(worst.severity)
    if state.excepted:
        return "excepted"
    return "unknown" if seen.gaps or not state.is_seen else ""
