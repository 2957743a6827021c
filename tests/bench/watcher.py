"""The bot's live view in a process of its own: ``python -m tests.bench.watcher KUBECONFIG WATCH_SECONDS``.

It obeys orders from standard input, one JSON object a line, until that ends, and answers each by a line. What it builds
is what the bot builds, from login to the message for Slack; only Slack and the store are missing. Moments are of the
monotonic clock, which all processes of a machine share.
"""

import gc
import os
import random
import sys
import time
from collections import Counter
from typing import Any

from bot import app
from bot.adapters import knowledge, logs
from bot.adapters.memory import set_apart
from bot.adapters.metrics import Metrics
from bot.adapters.watched import WatchedViews
from bot.app import viewing
from bot.app.excepting import ExceptedViews
from bot.core.answers import StatusAnswer
from bot.core.questions import Status
from bot.core.view import ClusterView
from bot.render.blocks import Message
from bot.service import Service
from bot.settings import Settings
from handlers.answering import Answering
from tests.bench.held import obey
from tests.bench.worker import counts_of

PROBE = "probe-"
_CHANGES = frozenset({"added", "modified", "deleted"})
_POLL_SECONDS = 0.005


class _Meter(Metrics):
    """Metrics that also tell how many changes of a kind were taken in, and when the last ones were."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Counter[str] = Counter()
        self.last_at = 0.0
        self.odd: Counter[str] = Counter()

    def event(self, resource: str, type_: str, count: int = 1) -> None:
        """Note events, once they are applied."""
        super().event(resource, type_, count)
        if type_ in _CHANGES:
            self.taken[resource] += count
            self.last_at = time.monotonic()
        elif type_ != "bookmark":
            self.odd[type_] += count

    def relist(self, resource: str, cause: str) -> None:
        """Note that a kind is listed again."""
        super().relist(resource, cause)
        self.odd[f"relist of {resource}: {cause}"] += 1


class Watcher:
    """Holds the view; each public method but `close` is an order."""

    def __init__(self, kubeconfig: str, watch_seconds: float) -> None:
        settings = app.load_settings()
        known = knowledge.load_knowledge()
        viewing.WATCH_SECONDS = watch_seconds
        self._meter = _Meter()
        views = viewing.views(settings, app.Source(kubeconfig=kubeconfig), known, app.now, self._meter)
        assert isinstance(views, WatchedViews)
        self._views = views
        self._probes: dict[str, float] = {}
        put = views.cluster.put

        def noting(item: Any) -> bool:
            """Note when a probe is in the cluster."""
            is_new = put(item)
            if item.name.startswith(PROBE):
                self._probes[item.name] = time.monotonic()
            return is_new

        # Where an object is taken in has no port, and needs none but for this clock.
        views.cluster.put = noting  # type: ignore[method-assign]
        excepted = ExceptedViews(views, tuple, lambda _: None, lambda: app.now().date())
        self._service = Service(
            excepted,
            known,
            today=lambda: app.now().date(),
            now=app.now,
            stale_seconds=settings.stale_seconds,
            calendar=app.calendar(known, None),
            places=app.places(settings),
        )
        self._answering = _answering(self._service, settings)
        self._demo = _answering(app.build(settings, app.Source(is_demo=True)).service, settings)
        set_apart()  # as the bot does when it has started
        self._started = time.monotonic()
        views.start()

    def close(self) -> None:
        """Stop watching."""
        self._views.stop()

    def view(self, seconds: float) -> dict[str, Any]:
        """Wait for the first view; return how long that took, and what it counts."""
        while (view := self._views.newest()) is None:
            if time.monotonic() > self._started + seconds:
                raise TimeoutError(f"no view in {seconds} s")
            time.sleep(_POLL_SECONDS)
        return {"seconds": time.monotonic() - self._started, "counts": counts_of(view)}

    def counts(self) -> dict[str, int]:
        """Return what the newest view counts."""
        return counts_of(self._newest())

    def resident(self) -> int:
        """Return the process's resident memory in bytes, after a collection of garbage."""
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def answers(self, texts: list[str], count: int, pause: float, is_demo: bool = False) -> dict[str, list[float]]:
        """Ask each text so many times, with pauses between that are random; return how many seconds each took.

        Args:
            pause: in the middle, seconds; that way answers meet every phase of making views.
        """
        answering = self._demo if is_demo else self._answering
        chance = random.Random(1)
        for text in texts:
            _message(answering, text)  # unmeasured: messages and names are loaded with the first
        taken: dict[str, list[float]] = {text: [] for text in texts}
        for _ in range(count):
            for text in texts:
                time.sleep(chance.uniform(0, 2 * pause))
                start = time.perf_counter()
                _message(answering, text)
                taken[text].append(time.perf_counter() - start)
        return taken

    def until(self, word: str, is_there: bool, seconds: float) -> float:
        """Ask for the status until it shows a word, or does no more; return when that was.

        Raises: TimeoutError: it did not come to that; AssertionError: the word is not all that is at risk.
        """
        deadline = time.monotonic() + seconds
        while (word in str(_message(self._answering, "status").blocks)) is not is_there:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{word!r} {'not ' if is_there else ''}in the status for {seconds} s")
            time.sleep(_POLL_SECONDS)
        at = time.monotonic()
        answer = self._service.ask(Status(), "en")
        assert isinstance(answer, StatusAnswer)
        if bool(answer.at_risk) is not is_there:
            raise AssertionError(f"{len(answer.at_risk)} at risk in the status")
        return at

    def taken(self) -> dict[str, Any]:
        """Return how many changes were taken in so far, when the last was, what else came, and CPU seconds so far."""
        meter = self._meter
        return {"count": meter.taken.total(), "at": meter.last_at, "odd": dict(meter.odd), "cpu": time.process_time()}

    def take(self, count: int, seconds: float) -> dict[str, Any]:
        """Wait until so many changes were taken in; return the same as `taken`."""
        deadline = time.monotonic() + seconds
        while self._meter.taken.total() < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._meter.taken.total():,} of {count:,} changes in {seconds} s")
            time.sleep(_POLL_SECONDS)
        return self.taken()

    def probes(self, names: list[str], seconds: float) -> dict[str, float]:
        """Wait for pods of some names; return when each was put in."""
        deadline = time.monotonic() + seconds
        while not self._probes.keys() >= set(names):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._probes)} of {len(names)} probes in {seconds} s")
            time.sleep(_POLL_SECONDS)
        return self._probes

    def _newest(self) -> ClusterView:
        view = self._views.newest()
        assert view is not None
        return view


def _answering(service: Service, settings: Settings) -> Answering:
    understanding = app.understanding(knowledge.load_knowledge())
    return Answering(service, understanding, app.catalogues(), settings.language, settings.command)


def _message(answering: Answering, text: str) -> Message:
    """Answer a text as a slash command is answered, up to the message."""
    answered = answering.ask(answering.asked(text, answering.language(text, "")))
    return answering.draw(answered.document, answered.asked, can_share=answered.is_report)


def main(kubeconfig: str, watch_seconds: str) -> None:
    """Obey."""
    watcher = Watcher(kubeconfig, float(watch_seconds))
    obey(watcher, sys.stdin, sys.stdout)
    watcher.close()


if __name__ == "__main__":
    logs.set_up("warning")
    main(*sys.argv[1:])
