"""What can go wrong while a cluster is watched: it is survived and counted, and the view comes to what a read gives."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.core.snapshot import Cause
from bot.errors import UnreachableError
from tests.factories import make_cronjob, make_daemonset, make_deployment, make_namespace, make_node, make_pod
from tests.integration.apiserver import free_ports
from tests.integration.watched import watching
from tests.integration.watching import WatchServer

PODS = "/api/v1/pods"
NODES = "/api/v1/nodes"
DAEMONSETS = "/apis/apps/v1/daemonsets"
OLD_CRONJOBS, CRONJOBS = "/apis/batch/v1beta1/cronjobs", "/apis/batch/v1/cronjobs"
SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
NAMELESS = b'{"type":"ADDED","object":{"metadata":{"resourceVersion":"9999999"}}}\n'
RENAMED = b'{"type":"RENAMED","object":{"kind":"Pod","metadata":{"name":"x"}}}\n'


@pytest.fixture
def server() -> Iterator[WatchServer]:
    """Yield a server of a small cluster, without streaming lists."""
    with WatchServer() as server:
        server.configure(version="v1.30.1")
        server.put(NODES, make_node("old", runtime="docker://20.10.24"), make_node("new"))
        server.put("/api/v1/namespaces", make_namespace("default"))
        server.put(DAEMONSETS, make_daemonset("agent", namespace="default", host_paths=SOCKET))
        server.put("/apis/apps/v1/deployments", make_deployment("web"))
        server.put(PODS, *(make_pod(f"p-{n}", node="old", host_paths=SOCKET) for n in range(7)))
        yield server


@pytest.fixture
def config(server: WatchServer, tmp_path: Path) -> Path:
    """Return a kubeconfig of the server."""
    return server.kubeconfig(tmp_path / "config")


def renew(server: WatchServer, number: int = 0) -> None:
    """Change something that shows."""
    server.put(PODS, make_pod(f"new-{number}", node="old", host_paths=SOCKET))


def test_every_kind_is_listed_once_and_then_watched(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        for n in range(3):
            renew(server, n)
            watched.wait_for(lambda view, n=n: any(w.key.name == f"new-{n}" for w in view.workloads))
        counts = server.counts()
        assert {count for (_, verb), count in counts.items() if verb == "list"} == {1}
        assert not [path for path, verb in counts if verb == "get" and path != "/version"]
        server.delete(PODS, "default", "new-1")
        watched.settle()


@pytest.mark.parametrize("gone", ["event", "http"])
def test_a_version_that_is_too_old_has_the_kind_listed_again(server: WatchServer, config: Path, gone: str) -> None:
    server.configure(gone=gone)
    with watching(config) as watched:
        renew(server)
        watched.settle()
        server.fail(PODS, "*", 0)  # nobody answers, so what happens now is missed
        server.drop(PODS, "reset")
        renew(server, 1)
        server.delete(PODS, "default", "p-3")
        server.expire()
        server.heal()
        watched.settle()
        assert watched.count("unshim_relists_total", cause="expired") >= 1


def test_while_a_kind_is_listed_again_everything_known_is_shown(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        before = watched.views.view().workloads
        server.fail(PODS, "list", 0)
        server.error(PODS)
        server.wait_for_watches(NODES)
        time.sleep(1.0)
        assert watched.views.view().workloads == before
        server.heal()
        watched.settle()


def bad_object(name: str) -> dict[str, Any]:
    """Return a pod that does not decode, and of which the rest can be judged."""
    pod = make_pod(name, node="old", host_paths=SOCKET)
    pod["spec"]["containers"][0]["volumeMounts"] = "all of them"
    return pod


def event(server: WatchServer, type_: str, pod: dict[str, Any], version: str | None = None) -> bytes:
    if version is not None:
        pod["metadata"]["resourceVersion"] = version
    return json.dumps({"type": type_, "object": pod}).encode() + b"\n"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        pytest.param([b'{"type":"MOD\n'], "malformed", id="half-an-event"),
        pytest.param([b"\xff\xfe\x00 no JSON\n"], "malformed", id="bytes"),
        pytest.param(
            [b'{"type":"ADDED","object":{"metadata":{"resourceVersion":"9999999"}}}\n'], "malformed", id="nameless"
        ),
        pytest.param([b'{"type":"ADDED","object":[]}\n'], "malformed", id="no-object"),
        pytest.param(
            [b'{"type":"RENAMED","object":{"kind":"Pod","metadata":{"name":"x"}}}\n'],
            "unknown",
            id="a-type-nobody-knows",
        ),
        pytest.param(["backwards"], "backwards", id="a-version-that-goes-back"),
        pytest.param(["repeated"], "repeated", id="the-same-event-twice"),
    ],
)
def test_odd_events_are_survived_and_counted(server: WatchServer, config: Path, lines: list[Any], what: str) -> None:
    with watching(config) as watched:
        version = server.put(PODS, make_pod("last", node="old"))
        watched.settle()
        made = {
            "backwards": event(server, "MODIFIED", make_pod("p-1", node="new"), "2"),
            "repeated": event(server, "ADDED", make_pod("last", node="new"), str(version)),
        }
        server.inject(PODS, *(made.get(line, line) for line in lines))
        renew(server, 1)
        watched.settle()
        watched.wait_count(1, "unshim_watch_events_total", resource="pods", type=what)
        watched.wait_count(what not in ("repeated", "unknown"), "unshim_relists_total", resource="pods")


def test_an_object_that_does_not_decode_is_named_until_it_does(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.put(PODS, bad_object("odd"))
        view = watched.settle()
        (gap,) = view.gaps
        assert (gap.what, gap.cause, gap.objects, gap.count) == ("pods", Cause.PARTLY, ("default/odd",), 1)
        server.put(PODS, make_pod("odd", node="old"))
        assert not watched.settle().gaps
        server.put(NODES, {**make_node("broken"), "status": {"nodeInfo": 7}})
        (gap,) = watched.settle().gaps
        assert (gap.what, gap.cause, gap.objects) == ("nodes", Cause.MALFORMED, ("broken",))
        server.delete(NODES, None, "broken")
        assert not watched.settle().gaps


def test_a_token_that_ran_out_half_way_has_the_list_begun_again(server: WatchServer, config: Path) -> None:
    server.configure(tokens_expire=True)
    with watching(config, page_size=1) as watched:
        assert len(watched.views.view().workloads) == 9
        assert watched.count("unshim_relists_total", resource="pods", cause="token expired") == 2
        assert watched.views.view().is_complete


def test_retry_after_is_honoured(server: WatchServer, config: Path) -> None:
    with watching(config, again=0.1) as watched:
        before = len(server.requests())
        server.fail(PODS, "*", 429, retry_after=2, times=4)
        server.drop(PODS)
        renew(server)
        watched.wait_for(lambda view: any(w.key.name == "new-0" for w in view.workloads))
        asked = [request.at for request in server.requests()[before:] if request.path == PODS]
        assert min(later - earlier for earlier, later in pairwise(asked[:5])) >= 1.9


def test_a_half_open_connection_is_noticed(server: WatchServer, config: Path) -> None:
    with watching(config, watch=1.0) as watched:
        server.mute(PODS)
        renew(server)
        watched.settle()
        assert watched.count("unshim_watch_seconds_count", resource="pods", outcome="silent") == 1


@pytest.mark.parametrize("how", ["end", "cut", "reset"])
def test_a_watch_that_breaks_goes_on_where_it_was(server: WatchServer, config: Path, how: str) -> None:
    with watching(config) as watched:
        for n in range(5):
            server.wait_for_watches(PODS)
            server.drop(how=how)
            renew(server, n)
        watched.settle()
        assert watched.count("unshim_relists_total") == 0


def test_a_server_that_closes_every_watch_is_not_asked_without_end(server: WatchServer, config: Path) -> None:
    server.configure(watch_seconds=0.0)
    with watching(config, again=5.0) as watched:
        before = server.counts()[PODS, "watch"]
        time.sleep(3.0)
        assert server.counts()[PODS, "watch"] - before < 8
        renew(server)
        watched.settle()


def test_a_kind_that_moves_to_another_version_is_followed(server: WatchServer, config: Path) -> None:
    server.serve(OLD_CRONJOBS)
    server.serve(CRONJOBS, is_served=False)
    server.put(OLD_CRONJOBS, make_cronjob("nightly", host_paths=SOCKET))
    with watching(config) as watched:
        assert any(w.key.kind == "CronJob" for w in watched.views.view().at_risk)
        server.serve(CRONJOBS)
        server.put(CRONJOBS, make_cronjob("nightly", host_paths=SOCKET), make_cronjob("hourly", host_paths=SOCKET))
        server.serve(OLD_CRONJOBS, is_served=False)
        server.drop(OLD_CRONJOBS)
        view = watched.settle()
        assert {w.key.name for w in view.at_risk if w.key.kind == "CronJob"} == {"nightly", "hourly"}
        assert view.is_complete


def test_a_token_that_is_rotated_is_picked_up(server: WatchServer, tmp_path: Path) -> None:
    server.configure(token="first")
    config = server.kubeconfig(tmp_path / "config", {"token": "first"})
    with watching(config, watch=1.0) as watched:
        server.configure(token="second")
        server.kubeconfig(config, {"token": "second"})
        server.drop()
        renew(server)
        watched.settle()
        assert watched.views.view().is_complete


def test_a_kubeconfig_of_another_cluster_is_picked_up(server: WatchServer, config: Path) -> None:
    with watching(config, watch=1.0, login=0.5) as watched, WatchServer() as other:
        other.put(NODES, make_node("elsewhere"))
        other.jump(50)
        other.kubeconfig(config)
        view = watched.settle()
        assert [node.name for node in view.nodes] == ["elsewhere"]
        assert watched.count("unshim_relists_total", cause="another cluster") >= 1


def test_a_refused_kind_is_a_gap_and_heals_by_itself(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.fail(PODS, "*", 403)
        server.drop(PODS)
        view = watched.wait_for(lambda view: view.gaps)
        assert [(gap.what, gap.cause) for gap in view.gaps] == [("pods", Cause.FORBIDDEN)]
        assert len(view.at_risk) == 1
        assert not view.is_complete
        server.heal()
        watched.settle()


def test_what_may_be_listed_and_not_watched_is_listed_again_and_again(server: WatchServer, config: Path) -> None:
    server.fail("*", "watch", 403)
    with watching(config) as watched:
        renew(server)
        assert watched.settle().is_complete
        server.heal()
        server.wait_for_watches(PODS)
        lists = server.counts()[PODS, "list"]
        renew(server, 1)
        watched.settle()
        assert server.counts()[PODS, "list"] - lists <= 4  # those of the fresh reads


def test_a_store_that_was_set_back_is_believed(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.jump(5000)
        renew(server)
        watched.settle()
        server.delete(PODS, "default", "p-1")
        server.jump(100)
        server.expire(99)
        server.drop()
        renew(server, 1)
        watched.settle()


def test_a_server_that_says_no_more_keeps_the_view_and_its_age(server: WatchServer, config: Path) -> None:
    with watching(config, watch=1.0, again=0.3) as watched:
        before = watched.views.view()
        server.fail("*", "*", 500)
        server.drop()
        view = watched.wait_for(lambda view: view.overdue is not None)
        assert view.workloads == before.workloads
        at = view.as_of
        time.sleep(1.5)
        assert watched.views.view().as_of == at
        server.heal()
        watched.settle()


def test_a_kind_that_is_not_read_for_long_is_not_shown_any_more(server: WatchServer, config: Path) -> None:
    with watching(config, watch=1.0, again=0.3, stale=2.0) as watched:
        server.fail(DAEMONSETS, "*", 500)
        server.drop(DAEMONSETS)
        view = watched.wait_for(lambda view: view.gaps)
        assert [(gap.what, gap.cause, gap.status) for gap in view.gaps] == [("daemonsets", Cause.SERVER_ERROR, 500)]
        assert not any(w.key.kind == "DaemonSet" for w in view.workloads)
        server.heal()
        watched.settle()


@pytest.mark.parametrize("mode", ["on", "off", "old", "ignored"])
def test_a_streaming_list_is_used_where_there_is_one(server: WatchServer, config: Path, mode: str) -> None:
    server.configure(version="v1.34.0", watch_list=mode)
    with watching(config, watch=1.0) as watched:
        assert len(watched.views.view().workloads) == 9
        assert (server.counts()[PODS, "list"] == 0) == (mode == "on")
        renew(server)
        server.delete(PODS, "default", "p-0")
        watched.settle()
        if mode == "on":
            server.expire()
            server.drop()
            renew(server, 1)
            watched.settle()


def test_a_streaming_list_that_breaks_gives_way_to_pages(server: WatchServer, config: Path) -> None:
    server.configure(version="v1.34.0")
    server.put(PODS, *(make_pod(f"many-{n}") for n in range(2000)))
    with watching(config) as watched:
        server.fail(PODS, "watch", 500, times=1)
        server.error(PODS)
        server.expire()
        renew(server)
        watched.settle()


def test_a_server_that_is_dead_at_the_start_is_waited_for(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with WatchServer(port) as server:
        config = server.kubeconfig(tmp_path / "config")
    with pytest.raises(UnreachableError), watching(config, again=0.2):
        pass
    with WatchServer(port) as server, watching(config, again=0.2) as watched:
        server.put(NODES, make_node("one"))
        watched.settle()


def test_a_kind_that_hangs_holds_up_the_first_view_for_a_moment_and_is_a_gap(server: WatchServer, config: Path) -> None:
    for path in (DAEMONSETS, PODS):
        server.fail(path, "*", 0)
    with watching(config) as watched:
        view = watched.views.view()
        assert {gap.what for gap in view.gaps} == {"daemonsets", "pods"}
        assert len(view.nodes) == 2
        server.heal()
        watched.settle(40)


def test_a_watch_that_ends_too_early_says_nothing_of_how_fresh_a_kind_is(server: WatchServer, config: Path) -> None:
    with watching(config, watch=5.0) as watched:
        watched.settle()
        server.configure(watch_seconds=0.2)
        server.drop()
        time.sleep(1.0)
        first = watched.views.view().as_of
        time.sleep(3.0)
        assert watched.views.view().as_of == first
        server.configure(watch_seconds=1800.0)
        renew(server)
        watched.settle()
