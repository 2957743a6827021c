"""What came of an order: told to who gave it, and to everybody in the channel."""

import structlog

from bot.core.buttons import Asked
from bot.errors import SlackError
from bot.render.document import Document
from bot.render.parts import error_line
from bot.render.views import notice, orders
from handlers.answering import Answering
from handlers.asks import Surface
from handlers.ports import Messenger
from handlers.replies import Replies
from handlers.room import Asking

_log = structlog.get_logger(__name__)


class Telling:
    """Tells; one instance serves any number of threads.

    Args:
        shows: the command that shows what orders like these change.
    """

    def __init__(self, answering: Answering, replies: Replies, messenger: Messenger, shows: str) -> None:
        self._answering = answering
        self._replies = replies
        self._messenger = messenger
        self._shows = shows

    def tell(self, asking: Asking, document: Document) -> None:
        """Tell who gave the order, and nobody else. Raises: SlackError: no way is left."""
        self._replies.private(asking.ask, self._answering.draw(document, Asked(self._shows, asking.language)))

    def answer(self, asking: Asking, document: Document) -> None:
        """Tell what was only looked at, where it was asked: below a mention. Raises: SlackError: no way is left."""
        ask = asking.ask
        if ask.surface is not Surface.MENTION:
            self.tell(asking, document)
            return
        try:
            self._replies.answer(ask, self._answering.draw(document, Asked(self._shows, asking.language)))
        except SlackError as error:
            _log.warning("not sent where it was asked", error=error.key, code=error.values.get("code"))
            self.tell(asking, notice.elsewhere(error, document, self._answering.catalogue(asking.language)))

    def announce(
        self, asking: Asking, document: Document, *, language: str | None = None, thread: str | None = None
    ) -> None:
        """Tell everybody in the channel. That it is not told changes nothing of what was done.

        Args:
            language: of the document, where it is not that of who gave the order.
            thread: the ``ts`` of the message that it is told below.

        Raises: SlackError: neither the channel nor who gave the order can be told.
        """
        ask = asking.ask
        if ask.is_direct:
            return
        message = self._answering.draw(document, Asked(self._shows, language or asking.language))
        try:
            self._messenger.post(ask.channel, message, thread)
        except SlackError as error:
            _log.warning("not announced", channel=ask.channel, error=error.key, code=error.values.get("code"))
            catalogue = self._answering.catalogue(asking.language)
            self.tell(asking, orders.told("not-announced", catalogue, message=error_line(error, catalogue)))
