"""Nothing of that name, and what comes near."""

from bot.core.answers import NotFoundAnswer
from bot.render.document import Ask, Asks, Document, Element, Name, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, names_line, seen

#: The question that asks for a near name, by what was not found; ``pool=`` takes a node as well.
_AGAIN = {
    "status-target": "status ",
    "filter": "nodes pool=",
    "owner": "pods owner=",
    "code": "pods code=",
    "node": "nodes node=",
    "namespace": "pods ",
    "target": "explain ",
    "guide": "guide ",
    "faq": "faq ",
}


def compose(answer: NotFoundAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what was not found and near names; below full coverage it may only have been out of sight."""
    key = "not-seen" if answer.seen is not None and answer.seen.gaps else "not-found"
    elements: list[Element] = [Verdict(catalogue.say(f"{key}.{answer.what}", name=answer.name))]
    if answer.near:
        near = names_line(catalogue, answer.near, len(answer.near))
        elements.append(Paragraph(catalogue.say("not-found.near", names=near)))
        if limits.has_buttons:
            again = f"{answer.again} " if answer.again else _AGAIN[answer.what]
            elements.append(Asks(tuple(Ask((Name(name),), f"{again}{name}") for name in answer.near)))
    else:
        elements.append(Paragraph(catalogue.say("not-found.no-near")))
        elements += asks(catalogue, limits, ("pods", "pods"), ("help", "help"))
    if answer.what == "code":
        elements.append(Paragraph(catalogue.say("not-found.all-codes"), is_faint=True))
    if answer.seen is not None:
        if answer.seen.gaps and answer.what != "code":
            elements.append(Paragraph(catalogue.say("not-found.partial"), is_warning=True))
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)
