"""Web API calls of which each end is told apart: Slack did it, certainly did not, or nobody knows. None is repeated."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from slack_sdk import WebClient

from bot.adapters.slack_once import MAX_BYTES, Answer, LostError, NotBegunError, TooLongError, send
from bot.adapters.slack_web import CODE, OUT_OF_ORDER, SlackMeter
from bot.reminders.ports import LimitedError, NotSentError, UnknownError

#: Longest wait for one call, and for all calls of one post or look. A claim holds for 60 seconds, in which there may be
#: one look and one post.
CALL_SECONDS, ALL_SECONDS = 10.0, 20.0

#: Pause where Slack asks for one without saying how long, and the longest that is believed.
PAUSE_SECONDS, MAX_PAUSE_SECONDS = 30.0, 86_400.0

UNREACHABLE = "unreachable"

#: A file is longer than what was to be read of it.
TOO_LONG = "too_long"

_JSON = "application/json; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"


class Calls:
    """Calls that belong together, and have to be over together in time.

    Args:
        web: its token, address and proxy are used; nothing is sent by it.
        meter: counts what fails.
    """

    def __init__(self, web: WebClient, meter: SlackMeter) -> None:
        self._web = web
        self._meter = meter
        self._end = time.monotonic() + ALL_SECONDS

    def call(self, method: str, arguments: Mapping[str, Any], *, is_form: bool = False) -> dict[str, Any]:
        """Return what Slack answers.

        Args:
            is_form: for methods that take no JSON; lists are not possible then.

        Raises:
            NotSentError: it was certainly not done; ``unreachable``: Slack was not asked at all.
            LimitedError: Slack asks for a pause.
            UnknownError: nobody knows: ``timeout``, ``disconnected``, ``http_<status>``, ``unreadable``, or Slack's
                own names for being out of order.
        """
        body = urlencode(arguments, errors="replace") if is_form else json.dumps(arguments)
        headers = {"Content-Type": _FORM if is_form else _JSON, "Authorization": f"Bearer {self._web.token}"}
        try:
            return _data(self._exchange(self._web.base_url + method, body.encode(), headers))
        except (NotSentError, UnknownError) as error:
            self._meter.slack_failed(method, error.code)
            raise

    def prepare(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what Slack answers to a call that posts nothing. Raises: NotSentError; LimitedError."""
        try:
            return self.call(method, arguments, is_form=True)
        except UnknownError as error:
            raise NotSentError(UNREACHABLE) from error

    def upload(self, url: str, content: bytes) -> None:
        """Send bytes to where Slack wants them, without the token.

        Raises: NotSentError: in any case nobody sees them; ``upload_refused``: Slack did not take them; LimitedError.
        """
        try:
            answer = self._exchange(url, content, {"Content-Type": "application/octet-stream"})
            if answer.status == 429:
                raise LimitedError(_pause(answer))
            if answer.status != 200:
                raise NotSentError(UNREACHABLE if answer.status >= 500 else "upload_refused")
        except UnknownError as error:
            self._meter.slack_failed("upload", error.code)
            raise NotSentError(UNREACHABLE) from error
        except NotSentError as error:
            self._meter.slack_failed("upload", error.code)
            raise

    def download(self, url: str, most: int) -> Answer:
        """Return what is found at an address, which gets the token; whether that may be sees who calls this.

        Args: most: bytes.

        Raises: NotSentError: nothing came; ``too_long``: more than that would have.
        """
        try:
            return self._exchange(url, None, {"Authorization": f"Bearer {self._web.token}"}, most)
        except UnknownError as error:
            self._meter.slack_failed("download", error.code)
            raise NotSentError(error.code if error.code == TOO_LONG else UNREACHABLE) from error
        except NotSentError as error:
            self._meter.slack_failed("download", error.code)
            raise

    def _exchange(self, url: str, body: bytes | None, headers: Mapping[str, str], most: int = MAX_BYTES) -> Answer:
        left = self._end - time.monotonic()
        if left <= 0:
            raise NotSentError(UNREACHABLE)
        try:
            return send(self._web, url, body, headers, min(left, CALL_SECONDS), most)
        except NotBegunError as error:
            raise NotSentError(UNREACHABLE) from error
        except TooLongError as error:
            raise UnknownError(TOO_LONG if body is None else error.code) from error
        except LostError as error:
            raise UnknownError(error.code) from error


def _data(answer: Answer) -> dict[str, Any]:
    """Return the body of an answer that says ok."""
    if answer.status == 429:  # whoever says so has not passed it on
        raise LimitedError(_pause(answer))
    if answer.status != 200 and not 400 <= answer.status < 500:
        raise UnknownError(f"http_{answer.status}")
    try:
        data = json.loads(answer.body)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("ok"), bool):
        # A page of a proxy, of a login or of an outage: it does not say how far the request came.
        raise UnknownError("unreadable" if answer.status == 200 else f"http_{answer.status}")
    if data["ok"]:
        if answer.status != 200:
            raise UnknownError(f"http_{answer.status}")
        return data
    code = str(data.get("error") or "")
    if code in ("ratelimited", "rate_limited"):
        raise LimitedError(_pause(answer))
    if code in OUT_OF_ORDER:
        raise UnknownError(code)
    if not CODE.fullmatch(code):
        raise UnknownError("unreadable")
    raise NotSentError(code)


def _pause(answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "").strip()
    return min(float(asked), MAX_PAUSE_SECONDS) if asked.isdecimal() else PAUSE_SECONDS
