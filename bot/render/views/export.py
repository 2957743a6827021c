"""The full list as a file: what is in it and where it is."""

from bot.core.answers import ExportAnswer
from bot.render.document import Command, Document, Element, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, seen
from bot.render.risks import excepted_names


def compose(answer: ExportAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what the file holds; a terminal is told the command that writes it."""
    what, count = ("nodes", len(answer.nodes)) if answer.asked.nodes else ("workloads", len(answer.workloads))
    hedge = "-partial" if answer.seen.gaps else ""
    line = catalogue.say(f"export.{what}{hedge}", n=count)
    if excepted := [workload for workload in answer.workloads if workload.is_excepted]:
        names = excepted_names(catalogue, excepted)
        line = (*line, Text(" "), *catalogue.say("export.excepted", n=len(excepted), names=names))
    elements: list[Element] = [Verdict(line)]
    if limits.has_details:
        words = "unshim ask nodes --json" if answer.asked.nodes else "unshim scan -o csv"
        elements.append(Paragraph(catalogue.say("export.how", command=Command(words, is_whole=True))))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)
