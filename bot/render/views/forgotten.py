"""What was removed of a person."""

from msgspec.structs import astuple

from bot.core.kept import Forgotten
from bot.render.document import Document, Element, Paragraph, Verdict
from bot.render.messages import Catalogue


def compose(user: str, forgotten: Forgotten, place: str, catalogue: Catalogue) -> Document:
    """Return how many rows were removed, and that the bot goes on keeping. ``place``: which database it was."""
    if not any(astuple(forgotten)):
        return (Verdict(catalogue.say("forgotten.nothing", user=user, place=place)),)
    removed = catalogue.say(
        "forgotten.removed",
        user=user,
        place=place,
        feedback=catalogue.say("forgotten.feedback", n=forgotten.feedback),
        questions=catalogue.say("forgotten.questions", n=forgotten.unanswered),
        threads=catalogue.say("forgotten.threads", n=forgotten.threads),
        choices=catalogue.say("forgotten.choices", n=forgotten.choices),
        settings=catalogue.say("forgotten.settings", n=forgotten.settings),
    )
    elements: list[Element] = [Verdict(removed), Paragraph(catalogue.say("forgotten.later"), is_faint=True)]
    return tuple(elements)
