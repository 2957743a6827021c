"""Slack's Web API: a client, its errors as ours, and what Slack knows of the bot, of users and of channels."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol, TypeVar

from cachetools import TTLCache
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.slack_response import SlackResponse

from bot.errors import SlackError, SlackRefusedError, SlackTokenError

T = TypeVar("T")

#: Longest wait for one answer of Slack.
TIMEOUT_SECONDS = 10

#: How long what Slack says of a user or a channel is believed, and of how many.
REMEMBER_SECONDS = 600
REMEMBER_ENTRIES = 10_000

#: How long a refusal is believed: a private channel without the bot would cost a call of a slow tier for each question.
REFUSED_SECONDS = 60

#: Refusals that stay until somebody changes something in Slack.
LASTING = frozenset({"channel_not_found", "user_not_found", "user_not_visible", "missing_scope"})

#: Errors that mean: this token will not work however often it is tried.
TOKEN_ERRORS = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)

#: Errors that mean: something of Slack's own is out of order. Whether a call was carried out, they do not say.
OUT_OF_ORDER = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

#: Slack's errors that have a sentence of their own in the message catalogue; all others share one.
SENTENCES = {
    "not_in_channel": "slack-not-in-channel",
    "user_not_in_channel": "slack-not-in-channel",
    "channel_not_found": "slack-channel-gone",
    "is_archived": "slack-archived",
    "restricted_action": "slack-restricted",
    "ratelimited": "slack-rate-limited",
    "missing_scope": "slack-missing-scope",
    "file_uploads_disabled": "slack-no-files",
    "file_uploads_except_images_disabled": "slack-no-files",
    "file_type_not_allowed": "slack-no-files",
    "posting_to_channel_denied": "slack-restricted",
}

#: What Slack's names of errors look like, and our own for when there is none.
CODE = re.compile(r"[a-z0-9_]{1,80}")
NO_ANSWER = "no_answer"

#: Longest pause asked for by Slack that is waited out; an asker does not wait longer, and neither do those behind.
MAX_PAUSE_SECONDS = 10


class SlackMeter(Protocol):
    """Counts what Slack refuses."""

    def slack_failed(self, method: str, error: str) -> None:
        """Note one failed call."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is. ``teams``: its workspace and, on Enterprise Grid, the organisation."""

    team: str
    team_name: str
    teams: frozenset[str]
    bot_user: str
    bot: str
    scopes: frozenset[str]
    date: str


@dataclass(frozen=True, slots=True)
class UserFacts:
    """What Slack says of a user. ``locale`` as in ``ko-KR``, ``zone`` as in ``Asia/Seoul``; or empty."""

    teams: frozenset[str]
    locale: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What Slack says of a channel."""

    is_shared: bool
    is_member: bool
    name: str


def make_client(base_url: str, token: str | None) -> WebClient:
    """Return a client that tries again where that cannot hurt, and waits as Slack asks when it is too fast.

    A post that failed after Slack took it may appear twice: for an answer that beats not at all.
    """
    return WebClient(
        token=token,
        base_url=base_url if base_url.endswith("/") else base_url + "/",
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[
            ConnectionErrorRetryHandler(max_retry_count=1),
            RateLimitRetryHandler(max_retry_count=2),
            ServerErrorRetryHandler(max_retry_count=1),
        ],
    )


class RateLimitRetryHandler(RateLimitErrorRetryHandler):
    """Waits as Slack asks, but not for as long as it may ask."""

    def can_retry(self, *, response: HttpResponse | None = None, **call: Any) -> bool:
        pause = next((value[0] for name, value in _headers(response).items() if name.lower() == "retry-after"), "1")
        is_short = pause.isdecimal() and int(pause) <= MAX_PAUSE_SECONDS
        return is_short and super().can_retry(response=response, **call)


def _headers(response: HttpResponse | None) -> Mapping[str, Sequence[str]]:
    return response.headers if response is not None else {}


def call(method: str, run: Callable[[], T], meter: SlackMeter | None = None) -> T:
    """Return what a call of Slack returns, with its errors as ours.

    Raises:
        SlackTokenError: the token is refused.
        SlackRefusedError: Slack answered with an error.
        SlackError: no answer, or none that can be read.
    """
    try:
        return run()
    except SlackApiError as error:
        failure, code = _refusal(method, error), _code(error)
        cause: Exception = error
    # AttributeError: what slack_sdk 3.47 makes of an answer that is JSON, but no object.
    except (OSError, HTTPException, SlackRequestError, ValueError, AttributeError) as error:
        failure, code = SlackError("slack-unreachable", method=method), NO_ANSWER
        cause = error
    if meter is not None:
        meter.slack_failed(method, code)
    raise failure from cause


def _body(error: SlackApiError) -> dict[str, Any]:
    data = error.response.data if isinstance(error.response, SlackResponse) else error.response
    return data if isinstance(data, dict) else {}


def _code(error: SlackApiError) -> str:
    """Return Slack's name of the error; what a proxy or an outage says instead is no answer, and goes nowhere."""
    code = str(_body(error).get("error") or "")
    is_outage = int(getattr(error.response, "status_code", 0) or 0) >= 500
    return NO_ANSWER if is_outage or not CODE.fullmatch(code) else code


def _refusal(method: str, error: SlackApiError) -> SlackError:
    code = _code(error)
    needed = str(_body(error).get("needed") or "")
    if code == NO_ANSWER:
        return SlackError("slack-unreachable", method=method)
    if code in TOKEN_ERRORS:
        return SlackTokenError("slack-token", method=method, code=code)
    return SlackRefusedError(SENTENCES.get(code, "slack-refused"), method=method, code=code, needed=needed)


def identify(client: WebClient) -> Identity:
    """Return who the token belongs to. Raises: SlackError as of `call`."""
    response = call("auth.test", client.auth_test)
    headers = {name.lower(): value for name, value in response.headers.items()}
    scopes = _first(headers.get("x-oauth-scopes", ""))
    team = str(response.get("team_id", ""))
    return Identity(
        team=team,
        team_name=str(response.get("team", "")),
        teams=frozenset(item for item in (team, str(response.get("enterprise_id") or "")) if item),
        bot_user=str(response.get("user_id", "")),
        bot=str(response.get("bot_id", "")),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        date=_first(headers.get("date", "")),
    )


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value or "")


class Directory:
    """What Slack says of users and channels, remembered for ten minutes. Safe to use from several threads."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter
        self._lock = threading.Lock()
        self._users: TTLCache[str, UserFacts] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)
        self._channels: TTLCache[str, ChannelFacts] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)
        self._refused: TTLCache[str, None] = TTLCache(REMEMBER_ENTRIES, REFUSED_SECONDS)

    def user(self, user: str) -> UserFacts | None:
        """Return a user's home teams and locale, None when Slack does not tell."""
        return self._cached(self._users, user, self._ask_user)

    def channel(self, channel: str, *, is_fresh: bool = False) -> ChannelFacts | None:
        """Return whether a channel is shared, None when Slack does not tell: a private one without the bot.

        Args: is_fresh: ask, whatever is remembered.
        """
        return self._cached(self._channels, channel, self._ask_channel, is_fresh=is_fresh)

    def _cached(
        self, cache: "TTLCache[str, T]", key: str, ask: Callable[[str], T], *, is_fresh: bool = False
    ) -> T | None:
        with self._lock:
            if key in cache and not is_fresh:
                return cache[key]
            if key in self._refused and not is_fresh:
                return None
        try:
            facts = ask(key)
        except SlackError as error:
            with self._lock:
                cache.pop(key, None)
                if isinstance(error, SlackRefusedError) and error.code in LASTING:
                    self._refused[key] = None
            return None  # what may pass is not remembered: the next question asks again
        with self._lock:
            cache[key] = facts
            self._refused.pop(key, None)
        return facts

    def _ask_user(self, user: str) -> UserFacts:
        response = call("users.info", lambda: self._client.users_info(user=user, include_locale=True), self._meter)
        data: dict[str, Any] = response.get("user") or {}
        enterprise = (data.get("enterprise_user") or {}).get("enterprise_id")
        teams = frozenset(str(item) for item in (data.get("team_id"), enterprise) if item)
        return UserFacts(teams, str(data.get("locale") or ""), str(data.get("tz") or ""))

    def _ask_channel(self, channel: str) -> ChannelFacts:
        response = call("conversations.info", lambda: self._client.conversations_info(channel=channel), self._meter)
        data: dict[str, Any] = response.get("channel") or {}
        if not isinstance(data.get("is_ext_shared"), bool):  # to be told nothing is not to be told no
            raise SlackError("slack-unreachable", method="conversations.info")
        is_shared = bool(data["is_ext_shared"] or data.get("is_pending_ext_shared"))
        return ChannelFacts(is_shared, bool(data.get("is_member")), str(data.get("name") or ""))
