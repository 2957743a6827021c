"""A view that is behind and catches up: it must not say that it is of now before it has.

What was held up comes piece by piece here, slower than a program reads, as from a server that has much to do.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.view import ClusterView
from tests.factories import make_namespace, make_node, make_pod
from tests.integration.proxy import Proxy
from tests.integration.watched import Watched, watching
from tests.integration.watching import WatchServer

PODS = "/api/v1/pods"
PACE_SECONDS = 0.02


@pytest.fixture
def server() -> Iterator[WatchServer]:
    """Yield a server that sends fifty events a second, without streaming lists."""
    with WatchServer() as server:
        server.configure(version="v1.30.1", pace_seconds=PACE_SECONDS)
        server.put("/api/v1/nodes", make_node("old"))
        server.put("/api/v1/namespaces", make_namespace("default"))
        server.put(PODS, *(make_pod(f"p-{n}", node="old") for n in range(6)))
        yield server


class Claims:
    """Makes pods, and looks at every view: whether it has those that there were when its pods were heard last."""

    def __init__(self, server: WatchServer) -> None:
        self._server = server
        self._made: list[tuple[datetime, str]] = []
        self._stop = threading.Event()
        self.false: list[str] = []
        self.looked_at = 0

    def make(self, count: int) -> str:
        """Make pods at once, and return the name of the last."""
        names = [f"new-{len(self._made) + number}" for number in range(count)]
        self._server.put(PODS, *(make_pod(name, node="old") for name in names))
        at = datetime.now(UTC)
        self._made += [(at, name) for name in names]
        return names[-1]

    @contextmanager
    def looking(self, watched: Watched) -> Iterator[None]:
        """Look at every view meanwhile."""
        thread = threading.Thread(target=self._look, args=(watched,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self, watched: Watched) -> None:
        before: ClusterView | None = None
        while not self._stop.wait(0.005):
            view = watched.views.newest()
            if view is None or view is before:
                continue
            before, heard = view, view.heard.get("pods")
            names = {workload.key.name for workload in view.workloads}
            missed = [name for at, name in self._made.copy() if heard is not None and at < heard and name not in names]
            self.false += [f"{missed[0]} to {missed[-1]} missed at {heard}"] if missed else []
            self.looked_at += 1

    def see(self, watched: Watched, last: str) -> None:
        """Wait until the last pod is seen, and a moment behind it is known."""
        at = datetime.now(UTC)
        watched.wait_for(lambda view: any(workload.key.name == last for workload in view.workloads))
        self.make(1)
        watched.wait_for(lambda view: view.heard["pods"] > at)

    def check(self) -> None:
        """Raises: AssertionError: a view claimed what it did not have, or none was looked at."""
        assert not self.false
        assert self.looked_at > 5


@pytest.mark.parametrize("how", ["reset", "end"])
def test_a_watch_taken_up_again_is_of_now_only_behind_what_happened_meanwhile(
    server: WatchServer, tmp_path: Path, how: str
) -> None:
    claims = Claims(server)
    with watching(server.kubeconfig(tmp_path / "config"), watch=5.0) as watched, claims.looking(watched):
        server.wait_for_watches(PODS)
        server.fail(PODS, "*", 503)
        server.drop(PODS, how)
        last = claims.make(100)
        server.heal()
        claims.see(watched, last)
    claims.check()


def test_a_watch_that_ends_while_it_catches_up_is_not_of_now(server: WatchServer, tmp_path: Path) -> None:
    claims = Claims(server)
    server.configure(is_punctual=True)
    with watching(server.kubeconfig(tmp_path / "config")) as watched, claims.looking(watched):
        server.wait_for_watches(PODS)
        server.fail(PODS, "*", 503)
        server.drop(PODS, "reset")
        last = claims.make(250)  # which takes two watches and a half
        server.heal()
        claims.see(watched, last)
    claims.check()


def test_behind_a_silence_on_the_way_nothing_is_of_now_before_it_came(server: WatchServer, tmp_path: Path) -> None:
    claims = Claims(server)
    with watching(server.kubeconfig(tmp_path / "config"), watch=5.0) as watched, claims.looking(watched):
        server.wait_for_watches(PODS)
        time.sleep(1.5)  # the beginning of a watch is no silence
        server.mute(PODS)
        claims.make(9)
        time.sleep(1.2)
        server.heal()
        last = claims.make(1)
        claims.see(watched, last)
    claims.check()


def test_a_watch_behind_a_list_that_took_long_is_of_now_only_behind_what_happened_during_it(
    server: WatchServer, tmp_path: Path
) -> None:
    claims = Claims(server)
    with Proxy(server.server_address[1]) as proxy:
        proxy.delay(0.15)
        config = server.kubeconfig(tmp_path / "config")
        config.write_text(config.read_text().replace(str(server.server_address[1]), str(proxy.port)))
        with watching(config, page_size=1, watch=5.0) as watched, claims.looking(watched):
            server.wait_for_watches(PODS)
            server.error(PODS)  # listed again, page by page
            time.sleep(0.5)
            last = claims.make(100)
            claims.see(watched, last)
    claims.check()


@pytest.mark.parametrize("line", [b"no event\n", None], ids=["malformed", "expired"])
def test_with_an_event_that_says_nothing_a_kind_is_not_of_now(
    server: WatchServer, tmp_path: Path, line: bytes | None
) -> None:
    with watching(server.kubeconfig(tmp_path / "config"), watch=5.0) as watched:
        server.wait_for_watches(PODS)
        claims = Claims(server)
        for _ in range(8):
            claims.make(1)
            time.sleep(0.2)
        server.fail(PODS, "list", 500)
        at = datetime.now(UTC)
        server.inject(PODS, line) if line is not None else server.error(PODS)
        watched.wait_for(lambda _: watched.count("unshim_read_failures_total", resource="pods"))
        heard = watched.views.view().heard["pods"]
        assert heard < at


def test_a_kind_in_which_nothing_happens_is_heard_when_its_watch_ends_however_short(
    server: WatchServer, tmp_path: Path
) -> None:
    server.configure(has_bookmarks=False)
    with watching(server.kubeconfig(tmp_path / "config"), watch=1.0) as watched:
        server.wait_for_watches(PODS)
        server.put("/api/v1/nodes", make_node("new"))  # so the server is further than the pods are
        server.drop(PODS, "reset")
        at = datetime.now(UTC)
        watched.wait_for(lambda view: view.heard["pods"] > at)


@pytest.mark.parametrize("how", ["end", "cut"])
def test_a_watch_that_ends_before_its_time_does_not_count(server: WatchServer, tmp_path: Path, how: str) -> None:
    with watching(server.kubeconfig(tmp_path / "config"), watch=3.0) as watched:
        server.wait_for_watches(PODS)
        before = watched.views.view().heard["pods"]
        began = max(request.at for request in server.requests() if (request.path, request.verb) == (PODS, "watch"))
        time.sleep(max(began + 2.5 - time.monotonic(), 0.0))
        server.fail(PODS, "*", 500)
        server.drop(PODS, how)
        watched.wait_for(lambda _: watched.count("unshim_read_failures_total", resource="pods"))
        assert watched.views.view().heard["pods"] == before
