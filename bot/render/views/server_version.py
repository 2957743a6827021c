"""Which version the API server is, and whether its kubelets go with it."""

from bot.core.move_answers import ServerVersionAnswer
from bot.render.document import Document, Element, Facts, Line, Paragraph, Text, Verdict, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, facts_line, names_line, seen


def compose(answer: ServerVersionAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the version, or why it is unknown; the kubelets beside it, and the rule where they break it."""
    if answer.version is not None:
        verdict = catalogue.say("version.is", version=answer.version)
    else:
        verdict = catalogue.say("version.no-dump" if answer.is_dump else "version.unread")
    elements: list[Element] = [Verdict(verdict)]
    for key, names in (("newer", answer.newer), ("too-old", answer.too_old)):
        if names:
            shown = names_line(catalogue, names, limits.names)
            elements.append(Paragraph(catalogue.say(f"version.{key}", n=len(names), names=shown), is_warning=True))
    if answer.newer or answer.too_old:
        elements.append(Paragraph(catalogue.say("version.rule"), is_faint=True))
    if answer.by_minor:
        elements.append(Facts(((catalogue.say("status.kubelets"), minors(answer.by_minor, catalogue)),)))
    elif not answer.nodes_known:
        elements.append(Paragraph(catalogue.say("nodes.unread")))
    elements += asks(catalogue, limits, ("upgrade", "upgrade"), ("milestones", "milestones"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def minors(by_minor: tuple[tuple[str | None, int], ...], catalogue: Catalogue) -> Line:
    """``1.23: 14 · 1.24: 6``."""
    unknown = catalogue.say("status.kubelet-unknown")
    counts = [
        catalogue.say("status.count", what=text_line(f"{minor}:") if minor else (*unknown, Text(":")), n=n)
        for minor, n in by_minor
    ]
    return facts_line(catalogue, counts)
