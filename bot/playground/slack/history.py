"""conversations.history and conversations.replies: what was said, page by page, for those who may read it."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from bot.playground.slack.directory import kind_of
from bot.playground.slack.state import Body, Params, RefusedError, State, flag, text
from bot.playground.slack.workspace import BOT_USER, Channel, Message

#: Messages a page when nothing is asked for, and at most (docs.slack.dev, the two methods).
PAGE, MOST = 100, 999

_SCOPES = {"im": "im:history", "private_channel": "groups:history", "public_channel": "channels:history"}

_CURSOR = "next_ts:"


def history(state: State, params: Params) -> Body:
    """conversations.history: newest first, without what was said in threads."""
    channel = _readable(state, params)
    return _page(state, params, channel, lambda message: message.thread_ts in (None, message.ts), is_newest_first=True)


def replies(state: State, params: Params) -> Body:
    """conversations.replies: the message a thread began with, then its replies, oldest first."""
    channel = _readable(state, params)
    ts = text(params, "ts")
    if state.workspace.message(channel.id, ts) is None and (channel.id, ts) not in state.workspace.spoken:
        raise RefusedError("thread_not_found")
    return _page(state, params, channel, lambda message: ts in (message.ts, message.thread_ts), is_newest_first=False)


def _readable(state: State, params: Params) -> Channel:
    channel = state.visible(text(params, "channel"))
    state.need(_SCOPES[kind_of(channel)])
    if BOT_USER not in channel.members:
        raise RefusedError("not_in_channel")
    return channel


def _page(
    state: State, params: Params, channel: Channel, is_wanted: Callable[[Message], bool], *, is_newest_first: bool
) -> Body:
    found = [
        message
        for message in state.workspace.messages
        if message.channel == channel.id and not message.deleted and message.ephemeral_for is None
        if is_wanted(message) and _is_between(message.ts, params)
    ]
    found.sort(key=lambda message: Decimal(message.ts), reverse=is_newest_first)
    if params.get("cursor"):
        last = _last(str(params["cursor"]))
        found = [item for item in found if (Decimal(item.ts) < last) == is_newest_first and Decimal(item.ts) != last]
    shown = found[: _limit(params)]
    messages = [_shown(message, has_metadata=flag(params, "include_all_metadata")) for message in shown]
    if len(shown) == len(found):
        return {"messages": messages, "has_more": False}
    cursor = b64encode(f"{_CURSOR}{shown[-1].ts}".encode()).decode()
    return {"messages": messages, "has_more": True, "response_metadata": {"next_cursor": cursor}}


def _is_between(ts: str, params: Params) -> bool:
    oldest, latest = _moment(params, "oldest"), _moment(params, "latest")
    at, is_inclusive = Decimal(ts), flag(params, "inclusive")
    is_late_enough = oldest is None or at > oldest or (is_inclusive and at == oldest)
    return is_late_enough and (latest is None or at < latest or (is_inclusive and at == latest))


def _moment(params: Params, name: str) -> Decimal | None:
    given = params.get(name)
    try:
        return Decimal(str(given)) if given not in (None, "") else None
    except InvalidOperation as error:
        raise RefusedError(f"invalid_ts_{name}") from error


def _limit(params: Params) -> int:
    given = str(params.get("limit") or PAGE)
    if not given.isdecimal() or not 1 <= int(given) <= MOST:
        raise RefusedError("invalid_arguments", response_metadata={"messages": [f"limit must be from 1 to {MOST}"]})
    return int(given)


def _last(cursor: str) -> Decimal:
    try:
        return Decimal(b64decode(cursor, validate=True).decode().removeprefix(_CURSOR))
    except (ValueError, InvalidOperation) as error:
        raise RefusedError("invalid_cursor") from error


def _shown(message: Message, *, has_metadata: bool) -> Body:
    return message.as_slack() | ({"metadata": message.metadata} if has_metadata and message.metadata else {})
