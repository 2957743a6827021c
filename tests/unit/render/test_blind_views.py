"""When the cluster was not seen: the line at the end of every answer, and what `changes` tells of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.blind import Blind
from bot.core.buttons import Asked
from bot.core.history import Detail, changes, detail_of
from bot.core.questions import Changes, Question, Status, Trend
from bot.core.snapshot import Cause
from bot.core.view import ClusterView
from bot.render.blocks import Message, to_message
from bot.render.compose import compose, compose_post
from bot.render.data import answer_data
from bot.render.parts import SLACK, TERMINAL
from bot.render.text import to_text
from bot.service.history import History
from bot.service.posts import Digest, Reminder
from tests.factories import make_daemonset, make_node
from tests.unit.clusters import AS_OF, DOCKER, catalogue, service, understanding, view_of
from tests.unit.conftest import Golden
from tests.unit.pasts import Broken, Kept
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import CLUSTERS, as_json

AGENT = make_daemonset("agent", namespace="web", host_paths={"/var/run/docker.sock": "/var/run/docker.sock"})
BEFORE = view_of(make_node("one", runtime=DOCKER), make_node("two", runtime=DOCKER), AGENT)
AFTER = view_of(make_node("one"), make_node("two", runtime=DOCKER))


def blind(
    minutes_ago: float = 41,
    lasted: float = 16,
    kinds: Sequence[str] = (),
    before: ClusterView = BEFORE,
    after: ClusterView = AFTER,
) -> Blind:
    until = AS_OF - timedelta(minutes=minutes_ago)
    since = until - timedelta(minutes=lasted)
    found = changes(detail_of(replace(before, as_of=since)), detail_of(replace(after, as_of=until)))
    return Blind(since, until, tuple(kinds), found)


SAME = blind(before=AFTER)
CHANGES = Changes()
DIGEST, REMINDER = Digest(), Reminder(("kubernetes-1.24",))


def text(*times: Blind, question: Question = CHANGES, history: History | None = None, language: str = "en") -> str:
    answer = service(AFTER, history, times).ask(question, language)
    return to_text(compose(answer, catalogue(language), TERMINAL))


def told(text: str) -> str:
    """Return what stands under the heading of the only time, and the heading."""
    return text[text.index("Nothing seen from ") :].partition("\n\n")[0]


# The line at the end of every answer.


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Nothing was seen from 08:03 to 08:19 UTC; what changed meanwhile: unshim ask changes"),
        ("ko", "08:03부터 08:19까지(UTC) 클러스터를 보지 못했습니다. 그동안 바뀐 것: unshim ask changes"),
    ],
)
def test_every_answer_says_when_nothing_was_seen(language: str, line: str) -> None:
    assert text(blind(), blind(90), question=Status(), language=language).splitlines()[-1] == line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Not seen from 08:03 to 08:19 UTC: pods, nodes; what changed meanwhile: unshim ask changes"),
        ("ko", "08:03부터 08:19까지(UTC) 보지 못한 리소스: pods, nodes. 그동안 바뀐 것: unshim ask changes"),
    ],
)
def test_the_kinds_that_were_not_seen_are_named(language: str, line: str) -> None:
    shown = text(blind(kinds=["pods", "nodes"]), question=Status(), language=language)
    assert shown.splitlines()[-1] == line


def test_a_time_over_midnight_has_its_days() -> None:
    shown = text(blind(lasted=600), question=Status())
    assert "Nothing was seen from 2026-11-22 22:19 UTC to 2026-11-23 08:19 UTC; what" in shown


def test_a_short_time_is_told_to_the_second() -> None:
    short = blind(lasted=0.75)
    assert "Nothing was seen from 08:18:15 to 08:19:00 UTC; what" in text(short, question=Status())
    assert "Nothing seen from 08:18:15 to 08:19:00 UTC on 2026-11-23\n" in text(short)


def test_many_kinds_are_counted() -> None:
    shown = text(blind(kinds=["pods", "nodes", "jobs", "cronjobs", "daemonsets"]), question=Status())
    assert shown.splitlines()[-1].startswith("Not seen from 08:03 to 08:19 UTC: pods, nodes, jobs, +2 more;")


@pytest.mark.parametrize(("minutes", "is_told"), [(59, True), (60, False)])
def test_after_an_hour_it_is_not_said_any_more(minutes: float, is_told: bool) -> None:
    assert ("Nothing was seen" in text(blind(minutes), question=Status())) is is_told


@pytest.mark.parametrize("is_reminder", [False, True])
def test_digests_and_reminders_say_so_in_one_line(is_reminder: bool) -> None:
    asked = service(AFTER, None, [blind()])
    answer: Any = asked.reminder(REMINDER, "en") if is_reminder else asked.digest(DIGEST, "en")[0]
    shown = to_text(compose_post(answer, catalogue("en"), TERMINAL))
    assert shown.count("Nothing was seen from 08:03 to 08:19 UTC; what changed meanwhile: unshim ask changes") == 1


def test_json_has_the_time_and_the_kinds() -> None:
    answer = service(AFTER, None, [blind(kinds=["pods"])]).ask(Status(), "en")
    data = answer_data(understanding().read("status"), "x", answer, catalogue("en"))["data"]
    expected = {"since": "2026-11-23T08:03:00Z", "until": "2026-11-23T08:19:00Z", "kinds": ["pods"]}
    assert data["seen"]["blind"] == expected
    changed = service(AFTER, None, [blind(kinds=["pods"])]).ask(Changes(), "en")
    (time,) = answer_data(understanding().read("changes"), "x", changed, catalogue("en"))["data"]["blind"]
    assert (time["since"], time["changes"]["moved"][0]["name"]) == (expected["since"], "one")


# What `changes` tells.


def yesterday() -> Kept:
    return Kept(details=[replace(detail_of(BEFORE), at=AS_OF - timedelta(days=1))])


@pytest.mark.parametrize("history", [yesterday(), None, Broken(), Kept()], ids=["kept", "none", "broken", "young"])
def test_what_changed_meanwhile_is_told_with_and_without_a_history(history: History | None) -> None:
    shown = text(blind(), history=history)
    assert told(shown).splitlines() == [
        "Nothing seen from 08:03 to 08:19 UTC on 2026-11-23",
        "- Nodes with another runtime: dockershim → containerd (1): one",
        "- Findings closed: web/DaemonSet/agent: docker-socket · unowned",
    ]
    assert "what changed meanwhile" not in shown  # it stands there
    is_known = shown.startswith("Between ")
    assert is_known is (history is not None and isinstance(history, Kept) and bool(history.details))
    assert ("Below is what changed while it was not seen." in shown.partition("\n")[0]) is not is_known


def test_nothing_is_said_to_have_changed_as_far_as_can_be_told() -> None:
    assert told(text(SAME)).endswith("\nNothing changed meanwhile that can be told.")
    torn = blind(before=view_of(make_node("one"), unread={"pods": Cause.FORBIDDEN}), after=view_of(make_node("one")))
    assert told(text(torn)).endswith("\nI see no change meanwhile, but not everything was read before or after it.")


def test_what_was_not_read_before_or_after_is_said() -> None:
    torn = blind(after=view_of(make_node("one"), unread={"jobs": Cause.FORBIDDEN}))
    assert "what that read lacks is not called gone or closed" in told(text(torn))
    assert "Findings closed" not in told(text(torn))


def test_the_latest_stands_first_and_the_kinds_are_named() -> None:
    shown = text(blind(10, kinds=["pods"]), SAME)
    headings = [line for line in shown.splitlines() if " seen from " in line]
    assert headings == [
        "Not seen from 08:34 to 08:50 UTC on 2026-11-23: pods",
        "Nothing seen from 08:03 to 08:19 UTC on 2026-11-23",
    ]


@pytest.mark.parametrize(
    ("question", "is_told"),
    [
        pytest.param(Changes(), False, id="24-hours"),
        pytest.param(Changes(days=2), True, id="two-days"),
        pytest.param(Changes(since=date(2026, 11, 22)), True, id="that-day"),
        pytest.param(Changes(since=date(2026, 11, 23)), False, id="the-day-after"),
    ],
)
def test_only_what_falls_into_the_period_is_told(question: Changes, is_told: bool) -> None:
    assert ("Nothing seen" in text(blind(60 * 25), question=question)) is is_told
    history = Kept(details=[replace(detail_of(BEFORE), at=AS_OF - timedelta(days=9))])
    assert ("Nothing seen" in text(blind(60 * 25), question=question, history=history)) is is_told


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "What I may read I have watched since 2026-11-23 06:00 UTC, without a break of a minute or more."),
        ("ko", "읽을 수 있는 것은 2026-11-23 06:00 UTC부터 지켜보고 있으며, 1분 이상 끊긴 적은 없습니다."),
    ],
)
@pytest.mark.parametrize("history", [yesterday(), None, Broken(), Kept()], ids=["kept", "none", "broken", "young"])
def test_where_there_was_no_such_time_it_is_said_since_when(history: History | None, language: str, line: str) -> None:
    since = AS_OF - timedelta(hours=3)
    answer = service(AFTER, history, watched_since=since).ask(CHANGES, language)
    assert line in to_text(compose(answer, catalogue(language), TERMINAL)).splitlines()
    answer = service(AFTER, history, [blind()], watched_since=since).ask(CHANGES, "en")
    assert "have watched since" not in to_text(compose(answer, catalogue("en"), TERMINAL))


def test_a_time_that_reaches_into_the_period_is_told() -> None:
    assert "Nothing seen from 2026-11-21 04:00 UTC to 2026-11-22 10:00 UTC\n" in text(blind(60 * 23, lasted=60 * 30))


def test_a_trend_tells_none() -> None:
    assert "Nothing seen" not in text(blind(), question=Trend())


# How it looks.


def hostile(minutes_ago: float) -> Blind:
    name = "<!channel> `*_~\u202e\n" + "x" * 300
    until: datetime = AS_OF - timedelta(minutes=minutes_ago)
    findings = {f"{name}/Deployment/{name}{n}": (f"code-{name}",) for n in range(2000)}
    before = Detail(until, True, {f"{name}{n}": "dockershim" for n in range(2000)}, findings, {})
    return Blind(until, until, ("pods",), changes(before, Detail(until, True, {}, {}, {})))


def message(times: Sequence[Blind], language: str, history: History | None = None) -> Message:
    document = compose(service(AFTER, history, times).ask(Changes(), language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked("changes", language), can_share=True)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_large_changes_with_hostile_names_keep_every_limit(language: str) -> None:
    made = message([hostile(n) for n in range(5)], language, yesterday())
    check_message(made)
    assert "<!channel>" not in made.text


TIMES: dict[str, tuple[Sequence[Blind], History | None]] = {
    "kept": ((blind(10, kinds=["pods", "nodes"], before=AFTER), blind()), yesterday()),
    "none": ((blind(),), None),
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", TIMES)
def test_how_changes_looks(name: str, language: str, golden: Golden) -> None:
    times, history = TIMES[name]
    made = message(times, language, history)
    check_message(made)
    golden.check(f"blind-{name}.{language}.blocks.json", as_json(made))
    golden.check(f"blind-{name}.{language}.txt", text(*times, history=history, language=language) + "\n")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_how_the_line_looks(language: str, golden: Golden) -> None:
    answer = service(CLUSTERS["mixed"](), None, [blind(kinds=["pods"])]).ask(Status(), language)
    made = to_message(compose(answer, catalogue(language), SLACK), catalogue(language), Asked("status", language))
    check_message(made)
    golden.check(f"blind-status.{language}.blocks.json", as_json(made))
