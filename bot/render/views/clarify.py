"""Two readings of a text, to choose from."""

from bot.core.topic_answers import ClarifyAnswer, Reading
from bot.render.document import Ask, Asks, Bullets, Command, Document, Element, Line, Name, Text, Verdict, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits


def compose(answer: ClarifyAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return each reading as a line with its command, where there are buttons as a button too."""
    elements: list[Element] = [Verdict(catalogue.say("clarify.verdict"))]
    lines = [(*_label(reading, catalogue), Text(": "), Command(reading.words)) for reading in answer.readings]
    elements.append(Bullets(tuple(lines)))
    if limits.has_buttons:
        elements.append(Asks(tuple(Ask(_label(reading, catalogue), reading.words) for reading in answer.readings)))
    return tuple(elements)


def _label(reading: Reading, catalogue: Catalogue) -> Line:
    if reading.title is not None:
        return text_line(reading.title)
    key = f"clarify.{reading.command}"
    label = catalogue.say(key) if catalogue.has(key) else ()
    rest: Line = (Text(" "), Name(reading.rest)) if reading.rest else ()
    return (*label, *rest) if label else (Name(reading.words),)
