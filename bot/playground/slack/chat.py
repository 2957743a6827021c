"""The chat.* methods and reactions.add."""

from typing import Any

from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import BOT_USER, Message

#: Longest ``text`` chat.update takes, and where chat.postMessage cuts.
UPDATE_CHARS, POST_CHARS = 4_000, 40_000


def post_message(state: State, params: Params) -> Body:
    """chat.postMessage."""
    channel = state.writable(text(params, "channel"), is_public_enough="chat:write.public" in state.scopes)
    said, blocks = state.checked("chat.postMessage", params)
    metadata = _metadata(params)
    ts = state.workspace.new_ts()
    message = state.workspace.post(
        Message(
            channel.id,
            ts,
            BOT_USER,
            said[:POST_CHARS],
            "chat.postMessage",
            blocks,
            thread_ts=params.get("thread_ts") or None,
            metadata=metadata,
        )
    )
    cut: Body = {"warning": "message_truncated"} if len(said) > POST_CHARS else {}
    return {"channel": channel.id, "ts": ts, "message": message.as_slack(), **cut}


def post_ephemeral(state: State, params: Params) -> Body:
    """chat.postEphemeral."""
    channel = state.writable(text(params, "channel"))
    user = text(params, "user")
    if user not in channel.members:
        raise RefusedError("user_not_in_channel")  # so, too, for nobody's id: the method knows no other error for it
    said, blocks = state.checked("chat.postEphemeral", params)
    ts = state.workspace.new_ts()
    thread_ts = params.get("thread_ts") or None
    message = Message(channel.id, ts, BOT_USER, said, "chat.postEphemeral", blocks, thread_ts, ephemeral_for=user)
    state.workspace.post(message)
    return {"message_ts": ts}


def update(state: State, params: Params) -> Body:
    """chat.update: blocks that are not given go (docs.slack.dev, chat.update, as read in slack_kit @3a6a6c4)."""
    message = _own_message(state, params, "cant_update_message")
    if len(str(params.get("text") or "")) > UPDATE_CHARS:
        raise RefusedError("msg_too_long")
    said, blocks = state.checked("chat.update", params)
    message.change(said, blocks, "update")
    state.workspace.changed.notify_all()
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_slack()}


def delete(state: State, params: Params) -> Body:
    """chat.delete."""
    message = _own_message(state, params, "cant_delete_message")
    message.deleted = True
    state.workspace.changed.notify_all()
    return {"channel": message.channel, "ts": message.ts}


def add_reaction(state: State, params: Params) -> Body:
    """reactions.add."""
    channel = state.visible(text(params, "channel"))
    name, ts = text(params, "name"), text(params, "timestamp")
    if (channel.id, ts, name) in state.workspace.reactions:
        raise RefusedError("already_reacted")
    state.workspace.reactions.append((channel.id, ts, name))
    return {}


def _metadata(params: Params) -> dict[str, Any] | None:
    given = params.get("metadata")
    if given in (None, ""):
        return None
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise RefusedError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise RefusedError("invalid_metadata_schema")
    return given


def _own_message(state: State, params: Params, other: str) -> Message:
    channel = state.visible(text(params, "channel"))
    ts = text(params, "ts")
    if (channel.id, ts) in state.workspace.spoken:
        raise RefusedError(other)
    message = state.workspace.message(channel.id, ts)
    if message is None:
        raise RefusedError("message_not_found")
    if message.user != BOT_USER:
        raise RefusedError(other)
    return message
