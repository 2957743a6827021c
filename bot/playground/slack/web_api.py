"""The HTTP side as a Flask application: Web API, response_urls, uploads."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, request

from bot.playground.slack import assistant, chat, directory, downloads, history, home, modals, uploads
from bot.playground.slack.chances import Break, Loss
from bot.playground.slack.faults import Refusal
from bot.playground.slack.state import Body, Call, Params, RefusedError, State


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method. ``token``: ``bot``, ``app`` or ``none``; ``scope``: what every call of it needs."""

    run: Callable[[State, Params], Body]
    scope: str | None = None
    token: str = "bot"


METHODS = {
    "api.test": Method(directory.api_test, token="none"),
    "apps.connections.open": Method(directory.open_connection, token="app"),
    "assistant.threads.setStatus": Method(assistant.set_status, "chat:write"),
    "assistant.threads.setSuggestedPrompts": Method(assistant.set_suggested_prompts, "assistant:write"),
    "auth.test": Method(directory.auth_test),
    "chat.delete": Method(chat.delete, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "conversations.history": Method(history.history),
    "conversations.info": Method(directory.channel_info),
    "conversations.members": Method(directory.channel_members),
    "conversations.open": Method(directory.open_direct, "im:write"),
    "conversations.replies": Method(history.replies),
    "files.completeUploadExternal": Method(uploads.complete, "files:write"),
    "files.getUploadURLExternal": Method(uploads.upload_url, "files:write"),
    "files.info": Method(downloads.info, downloads.SCOPE),
    "reactions.add": Method(chat.add_reaction, "reactions:write"),
    "usergroups.users.list": Method(directory.group_users, "usergroups:read"),
    "users.conversations": Method(directory.own_channels),
    "users.info": Method(directory.user_info, "users:read"),
    "views.open": Method(modals.open_),
    "views.publish": Method(home.publish),
    "views.update": Method(modals.update),
}


class WebApi:
    """Answers requests.

    Args:
        drop: ends the connection of the request with this client port, without an answer.
    """

    def __init__(self, state: State, drop: Callable[[int], None]) -> None:
        self._state = state
        self._drop = drop

    def application(self) -> Flask:
        """Return the WSGI application."""
        app = Flask("slack-simulator", static_folder=None)
        app.add_url_rule("/api/<method>", view_func=self._call, methods=["GET", "POST"])
        app.add_url_rule("/response/<key>", view_func=self._respond, methods=["POST"])
        app.add_url_rule("/upload/<file_id>", view_func=self._upload, methods=["POST"])
        app.add_url_rule("/files-pri/<file_id>", view_func=self._download, methods=["GET"])
        app.add_url_rule("/files-pri/<file_id>/download", view_func=self._download, methods=["GET"])
        app.before_request(self._unavailable)
        app.after_request(self._date)
        return app

    def _unavailable(self) -> Response | None:
        return Response("down for a while", 503) if self._state.faults.is_unavailable else None

    def _date(self, response: Response) -> Response:
        now = datetime.fromtimestamp(self._state.workspace.clock(), UTC)
        response.headers["Date"] = format_datetime(now, usegmt=True)
        return response

    def _call(self, method: str) -> Response:
        params, at = _params(), time.monotonic()
        sent, kind = self._token(method, params)
        loss = self._state.faults.loss(method)
        if loss is not None and not loss.is_taken:
            with self._state.workspace.changed:
                self._state.calls.append(Call(method, params, kind, "lost", at))
            return self._broken(loss.how)
        refusal = self._state.faults.refusal(method)
        try:
            if refusal is not None:
                raise RefusedError(refusal.error, **refusal.extra)
            with self._state.workspace.changed:
                body = self._run(method, params, sent, kind)
            error = None
        except RefusedError as refused:
            error = refused.error
            body = {"ok": False, "error": error, **refused.extra}
        with self._state.workspace.changed:
            self._state.calls.append(Call(method, params, kind, error, at))
            self._state.workspace.changed.notify_all()
        response = _json(body, refusal)
        if kind == "bot":
            response.headers["x-oauth-scopes"] = ",".join(sorted(self._state.scopes))
        return self._spoiled(method, response, loss)

    def _token(self, method: str, params: Params) -> tuple[str, str]:
        header = request.headers.get("Authorization", "")
        in_header = header.removeprefix("Bearer ").strip()
        given = str(params.pop("token", ""))
        # The one method whose token Slack takes from the header only.
        sent = in_header if method == "apps.connections.open" else in_header or given
        kinds = {self._state.bot_token: "bot", self._state.app_token: "app", "": "none"}
        return sent, kinds.get(sent, "unknown")

    def _run(self, method: str, params: Params, sent: str, kind: str) -> Body:
        known = METHODS.get(method)
        if known is None:
            raise RefusedError("unknown_method", req_method=method)
        if known.token != "none":
            if not sent:
                raise RefusedError("not_authed")
            if kind == "unknown" or self._state.faults.token_error:
                raise RefusedError(self._state.faults.token_error or "invalid_auth")
            if kind != known.token:
                raise RefusedError("not_allowed_token_type")
        if known.scope is not None:
            self._state.need(known.scope)
        return {"ok": True, **known.run(self._state, params)}

    def _respond(self, key: str) -> Response:
        refusal = self._state.faults.refusal("response_url")
        if refusal is not None:
            return self._spoiled("response_url", _json({"ok": False, "error": refusal.error}, refusal))
        status, answer = self._state.responses.use(key, request.get_data())
        response = Response(answer, status) if isinstance(answer, str) else _json(answer, None, status)
        return self._spoiled("response_url", response)

    def _upload(self, file_id: str) -> Response:
        loss = self._state.faults.loss("upload")
        if loss is not None and not loss.is_taken:
            return self._broken(loss.how)
        refusal = self._state.faults.refusal("upload")
        if refusal is not None:
            return Response(refusal.error, refusal.status)
        # The SDK posts bare bytes under the content type of a form, so only a real multipart body is parsed as one.
        is_form = request.mimetype == "multipart/form-data"
        sent = next(iter(request.files.values()), None) if is_form else None
        status, answer = uploads.receive(self._state, file_id, sent.read() if sent else request.get_data())
        return self._spoiled("upload", Response(answer, status), loss)

    def _download(self, file_id: str) -> Response:
        loss, at = self._state.faults.loss("download"), time.monotonic()
        sent, kind = self._token("download", {})
        with self._state.workspace.changed:
            self._state.calls.append(Call("download", {"file": file_id}, kind, None, at))
            response = downloads.contents(self._state, file_id, sent)
        refusal = self._state.faults.refusal("download")
        if refusal is not None:
            response = Response(refusal.error, refusal.status)
        return self._spoiled("download", response, loss)

    def _spoiled(self, method: str, response: Response, loss: Loss | None = None) -> Response:
        seconds = self._state.faults.seconds(method)
        if seconds:
            time.sleep(seconds)
        how = loss.how if loss is not None else self._state.faults.breakage(method)
        return response if how is None else self._broken(how)

    def _broken(self, how: Break) -> Response:
        if how == "silence":
            time.sleep(self._state.faults.silence_seconds)
        if how != "500":
            self._drop(int(request.environ.get("REMOTE_PORT", 0)))
        return Response("internal error", 500)


def _params() -> Params:
    params: dict[str, Any] = dict(request.args)
    if request.is_json:
        data = request.get_json(silent=True)
        return {**params, **(data if isinstance(data, dict) else {})}
    params.update(request.form)
    for name in ("blocks", "view", "files", "metadata", "prompts", "loading_messages"):
        if isinstance(params.get(name), str):
            try:
                params[name] = json.loads(params[name])
            except ValueError:
                continue
    return params


def _json(body: Body, refusal: Refusal | None, status: int = 200) -> Response:
    response = Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
    if refusal is not None:
        response.status_code = refusal.status
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
    return response
