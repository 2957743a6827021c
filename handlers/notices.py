"""Tells people what became of their subscription. Implements the port `bot.reminders.ports.Notices`."""

from collections.abc import Callable

import structlog

from bot.core.buttons import Asked
from bot.core.subscriptions import Subscription
from bot.errors import SlackError
from bot.render.blocks import to_message
from bot.render.messages import Catalogue
from bot.render.views import orders
from handlers.ports import Messenger

_log = structlog.get_logger(__name__)


class Notices:
    """Writes to whoever subscribed, in a direct message; where the settings did, the log has to do."""

    def __init__(self, messenger: Messenger, catalogue: Callable[[str], Catalogue], command: str) -> None:
        self._messenger = messenger
        self._catalogue = catalogue
        self._command = command

    def stopped(self, subscription: Subscription, code: str) -> None:
        """Tell that nothing can be posted there; a failure of that is only logged."""
        _log.error("subscription stopped", channel=subscription.channel, code=code)
        if not subscription.by:
            return
        catalogue = self._catalogue(subscription.language)
        document = orders.was_stopped(subscription, code, catalogue)
        message = to_message(document, catalogue, Asked("digest show", subscription.language), command=self._command)
        try:
            self._messenger.post(self._messenger.direct_channel(subscription.by), message)
        except SlackError as error:
            _log.warning("notice not sent", error=error.key, channel=subscription.channel)
