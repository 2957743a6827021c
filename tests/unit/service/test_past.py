"""The trend and what changed, from a history port: what is compared with what, and what is said where it fails."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from bot.core.forecast import Reason
from bot.core.history import Detail, Point
from bot.core.people_answers import ChangesAnswer, HistoryAnswer, TrendAnswer
from bot.core.questions import Changes, Question, Trend
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.render.compose import compose
from bot.render.data import answer_data
from bot.render.parts import MESSAGE, TERMINAL, Limits
from bot.render.text import to_text
from bot.render.views.trend import trend_alt
from bot.service.history import History
from tests.factories import make_dependents, make_deployment, make_node
from tests.unit.clusters import AS_OF, DOCKER, catalogue, service, understanding, view_of
from tests.unit.pasts import Broken, Kept, moving, past

SOCKET = {"/var/run/docker.sock": "/s"}


def cluster(docker: int = 2, **options: Any) -> ClusterView:
    builder = make_deployment("builder", namespace="ci", labels={"team": "tools"}, host_paths=SOCKET)
    nodes = [make_node(f"a-{n}", runtime=DOCKER, kubelet="v1.23.17") for n in range(docker)]
    return view_of(
        *nodes, make_node("b-1", runtime="containerd://1.6.33"), builder, make_dependents(builder, ["a-0"]), **options
    )


VIEW = cluster()
TREND = Trend()


def trend(history: History, view: ClusterView = VIEW) -> TrendAnswer:
    answer = service(view, history).ask(Trend(), "en")
    assert isinstance(answer, TrendAnswer)
    return answer


def text(
    history: History | None, view: ClusterView = VIEW, question: Question = TREND, limits: Limits = MESSAGE
) -> str:
    return to_text(compose(service(view, history).ask(question, "en"), catalogue("en"), limits))


def first_line(history: History | None, view: ClusterView = VIEW, question: Question = TREND) -> str:
    return text(history, view, question).partition("\n")[0]


# The trend.


def test_the_view_is_the_last_point_whatever_is_kept() -> None:
    ahead = Point(AS_OF + timedelta(hours=1), True, {}, 0, 0, 0)
    answer = trend(Kept([*moving(40), ahead]))
    assert [point.day for point in answer.points][-2:] == [date(2026, 11, 22), date(2026, 11, 23)]
    assert (answer.now, len(answer.points)) == (answer.points[-1], 41)
    assert answer.now.on_docker == 2


def test_of_a_long_history_400_days_are_asked_for_and_one_point_a_day_told() -> None:
    many = [past(day, 5) for day in range(500, 0, -1)] + [Point(AS_OF - timedelta(hours=3), True, {}, 1, 0, 0)]
    assert len(trend(Kept(many)).points) == 401


def test_it_is_compared_with_thirty_days_ago_or_the_first_day_there_is() -> None:
    assert trend(Kept(moving(40))).before == past(30, 62, 20, 92)
    assert trend(Kept(moving(9))).before == moving(9)[0]
    assert trend(Kept()).before is None
    torn = [past(9, 8, is_whole=False), past(8, 7)]
    assert trend(Kept(torn)).before == torn[1]


@pytest.mark.parametrize(
    ("points", "line"),
    [
        pytest.param(
            moving(40),
            "2 of 3 nodes on Docker, 60 fewer than 30 days ago; "
            "at this pace none are left between 2026-11-24 and 2026-12-01.",
            id="falling",
        ),
        pytest.param(
            [], "2 of 3 nodes on Docker; no trend yet: 0 days of history, at least 7 are needed.", id="the-first-day"
        ),
        pytest.param(
            moving(3),
            "2 of 3 nodes on Docker, 6 fewer than 3 days ago; no trend yet: 3 days of history, at least 7 are needed.",
            id="three-days",
        ),
        pytest.param(
            [past(1, 3), past(20, 4)],
            "2 of 3 nodes on Docker, 2 fewer than 20 days ago; "
            "no trend yet: 3 days with a complete read, at least 5 are needed.",
            id="three-reads-in-twenty-days",
        ),
        pytest.param(
            [past(day, 2) for day in range(1, 40)],
            "2 of 3 nodes on Docker, as many as 30 days ago; no forecast, since there are as many as on 2026-10-15.",
            id="flat",
        ),
        pytest.param(
            [past(day, 1) for day in range(1, 40)],
            "2 of 3 nodes on Docker, 1 more than 30 days ago; no forecast, since there is 1 more than on 2026-10-15.",
            id="rising",
        ),
        pytest.param(
            [past(day, 2, is_whole=False) for day in range(1, 40)],
            "2 of 3 nodes on Docker; no forecast: only complete reads count, and 1 of 40 days have one.",
            id="torn-reads",
        ),
    ],
)
def test_the_first_line_says_how_many_how_many_fewer_and_when(points: list[Point], line: str) -> None:
    assert first_line(Kept(points)) == line


def test_a_view_that_lacks_nodes_is_compared_with_nothing() -> None:
    partial = cluster(gaps=[], unread={"jobs": Cause.FORBIDDEN})
    assert first_line(Kept(moving(40)), partial).startswith("2 of 3 nodes on Docker, 60 fewer")
    unread = cluster(unread={"nodes": Cause.FORBIDDEN})
    assert first_line(Kept(moving(40)), unread).startswith("The nodes could not be read now. From the reads before: at")
    assert "0 of" not in text(Kept(moving(40)), unread).partition("Nodes off Docker")[0]


def test_done_is_said_without_a_forecast() -> None:
    done = view_of(make_node("b-1", runtime="containerd://2.1.4"))
    assert trend(Kept(moving(40)), done).nodes.reason is Reason.DONE
    assert first_line(Kept(moving(40)), done) == "0 of 1 node on Docker, 62 fewer than 30 days ago."


def test_unknown_is_not_none() -> None:
    unknown = view_of(make_node("b-1", runtime=""))
    line = first_line(Kept(moving(40)), unknown)
    assert line.endswith("whether none are left is not known, since the runtime of 1 node is unknown.")
    assert "Runtime unknown" in text(Kept(moving(40)), unknown)


@pytest.mark.parametrize(
    ("now", "points", "words"),
    [
        (2, moving(40), "The forecast ends before it"),
        (22, [past(day, 22 + day // 10) for day in range(1, 91)], "The forecast begins after it"),
        (2, [past(day, 2 + day // 10) for day in range(1, 91)], "The forecast reaches from before it to after it"),
    ],
)
def test_the_next_date_is_compared_with_the_interval(now: int, points: list[Point], words: str) -> None:
    told = text(Kept(points), cluster(now))
    assert words in told
    assert "2026-12-16" in told


def test_at_most_eight_dates_are_listed_the_first_and_the_last_among_them() -> None:
    rows = text(Kept(moving(60)), limits=TERMINAL).partition("Nodes off Docker, by date\n")[2].partition("\n\n")[0]
    days = [row.split()[0] for row in rows.splitlines()]
    assert len(days) == 8
    assert (days[0], days[-1]) == ("2026-09-24", "2026-11-23")


def test_the_chart_is_described_for_who_cannot_see_it() -> None:
    assert trend_alt(trend(Kept(moving(40))), catalogue("en")) == (
        "Chart. Nodes by runtime, and exposed pods below: 2026-10-14 to 2026-11-23, cluster test. "
        "2026-10-14: 82 of 82 nodes on Docker, 122 pods exposed; 2026-11-23: 2 of 3 nodes on Docker, 1 pod exposed. "
        "Marked: 1.38 (2026-12-16)."
    )
    assert trend_alt(trend(Kept()), catalogue("ko")).startswith("차트. ")


def test_the_json_of_a_trend_has_its_points() -> None:
    understood = understanding().read("trend")
    data = answer_data(understood, "x", trend(Kept(moving(40))), catalogue("en"))["data"]
    assert data["points"][-1] == {
        "at": "2026-11-23T09:00:00Z",
        "is_whole": True,
        "by_runtime": {"dockershim": 2, "containerd": 1},
        "exposed": 1,
        "at_risk": 1,
        "to_check": 0,
        "excepted": 0,
    }
    assert data["nodes"]["latest"] == "2026-12-01"


# What changed.


def detail(hours: float, *, is_whole: bool = True) -> Detail:
    nodes = {"a-0": "dockershim", "a-1": "dockershim", "b-1": "dockershim", "old": "dockershim"}
    findings = {"ci/Deployment/gone": ("docker-logs",)}
    return Detail(AS_OF - timedelta(hours=hours), is_whole, nodes, findings, {"ci/Deployment/gone": "tools"})


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param(Changes(), 30, id="24-hours"),
        pytest.param(Changes(days=2), 50, id="two-days"),
        pytest.param(Changes(since=date(2026, 11, 22)), 50, id="a-day"),
        pytest.param(Changes(since=date(2027, 1, 1)), 1, id="a-day-ahead-means-the-read-before"),
    ],
)
def test_the_last_read_before_the_moment_asked_for_is_compared(question: Changes, expected: float) -> None:
    history = Kept(details=[detail(50), detail(30), detail(1), detail(0)])
    answer = service(VIEW, history).ask(question, "en")
    assert isinstance(answer, ChangesAnswer)
    assert AS_OF - answer.changes.before == timedelta(hours=expected)


def test_what_changed_is_said_with_both_reads() -> None:
    told = text(Kept(details=[detail(30)]), question=Changes())
    assert told.startswith(
        "Between 2026-11-22 03:00 UTC and 2026-11-23 09:00 UTC: "
        "1 node changed its runtime, 1 node gone, 1 finding closed, 1 new finding.\n"
    )
    assert "- dockershim → containerd (1): b-1" in told
    assert "- ci/Deployment/gone: docker-logs · tools" in told
    assert "- ci/Deployment/builder: docker-socket · tools" in told


def test_after_a_torn_read_nothing_is_closed() -> None:
    partial = cluster(unread={"deployments": Cause.FORBIDDEN, "replicasets": Cause.FORBIDDEN})
    told = text(Kept(details=[detail(30)]), partial, Changes())
    assert "closed" not in told.partition("\n")[0]
    assert "what that read lacks is not called gone or closed" in told
    torn = text(Kept(details=[detail(30, is_whole=False)]), question=Changes())
    assert "new finding" not in torn
    assert "what that read lacks is not called new" in torn


def test_nothing_changed_is_only_said_of_two_whole_reads() -> None:
    same = Detail(AS_OF - timedelta(days=1), True, {"b-1": "containerd"}, {}, {})
    whole = view_of(make_node("b-1", runtime="containerd://2.1.4"))
    assert first_line(Kept(details=[same]), whole, Changes()).startswith("Nothing changed between")
    torn = view_of(make_node("b-1", runtime="containerd://2.1.4"), unread={"pods": Cause.FORBIDDEN})
    assert "I see no change, but not everything was read" in first_line(Kept(details=[same]), torn, Changes())


# Where nothing can be told.


@pytest.mark.parametrize(
    ("history", "question", "line"),
    [
        (lambda: None, Trend(), "There is no trend yet: I keep no history of this cluster"),
        (lambda: None, Changes(), "What changed I cannot say: I keep no history"),
        (Broken, Trend(), "There is no trend now, since the history of this cluster could not be read: the database"),
        (Broken, Changes(), "What changed I cannot say, since the history of this cluster could not be read: the"),
        (Kept, Changes(), "What changed since 2026-11-22 09:00 UTC I cannot say: no read of this cluster from before"),
    ],
)
def test_what_cannot_be_told_is_said_with_the_reason(
    history: Callable[[], History | None], question: Question, line: str
) -> None:
    answer = service(VIEW, history()).ask(question, "en")
    assert isinstance(answer, HistoryAnswer)
    assert first_line(history(), question=question).startswith(line)
    assert "Now: 2 of 3 nodes on Docker" in text(history(), question=question)
