"""Posts that are due once: sent once, and found again by an id of ours. Whoever keeps the ledger may repeat one."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from slack_sdk import WebClient

from bot.adapters.slack_calls import UNREACHABLE, Calls
from bot.adapters.slack_messages import BLOCKS_REFUSED, cut
from bot.adapters.slack_web import Identity, SlackMeter
from bot.reminders.ports import CannotLookError, NotSentError, Picture, UnknownError
from bot.render.blocks import Message

#: Every app and user of the workspace can read the metadata of a message: it holds an opaque id and nothing else.
EVENT_TYPE, PAYLOAD_KEY = "unshim_post", "id"

#: Characters of the id in the name of a file: an upload takes no metadata.
NAME_CHARS = 8

#: Most characters of ``alt_txt`` (docs.slack.dev, files.getUploadURLExternal).
ALT_CHARS = 1_000

#: Messages a page and most pages of one look. Where more was said since the post, nobody can tell.
PAGE, PAGES = 100, 20

#: Refusals to be read that stay until somebody changes something in Slack.
_CLOSED = frozenset({"missing_scope", "not_in_channel", "channel_not_found"})

_TS = re.compile(r"\d+\.\d+")


class Posts:
    """What `bot.reminders` needs of Slack (its port ``Sender``). Safe to use from several threads.

    Args:
        web: tells token, address and proxy; its retries are not used.
        identity: who the bot is: only its own messages count when one is looked for.
    """

    def __init__(self, web: WebClient, identity: Identity, meter: SlackMeter) -> None:
        self._web = web
        self._meter = meter
        self._own = frozenset({identity.bot_user, identity.bot} - {""})

    def post(self, channel: str, message: Message, post_id: str, thread_ts: str | None) -> str:
        """Post a message and return its time stamp; where Slack refuses the blocks, its text alone.

        Args:
            channel: also the id of a user, for the direct conversation with them.

        Raises: NotSentError, LimitedError, UnknownError: as of `Calls.call`; ``no_ts``: Slack said ok, and no more.
        """
        calls = self._calls()
        body: dict[str, Any] = {
            "channel": _place(calls, channel),
            "text": message.text,
            "blocks": list(message.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {PAYLOAD_KEY: post_id}},
            **({"thread_ts": thread_ts} if thread_ts else {}),
        }
        return _ts(_with_or_without_blocks(calls, "chat.postMessage", body))

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Put another message in the place of one; where Slack refuses the blocks, its text alone.

        The metadata of the message stays, being left out here (docs.slack.dev, chat.update, checked 2026-11-28).

        Raises: as `post`; `NotSentError` among others with ``message_not_found``, ``edit_window_closed``,
            ``cant_update_message``.
        """
        calls = self._calls()
        place = _place(calls, channel)
        body = {"channel": place, "ts": ts, "text": cut(message.text), "blocks": list(message.blocks)}
        _with_or_without_blocks(calls, "chat.update", body)

    def upload(self, channel: str, picture: Picture, post_id: str, thread_ts: str | None) -> None:
        """Share a picture. Slack tells no time stamp: it shares after it has answered.

        Only the last step shares anything: what fails before it was certainly not sent.

        Raises: as `post`; ``upload_refused``: Slack did not take the bytes.
        """
        calls = self._calls()
        place = _place(calls, channel)
        wanted = {
            "filename": file_name(picture.name, post_id),
            "length": len(picture.content),
            "alt_txt": picture.alt[:ALT_CHARS],
        }
        ticket = calls.prepare("files.getUploadURLExternal", wanted)
        calls.upload(str(ticket.get("upload_url") or ""), picture.content)
        files = [{"id": str(ticket.get("file_id") or ""), "title": picture.title}]
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        calls.call("files.completeUploadExternal", {"files": files, "channel_id": place, **thread})

    def find(self, channel: str, post_id: str, since: datetime, thread_ts: str | None) -> str | None:
        """Return the time stamp of the bot's message or file with that id, sent since then; None: certainly not there.

        Raises: CannotLookError: it was not found, and not everything could be read.
        """
        if not self._own:
            raise CannotLookError("unknown_bot", is_lasting=False)
        is_clear = True
        try:
            for message in self._messages(channel, since, thread_ts):
                if not {message.get("user"), message.get("bot_id")} & self._own:
                    continue
                names = [item.get("name") if isinstance(item, dict) else None for item in message.get("files") or ()]
                if _post_id(message) == post_id or any(_is_named(name, post_id) for name in names):
                    return _ts(message)
                is_clear &= all(names)
        except NotSentError as error:
            raise CannotLookError(error.code, is_lasting=error.code in _CLOSED) from error
        except UnknownError as error:
            raise CannotLookError(error.code, is_lasting=False) from error
        if not is_clear:  # a file of the bot of which Slack does not show the name
            raise CannotLookError("nameless_file", is_lasting=False)
        return None

    def _messages(self, channel: str, since: datetime, thread_ts: str | None) -> Iterator[dict[str, Any]]:
        """Yield everything said in a channel or a thread. Raises: CannotLookError: there is more than Slack showed."""
        calls = self._calls()
        method = "conversations.replies" if thread_ts else "conversations.history"
        asked: dict[str, str | int] = {
            "channel": _place(calls, channel),
            "oldest": f"{since.timestamp():.6f}",
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": PAGE,
            **({"ts": thread_ts} if thread_ts else {}),
        }
        for _ in range(PAGES):
            data = calls.call(method, asked, is_form=True)
            messages = data.get("messages")
            if not isinstance(messages, list) or not all(isinstance(item, dict) for item in messages):
                raise CannotLookError("unreadable", is_lasting=False)
            yield from messages
            more = data.get("response_metadata")
            cursor = str((more.get("next_cursor") if isinstance(more, dict) else None) or data.get("next_cursor") or "")
            if not cursor:
                # is_limited: the workspace's plan hides a part.
                if data.get("has_more") or data.get("is_limited"):
                    raise CannotLookError("incomplete", is_lasting=False)
                return
            asked["cursor"] = cursor
        raise CannotLookError("too_many_messages", is_lasting=False)

    def _calls(self) -> Calls:
        return Calls(self._web, self._meter)


def _with_or_without_blocks(calls: Calls, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack answers; blocks that it refuses must not cost the message, so then its text alone."""
    try:
        return calls.call(method, body)
    except NotSentError as error:
        if error.code not in BLOCKS_REFUSED or not body["blocks"]:
            raise
        return calls.call(method, {**body, "blocks": []})


def file_name(name: str, post_id: str) -> str:
    """Return the name of a file with the beginning of the id in it: ``unshim-trend-1a2b3c4d.png``."""
    path = PurePath(name)
    return f"{path.stem}-{post_id[:NAME_CHARS]}{path.suffix}"


def _place(calls: Calls, channel: str) -> str:
    """Return the id of the direct conversation for that of a user, any other as it is. Raises: NotSentError."""
    if not channel.startswith(("U", "W")):
        return channel
    found = calls.prepare("conversations.open", {"users": channel}).get("channel")
    place = found.get("id") if isinstance(found, dict) else None
    if not isinstance(place, str) or not place:
        raise NotSentError(UNREACHABLE)
    return place


def _ts(shown: dict[str, Any]) -> str:
    """Return the time stamp of a message. Raises: UnknownError: it has none."""
    ts = shown.get("ts")
    if not isinstance(ts, str) or not _TS.fullmatch(ts):
        raise UnknownError("no_ts")
    return ts


def _post_id(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    return str(payload.get(PAYLOAD_KEY)) if isinstance(payload, dict) else None


def _is_named(name: object, post_id: str) -> bool:
    return isinstance(name, str) and PurePath(name).stem.endswith(f"-{post_id[:NAME_CHARS]}")
