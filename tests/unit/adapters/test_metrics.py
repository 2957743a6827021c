"""What can be scraped: every count under its name, and no name or id of anybody in it."""

from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.metrics import CONTENT_TYPE, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Return every sample by name and the values of its labels, in the order of the labels' names."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            found[sample.name, *(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def test_questions_are_counted_by_surface_kind_and_outcome_and_timed() -> None:
    metrics = Metrics()
    metrics.answered("command", "status", "answered", 0.2)
    metrics.answered("command", "status", "answered", 20.0)
    metrics.answered("mention", "unknown", "refused", 0.001)
    found = samples(metrics)
    assert found["unshim_answers_total", "answered", "status", "command"] == 2
    assert found["unshim_answers_total", "refused", "unknown", "mention"] == 1
    assert found["unshim_answer_seconds_bucket", "0.25"] == 2
    assert found["unshim_answer_seconds_bucket", "+Inf"] == found[("unshim_answer_seconds_count",)] == 3


def test_acknowledgements_are_timed_and_missing_ones_counted() -> None:
    metrics = Metrics()
    metrics.acked(0.004, is_acked=True)
    metrics.acked(3.5, is_acked=False)
    found = samples(metrics)
    assert found[("unshim_ack_seconds_count",)] == 1
    assert found[("unshim_unacked_total",)] == 1


def test_repeats_refusals_for_want_of_room_reads_and_slacks_errors_are_counted() -> None:
    metrics = Metrics()
    metrics.repeated("mention")
    metrics.busy()
    metrics.read_done("kept", 1.5)
    metrics.slack_failed("chat.postMessage", "not_in_channel")
    found = samples(metrics)
    assert found["unshim_repeated_total", "mention"] == 1
    assert found[("unshim_busy_total",)] == 1
    assert found["unshim_cluster_reads_total", "kept"] == 1
    assert found["unshim_cluster_read_seconds_bucket", "2.5"] == 1
    assert found["unshim_slack_errors_total", "not_in_channel", "chat.postMessage"] == 1


def test_a_gauge_is_asked_for_its_value_at_every_scrape() -> None:
    metrics, values = Metrics(), iter([1.0, 2.0])
    metrics.watch("unshim_view_age_seconds", "Age of the last good view", lambda: next(values))
    assert [samples(metrics)[("unshim_view_age_seconds",)] for _ in range(2)] == [1.0, 2.0]


def test_two_programs_in_one_process_do_not_share_counts() -> None:
    one, other = Metrics(), Metrics()
    one.busy()
    assert samples(other)[("unshim_busy_total",)] == 0


def test_the_content_type_is_prometheus_own() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
