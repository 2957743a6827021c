"""Several things of that name: they are listed, and nothing is decided."""

from bot.core.answers import AmbiguousAnswer
from bot.render.document import Ask, Bullets, Command, Document, Element, Table, Verdict, name_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, paged, seen


def compose(answer: AmbiguousAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return each match as the question that means only it."""
    verdict = catalogue.say("ambiguous.verdict", name=answer.name, n=len(answer.matches))
    if limits.has_buttons:
        shown, rest = paged(catalogue, answer.matches, limits.rows, limits, Command("help"))
        table = Table(
            headers=(catalogue.say("table.workload"),),
            rows=tuple((name_line(match),) for match in shown),
            asks=tuple(Ask(catalogue.say("ask.this"), f"{answer.again} {match}") for match in shown),
        )
        return (Verdict(verdict), table, *rest, seen(catalogue, answer.seen))
    lines = [(Command(f"{answer.again} {match}"),) for match in answer.matches[: limits.rows]]
    left = len(answer.matches) - limits.rows
    bullets = [*lines, catalogue.say("status.more", n=left)] if left > 0 else lines
    elements: list[Element] = [Verdict(verdict), Bullets(tuple(bullets)), seen(catalogue, answer.seen)]
    return tuple(elements)
