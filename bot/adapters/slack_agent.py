"""Slack's surface for agents: suggested questions, and what the bot is doing. A workspace without it is left alone."""

from collections.abc import Callable, Sequence

import structlog
from slack_sdk import WebClient
from slack_sdk.web.slack_response import SlackResponse

from bot.adapters.slack_web import SlackMeter, call
from bot.errors import SlackError, SlackRefusedError

#: Errors that will be the same for the next question: no such feature, or no scope for it.
_LASTING = frozenset(
    {"not_agent_app", "not_assistant_app", "missing_scope", "unknown_method", "not_allowed_token_type"}
)

_log = structlog.get_logger(__name__)


class Assistant:
    """Decorates conversations. Nothing here fails: an answer is complete without it."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter
        self._off: set[str] = set()

    def suggest(self, channel: str, title: str, prompts: Sequence[tuple[str, str]]) -> None:
        """Offer questions in a direct conversation: (title, words)."""
        given = [{"title": shown, "message": words} for shown, words in prompts]
        self._call(
            "assistant.threads.setSuggestedPrompts",
            lambda: self._client.assistant_threads_setSuggestedPrompts(channel_id=channel, title=title, prompts=given),
        )

    def show(self, channel: str, ts: str, status: str) -> bool:
        """Say below a message what is done about it, or with ``""`` no more; whether Slack takes it."""
        return self._call(
            "assistant.threads.setStatus",
            lambda: self._client.assistant_threads_setStatus(channel_id=channel, thread_ts=ts, status=status),
        )

    def _call(self, method: str, run: Callable[[], SlackResponse]) -> bool:
        if method in self._off:
            return False
        try:
            call(method, run, self._meter)
        except SlackRefusedError as error:
            if error.code in _LASTING:
                self._off.add(method)
                _log.info("not offered here", method=method, code=error.code)
            return False
        except SlackError:
            return False
        return True
