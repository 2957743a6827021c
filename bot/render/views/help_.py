"""What can be asked."""

from bot.core.answers import HelpAnswer
from bot.render.document import Ask, Asks, Command, Document, Element, Facts, Name, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks

#: Every question with its words, in the order of the help.
GRAMMAR = (
    ("status", "status [POOL|NODE]"),
    ("pods", "pods [NAMESPACE]"),
    ("explain", "explain [NAMESPACE/][KIND/]NAME"),
    ("nodes", "nodes [FILTER…]"),
    ("milestones", "milestones"),
    ("guide", "guide [TOPIC]"),
    ("export", "export [nodes]"),
    ("help", "help"),
)

#: Where a question still wants a name.
PLACEHOLDER = "NAMESPACE/NAME"

_QUESTIONS = (("status", "status"), ("pods", "pods"), ("docker-nodes", "nodes docker"), ("milestones", "milestones"))


def compose(answer: HelpAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the grammar, after a word about what was not understood."""
    elements: list[Element] = []
    if answer.asked.unknown is not None:
        key = "help.unknown" if answer.asked.unknown.strip() else "help.empty"
        if PLACEHOLDER in (answer.asked.nearest or ""):
            key = "help.needs-name"
        elements.append(Verdict(catalogue.say(key, words=answer.asked.unknown)))
    if answer.asked.nearest:
        elements.append(Paragraph(catalogue.say("help.nearest", command=Command(answer.asked.nearest))))
    if answer.asked.nearest and limits.has_buttons:
        return (*elements, Asks(_nearest(answer.asked.nearest, catalogue)))
    verdict = catalogue.say("help.verdict")
    elements.append(Paragraph(verdict) if elements else Verdict(verdict))
    elements.append(Facts(tuple(((Command(words),), catalogue.say(f"help.{name}")) for name, words in GRAMMAR)))
    elements.append(Paragraph(catalogue.say("help.free")))
    if limits.has_buttons:
        elements.append(Paragraph(catalogue.say("help.threads"), is_faint=True))
    elements += asks(catalogue, limits, *_QUESTIONS)
    return tuple(elements)


def _nearest(words: str, catalogue: Catalogue) -> tuple[Ask, ...]:
    """Return the nearest question as a button, unless it still lacks a name; then the list that has the names."""
    full = Ask(catalogue.say("ask.help"), "help")
    if words == "help":
        return (full,)
    found = Ask(catalogue.say("ask.pods"), "pods") if PLACEHOLDER in words else Ask((Name(words),), words)
    return found, full
