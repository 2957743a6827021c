"""What Prometheus can scrape; one registry a program, so that tests do not share counters."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_ACK_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
_ANSWER_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_READ_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

_WATCH_SECONDS = (0.1, 1.0, 5.0, 10.0, 20.0, 30.0, 60.0)
_VIEW_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters, histograms and gauges of the bot. Labels hold kinds and outcomes, never names or ids."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "unshim_answers", "Questions answered", ["surface", "question", "outcome"], registry=self._registry
        )
        self._answer_seconds = Histogram(
            "unshim_answer_seconds", "From receipt to answer", buckets=_ANSWER_SECONDS, registry=self._registry
        )
        self._ack_seconds = Histogram(
            "unshim_ack_seconds", "From receipt to acknowledgement", buckets=_ACK_SECONDS, registry=self._registry
        )
        self._unacked = Counter("unshim_unacked", "Deliveries of Slack left unacknowledged", registry=self._registry)
        self._repeated = Counter("unshim_repeated", "Deliveries seen before", ["surface"], registry=self._registry)
        self._busy = Counter("unshim_busy", "Questions refused, the queue being full", registry=self._registry)
        self._reads = Counter("unshim_cluster_reads", "Reads of the cluster", ["outcome"], registry=self._registry)
        self._read_seconds = Histogram(
            "unshim_cluster_read_seconds", "Time of one read", buckets=_READ_SECONDS, registry=self._registry
        )
        self._lists = Histogram(
            "unshim_list_seconds", "Time of a whole LIST", ["resource"], buckets=_READ_SECONDS, registry=self._registry
        )
        self._watches = Histogram(
            "unshim_watch_seconds",
            "How long a WATCH lasted, by how it ended",
            ["resource", "outcome"],
            buckets=_WATCH_SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "unshim_watch_events", "Events of watches", ["resource", "type"], registry=self._registry
        )
        self._relists = Counter(
            "unshim_relists", "LISTs beside the first", ["resource", "cause"], registry=self._registry
        )
        self._unread = Counter(
            "unshim_read_failures", "LISTs and WATCHes that failed", ["resource", "cause"], registry=self._registry
        )
        self._view_seconds = Histogram(
            "unshim_view_seconds", "Time to make a view of what changed", buckets=_VIEW_SECONDS, registry=self._registry
        )
        self._slack_errors = Counter(
            "unshim_slack_errors", "Calls of Slack that failed", ["method", "error"], registry=self._registry
        )

        self._posts = Counter(
            "unshim_posts", "Digests and reminders by what became of them", ["kind", "state"], registry=self._registry
        )

    def posted(self, kind: str, state: str) -> None:
        """Note what became of a digest or reminder; ``state`` as in the post ledger."""
        self._posts.labels(kind, state).inc()

    def answered(self, surface: str, question: str, outcome: str, seconds: float) -> None:
        """Note one question: ``answered``, ``refused``, ``old-button``, ``failed`` or ``unsent``."""
        self._answers.labels(surface, question, outcome).inc()
        self._answer_seconds.observe(seconds)

    def acked(self, seconds: float, *, is_acked: bool) -> None:
        """Note one delivery of Slack."""
        if is_acked:
            self._ack_seconds.observe(seconds)
        else:
            self._unacked.inc()

    def repeated(self, surface: str) -> None:
        """Note a delivery that was seen before and not answered again."""
        self._repeated.labels(surface).inc()

    def busy(self) -> None:
        """Note a question refused because the queue is full."""
        self._busy.inc()

    def read_done(self, outcome: str, seconds: float) -> None:
        """Note one read of the cluster."""
        self._reads.labels(outcome).inc()
        self._read_seconds.observe(seconds)

    def listed(self, resource: str, seconds: float) -> None:
        """Note one whole list of a kind."""
        self._lists.labels(resource).observe(seconds)

    def watched(self, resource: str, outcome: str, seconds: float) -> None:
        """Note the end of a watch of a kind."""
        self._watches.labels(resource, outcome).observe(seconds)

    def event(self, resource: str, type_: str, count: int = 1) -> None:
        """Note events of a watch."""
        self._events.labels(resource, type_).inc(count)

    def relist(self, resource: str, cause: str) -> None:
        """Note that a kind is listed again."""
        self._relists.labels(resource, cause).inc()

    def failed(self, resource: str, cause: str) -> None:
        """Note a LIST or WATCH that failed."""
        self._unread.labels(resource, cause).inc()

    def viewed(self, seconds: float) -> None:
        """Note that a view was made."""
        self._view_seconds.observe(seconds)

    def slack_failed(self, method: str, error: str) -> None:
        """Note a failed call of Slack by Slack's name of the error."""
        self._slack_errors.labels(method, error).inc()

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a gauge whose value is asked for at every scrape."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def watch_each(self, name: str, meaning: str, label: str, values: Callable[[], Mapping[str, float]]) -> None:
        """Add a gauge with a value for each of a label's values, which are asked for at every scrape."""
        self._registry.register(_Each(name, meaning, label, values))

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Each(Collector):
    def __init__(self, name: str, meaning: str, label: str, values: Callable[[], Mapping[str, float]]) -> None:
        self._about = (name, meaning, label)
        self._values = values

    def collect(self) -> Iterator[Metric]:
        name, meaning, label = self._about
        gauge = GaugeMetricFamily(name, meaning, labels=[label])
        for value, number in self._values().items():
            gauge.add_metric([value], number)
        yield gauge

    def describe(self) -> Iterator[Metric]:
        name, meaning, label = self._about
        yield GaugeMetricFamily(name, meaning, labels=[label])
