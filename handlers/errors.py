"""The one error path: what went wrong becomes a sentence with a reference, and a log line with the rest."""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt import BoltResponse

from bot.core.buttons import Asked
from bot.errors import BotError, SlackError
from bot.render.blocks import Message
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
            self._replies.private(ask, self._draw(shown, reference, language))
        except SlackError as failure:
            _log.error("asker not told", reference=reference, error=failure.key, code=failure.values.get("code"))
            return "unsent"
        except Exception as failure:  # noqa: BLE001  telling of a failure must not be one that nobody hears of
            _log.error("asker not told", reference=reference, error=type(failure).__name__, exc_info=failure)
            return "unsent"
        return "failed"

    def on_listener_error(self, error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        """Log what a listener raised and acknowledge: an unacknowledged delivery would come again and fail again.

        It answers what has been acknowledged, too: else Bolt takes the acknowledgement back (1.30, thread_runner.py).
        """
        reference = uuid.uuid4().hex[:8]
        _log.error(
            "listener failed", reference=reference, error=type(error).__name__, kind=body.get("type"), exc_info=error
        )
        return BoltResponse(status=200, body=self._acknowledgement(body, reference) if "command" in body else "")

    def _acknowledgement(self, body: Mapping[str, Any], reference: str) -> dict[str, str] | str:
        """Return what a command's acknowledgement shows, nothing when even that fails."""
        try:
            language = self._answering.language(str(body.get("text") or ""), "")
            text = self._draw(BotError("internal-bot", reference=reference), reference, language).text
        except Exception as failure:  # noqa: BLE001  whatever broke the listener may break this; it still acknowledges
            _log.error("asker not told", reference=reference, error=type(failure).__name__, exc_info=failure)
            return ""
        return {"text": text, "response_type": "ephemeral"}

    def _draw(self, shown: BotError, reference: str, language: str) -> Message:
        document = notice.failed(shown, reference, self._answering.catalogue(language))
        return self._answering.draw(document, Asked("help", language))
