"""What the bot that runs beside this program says of its watch, by its own metrics.

Loopback alone is asked, without a token: in the bot's pod that is the bot, elsewhere mostly nobody.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator

import urllib3
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bot.core.snapshot import RESOURCES
from bot.core.watch_report import ODD, Absence, Counts, WatchReport

HOST = "127.0.0.1"

#: Longest wait for the connection and each piece, and for all of it; most that is read of an answer.
WAIT_SECONDS, ALL_SECONDS, ANSWER_BYTES = 1.0, 3.0, 4 * 1024 * 1024

_AGE = "unshim_kind_age_seconds"
_RELISTS, _FAILURES = "unshim_relists_total", "unshim_read_failures_total"
_EVENTS = "unshim_watch_events_total"

#: Every bot has it, whatever it reads.
_OF_A_BOT = "unshim_view_age_seconds"


def check(port: int, stale_seconds: float) -> WatchReport:
    """Return what the bot on a port of loopback says of its watch. Raises nothing."""
    address = f"{HOST}:{port}"
    try:
        text = _asked(port)
        families = list(text_string_to_metric_families(text)) if text is not None else []
    except (urllib3.exceptions.HTTPError, OSError):
        return WatchReport(address, stale_seconds, Absence.SILENT)
    except (ValueError, LookupError):  # what the parser raises on what is no exposition
        families = []
    names = {family.name for family in families}
    if _OF_A_BOT not in names:
        return WatchReport(address, stale_seconds, Absence.OTHER)
    if _AGE not in names:  # one that knows no kind so far has it, without a value
        return WatchReport(address, stale_seconds, Absence.UNWATCHED)
    samples = [sample for family in families for sample in family.samples]
    return WatchReport(
        address,
        stale_seconds,
        ages=_ages(samples),
        relists=_counts(samples, _RELISTS, "cause"),
        failures=_counts(samples, _FAILURES, "cause"),
        odd=tuple(_odd(samples)),
    )


def _asked(port: int) -> str | None:
    """Return the answer, None where it is no metrics.

    Raises: urllib3.exceptions.HTTPError, OSError: none came; ValueError: it is no text.
    """
    until = time.monotonic() + ALL_SECONDS
    # A pool of its own takes no proxy from the environment.
    with urllib3.HTTPConnectionPool(HOST, port, timeout=WAIT_SECONDS, retries=False) as pool:
        response = pool.request("GET", "/metrics", redirect=False, preload_content=False)
        try:
            data = b""
            if response.status != 200:
                return None
            while piece := response.read1(ANSWER_BYTES, decode_content=False):
                data += piece
                if len(data) > ANSWER_BYTES or time.monotonic() > until:
                    return None
            return data.decode()
        finally:
            response.close()


def _ages(samples: list[Sample]) -> tuple[tuple[str, float], ...]:
    ages = {
        sample.labels.get("resource", ""): max(sample.value, 0.0)
        for sample in samples
        if sample.name == _AGE and math.isfinite(sample.value)
    }
    return tuple((kind, ages[kind]) for kind in RESOURCES if kind in ages)


def _counts(samples: list[Sample], name: str, label: str) -> Counts:
    found: dict[str, int] = defaultdict(int)
    for sample in samples:
        if sample.name == name and math.isfinite(sample.value) and sample.value >= 1:
            found[sample.labels.get(label, "?")] += int(sample.value)
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _odd(samples: list[Sample]) -> Iterator[tuple[str, Counts]]:
    for kind in RESOURCES:
        of_kind = [each for each in samples if each.labels.get("resource") == kind and each.labels.get("type") in ODD]
        if counts := _counts(of_kind, _EVENTS, "type"):
            yield kind, counts
