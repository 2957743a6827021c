"""Manifests that somebody pasted or attached to a message: judged before they ship, for who asks alone.

Payload shapes: docs.slack.dev, message shortcuts and the file object (checked 2026-11-29).
"""

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.manifests import Judged
from bot.core.pasting import Attached, Pasted, fenced, is_open, pasted_texts
from bot.core.placing import Problem
from bot.render.document import Command, Line
from bot.render.messages import Catalogue
from bot.render.text import plain
from bot.render.views import notice
from bot.render.views.manifests import MESSAGE, compose
from handlers.answering import Answering
from handlers.asks import Ask, Surface, from_shortcut
from handlers.ports import Checks
from handlers.replies import Replies

#: How many are on their way at the same time: each waits for Slack and computes, and questions must not wait for them.
AT_ONCE: Final = 2

#: What shows all that a message cut off.
_WHOLE: Final = Command("unshim scan -f FILE", is_whole=True)


class Checking:
    """Judges what a message holds; one instance serves any number of threads."""

    def __init__(self, answering: Answering, replies: Replies, checks: Checks) -> None:
        self._answering = answering
        self._replies = replies
        self._checks = checks
        self._free = threading.BoundedSemaphore(AT_ONCE)

    def check(self, ask: Ask, language: str) -> str:
        """Tell what was found, and return the outcome: ``answered``, ``nothing`` to judge, or ``busy``.

        Raises: SlackError: the asker is not told.
        """
        pasted = ask.pasted
        if pasted is None or not (pasted.texts or pasted.files):
            return self._note(ask, "nothing", language)
        if not self._free.acquire(blocking=False):
            return self._note(ask, "busy", language)
        try:
            catalogue = self._answering.catalogue(language)
            judged = self._checks.check(list(_named(pasted, catalogue)), pasted.files)
            if not judged.manifests.objects and not judged.manifests.gaps:
                return self._note(ask, "nothing", language)
            self._tell(ask, judged, pasted, catalogue)
        finally:
            self._free.release()
        return "answered"

    def _tell(self, ask: Ask, judged: Judged, pasted: Pasted, catalogue: Catalogue) -> None:
        guides = self._checks.guides(catalogue.language)
        view, found = judged.view, judged.view.with_findings
        document = compose(view, judged.manifests, found, guides, catalogue, MESSAGE, _what(pasted, catalogue))
        message = self._answering.draw(document, Asked("help", catalogue.language), whole=_WHOLE)
        self._replies.private(ask, message)

    def _note(self, ask: Ask, outcome: str, language: str) -> str:
        document = notice.note(f"check-{outcome}", self._answering.catalogue(language))
        self._replies.private(ask, self._answering.draw(document, Asked("help", language)))
        return outcome


def from_check(body: Mapping[str, Any]) -> Ask:
    """Return the manifests of a message that somebody chose the entry on: of its text, its attachments and its files.

    The words of others decide nothing else, such as the language of the answer.
    """
    asked = from_shortcut(body)
    message = body.get("message")
    parts = [message, *_tables(message.get("attachments"))] if isinstance(message, Mapping) else []
    texts: list[str] = []
    is_cut = False
    for part in parts:
        found, is_cut_here = _texts(part)
        texts += found
        is_cut |= is_cut_here
    files = (file for part in parts for file in _files(part))
    pasted = Pasted(tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(files)), is_cut)
    return replace(asked, surface=Surface.CHECK, text="", pasted=pasted)


def _texts(part: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """Return the manifests in a text, and whether it ends in one.

    In the blocks where the text has none: of a bot's message it may be a summary.
    """
    blocks = part.get("blocks")
    written = (part.get("text"), "\n".join(_shown(blocks)), part.get("fallback"))
    for text in written:
        if isinstance(text, str) and (found := pasted_texts(text)):
            return found, is_open(text)
    return (), False


def _shown(blocks: Any) -> Iterator[str]:
    """Yield the code of ``rich_text`` blocks and the texts of sections."""
    for block in _tables(blocks):
        if block.get("type") == "section":
            text = block.get("text")
            yield from (each["text"] for each in _tables([text]) if isinstance(each.get("text"), str))
        for element in _tables(block.get("elements")):
            if element.get("type") == "rich_text_preformatted":
                words = (each.get("text") or each.get("url") for each in _tables(element.get("elements")))
                yield fenced("".join(word for word in words if isinstance(word, str)))


def _tables(values: Any) -> Iterator[Mapping[str, Any]]:
    return (value for value in (values if isinstance(values, list) else ()) if isinstance(value, Mapping))


def _files(part: Mapping[str, Any]) -> Iterator[Attached]:
    for file in _tables(part.get("files")):
        if isinstance(file.get("id"), str) and file["id"]:
            name = file.get("name") or file.get("title")
            yield Attached(file["id"], name if isinstance(name, str) else file["id"])


def _named(pasted: Pasted, catalogue: Catalogue) -> Iterator[tuple[str, str | Problem]]:
    """Yield each text with what it is called in places such as ``message:12``, and that the last has no end."""
    name = plain(catalogue.say("in-files.message"))
    for number, text in enumerate(pasted.texts, 1):
        if len(pasted.texts) > 1:
            name = plain(catalogue.say("in-files.message-block", n=number))
        yield name, text
    if pasted.is_cut:
        yield name, Problem("message-cut")


def _what(pasted: Pasted, catalogue: Catalogue) -> Line:
    files = catalogue.say("in-files.count", n=len(pasted.files))
    if not pasted.texts:
        return files
    return catalogue.say("in-files.in-both", files=files) if pasted.files else catalogue.say("in-files.in-message")
