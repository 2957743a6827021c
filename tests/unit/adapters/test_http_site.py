"""The one HTTP port: probes, metrics, and Slack's endpoint, which only what Slack signed gets behind."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bot.adapters.http import MAX_BODY_BYTES, SLACK_PATH, Server, add_slack, make_site
from bot.adapters.metrics import Metrics
from bot.errors import UsageError
from tests.unit.handlers.slack import Slack

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Health:
    """Says what is wrong."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def problems(self) -> list[str]:
        return self.found


class Site:
    """The site in HTTP mode over a real Bolt app with every listener."""

    def __init__(self) -> None:
        self.slack, self.health, self.metrics = Slack(), Health(), Metrics()
        self.is_reached, self.is_stopping = True, False
        site = make_site(self.health, self.metrics.exposition)
        app = self.slack.app
        add_slack(site, lambda: app if self.is_reached else None, lambda: self.is_stopping, SECRET, self.metrics)
        self.client: FlaskClient = site.test_client()

    def post(self, body: bytes | str, kind: str = FORM, at: float | None = None, **headers: str | None) -> TestResponse:
        """Post what Slack signs; a header given as None is left out, another one replaces Slack's."""
        raw = body.encode() if isinstance(body, str) else body
        found = signed(raw, at) | {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in found.items() if value is not None}
        return self.client.post(SLACK_PATH, data=raw, content_type=kind, headers=given)

    def command(self, text: str, **changes: Any) -> TestResponse:
        """Type the slash command."""
        return self.post(urlencode(self.slack.command_body(text, "U0ALICE", "C0GENERAL", **changes)))

    def answers(self) -> list[str]:
        """Let the bot answer and return what it sent."""
        self.slack.work.run()
        return [sent.text for sent in self.slack.posted.sent]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """Let the bot answer and return what became of the questions."""
        self.slack.work.run()
        return self.slack.counted.outcomes


def signed(body: bytes, at: float | None = None) -> dict[str, str]:
    """Return the headers by which Slack signs a body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Collect what is logged."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def site(logged: list[Any]) -> Site:
    """Return the site."""
    return Site()


# Probes.


def test_the_process_is_healthy_whatever_else_is_wrong(site: Site) -> None:
    site.health.found = ["slack: not connected, or silent"]
    answer = site.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_it_is_ready_when_nothing_is_wrong(site: Site) -> None:
    answer = site.client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_it_says_everything_that_keeps_it_from_being_ready(site: Site) -> None:
    site.health.found = ["slack: not connected, or silent", "cluster: no view, or an old one"]
    answer = site.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.splitlines() == site.health.found


def test_metrics_are_there_to_be_scraped(site: Site) -> None:
    site.metrics.busy()
    answer = site.client.get("/metrics")
    assert answer.status_code == 200
    assert "unshim_busy_total 1.0" in answer.text
    assert answer.content_type.startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", SLACK_PATH, 405), ("put", SLACK_PATH, 405), ("post", "/healthz", 405), ("get", "/", 404)],
)
def test_nothing_else_is_there(site: Site, method: str, path: str, status: int) -> None:
    assert getattr(site.client, method)(path).status_code == status


def test_without_http_mode_slacks_endpoint_is_not_there() -> None:
    client = make_site(Health(), Metrics().exposition).test_client()
    assert client.post(SLACK_PATH, data=b"{}", headers=signed(b"{}")).status_code == 404


# What Slack did not sign.

BODY = urlencode({"command": "/runtime", "text": "status of a-private-word", "user_id": "U0ALICE"})


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X_Slack_Signature": None}, id="no-signature"),
        pytest.param({"X_Slack_Request_Timestamp": None}, id="no-time"),
        pytest.param({"X_Slack_Signature": None, "X_Slack_Request_Timestamp": None}, id="neither"),
        pytest.param({"X_Slack_Signature": "v0=" + "0" * 64}, id="another-signature"),
        pytest.param({"X_Slack_Signature": ""}, id="an-empty-signature"),
        pytest.param({"X_Slack_Signature": "v0=ünsïgned"}, id="not-ascii"),
        pytest.param({"X_Slack_Request_Timestamp": "soon"}, id="a-time-in-words"),
        pytest.param({"X_Slack_Request_Timestamp": "1.5"}, id="half-a-second"),
        pytest.param({"X_Slack_Request_Timestamp": "-1"}, id="before-1970"),
        pytest.param({"X_Slack_Request_Timestamp": "²"}, id="a-raised-digit"),
        pytest.param({"X_Slack_Request_Timestamp": "9" * 5_000}, id="a-number-python-does-not-read"),
        pytest.param({"X_Slack_Request_Timestamp": "9" * 15}, id="thirty-million-years-on"),
    ],
)
def test_a_forged_request_is_refused_and_none_of_it_is_logged(
    site: Site, logged: list[Any], headers: dict[str, str | None]
) -> None:
    assert site.post(BODY, **headers).status_code == 401
    assert site.answers() == []
    assert [line["event"] for line in logged] == ["request without a good signature"]
    assert "a-private-word" not in json.dumps(logged)


def test_the_signature_of_another_body_is_refused(site: Site) -> None:
    assert site.post(BODY, **{"X_Slack_Signature": signed(b"other")["X-Slack-Signature"]}).status_code == 401


def test_the_signature_of_another_secret_is_refused(site: Site) -> None:
    digest = hmac.new(b"other", b"v0:1:" + BODY.encode(), hashlib.sha256).hexdigest()
    assert site.post(BODY, **{"X_Slack_Signature": f"v0={digest}"}).status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-240, 200), (240, 200), (-302, 401), (302, 401), (-86_400, 401)])
def test_a_request_is_good_for_five_minutes(site: Site, seconds: float, status: int) -> None:
    body = urlencode(site.slack.command_body("status", "U0ALICE", "C0GENERAL"))
    assert site.post(body, at=time.time() + seconds).status_code == status
    assert len(site.answers()) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe\x00", id="not-utf-8"),
        pytest.param("text=\xfc".encode("latin-1"), id="latin-1"),
        pytest.param(b"\xed\xa0\x80", id="half-a-character"),
    ],
)
def test_a_signed_body_that_is_no_text_is_refused(site: Site, body: bytes) -> None:
    assert site.post(body).status_code == 401


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY_BYTES, 401), (MAX_BODY_BYTES + 1, 413)])
def test_a_body_over_the_limit_is_not_read(site: Site, size: int, status: int) -> None:
    assert site.client.post(SLACK_PATH, data=b"x" * size, content_type=FORM).status_code == status


# What Slack signed.


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"", JSON, id="nothing"),
        pytest.param(b"", FORM, id="an-empty-form"),
        pytest.param(b"{", JSON, id="half-json"),
        pytest.param(b"[1]", JSON, id="a-list"),
        pytest.param(b'"x"', JSON, id="a-word"),
        pytest.param(b"NaN", JSON, id="not-a-number"),
        pytest.param(b"payload=%7B", FORM, id="half-a-payload"),
        pytest.param(b"payload=%5B%5D", FORM, id="a-payload-that-is-a-list"),
        pytest.param(b"payload=", FORM, id="an-empty-payload"),
        pytest.param(b"[" * 100_000, JSON, id="deep"),
        pytest.param(b"<xml/>", "text/xml", id="xml"),
        pytest.param(b"--x\r\n\r\n", "multipart/form-data; boundary=x", id="half-a-form"),
        pytest.param(b'{"type":"event_callback","event":null}', JSON, id="no-event"),
        pytest.param(b'{"type":"event_callback","event":"app_mention"}', JSON, id="an-event-that-is-a-word"),
        pytest.param(b'{"type":"block_actions","actions":[]}', JSON, id="no-action"),
        pytest.param(b'{"team":7,"user":7,"channel":7,"authorizations":7}', JSON, id="numbers"),
    ],
)
def test_whatever_is_signed_there_is_never_an_error_page(site: Site, body: bytes, kind: str) -> None:
    answer = site.post(body, kind)
    assert answer.status_code in (200, 400)
    assert "Traceback" not in answer.text
    assert site.answers() == []


def test_an_unreadable_body_is_not_sent_again_and_not_logged(site: Site, logged: list[Any]) -> None:
    answer = site.post(b'{"a-private-word"', JSON)
    assert (answer.status_code, answer.headers["X-Slack-No-Retry"]) == (400, "1")
    assert "a-private-word" not in json.dumps(logged, default=str)


@pytest.mark.parametrize("text", ["status", "explain web/payload", "payload", "payload=1&command=x", "상태", "a+b %41"])
def test_a_command_arrives_with_its_words_as_they_were_typed(site: Site, text: str) -> None:
    asked: list[str] = []
    site.slack.desk.take = lambda ask: asked.append(ask.text)  # type: ignore[method-assign]
    answer = site.command(text)
    assert (answer.status_code, answer.text) == (200, "")
    assert asked == [text]


def test_a_command_about_a_payload_is_answered(site: Site) -> None:
    site.command("explain ci/payload")
    assert site.outcomes() == [("command", "explain", "answered")]


def test_a_command_there_is_no_room_for_is_told_so_in_the_answer(site: Site) -> None:
    site.slack.work.is_full = True
    answer = site.command("status")
    assert answer.status_code == 200
    assert answer.get_json()["response_type"] == "ephemeral"


def test_a_click_is_answered(site: Site) -> None:
    body = site.slack.click_body('{"v":1,"q":"status","l":"en","p":0}')
    assert site.post(urlencode({"payload": json.dumps(body)})).status_code == 200
    assert site.outcomes() == [("button", "status", "answered")]


def test_an_event_is_answered(site: Site) -> None:
    body = site.slack.event_body("app_mention", "<@U0BOT> status payload", "U0ALICE", "C0GENERAL")
    assert site.post(json.dumps(body), JSON).status_code == 200
    assert [surface for surface, _, _ in site.outcomes()] == ["mention"]


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8"])
def test_the_address_is_verified_when_slack_asks(site: Site, kind: str) -> None:
    answer = site.post(json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}), kind)
    assert (answer.status_code, answer.get_json()) == (200, {"challenge": "abc"})


def test_slacks_look_at_the_certificate_is_no_question(site: Site) -> None:
    answer = site.post("token=x&ssl_check=1")
    assert answer.status_code == 200
    assert site.answers() == []


def test_while_slack_was_not_reached_yet_a_request_is_not_taken(site: Site) -> None:
    site.is_reached = False
    assert site.command("status").status_code == 503
    assert site.answers() == []


def test_acknowledgements_are_timed(site: Site) -> None:
    site.command("status")
    assert b"unshim_ack_seconds_count 1.0" in site.metrics.exposition()


# What is sent again: Slack's own retries carry a new signature or the same one; a thief's carry the same one.


def replayed(site: Site, body: str, kind: str) -> None:
    """Post a body three times with the same signature, as Slack's retries do, too."""
    at = time.time() - 200
    assert site.post(body, kind, at=at).status_code == 200
    site.slack.work.run()
    assert site.post(body, kind, at=at).status_code == 200
    again = site.post(body, kind, at=at, X_Slack_Retry_Num="1", X_Slack_Retry_Reason="http_timeout")
    assert again.status_code == 200


def test_a_command_that_is_replayed_is_answered_once(site: Site) -> None:
    # It is known by its trigger_id, which is as signed as the rest.
    replayed(site, urlencode(site.slack.command_body("status", "U0ALICE", "C0GENERAL")), FORM)
    assert len(site.answers()) == 1
    assert site.slack.counted.repeats == ["command", "command"]


def test_a_click_that_is_replayed_is_answered_once(site: Site) -> None:
    body = site.slack.click_body('{"v":1,"q":"status","l":"en","p":0}', "share")
    replayed(site, urlencode({"payload": json.dumps(body)}), FORM)
    assert len(site.answers()) == 1


def test_an_event_that_is_replayed_is_answered_once(site: Site) -> None:
    replayed(site, json.dumps(site.slack.event_body("app_mention", "status", "U0ALICE", "C0GENERAL")), JSON)
    assert len(site.answers()) == 1


# The server.


@pytest.fixture
def serve() -> Iterator[Callable[[], Server]]:
    """Yield what starts a server on a free port; it is closed in the end."""
    started: list[Server] = []

    def start() -> Server:
        server = Server(make_site(Health(), Metrics().exposition), "127.0.0.1", 0)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.close()


def test_it_serves_on_a_free_port_and_closes_it(serve: Callable[[], Server]) -> None:
    server = serve()
    with urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
        assert answer.read() == b"ok\n"
        assert answer.headers.get("Server") is None
    server.close()
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", server.port), 1):
        pass


def test_closing_twice_or_before_it_began_is_no_error() -> None:
    server = Server(make_site(Health(), Metrics().exposition), "127.0.0.1", 0)
    server.close()
    server.close()
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", server.port), 1):
        pass


def test_a_port_that_is_taken_is_an_error_that_names_it(serve: Callable[[], Server]) -> None:
    port = serve().port
    with pytest.raises(UsageError) as caught:
        Server(make_site(Health(), Metrics().exposition), "127.0.0.1", port)
    assert caught.value.key == "http-port"
    assert str(caught.value.values["port"]) == str(port)
