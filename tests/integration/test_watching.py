"""The server of lists and watches: as a real API server where both can be asked, and wrong on demand."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.factories import make_deployment, make_node, make_pod
from tests.integration.apiserver import ApiServer
from tests.integration.watching import KINDS, WatchProcess, WatchServer

JsonObject = dict[str, Any]

PODS = "/api/v1/pods"
NODES = "/api/v1/nodes"
STREAM = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
MARK = "deletionTimestamp"
SECONDS = 20


class _Client:
    """Reads either server."""

    def __init__(self, url: str, headers: dict[str, str], **options: Any) -> None:
        self.url, self.headers = url, headers
        self.http = urllib3.PoolManager(retries=False, timeout=SECONDS, maxsize=4, **options)

    def get(self, path: str) -> tuple[int, Any]:
        response = self.http.request("GET", self.url + path, headers=self.headers)
        return response.status, json.loads(response.data)

    def watch(self, path: str) -> Iterator[JsonObject]:
        """Yield the events until the server ends the stream."""
        response = self.http.request("GET", self.url + path, headers=self.headers, preload_content=False)
        assert response.status == 200
        yield from map(json.loads, _lines(response))


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for data in response.stream(1 << 16):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
    assert rest == b""


def _brief(events: Iterator[JsonObject]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


@pytest.fixture
def server() -> Iterator[WatchServer]:
    with WatchServer() as server:
        yield server


@pytest.fixture
def client(server: WatchServer) -> _Client:
    return _Client(server.url(), {"Authorization": "Bearer planted-token"})


# Both servers answer alike

Change = Callable[[str, str], int]


@pytest.fixture(params=["real", "ours"])
def both(request: pytest.FixtureRequest) -> tuple[_Client, Change]:
    """Return a client and what creates, changes or deletes a pod and returns its resourceVersion."""
    if request.param == "ours":
        ours: WatchServer = request.getfixturevalue("server")

        def change_ours(verb: str, name: str) -> int:
            if verb == "delete":
                return ours.delete(PODS, "default", name)
            return ours.put(PODS, make_pod(name) | ({"status": {"phase": "Failed"}} if verb == "patch" else {}))

        return request.getfixturevalue("client"), change_ours
    real: ApiServer = request.getfixturevalue("cluster")

    def change_real(verb: str, name: str) -> int:
        pod = make_pod(name)
        if verb == "create":
            return int(real.create({**pod, "status": {}})["metadata"]["resourceVersion"])
        if verb == "patch":
            path = f"/api/v1/namespaces/default/pods/{name}/status"
            patch = {"status": {"phase": "Failed"}}
            answer = real.request("PATCH", path, patch, content_type="application/merge-patch+json")
            return int(answer["metadata"]["resourceVersion"])
        real.delete(pod)
        return 0

    headers = {"Authorization": f"Bearer {real.admin_token}", "Accept": "application/json"}
    return _Client(real.url, headers, ca_certs=str(real.ca_file)), change_real


def _version(client: _Client, path: str = PODS) -> str:
    version: str = client.get(f"{path}?limit=1")[1]["metadata"]["resourceVersion"]
    return version


def test_a_list_by_pages_is_a_snapshot(both: tuple[_Client, Change]) -> None:
    client, change = both
    for number in range(5):
        change("create", f"p{number}")
    _, first = client.get(f"{PODS}?limit=2")
    change("create", "p00")
    change("patch", "p4")
    _, second = client.get(f"{PODS}?limit=2&continue={first['metadata']['continue']}")
    _, third = client.get(f"{PODS}?limit=2&continue={second['metadata']['continue']}")

    pages = [first, second, third]
    assert [item["metadata"]["name"] for page in pages for item in page["items"]] == ["p0", "p1", "p2", "p3", "p4"]
    assert len({page["metadata"]["resourceVersion"] for page in pages}) == 1
    assert [page["metadata"].get("remainingItemCount") for page in pages] == [3, 1, None]
    assert "continue" not in third["metadata"]
    assert third["items"][0]["status"].get("phase") != "Failed"
    assert (first["kind"], first["apiVersion"]) == ("PodList", "v1")
    assert "kind" not in first["items"][0]
    assert len(client.get(f"{PODS}?limit=2&resourceVersion=0")[1]["items"]) == 6, "the watch cache knows no limit"


def test_a_watch_tells_what_came_after_its_version_in_order(both: tuple[_Client, Change]) -> None:
    client, change = both
    change("create", "before")
    start = _version(client)
    change("create", "web")
    changed = change("patch", "web")
    change("delete", "web")
    events = list(client.watch(f"{PODS}?watch=1&resourceVersion={start}&timeoutSeconds=1"))
    # A real server marks a pod before it deletes it, even at once.
    events = [item for item in events if item["type"] == "DELETED" or not item["object"]["metadata"].get(MARK)]

    assert _brief(iter(events)) == [("ADDED", "web"), ("MODIFIED", "web"), ("DELETED", "web")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert int(start) < versions[0] < versions[1] < versions[2]
    assert versions[1] == changed
    assert [event["object"]["kind"] for event in events] == ["Pod"] * 3


@pytest.mark.parametrize("version", ["", "&resourceVersion=0"], ids=["unset", "zero"])
def test_a_watch_without_a_version_begins_with_what_is_there(both: tuple[_Client, Change], version: str) -> None:
    client, change = both
    change("create", "a")
    change("create", "b")
    change("patch", "a")
    events = _brief(client.watch(f"{PODS}?watch=true&timeoutSeconds=1{version}"))
    assert sorted(events) == [("ADDED", "a"), ("ADDED", "b")]


def test_refusals_read_alike(both: tuple[_Client, Change]) -> None:
    client, _ = both
    assert client.get("/api/v1/nosuch/x/y")[0] == 404
    code, status = client.get(f"{PODS}?limit=1&continue=rubbish")
    assert (code, status["reason"]) == (400, "BadRequest")
    code, status = client.get("/api/v1/namespaces/default/pods/none")
    assert (code, status["message"]) == (404, 'pods "none" not found')
    code, status = client.get(f"{PODS}?resourceVersion=99999999")
    assert (code, status["reason"], status["details"]["retryAfterSeconds"]) == (504, "Timeout", 1)


def test_a_bookmark_comes_before_the_time_out(both: tuple[_Client, Change]) -> None:
    client, change = both
    start = _version(client)
    # A real server sends one only of what came while the watch was open.
    threading.Timer(0.5, change, ("create", "web")).start()
    seconds = 6 if client.url.startswith("https") else 1
    events = list(
        client.watch(f"{PODS}?watch=1&resourceVersion={start}&timeoutSeconds={seconds}&allowWatchBookmarks=1")
    )
    assert [event["type"] for event in events][:2] == ["ADDED", "BOOKMARK"]
    bookmark = events[1]["object"]
    assert int(bookmark["metadata"].pop("resourceVersion")) >= int(events[0]["object"]["metadata"]["resourceVersion"])
    assert bookmark == {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"creationTimestamp": None},
        "spec": {"containers": None},
        "status": {},
    }


# Ours alone


@pytest.mark.parametrize("path", sorted(set(KINDS) - {path for path in KINDS if "v1beta1" in path}))
def test_every_kind_is_an_empty_list_at_first(client: _Client, path: str) -> None:
    code, listed = client.get(path)
    assert (code, listed["kind"], listed["items"]) == (200, f"{KINDS[path].name}List", [])
    assert listed["apiVersion"] == path.split("/", 2)[2].rpartition("/")[0].removeprefix("/")


def test_an_old_version_is_served_when_asked_for(server: WatchServer, client: _Client) -> None:
    old, new = "/apis/batch/v1beta1/cronjobs", "/apis/batch/v1/cronjobs"
    assert [client.get(old)[0], client.get(new)[0]] == [404, 200]
    server.serve(old)
    server.serve(new, False)
    assert [client.get(old)[0], client.get(new)[0]] == [200, 404]
    server.configure(version="v1.20.2")
    assert client.get("/version")[1]["gitVersion"] == "v1.20.2"


def test_changes_reach_an_open_watch_at_once(server: WatchServer, client: _Client) -> None:
    events = client.watch(f"{PODS}?watch=1&resourceVersion={_version(client)}")
    server.put(NODES, make_node("n1"))
    version = server.put(PODS, make_pod("web"))
    event = next(events)
    assert (event["type"], event["object"]["metadata"]["resourceVersion"]) == ("ADDED", str(version))


@pytest.mark.parametrize("gone", ["event", "http"])
def test_the_horizon(server: WatchServer, client: _Client, gone: str) -> None:
    server.configure(gone=gone)
    old = server.put(PODS, make_pod("a"))
    server.put(PODS, make_pod("b"))
    server.expire()
    path = f"{PODS}?watch=1&resourceVersion={old}&timeoutSeconds=1"
    if gone == "http":
        code, status = client.get(path)
        assert code == 410
    else:
        (event,) = client.watch(path)
        assert event["type"] == "ERROR"
        status = event["object"]
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert status["message"] == f"too old resource version: {old} ({old + 1})"
    assert list(client.watch(f"{PODS}?watch=1&resourceVersion={old + 1}&timeoutSeconds=1")) == []


def test_a_full_history_forgets_the_oldest(server: WatchServer, client: _Client) -> None:
    server.store.history = 3
    start = server.put(PODS, make_pod("a"))
    server.put(PODS, *[make_pod(f"p{number}") for number in range(4)])
    (event,) = client.watch(f"{PODS}?watch=1&resourceVersion={start}&timeoutSeconds=1")
    assert event["object"]["code"] == 410
    assert len(list(client.watch(f"{PODS}?watch=1&resourceVersion={start + 1}&timeoutSeconds=1"))) == 3


def test_a_streaming_list_ends_its_first_part_with_a_marked_bookmark(server: WatchServer, client: _Client) -> None:
    version = server.put(PODS, make_pod("a"), make_pod("b"))
    events = client.watch(f"{PODS}?{STREAM}&timeoutSeconds=5")
    first = [next(events) for _ in range(3)]
    assert _brief(iter(first)) == [("ADDED", "a"), ("ADDED", "b"), ("BOOKMARK", "")]
    metadata = first[2]["object"]["metadata"]
    assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert metadata["resourceVersion"] == str(version)
    server.delete(PODS, "default", "a")
    assert _brief(iter([next(events)])) == [("DELETED", "a")]


def test_streaming_lists_that_are_off_or_unknown(server: WatchServer, client: _Client) -> None:
    server.put(PODS, make_pod("a"))
    server.configure(watch_list="off")
    code, status = client.get(f"{PODS}?{STREAM}")
    text = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
    assert (code, status["reason"]) == (422, "Invalid")
    assert status["message"] == f'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: {text}'
    assert status["details"]["causes"] == [
        {"reason": "FieldValueForbidden", "message": text, "field": "sendInitialEvents"}
    ]
    server.configure(watch_list="ignored")
    assert _brief(client.watch(f"{PODS}?{STREAM}&timeoutSeconds=1")) == [("ADDED", "a")]


def test_streaming_lists_of_an_old_server_are_refused_as_a_real_one_does(
    server: WatchServer, client: _Client, cluster: ApiServer
) -> None:
    version = cluster.request("GET", "/version")["gitVersion"]
    if not version.startswith("v1.20."):
        pytest.skip("the words are those of 1.20")
    server.configure(watch_list="old")
    headers = {"Authorization": f"Bearer {cluster.admin_token}"}
    real = _Client(cluster.url, headers, ca_certs=str(cluster.ca_file))
    for query in (STREAM, f"{STREAM}&resourceVersion=7"):
        assert client.get(f"{PODS}?{query}") == real.get(f"{PODS}?{query}")


def test_expired_tokens(server: WatchServer, client: _Client) -> None:
    server.put(PODS, *[make_pod(name) for name in "abc"])
    token = client.get(f"{PODS}?limit=1")[1]["metadata"]["continue"]
    server.expire_tokens()
    code, status = client.get(f"{PODS}?limit=1&continue={token}")
    assert (code, status["reason"]) == (410, "Expired")
    server.delete(PODS, "default", "c")
    _, rest = client.get(f"{PODS}?limit=5&continue={status['metadata']['continue']}")
    assert [item["metadata"]["name"] for item in rest["items"]] == ["b"]
    server.configure(tokens_expire=True)
    token = client.get(f"{PODS}?limit=1")[1]["metadata"]["continue"]
    assert client.get(f"{PODS}?limit=1&continue={token}")[0] == 410


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_errors_on_demand(server: WatchServer, client: _Client, code: int) -> None:
    server.fail(PODS, "list", code, times=2, retry_after=1)
    assert [client.get(PODS)[0] for _ in range(3)] == [code, code, 200]
    server.fail("*", "watch", code)
    response = client.http.request("GET", f"{client.url}{PODS}?watch=1", headers=client.headers)
    status = response.json()
    assert (response.status, status["kind"], status["code"]) == (code, "Status", code)
    assert client.get(NODES)[0] == 200
    server.heal()
    assert list(client.watch(f"{PODS}?watch=1&timeoutSeconds=1")) == []
    assert server.counts()[PODS, "list"] == 3


def test_what_is_said_with_429_and_to_a_wrong_token(server: WatchServer, client: _Client) -> None:
    server.fail(PODS, "*", 429, retry_after=2, body=b"Too many requests, please try again later.\n", times=1)
    response = client.http.request("GET", f"{client.url}{PODS}", headers=client.headers)
    assert (response.status, response.headers["Retry-After"]) == (429, "2")
    assert response.headers["Content-Type"].startswith("text/plain")
    server.configure(token="another")
    assert client.get(PODS)[1]["reason"] == "Unauthorized"


def test_no_answer_at_all(server: WatchServer, client: _Client) -> None:
    server.fail(PODS, "list", 0)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.http.request("GET", f"{client.url}{PODS}", timeout=0.3)
    server.heal()
    assert client.get(PODS)[0] == 200


def test_bookmarks_come_at_the_pace_that_was_set(server: WatchServer, client: _Client) -> None:
    server.configure(bookmark_seconds=0.2)
    start = _version(client)
    version = server.put(NODES, make_node("n1"))
    path = f"{PODS}?watch=1&resourceVersion={start}&timeoutSeconds=1"
    events = list(client.watch(f"{path}&allowWatchBookmarks=true"))
    assert 3 <= len(events) <= 6
    assert {event["type"] for event in events} == {"BOOKMARK"}
    assert {event["object"]["metadata"]["resourceVersion"] for event in events} == {str(version)}
    assert list(client.watch(path)) == []


def test_raw_bytes_arrive_as_they_are(server: WatchServer, client: _Client) -> None:
    response = client.http.request("GET", f"{client.url}{PODS}?watch=1", preload_content=False)
    server.wait_for_watches(PODS)
    back = server.line(PODS, "MODIFIED", make_pod("web") | {"metadata": {"name": "web", "resourceVersion": "1"}})
    server.inject(PODS, b"no JSON\n", back, back, b'{"type":"ADD')
    server.drop(PODS)
    assert response.data == b"no JSON\n" + back * 2 + b'{"type":"ADD'
    assert json.loads(back)["object"]["metadata"]["resourceVersion"] == "1"


def test_half_a_line_and_silence(server: WatchServer, client: _Client) -> None:
    server.configure(bookmark_seconds=0.05)
    response = client.http.request(
        "GET", f"{client.url}{PODS}?watch=1&allowWatchBookmarks=1&timeoutSeconds=1", preload_content=False, timeout=2
    )
    server.wait_for_watches(PODS)
    server.inject(PODS, b'{"type":"ADD')
    server.mute(PODS)
    assert response.read1() == b'{"type":"ADD'
    server.put(PODS, make_pod("web"))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        response.read()
    assert server.open_watches(PODS) == 1, "time went by, and it has not ended"


@pytest.mark.parametrize(("how", "error"), [("end", None), ("cut", "IncompleteRead"), ("reset", "reset by peer")])
def test_open_watches_end_in_each_way(server: WatchServer, client: _Client, how: str, error: str | None) -> None:
    response = client.http.request("GET", f"{client.url}{PODS}?watch=1", preload_content=False)
    server.wait_for_watches(PODS)
    server.drop(PODS, how)
    if error is None:
        assert response.data == b""
    else:
        with pytest.raises(urllib3.exceptions.ProtocolError, match=error):
            response.read()
    assert server.open_watches() == 0


def test_an_error_in_the_middle_ends_the_watch(server: WatchServer, client: _Client) -> None:
    response = client.http.request("GET", f"{client.url}{PODS}?watch=1", preload_content=False)
    server.wait_for_watches(PODS)
    server.error(PODS)
    (line,) = _lines(response)
    event = json.loads(line)
    assert (event["type"], event["object"]["kind"], event["object"]["code"]) == ("ERROR", "Status", 410)


def test_a_client_that_hangs_up_is_forgotten(server: WatchServer) -> None:
    with socket.create_connection(server.server_address) as sock:
        sock.sendall(b"GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        server.wait_for_watches(PODS)
    deadline = time.monotonic() + SECONDS
    while server.open_watches() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.open_watches() == 0


def test_requests_are_logged_with_their_query(server: WatchServer, client: _Client) -> None:
    client.get(f"{PODS}?limit=5")
    client.get(f"{PODS}?watch=1&timeoutSeconds=1&resourceVersion=abc")
    client.get("/version")
    logged = [(request.verb, request.path, request.query) for request in server.requests()]
    assert logged == [
        ("list", PODS, {"limit": "5"}),
        ("watch", PODS, {"watch": "1", "timeoutSeconds": "1", "resourceVersion": "abc"}),
        ("get", "/version", {}),
    ]


def test_a_process_of_its_own_has_the_same_methods_and_ends_with_us(tmp_path: Path) -> None:
    with WatchProcess() as server:
        client = _Client(server.url(), {})
        server.put("/apis/apps/v1/deployments", make_deployment("web"))
        assert server.kubeconfig(tmp_path / "config").exists()
        assert len(client.get("/apis/apps/v1/deployments")[1]["items"]) == 1
        assert server.counts()["/apis/apps/v1/deployments", "list"] == 1
        with pytest.raises(KeyError):
            server.delete(PODS, "default", "none")
        pid = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


_READER = """
    import socket, sys, time
    sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    sock.sendall(b"GET /api/v1/pods?watch=1 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    buffer, lines = bytearray(1 << 20), 0
    while lines < int(sys.argv[2]) and (size := sock.recv_into(buffer)):
        lines += buffer.count(b"}\\n", 0, size)
    print(lines)
"""


def _reader(port: int, lines: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", textwrap.dedent(_READER), str(port), str(lines)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_a_replay_floods_a_plain_reader(note: Callable[[str], None]) -> None:
    count = 60_000
    with WatchProcess() as server:
        pod = make_pod("web", env={f"NAME_{number}": "x" * 60 for number in range(50)})
        line = server.line(PODS, "MODIFIED", pod)
        assert 4_500 < len(line) < 6_000
        with _reader(int(server.url().rpartition(":")[2]), count) as reader:
            server.wait_for_watches(PODS)
            seconds = server.replay(PODS, [line] * 1000, times=count // 1000)
            read, _ = reader.communicate(timeout=SECONDS)
    note(f"replay: {count / seconds:,.0f} lines of {len(line):,} bytes a second to a plain reader")
    assert int(read) >= count
    assert count / seconds >= 20_000


def test_a_replay_keeps_its_rate(server: WatchServer) -> None:
    line = server.line(PODS, "MODIFIED", make_pod("web"))
    with _reader(server.server_address[1], 2_000) as reader:
        server.wait_for_watches(PODS)
        seconds = server.replay(PODS, [line] * 2_000, rate=2_000)
        reader.communicate(timeout=SECONDS)
    assert 0.9 < seconds < 1.5


def test_changes_of_objects_are_fast_too(server: WatchServer, note: Callable[[str], None]) -> None:
    pods = [make_pod(f"web-{number}") for number in range(10_000)]
    with _reader(server.server_address[1], 10_000) as reader:
        server.wait_for_watches(PODS)
        start = time.monotonic()
        server.put(PODS, *pods)
        reader.communicate(timeout=SECONDS)
    rate = len(pods) / (time.monotonic() - start)
    note(f"watch server: {rate:,.0f} changes a second to a plain reader")
    assert rate >= 10_000


def test_objects_loaded_from_a_file_are_listed_and_are_no_events(tmp_path: Path) -> None:
    file = tmp_path / "pods"
    pods = [make_pod(name, namespace="shop") for name in ("a", "b")]
    file.write_text("".join(json.dumps({key: pod[key] for key in ("metadata", "spec")}) + "\n" for pod in pods))
    with WatchServer() as server:
        server.load(PODS, file, 5_000)
        client = _Client(server.url(), {})
        _, listed = client.get(PODS)
        server.put(PODS, make_pod("c", namespace="shop"))
        events = client.watch(
            f"{PODS}?watch=1&resourceVersion={listed['metadata']['resourceVersion']}&timeoutSeconds=1"
        )
        assert _brief(events) == [("ADDED", "c")]
    assert listed["metadata"]["resourceVersion"] == "5000"
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a", "b"]
