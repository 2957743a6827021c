"""Uploading files in three steps: ask for a URL, post the bytes, share the file."""

import json
from typing import Any

from msgspec.structs import replace

from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import BOT_USER, File, Message

ALT_TEXT_CHARS = 1_000


def upload_url(state: State, params: Params) -> Body:
    """files.getUploadURLExternal."""
    filename = text(params, "filename")
    length = int(str(params.get("length") or 0))
    if length <= 0:
        raise RefusedError("missing_argument")
    alt_text = str(params.get("alt_txt") or "")
    if len(alt_text) > ALT_TEXT_CHARS:
        raise RefusedError("alt_txt_too_large")
    file = File(state.workspace.new_id("F"), filename, length, alt_text=alt_text)
    state.workspace.files[file.id] = file
    return {"upload_url": f"{state.root()}/upload/{file.id}", "file_id": file.id}


def receive(state: State, file_id: str, content: bytes) -> tuple[int, str]:
    """Take the bytes; return HTTP status and answer."""
    with state.workspace.changed:
        file = state.workspace.files.get(file_id)
        if file is None or file.content is not None:
            return 404, "not found"
        if len(content) != file.length:
            return 400, f"expected {file.length} bytes"
        file.content = content
        return 200, f"OK - {len(content)}"


def complete(state: State, params: Params) -> Body:
    """files.completeUploadExternal: without a channel the files stay private."""
    wanted = _files(state, params.get("files"))
    names = str(params.get("channel_id") or params.get("channels") or "")
    ids = [name.strip() for name in names.split(",") if name.strip()]
    if params.get("channel_id") and str(params["channel_id"]) in state.workspace.users:
        raise RefusedError("channel_not_found")
    channels = [state.writable(name) for name in ids]
    thread_ts = params.get("thread_ts") or None
    comment = str(params.get("initial_comment") or "")
    for channel in channels:
        shared = [replace(file, title=title, channel=channel.id, thread_ts=thread_ts) for file, title in wanted]
        ts = state.workspace.new_ts()
        state.workspace.shared += shared
        state.workspace.post(Message(channel.id, ts, BOT_USER, comment, "file", thread_ts=thread_ts, files=shared))
    for file, title in wanted:
        file.title = title
        if not channels:
            state.workspace.shared.append(file)
    # Sharing is asynchronous with Slack, so its answer names no message either.
    return {"files": [{"id": file.id, "title": title} for file, title in wanted]}


def _files(state: State, given: Any) -> list[tuple[File, str]]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
        raise RefusedError("invalid_arguments")
    found = []
    for item in given:
        file = state.workspace.files.get(str(item.get("id")))
        if file is None or file.content is None:
            raise RefusedError("file_not_found")
        found.append((file, str(item.get("title") or file.filename)))
    return found
