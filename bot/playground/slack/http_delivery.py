"""Deliveries as signed HTTP requests, the way Slack makes them without Socket Mode."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.playground.slack.delivery import Attempt, Deliveries, Delivery

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the ``X-Slack-Signature`` of a raw body (docs.slack.dev, verifying requests from Slack)."""
    mac = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + mac.hexdigest()


class HttpTransport:
    """Posts each attempt on a thread of its own; the answer is the acknowledgement.

    Args:
        url: where to.
        now: Slack's clock, seconds since 1970.
    """

    def __init__(
        self, url: str, secret: str, now: Callable[[], float], deliveries: Deliveries, timeout: float | None = None
    ) -> None:
        self._url = urlsplit(url)
        self._secret = secret
        self._now = now
        self._deliveries = deliveries
        self._timeout = timeout
        self._threads: list[threading.Thread] = []

    def send(self, delivery: Delivery, attempt: Attempt) -> bool:
        """Start the request."""
        thread = threading.Thread(target=self._post, args=(delivery, attempt), name="slack-post", daemon=True)
        self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        thread.start()
        return True

    def close(self) -> None:
        """Wait for requests under way, for as long as one may take."""
        for thread in self._threads:
            thread.join(self._deliveries.ack_seconds + 1)

    def _post(self, delivery: Delivery, attempt: Attempt) -> None:
        # The answer is read for longer than Slack waits: a late one tells a test that the work went on.
        timeout = self._timeout or self._deliveries.ack_seconds * 3
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=timeout)
        try:
            body, headers = self._request(delivery, attempt)
            connection.request("POST", self._url.path or "/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except TimeoutError:
            self._deliveries.failed(attempt.envelope_id, "http_timeout")
        except (OSError, HTTPException):
            self._deliveries.failed(attempt.envelope_id, "connection_failed")
        else:
            if 200 <= answer.status < 300:
                payload = _payload(content, answer.headers.get_content_type())
                self._deliveries.acked(attempt.envelope_id, payload, status=answer.status)
            else:
                is_final = answer.headers.get("X-Slack-No-Retry") == "1"
                self._deliveries.failed(attempt.envelope_id, "http_error", answer.status, is_final=is_final)
        finally:
            connection.close()

    def _request(self, delivery: Delivery, attempt: Attempt) -> tuple[bytes, dict[str, str]]:
        content_type = "application/x-www-form-urlencoded"
        if delivery.kind == "events_api":
            body, content_type = json.dumps(delivery.payload).encode(), "application/json"
        elif delivery.kind == "slash_commands":
            body = urlencode(delivery.payload).encode()
        else:
            body = urlencode({"payload": json.dumps(delivery.payload)}).encode()
        timestamp = str(int(self._now()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": AGENT,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
        }
        if attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.reason}
        return body, headers


def _payload(content: bytes, content_type: str) -> dict[str, Any] | None:
    if not content.strip():
        return None
    text = content.decode("utf-8", "replace")
    if content_type != "application/json":
        return {"text": text}
    try:
        data = json.loads(text)
    except ValueError:
        return {"text": text}
    return data if isinstance(data, dict) else {"text": text}
