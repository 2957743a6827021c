"""Log lines: each one JSON, none with a secret, wherever in it the secret was put."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from bot.adapters import logs

TOKENS = {
    "bot": "xoxb-0000000000-1111111111-AbCdEfGhIjKl",
    "rotated": "xoxe.xoxb-1-Mi0yLTAwMDA",
    "refresh": "xoxe-1-My0xLTAwMDA",
    "configuration": "xoxe.xoxp-1-Mi0yLTAwMDB",
    "user": "xoxp-0000000000-2222222222-deadbeef",
    "legacy-workspace": "xoxa-2-0000000000-deadbeef",
    "session": "xoxd-AbC%2FdEf%3D",
    "app": "xapp-1-A0000000000-3333333333-0123456789abcdef",
    "bearer": "AbCdEf-0123.456~x+y/z==",
    "service-account": "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl-_",
    "command-url": "T0TEAM/0000000000/AbCdEfGhIjKlMnOp",
    "webhook": "services/T0TEAM/B0BOT/AbCdEfGh",
    "upload-url": "v1/AbCdEfGhIjKl",
    "ticket": "AbCd-0123-4567",
    "proxy-password": "pass-word",
}

#: How each of them stands in a text.
TEXTS = {
    **{name: token for name, token in TOKENS.items() if token.startswith(("xox", "xapp", "eyJ"))},
    "bearer": f"Authorization: Bearer {TOKENS['bearer']}",
    "service-account": f"refused {TOKENS['service-account']}",
    "command-url": f"https://hooks.slack.com/commands/{TOKENS['command-url']}",
    "webhook": f"https://hooks.slack-gov.com/{TOKENS['webhook']}",
    "upload-url": f"https://files.slack.com/upload/{TOKENS['upload-url']}",
    "ticket": f"wss://wss-primary.slack.com/link/?ticket={TOKENS['ticket']}&app_id=abc",
    "proxy-password": f"http://proxy-user:{TOKENS['proxy-password']}@proxy.example:3128",
}


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Give logging, warnings, threads and structlog back as they were."""
    root = logging.getLogger()
    names = [*logs._QUIET, "slack_bolt.RequestVerification"]
    handlers, level, hook = list(root.handlers), root.level, threading.excepthook
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    logging.captureWarnings(False)
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


Lines = list[dict[str, Any]]


def lines_of(write: Callable[[], object], level: str = "debug") -> Lines:
    """Set logs up, write something, and return the lines; each has to be a JSON object."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        logs.set_up(level)
        write()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


def ours() -> Any:
    """Return a logger such as our modules use."""
    return structlog.get_logger("bot.tested")


class Answer:
    """An object of a library that shows its token when it is printed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Answer {self.text!r}>"


def failing(text: str) -> Exception:
    """Return an exception raised and chained, with the text in both."""
    try:
        try:
            raise ValueError(f"inner {text}")
        except ValueError as inner:
            raise OSError(f"outer {text}") from inner
    except OSError as error:
        return error


WAYS: dict[str, Callable[[str], object]] = {
    "message": lambda text: ours().info(f"it was {text} here"),
    "argument": lambda text: ours().info("it was %s", text),
    "value": lambda text: ours().info("seen", value=text),
    "nested-table": lambda text: ours().info("seen", headers={"a": {"b": text}}),
    "nested-list": lambda text: ours().info("seen", calls=[["x", (text,)]]),
    "name-of-a-field": lambda text: ours().info("seen", fields={text: 1}),
    "object": lambda text: ours().info("seen", answer=Answer(text)),
    "object-in-a-list": lambda text: ours().info("seen", answers=[Answer(text)]),
    "bytes": lambda text: ours().info("seen", body=text.encode()),
    "quoted-json": lambda text: ours().info("seen", body=json.dumps({"line": [text, "\n" + text]})),
    "bound": lambda text: ours().bind(client=text).info("seen"),
    "exception": lambda text: ours().error("failed", exc_info=failing(text)),
    "error-value": lambda text: ours().error("failed", error=failing(text)),
    "library-message": lambda text: logging.getLogger("slack_sdk.web").error(" ".join(("sent", text))),
    "library-argument": lambda text: logging.getLogger("slack_sdk.web").error("sent %s to %s", {"t": text}, [text]),
    "library-named-argument": lambda text: logging.getLogger("urllib3").error("sent %(what)s", {"what": text}),
    "library-exception": lambda text: logging.getLogger("urllib3").error("x", exc_info=failing(text)),
    "library-stack": lambda text: logging.getLogger("urllib3").error(text, stack_info=True),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TEXTS)
def test_no_secret_gets_into_a_line(name: str, way: str) -> None:
    [line] = lines_of(lambda: WAYS[way](TEXTS[name]))
    shown = json.dumps(line, ensure_ascii=False)
    assert TOKENS[name] not in shown
    assert "[secret]" in shown


@pytest.mark.parametrize("field", ["token", "Authorization", "password", "signing_secret"])
def test_fields_with_the_name_of_a_secret_are_not_written(field: str) -> None:
    [line] = lines_of(lambda: ours().info("seen", body={field: 'of no "shape"'}, after="kept"))
    assert (line["body"], line["after"]) == ({field: "[secret]"}, "kept")


@pytest.mark.parametrize("field", ["token", "access_token", "client_secret", "password"])
@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda table: json.dumps(table), id="json"),
        pytest.param(lambda table: json.dumps({"body": json.dumps(table)}), id="json-in-json"),
        pytest.param(lambda table: repr(table), id="a-python-repr"),
    ],
)
def test_such_fields_in_a_text_are_not_written_either(field: str, written: Callable[[object], str]) -> None:
    [line] = lines_of(lambda: ours().info("seen", body=written({field: "planted", "after": "kept"})))
    assert "planted" not in line["body"]
    assert "kept" in line["body"]


def test_what_is_no_secret_stays() -> None:
    values = {
        "workload": "ci/builder",
        "image": "registry.example:5000/team/app@sha256:0123",
        "url": "https://cluster.example:6443/api/v1/pods?limit=500",
        "text": "노드 <b> & \"quoted\" \\ 'x'",
        "table": {"a": [1, 2.5, None, True]},
    }
    [line] = lines_of(lambda: ours().info("read %d", 3, **values))
    assert line["event"] == "read 3"
    assert {key: line[key] for key in values} == values


def test_every_line_tells_when_how_severe_and_of_what() -> None:
    def write() -> None:
        ours().warning("one")
        logging.getLogger("urllib3.pool").error("two")

    one, two = lines_of(write)
    assert (one["level"], one["logger"], one["event"]) == ("warning", "bot.tested", "one")
    assert (two["level"], two["logger"], two["event"]) == ("error", "urllib3.pool", "two")
    assert one["timestamp"].endswith("Z")


def test_what_a_question_is_known_by_is_in_its_lines() -> None:
    def write() -> None:
        with structlog.contextvars.bound_contextvars(request="abc12345"):
            ours().info("inside")
        ours().info("outside")

    inside, outside = lines_of(write)
    assert inside["request"] == "abc12345"
    assert "request" not in outside


def endless() -> dict[str, Any]:
    """Return a table that holds itself."""
    table: dict[str, Any] = {}
    table["itself"] = table
    return table


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: ours().info("line one\nline two\r\x1b[31m"), id="line-breaks-and-colours"),
        pytest.param(lambda: ours().info("lone \ud800"), id="half-a-character"),
        pytest.param(lambda: ours().info("not a number", value=float("nan")), id="not-a-number"),
        pytest.param(lambda: ours().error("failed", exc_info=failing("x\ny")), id="traceback"),
        pytest.param(lambda: logging.getLogger("urllib3").error("%d", TOKENS["bot"]), id="wrong-argument"),
        pytest.param(lambda: logging.getLogger("urllib3").error("%s %s", TOKENS["bot"]), id="missing-argument"),
        pytest.param(lambda: ours().info("odd", table={(1, 2): TOKENS["bot"]}), id="a-field-that-is-no-text"),
        pytest.param(lambda: ours().info("round", table=endless()), id="a-table-that-holds-itself"),
        pytest.param(lambda: warnings.warn(f"deprecated {TOKENS['bot']}", stacklevel=1), id="warning"),
    ],
)
@pytest.mark.filterwarnings("always")
def test_whatever_is_logged_is_one_line_of_json(write: Callable[[], None]) -> None:
    [line] = lines_of(write)
    assert TOKENS["bot"] not in json.dumps(line)


def test_a_line_that_cannot_be_written_says_at_least_whose_it_was() -> None:
    [line] = lines_of(lambda: logging.getLogger("urllib3").error("%d", TOKENS["bot"]))
    assert line == {"logger": "urllib3", "level": "error", "event": "log line lost"}


def test_a_thread_that_fails_is_a_line_and_no_traceback_on_the_terminal() -> None:
    def fail() -> None:
        raise RuntimeError(f"with {TOKENS['app']}")

    [line] = lines_of(lambda: run(fail))
    assert (line["event"], line["thread"], line["error"]) == ("thread failed", "socket-watch", "RuntimeError")
    assert "Traceback" in line["exception"]
    assert TOKENS["app"] not in json.dumps(line)


def test_a_thread_that_ends_itself_is_no_failure() -> None:
    assert lines_of(lambda: run(sys.exit)) == []


def run(target: Callable[[], object]) -> None:
    """Run something in a thread and wait for its end."""
    thread = threading.Thread(target=target, name="socket-watch")
    thread.start()
    thread.join()


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_says_what_is_written(level: str, expected: int) -> None:
    def write() -> None:
        log = ours()
        for one in (log.debug, log.info, log.warning, log.error):
            one("x")

    assert len(lines_of(write, level)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "slack_sdk.web.base_client",
        "slack_bolt.App",
        "urllib3.connectionpool",
        "waitress",
        "apscheduler.executors.default",  # two lines for each look at what is due
    ],
)
def test_libraries_that_print_whole_requests_or_every_step_are_not_heard_below_a_warning(name: str) -> None:
    def write() -> None:
        logging.getLogger(name).debug("body: the whole of it")
        logging.getLogger(name).info("body: the whole of it")

    assert lines_of(write) == []


def test_bolt_does_not_log_the_body_of_forged_requests() -> None:
    name = "slack_bolt.RequestVerification"
    assert lines_of(lambda: logging.getLogger(name).error("Invalid request signature detected (body: …)")) == []


def test_a_line_begins_with_what_a_person_looks_for() -> None:
    [line] = lines_of(lambda: ours().info("seen", a=1))
    assert list(line)[:3] == ["timestamp", "level", "event"]
