"""What can be asked."""

from bot.core.answers import HelpAnswer
from bot.render.document import Ask, Asks, Command, Document, Element, Facts, Heading, Name, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks

#: Every question with its words, in the order of the help, below what it is about.
GRAMMAR = {
    "stand": (
        ("status", "status [POOL|NODE]"),
        ("progress", "progress [POOL]"),
        ("nodes", "nodes [FILTER…]"),
        ("node-state", "node-state NODE"),
        ("count", "count WHAT [FILTER…]"),
        ("version", "version"),
    ),
    "break": (
        ("pods", "pods [NAMESPACE] [FILTER…]"),
        ("explain", "explain [NAMESPACE/][KIND/]NAME"),
        ("where", "where NAME"),
        ("drain", "drain NODE"),
        ("safe", "safe [NAME]"),
        ("owners", "owners [NAME]"),
    ),
    "do": (
        ("upgrade", "upgrade [VERSION]"),
        ("when", "when [VERSION]"),
        ("milestones", "milestones"),
        ("trend", "trend"),
        ("changes", "changes [DAYS|since DATE]"),
        ("guide", "guide [TOPIC]"),
        ("faq", "faq TOPIC"),
        ("export", "export [nodes]"),
        ("digest", "digest [on|off|show]"),
        ("except", "except [show|off|export]"),
        ("help", "help"),
    ),
}

#: Where a question still wants a name, and the question whose answer has such names.
PLACEHOLDERS = {
    "NAMESPACE/NAME": ("pods", "pods"),
    "NODE": ("docker-nodes", "nodes docker"),
    "TOPIC": ("guides", "guide"),
}

_QUESTIONS = (("status", "status"), ("pods", "pods"), ("docker-nodes", "nodes docker"), ("milestones", "milestones"))


def compose(answer: HelpAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the grammar, after a word about what was not understood."""
    elements: list[Element] = []
    if answer.asked.unknown is not None:
        key = "help.unknown" if answer.asked.unknown.strip() else "help.empty"
        if _placeholder(answer.asked.nearest or ""):
            key = "help.needs-name"
        elements.append(Verdict(catalogue.say(key, words=answer.asked.unknown)))
    if answer.asked.nearest:
        elements.append(Paragraph(catalogue.say("help.nearest", command=Command(answer.asked.nearest))))
    if answer.asked.nearest and limits.has_buttons:
        return (*elements, Asks(_nearest(answer.asked.nearest, catalogue)))
    verdict = catalogue.say("help.verdict")
    elements.append(Paragraph(verdict) if elements else Verdict(verdict))
    for group, questions in GRAMMAR.items():
        elements.append(Heading(catalogue.say(f"help.group-{group}")))
        elements.append(Facts(tuple(((Command(words),), catalogue.say(f"help.{name}")) for name, words in questions)))
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
    if placeholder := _placeholder(words):
        label, names = PLACEHOLDERS[placeholder]
        return Ask(catalogue.say(f"ask.{label}"), names), full
    return Ask((Name(words),), words), full


def _placeholder(words: str) -> str | None:
    """Return what stands for a name that a question still lacks."""
    last = words.rpartition(" ")[2]
    return last if last in PLACEHOLDERS else None
