"""Whatever names a cluster and its people choose, nobody who reads an answer is harmed by them."""

import json
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.core.names import bounded
from bot.core.snapshot import RESOURCES, Cause, Gap
from bot.core.understand import Understood
from bot.render.compose import compose
from bot.render.data import answer_data, scan_data
from bot.render.document import visible
from bot.render.mrkdwn import code, escape, to_mrkdwn
from bot.render.parts import MESSAGE, TERMINAL
from bot.render.terminal import print_document
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import make_deployment, make_node, make_pod
from tests.unit.clusters import catalogue, mrkdwn_of, service, view_of
from tests.unit.render.hostile import Names, check_mrkdwn, check_plain, names, questions, texts, view_with

few = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@few
@given(names, st.booleans(), st.sampled_from(["en", "ko"]))
def test_no_name_harms_a_terminal(names: Names, is_partial: bool, language: str) -> None:
    view = view_with(names, is_partial=is_partial)
    for question in questions(names, view):
        answer = service(view).ask(question, language)
        document = compose(answer, catalogue(language), TERMINAL)
        check_plain(to_text(document))
    check_plain(to_text(compose_scan(view, view.with_findings, catalogue(language))))


@few
@given(names, st.booleans(), st.sampled_from(["en", "ko"]))
def test_no_name_harms_a_channel(names: Names, is_partial: bool, language: str) -> None:
    view = view_with(names, is_partial=is_partial)
    for question in questions(names, view):
        answer = service(view).ask(question, language)
        document = compose(answer, catalogue(language), MESSAGE)
        check_mrkdwn(to_mrkdwn(document, catalogue(language), names.workload))


@few
@given(names)
def test_every_name_comes_back_from_json_as_it_was(names: Names) -> None:
    view = view_with(names, is_partial=True)
    for question in questions(names, view):
        answer = service(view).ask(question, "en")
        data = answer_data(Understood(question, "command"), "text", answer, catalogue("en"))
        assert json.loads(json.dumps(data, ensure_ascii=False)) == data
    data = scan_data(view, view.with_findings, catalogue("en"))
    assert json.loads(json.dumps(data, ensure_ascii=False)) == data
    assert bounded(names.workload) in {"", *(workload["name"] for workload in data["workloads"])}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(names)
def test_no_name_harms_a_colour_terminal(names: Names) -> None:
    view = view_with(names, is_partial=True)
    for question in questions(names, view):
        document = compose(service(view).ask(question, "en"), catalogue("en"), TERMINAL)
        out = StringIO()
        print_document(document, Console(file=out, width=200, color_system=None))
        check_plain(out.getvalue())


@given(texts)
def test_a_visible_text_stands_on_one_line_and_shows_all_its_characters(text: str) -> None:
    shown = visible(text)
    assert shown == "".join(shown.split("\n"))
    assert visible(shown) == shown or len(shown) > 253
    if text.isascii() and text.isprintable() and len(text) <= 253:
        assert shown == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web", "web", id="a-name"),
        pytest.param("café 한글 🐳", "café 한글 🐳", id="letters-of-the-world"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="terminal-escape"),
        pytest.param("a\nb", "a\\nb", id="line-break"),
        pytest.param("a\u202eb", "a\\u202eb", id="right-to-left-override"),
        pytest.param("a\u200bb", "a\\u200bb", id="zero-width-space"),
        pytest.param("e\u0301", "e\\u0301", id="combining-mark"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag-character"),
        pytest.param("x" * 390, "x" * 390, id="the-longest-name"),
        pytest.param("a" * 300 + "b" * 300, "a" * 259 + "…" + "b" * 130, id="longer-is-cut-in-the-middle"),
    ],
)
def test_what_is_invisible_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web", "`web`"),
        ("a`b", "`aˋb`"),
        ("<!channel>", "`&lt;!channel&gt;`"),
        ("a&b", "`a&amp;b`"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_is_a_code_span(text: str, shown: str) -> None:
    assert code(text) == shown


def test_slacks_three_signs_are_escaped_once() -> None:
    assert escape("<a & b> &amp;") == "&lt;a &amp; b&gt; &amp;amp;"


def test_the_longest_names_kubernetes_allows_fit_a_message() -> None:
    namespaces = [f"{n:063d}" for n in range(4)]
    deployments = [
        make_deployment(f"{n:0253d}", namespace=namespaces[n % 4], host_paths={"/var/run/docker.sock": "/s"})
        for n in range(30)
    ]
    nodes = [make_node(f"{n:0253d}", runtime="docker://20.10", is_ready=False) for n in range(30)]
    gaps = [Gap(what, Cause.FORBIDDEN, 403) for what in RESOURCES[3:8]]
    for view in (view_of(*nodes, *deployments), view_of(*nodes, *deployments, gaps=gaps)):
        for language in ("en", "ko"):
            for text in ("status", "pods", "nodes", "milestones", f"explain {29:0253d}", f"pods {namespaces[0]}"):
                check_mrkdwn(mrkdwn_of(view, text, language))


def test_the_names_of_lost_objects_fit_a_message() -> None:
    lost = tuple(f"{'n' * 63}/{n:0253d}" for n in range(5))
    gaps = [Gap(what, Cause.MALFORMED, objects=lost, count=9) for what in RESOURCES[:4]]
    check_mrkdwn(mrkdwn_of(view_of(make_node(), gaps=gaps), "status"))


def test_the_verdict_is_never_cut_off() -> None:
    name = "\u202e" * 240
    view = view_of(*(make_pod(f"{name}{n}", host_paths={"/var/run": "/r"}) for n in range(3)))
    assert mrkdwn_of(view, "status").startswith("The cluster has no nodes")
