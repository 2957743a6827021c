"""Since when a cluster is watched without a break, and when it was not seen, as the watched view itself tells it.

No server: the kinds are told what a reflector tells them, by a clock that the test moves.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from bot import app
from bot.adapters import knowledge
from bot.adapters.connection import Connection
from bot.adapters.decoding import Decoder
from bot.adapters.kube_api import ReadError
from bot.adapters.metrics import Metrics
from bot.adapters.watched import SILENT_SECONDS, Settings, WatchedViews
from bot.adapters.watched_kind import WatchedKind
from bot.app.viewing import WATCH_SECONDS
from bot.core.blind import UNBROKEN
from bot.core.objects import Namespace
from bot.core.snapshot import Cause

START = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
DOWN = ReadError(Cause.UNREACHABLE)
REFUSED = ReadError(Cause.FORBIDDEN, 403)


class Watching:
    """A watched view, one look a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *namespaces: str) -> None:
        self.seconds = 0
        settings, known = app.load_settings(), knowledge.load_knowledge()
        pools = knowledge.load_pools(None)
        self.views = WatchedViews(
            Connection(lambda: pytest.fail("nobody logs in here")),
            Decoder(app.owner_keys(settings), pools),
            app.judging(known, pools).judging,
            Settings(500, WATCH_SECONDS, 60.0, 300.0, namespaces=namespaces),
            lambda: START + timedelta(seconds=self.seconds),
            Metrics(),
        )
        self.namespaces = namespaces
        monkeypatch.setattr("bot.adapters.watched.time.monotonic", lambda: 1000.0 + self.seconds)
        self.move(0)

    def move(self, session: int) -> None:
        for kind in self.views._kinds:
            kind.moved(session)

    def kinds(self, name: str = "", inside: str | None = None) -> list[WatchedKind]:
        return [
            kind
            for kind in self.views._kinds
            if name in ("", kind.resource.name) and (inside is None or kind.namespace == inside)
        ]

    def hear(self, kinds: Iterable[WatchedKind]) -> None:
        for kind in kinds:
            if kind.heard_at is not None:
                kind.events((), 0.0)
                continue
            for name in self.namespaces if kind.resource.name == "namespaces" else ():
                self.views.cluster.put(Namespace(name, None))
            kind.listed({("", name) for name in self.namespaces}, {}, 0.0)

    def run(self, seconds: int, without: Collection[WatchedKind] = (), error: ReadError = DOWN) -> None:
        """Let time go by; kinds are heard when their watch ends, and those without fail."""
        for _ in range(seconds):
            self.seconds += 1
            for kind in self.views._kinds:
                if kind in without:
                    kind.failed(error)
                elif kind.heard_at is None or self.seconds % WATCH_SECONDS == 0:
                    self.hear([kind])
            self.views._make_view()

    @property
    def unbroken(self) -> int | None:
        """Since how many seconds after the start; None: no claim."""
        since = self.views.sight().unbroken
        return None if since is None else int((since - START).total_seconds())


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Return a cluster watched for 10 minutes."""
    made = Watching(monkeypatch)
    made.run(600)
    return made


def test_a_silent_connection_is_noticed_before_it_counts_as_a_break() -> None:
    assert timedelta(seconds=3 * WATCH_SECONDS + SILENT_SECONDS) < UNBROKEN


def test_it_is_unbroken_from_the_first_view_on(watching: Watching) -> None:
    assert watching.unbroken == 1


@pytest.mark.parametrize("lasted", [60, 75, 300])
def test_an_outage_breaks_it_until_it_is_over(watching: Watching, lasted: int) -> None:
    watching.run(lasted, watching.kinds())
    assert watching.unbroken is None
    watching.run(60)
    (blind,) = watching.views.sight().blind
    assert blind.since == START + timedelta(seconds=600)
    assert watching.unbroken is not None
    assert watching.unbroken >= 600 + lasted


@pytest.mark.parametrize("error", [REFUSED, DOWN], ids=["refused", "down"])
def test_one_namespace_breaks_it_as_the_whole_cluster_does(monkeypatch: pytest.MonkeyPatch, error: ReadError) -> None:
    watching = Watching(monkeypatch, "shop", "web")
    watching.run(600)
    watching.run(900, watching.kinds("pods", "web"), error)
    assert (watching.unbroken, watching.views.sight().blind) == (None, ())
    watching.run(15)
    (blind,) = watching.views.sight().blind
    assert blind.kinds == ("pods",)
    assert watching.unbroken is not None
    assert watching.unbroken >= 1500


def test_another_cluster_begins_anew(watching: Watching) -> None:
    watching.move(1)
    watching.run(1)
    assert watching.unbroken == 601
    assert watching.views.sight().blind == ()


def test_what_is_only_listed_is_not_called_watched_and_not_late_between_two_lists(watching: Watching) -> None:
    (pods,) = watching.kinds("pods")
    pods.polled()
    others = [kind for kind in watching.views._kinds if kind is not pods]
    for _ in range(89):
        watching.seconds += 1
        if watching.seconds % WATCH_SECONDS == 0:
            watching.hear(others)
        watching.views._make_view()
        view = watching.views.newest()
        assert view is not None
        assert view.overdue is None
    assert (watching.unbroken, watching.views.sight().blind) == (None, ())
    pods.answered()
    watching.run(15)
    assert watching.unbroken is not None
    assert watching.unbroken >= 690


@pytest.mark.parametrize("others", ["read", "unread"])
def test_what_was_not_read_for_long_is_let_go_only_while_others_are_read(watching: Watching, others: str) -> None:
    """Kinds are not heard at the same moment: in an outage the first would be gone before the last."""
    for kind in watching.kinds():
        watching.seconds += 1
        watching.hear([kind])
    watching.run(900, watching.kinds("pods" if others == "read" else ""))
    view = watching.views.newest()
    assert view is not None
    assert [gap.what for gap in view.gaps] == (["pods"] if others == "read" else [])
    assert (view.overdue is not None) is (others == "unread")


def test_right_after_an_outage_what_comes_back_last_is_not_let_go(watching: Watching) -> None:
    watching.run(900, watching.kinds())
    (nodes,) = watching.kinds("nodes")
    others = [kind for kind in watching.kinds() if kind is not nodes]
    watching.hear([nodes])
    watching.run(60, others)
    view = watching.views.newest()
    assert view is not None
    assert not view.gaps
    assert view.overdue is not None
    watching.run(10, others)
    view = watching.views.newest()
    assert view is not None
    assert len(view.gaps) == len(others)
