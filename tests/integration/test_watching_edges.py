"""Rare orders of lists, events and failures: nothing is lost by them, and no view claims what it does not know."""

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.snapshot import Cause
from bot.errors import BotError
from tests.factories import make_daemonset, make_namespace, make_node, make_pod
from tests.integration.apiserver import free_ports
from tests.integration.watched import watching
from tests.integration.watching import WatchServer

NODES, PODS = "/api/v1/nodes", "/api/v1/pods"
DAEMONSETS = "/apis/apps/v1/daemonsets"
SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}


@pytest.fixture
def server() -> Iterator[WatchServer]:
    """Yield a server of a small cluster, without streaming lists."""
    with WatchServer() as server:
        server.configure(version="v1.30.1")
        server.put(NODES, make_node("old", runtime="docker://20.10.24"))
        server.put("/api/v1/namespaces", make_namespace("default"))
        server.put(DAEMONSETS, make_daemonset("agent", namespace="default", host_paths=SOCKET))
        server.put(PODS, *(make_pod(f"p-{n}", node="old", host_paths=SOCKET) for n in range(3)))
        yield server


@pytest.fixture
def config(server: WatchServer, tmp_path: Path) -> Path:
    """Return a kubeconfig of the server."""
    return server.kubeconfig(tmp_path / "config")


def bad_pod(name: str) -> dict[str, object]:
    """Return a pod of which some cannot be judged."""
    pod = make_pod(name, node="old", host_paths=SOCKET)
    pod["spec"]["containers"][0]["volumeMounts"] = "all of them"
    return pod


def test_what_is_deleted_while_a_streaming_list_comes_is_gone(server: WatchServer, config: Path) -> None:
    server.configure(version="v1.34.0")
    server.put(PODS, bad_pod("mended"))
    server.lag(PODS)
    server.delete(PODS, "default", "p-1")
    server.put(PODS, make_pod("p-2"), make_pod("late"), make_pod("mended"))
    with watching(config) as watched:
        watched.settle(5)
        assert server.counts()[PODS, "watch"] >= 1


def test_what_no_longer_decodes_after_an_outage_is_lost_and_not_shown_as_it_was(
    server: WatchServer, config: Path
) -> None:
    with watching(config) as watched:
        server.fail(NODES, "*", 0)
        server.drop(NODES, "reset")
        server.put(NODES, {**make_node("old"), "status": {"nodeInfo": 7}})
        server.expire()
        server.heal()
        assert not watched.settle(5).nodes


def test_a_kind_whose_watch_is_open_again_is_not_let_go(server: WatchServer, config: Path) -> None:
    with watching(config, watch=4.0, again=0.3, stale=5.0) as watched:
        server.fail(PODS, "*", 500)
        server.drop(PODS)
        watched.wait_for(lambda view: view.overdue is not None)
        time.sleep(3.0)
        server.heal()
        server.wait_for_watches(PODS)
        watched.wait_for(lambda view: view.overdue is None and not view.gaps)
        server.put(PODS, make_pod("new"))
        view = watched.wait_for(lambda view: any(w.key.name == "new" for w in view.workloads))
        assert {w.key.name for w in view.workloads} >= {"p-0", "p-1", "p-2", "new"}


def test_a_list_that_is_always_too_old_is_a_gap(server: WatchServer, config: Path) -> None:
    server.fail(PODS, "list", 410)
    with watching(config) as watched:
        (gap,) = watched.views.view().gaps
        assert (gap.what, gap.cause, gap.status) == ("pods", Cause.EXPIRED, 410)
        server.heal()
        watched.settle()


def test_a_kind_whose_watch_alone_fails_is_listed_again_and_again(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.fail(PODS, "watch", 500)
        server.drop(PODS)
        server.put(PODS, make_pod("new"))
        watched.wait_for(lambda view: any(w.key.name == "new" for w in view.workloads), 10)
        server.heal()
        watched.settle()


def test_an_odd_event_right_before_an_error_is_not_forgotten(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.delete(PODS, "default", "p-0")
        watched.settle()
        version = server.store.version
        # It was deleted, which nobody could read; what came behind is newer.
        del server.store.collection(PODS).objects["default/p-1"]
        server.jump(version + 5)
        error = b'{"type":"ERROR","object":{"kind":"Status","code":500}}\n'
        server.inject(PODS, b'{"type":"DELE\n' + server.store.bookmark(PODS) + error)
        server.drop(PODS)
        watched.settle(5)


def _expired_login() -> dict[str, object]:
    """Return a kubeconfig's user whose token has run out, and whose issuer, which would renew it, is not there."""
    told = urlsafe_b64encode(b'{"exp":1}').decode().rstrip("=")
    (port,) = free_ports(1)
    issuer = {"idp-issuer-url": f"http://127.0.0.1:{port}", "client-id": "a", "client-secret": "b"}
    return {"auth-provider": {"name": "oidc", "config": {"id-token": f"e30.{told}.x", "refresh-token": "c", **issuer}}}


def test_a_login_that_breaks_in_a_way_nobody_knew_is_tried_again(server: WatchServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "config", _expired_login())
    threading.Timer(2.0, server.kubeconfig, [config]).start()
    with pytest.raises(BotError), watching(config):
        pass
    with watching(server.kubeconfig(config)) as watched:
        watched.settle()


def test_a_login_that_works_is_used_on_whatever_the_next_one_raises(server: WatchServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "config")
    with watching(config, login=0.1) as watched:
        server.kubeconfig(config, _expired_login())
        time.sleep(1.0)
        server.drop()
        server.put(PODS, make_pod("new"))
        view = watched.wait_for(lambda view: any(w.key.name == "new" for w in view.workloads), 5)
        assert view.overdue is None
        asked = server.counts()["/version", "get"]
        time.sleep(1.5)
        assert server.counts()["/version", "get"] > asked


def test_no_view_mixes_two_clusters(server: WatchServer, config: Path) -> None:
    with watching(config, watch=3.0, login=0.5) as watched, WatchServer() as other:
        other.put(NODES, make_node("elsewhere"))
        other.jump(50)
        time.sleep(1.0)
        server.drop(NODES)  # so that kinds notice one after the other
        other.kubeconfig(config)
        time.sleep(0.6)
        server.drop(NODES)
        view = watched.wait_for(lambda view: any(node.name == "elsewhere" for node in view.nodes))
        assert (view.workloads, view.gaps) == ((), ())


def test_an_error_that_does_not_say_its_status_does_not_stop_a_kind(server: WatchServer, config: Path) -> None:
    with watching(config) as watched:
        server.fail(PODS, "watch", 200, body=b'{"type":"ERROR","object":{}}\n')
        server.drop(PODS)
        server.put(PODS, make_pod("new"))
        watched.wait_for(lambda view: any(w.key.name == "new" for w in view.workloads), 10)
        server.heal()
        watched.settle()


def test_lists_of_what_cannot_be_watched_get_rarer_though_some_fail(server: WatchServer, config: Path) -> None:
    """The steps of a reflector, without the pauses between them."""
    with watching(config, again=60.0) as watched:
        (pods,) = (item for item in watched.views._reflectors if item._resource.name == "pods")
        watched.views.stop()
        server.drop()
        server.fail(PODS, "watch", 403)
        server.fail(PODS, "list", 500, every=2)
        pauses = [pods._step() for _ in range(30)]
        assert sum(pauses[-2:]) > 15
