"""Whether the Web API answers: asked again and again, since HTTP mode has no connection that could fall silent."""

import threading
import time

import structlog
from slack_sdk import WebClient

from bot.adapters.slack_web import identify
from bot.errors import SlackError, SlackRefusedError, SlackTokenError

#: Pauses without an answer after which Slack counts as silent.
LOST_PAUSES = 2.5

_log = structlog.get_logger(__name__)


class Pulse:
    """Asks ``auth.test`` in a thread of its own. Slack counts it among methods that take hundreds of calls a minute.

    Args: pause_seconds: between two calls.
    """

    def __init__(self, web: WebClient, pause_seconds: float) -> None:
        self._web = web
        self._pause_seconds = pause_seconds
        self._heard_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slack-pulse", daemon=True)
        #: Slack answered that the bot token does not work (any more).
        self.is_refused = False

    def start(self) -> None:
        """Begin to ask; Slack has just answered."""
        self._heard_at = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    @property
    def is_heard(self) -> bool:
        """Whether Slack answered a moment ago, be it with a refusal."""
        return time.monotonic() - self._heard_at < LOST_PAUSES * self._pause_seconds

    def _run(self) -> None:
        while not self._stop.wait(self._pause_seconds):
            was_refused = self.is_refused
            try:
                identify(self._web)
                self.is_refused = False
            except SlackTokenError as error:
                self.is_refused = True
                if not was_refused:
                    _log.error("slack refuses the bot token", code=error.code)
            except SlackRefusedError as error:
                _log.warning("slack refuses to say who I am", code=error.code)
            except SlackError:
                continue  # silence: `is_heard` says so
            except Exception as error:  # noqa: BLE001  whatever it is, the next call may work; without a thread none comes
                _log.error("pulse failed", error=type(error).__name__, exc_info=error)
                continue
            self._heard_at = time.monotonic()
