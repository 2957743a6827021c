"""What a person reads instead of an answer: a refusal, a failure, a note. One sentence, and what to do."""

from bot.core.access import Refusal
from bot.errors import BotError
from bot.render.document import Command, Document, Element, Line, Paragraph, Text, User, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import error_line


def refused(reason: Refusal, catalogue: Catalogue) -> Document:
    """Return why a question is not answered, and what can be done about it."""
    return _short(catalogue.say(f"refused.{reason}", command=Command("status")))


def failed(error: BotError, reference: str, catalogue: Catalogue) -> Document:
    """Return what failed and what to do, with the reference that finds it in the log."""
    sentence = catalogue.say("notice.failed", message=error_line(error, catalogue))
    return (*_short(sentence), Paragraph(catalogue.say("notice.reference", reference=Text(reference)), is_faint=True))


def note(key: str, catalogue: Catalogue) -> Document:
    """Return an entry of ``notice.``, with the question that helps in its place."""
    command = Command("help" if key in ("nothing-here", "rated-bad") else "status")
    return _short(catalogue.say(f"notice.{key}", command=command))


def elsewhere(error: BotError, document: Document, catalogue: Catalogue) -> Document:
    """Return an answer that could not be shown where it was asked for, with the reason first."""
    sentence = catalogue.say("notice.elsewhere", message=error_line(error, catalogue))
    return (*_short(sentence), *(_demoted(element) for element in document))


def shared(user: str, document: Document, catalogue: Catalogue) -> Document:
    """Return an answer with the name of who showed it to everybody."""
    return (*document, Paragraph(catalogue.say("notice.shared-by", user=User(user)), is_faint=True))


def sent(is_direct: bool, file: str, document: Document, catalogue: Catalogue) -> Document:
    """Return an answer whose full list went out as a file."""
    key = "export.sent-direct" if is_direct else "export.sent-here"
    verdict, *rest = document
    return (verdict, Paragraph(catalogue.say(key, file=file)), *rest)


def picture_follows(document: Document, catalogue: Catalogue) -> Document:
    """Return an answer whose picture comes after it, in direct messages."""
    verdict, *rest = document
    return (verdict, Paragraph(catalogue.say("notice.picture-follows"), is_faint=True), *rest)


def picture_failed(error: BotError, catalogue: Catalogue) -> Document:
    """Return why a picture did not come after its answer."""
    # What the error says of files names the list that an export is.
    key = "notice.picture-no-files"
    why = catalogue.say(key) if error.key == "slack-no-files" else error_line(error, catalogue)
    return _short(catalogue.say("notice.picture-failed", why=why))


def _short(line: Line) -> Document:
    """Return the first sentence as the verdict and the others below it: bold paragraphs are hard to read."""
    for number, segment in enumerate(line):
        first, end, rest = segment.text.partition(". ") if isinstance(segment, Text) else ("", "", "")
        if end:
            verdict = (*line[:number], Text(f"{first}."))
            return (Verdict(verdict), Paragraph((Text(rest), *line[number + 1 :])))
    return (Verdict(line),)


def _demoted(element: Element) -> Element:
    return Paragraph(element.line) if isinstance(element, Verdict) else element
