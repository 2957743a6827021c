"""Slack's Web API behind small ports: posting, uploading, and what Slack knows of users and channels."""

import json
import re
import threading
from collections.abc import Callable
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
from slack_sdk.web.slack_response import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.errors import ExpiredUrlError, SlackError, SlackRefusedError, SlackTokenError
from bot.render.blocks import Message

T = TypeVar("T")

#: Longest wait for one answer of Slack.
TIMEOUT_SECONDS = 10

#: How long what Slack says of a user or a channel is believed, and of how many.
REMEMBER_SECONDS = 600
REMEMBER_ENTRIES = 10_000

#: Errors that mean: this token will not work however often it is tried.
TOKEN_ERRORS = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)

#: Slack's errors that have a sentence of their own in the message catalogue; all others share one.
_SENTENCES = {
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
_CODE = re.compile(r"[a-z0-9_]{1,80}")
_NO_ANSWER = "no_answer"

_URL_GONE = frozenset({"expired_url", "used_url", "invalid_url", "expired_trigger_id"})


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
    """What Slack says of a user. ``locale`` as in ``ko-KR``, empty when it does not say."""

    teams: frozenset[str]
    locale: str


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
            RateLimitErrorRetryHandler(max_retry_count=2),
            ServerErrorRetryHandler(max_retry_count=1),
        ],
    )


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
        failure, code = SlackError("slack-unreachable", method=method), _NO_ANSWER
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
    return _NO_ANSWER if is_outage or not _CODE.fullmatch(code) else code


def _refusal(method: str, error: SlackApiError) -> SlackError:
    code = _code(error)
    needed = str(_body(error).get("needed") or "")
    if code == _NO_ANSWER:
        return SlackError("slack-unreachable", method=method)
    if code in TOKEN_ERRORS:
        return SlackTokenError("slack-token", method=method, code=code)
    return SlackRefusedError(_SENTENCES.get(code, "slack-refused"), method=method, code=code, needed=needed)


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


class Messenger:
    """Sends messages and files. Every method raises the errors of `call`."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter

    def post(self, channel: str, message: Message, thread_ts: str | None = None) -> None:
        """Post to a channel or a thread of it."""
        self._send("chat.postMessage", message, channel=channel, thread_ts=thread_ts)

    def post_ephemeral(self, channel: str, user: str, message: Message, thread_ts: str | None = None) -> None:
        """Show one user a message in a channel both are in."""
        self._send("chat.postEphemeral", message, channel=channel, user=user, thread_ts=thread_ts)

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message of the bot."""
        self._send("chat.update", message, channel=channel, ts=ts)

    def direct_channel(self, user: str) -> str:
        """Return the id of the conversation between the bot and a user."""
        response = self._call("conversations.open", lambda: self._client.conversations_open(users=user))
        return str(response["channel"]["id"])

    def upload(self, channel: str, name: str, content: bytes, comment: str, thread_ts: str | None = None) -> None:
        """Share a file in a channel or a thread of it; the bot has to be in the channel."""
        self._call(
            "files.upload",
            lambda: self._client.files_upload_v2(
                channel=channel,
                thread_ts=thread_ts,
                filename=name,
                title=name,
                content=content,
                initial_comment=comment,
            ),
        )

    def respond(
        self,
        url: str,
        message: Message,
        *,
        in_channel: bool = False,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None:
        """Answer an interaction through its response_url.

        Raises: ExpiredUrlError: it was used five times, or is older than 30 minutes.
        """
        webhook = WebhookClient(url, timeout=TIMEOUT_SECONDS)
        body = {
            **_payload(message),
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": replace,
            **({"thread_ts": thread_ts} if thread_ts else {}),
        }
        response = call("response_url", lambda: webhook.send_dict(body), self._meter)
        error = _webhook_error(response.status_code, response.body)
        if error is None:
            return
        self._meter.slack_failed("response_url", error)
        if error in _URL_GONE or response.status_code in (404, 410):
            raise ExpiredUrlError("slack-url-expired")
        raise SlackRefusedError("slack-refused", method="response_url", code=error)

    def _send(self, method: str, message: Message, **arguments: str | None) -> None:
        def send(body: dict[str, Any]) -> SlackResponse:
            given = {name: value for name, value in arguments.items() if value is not None}
            return self._client.api_call(method, json={**given, **body})

        try:
            self._call(method, lambda: send(_payload(message)))
        except SlackRefusedError as error:
            # Blocks that Slack refuses must not cost the answer: the text says the same.
            if error.code not in ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"):
                raise
            self._call(method, lambda: send({**_payload(message), "blocks": []}))

    def _call(self, method: str, run: Callable[[], SlackResponse]) -> SlackResponse:
        return call(method, run, self._meter)


def _payload(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks), "unfurl_links": False, "unfurl_media": False}


def _webhook_error(status: int, body: str) -> str | None:
    """Return Slack's name of the error; response_urls answer ``ok`` or JSON, and not always with another status."""
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if isinstance(data, dict) and data.get("ok") is False:
        return str(data.get("error") or status)
    return None if status == 200 else str(status)


class Directory:
    """What Slack says of users and channels, remembered for ten minutes. Safe to use from several threads."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter
        self._lock = threading.Lock()
        self._users: TTLCache[str, UserFacts] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)
        self._channels: TTLCache[str, ChannelFacts] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)

    def user(self, user: str) -> UserFacts | None:
        """Return a user's home teams and locale, None when Slack does not tell."""
        return self._cached(self._users, user, self._ask_user)

    def channel(self, channel: str) -> ChannelFacts | None:
        """Return whether a channel is shared, None when Slack does not tell: a private one without the bot."""
        return self._cached(self._channels, channel, self._ask_channel)

    def _cached(self, cache: "TTLCache[str, T]", key: str, ask: Callable[[str], T]) -> T | None:
        with self._lock:
            if key in cache:
                return cache[key]
        try:
            facts = ask(key)
        except SlackError:
            return None  # not remembered: the next question asks again
        with self._lock:
            cache[key] = facts
        return facts

    def _ask_user(self, user: str) -> UserFacts:
        response = call("users.info", lambda: self._client.users_info(user=user, include_locale=True), self._meter)
        data: dict[str, Any] = response.get("user") or {}
        enterprise = (data.get("enterprise_user") or {}).get("enterprise_id")
        teams = frozenset(str(item) for item in (data.get("team_id"), enterprise) if item)
        return UserFacts(teams, str(data.get("locale") or ""))

    def _ask_channel(self, channel: str) -> ChannelFacts:
        response = call("conversations.info", lambda: self._client.conversations_info(channel=channel), self._meter)
        data: dict[str, Any] = response.get("channel") or {}
        is_shared = bool(data.get("is_ext_shared") or data.get("is_pending_ext_shared"))
        return ChannelFacts(is_shared, bool(data.get("is_member")), str(data.get("name") or ""))
