"""The one HTTP port: health, metrics and, in HTTP mode, Slack's requests. Served by waitress on threads."""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from flask import Flask, Response, request
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.flask.handler import to_flask_response
from slack_sdk.signature import SignatureVerifier
from waitress import wasyncore
from waitress.server import create_server

from bot.adapters.metrics import CONTENT_TYPE
from bot.errors import UsageError

#: Slack's longest message, 40,000 characters, written twice as JSON of six bytes each, is 480 kB.
MAX_BODY_BYTES = 512_000

#: What of a body is held in memory; the rest waits in a file. Anybody may send one: only what is whole is checked for a
#: signature. With CONNECTIONS they decide what the Deployment must give (tests/unit/test_deploy.py).
HELD_BODY_BYTES = 65_536

#: Threads that wait for an acknowledgement; more than Bolt's listeners ever keep busy.
THREADS = 32

#: Open connections; an ingress may keep hundreds of idle ones, and the probes must still get in.
CONNECTIONS = 400

SLACK_PATH = "/slack/events"

_log = structlog.get_logger(__name__)


class Health(Protocol):
    """What the probes ask."""

    def problems(self) -> list[str]:
        """Return what keeps the bot from answering well, empty when nothing does."""


class AckMeter(Protocol):
    """Counts acknowledgements."""

    def acked(self, seconds: float, *, is_acked: bool) -> None:
        """Note one delivery."""


def make_site(health: Health, metrics: Callable[[], bytes]) -> Flask:
    """Return the site without Slack's part."""
    site = Flask("unshim")
    site.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @site.get("/healthz")
    def healthz() -> Response:
        return _text("ok\n")

    @site.get("/readyz")
    def readyz() -> Response:
        problems = health.problems()
        return _text("".join(f"{problem}\n" for problem in problems) or "ok\n", 503 if problems else 200)

    @site.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics(), content_type=CONTENT_TYPE)

    return site


def add_slack(
    site: Flask,
    app: Callable[[], App | None],
    is_stopping: Callable[[], bool],
    signing_secret: str,
    meter: AckMeter,
) -> None:
    """Add Slack's endpoint. Only requests with a good signature, at most five minutes old, reach Bolt.

    Args:
        app: returns the Bolt app, None while Slack has not been reached yet.
        is_stopping: whether events are left for the process that takes over.
    """
    verifier = SignatureVerifier(signing_secret)

    @site.post(SLACK_PATH)
    def slack() -> Response:
        started = time.monotonic()
        body = request.get_data()
        if not _is_signed(verifier, body):
            _log.warning("request without a good signature", address=request.remote_addr, bytes=len(body))
            return _text("not signed by Slack\n", 401)
        bolt = app()
        if bolt is None or (is_stopping() and request.is_json):  # Slack sends events again; commands get a sentence
            return _text("starting\n" if bolt is None else "stopping\n", 503)
        if request.form.get("ssl_check") == "1":  # Slack looks at the certificate; nobody asked anything
            return _text("ok\n")
        response = _dispatch(bolt)
        meter.acked(time.monotonic() - started, is_acked=response.status_code == 200)
        return response


def _dispatch(bolt: App) -> Response:
    try:
        # As Socket Mode delivers it: read, and known to be Slack's. Bolt's own reading loses a form in which the word
        # "payload" stands anywhere, in the words of a command for one (1.30, request/internals.py, parse_body).
        delivered = BoltRequest(mode="socket_mode", body=_body())
        response = to_flask_response(bolt.dispatch(delivered))
        if response.status_code == 404:  # nobody listens: so it is when it comes again
            _log.info("unknown delivery", kind=request.mimetype)
            return _text("")
        return response
    except Exception as error:  # noqa: BLE001  Bolt raises on bodies that are not formed as it expects
        _log.error("request failed", error=type(error).__name__, kind=request.mimetype, exc_info=error)
        response = _text("not understood\n", 400)
        response.headers["X-Slack-No-Retry"] = "1"  # it would only fail again
        return response


def _body() -> dict[str, Any]:
    """Return what was delivered: an event as JSON, an interaction as JSON in a form, a command as a form.

    Raises: ValueError: none of them.
    """
    if not request.form:
        body = json.loads(request.get_data())
    elif "payload" in request.form:
        body = json.loads(request.form["payload"])
    else:
        body = request.form.to_dict()
    if not isinstance(body, dict):
        raise ValueError(type(body).__name__)
    return body


def _is_signed(verifier: SignatureVerifier, body: bytes) -> bool:
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    # The verifier raises on a timestamp that is no number and on a signature that is not ASCII (slack_sdk 3.47).
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16 and signature.isascii()):
        return False
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(verifier.is_valid(text, timestamp, signature))


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")


class Server:
    """Serves a site until it is closed."""

    def __init__(self, site: Flask, host: str, port: int) -> None:
        """Bind the port, on the first address of a name that has several. Raises: UsageError: it cannot be had."""
        self._sockets: dict[int, Any] = {}
        try:
            # For a name with two addresses waitress makes two servers, without a common port or way to wake them.
            address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]
            self._server: Any = create_server(
                site,
                map=self._sockets,
                host=address,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                ident=None,
                max_request_body_size=MAX_BODY_BYTES,
                inbuf_overflow=HELD_BODY_BYTES,
            )
        except OSError as error:
            wasyncore.close_all(self._sockets)
            reason = error.strerror or type(error).__name__
            # The port as text: numbers in sentences get thousands separators.
            raise UsageError("http-port", host=host, port=str(port), reason=reason) from error
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    @property
    def port(self) -> int:
        """The port bound."""
        return int(self._server.effective_port)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Finish the answers under way, for two seconds at most, and stop serving; a second time does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._thread.is_alive():
            self._server.pull_trigger()
            self._thread.join(3.0)
        else:
            wasyncore.close_all(self._sockets)

    def _run(self) -> None:
        # Waitress' own loop looks up once a second only, and can be ended by an exception alone.
        while not self._closing.is_set():
            wasyncore.loop(timeout=1.0, map=self._sockets, count=1, use_poll=True)
        self._server.task_dispatcher.shutdown(timeout=2)
        wasyncore.close_all(self._sockets)
