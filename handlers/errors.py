"""The one error path: what went wrong becomes a sentence with a reference, and a log line with the rest."""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt import BoltResponse

from bot.core.buttons import Asked
from bot.errors import BotError, SlackError
from bot.render.views import notice
from handlers.answering import Answering
from handlers.asks import Ask
from handlers.replies import Replies

_log = structlog.get_logger(__name__)


class ErrorPath:
    """Tells askers what failed. Never raises: after it comes nobody."""

    def __init__(self, answering: Answering, replies: Replies) -> None:
        self._answering = answering
        self._replies = replies

    def tell(self, error: Exception, ask: Ask, reference: str, language: str) -> str:
        """Log the error, tell the asker, and return the outcome: ``failed``, or ``unsent`` when that failed, too."""
        if isinstance(error, BotError):
            shown = error
            _log.warning("answer failed", reference=reference, error=error.key, code=error.values.get("code"))
        else:
            shown = BotError("internal-bot", reference=reference)
            _log.error("answer failed", reference=reference, error=type(error).__name__, exc_info=error)
        try:
            document = notice.failed(shown, reference, self._answering.catalogue(language))
            self._replies.private(ask, self._answering.draw(document, Asked("help", language)))
        except SlackError as failure:
            _log.error("asker not told", reference=reference, error=failure.key, code=failure.values.get("code"))
            return "unsent"
        return "failed"

    def on_listener_error(self, error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        """Log what a listener raised and acknowledge: an unacknowledged delivery would come again and fail again."""
        reference = uuid.uuid4().hex[:8]
        _log.error(
            "listener failed", reference=reference, error=type(error).__name__, kind=body.get("type"), exc_info=error
        )
        return BoltResponse(status=200, body="")
