"""Manifests that somebody pasted or attached to a message: judged before they ship, for who asks alone.

Payload shapes: docs.slack.dev, message shortcuts and the file object (checked 2026-11-29).
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from bot.core.buttons import Asked
from bot.core.manifests import Judged
from bot.core.pasting import Attached, Pasted, pasted_texts
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
            judged = self._checks.check(list(_named(pasted.texts, catalogue)), pasted.files)
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
    files = _files(message) if isinstance(message, Mapping) else ()
    pasted = Pasted(pasted_texts(asked.text), tuple(dict.fromkeys(files)))
    return replace(asked, surface=Surface.CHECK, text="", pasted=pasted)


def _files(message: Mapping[str, Any]) -> Iterator[Attached]:
    """Yield the files of a message, and of a message that it passes on."""
    attachments = message.get("attachments")
    for holder in (message, *(attachments if isinstance(attachments, list) else ())):
        files = holder.get("files") if isinstance(holder, Mapping) else None
        for file in files if isinstance(files, list) else ():
            if isinstance(file, Mapping) and isinstance(file.get("id"), str) and file["id"]:
                name = file.get("name") or file.get("title")
                yield Attached(file["id"], name if isinstance(name, str) else file["id"])


def _named(texts: tuple[str, ...], catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield each text with what it is called in places such as ``message:12``."""
    if len(texts) == 1:
        yield plain(catalogue.say("in-files.message")), texts[0]
        return
    for number, text in enumerate(texts, 1):
        yield plain(catalogue.say("in-files.message-block", n=number)), text


def _what(pasted: Pasted, catalogue: Catalogue) -> Line:
    files = catalogue.say("in-files.count", n=len(pasted.files))
    if not pasted.texts:
        return files
    return catalogue.say("in-files.in-both", files=files) if pasted.files else catalogue.say("in-files.in-message")
