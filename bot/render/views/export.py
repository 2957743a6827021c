"""The full list as a file: what is in it and where it is."""

from bot.core.answers import ExportAnswer
from bot.render.document import Command, Document, Element, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, seen


def compose(answer: ExportAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what the file holds; a terminal is told the command that writes it."""
    what, count = ("nodes", len(answer.nodes)) if answer.asked.nodes else ("workloads", len(answer.workloads))
    hedge = "-partial" if answer.seen.gaps else ""
    elements: list[Element] = [Verdict(catalogue.say(f"export.{what}{hedge}", n=count))]
    if limits.has_details:
        words = "unshim ask nodes --json" if answer.asked.nodes else "unshim scan -o csv"
        elements.append(Paragraph(catalogue.say("export.how", command=Command(words, is_whole=True))))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)
