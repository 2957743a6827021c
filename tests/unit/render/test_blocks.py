"""Answers as Slack messages: golden files, every limit at the largest cluster, pages that lose nothing, buttons."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.access import Refusal
from bot.core.buttons import NEXT, PREVIOUS, SHARE, Asked
from bot.core.questions import Question
from bot.core.snapshot import RESOURCES, Cause, Gap
from bot.core.understand import understand
from bot.core.view import ClusterView, Overdue
from bot.errors import SlackError
from bot.playground.slack import limits as slack_limits
from bot.render import limits
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.document import Name, Paragraph, Text, Verdict
from bot.render.parts import SLACK
from bot.render.views import notice
from bot.service import Service
from tests.factories import make_daemonset, make_dependents, make_deployment, make_namespace, make_node, make_pod
from tests.unit.clusters import AS_OF, _Seen, catalogue, grammar, known, mrkdwn_of, service, view_of
from tests.unit.conftest import Golden
from tests.unit.render.hostile import Names, names, questions, texts, view_with
from tests.unit.render.slack_messages import asked_by, buttons, check_message, document_of, message_of, mrkdwn_texts
from tests.unit.render.test_golden import VIEWS

few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

LONG_NODE = "n" * 245
HOSTILE = Names(
    node="<!channel>",
    pool="*bold* `code`",
    namespace="<@U123>",
    workload="<https://evil.example|click>",
    owner="_it_ ~no~ :skull: &lt;!here&gt;",
    container="```",
    image="a:b:c",
    path="\u202e/run\n• at risk: none",
    version="<!here|here>",
    cluster="<!everyone>",
)


@cache
def largest() -> ClusterView:
    """Return a cluster at the ceiling of names: the longest Kubernetes takes, 400 nodes, 60 pools, 161 at risk."""
    nodes = [
        make_node(
            f"{LONG_NODE}-{number:04}",
            runtime="docker://20.10.24-" + "x" * 100,
            kubelet="v1.23.17-" + "y" * 100,
            labels={"agentpool": f"{number % 60:02}-" + "p" * 60},
            is_ready=number % 2 == 0,
            is_unschedulable=True,
        )
        for number in range(400)
    ]
    paths = {
        "/var/run/docker.sock": "/a",
        "/var/run/dockershim.sock": "/b",
        "/etc/docker/" + "z" * 400: "/c",
        "/var/lib/docker/containers": "/d",
        "/var/lib/docker/volumes/" + "v" * 400: "/e",
        "/var/run": "/f",
        "/run/docker/" + "r" * 400: "/g",
        "/var/lib/dockershim/" + "s" * 400: "/h",
    }
    spaces = [f"{number:03}-" + "s" * 59 for number in range(40)]
    agent = make_daemonset("d" * 253, namespace=spaces[0], labels={"team": "o" * 63}, host_paths=paths)
    deployments = [
        make_deployment(
            f"{number:03}-" + "w" * 249, namespace=spaces[number % 40], labels={"team": "o" * 63}, host_paths=paths
        )
        for number in range(160)
    ]
    shells = [
        make_pod(f"{number}-" + "e" * 250, namespace=spaces[number], node=f"{LONG_NODE}-0000", host_paths={"/": "/h"})
        for number in range(9)
    ]
    twins = [make_deployment("t" * 253, namespace=space) for space in spaces]
    gaps = [Gap(kind, Cause.MALFORMED, objects=("g" * 253,) * 3, count=30) for kind in RESOURCES]
    return view_of(
        *nodes,
        *(make_namespace(space) for space in spaces),
        *(agent, make_dependents(agent, [node["metadata"]["name"] for node in nodes])),
        *deployments,
        *shells,
        *twins,
        gaps=gaps,
        version="v1.23.17",
    )


CLUSTERS: dict[str, Callable[[], ClusterView]] = {
    **VIEWS,
    "empty": view_of,
    "largest": largest,
    "hostile": cache(lambda: view_with(HOSTILE, is_partial=True)),
}

ASKED = {
    "status": "status",
    "pods": "pods",
    "nodes": "nodes",
    "explain": "explain {workload}",
    "node": "explain node/{node}",
    "milestones": "milestones",
    "export": "export",
}
OFFLINE = {
    "help": "help",
    "help-nearest": "statsu",
    "guide": "guide",
    "guide-topic": "guide docker-socket",
    "not-found": "explain bilder",
    "not-found-namespace": "pods shpo",
    "ambiguous": "explain debug-shell",
}


def words_for(view: ClusterView, name: str) -> str | None:
    """Return the words of a question about a cluster, None where it holds nothing to ask about."""
    workload = view.with_findings[0].key.full_name if view.with_findings else None
    node = view.nodes[0].name if view.nodes else None
    if ("{workload}" in ASKED[name] and workload is None) or ("{node}" in ASKED[name] and node is None):
        return None
    return ASKED[name].format(workload=workload, node=node)


def as_json(message: Message) -> str:
    """Return a message as JSON with a line for each block, so that a difference can be read."""
    text, *blocks = (json.dumps(part, ensure_ascii=False) for part in (message.text, *message.blocks))
    return f'{{"text": {text},\n"blocks": [\n' + ",\n".join(blocks) + "\n]}\n"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_message_of_an_answer(cluster: str, name: str, language: str, golden: Golden) -> None:
    view = CLUSTERS[cluster]()
    words = words_for(view, name)
    if words is None:
        return
    message = message_of(view, words, language)
    check_message(message)
    golden.check(f"{cluster}-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", OFFLINE)
def test_the_message_of_an_answer_that_is_no_report(name: str, language: str, golden: Golden) -> None:
    message = message_of(VIEWS["mixed"](), OFFLINE[name], language)
    check_message(message)
    golden.check(f"mixed-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_message_of_an_answer_from_an_old_view(language: str, golden: Golden) -> None:
    overdue = Overdue(AS_OF + timedelta(minutes=1), "unreachable", {"host": "10.0.0.1:6443"})
    message = message_from(replace(VIEWS["mixed"](), overdue=overdue), timedelta(minutes=12), language)
    check_message(message)
    golden.check(f"mixed-status-stale.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    "name", ["refused", "failed", "old-button", "busy", "nothing-here", "elsewhere", "shared", "sent"]
)
def test_the_message_of_a_notice(name: str, language: str, golden: Golden) -> None:
    words = catalogue(language)
    answer = document_of(VIEWS["healthy"](), "status", language)
    documents = {
        "refused": lambda: notice.refused(Refusal.SHARED, words),
        "failed": lambda: notice.failed(SlackError("slack-unreachable", method="chat.postMessage"), "0a1b2c3d", words),
        "elsewhere": lambda: notice.elsewhere(SlackError("slack-archived"), answer, words),
        "shared": lambda: notice.shared("U0ALICE", answer, words),
        "sent": lambda: notice.sent(True, "unshim-workloads.csv", answer, words),
    }
    document = documents[name]() if name in documents else notice.note(name, words)
    message = to_message(document, words, Asked("status", language))
    assert slack_limits.problems(list(message.blocks)) == []
    golden.check(f"notice-{name}.{language}.blocks.json", as_json(message))


def message_from(view: ClusterView, age: timedelta, language: str = "en", words: str = "status") -> Message:
    """Return the message about a view of that age, where five minutes are fresh."""
    kept = Service(_Seen(view), known(), today=lambda: AS_OF.date(), now=lambda: view.as_of + age, stale_seconds=300.0)
    document = compose(kept.ask(understand(words, grammar()), language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked(words, language))


def test_an_answer_says_how_old_its_view_is() -> None:
    message = message_from(VIEWS["mixed"](), timedelta(seconds=42))
    assert "42 seconds ago (2026-11-23 09:00 UTC)" in message.text
    assert "42 seconds ago" in message.blocks[-1]["elements"][0]["text"]
    assert "no newer view" not in message.text


def test_an_answer_from_an_old_view_says_so_right_below_its_first_line() -> None:
    message = message_from(VIEWS["mixed"](), timedelta(minutes=12))
    assert "12 minutes ago; there is no newer view" in message.blocks[1]["text"]["text"]
    assert "12 minutes ago; there is no newer view" in message.text.split("\n")[1]


# What the largest cluster does to a message.


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("words", ["pods", "nodes", "nodes docker", "explain node/{node}", "explain {workload}"])
def test_turning_pages_shows_every_row_of_the_largest_cluster_once(words: str, language: str) -> None:
    view = largest()
    asked = words.format(node=view.nodes[0].name, workload=view.at_risk[0].key.full_name)
    rows: list[str] = []
    for page in range(1000):
        message = message_of(view, asked, language, page)
        check_message(message)
        assert "…" not in message.blocks[-2].get("text", {}).get("text", ""), "rows were cut"
        rows += [
            block["text"]["text"]
            for block in message.blocks[1:]
            if "accessory" in block or (block["type"] == "section" and "volumes[" in block["text"]["text"])
        ]
        if not any(item["action_id"] == NEXT for item in buttons(message)):
            break
        assert asked_by(message, NEXT).page == page + 1
    assert len(rows) == len(set(rows))
    wanted = {
        "pods": len(view.at_risk) + len(view.to_check),
        "nodes": len(view.nodes),
        "nodes docker": len(view.nodes),
        "explain node/{node}": 1,
        "explain {workload}": len(view.at_risk[0].findings),
    }
    assert len(rows) == wanted[words]


def test_a_page_beyond_the_end_shows_the_last_one() -> None:
    view = VIEWS["mixed"]()
    assert message_of(view, "nodes", page=99).blocks[1:-2] == message_of(view, "nodes").blocks[1:-2]


def test_the_first_page_has_no_previous_and_the_last_no_next() -> None:
    first, last = message_of(largest(), "nodes"), message_of(largest(), "nodes", page=39)
    assert [item["action_id"] for item in buttons(first) if item["action_id"] in (PREVIOUS, NEXT)] == [NEXT]
    assert [item["action_id"] for item in buttons(last) if item["action_id"] in (PREVIOUS, NEXT)] == [PREVIOUS]


def test_what_does_not_fit_is_counted_and_the_first_and_last_lines_stay() -> None:
    lines = tuple(Paragraph((Text("word " * 250), Name(str(number)))) for number in range(40))
    document = (Verdict((Text("First."),)), *lines, *document_of(VIEWS["healthy"](), "status")[-1:])
    message = to_message(document, catalogue("en"), Asked("status", "en"), can_share=True)
    check_message(message)
    assert message.blocks[0]["elements"][0]["elements"][0]["text"] == "First."
    assert message.blocks[-1]["elements"][0]["text"].startswith("Read 2026-11-23")
    shown = sum("word" in text for text in mrkdwn_texts(message))
    assert f"{40 - shown} more lines" in message.blocks[-3]["text"]["text"]
    assert "unshim ask status" in message.blocks[-3]["text"]["text"]


def test_more_blocks_than_a_message_takes_are_cut_and_counted() -> None:
    document = (Verdict((Text("First."),)), *(Paragraph((Text(f"Line {number}"),)) for number in range(120)))
    message = to_message(document, catalogue("en"), Asked("status", "en"), can_share=True)
    check_message(message)
    shown = sum(text.startswith("Line ") for text in mrkdwn_texts(message))
    assert any(f"{120 - shown} more lines" in text for text in mrkdwn_texts(message))


@given(st.lists(texts, max_size=30), st.integers(0, 40), texts)
def test_any_document_fits_a_message(lines: list[str], copies: int, verdict: str) -> None:
    document = (
        Verdict((Text("It: "), Name(verdict))),
        *(Paragraph((Name(line), Text(" and "), Name(line))) for line in lines for _ in range(copies)),
    )
    check_message(to_message(document, catalogue("en"), Asked(verdict, "en"), can_share=True))


@few
@given(names, st.booleans(), st.sampled_from(["en", "ko"]), st.integers(0, 3))
def test_no_name_harms_a_message(names: Names, is_partial: bool, language: str, page: int) -> None:
    view = view_with(names, is_partial=is_partial)
    for question in questions(names, view):
        check_message(_drawn(view, question, names.workload, language, page))


def _drawn(view: ClusterView, question: Question, words: str, language: str, page: int) -> Message:
    answer = service(view).ask(question, language)
    document = compose(answer, catalogue(language), replace(SLACK, page=page))
    return to_message(document, catalogue(language), Asked(words, language, page), can_share=True)


@given(texts, texts)
def test_no_name_harms_a_notice(name: str, other: str) -> None:
    document = notice.failed(SlackError("slack-missing-scope", needed=name, method=other), "0a1b2c3d", catalogue("en"))
    check_message(to_message(document, catalogue("en"), Asked("help", "en")))


# Buttons.


def test_a_row_carries_the_question_that_explains_it_with_a_label_for_screen_readers() -> None:
    view = VIEWS["mixed"]()
    message = message_of(view, "pods")
    for workload, block in zip((*view.at_risk, *view.to_check), message.blocks[1:], strict=False):
        accessory = block["accessory"]
        assert asked_by(message, accessory["action_id"]).words == f"explain {workload.key.full_name}"
        assert workload.key.full_name in accessory["accessibility_label"]


def test_share_is_offered_only_where_everybody_may_see_the_answer() -> None:
    view = VIEWS["mixed"]()
    assert asked_by(message_of(view, "pods ci"), SHARE) == Asked("pods ci", "en")
    assert SHARE not in [item["action_id"] for item in buttons(message_of(view, "pods ci", can_share=False))]


def test_a_question_too_long_for_a_button_has_none() -> None:
    words = "explain " + "x" * 3000
    message = message_of(VIEWS["mixed"](), words)
    check_message(message)
    assert SHARE not in [item["action_id"] for item in buttons(message)]


def test_a_mistyped_question_is_named_and_one_click_away() -> None:
    message = message_of(VIEWS["mixed"](), "statsu general")
    assert "`/runtime status general`" in message.text
    assert [asked_by(message, item["action_id"]).words for item in buttons(message)][:2] == ["status general", "help"]


@pytest.mark.parametrize(
    ("words", "language", "said"), [("explain", "en", "A name is missing."), ("설명", "ko", "이름이")]
)
def test_a_question_without_its_name_says_so_and_offers_where_the_names_are(
    words: str, language: str, said: str
) -> None:
    message = message_of(VIEWS["mixed"](), words, language)
    assert message.text.startswith(said)
    assert [asked_by(message, item["action_id"]).words for item in buttons(message)][:2] == ["pods", "help"]


def test_a_pool_is_not_shown_with_a_button_that_asks_of_something_else() -> None:
    asked = {asked_by(message_of(VIEWS["mixed"](), "status general"), f"ask-{n}").words for n in (1, 2)}
    assert asked == {"pods", "nodes docker pool=general"}
    labels = [item["text"]["text"] for item in buttons(message_of(VIEWS["mixed"](), "status general"))]
    assert labels[0] == "At risk, whole cluster"


@pytest.mark.parametrize("pool", ["containerd", "docker", "ready", "1.23", "on", "node", "pool"])
def test_a_pool_called_like_a_filter_is_asked_about_as_a_pool(pool: str) -> None:
    labels = {"agentpool": pool}
    view = view_of(make_node("a", runtime="docker://1", labels=labels), make_node("b", labels={"agentpool": "other"}))
    asked = [asked_by(message_of(view, "explain node/a"), "ask-1").words]
    asked.append(asked_by(message_of(view, f"status {pool}"), "ask-1").words)
    answers = [service(view).ask(understand(words, grammar()), "en") for words in asked]
    assert [[node.name for node in answer.nodes] for answer in answers] == [["a"], ["a"]]


def test_below_full_coverage_no_first_line_claims_a_whole_list_or_that_something_is_not_there() -> None:
    view = view_of(unread={"pods": Cause.FORBIDDEN, "deployments": Cause.FORBIDDEN, "namespaces": Cause.FORBIDDEN})
    for words in ("export", "export nodes", "pods payments", "explain payments/api", "status api", "nodes api"):
        for language, hedge in (("en", "what I can see"), ("ko", "확인할 수 있는 범위")):
            assert hedge in message_of(view, words, language).text.split("\n")[0], words


def test_a_topic_with_many_guides_lists_them_all() -> None:
    view = VIEWS["mixed"]()
    count = len(known().find_guides("docker"))
    found = [text for page in range(count // 10 + 1) for text in _rows(message_of(view, "guide docker", page=page))]
    assert len(found) == count > 3


def _rows(message: Message) -> list[str]:
    return [block["text"]["text"] for block in message.blocks if "accessory" in block]


def test_a_bar_is_full_or_empty_only_when_that_is_so_and_shows_what_nobody_knows() -> None:
    nodes = [make_node(f"a{n}", runtime="docker://1", labels={"agentpool": "a"}) for n in range(1)]
    nodes += [make_node(f"a-{n}", labels={"agentpool": "a"}) for n in range(99)]
    nodes += [make_node(f"b-{n}", labels={"agentpool": "b"}) for n in range(3)]
    nodes += [make_node("c-1", runtime="", labels={"agentpool": "c"})]
    (bars,) = (text for text in mrkdwn_texts(message_of(view_of(*nodes), "status")) if "🟩" in text and "`a`" in text)
    assert {line.split(" ")[1]: line.split(" ")[0] for line in bars.split("\n")[1:-1]} == {
        "`a`": "🟩🟩🟩🟩🟦",
        "`b`": "🟩🟩🟩🟩🟩",
        "`c`": "⬜⬜⬜⬜⬜",
    }


def test_a_near_name_is_one_click_away() -> None:
    message = message_of(VIEWS["mixed"](), "explain ci/bilder")
    assert "explain ci/Deployment/builder" in [asked_by(message, item["action_id"]).words for item in buttons(message)]


def test_each_of_several_matches_is_one_click_away() -> None:
    message = message_of(VIEWS["mixed"](), "explain debug-shell")
    asked = [asked_by(message, item["action_id"]).words for item in buttons(message) if item["action_id"] != SHARE]
    assert sorted(asked) == ["explain ci/Pod/debug-shell", "explain shop/Pod/debug-shell"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_message_lists_the_whole_calendar_with_its_sources(language: str) -> None:
    message = message_of(VIEWS["mixed"](), "milestones", language)
    texts_of = list(mrkdwn_texts(message))
    for milestone in known().calendar:
        words = [milestone.texts[language][field] for field in ("title", "headline")]
        assert any(text in message.text for text in words)
        assert any(text in shown for shown in texts_of for text in words)
    for version in ("1.38", "1.24"):  # with something to do: where that stands is one look away
        (milestone,) = [item for item in known().calendar if item.version == version]
        place = next(n for n, text in enumerate(texts_of) if milestone.texts[language]["title"] in text)
        assert any(milestone.sources[0] in text for text in texts_of[place : place + 3])
    assert any("/runtime when " in text for text in texts_of)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_cluster_that_every_date_concerns_still_gets_the_whole_calendar(language: str) -> None:
    runtimes = [("docker://20.10", "v1.20.15"), ("docker://24.0", "v1.25.1"), ("cri-o://1.27.1", "v1.27.1")]
    runtimes += [
        (f"containerd://{version}.1", "v1.25.1") for version in ("1.5", "1.6", "1.7", "2.0", "2.1", "2.2", "2.3")
    ]
    nodes = [make_node(f"n-{n}", runtime=runtime, kubelet=kubelet) for n, (runtime, kubelet) in enumerate(runtimes)]
    for shown in (
        message_of(view_of(*nodes), "milestones", language).text,
        mrkdwn_of(view_of(*nodes), "milestones", language),
    ):
        for milestone in known().calendar:
            assert any(milestone.texts[language][field] in shown for field in ("title", "headline")), milestone.id


def test_the_command_that_is_set_is_the_one_that_texts_name() -> None:
    document = document_of(VIEWS["mixed"](), "help")
    message = to_message(document, catalogue("en"), Asked("help", "en"), command="/rt-staging")
    assert "`/rt-staging status" in message.text
    assert all("/runtime" not in text for text in (message.text, *mrkdwn_texts(message)))


def test_the_text_of_a_message_names_the_verdict_and_the_first_rows() -> None:
    message = message_of(VIEWS["mixed"](), "pods")
    assert message.text.startswith("In the whole cluster: 5 workloads at risk, 1 to check")
    assert "ci/CronJob/nightly" in message.text


# The table of limits.


@pytest.mark.parametrize(
    ("ours", "refused"),
    [
        (limits.BLOCKS, slack_limits.MESSAGE_BLOCKS),
        (limits.USED_BLOCKS, slack_limits.MESSAGE_BLOCKS),
        (limits.ALL_CHARS, slack_limits.MESSAGE_CHARS),
        (limits.SECTION_CHARS, limits.TEXT_CHARS),
    ],
)
def test_no_limit_of_ours_is_above_what_slack_takes(ours: int, refused: int) -> None:
    assert ours <= refused
