"""Names of the cluster in people's words: exact, after their type, by a beginning, with typos, with particles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.understand.names import NO_NAMES, Entity, Names, distance
from bot.core.understand.tokens import Concepts, features, named, tokens_of
from tests.factories import make_daemonset, make_deployment, make_namespace, make_node
from tests.unit.clusters import view_of

POOL = "eks.amazonaws.com/nodegroup"
VIEW = view_of(
    make_node("ip-10-0-0-1.ec2.internal", labels={POOL: "a"}),
    make_node("ip-10-0-0-2.ec2.internal", labels={POOL: "general"}),
    make_namespace("payments"),
    make_namespace("web"),
    make_deployment("checkout", namespace="payments", labels={"team": "payments"}),
    make_deployment("front", namespace="web", labels={"team": "Team Blue"}),
    make_daemonset("datadog-agent", namespace="web"),
    make_daemonset("fluent-bit", namespace="web"),
    make_daemonset("fluentd", namespace="web"),
)
NAMES = Names.of(VIEW)
CONCEPTS = Concepts({}, {})

#: Words people use in questions.
WORDS = "what in is the pool general web datadog namespace node on still docker logs safe team about"
PLAIN = frozenset(WORDS.split(" "))


def found(text: str, doubt: int = 0) -> list[tuple[str, str]]:
    tokens = named(tokens_of(text), NAMES, PLAIN.__contains__)
    return [(token.slot, token.entities[0].name) for token in tokens if token.entities and token.doubt <= doubt]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("is payments safe", [("namespace", "payments")], id="exact"),
        pytest.param("is Payments safe", [("namespace", "payments")], id="a-phone-writes-a-capital"),
        pytest.param("payments에서 is", [("namespace", "payments")], id="korean-particle"),
        pytest.param("team payments", [("owner", "payments")], id="the-word-before-says-what-it-is"),
        pytest.param("payments 팀은", [("owner", "payments")], id="the-word-behind-says-what-it-is"),
        pytest.param("payments팀", [("owner", "payments")], id="glued"),
        pytest.param("what is team blue", [("owner", "Team Blue")], id="a-name-with-a-blank"),
        pytest.param("pool a", [("pool", "a")], id="a-pool-of-one-letter"),
        pytest.param("pool-a", [("pool", "a")], id="with-a-hyphen"),
        pytest.param("a 풀", [("pool", "a")], id="in-korean"),
        pytest.param("the a pool", [("pool", "a")], id="before-the-word"),
        pytest.param("a node pool", [("pool", "a")], id="before-two-words"),
        pytest.param("what is a docker", [], id="an-article-is-no-pool"),
        pytest.param("general pool", [("pool", "general")], id="a-plain-word-beside-its-type"),
        pytest.param("`general`", [("pool", "general")], id="quoted"),
        pytest.param("frnotx", [], id="two-typos-in-a-short-word"),
        pytest.param("checkotu", [("workload", "checkout")], id="letters-swapped"),
        pytest.param("paymnets", [("namespace", "payments")], id="a-typo"),
        pytest.param("fluent", [], id="a-beginning-of-two"),
        pytest.param("checko", [("workload", "checkout")], id="a-beginning"),
        pytest.param("ip-10-0-0-2", [("node", "ip-10-0-0-2.ec2.internal")], id="a-node-without-its-domain"),
        pytest.param("checkout-7d9f8-x2x4z", [("workload", "checkout")], id="a-pod-is-its-workload"),
        pytest.param("payments/checkout", [("workload", "payments/checkout")], id="with-its-namespace"),
        pytest.param("payments/Deployment/checkout", [("workload", "payments/Deployment/checkout")], id="in-full"),
        pytest.param("namespace nowhere", [("namespace", "nowhere")], id="a-name-nobody-has-is-asked-for"),
        pytest.param("node-17x", [("name", "node-17x")], id="shaped-like-a-name"),
        pytest.param("logs", [], id="plain-words-have-no-typos"),
    ],
)
def test_a_name_is_recognised(text: str, names: list[tuple[str, str]]) -> None:
    assert found(text) == names


@pytest.mark.parametrize("text", ["is web safe", "datadog"])
def test_a_plain_word_that_is_a_name_too_is_not_sure(text: str) -> None:
    assert found(text) == []
    assert len(found(text, 2)) == 1
    tokens = named(tokens_of(text), NAMES, PLAIN.__contains__)
    assert features(tokens, CONCEPTS, doubt=0) != features(tokens, CONCEPTS, doubt=2)


def test_without_a_view_nothing_has_a_name() -> None:
    assert NO_NAMES.exact("payments") == NO_NAMES.beginning("payments") == NO_NAMES.mistyped("payments") == ()
    assert Entity("namespace", "payments") in NAMES.exact("payments")


@given(st.text(max_size=8), st.text(max_size=8))
def test_the_number_of_typos_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_names(text: str) -> None:
    assert features(named(tokens_of(text), NAMES, PLAIN.__contains__), CONCEPTS, doubt=2)
