"""What an answer about a node tells of its past: when, as nearly as anybody saw, newest first, and a node that left."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.node_history import NodeChange, NodeHistory, NodeRecord, What, record_of
from bot.core.questions import Explain, NodeState, Question, Status
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.parts import MESSAGE, SLACK, TERMINAL
from bot.render.text import to_text
from bot.service.history import History
from tests.factories import make_node
from tests.unit.clusters import AS_OF, catalogue, service, view_of
from tests.unit.conftest import Golden
from tests.unit.pasts import Broken, Kept
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import as_json

VIEW = view_of(make_node("a-1", runtime="containerd://1.6.33", kubelet="v1.24.2", is_ready=False))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOSTILE = "<!channel> `*_~\u202e" + "x" * 300


def change(
    what: What, before: str, after: str, ago: timedelta, unseen: timedelta = MINUTE, node: str = "a-1"
) -> NodeChange:
    return NodeChange(AS_OF - ago, AS_OF - ago - unseen, node, what, before, after)


MOVED = (
    change(What.RUNTIME, "dockershim://20.10.24", "containerd://1.6.33", 2 * HOUR),
    change(What.KUBELET, "v1.23.17", "v1.24.2", 2 * HOUR),
)
LONG = (
    change(What.READY, "ready", "not-ready", 5 * MINUTE),
    *MOVED,
    change(What.CORDON, "schedulable", "cordoned", 3 * HOUR),
    change(What.RUNTIME, "dockershim://19.3.15", "dockershim://20.10.24", timedelta(days=40), 137 * MINUTE),
    change(What.JOINED, "", "dockershim://19.3.15", timedelta(days=90), timedelta(days=2)),
    change(What.LEFT, "dockershim://19.3.15", "", timedelta(days=92)),
)
GONE = (
    change(What.LEFT, "dockershim://20.10.24", "", 3 * HOUR, node="old-1"),
    change(What.READY, "ready", "unknown", 4 * HOUR, node="old-1"),
)


def kept(*changes: NodeChange) -> Kept:
    return Kept(nodes={"a-1": NodeHistory(record_of(VIEW.nodes[0]), changes)})


def left(*changes: NodeChange) -> Kept:
    record = NodeRecord("old-1", "dockershim://20.10.24", "v1.23.17", "unknown", "schedulable", is_there=False)
    return Kept(nodes={"old-1": NodeHistory(record, changes)})


PASTS: dict[str, tuple[Question, History]] = {
    "long": (Explain("node/a-1"), kept(*LONG)),
    "state": (NodeState("a-1"), kept(*LONG[:1])),
    "failed": (Explain("node/a-1"), Broken()),
    "gone": (Explain("node/old-1"), left(*GONE)),
}


def message_of(question: Question, history: History, language: str) -> Message:
    document = compose(service(VIEW, history).ask(question, language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked("question", language), can_share=True)


def text(history: History | None, language: str = "en", question: Question | None = None) -> str:
    answer = service(VIEW, history).ask(question or Explain("node/a-1"), language)
    return to_text(compose(answer, catalogue(language), MESSAGE))


def lines(*changes: NodeChange, language: str = "en") -> list[str]:
    """Return what is told of some changes."""
    shown = text(kept(*changes), language)
    return [line.removeprefix("- ") for line in shown.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PASTS)
def test_the_message_of_a_nodes_past(name: str, language: str, golden: Golden) -> None:
    message = message_of(*PASTS[name], language)
    check_message(message)
    golden.check(f"node-past-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PASTS)
def test_a_nodes_past_in_a_terminal(name: str, language: str, golden: Golden) -> None:
    question, history = PASTS[name]
    document = compose(service(VIEW, history).ask(question, language), catalogue(language), TERMINAL)
    golden.check(f"node-past-{name}.{language}.txt", to_text(document) + "\n")


@pytest.mark.parametrize(
    ("told", "line", "korean"),
    [
        pytest.param(
            MOVED[0],
            "moved from dockershim to containerd 2 hours ago (2026-11-23 07:00 UTC)",
            "런타임 dockershim → containerd, 2시간 전(2026-11-23 07:00 UTC)",
            id="moved",
        ),
        pytest.param(
            MOVED[1],
            "kubelet v1.23.17 → v1.24.2 2 hours ago (2026-11-23 07:00 UTC)",
            "kubelet v1.23.17 → v1.24.2, 2시간 전(2026-11-23 07:00 UTC)",
            id="kubelet",
        ),
        pytest.param(
            LONG[0],
            "turned NotReady 5 minutes ago (2026-11-23 08:55 UTC)",
            "NotReady로 바뀜, 5분 전(2026-11-23 08:55 UTC)",
            id="not-ready",
        ),
        pytest.param(
            change(What.RUNTIME, "containerd://1.6.33", "containerd://2.0.1", HOUR, 2 * HOUR),
            "containerd 1.6.33 → 2.0.1 between 06:00 and 08:00 UTC on 2026-11-23",
            "containerd 1.6.33 → 2.0.1, 2026-11-23 06:00~08:00 UTC 사이",
            id="a-version-within-an-outage",
        ),
        pytest.param(
            change(What.RUNTIME, "cri-dockerd://20.10.24", "cri-dockerd://23.0.6", HOUR, 30 * HOUR),
            "Docker 20.10.24 → 23.0.6 between 2026-11-22 02:00 UTC and 2026-11-23 08:00 UTC",
            "도커 20.10.24 → 23.0.6, 2026-11-22 02:00 UTC에서 2026-11-23 08:00 UTC 사이",
            id="a-version-of-docker-within-days",
        ),
        pytest.param(
            change(What.RUNTIME, "unknown://podman://4", "cri-o://1.30.1", -HOUR),
            "moved from podman://4 to cri-o 0 seconds ago (2026-11-23 10:00 UTC)",
            "런타임 podman://4 → cri-o, 0초 전(2026-11-23 10:00 UTC)",
            id="from-one-nobody-knows-by-a-clock-ahead",
        ),
    ],
)
def test_each_change_in_a_line(told: NodeChange, line: str, korean: str) -> None:
    assert lines(told) == [line]
    assert lines(told, language="ko") == [korean]


def test_five_are_told_and_the_others_counted() -> None:
    shown = lines(*LONG)
    assert [line.split()[0] for line in shown] == ["turned", "moved", "kubelet", "cordoned", "Docker", "and"]
    assert shown[-1] == "and 2 more"
    assert len(lines(*LONG[:5])) == 5


def test_without_a_history_nothing_is_said_and_one_that_fails_is() -> None:
    for history in (None, kept()):
        assert "istory" not in text(history)
    assert "Its history could not be read." in text(Broken())
    assert text(Broken()).replace("\nIts history could not be read.\n", "") == text(None)


def test_the_status_of_a_node_tells_it_too() -> None:
    assert "moved from dockershim" in text(kept(*MOVED), question=Status("a-1"))
    assert "moved from dockershim" in text(kept(*MOVED), question=NodeState("a-1", "runtime"))


def test_a_node_that_left_is_told_with_what_it_ran() -> None:
    shown = text(left(*GONE), question=Explain("node/old-1"))
    first, *rest = shown.splitlines()
    assert first == "old-1 is not in the cluster any more: it left 3 hours ago (2026-11-23 06:00 UTC)."
    assert "Ran last  Docker 20.10.24 through dockershim" in rest
    assert "- stopped reporting (Ready unknown) 4 hours ago (2026-11-23 05:00 UTC)" in rest
    assert "- left" not in shown
    for question in (Explain("old-1"), NodeState("old-1"), NodeState("node/old-1")):
        assert text(left(*GONE), question=question) == shown
    unsure = text(left(), question=Explain("node/old-1"))
    assert unsure.startswith("old-1 is not in the cluster any more.\n")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_hostile_versions_and_names_keep_every_limit(language: str) -> None:
    odd = [change(What.RUNTIME, f"unknown://{HOSTILE}{n}", f"containerd://{HOSTILE}", n * HOUR) for n in range(6)]
    odd[1:3] = [change(What.KUBELET, HOSTILE, HOSTILE, HOUR), change(What.READY, HOSTILE, HOSTILE, HOUR)]
    record = NodeRecord(HOSTILE, f"unknown://{HOSTILE}", HOSTILE, "ready", "schedulable", is_there=False)
    histories = {"a-1": NodeHistory(None, tuple(odd)), "gone": NodeHistory(record, tuple(odd))}
    for question in (Explain("node/a-1"), NodeState("a-1"), Explain("gone")):
        message = message_of(question, Kept(nodes=histories), language)
        check_message(message)
        assert "<!channel>" not in message.text + str(message.blocks)
        assert "\u202e" not in message.text + str(message.blocks)


def test_an_answer_of_an_old_view_tells_ages_by_the_clock() -> None:
    """A demo of another day has a clock of its own."""
    view = replace(VIEW, clock=datetime(2026, 11, 25, 9, 0, tzinfo=AS_OF.tzinfo))
    answer = service(view, kept(*MOVED)).ask(Explain("node/a-1"), "en")
    assert "containerd 2 days ago" in to_text(compose(answer, catalogue("en"), MESSAGE))
