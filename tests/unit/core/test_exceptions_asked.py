"""Questions about exceptions, in words of people's own; and whether what a rule is about is used here."""

import pytest

from bot.core.questions import AtRisk, Faq, Guide, Manage, Nodes, Owners, Question
from bot.core.rules import RULES
from bot.core.runtimes import Runtime
from bot.core.understand import Names
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import understanding, view_of

NAMES = Names.of(
    view_of(
        make_node("node-1"),
        make_namespace("default"),
        make_deployment("checkout", namespace="payments"),
        make_deployment("web", namespace="web"),
    )
)
CODES = [rule.code for rule in RULES]
SHOW = Manage("except show")


def read(text: str) -> Question:
    """Return what a text means about this cluster."""
    return understanding().read(text, lambda: NAMES).question


@pytest.mark.parametrize(
    "text",
    [
        "what exceptions are there?",
        "which findings are excepted?",
        "list exceptions",
        "do we have any exceptions?",
        "exceptions?",
        "which exceptions run out this week?",
        "any waivers in place right now?",
        "예외 보여줘",
        "예외된 항목 뭐 있어?",
        "예외 목록",
        "예외 언제 만료돼?",
        "예외 다 뽑아줘",
        "지금 걸려 있는 예외들 알려줘",
        # As commands, which are the same in every language.
        "except",
        "except show",
        "/runtime exceptions list",
        "예외",
    ],
)
def test_exceptions_are_shown(text: str) -> None:
    assert read(text) == SHOW


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("when does the exception of web expire?", "web"),
        ("who signed off the exception on checkout", "checkout"),
        ("why is checkout excepted", "checkout"),
        ("is the exception for checkout still valid?", "checkout"),
        ("checkout 예외 언제까지로 돼 있어?", "checkout"),
        ("except show payments/checkout", "payments/checkout"),
        ("예외 보기 deploy/gone", "deploy/gone"),
    ],
)
def test_those_of_one_workload_are_shown(text: str, name: str) -> None:
    assert read(text) == Manage(f"except show {name}")


@pytest.mark.parametrize(
    "text",
    [
        "how do I make an exception for checkout?",
        "예외 등록하려면 어떻게 해야 해?",
        "can we make an exception for web?",
    ],
)
def test_how_they_are_made_is_where_orders_are_explained(text: str) -> None:
    assert read(text) == Manage("digest help")


@pytest.mark.parametrize(
    "text",
    [
        "except the gpu pool, which nodes run docker?",
        "everything except the gpu pool",
        "all nodes have to move without exception?",
        "예외 없이 다 옮겨야 해?",
        "NullPointerException in checkout logs",
        "there is a java exception in my pod",
        "자바 예외가 발생해요",
        "which pods are at risk?",
        "is checkout safe?",
    ],
)
def test_other_things_are_not_taken_for_them(text: str) -> None:
    assert not isinstance(read(text), Manage)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("except legacy", "except legacy CODE until DATE because …"),
        ("except legacy docker-socket", "except legacy docker-socket until DATE because …"),
        ("can you except web/debug-shell", "except web/debug-shell CODE until DATE because …"),
        ("legacy 예외 처리해줘", "except legacy CODE until DATE because …"),
        ("except help", "except help"),
        ("help except", "except help"),
    ],
)
def test_half_an_order_is_read_as_the_whole_of_it(text: str, words: str) -> None:
    assert read(text) == Manage(words)


@pytest.mark.parametrize(
    "text",
    [
        "everything except web/debug-shell",
        "which pods are at risk except web/debug-shell?",
        "show me all nodes except legacy",
        "can you list the exceptions?",
        "do we have an exception for web?",
        "exceptions expiring soon",
        "예외 있어",
        "web 예외 언제까지야",
        "except the gpu pool",
    ],
)
def test_words_about_exceptions_are_no_half_orders(text: str) -> None:
    assert understanding().order(text) is None


def test_they_are_one_of_several_things_asked() -> None:
    text = "who owns checkout? and which exceptions do we have?"
    understood = understanding().read(text, lambda: NAMES)
    assert (understood.question, understood.also) == (Owners("checkout"), (SHOW,))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "text",
    [
        "우리 {} 쓰고 있어?",
        "우리 {} 쓰나요?",
        "저희 {} 사용 중인가요?",
        "우리 클러스터에서 {} 쓰는 거 있어?",
        "do we use {}?",
        "do we still use {}?",
        "are we using {} anywhere?",
        "is anything using {}?",
    ],
)
def test_whether_we_use_what_a_rule_is_about_is_a_question_about_workloads(text: str, code: str) -> None:
    assert read(text.format(code)) == AtRisk(code=code)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("text", ["{}가 뭐야?", "what is {}?", "우리 {} 관련 문서 있어?"])
def test_what_it_is_and_what_is_written_about_it_is_not(text: str, code: str) -> None:
    assert isinstance(read(text.format(code)), Faq | Guide)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("dind가 뭐야?", Faq("dind")),
        ("우리 dind 써도 돼?", Faq("dind")),
        ("do we use dind in payments?", AtRisk("payments", code="dind")),
        ("저희 도커 로그 파서 쓰나요", AtRisk(code="docker-log-parser")),
        ("저희 도커 로그 쓰나요", AtRisk(code="docker-logs")),
        ("do we use cri-dockerd", Nodes((Runtime.CRI_DOCKERD,))),
        ("is there a guide on dind", Guide("dind")),
        ("do we have docs about docker.sock?", Guide("docker-socket")),
    ],
)
def test_a_question_means(text: str, question: Question) -> None:
    assert read(text) == question
