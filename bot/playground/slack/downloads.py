"""Reading files: files.info, and the contents behind its address, for who may have them."""

import mimetypes

from flask import Response

from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import BOT_USER, File

SCOPE = "files:read"

#: What who may not have a file gets, with status 200.
LOGIN_PAGE = """\
<!DOCTYPE html><html lang="en-US"><head><title>Sign in to Playground | Slack</title></head>
<body><form action="/signin">Sign in</form></body></html>
"""


def info(state: State, params: Params) -> Body:
    """files.info."""
    file = state.workspace.files.get(text(params, "file"))
    if file is None or file.content is None or not _is_seen(state, file):
        raise RefusedError("file_not_found")
    shares: dict[str, list[Body]] = {}
    for message in state.workspace.messages:
        if any(item.id == file.id for item in message.files):
            shares.setdefault(message.channel, []).append({"ts": message.ts, "thread_ts": message.thread_ts})
    return {"file": {**described(state, file), "shares": {"public": shares}, "channels": list(shares)}}


def described(state: State, file: File) -> Body:
    """Return a file as files.info and messages have it."""
    url = f"{state.root()}/files-pri/{file.id}"
    return {
        "id": file.id,
        "name": file.filename,
        "title": file.title,
        "mimetype": mimetypes.guess_type(file.filename)[0] or "text/plain",
        "size": file.length,
        "user": file.user,
        "mode": "hosted",
        "is_external": False,
        "url_private": url,
        "url_private_download": f"{url}/download",
        **file.told,
    }


def contents(state: State, file_id: str, token: str) -> Response:
    """Return a file's bytes; a page to log in for another token, without the scope, or where the bot is not."""
    file = state.workspace.files.get(file_id)
    if file is None or file.content is None:
        return Response("not found", 404)
    if file.redirect is not None:
        return Response("", 302, {"Location": file.redirect})
    if token != state.bot_token or SCOPE not in state.scopes or not _is_seen(state, file):
        return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")
    kind = mimetypes.guess_type(file.filename)[0] or "text/plain"
    return Response(file.content, content_type=kind)


def _is_seen(state: State, file: File) -> bool:
    """Whether the bot is where the file is: it sees its own files, and those of its conversations."""
    channel = state.workspace.channels.get(file.channel or "")
    return file.user == BOT_USER or (channel is not None and BOT_USER in channel.members)
