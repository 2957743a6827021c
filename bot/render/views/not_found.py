"""Nothing of that name, and what comes near."""

from bot.core.answers import NotFoundAnswer
from bot.render.document import Ask, Asks, Document, Element, Name, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import NAMESPACES_NAMED, Limits, asks, names_line, seen

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

#: What may be in a namespace that is not read.
_INSIDE = frozenset({"namespace", "owner", "target", "safe-target"})


def compose(answer: NotFoundAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what was not found and near names; below full coverage it may only have been out of sight."""
    key = "not-seen" if answer.seen is not None and answer.seen.gaps else "not-found"
    line = catalogue.say(f"{key}.{answer.what}", name=answer.name)
    unread = _unread(answer)
    if unread is not None:
        names = names_line(catalogue, unread, NAMESPACES_NAMED)
        key = "not-read.namespace" if answer.what == "namespace" else "not-read.other"
        line = catalogue.say(key, name=answer.name, names=names)
    elements: list[Element] = [Verdict(line)]
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
        if answer.seen.gaps and answer.what != "code" and unread is None:
            elements.append(Paragraph(catalogue.say("not-found.partial"), is_warning=True))
        elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _unread(answer: NotFoundAnswer) -> tuple[str, ...] | None:
    """Return the only namespaces that are read where it may well be in another, else None."""
    scope = answer.seen.scope if answer.seen is not None else None
    if scope is None or answer.what not in _INSIDE or answer.name.partition("/")[0].lower() in scope:
        return None
    return scope
