"""Structured logs on standard error: one JSON object a line, never a token, a request body or a message."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: Slack's tokens, app configuration tokens included, and the secret part of response_urls and socket tickets.
_SECRETS = re.compile(
    r"(?:xox[a-z]{1,2}[-.][\w.-]+|xapp-[\w-]+)"
    r"|(?P<mark>/(?:commands|actions)/|hooks\.slack\.com/|ticket=|bearer )[\w.~+/=%-]+",
    re.IGNORECASE,
)

BOLT = "slack_bolt"

#: Loggers of libraries that print whole requests or one line for every one of them.
_QUIET = ("slack_bolt", "slack_sdk", "urllib3", "waitress", "kubernetes", "werkzeug")


def set_up(level: str) -> None:
    """Send this program's and its libraries' logs to standard error as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,  # again: a foreign record has become text only now
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns that the token of the environment is unused when it is given a client, which is as it should be.
    logging.getLogger(BOLT).setLevel(logging.ERROR)
    # At INFO it logs signature and whole body of every forged request (slack_bolt 1.30, request_verification.py).
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.CRITICAL)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace whatever looks like a secret in every text of a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRETS.sub(lambda match: (match["mark"] or "") + "[secret]", value)
    return event
