"""Structured logs on standard error: one JSON object a line, never a token, a request body or a message."""

import json
import logging
import re
import sys
import threading
from contextlib import suppress
from typing import Any

import structlog

#: Secrets by their shape, in a line of JSON as it is written: Slack's tokens, app configuration tokens included; the
#: secret part of response_urls, upload URLs and socket tickets; bearer and ServiceAccount tokens; passwords in URLs.
_SECRETS = re.compile(
    r"(?:xox[a-z]{1,2}[-.]|xapp-)[\w.%~+/=-]+"
    r"|(?P<mark>/(?:commands|actions)/|hooks\.slack(?:-gov)?\.com/|files\.slack(?:-gov)?\.com/upload/|ticket=|token="
    r"|bearer\s+)[\w.~+/=%-]+"
    r"|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"
    r'|(?<=://)[^\s/@"\\]+:[^\s/@"\\]+(?=@)'
    r'|(?P<field>"(?:\w*token|authorization|password|\w*secret)": ")(?:[^"\\]|\\.)+'
    # The same in a text that holds JSON or a Python repr.
    r"|(?P<inner>(?:\\+\"|')(?:\w*token|authorization|password|\w*secret)(?:\\+\"|'): ?(?:\\+\"|'))[^\"'\\]+"
    r"|(?P<basic>authorization:\s*basic\s+)[\w+/=]+",
    re.IGNORECASE,
)

BOLT = "slack_bolt"

#: Loggers of libraries that print whole requests, or a line for each of them or each look at the clock.
_QUIET = (
    "alembic",
    "apscheduler",
    "kubernetes",
    "slack_bolt",
    "slack_sdk",
    "urllib3",
    "waitress",
    "websockets",
    "werkzeug",
)


def set_up(level: str) -> None:
    """Send this program's and its libraries' logs, warnings and failed threads to standard error as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Lines(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns that the token of the environment is unused when it is given a client, which is as it should be.
    logging.getLogger(BOLT).setLevel(logging.ERROR)
    # A line for each try of each kind, while an API server is down: the bot says once that it is.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    # At INFO it logs signature and whole body of every forged request (slack_bolt 1.30, request_verification.py).
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.CRITICAL)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def redact(text: str) -> str:
    """Replace whatever looks like a secret."""
    return _SECRETS.sub(lambda match: "".join(kept for kept in match.groups() if kept) + "[secret]", text)


_to_json = structlog.processors.JSONRenderer(ensure_ascii=False)


def _render(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
    """Return the line. Redacted as a whole, so that nothing inside lists, tables or objects gets by."""
    # In this order a line can be read in a terminal as well.
    ordered = {name: event[name] for name in ("timestamp", "level", "event") if name in event}
    return redact(str(_to_json(logger, method, {**ordered, **event})))


class _Lines(logging.StreamHandler[Any]):
    """Writes lines; of one that cannot be written it tells the logger alone, where logging would print all of it."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Write what is left to say. Called by logging when formatting or writing raised."""
        line = json.dumps({"logger": record.name, "level": "error", "event": "log line lost"})
        with suppress(OSError, ValueError):
            self.stream.write(line + self.terminator)


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
        name = arguments.thread.name if arguments.thread else None
        _log.error("thread failed", thread=name, error=arguments.exc_type.__name__, exc_info=arguments.exc_value)


_log = structlog.get_logger(__name__)
