"""Messages and files to Slack; blocks or a place that Slack refuses become an error of ours, or the text alone."""

import json
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.web.slack_response import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.adapters.slack_web import (
    CODE,
    NO_ANSWER,
    SENTENCES,
    TIMEOUT_SECONDS,
    RateLimitRetryHandler,
    SlackMeter,
    call,
)
from bot.errors import ExpiredUrlError, SlackError, SlackRefusedError
from bot.render.blocks import Message
from bot.render.limits import ALT_CHARS, MESSAGE_TEXT_CHARS

_URL_GONE = frozenset({"expired_url", "used_url", "invalid_url", "expired_trigger_id"})

#: Errors that blame the blocks; the text says the same as they do.
BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


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
        self._send("chat.update", replace(message, text=cut(message.text)), channel=channel, ts=ts)

    def direct_channel(self, user: str) -> str:
        """Return the id of the conversation between the bot and a user."""
        response = self._call("conversations.open", lambda: self._client.conversations_open(users=user))
        found = (response.get("channel") or {}).get("id")
        if not found:
            raise SlackError("slack-unreachable", method="conversations.open")
        return str(found)

    def upload(
        self,
        channel: str,
        name: str,
        content: bytes,
        comment: str,
        thread_ts: str | None = None,
        *,
        alt: str | None = None,
    ) -> None:
        """Share a file in a channel or a thread of it; the bot has to be in the channel.

        Args: alt: what a picture shows, read aloud in its place.
        """
        self._call(
            "files.upload",
            lambda: self._client.files_upload_v2(
                channel=channel,
                thread_ts=thread_ts,
                filename=name,
                title=name,
                content=content,
                initial_comment=comment,
                alt_txt=alt[:ALT_CHARS] if alt else None,
            ),
        )

    def publish(self, user: str, message: Message) -> None:
        """Show the blocks of a message as a user's Home."""
        view = {"type": "home", "blocks": list(message.blocks)}
        self._call("views.publish", lambda: self._client.views_publish(user_id=user, view=view))

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
        webhook = WebhookClient(
            url,
            timeout=TIMEOUT_SECONDS,
            retry_handlers=[ConnectionErrorRetryHandler(max_retry_count=1), RateLimitRetryHandler(max_retry_count=2)],
        )
        how: dict[str, Any] = {"replace_original": replace}
        if not replace:  # what replaces a message is seen by those who saw that
            how["response_type"] = "in_channel" if in_channel else "ephemeral"
        if thread_ts:
            how["thread_ts"] = thread_ts

        def send(body: dict[str, Any]) -> None:
            response = call("response_url", lambda: webhook.send_dict({**body, **how}), self._meter)
            error = _webhook_error(response.status_code, response.body)
            if error is None:
                return
            self._meter.slack_failed("response_url", error)
            if error == NO_ANSWER:
                raise SlackError("slack-unreachable", method="response_url")
            if error in _URL_GONE or response.status_code in (404, 410):
                raise ExpiredUrlError("slack-url-expired")
            raise SlackRefusedError(SENTENCES.get(error, "slack-refused"), method="response_url", code=error)

        _with_or_without_blocks(message, send)

    def _send(self, method: str, message: Message, **arguments: str | None) -> None:
        given = {name: value for name, value in arguments.items() if value is not None}

        def send(body: dict[str, Any]) -> None:
            self._call(method, lambda: self._client.api_call(method, json={**given, **body}))

        _with_or_without_blocks(message, send)

    def _call(self, method: str, run: Callable[[], SlackResponse]) -> SlackResponse:
        return call(method, run, self._meter)


def _with_or_without_blocks(message: Message, send: Callable[[dict[str, Any]], None]) -> None:
    """Send a message; blocks that Slack refuses must not cost the answer, so then its text alone."""
    body = {"text": message.text, "blocks": list(message.blocks), "unfurl_links": False, "unfurl_media": False}
    try:
        send(body)
    except SlackRefusedError as error:
        if error.code not in BLOCKS_REFUSED or not message.blocks:
            raise
        send({**body, "blocks": []})


def cut(text: str) -> str:
    """Return what chat.update takes of a text, by whole lines: the blocks beside it say the rest."""
    if len(text) <= MESSAGE_TEXT_CHARS:
        return text
    return text[: max(text.rfind("\n", 0, MESSAGE_TEXT_CHARS), 0)] or text[:MESSAGE_TEXT_CHARS]


def _webhook_error(status: int, body: str) -> str | None:
    """Return Slack's name of the error, None when there is none.

    A response_url answers ``ok``, a bare name or JSON, and not every refusal has a status of its own.
    """
    if status >= 500:
        return NO_ANSWER
    try:
        data = json.loads(body)
    except ValueError:
        data = {"ok": status == 200, "error": body.strip()}
    is_refused = isinstance(data, dict) and data.get("ok") is False
    if status == 200 and not is_refused:
        return None
    code = str(data.get("error") or "") if is_refused else ""
    return "ratelimited" if status == 429 else code if CODE.fullmatch(code) else str(status)
